"""Clause 10: the severe list with its due process, joint measures and their eight limits."""

from __future__ import annotations

from typing import Any

from orchestration.demo.scenes.records import (
    DAY,
    determination,
    direct_donation,
    measure,
    objection,
)
from orchestration.demo.script import Script


def play(script: Script) -> None:
    """Every scene of clause 10."""
    _due_process(script)
    _lives_of_listings(script)
    _punishments(script)
    _incentives(script)


def _due_process(script: Script) -> None:
    """One step missing, each; then all of them."""
    missing: tuple[dict[str, Any], ...] = (
        {"ground_code": None},
        {"decision_date": None, "listed_on": script.early},
        {"signed_by_head": False},
        {"notified_on": None},
        {"notified_on": script.early},  # not before the decision
        {"defence_handled": None},
        {
            "ground_code": None,
            "decision_date": None,
            "signed_by_head": None,
            "notified_on": None,
            "defence_handled": None,
            "listed_on": script.early,
        },
    )
    for values in missing:
        determination(script, script.organisation(), script.early, **values)


def _lives_of_listings(script: Script) -> None:
    """Listed later than decided, delisted, expired, objected to, deleted after an objection."""
    early, accepted = script.early, script.schedule.start + 4 * DAY
    determination(script, script.organisation(), early, listed_on=early + 3 * DAY)
    determination(script, script.organisation(), early, delisted_on=early + 30 * DAY)
    determination(script, script.organisation(), early - 500 * DAY, months=12)
    contested = script.organisation()
    document = determination(script, contested, early, unit="development_reform")
    objection(script, accepted, document, uscc=contested.uscc)
    wronged = script.organisation()
    document = determination(script, wronged, early)
    objection(
        script,
        accepted,
        document,
        uscc=wronged.uscc,
        resolved_on=accepted + 6 * DAY,
        outcome="删除",
    )


def _punishments(script: Script) -> None:
    """A right one, then V1 to V6 and V8, one by one."""
    subject = script.organisation()
    listed_on = script.early
    named = {"list_determination_no": determination(script, subject, listed_on)}
    begin = listed_on + 5 * DAY
    measure(script, subject, "D01", begin, ended_on=begin + 300 * DAY, **named)
    measure(script, subject, "D77", begin, **named)  # V1: no such measure
    measure(script, subject, "D99", begin, **named)  # V1: not published
    measure(script, subject, "D02", begin)  # V2: names no determination
    measure(script, subject, "D01", begin, **{**named, "legal_basis_level": 5})  # V3
    measure(script, subject, "D04", begin, **named, notified_on=begin + DAY)  # V4: too late
    measure(script, subject, "D04", begin, **{**named, "notified_on": None})  # V4: never
    left = script.organisation()
    document = determination(script, left, listed_on - 300 * DAY, delisted_on=listed_on - 20 * DAY)
    measure(
        script, left, "D06", listed_on - 290 * DAY, list_determination_no=document
    )  # V5: still running after the exit
    measure(script, subject, "D08", begin, **named)  # V6: longer than a month
    stranger = script.organisation(is_registered=False)
    document = determination(script, stranger, listed_on)
    measure(
        script, stranger, "D07", begin, list_determination_no=document, ended_on=begin + 60 * DAY
    )  # V8: not in the register


def _incentives(script: Script) -> None:
    """A right one, then V7 in both its forms."""
    giver = script.organisation()
    direct_donation(script, giver)
    begin = script.early + 8 * DAY
    plain: dict[str, Any] = {"legal_basis_level": 5, "notified_on": None}
    measure(script, giver, "I01", begin, **plain)
    measure(script, script.organisation(), "I02", begin, **plain)  # V7: no positive record
    both = script.organisation()
    direct_donation(script, both)
    determination(script, both, script.early)
    measure(script, both, "I03", begin, **plain)  # V7: on the severe list
    # A unit outside the agreement may deliver measures, too (catalogue section 1).
    script.add(
        "joint_measure",
        "hr_social_security",
        begin + 5 * DAY,
        measure_no="CSYS-RS1",
        measure_code="I03",
        uscc=giver.uscc,
        legal_basis_level=5,
        started_on=begin,
        executing_unit="省人社厅",
    )
