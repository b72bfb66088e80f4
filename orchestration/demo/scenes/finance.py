"""Clauses 8 and 9: loans, key enterprises, and every reason to refuse the relief of a record."""

from __future__ import annotations

from typing import Any

from orchestration.demo.scenes.records import DAY, key_enterprise
from orchestration.demo.script import ENTERPRISE, Organisation, Script


def play(script: Script) -> None:
    """Every scene of clauses 8 and 9."""
    _candidates(script)
    _reliefs(script)


def _candidates(script: Script) -> None:
    """On the list by each kind; affected but large; no longer listed."""
    for list_kind in ("防控物资生产", "医疗保障", "生活物资保障", "受疫情影响较大"):
        listed = script.organisation(scale="中型")
        key_enterprise(script, listed, list_kind)
        _loan(script, listed)
    key_enterprise(script, script.organisation(scale="大型"), "受疫情影响较大")
    key_enterprise(script, script.organisation(), "医疗保障", delisted_on=script.early + 10 * DAY)
    _loan(script, script.organisation(), granted_on=script.before)


def _loan(script: Script, borrower: Organisation, **values: Any) -> None:
    row: dict[str, Any] = {
        "loan_no": f"XYDYS{script.number('loan')}",
        "uscc": borrower.uscc,
        "bank_name": "浙商银行",
        "city_code": borrower.city_code,
        "granted_on": script.early + 3 * DAY,
        "amount_yuan": "150.5",
        "is_credit_loan": True,
        "annual_rate_pct": "4.0500",
        "is_risk_compensated": True,
    }
    script.add("credit_loan", "banking_insurance", script.early + 11 * DAY, **{**row, **values})


def _reliefs(script: Script) -> None:
    """Accepted; not recognised; outside the period; not small; not registered."""
    debtor = script.organisation(ENTERPRISE, scale="微型")
    large = script.organisation(ENTERPRISE, scale="大型")
    unknown_scale = script.organisation(scale=None)
    stranger = script.organisation(is_registered=False)
    script.add(
        "enterprise_scale",
        "market_regulation",
        script.schedule.start,
        uscc=stranger.uscc,
        year=2019,
        scale="微型",
    )
    in_period = script.early + DAY
    variants: tuple[tuple[Organisation, dict[str, Any]], ...] = (
        (debtor, {}),
        (debtor, {"recognised_on": None}),
        (debtor, {"overdue_on": script.before, "recognised_on": script.before + 9 * DAY}),
        (large, {}),
        (unknown_scale, {}),
        (stranger, {}),
    )
    for subject, values in variants:
        number = f"YQYS{script.number('overdue')}"
        row: dict[str, Any] = {
            "overdue_record_no": number,
            "uscc": subject.uscc,
            "institution": "杭州银行",
            "overdue_on": in_period,
            "recognised_on": in_period + 5 * DAY,
            "action": "暂缓报送",
        }
        script.add("overdue_relief", "pboc_hangzhou", script.early + 12 * DAY, **{**row, **values})
        script.add(
            "regular_indicator",
            "pboc_hangzhou",
            script.early + 10 * DAY,
            uscc=subject.uscc,
            indicator="bank_overdue",
            record_no=number,
            recorded_on=in_period,
        )
