"""The record versions behind an identifier, read from a release in one pass.

`record_disposition` has a row for every version ever loaded - millions. It is scanned once for the
identifier; whatever an explanation needs of it comes from that handful of rows.

In this package values are quoted and not bound: a bound value makes DuckDB's Python client import
pandas, which was half of an explanation's time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from orchestration.explain.wording import disposition_in_words, match_in_words
from orchestration.publish.products import literal, literals

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Versions that do not stand: they never support a statement.
_NOT_STANDING = frozenset({"duplicate", "conflicting_version", "superseded"})

_COLUMNS = (
    "item_code",
    "unit_code",
    "record_id",
    "version",
    "delivery_date",
    "source_file",
    "source_row",
    "subject_id",
    "match_method",
    "disposition",
    "detail",
)


@dataclass(frozen=True)
class RecordVersion:
    """One loaded version of a record: where it came from and what became of it."""

    item_code: str
    unit_code: str
    record_id: str
    version: int | None
    delivery_date: date
    source_file: str
    source_row: int
    subject_id: str | None
    match_method: str | None
    disposition: str
    detail: str | None
    sha256: str | None

    @property
    def stands(self) -> bool:
        """Whether it is the version of its record that counts."""
        return self.disposition not in _NOT_STANDING

    def as_source(self) -> dict[str, Any]:
        """The row of the file behind a statement."""
        return {
            "source_file": self.source_file,
            "source_row": self.source_row,
            "sha256": self.sha256,
            "delivery_date": self.delivery_date,
            "unit_code": self.unit_code,
            "item_code": self.item_code,
            "record_id": self.record_id,
            "version": self.version,
            "disposition": self.disposition,
            "match_method": self.match_method,
            "matched": match_in_words(self.match_method),
        }

    def as_not_used(self) -> dict[str, Any]:
        """Why it is not there, in words."""
        return {
            "record_id": self.record_id,
            "disposition": self.disposition,
            "detail": self.detail,
            "source_file": self.source_file,
            "source_row": self.source_row,
            "sha256": self.sha256,
            "delivery_date": self.delivery_date,
            "unit_code": self.unit_code,
            "item_code": self.item_code,
            "version": self.version,
            "match_method": self.match_method,
            "matched": match_in_words(self.match_method),
            "reason": disposition_in_words(self.disposition, self.detail),
        }


def record_versions(connection: DuckDBPyConnection, identifier: str) -> list[RecordVersion]:
    """Every loaded version of the record, or of the subject's records, in order of arrival."""
    columns = ", ".join(_COLUMNS)
    # A record_id is item:unit:key, a subject_id has no colon. One equality is answered from the
    # table's compressed blocks, at a sixth of the cost of either-or.
    column = "record_id" if ":" in identifier else "subject_id"
    found = connection.execute(
        f"select {columns} from gov.marts.record_disposition"
        f" where {column} = {literal(identifier)}"
        " order by delivery_date, source_file, source_row"
    ).fetchall()
    named = [dict(zip(_COLUMNS, row, strict=True)) for row in found]
    digests = _digests(connection, {row["source_file"] for row in named})
    return [RecordVersion(**row, sha256=digests.get(row["source_file"])) for row in named]


def _digests(connection: DuckDBPyConnection, files: set[str]) -> dict[str, str]:
    if not files:
        return {}
    return dict(
        connection.execute(
            "select source_file, sha256 from gov.marts.ingested_files"
            f" where source_file in {literals(sorted(files))}"
        ).fetchall()
    )
