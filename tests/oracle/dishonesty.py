"""The severe list, the dishonesty records and their statistics (marts.md sections 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from .days import add_months, add_years, first_of_month
from .dispositions import CONDUCTS, has_open_objection
from .items import codebook
from .results import Parameters, Table, group_by, table
from .subjects import Record

CATEGORIES = {row["penalty_category"]: row["severity"] for row in codebook("penalty_categories")}
CLOSING_CATEGORIES = {"责令停产停业", "暂扣或者吊销许可证", "暂扣或者吊销执照"}
SEVERITIES = ["general", "serious", "specially_serious"]

SEVERE_COLUMNS = (
    "record_id subject_id subject_name subject_type ground_code determination_no decision_date"
    " listed_on exits_on is_active has_open_objection"
)
DISHONESTY_COLUMNS = (
    "record_id subject_id subject_name subject_type clause conduct_code conduct_name unit_code"
    " document_no penalty_categories fine_yuan confiscated_yuan decision_date severity"
    " retention_until disclosure_until repaired_on has_open_objection is_disclosable city_code"
)

# ---------------------------------------------------------------- severe list


def severe_listing(record: Record, objections: list[Record], as_of: date) -> dict[str, Any]:
    listed_on = record["listed_on"] or record["decision_date"]
    exits_on = add_months(listed_on, record["months"])
    if record["delisted_on"] is not None:
        exits_on = min(exits_on, record["delisted_on"])
    return {
        "record_id": record.record_id,
        "subject_id": record.subject_id,
        "ground_code": record["ground_code"],
        "determination_no": record["determination_no"],
        "decision_date": record["decision_date"],
        "listed_on": listed_on,
        "exits_on": exits_on,
        "is_active": listed_on <= as_of < exits_on,
        "has_open_objection": has_open_objection(record, objections, as_of),
        "archived_on": record.row.delivery_date,
    }


def is_listed_on(listing: dict[str, Any], day: date) -> bool:
    return bool(listing["listed_on"] <= day < listing["exits_on"])


# ---------------------------------------------------------------- dishonesty


def categories_of(record: Record) -> list[str]:
    """The penalty categories of a record in the codebook's order."""
    given = record["penalty_categories"]
    parts = given.split(";") if isinstance(given, str) else list(given or [])
    return [category for category in CATEGORIES if category in parts]


def severity_of(record: Record, parameters: Parameters) -> str:
    if record.item_code == "social_order_case":
        return "general"
    categories = categories_of(record)
    is_quality = CONDUCTS[record["conduct_code"]]["conduct_group"] == "quality"
    if is_quality and any(category in CLOSING_CATEGORIES for category in categories):
        return "specially_serious"
    fine = record["fine_yuan"]
    is_heavily_fined = fine is not None and fine >= Decimal(parameters.serious_fine_yuan)
    if is_heavily_fined or any(CATEGORIES[category] == "serious" for category in categories):
        return "serious"
    return "general"


def _repaired_on(record: Record, document_no: str, cases: list[dict[str, Any]]) -> date | None:
    days = [
        case["completed_at"].date()
        for case in cases
        if case["subject_id"] == record.subject_id
        and case["document_no"] == document_no
        and case["result"] == "同意"
        and case["channel"] != "ineligible"
        and case["is_completed"]
    ]
    return min(days) if days else None


