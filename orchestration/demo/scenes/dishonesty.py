"""Clauses 1 to 3: penalties, social-order cases, inspections, and the objections against them.

Each scene shows a disposition of marts.md section 1, a way to a subject (catalogue section 5), or
what versions and objections do.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from orchestration.demo.scenes.records import DAY, objection, penalty, social_order_case
from orchestration.demo.script import Script


def play(script: Script) -> None:
    """Every scene of clauses 1 to 3."""
    _refused_penalties(script)
    _ways_to_a_subject(script)
    _severities(script)
    _versions(script)
    _cases(script)
    _objections(script)
    _inspections(script)


def _refused_penalties(script: Script) -> None:
    party = script.organisation()
    person = script.person()
    early = script.early
    penalty(script, party, early, party_name=person.name, party_kind="自然人", uscc=None)
    penalty(script, party, early, conduct_code="S30")
    penalty(script, party, early, conduct_code="000")
    penalty(script, party, script.before, reported_on=script.schedule.start)
    penalty(script, party, early, finality="复议诉讼中")
    penalty(script, party, early, finality="已撤销")
    penalty(script, party, early, procedure="01")
    penalty(script, party, early, is_public=False, not_public_ground="涉及国家秘密")


def _ways_to_a_subject(script: Script) -> None:
    registered = script.organisation()
    stranger = script.organisation(is_registered=False)
    penalty(script, registered, script.early, uscc=None, org_code=registered.org_code)
    penalty(script, stranger, script.early)
    penalty(script, stranger, script.early, uscc=None, org_code=stranger.org_code)
    closed = script.organisation(status="注销")
    penalty(script, closed, script.early)


def _severities(script: Script) -> None:
    party = script.organisation()
    penalty(script, party, script.early, fine_yuan="10")  # exactly 100,000 yuan is serious
    penalty(script, party, script.early, fine_yuan="9.9999")
    penalty(script, party, script.early, conduct_code="Q02", penalty_categories="罚款;责令停产停业")
    penalty(
        script,
        party,
        script.early,
        conduct_code="W01",
        penalty_categories="没收非法财物、暂扣或者吊销许可证；其他-责令改正",
        fine_yuan=None,
        confiscated_yuan="0.35",
        suspended_licence="野生动物经营许可证",
    )
    penalty(script, party, script.early, penalty_categories="警告", fine_yuan=None)


def _versions(script: Script) -> None:
    party = script.organisation()
    day, later = script.early, script.schedule.start + 6 * DAY
    again = penalty(script, party, day)
    penalty(script, party, day, document_no=again, reported_on=later)
    conflicting = penalty(script, party, day)
    penalty(script, party, day, document_no=conflicting, reported_on=later, fine_yuan="3.00")
    changed = penalty(script, party, day)
    penalty(
        script, party, day, document_no=changed, reported_on=later,
        fine_yuan="1.00", version=2, operation="变更",
    )  # fmt: skip
    withdrawn = penalty(script, party, day)
    penalty(
        script, party, day, document_no=withdrawn, reported_on=later, version=2, operation="撤销"
    )


def _cases(script: Script) -> None:
    for _ in range(6):  # five and more of a kind may be shown
        social_order_case(script, script.early)
    employer = script.organisation()
    social_order_case(script, script.early, conduct_code="S10", employer_name=employer.name,
                      employer_uscc=employer.uscc)  # fmt: skip
    social_order_case(script, script.early, conduct_code="S20", city_code="3302")
    social_order_case(script, script.early, finality="复议诉讼中")
    social_order_case(script, script.before, reported_on=script.schedule.start)
    social_order_case(script, script.early, id_kind="02", id_number="E3399000001")


def _objections(script: Script) -> None:
    party = script.organisation()
    day = script.early
    accepted = script.schedule.start + 3 * DAY
    resolved = accepted + 9 * DAY
    still_open = penalty(script, party, day)
    objection(script, accepted, still_open, uscc=party.uscc)
    deleted = penalty(script, party, day)
    objection(script, accepted, deleted, uscc=party.uscc, resolved_on=resolved, outcome="删除")
    to_correct = penalty(script, party, day)
    objection(script, accepted, to_correct, uscc=party.uscc, resolved_on=resolved, outcome="更正")
    corrected = penalty(script, party, day)
    objection(script, accepted, corrected, uscc=party.uscc, resolved_on=resolved, outcome="更正")
    penalty(
        script, party, day, document_no=corrected, reported_on=resolved + DAY,
        fine_yuan="0.50", version=2, operation="变更",
    )  # fmt: skip
    unfounded = penalty(script, party, day)
    objection(script, accepted, unfounded, uscc=party.uscc, resolved_on=resolved, outcome="不成立")
    _objection_of_a_person(script, day, accepted, resolved)


def _objection_of_a_person(script: Script, day: date, accepted: date, resolved: date) -> None:
    person = script.person()
    identity = {"id_kind": "01", "id_number": person.identity_number}
    for outcome in ("删除", "不成立"):
        case = social_order_case(script, day, person_name=person.name, **identity)
        objection(script, accepted, case, resolved_on=resolved, outcome=outcome, **identity)


def _inspections(script: Script) -> None:
    checked = script.organisation()
    document = penalty(
        script, checked, script.early + 5 * DAY, unit="economy_it", conduct_code="R01"
    )
    variants: tuple[dict[str, Any], ...] = (
        {"finding": "合格"},
        {"finding": "不合格"},
        {"finding": "不合格", "rectified_on": script.early + 4 * DAY},
        {"finding": "不合格", "penalty_document_no": document},
        {"finding": "不合格", "penalty_document_no": "浙演示罚〔2020〕查无此号"},
    )
    for number, values in enumerate(variants):
        script.add(
            "resumption_inspection",
            "economy_it",
            script.early + 8 * DAY,
            inspection_no=f"JCYS{number}",
            enterprise_name=checked.name,
            uscc=checked.uscc,
            duty_code="R01",
            inspected_on=script.early + DAY,
            **values,
        )
