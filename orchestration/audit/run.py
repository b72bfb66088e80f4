"""Running the suites: every expectation of the GX project over one build database."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestration import telemetry
from orchestration.audit.project import (
    CHECKPOINT,
    DATABASE_VARIABLE,
    DATASOURCE,
    RESULT_FORMAT,
)
from orchestration.audit.result import ExpectationResult
from orchestration.audit.suites import PROJECT

_QUOTED = re.compile(r"'[^']*'")


@contextmanager
def opened(
    database: Path, project: Path = PROJECT, config: Mapping[str, str] | None = None
) -> Iterator[Any]:
    """The GX project's context over a build database; the file is let go of at the end.

    ``config`` is DuckDB's: every handle of a process on one file must have the same.
    """
    telemetry.switch_off()
    with _quiet():
        import great_expectations as gx

        import orchestration.audit.engine  # noqa: F401 - registers the datasource type

        context = gx.get_context(
            context_root_dir=str(project),
            runtime_environment={DATABASE_VARIABLE: "the file that is set below"},
        )
        datasource: Any = context.data_sources.get(DATASOURCE)
        datasource.use(database, config or {})
        try:
            yield context
        finally:
            datasource.close()


def run_suites(
    database: Path,
    *,
    tables: Iterable[str] | None = None,
    project: Path = PROJECT,
    config: Mapping[str, str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[ExpectationResult]:
    """Every result of the checkpoint, or of the suites of ``tables``, in the order of the project.

    A suite that cannot run at all gives one result, its error. ``progress(what, done, total)`` is
    told which suite comes next.
    """
    wanted = None if tables is None else frozenset(tables)
    results: list[ExpectationResult] = []
    with opened(database, project, config) as context:
        definitions = [
            definition
            for definition in context.checkpoints.get(CHECKPOINT).validation_definitions
            if wanted is None or definition.name in wanted
        ]
        for done, definition in enumerate(definitions):
            if progress is not None:
                progress(definition.name, done, len(definitions))
            results += _results(definition)
    return results


def _results(definition: Any) -> list[ExpectationResult]:
    try:
        outcome = definition.run(result_format=RESULT_FORMAT)
    except Exception as error:
        return [_suite_error(definition.name, error)]
    order = {one.id: number for number, one in enumerate(definition.suite.expectations)}
    outcome.results.sort(key=lambda one: order[one.expectation_config.id])
    return suite_results(definition.name, outcome)


def suite_results(table: str, outcome: Any) -> list[ExpectationResult]:
    """The results of a suite that ran, as Great Expectations gives them, without its values."""
    return [_result(table, one) for one in outcome.results]


def _suite_error(table: str, error: Exception) -> ExpectationResult:
    return ExpectationResult(
        table=table,
        type="suite",
        column=None,
        rule="suite_runs",
        clause="interface, The audit",
        severity="error",
        sentence={"zh": "期望集可以运行。", "en": "The suite can be run."},
        success=False,
        rows=None,
        unexpected=None,
        error=_first_line(error),
    )


def _result(table: str, one: Any) -> ExpectationResult:
    configuration = one.expectation_config
    kwargs, meta = configuration.kwargs, configuration.meta
    result = one.result or {}
    error = _error(one.exception_info)
    unexpected = result.get("unexpected_count")
    if unexpected is None and isinstance(result.get("observed_value"), int):
        unexpected = result["observed_value"]
    return ExpectationResult(
        table=table,
        type=configuration.type,
        column=kwargs.get("column"),
        rule=meta["rule"],
        clause=meta["clause"],
        severity=meta["severity"],
        sentence=dict(meta["sentence"]),
        success=bool(one.success) and error is None,
        rows=result.get("element_count"),
        unexpected=unexpected,
        error=error,
    )


def _error(information: Any) -> str | None:
    """The first exception of an expectation; GX keeps one, or one per metric."""
    if not information:
        return None
    entries = [information] if "raised_exception" in information else list(information.values())
    for entry in entries:
        if entry.get("raised_exception"):
            return _first_line(entry.get("exception_message") or "")
    return None


def _first_line(what: object) -> str:
    """What went wrong, without the statement and without what stands in quotes: values do."""
    lines = [line.strip() for line in str(what).splitlines() if line.strip()]
    return _QUOTED.sub("'…'", lines[0])[:300] if lines else "no message"


@contextmanager
def _quiet() -> Iterator[None]:
    """Great Expectations speaks through loggers and warnings; people get our report instead."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
