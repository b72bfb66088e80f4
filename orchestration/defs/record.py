"""The record of runs: what the instance keeps besides the job's own events."""

from __future__ import annotations

import os
import socket
import time
from datetime import date

from dagster import (
    AssetKey,
    AssetObservation,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    Output,
    RunsFilter,
)
from dagster._core.events import AssetObservationData, DagsterEvent
from dagster._core.utils import make_new_run_id

from orchestration.defs.instance import LOCATION
from orchestration.defs.jobs import PUBLISH
from orchestration.pipeline import user_name

COMMAND_TAG = "credit/command"
OUTCOME_TAG = "credit/outcome"
RELEASE_TAG = "credit/release"
AS_OF_TAG = "credit/as_of"
ALERTED_TAG = "credit/alerted"
# By these the web interface counts a run among those of its job.
_PLACE = {
    "dagster/code_location": LOCATION,
    ".dagster/repository": f"__repository__@{LOCATION}",
}
_HOST_TAG = "credit/host"
_PROCESS_TAG = "credit/process"
_USER_TAG = "credit/user"
_UNFINISHED = [
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]

RELEASE_KEY = AssetKey(["release"])

# Dagster's own mark for an output whose events are recorded by other means.
_RECORDED = {"__source_asset_observation__": True}


def nothing_to_record(key: AssetKey) -> Output[None]:
    """The output of an asset that lets the next step start and records nothing.

    Without it every item would get a materialisation for every partition of the run, files or not,
    and a table that was not built would get one too.
    """
    return Output(None, output_name=key.to_python_identifier(), metadata=_RECORDED)


def command_tags() -> dict[str, str]:
    """The tags of a run of `credit run`: who ran it, and in which process."""
    return {**_PLACE, COMMAND_TAG: "credit run", **process_tags()}


def process_tags() -> dict[str, str]:
    """The tags that name the process of a run, by which its death is found."""
    return {
        _USER_TAG: user_name(),
        _HOST_TAG: socket.gethostname(),
        _PROCESS_TAG: _process(os.getpid()) or "",
    }


def record_unchanged(
    instance: DagsterInstance, release_id: str | None, as_of: date | None, started: float
) -> None:
    """Record a run that found nothing new, without loading the definitions for it.

    ``started`` is the time of its start, seconds since the epoch.
    """
    outcome = "unchanged" if release_id else "nothing_to_do"
    tags = {**command_tags(), OUTCOME_TAG: outcome}
    tags |= {RELEASE_TAG: release_id} if release_id else {}
    tags |= {AS_OF_TAG: as_of.isoformat()} if as_of else {}
    run = instance.add_run(DagsterRun(job_name=PUBLISH, run_id=make_new_run_id(), tags=tags))
    _report(instance, run, DagsterEventType.RUN_START, "looking for new deliveries", started)
    if release_id:
        observation = DagsterEvent(
            event_type_value=DagsterEventType.ASSET_OBSERVATION.value,
            job_name=PUBLISH,
            event_specific_data=AssetObservationData(unchanged(release_id)),
        )
        instance.report_dagster_event(observation, run.run_id)
    message = f"nothing new: {release_id} stands" if release_id else "no delivery yet"
    _report(instance, run, DagsterEventType.RUN_SUCCESS, message, time.time())


def unchanged(release_id: str) -> AssetObservation:
    """What is observed of the release when nothing is new."""
    return AssetObservation(
        RELEASE_KEY,
        description="nothing new: the standing release holds",
        metadata={"release_id": release_id},
    )


def _report(
    instance: DagsterInstance,
    run: DagsterRun,
    event_type: DagsterEventType,
    message: str,
    timestamp: float,
) -> None:
    event = DagsterEvent(event_type_value=event_type.value, job_name=PUBLISH, message=message)
    instance.report_dagster_event(event, run.run_id, timestamp=timestamp)


def fail_dead_runs(instance: DagsterInstance) -> list[str]:
    """Mark failed the runs whose process is no more; return their ids.

    A code server tells of a run that dies under it. Of a run that dies together with it, and of
    one of `credit run`, nobody tells; its place in the queue would stay taken.
    """
    dead = []
    for run in filter(_is_dead, instance.get_runs(RunsFilter(statuses=_UNFINISHED))):
        # It may have ended well since it was looked up.
        last = instance.get_run_by_id(run.run_id)
        if last is not None and not last.is_finished:
            instance.report_run_failed(last, "the process of the run ended before the run did")
            dead.append(last.run_id)
    return dead


def _is_dead(run: DagsterRun) -> bool:
    """Whether the run's process is gone from this machine; of others nothing is known."""
    if run.tags.get(_HOST_TAG) != socket.gethostname():
        return False
    told = run.tags.get(_PROCESS_TAG, "")
    number = told.partition("@")[0]
    return number.isdigit() and _process(int(number)) != told


def _process(number: int) -> str | None:
    """``<pid>@<start>``: a number is used again, a number with its start never is.

    None if there is no such process, or only its exit status waits to be fetched.
    """
    try:
        with open(f"/proc/{number}/stat", encoding="utf-8", errors="replace") as stat:  # noqa: PTH123
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return None
    return f"{number}@{fields[19]}" if fields[0] not in "ZX" else None
