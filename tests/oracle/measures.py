"""Joint measures and their eight limits (marts.md section 8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from .days import add_months
from .dishonesty import is_listed_on
from .items import codebook
from .results import group_by
from .subjects import Record

MEASURES = {row["measure_code"]: row for row in codebook("measures")}
MEASURE_COLUMNS = (
    "record_id measure_no measure_code measure_name measure_kind subject_id executing_unit"
    " started_on ended_on is_valid"
)


class Limits:
    """Names the rules that a measure breaks; listings and positive records are those of D."""

    def __init__(
        self,
        subjects: dict[str, Any],
        listings: list[dict[str, Any]],
        positives: list[dict[str, Any]],
        as_of: date,
    ) -> None:
        self.subjects = subjects
        self.listings = group_by(listings, lambda listing: listing["subject_id"])
        self.positives = group_by(positives, lambda positive: positive["subject_id"])
        self.as_of = as_of

    def broken(self, record: Record) -> list[str]:
        measure = MEASURES.get(record["measure_code"])
        if measure is None or measure["is_published"] != "true":
            return ["V1"]
        rules = {
            "V3": int(record["legal_basis_level"]) > int(measure["weakest_legal_basis"]),
            "V6": self._is_too_long(record, int(measure["max_months"])),
            "V8": not self.subjects[record.subject_id or ""]["is_registered"],
        }
        if measure["measure_kind"] == "punishment":
            rules.update(self._punishment_rules(record))
        else:
            rules["V7"] = not self._is_earned(record)
        return sorted(code for code, is_broken in rules.items() if is_broken)

    def _is_too_long(self, record: Record, max_months: int) -> bool:
        last_day = record["ended_on"] or self.as_of
        return bool(last_day > add_months(record["started_on"], max_months))

    def _punishment_rules(self, record: Record) -> dict[str, bool]:
        started_on, ended_on = record["started_on"], record["ended_on"]
        named = [
            listing
            for listing in self.listings.get(record.subject_id, [])
            if listing["determination_no"] == record["list_determination_no"]
        ]
        exits_on = max((listing["exits_on"] for listing in named), default=None)
        notified_on = record["notified_on"]
        return {
            "V2": not any(is_listed_on(listing, started_on) for listing in named),
            "V4": notified_on is None or notified_on > started_on,
            "V5": exits_on is not None
            and exits_on <= self.as_of
            and (ended_on is None or ended_on > exits_on),
        }

    def _is_earned(self, record: Record) -> bool:
        started_on = record["started_on"]
        listings = self.listings.get(record.subject_id, [])
        positives = self.positives.get(record.subject_id, [])
        is_listed = any(is_listed_on(listing, started_on) for listing in listings)
        return not is_listed and any(p["recognised_on"] <= started_on for p in positives)


def measures_and_violations(
    records: Iterable[Record], limits: Limits
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    measures, violations = [], []
    for record in records:
        if record.item_code != "joint_measure" or not record.is_used:
            continue
        broken = limits.broken(record)
        known = MEASURES.get(record["measure_code"], {})
        measures.append(
            {
                "record_id": record.record_id,
                "measure_no": record["measure_no"],
                "measure_code": record["measure_code"],
                "measure_name": known.get("measure_name"),
                "measure_kind": known.get("measure_kind"),
                "subject_id": record.subject_id,
                "executing_unit": record["executing_unit"],
                "started_on": record["started_on"],
                "ended_on": record["ended_on"],
                "is_valid": not broken,
            }
        )
        violations += [{"record_id": record.record_id, "rule_code": code} for code in broken]
    return measures, violations
