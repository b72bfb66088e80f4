"""Versions (catalogue section 6), subject matching (section 5) and the table ``subjects``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from .model import Row
from .results import Table, group_by, table

CITY_CODES = {str(code) for code in range(3301, 3312)}
# Fields that hold the name of the subject itself, by item.
NAME_FIELDS = {
    "administrative_penalty": "party_name",
    "social_order_case": "person_name",
    "charity_donation": "donor_name",
    "commendation": "subject_name",
    "publicity_material": "subject_name",
}


@dataclass(eq=False)
class Record:
    """One loaded row on its way to a disposition.

    ``standing`` is the answer of section 6 (None while the row stands); ``disposition``
    is the final one.
    """

    row: Row
    subject_id: str | None = None
    match_method: str = ""
    standing: str | None = None
    disposition: str = ""
    detail: str | None = None
    is_deleted_by_objection: bool = False

    @property
    def item_code(self) -> str:
        return self.row.item_code

    @property
    def record_id(self) -> str:
        return self.row.record_id

    @property
    def is_person(self) -> bool:
        return self.match_method == "person"

    @property
    def is_used(self) -> bool:
        return self.disposition == "used"

    def __getitem__(self, field: str) -> Any:
        return self.row.values.get(field)


# ---------------------------------------------------------------- versions


def _order(record: Record) -> tuple[date, str, int]:
    return (record.row.delivery_date, record.row.file_name, record.row.source_row)


def _judge_register(rows: list[Record]) -> None:
    newest = max(record.row.delivery_date for record in rows)
    of_newest = [record for record in rows if record.row.delivery_date == newest]
    first = min(of_newest, key=_order)
    for record in rows:
        if record is first:
            record.standing = None
        elif record.row.delivery_date < newest:
            record.standing = "superseded"
        elif record.row.content == first.row.content:
            record.standing = "duplicate"
        else:
            record.standing = "conflicting_version"


def _judge_versions(rows: list[Record]) -> None:
    highest = max(record.row.version or 0 for record in rows)
    of_highest = [record for record in rows if (record.row.version or 0) == highest]
    withdrawals = [record for record in of_highest if record.row.operation == "撤销"]
    first = min(withdrawals or of_highest, key=_order)
    for record in rows:
        if record is first:
            record.standing = "withdrawn" if withdrawals else None
        elif record not in of_highest or withdrawals:
            record.standing = "superseded"
        elif record.row.content == first.row.content:
            record.standing = "duplicate"
        else:
            record.standing = "conflicting_version"


def judge_standing(records: list[Record]) -> None:
    """Gives every record its answer of section 6."""
    register = [r for r in records if r.item_code == "enterprise_register"]
    others = [r for r in records if r.item_code != "enterprise_register"]
    for rows in group_by(register, lambda r: r["uscc"]).values():
        _judge_register(rows)
    for rows in group_by(others, lambda r: r.record_id).values():
        _judge_versions(rows)


# ---------------------------------------------------------------- matching


class Register:
    """The register as of the date: USCC to the row that stands."""

    def __init__(self, records: list[Record]) -> None:
        self.rows: dict[str, Record] = {
            r["uscc"]: r
            for r in records
            if r.item_code == "enterprise_register" and r.standing is None
        }
        self.by_org_code = group_by(self.rows, lambda uscc: uscc[8:17])
        self.by_name = group_by(self.rows, lambda u: self.rows[u]["enterprise_name_cleaned"])

    def only_with_org_code(self, org_code: str) -> str | None:
        found = self.by_org_code.get(org_code, [])
        return found[0] if len(found) == 1 else None

    def only_with_name(self, cleaned: str) -> str | None:
        found = self.by_name.get(cleaned, [])
        return found[0] if len(found) == 1 else None


def _names_a_person(record: Record) -> bool:
    if record.item_code == "administrative_penalty":
        return bool(record["party_kind"] == "自然人")
    if record.item_code in ("commendation", "publicity_material"):
        return bool(record["subject_kind"] == "自然人")
    if record.item_code == "objection":
        return record["uscc"] is None
    return record.item_code == "social_order_case"


def match_subject(record: Record, register: Register) -> None:
    if _names_a_person(record):
        record.match_method = "person"
        has_identity = record.item_code not in ("administrative_penalty", "publicity_material")
        record.subject_id = record.row.person_key if has_identity else None
        return
    record.subject_id, record.match_method = None, "unresolved"
    if record["uscc"] is not None:
        record.subject_id = record["uscc"]
        is_registered = record.subject_id in register.rows
        record.match_method = "uscc" if is_registered else "uscc_unregistered"
        return
    if record["org_code"] is not None:
        record.subject_id = register.only_with_org_code(record["org_code"])
        if record.subject_id is not None:
            record.match_method = "org_code"
            return
    if record.item_code == "charity_donation":
        record.subject_id = register.only_with_name(record["donor_name_cleaned"])
        if record.subject_id is not None:
            record.match_method = "name"


# ---------------------------------------------------------------- the table


def subject_type(subject_id: str) -> str:
    if subject_id.startswith("P-"):
        return "person"
    kinds = {"91": "enterprise", "92": "individual_business", "93": "cooperative"}
    if subject_id[:2] in kinds:
        return kinds[subject_id[:2]]
    by_first = {"5": "social_organisation", "1": "public_institution"}
    return by_first.get(subject_id[0], "other")


def _name_on_records(records: list[Record]) -> str | None:
    candidates = []
    for record in records:
        if record.standing in ("duplicate", "conflicting_version", "superseded"):
            continue
        name = record[NAME_FIELDS.get(record.item_code, "enterprise_name")]
        if name is not None:
            candidates.append((record.row.delivery_date, record.record_id, name))
    return max(candidates)[2] if candidates else None


def scale_in_force(records: list[Record], as_of: date) -> Record | None:
    """Of one subject's records: the scale of the largest year not after the as-of year."""
    scales = [
        r
        for r in records
        if r.item_code == "enterprise_scale" and r.is_used and r["year"] <= as_of.year
    ]
    return max(scales, key=lambda r: r["year"]) if scales else None


