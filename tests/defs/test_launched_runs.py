"""Runs that Dagster starts: what they read, as of when, and what is tried again."""

import errno
import os
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from dagster import AssetKey, DagsterEventType, DagsterRun, DagsterRunStatus, ExecuteInProcessResult
from orchestration_rig import KEY, QuickRun, Rig, audited, deliver, passed_nodes

from orchestration.definitions import compose
from orchestration.defs import warehouse
from orchestration.defs.jobs import PUBLISH
from orchestration.defs.record import fail_dead_runs
from orchestration.errors import AuditRefused, Failure, HomeIsHeld, WrongArguments

Launch = Callable[..., ExecuteInProcessResult]


@pytest.fixture
def launch(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Launch:
    """Start the job as the daemon would: nothing lent, settings from the environment."""
    monkeypatch.setenv("CREDIT_HOME", str(rig.home.folder))
    monkeypatch.setenv("CREDIT_LANDING", str(rig.landing))
    monkeypatch.setenv("CREDIT_PERSON_KEY", KEY)
    monkeypatch.setenv("CREDIT_QUIET_SECONDS", "0")
    monkeypatch.setattr(warehouse, "RETRY_SECONDS", 0)

    def start(
        config: dict[str, Any] | None = None,
        tags: dict[str, str] | None = None,
        only: str | None = None,
        **given: Any,
    ) -> ExecuteInProcessResult:
        def make(**told: Any) -> QuickRun:
            run = QuickRun(nodes=passed_nodes(rig.manifest), **told, **given)
            start.runs.append(run)  # type: ignore[attr-defined]
            return run

        monkeypatch.setattr(warehouse, "Run", make)
        run_config: dict[str, Any] = {
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            "resources": {"warehouse": {"config": config or {}}},
        }
        job = compose(rig.settings).resolve_job_def(PUBLISH)
        with rig.instance() as instance:
            return job.execute_in_process(
                instance=instance,
                run_config=run_config,
                tags=tags,
                asset_selection=[AssetKey([only])] if only else None,
                raise_on_error=False,
            )

    start.runs = []  # type: ignore[attr-defined]
    return start


def raw_partitions(rig: Rig, run_id: str) -> set[tuple[str, str]]:
    return {
        (event.asset_key.path[1], event.partition)
        for event in rig.events(run_id, DagsterEventType.ASSET_MATERIALIZATION)
        if event.asset_key.path[0] == "raw"
    }


def test_a_launched_run_goes_the_same_way(rig: Rig, launch: Launch) -> None:
    deliver(rig.landing, "2020-03-02")
    result = launch()
    assert result.success
    [run] = launch.runs  # type: ignore[attr-defined]
    assert run.steps == ["ingest", "build", "audit", "publish"]
    assert rig.runs()[0].tags["credit/outcome"] == "published"
    with rig.home.held():
        pass  # the home was let go


def test_a_folder_that_is_being_filled_is_left_alone(
    rig: Rig, launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDIT_QUIET_SECONDS", "3600")
    deliver(rig.landing, "2020-03-02")
    complete = deliver(rig.landing, "2020-03-04")
    (complete.parent / ".ready").touch()
    result = launch()
    assert raw_partitions(rig, result.run_id) == {("credit_loan", "2020-03-04")}
    second = launch({"even_incomplete": True})
    assert second.success
    assert raw_partitions(rig, second.run_id) == {("credit_loan", "2020-03-02")}


def test_a_range_of_dates_is_one_run_and_reads_nothing_else(rig: Rig, launch: Launch) -> None:
    for day in ("2020-03-01", "2020-03-02", "2020-03-04", "2020-03-05"):
        deliver(rig.landing, day)
    tags = {
        "dagster/asset_partition_range_start": "2020-03-02",
        "dagster/asset_partition_range_end": "2020-03-04",
    }
    result = launch(tags=tags)
    assert result.success
    recorded = raw_partitions(rig, result.run_id)
    days = {f"2020-03-0{n}" for n in (2, 3, 4)}
    # A backfill waits for every partition that it asked for, with files or without.
    assert recorded == {
        (code, day)
        for code in launch.runs[0].catalogue.items
        for day in days  # type: ignore[attr-defined]
    }
    taken = {entry.delivery_date for entry in launch.runs[0].plan.files}  # type: ignore[attr-defined]
    assert taken == {date(2020, 3, 2), date(2020, 3, 4)}
    assert len(rig.runs()) == 1


def test_one_date_is_read_alone_too(rig: Rig, launch: Launch) -> None:
    deliver(rig.landing, "2020-03-01")
    deliver(rig.landing, "2020-03-02")
    result = launch(tags={"dagster/partition": "2020-03-01"})
    assert {day for _, day in raw_partitions(rig, result.run_id)} == {"2020-03-01"}


def test_a_late_folder_never_takes_the_lists_back(rig: Rig, launch: Launch) -> None:
    """The release of the schedule is as of a day without deliveries; the late folder keeps it."""
    deliver(rig.landing, "2020-03-02")
    assert launch({"as_of": "2020-03-20"}).success
    (rig.home.published / "current").symlink_to("releases/20200320-1")
    deliver(rig.landing, "2020-02-20")
    assert launch().success
    first, second = launch.runs  # type: ignore[attr-defined]
    assert first.as_of == second.as_of == date(2020, 3, 20)
    assert {entry.delivery_date for entry in second.plan.files} == {
        date(2020, 2, 20),
        date(2020, 3, 2),
    }


def test_a_refused_release_is_never_tried_again(rig: Rig, launch: Launch) -> None:
    deliver(rig.landing, "2020-03-02")
    result = launch(judgement=audited("marts.red_list: Keys are never null."))
    assert not result.success
    [run] = launch.runs  # type: ignore[attr-defined]
    assert run.steps.count("audit") == 1
    assert not rig.events(result.run_id, DagsterEventType.STEP_UP_FOR_RETRY)
    [failed] = rig.events(result.run_id, DagsterEventType.STEP_FAILURE)
    told = failed.step_failure_data.user_failure_data
    assert "Keys are never null" in told.metadata["refusals"].value
    assert told.metadata["exit_code"].value == 3


def test_nothing_is_published_that_this_run_did_not_audit(rig: Rig, launch: Launch) -> None:
    """A person may choose the release alone, or leave the checks out."""
    deliver(rig.landing, "2020-03-02")
    result = launch(only="release")
    [failed] = rig.events(result.run_id, DagsterEventType.STEP_FAILURE)
    told = failed.step_failure_data.user_failure_data.description
    assert told == "nothing was audited in this run; launch the whole job publish_release"
    assert not list(rig.home.releases.glob("*"))


def test_a_held_home_is_tried_again(rig: Rig, launch: Launch) -> None:
    deliver(rig.landing, "2020-03-02")
    holder = rig.home.held()
    holder.__enter__()
    attempts = []
    original = warehouse.Warehouse._own_run

    def own_run(self: warehouse.Warehouse) -> Any:
        attempts.append(1)
        if len(attempts) == 3:
            holder.__exit__(None, None, None)
        return original(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warehouse.Warehouse, "_own_run", own_run)
        result = launch()
    assert result.success
    assert len(attempts) == 3
    assert len(rig.events(result.run_id, DagsterEventType.STEP_UP_FOR_RETRY)) == 2


def test_nothing_new_ends_well_and_builds_nothing(
    rig: Rig, launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(rig.landing, "2020-03-02")
    assert launch().success
    (rig.home.published / "current").symlink_to("releases/20200302-1")
    monkeypatch.setattr("orchestration.pipeline.Run.standing_release", lambda _: "20200302-1")
    result = launch()
    assert result.success
    assert launch.runs[-1].steps == ["ingest"]  # type: ignore[attr-defined]
    newest = rig.runs()[0]
    assert newest.tags["credit/outcome"] == "unchanged"
    assert newest.tags["credit/release"] == "20200302-1"
    skipped = rig.events(result.run_id, DagsterEventType.STEP_SKIPPED)
    assert {event.step_key for event in skipped} == {"dbt_build", "audit", "release"}
    [seen] = rig.events(result.run_id, DagsterEventType.ASSET_OBSERVATION)
    assert seen.asset_key.path == ["release"]


def test_nothing_delivered_is_no_failure(rig: Rig, launch: Launch) -> None:
    result = launch()
    assert result.success
    [recorded] = rig.runs()
    assert recorded.status is DagsterRunStatus.SUCCESS
    assert recorded.tags["credit/outcome"] == "nothing_to_do"


def test_a_launched_run_that_dies_with_its_code_server_is_marked_failed(
    rig: Rig, launch: Launch
) -> None:
    """Then Dagster's own monitoring sees nothing until the longest time of a run has passed."""
    deliver(rig.landing, "2020-03-02")
    child = os.fork()
    if child == 0:
        launch(before={"build": lambda: os.kill(os.getpid(), 9)})
        os._exit(0)
    [before] = wait_for_death(rig, child)
    with rig.instance() as instance:
        # Its exit status was not fetched yet: the process is there, but it is dead.
        assert fail_dead_runs(instance) == [before.run_id]
    os.waitpid(child, 0)
    assert [run.status for run in rig.runs()] == [DagsterRunStatus.FAILURE]
    assert launch().success


def wait_for_death(rig: Rig, child: int) -> list[DagsterRun]:
    """The runs on record once a child has died; its exit status is left where it is."""
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    runs = rig.runs()
    assert [run.status for run in runs] == [DagsterRunStatus.STARTED]
    return runs


def full_disk() -> Failure:
    error = Failure("the disk is full")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (HomeIsHeld("held"), True),
        (full_disk(), True),
        (OSError(errno.EIO, "I/O error"), True),
        (AuditRefused("refused"), False),
        (WrongArguments("no key"), False),
        (Failure("a rule is broken"), False),
        (PermissionError(errno.EACCES, "denied"), False),
        (ZeroDivisionError(), False),
    ],
)
def test_only_what_may_pass_is_tried_again(error: Exception, expected: bool) -> None:
    assert warehouse.may_pass(error) is expected


def test_a_wrong_date_is_refused(rig: Rig, launch: Launch) -> None:
    result = launch({"as_of": "2020-02-30"})
    [failed] = rig.events(result.run_id, DagsterEventType.STEP_FAILURE)
    assert "2020-02-30 is no date" in failed.step_failure_data.user_failure_data.description