class Dishonesty:
    """Makes the rows of ``dishonesty_records``; what it needs of other marts is given."""

    def __init__(
        self,
        subjects: dict[str, Any],
        listings: list[dict[str, Any]],
        repair_cases: list[dict[str, Any]],
        objections: list[Record],
        as_of: date,
        parameters: Parameters,
    ) -> None:
        self.subjects = subjects
        self.listings = group_by(listings, lambda listing: listing["subject_id"])
        self.repair_cases = group_by(repair_cases, lambda case: case["subject_id"])
        self.objections = group_by(objections, lambda objection: objection.subject_id)
        self.as_of = as_of
        self.parameters = parameters

    def _retention_until(self, record: Record, decision_date: date) -> date:
        ends = [add_years(decision_date, self.parameters.retention_years)]
        for listing in self.listings.get(record.subject_id, []):
            if listing["is_active"]:
                ends.append(listing["exits_on"])
        return max(ends)

    def row(self, record: Record) -> dict[str, Any]:
        is_person = record.item_code == "social_order_case"
        subject = self.subjects[record.subject_id or ""]
        conduct = CONDUCTS[record["conduct_code"]]
        decision_date = record["determined_on" if is_person else "decision_date"]
        document_no = record["penalty_document_no" if is_person else "document_no"]
        severity = severity_of(record, self.parameters)
        disclosure_until = add_years(decision_date, 1 if severity == "general" else 3)
        if record["publish_until"] is not None:
            disclosure_until = min(disclosure_until, record["publish_until"])
        cases = self.repair_cases.get(record.subject_id, [])
        repaired_on = _repaired_on(record, document_no, cases)
        objections = self.objections.get(record.subject_id, [])
        is_objected = has_open_objection(record, objections, self.as_of)
        return {
            "record_id": record.record_id,
            "subject_id": record.subject_id,
            "subject_name": subject["subject_name"],
            "subject_type": subject["subject_type"],
            "clause": int(conduct["clause"]),
            "conduct_code": record["conduct_code"],
            "conduct_name": conduct["conduct_name"],
            "unit_code": record.row.unit_code,
            "document_no": document_no,
            "penalty_categories": None if is_person else ";".join(categories_of(record)),
            "fine_yuan": None if is_person else record["fine_yuan"],
            "confiscated_yuan": None if is_person else record["confiscated_yuan"],
            "decision_date": decision_date,
            "severity": severity,
            "retention_until": self._retention_until(record, decision_date),
            "disclosure_until": disclosure_until,
            "repaired_on": repaired_on,
            "has_open_objection": is_objected,
            "is_disclosable": subject["subject_type"] != "person"
            and record["is_public"] is True
            and self.as_of <= disclosure_until
            and repaired_on is None
            and not is_objected,
            "city_code": record["city_code"] if is_person else subject["city_code"],
            "archived_on": record.row.delivery_date,
            "item_code": record.item_code,
        }


# ---------------------------------------------------------------- statistics


def resumption_compliance(
    records: Iterable[Record],
    dishonesty: list[dict[str, Any]],
    subjects: dict[str, Any],
    as_of: date,
) -> Table:
    penalised = {(row["subject_id"], row["document_no"]) for row in dishonesty}
    groups: dict[tuple[Any, str], dict[str, Any]] = {}
    for record in records:
        if record.item_code != "resumption_inspection" or not record.is_used:
            continue
        city_code = subjects[record.subject_id or ""]["city_code"]
        group = groups.setdefault(
            (city_code, record["duty_code"]),
            {
                "city_code": city_code,
                "duty_code": record["duty_code"],
                "inspected": 0,
                "failed": 0,
                "rectified": 0,
                "penalised": 0,
            },
        )
        group["inspected"] += 1
        if record["finding"] != "不合格":
            continue
        group["failed"] += 1
        if record["rectified_on"] is not None and record["rectified_on"] <= as_of:
            group["rectified"] += 1
        if (record.subject_id, record["penalty_document_no"]) in penalised:
            group["penalised"] += 1
    columns = "city_code duty_code inspected failed rectified penalised"
    return table(columns, "city_code duty_code", groups.values())


def social_order_statistics(dishonesty: list[dict[str, Any]]) -> Table:
    cases = [row for row in dishonesty if row["item_code"] == "social_order_case"]
    groups = group_by(
        cases, lambda c: (c["city_code"], c["conduct_code"], first_of_month(c["decision_date"]))
    )
    rows = [
        {"city_code": city, "conduct_code": conduct, "month": month, "cases": len(members)}
        for (city, conduct, month), members in groups.items()
    ]
    return table("city_code conduct_code month cases", "city_code conduct_code month", rows)
