"""What an audit found: refusals, warnings, and the result of every expectation; never values."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ExpectationResult:
    """What became of one expectation: counts, never values.

    ``table`` is ``schema.table``. ``rows`` are the rows looked at and ``unexpected`` those that
    break the promise, each None where the expectation counts none. ``error`` says why it could not
    be answered; such a one has failed, whatever its severity.
    """

    table: str
    type: str
    column: str | None
    rule: str
    clause: str
    severity: str
    sentence: dict[str, str]
    success: bool
    rows: int | None
    unexpected: int | None
    error: str | None

    @property
    def is_refused(self) -> bool:
        """Whether the release cannot go out with this."""
        return not self.success and (self.severity == "error" or self.error is not None)

    @property
    def line(self) -> str:
        """A failed expectation as one line for people."""
        what = f"{self.table}: {self.sentence['en']}"
        if self.error is not None:
            return f"{what} This could not be answered: {self.error} (rule {self.rule})"
        # A warning is about a share of the rows; the one row that says so is no count.
        if self.unexpected is None or self.severity == "warning":
            return f"{what} (rule {self.rule})"
        rows = "1 row breaks" if self.unexpected == 1 else f"{self.unexpected} rows break"
        return f"{what} (rule {self.rule}, {rows} it)"


@dataclass(frozen=True)
class AuditResult:
    """The judgement over one build.

    ``refusals`` are the reasons not to publish, ``approved`` the removals that a person approved
    with a reason, ``warnings`` what people should know; each one line. ``report_folder`` holds the
    report for people (``index.html``) and the results for machines (``results.json``).
    """

    refusals: tuple[str, ...]
    approved: tuple[str, ...]
    warnings: tuple[str, ...]
    results: tuple[ExpectationResult, ...]
    dbt_tests: int
    seconds: float
    report_folder: Path

    @property
    def is_refused(self) -> bool:
        """Whether nothing may be published."""
        return bool(self.refusals)

    def summary(self) -> dict[str, Any]:
        """The audit as the manifest keeps it."""
        return {
            "suites": len({one.table for one in self.results}),
            "expectations": len(self.results),
            "failed": sum(not one.success for one in self.results),
            "dbt_tests": self.dbt_tests,
            "warnings": list(self.warnings),
            "approved": list(self.approved),
            "seconds": round(self.seconds, 2),
        }

    def to_json(self) -> dict[str, Any]:
        """Everything, as ``results.json`` has it."""
        return {
            "summary": {**self.summary(), "refusals": list(self.refusals)},
            "results": [asdict(one) for one in self.results],
        }

    def failed_by_table(self) -> Counter[str]:
        """How many expectations of each table failed."""
        return Counter(one.table for one in self.results if not one.success)