def _subject(
    subject_id: str, records: list[Record], register: Register, as_of: date
) -> dict[str, Any]:
    entry = register.rows.get(subject_id)
    kind = subject_type(subject_id)
    region_code = None if kind == "person" else subject_id[2:8]
    city_code = region_code[:4] if region_code else None
    scale = scale_in_force(records, as_of)
    return {
        "subject_id": subject_id,
        "subject_type": kind,
        "subject_name": entry["enterprise_name"] if entry else _name_on_records(records),
        "is_registered": entry is not None,
        "register_status": entry["register_status"] if entry else None,
        "established_on": entry["established_on"] if entry else None,
        "region_code": region_code,
        "city_code": city_code if city_code in CITY_CODES else None,
        "scale": scale["scale"] if scale else None,
    }


def subjects_of(records: list[Record], register: Register, as_of: date) -> dict[str, Any]:
    """subject_id to its row of ``subjects``."""
    by_subject = group_by(records, lambda r: r.subject_id)
    by_subject.pop(None, None)
    return {
        subject_id: _subject(subject_id, rows, register, as_of)
        for subject_id, rows in by_subject.items()
    }


def subjects_table(subjects: dict[str, Any]) -> Table:
    columns = (
        "subject_id subject_type subject_name is_registered register_status established_on"
        " region_code city_code scale"
    )
    return table(columns, "subject_id", subjects.values())


def disposition_table(records: list[Record]) -> Table:
    columns = (
        "item_code unit_code record_id version delivery_date source_file source_row"
        " subject_id match_method disposition detail"
    )
    rows = [
        {
            "item_code": r.item_code,
            "unit_code": r.row.unit_code,
            "record_id": r.record_id,
            "version": r.row.version,
            "delivery_date": r.row.delivery_date,
            "source_file": r.row.source_file,
            "source_row": r.row.source_row,
            "subject_id": r.subject_id,
            "match_method": r.match_method,
            "disposition": r.disposition,
            "detail": r.detail,
        }
        for r in records
    ]
    return table(columns, "source_file source_row", rows)
