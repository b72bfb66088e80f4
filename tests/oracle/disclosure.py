"""The open product (marts.md section 9; Reg. Art. 15 keeps natural persons out)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from .dishonesty import SEVERE_COLUMNS
from .dispositions import FAILED_CASE
from .items import codebook
from .positive import RED_LIST_COLUMNS
from .results import Table, group_by, table
from .subjects import Record

UNIT_NAMES = {row["unit_code"]: row["unit_name"] for row in codebook("units")}
OPEN_DISHONESTY_COLUMNS = (
    "record_id subject_id subject_name conduct_name document_no penalty_categories fine_yuan"
    " decision_date authority_unit_name disclosure_until"
)
MATERIAL_COLUMNS = (
    "record_id material_no kind subject_id subject_name document_no title summary released_on"
)
ANNOUNCED_DAYS = 30
SMALLEST_SHOWN = 5


def _organisations(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["subject_type"] != "person"]


def open_red_list(rows: list[dict[str, Any]]) -> Table:
    return table(RED_LIST_COLUMNS, "subject_id", _organisations(rows))


def open_dishonesty(rows: list[dict[str, Any]]) -> Table:
    shown = [
        {**row, "authority_unit_name": UNIT_NAMES[row["unit_code"]]}
        for row in rows
        if row["is_disclosable"]
    ]
    return table(OPEN_DISHONESTY_COLUMNS, "record_id", shown)


def open_severe_list(listings: list[dict[str, Any]]) -> Table:
    shown = [
        listing
        for listing in _organisations(listings)
        if listing["is_active"] and not listing["has_open_objection"]
    ]
    return table(SEVERE_COLUMNS, "record_id", shown)


def materials(
    records: Iterable[Record], subjects: dict[str, Any], as_of: date
) -> tuple[Table, Table]:
    """(typical_cases, role_models)"""
    cases: list[dict[str, Any]] = []
    models: list[dict[str, Any]] = []
    for record in records:
        if record.item_code != "publicity_material" or not record.is_used:
            continue
        if record["released_on"] > as_of:
            continue
        row = {
            "record_id": record.record_id,
            "material_no": record["material_no"],
            "kind": record["kind"],
            "subject_id": record.subject_id,
            "subject_name": record["subject_name"]
            if record.subject_id is None
            else subjects[record.subject_id]["subject_name"],
            "document_no": record["document_no"],
            "title": record["title"],
            "summary": record["summary"],
            "released_on": record["released_on"],
        }
        (cases if record["kind"] == FAILED_CASE else models).append(row)
    return (
        table(MATERIAL_COLUMNS, "record_id", cases),
        table(MATERIAL_COLUMNS, "record_id", models),
    )


def repair_announcements(dishonesty: list[dict[str, Any]], as_of: date) -> Table:
    first_day = as_of - timedelta(days=ANNOUNCED_DAYS)
    shown = [
        row
        for row in _organisations(dishonesty)
        if row["repaired_on"] is not None and first_day <= row["repaired_on"] <= as_of
    ]
    columns = "record_id subject_id subject_name document_no repaired_on"
    return table(columns, "record_id", shown)


def evaluation_summary(evaluations: list[dict[str, Any]]) -> Table:
    groups = group_by(evaluations, lambda e: (e["city_code"], e["grade"]))
    rows = [
        {"city_code": city, "grade": grade, "enterprises": len(members)}
        for (city, grade), members in groups.items()
    ]
    return table("city_code grade enterprises", "city_code grade", rows)


def open_social_order_statistics(statistics: Table) -> Table:
    rows = [
        {**row, "cases": row["cases"] if row["cases"] >= SMALLEST_SHOWN else None}
        for row in statistics.dicts()
    ]
    return table(" ".join(statistics.columns), " ".join(statistics.key), rows)
