"""Rows that speak of what was delivered before, in dates that the rules are about.

Each aim gives fields by their names; `Chaos` puts them over a row made at random.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.oracle.chaos import Chaos

Row = dict[str, Any]


def _a_listing(chaos: Chaos, day: date) -> Row:
    """A determination with due process, mostly in force, of one whom other rows speak of, too."""
    pick = chaos.random
    decided = min(day, chaos.as_of) - timedelta(pick.randrange(3, 500))
    listed = decided + timedelta(pick.choice([0, 0, 1, 30, -1]))
    named = chaos.one_of("commendation", "key_enterprise", "administrative_penalty")
    return {
        "uscc": named.get("uscc") or pick.choice(chaos.codes),
        "ground_code": pick.choice(["G1", "G2", "G3", "G4"]),
        "decision_date": decided.isoformat(),
        "signed_by_head": "是",
        "notified_on": (decided - timedelta(pick.choice([1, 10, 10, 0]))).isoformat(),
        "defence_handled": pick.choice(["无陈述申辩", "已听取未采纳"]),
        "listed_on": listed.isoformat(),
        "months": pick.choice(["12", "36", "36"]),
        "delisted_on": pick.choice([*[""] * 6, chaos.near(chaos.as_of)]),
        "version": "1",
        "operation": "新增",
    }


def _a_penalty(chaos: Chaos, day: date) -> Row:
    """A penalty that is long final, of an organisation; most can be repaired by now."""
    pick = chaos.random
    began = date(2020, 1, 20) + timedelta(pick.randrange(20))
    decided = min(max(day - timedelta(pick.choice([80, 95, 190, 200, 300])), began), day)
    return {
        "party_kind": "法人及非法人组织",
        "uscc": pick.choice(chaos.codes),
        "conduct_code": pick.choice(["P01", "P02", "Q01", "W01", "A01", "R01"]),
        "penalty_categories": pick.choice(["警告", "罚款", "罚款;警告", "其他-责令停产停业"]),
        "fine_yuan": pick.choice(["0.5", "1", "9.999999", "10", "12"]),
        "decision_date": decided.isoformat(),
        "procedure": "02",
        "finality": "已生效",
        "version": "1",
        "operation": "新增",
    }


def _a_repair(chaos: Chaos, day: date) -> Row:
    """An application for a penalty that was delivered, near the end of a waiting time."""
    pick = chaos.random
    named = chaos.one_of("administrative_penalty")
    decided = _read_date(named.get("decision_date"))
    after = timedelta(pick.choice([89, 91, 92, 181, 183, 184, 366, 366, 500]))
    accepted = min(decided + after if decided else day, day)
    lately = chaos.as_of - timedelta(pick.choice([28, 29, 30, 31, 32]))
    if lately <= day and pick.random() < 0.3:
        accepted = lately
    done = accepted + timedelta(pick.choice([0, 0, 1, 1, 2, 5, 10, 14, 15]))
    is_done = done <= day and pick.random() < 0.8
    yes = ["是"] * 9 + ["否"]
    chaos.numbers.append(f"A-{len(chaos.numbers)}")
    return {
        "application_no": chaos.numbers[-1],
        "uscc": named.get("uscc") or pick.choice(chaos.codes),
        "document_no": named.get("document_no") or pick.choice(chaos.documents),
        "accepted_at": f"{accepted.isoformat()} {pick.choice(['00:00', '09:30', '23:59:59'])}",
        "completed_at": f"{done.isoformat()} 23:59:59" if is_done else "",
        "result": pick.choice(["同意"] * 5 + ["不同意"]) if is_done else "",
        **{
            name: pick.choice(yes)
            for name in ("has_commitment", "has_performed", "has_training", "has_report")
        },
        "version": "1",
        "operation": "新增",
    }


def _an_objection(chaos: Chaos, day: date) -> Row:
    """An objection against a document that was delivered, by its subject."""
    pick = chaos.random
    named = chaos.one_of(
        pick.choice(
            ["administrative_penalty", "severe_dishonesty_determination", "social_order_case"]
        )
    )
    numbers = [
        named[name]
        for name in ("document_no", "determination_no", "penalty_document_no")
        if named.get(name)
    ]
    identity = {name: named.get(name) for name in ("id_kind", "id_number")}
    accepted = day - timedelta(pick.randrange(3))
    is_resolved = pick.random() < 0.5
    return {
        "uscc": "" if identity["id_number"] else named.get("uscc") or pick.choice(chaos.codes),
        **(identity if identity["id_number"] else {}),
        "document_no": pick.choice(numbers or chaos.documents),
        "accepted_on": accepted.isoformat(),
        "resolved_on": pick.choice([accepted, day]).isoformat() if is_resolved else "",
        "outcome": pick.choice(["更正", "更正", "删除", "不成立"]) if is_resolved else "",
        "version": "1",
        "operation": "新增",
    }


def _a_measure(chaos: Chaos, _: date) -> Row:
    """A measure that names a determination of its subject, begun or ended about its dates."""
    pick = chaos.random
    named = chaos.one_of("severe_dishonesty_determination")
    listed = _read_date(named.get("listed_on")) or chaos.as_of
    started = listed + timedelta(pick.choice([-1, 0, 0, 1, 40, 365, 366]))
    return {
        "uscc": named.get("uscc") or pick.choice(chaos.codes),
        "list_determination_no": named.get("determination_no") or "",
        "started_on": min(started, chaos.as_of).isoformat(),
        "notified_on": (started - timedelta(pick.choice([0, 1, -1]))).isoformat(),
        "ended_on": pick.choice(["", chaos.near(chaos.as_of)]),
    }


def _a_typical_case(chaos: Chaos, _: date) -> Row:
    """A publication of a document that was delivered."""
    named = chaos.one_of("administrative_penalty")
    return {
        "kind": "失信典型案例",
        "uscc": named.get("uscc") or chaos.random.choice(chaos.codes),
        "document_no": named.get("document_no") or chaos.random.choice(chaos.documents),
        "has_consent": "是",
    }


AIMS: dict[str, Callable[[Chaos, date], Row]] = {
    "administrative_penalty": _a_penalty,
    "severe_dishonesty_determination": _a_listing,
    "credit_repair_application": _a_repair,
    "objection": _an_objection,
    "joint_measure": _a_measure,
    "publicity_material": _a_typical_case,
}


def _read_date(text: Any) -> date | None:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None
