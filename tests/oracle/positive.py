"""Positive records, the red list and its exclusions (marts.md section 4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .results import Table, group_by, table
from .subjects import Record

LEVELS = {"国家级": "national", "省级": "provincial", "设区市级": "city"}
HIGHEST_FIRST = ["national", "provincial", "city"]
RECOGNISED_ON = {
    "charity_donation": "donated_on",
    "direct_donation": "certified_on",
    "volunteer_service": "certified_on",
    "commendation": "commended_on",
    "administrative_award": "awarded_on",
}
DOCUMENT_NO = {
    "direct_donation": "certificate_no",
    "volunteer_service": "service_no",
    "commendation": "document_no",
    "administrative_award": "document_no",
}
POSITIVE_COLUMNS = (
    "record_id subject_id subject_name subject_type kind amount_yuan hours level document_no"
    " recognised_on unit_code"
)
RED_LIST_COLUMNS = (
    "subject_id subject_name subject_type highest_level commendation_count first_commended_on"
    " last_commended_on document_nos city_code"
)


def positive_record(record: Record, subjects: dict[str, Any]) -> dict[str, Any]:
    kind = record.item_code
    subject = subjects[record.subject_id or ""]
    return {
        "record_id": record.record_id,
        "subject_id": record.subject_id,
        "subject_name": subject["subject_name"],
        "subject_type": subject["subject_type"],
        "kind": kind,
        "amount_yuan": record["amount_yuan"]
        if kind in ("charity_donation", "direct_donation")
        else None,
        "hours": record["hours"] if kind == "volunteer_service" else None,
        "level": LEVELS[record["issuer_level"]] if kind == "commendation" else None,
        "document_no": record[DOCUMENT_NO[kind]] if kind in DOCUMENT_NO else None,
        "recognised_on": record[RECOGNISED_ON[kind]],
        "unit_code": record.row.unit_code,
        "archived_on": record.row.delivery_date,
    }


def positive_records(records: Iterable[Record], subjects: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        positive_record(record, subjects)
        for record in records
        if record.item_code in RECOGNISED_ON and record.is_used
    ]


def highest_level(levels: Iterable[str]) -> str:
    return min(levels, key=HIGHEST_FIRST.index)


def red_list(
    positives: list[dict[str, Any]], subjects: dict[str, Any], on_severe_list: set[str]
) -> list[dict[str, Any]]:
    commendations = [row for row in positives if row["kind"] == "commendation"]
    rows = []
    for subject_id, members in group_by(commendations, lambda c: c["subject_id"]).items():
        if subject_id in on_severe_list:
            continue
        days = [row["recognised_on"] for row in members]
        rows.append(
            {
                "subject_id": subject_id,
                "subject_name": subjects[subject_id]["subject_name"],
                "subject_type": subjects[subject_id]["subject_type"],
                "highest_level": highest_level(row["level"] for row in members),
                "commendation_count": len(members),
                "first_commended_on": min(days),
                "last_commended_on": max(days),
                "document_nos": ";".join(sorted({row["document_no"] for row in members})),
                "city_code": subjects[subject_id]["city_code"],
            }
        )
    return rows


def red_list_exclusions(positives: list[dict[str, Any]], listings: list[dict[str, Any]]) -> Table:
    commended = {row["subject_id"] for row in positives if row["kind"] == "commendation"}
    active = [row for row in listings if row["is_active"] and row["subject_id"] in commended]
    rows = [
        {
            "subject_id": subject_id,
            "determination_no": min(members, key=lambda m: m["record_id"])["determination_no"],
            "reason": "on_severe_list",
        }
        for subject_id, members in group_by(active, lambda a: a["subject_id"]).items()
    ]
    return table("subject_id determination_no reason", "subject_id", rows)
