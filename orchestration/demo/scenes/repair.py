"""Clause 7: every channel, reason and state of a repair (marts.md section 6)."""

from __future__ import annotations

from orchestration.demo.scenes.records import DAY, application, key_enterprise, penalty
from orchestration.demo.script import Script


def play(script: Script) -> None:
    """Every scene of clause 7."""
    _states(script)
    _reasons(script)


def _states(script: Script) -> None:
    """On time, late, pending and overdue, in the green and in the ordinary channel."""
    on, last = script.recently, script.last
    working = next(on + k * DAY for k in range(7) if (on + k * DAY).weekday() < 4)
    for list_kind in ("受疫情影响较大", None):
        applicant = script.organisation()
        if list_kind:
            key_enterprise(script, applicant, list_kind)
        for accepted, completed in (
            (working, working),
            (working, working + 40 * DAY),
            (last, None),
            (working, None),
        ):
            document = penalty(script, applicant, script.early)
            application(script, applicant, document, accepted, completed)
        refused = penalty(script, applicant, script.early)
        application(
            script, applicant, refused, working, working + DAY, result="不同意", site="信用中国"
        )
        # An announcement of the last thirty days before the end.
        repaired = penalty(script, applicant, script.early)
        application(script, applicant, repaired, last - 9 * DAY, last - 9 * DAY)
    former = script.organisation()
    key_enterprise(script, former, "医疗保障", delisted_on=script.early + 20 * DAY)
    application(script, former, penalty(script, former, script.early), working, working + DAY)


def _reasons(script: Script) -> None:
    """Why an application is ineligible, in the order of the rules; two agreed to all the same."""
    on, early = script.recently, script.early
    applicant = script.organisation()
    application(script, applicant, "浙演示罚〔2020〕查无此号", on, on)
    grave = penalty(
        script, applicant, early, conduct_code="Q01", penalty_categories="罚款;责令停产停业"
    )
    application(script, applicant, grave, on, on)
    fresh = penalty(script, applicant, on - 20 * DAY)
    application(script, applicant, fresh, on, on, result="不同意")
    serious = penalty(script, applicant, early, fine_yuan="12.50")
    application(script, applicant, serious, early + 100 * DAY, early + 101 * DAY)
    unpaid = penalty(script, applicant, early)
    application(script, applicant, unpaid, on, has_performed=False)
    untrained = penalty(script, applicant, early, fine_yuan="30")
    application(script, applicant, untrained, on, has_training=False)
    listed = script.organisation()
    script.add(
        "severe_dishonesty_determination",
        "market_regulation",
        early + 5 * DAY,
        determination_no="浙演示严〔2020〕修复1号",
        enterprise_name=listed.name,
        uscc=listed.uscc,
        ground_code="G2",
        decision_date=early,
        signed_by_head=True,
        notified_on=early - 20 * DAY,
        defence_handled="无陈述申辩",
        months=36,
    )
    application(script, listed, penalty(script, listed, early), on)
