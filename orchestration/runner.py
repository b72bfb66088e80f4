"""What stands behind ``credit run`` and ``credit ui``: the Dagster job, and its web interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.errors import Failure
from orchestration.pipeline import Run

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult


def execute(run: Run) -> None:
    """Run the main job in this process, on the home's own Dagster instance.

    Raises:
        CreditError: as the step raised it; the Dagster run is on record as failed.
        WrongArguments, HomeIsHeld: at once, before anything is begun.
    """
    run.check_arguments()
    with run.home.held():
        run.store.sweep()
        _execute_job(run)


def _execute_job(run: Run) -> None:
    from orchestration.definitions import compose
    from orchestration.defs.instance import open_instance
    from orchestration.defs.jobs import PUBLISH
    from orchestration.defs.manifest import prepare
    from orchestration.defs.warehouse import lent

    prepare(run.settings)
    job = compose(run.settings).resolve_job_def(PUBLISH)
    with open_instance(run.home, run.settings) as instance, lent(run) as loan:
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    if loan.error is not None:
        raise loan.error
    if not result.success:
        raise Failure(_why(result))


def _why(result: ExecuteInProcessResult) -> str:
    """The first reason that Dagster gives for a failed run, without its stack."""
    for event in result.all_events:
        if event.is_failure:
            data = event.event_specific_data
            error = getattr(data, "error", None)
            while error is not None and error.cause is not None:
                error = error.cause
            reason = error.message if error is not None else event.message
            return f"{event.step_key or 'the run'} failed: {' '.join((reason or '').split())}"
    return "the run failed, and Dagster gives no reason"
