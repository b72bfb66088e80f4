"""The credit archive (marts.md section 10; Reg. Art. 9)."""

from __future__ import annotations

from datetime import date
from typing import Any

from .days import add_years
from .evaluation import GRADED, counted_deductions, latest_grade
from .results import Parameters
from .subjects import Record, scale_in_force

ARCHIVE_COLUMNS = (
    "subject_id part record_id item_code recognised_on stands_until is_repaired archived_on"
)


def _entry(record: Record, part: str, recognised_on: date | None) -> dict[str, Any]:
    return {
        "subject_id": record.subject_id,
        "part": part,
        "record_id": record.record_id,
        "item_code": record.item_code,
        "recognised_on": recognised_on,
        "stands_until": None,
        "is_repaired": False,
        "archived_on": record.row.delivery_date,
    }


def basic_part(records: list[Record], as_of: date) -> list[dict[str, Any]]:
    """Of the used records of one registered subject: register, scale and grades."""
    entries = [
        _entry(record, "basic", record["established_on"])
        for record in records
        if record.item_code == "enterprise_register" and record.is_used
    ]
    scale = scale_in_force(records, as_of)
    if scale is not None:
        entries.append(_entry(scale, "basic", None))
    indicators = [r for r in records if r.item_code == "regular_indicator" and r.is_used]
    for kind, _, _ in GRADED.values():
        grade = latest_grade(indicators, kind, as_of)
        if grade is not None:
            entries.append(_entry(grade, "basic", grade["recorded_on"]))
    return entries


def negative_indicators(
    records: list[Record], protected: set[Any], as_of: date, parameters: Parameters
) -> list[dict[str, Any]]:
    """Of one subject's records: N01 and N03-N05 within their years, protected ones left out."""
    indicators = [r for r in records if r.item_code == "regular_indicator" and r.is_used]
    entries = []
    for record in counted_deductions(indicators, protected, as_of, parameters):
        entry = _entry(record, "negative", record["recorded_on"])
        entry["stands_until"] = add_years(record["recorded_on"], parameters.retention_years)
        entries.append(entry)
    return entries


def negative_of_dishonesty(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "subject_id": row["subject_id"],
        "part": "negative",
        "record_id": row["record_id"],
        "item_code": row["item_code"],
        "recognised_on": row["decision_date"],
        "stands_until": row["retention_until"],
        "is_repaired": row["repaired_on"] is not None,
        "archived_on": row["archived_on"],
    }


def negative_of_listing(listing: dict[str, Any]) -> dict[str, Any]:
    return {
        "subject_id": listing["subject_id"],
        "part": "negative",
        "record_id": listing["record_id"],
        "item_code": "severe_dishonesty_determination",
        "recognised_on": listing["listed_on"],
        "stands_until": listing["exits_on"],
        "is_repaired": False,
        "archived_on": listing["archived_on"],
    }


def positive_entry(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "subject_id": row["subject_id"],
        "part": "positive",
        "record_id": row["record_id"],
        "item_code": row["kind"],
        "recognised_on": row["recognised_on"],
        "stands_until": None,
        "is_repaired": False,
        "archived_on": row["archived_on"],
    }
