"""Relief, candidates for support and loans (marts.md section 7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from .days import first_of_month
from .dispositions import Refusals
from .repair import is_in_force
from .results import Table, group_by, rate, table
from .subjects import Record

RELIEF_COLUMNS = "record_id subject_id overdue_record_no institution action status reason"
CANDIDATE_COLUMNS = "subject_id subject_name city_code scale list_kinds grade is_authorised"
SUPPLYING = {"防控物资生产", "医疗保障", "生活物资保障"}
AFFECTED = "受疫情影响较大"


def relief(record: Record, subjects: dict[str, Any], refusals: Refusals) -> dict[str, Any]:
    recognised_on = record["recognised_on"]
    reason = None
    if recognised_on is None or recognised_on > refusals.as_of:
        reason = "not_recognised"
    elif refusals.is_outside(record["overdue_on"]):
        reason = "outside_epidemic_period"
    elif subjects[record.subject_id or ""]["scale"] not in ("小型", "微型"):
        reason = "not_small_or_micro"
    elif record.match_method == "uscc_unregistered":
        reason = "not_registered"
    return {
        "record_id": record.record_id,
        "subject_id": record.subject_id,
        "overdue_record_no": record["overdue_record_no"],
        "institution": record["institution"],
        "action": record["action"],
        "status": "accepted" if reason is None else "refused",
        "reason": reason,
    }


def candidates(
    subjects: dict[str, Any],
    key_enterprises: list[Record],
    grades: dict[str, str],
    on_severe_list: set[str],
    as_of: date,
) -> list[dict[str, Any]]:
    in_force = [entry for entry in key_enterprises if is_in_force(entry, as_of)]
    rows = []
    for subject_id, entries in group_by(in_force, lambda e: e.subject_id).items():
        subject = subjects[subject_id]
        kinds = {entry["list_kind"] for entry in entries}
        is_eligible = bool(kinds & SUPPLYING) or (
            AFFECTED in kinds and subject["scale"] in ("中型", "小型", "微型")
        )
        if not (subject["is_registered"] and subject["register_status"] == "存续"):
            continue
        if subject_id in on_severe_list or grades.get(subject_id) == "D" or not is_eligible:
            continue
        rows.append(
            {
                "subject_id": subject_id,
                "subject_name": subject["subject_name"],
                "city_code": subject["city_code"],
                "scale": subject["scale"],
                "list_kinds": ";".join(sorted(kinds)),
                "grade": grades.get(subject_id),
                "is_authorised": any(entry["is_authorised"] for entry in entries),
            }
        )
    return rows


def _amount_sum(loans: Iterable[Record]) -> Decimal:
    """At most what the column, decimal(18,2), holds."""
    total = sum((loan["amount_yuan"] for loan in loans), Decimal("0.00"))
    return min(total, Decimal("9999999999999999.99"))


def credit_loan_summary(
    records: Iterable[Record], candidate_ids: set[str], refusals: Refusals
) -> Table:
    loans = [
        r
        for r in records
        if r.item_code == "credit_loan" and r.is_used and not refusals.is_outside(r["granted_on"])
    ]
    rows = []
    groups = group_by(loans, lambda r: (r["city_code"], first_of_month(r["granted_on"])))
    for (city_code, month), members in groups.items():
        credit = [loan for loan in members if loan["is_credit_loan"]]
        amount = _amount_sum(members)
        credit_amount = _amount_sum(credit)
        rows.append(
            {
                "city_code": city_code,
                "month": month,
                "loans": len(members),
                "amount_yuan": amount,
                "credit_loans": len(credit),
                "credit_loan_amount_yuan": credit_amount,
                "credit_loan_share": rate(credit_amount, amount),
                "compensated_loans": sum(1 for m in members if m["is_risk_compensated"]),
                "candidate_loans": sum(1 for m in members if m.subject_id in candidate_ids),
            }
        )
    columns = (
        "city_code month loans amount_yuan credit_loans credit_loan_amount_yuan"
        " credit_loan_share compensated_loans candidate_loans"
    )
    return table(columns, "city_code month", rows)
