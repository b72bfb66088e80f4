"""The judgement over a build: everything that is known about it, and whether it may go out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.audit.completeness import suite_gaps, table_gaps, unanswered
from orchestration.audit.movement import movements
from orchestration.audit.report import write_report
from orchestration.audit.result import AuditResult, ExpectationResult
from orchestration.engine import engine_config
from orchestration.publish.guard import removal_findings
from orchestration.publish.manifest import Manifest

if TYPE_CHECKING:
    from orchestration.build import BuildResult
    from orchestration.home import Home
    from orchestration.settings import Settings

_QUOTED = re.compile(r"'[^']*'")


def audit(
    home: Home,
    build_result: BuildResult,
    *,
    previous: tuple[Path, Manifest] | None,
    settings: Settings,
    approve_removals: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> AuditResult:
    """Judge the build database of ``home``, and write the report into ``<home>/work/quality``.

    ``previous`` is the release that readers have now, None if this is the first or if the build is
    for an older date. ``approve_removals`` is a person's reason to let lists shrink.
    ``progress(what, done, total)`` is told which suite comes next.
    """
    import duckdb

    from orchestration.audit.run import run_suites

    started = time.monotonic()
    config = engine_config(settings.memory_limit, home.spill, settings.threads)
    results = run_suites(home.build_database, config=config, progress=progress)
    refusals = [one.line for one in results if one.is_refused]
    warnings = [one.line for one in results if not one.success and not one.is_refused]
    refusals += [*suite_gaps(), *unanswered(results), *_broken_rules(build_result)]
    with duckdb.connect(str(home.build_database), read_only=True, config=config) as connection:
        gaps = list(table_gaps(connection))
        findings = (
            []
            if gaps
            else removal_findings(
                connection, previous, settings.removal_share, settings.removal_minimum
            )
        )
        warnings += movements(connection, previous) if not gaps else []
    refusals += gaps
    shrunk = [finding.line for finding in findings if finding.is_refused]
    is_approved = bool(approve_removals and approve_removals.strip())
    result = AuditResult(
        refusals=tuple(refusals if is_approved else [*refusals, *map(_ask, shrunk)]),
        approved=tuple(shrunk if is_approved else ()),
        warnings=tuple(warnings),
        results=tuple(results),
        dbt_tests=sum(node.resource_type == "test" for node in build_result.nodes),
        seconds=time.monotonic() - started,
        report_folder=home.work / "quality",
    )
    write_report(result, home.build_database, config)
    return result


def _ask(line: str) -> str:
    return f"{line}; if that is right, say why with --approve-removals REASON"


def _broken_rules(build_result: BuildResult) -> Iterator[str]:
    """dbt's tests that found rows or could not be answered; without any, nothing was tested."""
    if not any(node.resource_type == "test" for node in build_result.nodes):
        yield "no dbt test was run over this build"
    for node in build_result.broken_rules:
        if node.status == "fail":
            yield f"dbt: {node.name} finds {node.failures} rows that must not be"
        else:
            message = _QUOTED.sub("'…'", node.message)[:300]
            yield f"dbt: {node.name} could not be answered ({node.status}): {message}"


__all__ = ["AuditResult", "ExpectationResult", "audit"]
