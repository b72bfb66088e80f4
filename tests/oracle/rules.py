"""One row: its typed values, every fault it has, and what identifies it.

Catalogue sections 2, 3 and 5, as far as they concern a single row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from . import values as v
from .items import GRADES, Field, Item

NATURAL_PERSON = "自然人"
# Dropped from a penalty against a natural person before storage.
DROPPED_FOR_PERSONS = ("party_name", "facts", "penalty_content", "remarks")
ORGANISATION_WORDS = (
    "公司",
    "集团",
    "厂",
    "企业",
    "合作社",
    "合伙",
    "商行",
    "商店",
    "经营部",
    "协会",
    "学会",
    "商会",
    "联合会",
    "基金会",
    "医院",
    "学校",
    "大学",
    "学院",
    "中学",
    "小学",
    "幼儿园",
    "研究院",
    "研究所",
    "事务所",
    "银行",
    "酒店",
    "中心",
    "委员会",
)
WORDS_TAKEN_OUT = ("个人独资", "职工医院", "学生用品")
COLLECTION_WORDS = ("转来", "转入", "员工", "职工", "学生", "会员", "代理商", "个人")


@dataclass
class TypedRow:
    """Values by field name (None where missing or faulty) and the codes of each field."""

    values: dict[str, object]
    faults: dict[str, list[str]] = field(default_factory=dict)
    code_repaired: bool = False

    def is_usable(self, *names: str) -> bool:
        """Whether all these fields are valid or missing."""
        return all(set(self.faults.get(name, [])) <= {"Q01"} for name in names)

    def add(self, name: str, code: str) -> None:
        self.faults.setdefault(name, []).append(code)

    @property
    def codes(self) -> list[str]:
        return sorted({code for codes in self.faults.values() for code in codes})


# ---------------------------------------------------------------- one field


def _typed(agreed: Field, cell: v.Cell, delivery_date: date) -> object:
    not_after = delivery_date if agreed.past else None
    if agreed.kind == "text":
        found = v.text(cell)
        if found is not None and len(found) > agreed.length:
            raise v.RowFaultError("Q08")
        return found
    if agreed.kind == "code":
        return v.code(cell, agreed.codes)
    if agreed.kind == "category list":
        return v.category_list(cell, agreed.codes)
    if agreed.kind == "boolean":
        return v.boolean(cell)
    if agreed.kind == "org_code":
        return v.organisation_code(cell)
    if agreed.kind == "identity":
        return v.identity_number(cell)
    if agreed.kind in ("date", "until"):
        return v.dated(cell, until=agreed.kind == "until", not_after=not_after)
    if agreed.kind == "timestamp":
        return v.timestamp(cell, not_after)
    if agreed.kind == "integer":
        return v.integer(cell, agreed.lowest, agreed.highest)
    assert agreed.kind == "decimal", agreed.kind
    return v.decimal(
        cell,
        precision=agreed.precision,
        scale=agreed.scale,
        factor=agreed.factor,
        above_zero=agreed.above_zero,
        highest=agreed.highest,
    )


def _read_field(row: TypedRow, agreed: Field, cell: v.Cell, delivery_date: date) -> None:
    found: object
    try:
        if agreed.kind == "uscc":
            found, is_repaired = v.uscc(cell)
            row.code_repaired = row.code_repaired or is_repaired
        else:
            found = _typed(agreed, cell, delivery_date)
    except v.RowFaultError as fault:
        row.values[agreed.name] = None
        row.faults[agreed.name] = list(fault.codes)
        return
    row.values[agreed.name] = agreed.default if found is None else found
    if agreed.required and row.values[agreed.name] is None:
        row.add(agreed.name, "Q01")


# A text without a number in section 3 has at most this many characters.
IDENTITY_LENGTH = 200


def read_row(item: Item, cells: dict[str, v.Cell], delivery_date: date) -> TypedRow:
    """``cells`` by field name; a field without a cell is missing."""
    row = TypedRow({})
    for agreed in item.fields:
        if agreed.kind != "never stored":
            _read_field(row, agreed, cells.get(agreed.name), delivery_date)
    if item.code == "regular_indicator" and row.values["indicator"] in GRADES:
        _read_grade(row, cells.get("value"))
    if "id_number" in row.values:
        _check_identity(row)
    if item.code in ROW_RULES:
        ROW_RULES[item.code](row)
    return row


def _read_grade(row: TypedRow, cell: v.Cell) -> None:
    """The value of a grade is a code of its list, and required."""
    row.faults.pop("value", None)
    grades = GRADES[str(row.values["indicator"])]
    grade = Field("value", "", "code", required=True, codes=grades)
    _read_field(row, grade, cell, date.max)


def _check_identity(row: TypedRow) -> None:
    """The check of a resident identity number; a number of any other kind has a text's length."""
    number = row.values["id_number"]
    if number is None or not row.is_usable("id_number"):
        return
    is_resident = row.is_usable("id_kind") and row.values["id_kind"] == "01"
    if is_resident and not v.identity_check_passes(str(number)):
        row.add("id_number", "Q11")
    elif len(str(number)) > IDENTITY_LENGTH:
        row.add("id_number", "Q08")


