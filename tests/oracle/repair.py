"""Repair and its green channel (marts.md section 6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from .days import add_months, first_of_month, working_day_after, working_days_between
from .dishonesty import SEVERITIES, is_listed_on, severity_of
from .dispositions import Refusals
from .results import Parameters, Table, group_by, table
from .subjects import Record

CASE_COLUMNS = (
    "record_id application_no subject_id document_no target_record_id site channel reason"
    " accepted_at due_on completed_at result sla_status is_against_rules"
)


def repair_targets(records: Iterable[Record], refusals: Refusals) -> list[Record]:
    """Penalties that are, or would be but for an objection, used or retention_expired."""
    return [
        record
        for record in records
        if record.item_code == "administrative_penalty"
        and record.standing is None
        and refusals.judge(record)[0] in ("used", "retention_expired")
    ]


class Repairs:
    """Judges applications; targets, listings and key enterprises are those of D."""

    def __init__(
        self,
        targets: list[Record],
        listings: list[dict[str, Any]],
        key_enterprises: list[Record],
        as_of: date,
        parameters: Parameters,
    ) -> None:
        self.targets = group_by(targets, lambda t: (t.subject_id, t["document_no"]))
        self.listings = group_by(listings, lambda listing: listing["subject_id"])
        self.key_enterprises = group_by(key_enterprises, lambda r: r.subject_id)
        self.as_of = as_of
        self.parameters = parameters

    def target_of(self, application: Record) -> Record | None:
        """The most severe, then the latest, then the one with the smallest record_id."""
        found = self.targets.get((application.subject_id, application["document_no"]), [])
        for severity in reversed(SEVERITIES):
            severest = [t for t in found if severity_of(t, self.parameters) == severity]
            if severest:
                latest = max(t["decision_date"] for t in severest)
                return min(
                    (t for t in severest if t["decision_date"] == latest),
                    key=lambda t: t.record_id,
                )
        return None

    def reason_against(self, application: Record, target: Record | None) -> str | None:
        """The first ordinary rule that fails on the day of acceptance."""
        day = application["accepted_at"].date()
        if target is None:
            return "no_target"
        severity = severity_of(target, self.parameters)
        if severity == "specially_serious":
            return "not_repairable"
        if day < add_months(target["decision_date"], 3 if severity == "general" else 6):
            return "too_early"
        papers = [application["has_commitment"], application["has_performed"]]
        if severity == "serious":
            papers += [application["has_training"], application["has_report"]]
        if not all(papers):
            return "papers_missing"
        if any(
            is_listed_on(listing, day) for listing in self.listings.get(application.subject_id, [])
        ):
            return "on_severe_list"
        return None

    def channel_of(self, application: Record, reason: str | None) -> str:
        day = application["accepted_at"].date()
        if reason is not None:
            return "ineligible"
        for entry in self.key_enterprises.get(application.subject_id, []):
            if is_in_force(entry, day):
                return "green"
        return "ordinary"

    def due_on(self, channel: str, accepted_on: date) -> date | None:
        if channel == "green":
            return working_day_after(accepted_on, self.parameters.green_channel_working_days)
        if channel == "ordinary":
            return working_day_after(accepted_on, self.parameters.ordinary_repair_working_days)
        return None

    def sla_status(self, due_on: date | None, completed_on: date | None) -> str:
        if due_on is None:
            return "not_applicable"
        if completed_on is not None:
            return "on_time" if completed_on <= due_on else "late"
        return "pending" if self.as_of <= due_on else "overdue"

    def case(self, application: Record) -> dict[str, Any]:
        target = self.target_of(application)
        reason = self.reason_against(application, target)
        channel = self.channel_of(application, reason)
        completed_at = application["completed_at"]
        is_completed = completed_at is not None and completed_at.date() <= self.as_of
        due_on = self.due_on(channel, application["accepted_at"].date())
        return {
            "record_id": application.record_id,
            "application_no": application["application_no"],
            "subject_id": application.subject_id,
            "document_no": application["document_no"],
            "target_record_id": target.record_id if target else None,
            "site": application["site"],
            "channel": channel,
            "reason": reason,
            "accepted_at": application["accepted_at"],
            "due_on": due_on,
            "completed_at": completed_at,
            "result": application["result"],
            "sla_status": self.sla_status(due_on, completed_at.date() if is_completed else None),
            "is_against_rules": application["result"] == "同意" and channel == "ineligible",
            "is_completed": is_completed,
        }


def is_in_force(entry: Record, day: date) -> bool:
    """A key_enterprise row is in force on its first day and no longer on the day it leaves."""
    delisted_on = entry["delisted_on"]
    return bool(entry["listed_on"] <= day and (delisted_on is None or delisted_on > day))


def _median(numbers: list[int]) -> Decimal | None:
    """To one decimal; of an even count the mean of the middle two; None of none."""
    if not numbers:
        return None
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2 == 1:
        return Decimal(ordered[middle]).quantize(Decimal("0.1"))
    return (Decimal(ordered[middle - 1] + ordered[middle]) / 2).quantize(Decimal("0.1"))


def repair_service_level(cases: list[dict[str, Any]]) -> Table:
    groups = group_by(
        cases, lambda c: (c["site"], c["channel"], first_of_month(c["accepted_at"].date()))
    )
    rows = []
    for (site, channel, month), members in groups.items():
        states = [case["sla_status"] for case in members]
        waits = [
            working_days_between(case["accepted_at"].date(), case["completed_at"].date())
            for case in members
            if case["is_completed"]
        ]
        rows.append(
            {
                "site": site,
                "channel": channel,
                "month": month,
                "applications": len(members),
                "on_time": states.count("on_time"),
                "late": states.count("late"),
                "pending": states.count("pending"),
                "overdue": states.count("overdue"),
                "median_working_days": _median(waits),
            }
        )
    columns = "site channel month applications on_time late pending overdue median_working_days"
    return table(columns, "site channel month", rows)
