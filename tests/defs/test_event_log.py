"""The kept connections change nothing of what Dagster's own event log reads and writes."""

from pathlib import Path

from dagster import AssetKey, AssetMaterialization, DagsterInstance
from orchestration_rig import Rig, deliver

from orchestration import runner
from orchestration.defs.instance import instance_folder


def test_a_plain_dagster_reads_the_same_runs_and_events(rig: Rig, tmp_path: Path) -> None:
    deliver(rig.landing, "2020-03-02")
    runner.execute(rig.run())
    [run] = rig.runs()
    with rig.instance() as instance:
        kept = instance.all_logs(run.run_id)
    # A dagster.yaml that names no event log: Dagster takes its own, in the same place.
    folder = instance_folder(rig.home)
    (folder / "plain.yaml").write_text("telemetry: {enabled: false}\n")
    with DagsterInstance.from_config(str(folder), "plain.yaml") as plain:
        assert type(plain.event_log_storage).__name__ == "SqliteEventLogStorage"
        assert [r.run_id for r in plain.get_runs()] == [run.run_id]
        assert plain.all_logs(run.run_id) == kept
        release = plain.get_latest_materialization_event(AssetKey(["release"]))
        assert release is not None and release.run_id == run.run_id


def test_both_may_write_in_turn(rig: Rig) -> None:
    folder = instance_folder(rig.home)
    key = AssetKey(["raw", "commendation"])
    with rig.instance() as kept:
        (folder / "plain.yaml").write_text("telemetry: {enabled: false}\n")
        with DagsterInstance.from_config(str(folder), "plain.yaml") as plain:
            for number, instance in enumerate((kept, plain, kept, plain)):
                instance.report_runless_asset_event(
                    AssetMaterialization(key, metadata={"number": number})
                )
                for reader in (kept, plain):
                    event = reader.get_latest_materialization_event(key)
                    assert event is not None
                    assert event.asset_materialization is not None
                    assert event.asset_materialization.metadata["number"].value == number


def test_a_home_made_anew_under_the_same_name_is_another(rig: Rig) -> None:
    with rig.instance() as instance:
        key = AssetKey(["raw", "commendation"])
        instance.report_runless_asset_event(AssetMaterialization(key))
        for path in (instance_folder(rig.home) / "history" / "runs").iterdir():
            path.unlink()
        assert instance.get_latest_materialization_event(key) is None
