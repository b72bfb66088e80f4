"""Reading one landing zone on several hosts: a partition for each share, a run for each partition.

The job is there with more than one of ``CREDIT_INGEST_SHARES``. Where its runs go is the instance's
run launcher's to say; the next run of ``publish_release`` takes over what they read.
"""

from dagster import (
    JobDefinition,
    OpExecutionContext,
    RetryRequested,
    StaticPartitionsDefinition,
    in_process_executor,
    job,
    op,
)

from orchestration.catalogue import load_catalogue
from orchestration.defs.deliveries import Completeness
from orchestration.defs.record import process_tags
from orchestration.defs.warehouse import (
    MAX_RETRIES,
    RETRY_SECONDS,
    LoggedProgress,
    failure_of,
    may_pass,
)
from orchestration.errors import CreditError, WrongArguments
from orchestration.home import Home
from orchestration.ingest.shares import Share, ingest_share
from orchestration.pipeline import today
from orchestration.settings import Settings

READ_SHARES = "read_shares"


def share_jobs(settings: Settings) -> list[JobDefinition]:
    """The job that reads shares; none where there is only one."""
    count = settings.ingest_shares
    if count == 1:
        return []

    @op(description="读取一份报送文件 · Reads the new files of one share into the raw zone.")
    def read_share(context: OpExecutionContext) -> None:
        _read(context)

    @job(
        name=READ_SHARES,
        description="多台主机分份读取报送文件 · One landing zone, read on several hosts: "
        "`credit ingest-worker` for each partition.",
        partitions_def=StaticPartitionsDefinition(
            [f"{number}/{count}" for number in range(1, count + 1)]
        ),
        executor_def=in_process_executor,
        tags={"dagster/max_runtime": str(settings.max_run_seconds)},
    )
    def read_shares() -> None:
        read_share()

    return [read_shares]


def _read(context: OpExecutionContext) -> None:
    settings, progress = Settings(), LoggedProgress(context.log)
    # By them a run whose process is gone is found (fail_dead_runs).
    context.instance.add_run_tags(context.run_id, process_tags())
    try:
        if settings.landing is None:
            raise WrongArguments("no landing zone is set (CREDIT_LANDING)")
        report = ingest_share(
            settings.landing.absolute(),
            Home(settings.home.absolute()),
            settings,
            load_catalogue(),
            today(),
            Share.of(context.partition_key),
            wanted=Completeness.of(settings),
        )
    except Exception as error:
        if may_pass(error):
            raise RetryRequested(MAX_RETRIES, RETRY_SECONDS) from error
        if isinstance(error, CreditError):
            raise failure_of(error, None) from error
        raise
    for warning in report.warnings:
        progress.note(warning)
    rows = sum(reading.entry.rows_delivered for reading in report.files)
    context.add_output_metadata(
        {"files": len(report.files), "rows": rows, "unchanged": report.unchanged}
    )