# ---------------------------------------------------------------- tests over two fields


def _require(row: TypedRow, name: str, is_needed: bool, *looked_at: str) -> None:
    if row.is_usable(name, *looked_at) and is_needed and row.values[name] is None:
        row.add(name, "Q01")


def _not_before(row: TypedRow, later: str, earlier: str) -> None:
    if not row.is_usable(later, earlier):
        return
    end, start = row.values[later], row.values[earlier]
    if end is not None and start is not None and end < start:  # type: ignore[operator]
        # Not kept as a fault of a field: it makes neither of the two invalid for other tests.
        row.add("(row)", "Q10")


def _penalty(row: TypedRow) -> None:
    categories = str(row.values["penalty_categories"] or "").split(";")
    is_person = row.values["party_kind"] == NATURAL_PERSON
    has_code = row.values["org_code"] is not None
    _require(row, "uscc", not is_person and not has_code, "party_kind", "org_code")
    _require(row, "fine_yuan", "罚款" in categories, "penalty_categories")
    is_confiscated = "没收违法所得" in categories or "没收非法财物" in categories
    _require(row, "confiscated_yuan", is_confiscated, "penalty_categories")
    is_suspended = any(category.startswith("暂扣") for category in categories)
    _require(row, "suspended_licence", is_suspended, "penalty_categories")
    _require(row, "not_public_ground", row.values["is_public"] is False, "is_public")
    _not_before(row, "publish_until", "decision_date")


def _commendation(row: TypedRow) -> None:
    is_person = row.values["subject_kind"] == NATURAL_PERSON
    _require(row, "uscc", not is_person, "subject_kind")
    _require(row, "id_kind", is_person, "subject_kind")
    _require(row, "id_number", is_person, "subject_kind")


def _publicity(row: TypedRow) -> None:
    _require(row, "document_no", row.values["kind"] == "失信典型案例", "kind")
    is_person = row.values["subject_kind"] == NATURAL_PERSON
    _require(row, "has_consent", is_person, "subject_kind")


def _repair(row: TypedRow) -> None:
    _not_before(row, "completed_at", "accepted_at")
    _require(row, "result", row.values["completed_at"] is not None, "completed_at")


def _objection(row: TypedRow) -> None:
    if row.is_usable("uscc", "id_kind", "id_number"):
        has_identity = row.values["id_kind"] is not None and row.values["id_number"] is not None
        if row.values["uscc"] is None and not has_identity:
            row.add("uscc", "Q01")
    _require(row, "outcome", row.values["resolved_on"] is not None, "resolved_on")


