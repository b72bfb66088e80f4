"""The observer that tells OpenLineage about a run: START, then COMPLETE or FAIL, of run and steps.

A process that is killed says nothing; the next run of the home ends what it left begun, with ABORT.
Importing this costs nothing: the client library is loaded when the first event is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orchestration.errors import AuditRefused, CreditError

if TYPE_CHECKING:
    from orchestration.lineage.event_log import EventLog
    from orchestration.pipeline import Run

# What each step is for, as the job's documentation has it.
_STEPS = {
    "ingest": "从报送区读取新文件，入库为有类型的原始数据。Reads new deliveries into the raw zone.",
    "make_plan": "确定截至日期和采用的文件。Settles the as-of date and the files to use.",
    "build": "由原始数据构建各表。Builds every table from the raw zone.",
    "audit": "发布前审核。Judges the build before anyone sees it.",
    "publish": "写出发布并切换当前发布。Writes the release and moves the current link.",
    "adopt": "无新内容，沿用已有发布。Nothing is new: the standing release holds.",
}
# What each engine of the settings is called as a package.
_PACKAGES = {"duckdb": "duckdb", "spark": "pyspark"}
_RUN = "疫情防控公共信用数据的一次运行。One run of the warehouse: ingest, build, audit, publish."


class OpenLineageObserver:
    """Writes the events of one run after another into the run's home."""

    def __init__(self) -> None:
        """No run has begun."""
        self._log: EventLog | None = None
        self._open: list[dict[str, str]] = []

    @contextmanager
    def step(self, run: Run, name: str) -> Iterator[None]:
        """Tell of one step; the first begins the run, the last or a failing one ends it."""
        self._begin_run(run)
        self._begin(f"credit.run.{name}", _STEPS.get(name, name))
        try:
            yield
        except BaseException as error:
            self._end(run, "FAIL", error)
            self._end(run, "FAIL", error)
            raise
        self._end(run, "COMPLETE")
        is_idle = name == "make_plan" and run.plan is None
        if name in {"publish", "adopt"} or is_idle:
            self._end(run, "COMPLETE")

    # -------------------------------------------------------------- begin, end

    def _begin_run(self, run: Run) -> None:
        if self._open:
            return
        from orchestration.lineage.event_log import EventLog

        if self._log is None:
            self._log = EventLog(run.home, run.settings)
        for left in self._log.recover():
            self._emit("ABORT", left)
        self._begin("credit.run", _RUN)

    def _begin(self, job: str, description: str) -> None:
        from openlineage.client.uuid import generate_new_uuid

        assert self._log is not None  # noqa: S101
        parent = self._open[0] if self._open else None
        this = {"run_id": str(generate_new_uuid()), "job": job, "description": description}
        if parent is not None:
            this["parent_run_id"] = parent["run_id"]
        self._open.append(this)
        self._log.keep_open(self._open)
        self._emit("START", this)

    def _end(self, run: Run, kind: str, error: BaseException | None = None) -> None:
        assert self._log is not None  # noqa: S101
        this = self._open[-1]
        inputs, outputs = _datasets(run, this["job"])
        if this["job"] == "credit.run.build" and kind == "COMPLETE":
            from orchestration.lineage.facets import static_events

            self._log.write(list(static_events(_now())))
        self._emit(kind, this, inputs=inputs, outputs=outputs, error=error, run=run)
        self._open.pop()
        self._log.keep_open(self._open)

    def _emit(
        self,
        kind: str,
        this: dict[str, str],
        *,
        inputs: list[Any] | None = None,
        outputs: list[Any] | None = None,
        error: BaseException | None = None,
        run: Run | None = None,
    ) -> None:
        from openlineage.client import event_v2

        from orchestration.lineage.facets import job, producer

        assert self._log is not None  # noqa: S101
        event = event_v2.RunEvent(
            eventType=event_v2.RunState[kind],
            eventTime=_now(),
            run=event_v2.Run(runId=this["run_id"], facets=_run_facets(this, error, run)),
            job=job(this["job"], this["description"]),
            inputs=inputs or [],
            outputs=outputs or [],
            producer=producer(),
        )
        self._log.write([event])


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _datasets(run: Run, job: str) -> tuple[list[Any], list[Any]]:
    """What a job read and wrote."""
    from orchestration.lineage import facets

    match job:
        case "credit.run.ingest":
            return [], facets.raw_outputs()
        case "credit.run.build":
            return facets.raw_inputs(), facets.built_datasets()
        case "credit.run.audit":
            return facets.audited_datasets(run.audit_result), []
        case "credit.run.publish" | "credit.run":
            manifest = run.published.manifest if run.published else None
            inputs = facets.built_inputs() if job == "credit.run.publish" else facets.raw_inputs()
            return inputs, facets.published_datasets(manifest)
        case _:
            return [], []


def _run_facets(
    this: dict[str, str], error: BaseException | None, run: Run | None
) -> dict[str, Any]:
    from openlineage.client.facet_v2 import (
        error_message_run,
        nominal_time_run,
        parent_run,
        processing_engine_run,
    )

    from orchestration.lineage.facets import NAMESPACE

    found: dict[str, Any] = {}
    if "parent_run_id" in this:
        found["parent"] = parent_run.ParentRunFacet(
            run=parent_run.Run(runId=this["parent_run_id"]),
            job=parent_run.Job(namespace=NAMESPACE, name="credit.run"),
        )
    if run is not None and run.as_of is not None:
        found["nominalTime"] = nominal_time_run.NominalTimeRunFacet(
            nominalStartTime=f"{run.as_of.isoformat()}T23:59:59+08:00"
        )
    if run is not None:
        from importlib.metadata import version

        engine = run.settings.engine
        found["processing_engine"] = processing_engine_run.ProcessingEngineRunFacet(
            version=version(_PACKAGES[engine]), name=engine
        )
    if error is not None:
        found["errorMessage"] = error_message_run.ErrorMessageRunFacet(
            message=_message(error), programmingLanguage="python"
        )
    return found


def _message(error: BaseException) -> str:
    """Errors for people say it all; of others only the kind: their text might quote a row."""
    if isinstance(error, AuditRefused):
        return f"refused: {error}"
    return str(error) if isinstance(error, CreditError) else type(error).__name__
