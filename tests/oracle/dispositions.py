"""Objections and the item's own refusals (marts.md sections 1 and 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from .days import add_years
from .items import codebook
from .results import Parameters
from .subjects import Record

CONDUCTS = {row["conduct_code"]: row for row in codebook("conduct_codes")}
JUDGED_AFTERWARDS = "publicity_material"
FAILED_CASE = "失信典型案例"


# ---------------------------------------------------------------- objections


def document_numbers(record: Record) -> set[str]:
    """The document numbers by which an objection can name this record."""
    if record.item_code == "administrative_penalty":
        return {record["document_no"]}
    if record.item_code == "social_order_case":
        return {record["penalty_document_no"], record["determination_no"]}
    if record.item_code == "severe_dishonesty_determination":
        return {record["determination_no"]}
    return set()


def _objections_to(record: Record, objections: Iterable[Record]) -> list[Record]:
    if record.subject_id is None:
        return []
    numbers = document_numbers(record)
    return [
        objection
        for objection in objections
        if objection.subject_id == record.subject_id and objection["document_no"] in numbers
    ]


def is_deleted(record: Record, objections: Iterable[Record], as_of: date) -> bool:
    """An objection to this record was resolved by D with 删除."""
    return any(
        o["resolved_on"] is not None and o["resolved_on"] <= as_of and o["outcome"] == "删除"
        for o in _objections_to(record, objections)
    )


def has_open_objection(record: Record, objections: Iterable[Record], as_of: date) -> bool:
    """Accepted by D, and not resolved, or resolved with a correction not yet delivered."""
    for objection in _objections_to(record, objections):
        if objection["accepted_on"] > as_of:
            continue
        resolved_on = objection["resolved_on"]
        if resolved_on is None or resolved_on > as_of:
            return True
        if objection["outcome"] == "更正" and record.row.delivery_date < resolved_on:
            return True
    return False


# ---------------------------------------------------------------- refusals by item


class Refusals:
    """The refusals of marts.md section 1; each method answers (disposition, detail).

    ``on_severe_list`` holds the subjects with an active severe listing; it must be filled
    before a penalty or a social order case is asked about.
    """

    def __init__(self, as_of: date, parameters: Parameters) -> None:
        self.as_of = as_of
        self.parameters = parameters
        self.on_severe_list: set[str] = set()
        self.by_item: dict[str, Callable[[Record], str]] = {
            "administrative_penalty": self._penalty,
            "social_order_case": self._social_order,
            "charity_donation": self._charity,
            "direct_donation": lambda r: self._certified(r, "donated_on"),
            "volunteer_service": lambda r: self._certified(r, "served_on"),
            "commendation": self._commendation,
            "administrative_award": self._award,
        }

    def judge(self, record: Record) -> tuple[str, str | None]:
        """What the record would be but for objections."""
        if not record.is_person and record.subject_id is None:
            return "subject_unresolved", None
        if record.item_code == "severe_dishonesty_determination":
            missing = self._missing_procedure(record)
            return ("procedure_incomplete", ",".join(missing)) if missing else ("used", None)
        if record.item_code in self.by_item:
            return self.by_item[record.item_code](record), None
        return "used", None

    def is_outside(self, day: date) -> bool:
        start = self.parameters.epidemic_start_date
        return not start <= day <= self.parameters.epidemic_end_date

    def _is_retention_over(self, record: Record, day: date) -> bool:
        end = add_years(day, self.parameters.retention_years)
        return self.as_of >= end and record.subject_id not in self.on_severe_list

    def _penalty(self, record: Record) -> str:
        conduct_code = record["conduct_code"]
        if record.is_person or CONDUCTS.get(conduct_code, {}).get("clause") == "2":
            return "person_subject_out_of_scope"
        if conduct_code == "000":
            return "conduct_out_of_scope"
        if self.is_outside(record["decision_date"]):
            return "outside_epidemic_period"
        if record["finality"] != "已生效":
            return "not_final"
        if record["procedure"] == "01":
            return "simple_procedure"
        if self._is_retention_over(record, record["decision_date"]):
            return "retention_expired"
        return "used"

    def _social_order(self, record: Record) -> str:
        if self.is_outside(record["determined_on"]):
            return "outside_epidemic_period"
        if record["finality"] != "已生效":
            return "not_final"
        if self._is_retention_over(record, record["determined_on"]):
            return "retention_expired"
        return "used"

    def _charity(self, record: Record) -> str:
        return "outside_epidemic_period" if self.is_outside(record["donated_on"]) else "used"

    def _certified(self, record: Record, day_field: str) -> str:
        if self.is_outside(record[day_field]):
            return "outside_epidemic_period"
        certified_on = record["certified_on"]
        if record["certified_by"] is None or certified_on is None or certified_on > self.as_of:
            return "not_certified"
        return "used"

    def _commendation(self, record: Record) -> str:
        if not record["is_epidemic"]:
            return "not_epidemic"
        if self.is_outside(record["commended_on"]):
            return "outside_epidemic_period"
        if record["issuer_level"] == "县级":
            return "below_city_level"
        if record["issuer_kind"] not in ("人民政府", "党委和人民政府"):
            return "not_government"
        return "used"

    def _award(self, record: Record) -> str:
        if not record["is_epidemic"]:
            return "not_epidemic"
        if self.is_outside(record["awarded_on"]):
            return "outside_epidemic_period"
        if record["authority_level"] != "省级":
            return "below_provincial_level"
        return "used"

    def _missing_procedure(self, record: Record) -> list[str]:
        missing = []
        decision_date, notified_on = record["decision_date"], record["notified_on"]
        if record["ground_code"] is None:
            missing.append("ground")
        if decision_date is None:
            missing.append("decision")
        if record["signed_by_head"] is not True:
            missing.append("signature")
        if notified_on is None or (decision_date is not None and notified_on >= decision_date):
            missing.append("notice")
        if record["defence_handled"] is None:
            missing.append("defence")
        return missing


def judge_publicity(
    record: Record,
    disclosable: set[tuple[Any, Any]],
    positive_subjects: set[str],
) -> tuple[str, str | None]:
    """The refusals of publicity_material, which look at other marts.

    ``disclosable``: (document_no, subject_id) of the disclosable dishonesty records;
    ``positive_subjects``: subjects with a red-list row or a positive record.
    """
    if not record.is_person and record.subject_id is None:
        return "subject_unresolved", None
    if record["kind"] == FAILED_CASE:
        # By the letter: the USCC that the material carries, also where it shows a person.
        if (record["document_no"], record["uscc"]) not in disclosable:
            return "not_disclosable", None
    elif not record.is_person and record.subject_id not in positive_subjects:
        return "no_positive_record", None
    if record.is_person and record["has_consent"] is not True:
        return "no_consent", None
    return "used", None
