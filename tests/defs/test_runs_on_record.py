"""Every run is on the record of the home's Dagster instance, and its error comes out as itself."""

import os
import re
from dataclasses import replace
from datetime import date

import pytest
from dagster import AssetKey, DagsterEventType, DagsterRunStatus
from orchestration_rig import Rig, audited, deliver

from orchestration import runner
from orchestration.build import BuildResult
from orchestration.defs import record
from orchestration.defs.instance import LOCATION
from orchestration.errors import AuditRefused, Failure, HomeIsHeld, WrongArguments


def test_a_run_is_on_record_with_every_asset_and_check(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02")
    run = rig.run()
    runner.execute(run)
    assert run.steps == ["ingest", "build", "audit", "publish"]
    [recorded] = rig.runs()
    assert recorded.status is DagsterRunStatus.SUCCESS
    assert recorded.tags["credit/outcome"] == "published"
    assert recorded.tags["credit/release"] == "20200302-1"
    assert recorded.tags["credit/as_of"] == "2020-03-02"
    # By these the web interface counts it among the runs of its job.
    assert recorded.tags["dagster/code_location"] == LOCATION
    assert recorded.tags[".dagster/repository"] == f"__repository__@{LOCATION}"
    made = {
        event.asset_key
        for event in rig.events(recorded.run_id, DagsterEventType.ASSET_MATERIALIZATION)
    }
    nodes = [n for n in run.nodes.nodes if n.resource_type != "test"]
    assert len(made) == len(nodes) + 2  # and the one raw asset that received a file, the release
    assert {AssetKey(["marts", "red_list"]), AssetKey(["open", "red_list"])} <= made
    checks = rig.events(recorded.run_id, DagsterEventType.ASSET_CHECK_EVALUATION)
    names = {(c.event_specific_data.asset_key, c.event_specific_data.check_name) for c in checks}
    tests = sum(n.resource_type == "test" for n in run.nodes.nodes)
    assert len(names) > tests
    assert (AssetKey(["marts", "release_info"]), "gate") in names


def test_only_the_items_and_days_that_received_files_are_recorded(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Read as they arrive: no file is old enough for its status to prove it unchanged.
    monkeypatch.setattr("orchestration.ingest.intake.settled", lambda _: None)
    deliver(rig.landing, "2020-03-02", rows=5)
    second_day = [
        deliver(rig.landing, "2020-03-04", rows=2),
        deliver(rig.landing, "2020-03-04", "banking_insurance", rows=4),
    ]
    runner.execute(rig.run())
    [recorded] = rig.runs()
    found = {
        event.partition: event.event_specific_data.materialization.metadata
        for event in rig.events(recorded.run_id, DagsterEventType.ASSET_MATERIALIZATION)
        if event.asset_key.path[0] == "raw"
    }
    assert set(found) == {"2020-03-02", "2020-03-04"}
    first, second = found["2020-03-02"], found["2020-03-04"]
    assert (first["files"].value, first["rows_delivered"].value) == (1, 5)
    assert (first["rows_loaded"].value, first["rows_quarantined"].value) == (3, 2)
    assert first["faults"].value == {"Q04": 2}
    assert second["units"].value == "banking_insurance, local_finance"
    assert second["files"].value == 2
    assert second["files_refused"].value == 1  # utf-8 where gb18030 was agreed
    assert second["bytes"].value == sum(path.stat().st_size for path in second_day)


def test_a_run_that_finds_nothing_new_is_recorded_without_loading_the_graph(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(rig.landing, "2020-03-02")
    runner.execute(rig.run())
    first = rig.run()
    (rig.home.published / "current").symlink_to("releases/20200302-1")
    monkeypatch.setattr("orchestration.pipeline.Run.standing_release", lambda _: "20200302-1")
    monkeypatch.setattr(runner, "_execute_job", lambda _: pytest.fail("the graph was loaded"))
    settle(rig)
    runner.execute(first)
    assert first.steps == ["ingest"]
    newest, _ = rig.runs()
    assert newest.status is DagsterRunStatus.SUCCESS
    assert newest.tags["credit/outcome"] == "unchanged"
    [seen] = rig.events(newest.run_id, DagsterEventType.ASSET_OBSERVATION)
    assert seen.asset_key == AssetKey(["release"])


def settle(rig: Rig) -> None:
    """Let the ledger hold a status for each file, as if they had arrived long ago."""
    from orchestration.ingest.intake import file_status
    from orchestration.ingest.ledger import Ledger

    ledger = Ledger.of(rig.home.folder)
    ledger.rewrite(
        replace(entry, status=file_status(rig.landing / entry.source_file))
        for entry in list(ledger.entries.values())
    )


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("ingest", Failure("the disk is full; make room and run again")),
        ("build", Failure("marts.red_list was not built: no such column")),
        ("publish", WrongArguments("the key fits no lock")),
    ],
)
def test_an_error_comes_out_as_itself_and_the_run_is_on_record_as_failed(
    rig: Rig, step: str, error: Exception, capfd: pytest.CaptureFixture[str]
) -> None:
    deliver(rig.landing, "2020-03-02")

    def fail() -> None:
        raise error

    with pytest.raises(type(error), match=re.escape(str(error))) as caught:
        runner.execute(rig.run(before={step: fail}))
    assert caught.value is error
    shown = capfd.readouterr()
    assert "Traceback" not in shown.err + shown.out
    assert "dagster" not in shown.err + shown.out
    [recorded] = rig.runs()
    assert recorded.status is DagsterRunStatus.FAILURE
    [failed] = rig.events(recorded.run_id, DagsterEventType.STEP_FAILURE)
    told = failed.step_failure_data.user_failure_data
    assert told.description == str(error)


def test_an_unexpected_error_comes_out_too(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02")
    with pytest.raises(ZeroDivisionError):
        runner.execute(rig.run(before={"build": lambda: 1 // 0}))
    assert rig.runs()[0].status is DagsterRunStatus.FAILURE


def test_a_refused_release_shows_why_and_nothing_is_published(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02")
    reasons = ("marts.red_list: Keys are never null.", "marts.subjects shrinks by 40 %")
    run = rig.run(judgement=audited(*reasons))
    with pytest.raises(AuditRefused, match="Keys are never null"):
        runner.execute(run)
    assert run.steps[-1] == "audit"
    [recorded] = rig.runs()
    assert recorded.status is DagsterRunStatus.FAILURE
    checks = {
        (c.event_specific_data.asset_key.to_user_string(), c.event_specific_data.check_name): c
        for c in rig.events(recorded.run_id, DagsterEventType.ASSET_CHECK_EVALUATION)
    }
    assert not checks["marts/red_list", "audit"].event_specific_data.passed
    assert checks["marts/subjects", "audit"].event_specific_data.passed
    gate = checks["marts/release_info", "gate"].event_specific_data
    assert not gate.passed
    assert all(reason in gate.metadata["refusals"].value for reason in reasons)
    made = rig.events(recorded.run_id, DagsterEventType.ASSET_MATERIALIZATION)
    assert AssetKey(["release"]) not in {event.asset_key for event in made}


def test_what_dbt_left_out_is_not_recorded_and_the_audit_says_why(rig: Rig) -> None:
    """A failed test keeps dbt from what comes after it; that is a refusal, not an accident."""
    deliver(rig.landing, "2020-03-02")
    run = rig.run(judgement=audited("open.red_list is not there"))
    left_out = {"model.credit_zhejiang.open_red_list"}
    run.nodes = BuildResult(
        tuple(
            replace(node, status="skipped")
            if node.unique_id in left_out
            else replace(node, status="fail", failures=3)
            if node.resource_type == "test"
            else node
            for node in run.nodes.nodes
        )
    )
    with pytest.raises(AuditRefused, match=r"open\.red_list is not there"):
        runner.execute(run)
    [recorded] = rig.runs()
    made = {
        event.asset_key
        for event in rig.events(recorded.run_id, DagsterEventType.ASSET_MATERIALIZATION)
    }
    assert AssetKey(["open", "red_list"]) not in made
    assert AssetKey(["marts", "red_list"]) in made
    checks = [
        event.event_specific_data
        for event in rig.events(recorded.run_id, DagsterEventType.ASSET_CHECK_EVALUATION)
        if event.event_specific_data.check_name not in {"audit", "gate", "delivered_in_time"}
    ]
    assert checks
    assert not any(check.passed for check in checks)
    assert {check.metadata["rows"].value for check in checks} == {3}


def test_a_held_home_is_refused_at_once_and_nothing_is_recorded(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(rig.landing, "2020-03-02")
    monkeypatch.setattr(runner, "_execute_job", lambda _: pytest.fail("the graph was loaded"))
    with rig.home.held(), pytest.raises(HomeIsHeld):
        runner.execute(rig.run())
    assert not (rig.home.state / "dagster").exists()


def test_the_home_is_held_while_the_job_runs(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02")

    def try_again() -> None:
        with pytest.raises(HomeIsHeld):
            runner.execute(rig.run())

    runner.execute(rig.run(before={"build": try_again}))
    assert len(rig.runs()) == 1


def test_a_run_whose_process_was_killed_is_marked_failed_by_the_next(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02")
    child = os.fork()
    if child == 0:
        runner.execute(rig.run(before={"build": lambda: os.kill(os.getpid(), 9)}))
        os._exit(0)
    os.waitpid(child, 0)
    assert [run.status for run in rig.runs()] == [DagsterRunStatus.STARTED]
    runner.execute(rig.run())
    assert [run.status for run in rig.runs()] == [
        DagsterRunStatus.SUCCESS,
        DagsterRunStatus.FAILURE,
    ]


def test_a_run_that_goes_on_is_not_marked_failed(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02")

    def look() -> None:
        with rig.instance() as instance:
            assert record.fail_dead_runs(instance) == []

    runner.execute(rig.run(before={"build": look}))
    assert [run.status for run in rig.runs()] == [DagsterRunStatus.SUCCESS]


def test_a_run_that_ends_without_a_release_has_failed(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02")
    run = rig.run()
    run.publish = lambda: None  # type: ignore[method-assign]
    with pytest.raises((Failure, AssertionError)):
        runner.execute(run)


def test_the_as_of_date_is_the_newest_delivery(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02")
    deliver(rig.landing, "2020-03-09")
    run = rig.run()
    runner.execute(run)
    assert run.as_of == date(2020, 3, 9)
