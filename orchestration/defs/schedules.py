"""When a run starts by itself: every day at a set time, whether something arrived or not."""

from __future__ import annotations

from dagster import (
    DefaultScheduleStatus,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
)

from orchestration.defs.jobs import PUBLISH
from orchestration.defs.raw import TIME_ZONE
from orchestration.pipeline import SHANGHAI
from orchestration.settings import Settings


def daily_release(settings: Settings) -> ScheduleDefinition:
    """A release as of each day, so that what expires leaves the lists on its day."""
    hour, minute = settings.schedule_time.split(":")

    def request(context: ScheduleEvaluationContext) -> RunRequest:
        as_of = context.scheduled_execution_time.astimezone(SHANGHAI).date().isoformat()
        return RunRequest(
            run_key=as_of,
            run_config={"resources": {"warehouse": {"config": {"as_of": as_of}}}},
        )

    return ScheduleDefinition(
        name="daily_release",
        job_name=PUBLISH,
        cron_schedule=f"{int(minute)} {int(hour)} * * *",
        execution_timezone=TIME_ZONE,
        execution_fn=request,
        description="每日发布，截至当日 · A release as of every day, also when nothing came.",
        default_status=(
            DefaultScheduleStatus.RUNNING if settings.automation else DefaultScheduleStatus.STOPPED
        ),
    )
