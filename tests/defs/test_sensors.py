"""What starts a run, and what marks one failed."""

import pytest
from dagster import (
    DagsterEventType,
    DagsterRunStatus,
    RunRequest,
    SkipReason,
    build_run_status_sensor_context,
    build_sensor_context,
)
from orchestration_rig import Rig, deliver

from orchestration import runner
from orchestration.defs import sensors as watched
from orchestration.defs.record import OUTCOME_TAG
from orchestration.pipeline import Run

RUNNING = watched._status(True)


def look(rig: Rig, **given: object) -> object:
    settings = rig.settings.model_copy(update={"quiet_seconds": 3600, **given})
    return watched.new_deliveries(settings, RUNNING)(build_sensor_context())


def test_a_complete_new_folder_starts_one_run(rig: Rig) -> None:
    assert isinstance(look(rig), SkipReason)
    path = deliver(rig.landing, "2020-03-02")
    assert isinstance(look(rig), SkipReason)
    (path.parent / ".ready").touch()
    first, again = look(rig), look(rig)
    assert isinstance(first, RunRequest) and isinstance(again, RunRequest)
    assert first.run_key == again.run_key  # Dagster starts one run per key
    assert first.tags["credit/folders"] == "2020-03-02"


def test_a_late_folder_for_an_old_date_starts_a_run(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.ingest.intake._SETTLED_NS", -1)
    deliver(rig.landing, "2020-03-02")
    Run(settings=rig.settings).ingest()
    assert isinstance(look(rig, quiet_seconds=0), SkipReason)
    deliver(rig.landing, "2020-01-25")
    found = look(rig, quiet_seconds=0)
    assert isinstance(found, RunRequest)
    assert found.tags["credit/folders"] == "2020-01-25"


def test_changed_files_are_another_run(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02", rows=2)
    first = look(rig, quiet_seconds=0)
    deliver(rig.landing, "2020-03-02", rows=3)
    second = look(rig, quiet_seconds=0)
    assert isinstance(first, RunRequest) and isinstance(second, RunRequest)
    assert first.run_key != second.run_key


def test_a_landing_zone_that_is_not_there_is_said(rig: Rig) -> None:
    rig.landing.rmdir()
    found = look(rig)
    assert isinstance(found, SkipReason)
    assert str(rig.landing) in str(found.skip_message)


def test_a_run_that_ended_well_without_an_outcome_is_marked_failed(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02")
    runner.execute(rig.run())
    [run] = rig.runs()
    [event] = rig.events(run.run_id, DagsterEventType.RUN_SUCCESS)
    with rig.instance() as instance:
        context = build_run_status_sensor_context("incomplete_runs", event, instance, run)
        watched.incomplete_runs(RUNNING)(context)
        assert instance.get_run_by_id(run.run_id).status is DagsterRunStatus.SUCCESS
        plain = {k: v for k, v in run.tags.items() if k != OUTCOME_TAG}
        instance.run_storage.delete_run(run.run_id)
        bare = run._replace(tags=plain) if hasattr(run, "_replace") else run.with_tags(plain)
        instance.add_run(bare)
        context = build_run_status_sensor_context("incomplete_runs", event, instance, bare)
        watched.incomplete_runs(RUNNING)(context)
        assert instance.get_run_by_id(run.run_id).status is DagsterRunStatus.FAILURE