ROW_RULES: dict[str, Callable[[TypedRow], None]] = {
    "administrative_penalty": _penalty,
    "commendation": _commendation,
    "publicity_material": _publicity,
    "credit_repair_application": _repair,
    "objection": _objection,
    "resumption_inspection": lambda row: _not_before(row, "rectified_on", "inspected_on"),
    "direct_donation": lambda row: _not_before(row, "certified_on", "donated_on"),
    "key_enterprise": lambda row: _not_before(row, "delisted_on", "listed_on"),
    "joint_measure": lambda row: _not_before(row, "ended_on", "started_on"),
}


# ---------------------------------------------------------------- persons and donors


def is_organisation_donor(donor_name: str) -> bool:
    """Whether a donor of the charities' sheet is an organisation (section 3)."""
    cleaned = v.clean_name(donor_name)
    if not any(word in cleaned for word in ORGANISATION_WORDS):
        return False
    for word in WORDS_TAKEN_OUT:
        cleaned = cleaned.replace(word, "")
    return not any(word in cleaned for word in COLLECTION_WORDS)


def is_dropped_donor(cells: dict[str, v.Cell]) -> bool:
    """A donor who is present and a natural person, whatever else is wrong with the row."""
    try:
        donor_name = v.text(cells.get("donor_name"))
    except v.RowFaultError:
        return False
    return donor_name is not None and not is_organisation_donor(donor_name)


def take_identity(item: Item, row: TypedRow, key: str) -> str | None:
    """Remove what must not be stored of a person; the person key where there is one.

    Afterwards ``row.values`` holds neither identity number nor full name.
    """
    number = row.values.pop("id_number", None)
    kind = row.values.get("id_kind")
    if item.code == "administrative_penalty" and row.values["party_kind"] == NATURAL_PERSON:
        row.values.update(dict.fromkeys(DROPPED_FOR_PERSONS))
    if item.code == "social_order_case":
        row.values["person_name"] = v.masked_name(str(row.values["person_name"]))
    if row.values.get("subject_kind") == NATURAL_PERSON:
        row.values["subject_name"] = v.masked_name(str(row.values["subject_name"]))
    if item.code == "objection" and row.values["uscc"] is not None:
        row.values["id_kind"] = None
        return None
    if item.code == "commendation" and row.values["subject_kind"] != NATURAL_PERSON:
        return None
    return None if number is None else "P-" + v.keyed_hash(key, f"{kind}:{number}")


# ---------------------------------------------------------------- keys and content


def key_text(value: object) -> str:
    """Section 3: dates in ISO form, amounts with two decimals and no commas."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)


def key_parts(item: Item, row: TypedRow, key: str, occurrence: int) -> list[str]:
    """The business key of a row that loads, before its identity is taken away."""
    values = row.values
    parts = [key_text(values[name]) for name in item.keys]
    if item.code == "administrative_penalty":
        name = "P-" + v.keyed_hash(key, "name:" + v.clean_name(str(values["party_name"])))
        parts.append(str(values["uscc"] or values["org_code"] or name))
    if item.code == "commendation":
        person = "P-" + v.keyed_hash(key, f"{values['id_kind']}:{values['id_number']}")
        parts.append(person if values["subject_kind"] == NATURAL_PERSON else str(values["uscc"]))
    if item.code == "charity_donation":
        donor = "D-" + v.keyed_hash(key, "donor:" + v.clean_name(str(values["donor_name"])))
        parts = [key_text(values["donated_on"]), donor, key_text(values["amount_yuan"])]
        parts.append(str(occurrence))
    return parts


def content(item: Item, row: TypedRow, person_key: str | None) -> tuple[object, ...]:
    """What versions are compared by (section 6), after the identity was taken away."""
    if item.code == "charity_donation":
        return (row.values["operation"],)
    stored = [
        row.values[agreed.name]
        for agreed in item.fields
        if agreed.kind not in ("never stored", "identity") and agreed.name != "version"
    ]
    return (*stored, person_key)
