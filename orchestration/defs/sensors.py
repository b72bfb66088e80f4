"""What is watched: the landing zone, the runs, and the units' duty to deliver."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from dagster import (
    DagsterRunStatus,
    DefaultSensorStatus,
    RunFailureSensorContext,
    RunRequest,
    RunStatusSensorContext,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    run_failure_sensor,
    run_status_sensor,
    sensor,
)

from orchestration.alerts import Alert, Kind, is_configured, send
from orchestration.catalogue import load_catalogue
from orchestration.defs.deliveries import Completeness, unread
from orchestration.defs.duty import duties
from orchestration.defs.jobs import PUBLISH
from orchestration.defs.record import ALERTED_TAG, OUTCOME_TAG, fail_dead_runs
from orchestration.errors import AuditRefused, CreditError
from orchestration.home import Home
from orchestration.ingest.delivered import DeliveryFile
from orchestration.ingest.mirror import fetch_landing
from orchestration.pipeline import today
from orchestration.settings import Settings

_HOURLY = 3600


def sensors(settings: Settings) -> list[SensorDefinition]:
    """Every sensor, over the home and landing zone of ``settings``."""
    alerting = settings.automation or is_configured(settings.alerts)
    return [
        new_deliveries(settings, _status(settings.automation)),
        late_deliveries(settings, _status(alerting)),
        failed_runs(settings, _status(alerting)),
        incomplete_runs(_status(True)),
        dead_runs(settings, _status(True)),
    ]


def _status(is_running: bool) -> DefaultSensorStatus:
    return DefaultSensorStatus.RUNNING if is_running else DefaultSensorStatus.STOPPED


def new_deliveries(settings: Settings, status: DefaultSensorStatus) -> SensorDefinition:
    """A complete folder with something unread starts a run; a late one for an old date, too."""

    @sensor(
        name="new_deliveries",
        job_name=PUBLISH,
        minimum_interval_seconds=settings.sensor_seconds,
        default_status=status,
        description="报送文件夹收齐后启动运行 · Starts a run when a delivery folder is complete: "
        f"a file .ready in it, or unchanged for {settings.quiet_seconds} seconds.",
    )
    def look(context: SensorEvaluationContext) -> RunRequest | SkipReason:
        if settings.landing is None:
            return SkipReason("no landing zone is set (CREDIT_LANDING)")
        home = Home(settings.home.absolute())
        try:
            fetch_landing(settings)
            landing = settings.landing.absolute()
            new = unread(landing, home, load_catalogue(), today(), settings.person_key)
        except CreditError as error:
            return SkipReason(str(error))
        complete = list(filter(Completeness.of(settings), new))
        if not complete:
            return SkipReason(f"{len(new)} unread files, none in a complete folder")
        return RunRequest(run_key=_key(complete), tags={"credit/folders": _folders(complete)})

    return look


def _key(deliveries: Sequence[DeliveryFile]) -> str:
    """The same unread files start one run, however it ends."""
    seen = sorted((d.source_file, d.size, d.path.lstat().st_mtime_ns) for d in deliveries)
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:32]


def _folders(deliveries: Sequence[DeliveryFile]) -> str:
    """The delivery dates for people, the first three."""
    days = sorted({d.delivery_date.isoformat() for d in deliveries if d.delivery_date})
    return " ".join(days[:3]) + (f" +{len(days) - 3}" if len(days) > 3 else "")


def late_deliveries(settings: Settings, status: DefaultSensorStatus) -> SensorDefinition:
    """An alert when a unit that delivered before falls behind; each delay is told once."""

    @sensor(
        name="late_deliveries",
        minimum_interval_seconds=_HOURLY,
        default_status=status,
        description="报送逾期告警 · Alerts when a unit has not delivered an item for more than "
        "seven working days.",
    )
    def look(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        home = Home(settings.home.absolute())
        allowed = settings.parameters.report_working_days
        due = duties(home, load_catalogue(), today(), allowed)
        late = {
            f"{duty.item_code} of {duty.unit_code}, last on {duty.last_delivery}"
            for duty in due
            if duty.is_late and duty.last_delivery is not None
        }
        told = set(json.loads(context.cursor or "[]"))
        if late - told:
            alert = Alert(
                kind="late",
                summary=f"{len(late - told)} deliveries are newly late ({len(late)} in all)",
                lines=tuple(sorted(late - told)),
                home=str(home.folder),
            )
            problems = send(alert, settings.alerts)
            if problems:
                return SkipReason("; ".join(problems))
        cursor = json.dumps(sorted(late))
        return SensorResult(skip_reason=f"{len(late)} deliveries are late", cursor=cursor)

    return look


def failed_runs(settings: Settings, status: DefaultSensorStatus) -> SensorDefinition:
    """An alert for every run that failed or was refused, unless `credit run` sent it already."""

    @run_failure_sensor(
        name="failed_runs",
        default_status=status,
        monitor_all_code_locations=False,
        description="运行失败或被拒绝告警 · Alerts when a run fails or the audit refuses.",
    )
    def tell(context: RunFailureSensorContext) -> SkipReason | None:
        run = context.instance.get_run_by_id(context.dagster_run.run_id)
        if run is None or ALERTED_TAG in run.tags:
            return SkipReason("told already")
        alert = alert_of(context, str(settings.home.absolute()))
        for problem in send(alert, settings.alerts):
            context.log.error(problem)
        return None

    return tell


def alert_of(context: RunFailureSensorContext, home: str) -> Alert:
    """Why a run failed: the line and the refusals of its own failure, else Dagster's reason."""
    summary = context.failure_event.message or "the run failed"
    lines: tuple[str, ...] = ()
    code = None
    for event in context.get_step_failure_events():
        data: Any = event.step_failure_data.user_failure_data
        if data is not None:
            summary = data.description or summary
            told = {name: value.value for name, value in data.metadata.items()}
            lines = tuple(
                line.removeprefix("* ") for line in str(told.get("refusals", "")).splitlines()
            )
            code = told.get("exit_code")
    kind: Kind = "refused" if code == AuditRefused.exit_code else "failed"
    return Alert(kind, summary, lines, context.dagster_run.run_id, home)


def incomplete_runs(status: DefaultSensorStatus) -> SensorDefinition:
    """A run can end well although something was skipped: without an outcome it has failed."""

    @run_status_sensor(
        run_status=DagsterRunStatus.SUCCESS,
        name="incomplete_runs",
        default_status=status,
        minimum_interval_seconds=30,
        description="运行完整性检查 · Marks failed what ended without a release and without saying "
        "that nothing was new.",
    )
    def judge(context: RunStatusSensorContext) -> SkipReason | None:
        run = context.instance.get_run_by_id(context.dagster_run.run_id)
        if run is None or run.job_name != PUBLISH or OUTCOME_TAG in run.tags:
            return SkipReason("complete")
        context.instance.report_run_failed(run, "the run ended without a release and a reason")
        return None

    return judge


def dead_runs(settings: Settings, status: DefaultSensorStatus) -> SensorDefinition:
    """Runs whose process was killed, and nobody told of it."""

    @sensor(
        name="dead_runs",
        minimum_interval_seconds=settings.sensor_seconds,
        default_status=status,
        description="被终止的运行标记为失败 · Marks failed the runs whose process was killed.",
    )
    def look(context: SensorEvaluationContext) -> SkipReason:
        dead = fail_dead_runs(context.instance)
        return SkipReason(f"{len(dead)} dead runs")

    return look
