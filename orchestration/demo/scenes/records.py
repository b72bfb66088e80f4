"""Records of the cast in their plain form, each changed by what a scene needs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from orchestration.demo.script import Organisation, Script

DAY = timedelta(days=1)


def penalty(
    script: Script,
    party: Organisation,
    decided_on: date,
    *,
    unit: str = "market_regulation",
    reported_on: date | None = None,
    document_no: str | None = None,
    **values: Any,
) -> str:
    """A final penalty of the ordinary procedure, changed by ``values``; returns its document."""
    document = document_no or f"浙演示罚〔2020〕{script.number('penalty')}号"
    row = {
        "party_name": party.name,
        "party_kind": "个体工商户",
        "uscc": party.uscc,
        "document_no": document,
        "violation_type": "哄抬价格",
        "facts": "演示：销售口罩时大幅提高价格。",
        "legal_basis": "《中华人民共和国价格法》第四十条",
        "penalty_categories": "罚款",
        "penalty_content": "罚款",
        "fine_yuan": "2.00",
        "decision_date": decided_on,
        "authority_name": "演示市场监督管理局",
        "source_name": "省市场监管局",
        "procedure": "02",
        "finality": "已生效",
        "conduct_code": "P02",
        "is_public": True,
    }
    script.add(
        "administrative_penalty", unit, reported_on or decided_on + 3 * DAY, **{**row, **values}
    )
    return document


def social_order_case(script: Script, determined_on: date, **values: Any) -> str:
    """A final case of a made-up person, changed by ``values``; returns its determination."""
    person = script.person()
    determination = f"浙演示认〔2020〕{script.number('case')}号"
    row = {
        "determination_no": determination,
        "penalty_document_no": determination.replace("认", "罚"),
        "person_name": person.name,
        "id_kind": "01",
        "id_number": person.identity_number,
        "conduct_code": "S30",
        "determined_on": determined_on,
        "city_code": "3301",
        "authority_name": "演示公安局",
        "finality": "已生效",
    }
    event = values.pop("reported_on", determined_on + 2 * DAY)
    script.add(
        "social_order_case", values.pop("unit", "public_security"), event, **{**row, **values}
    )
    return determination


def objection(script: Script, accepted_on: date, document_no: str, **values: Any) -> None:
    """An objection against a document, delivered once it is resolved."""
    script.add(
        "objection",
        "development_reform",
        values.get("resolved_on") or accepted_on,
        objection_no=f"YYYS{script.number('objection')}",
        document_no=document_no,
        accepted_on=accepted_on,
        **values,
    )


def application(
    script: Script,
    applicant: Organisation,
    document_no: str,
    accepted_on: date,
    completed_on: date | None = None,
    **values: Any,
) -> None:
    """A repair application with all its papers, agreed to where it is completed."""
    row = {
        "application_no": f"XFYS{script.number('application')}",
        "enterprise_name": applicant.name,
        "uscc": applicant.uscc,
        "document_no": document_no,
        "site": "信用浙江",
        "accepted_at": f"{accepted_on} 09:00:00",
        "completed_at": f"{completed_on} 16:30:00" if completed_on else None,
        "result": "同意" if completed_on else None,
        "has_commitment": True,
        "has_performed": True,
        "has_training": True,
        "has_report": True,
    }
    script.add(
        "credit_repair_application",
        "development_reform",
        completed_on or accepted_on,
        **{**row, **values},
    )


def key_enterprise(
    script: Script, listed: Organisation, list_kind: str, delisted_on: date | None = None
) -> None:
    """An entry in a list of key enterprises, from the beginning of the epidemic."""
    script.add(
        "key_enterprise",
        "healthcare_security",
        script.early + DAY,
        enterprise_name=listed.name,
        uscc=listed.uscc,
        list_kind=list_kind,
        listed_on=script.early + DAY,
        delisted_on=delisted_on,
        is_authorised=True,
    )


def commendation(script: Script, honoured: Organisation | None, **values: Any) -> None:
    """A commendation by a city's government; of a made-up person where nobody is named."""
    person = script.person() if honoured is None else None
    row = {
        "document_no": f"演示政发〔2020〕{script.number('commendation')}号",
        "commended_on": script.early + 2 * DAY,
        "issuer_name": "杭州市人民政府",
        "issuer_level": "设区市级",
        "issuer_kind": "人民政府",
        "is_epidemic": True,
        "subject_kind": "自然人" if person else "企业",
        "subject_name": person.name if person else honoured.name if honoured else None,
        "uscc": honoured.uscc if honoured else None,
        "id_kind": "01" if person else None,
        "id_number": person.identity_number if person else None,
        "honour": "抗击新冠肺炎疫情先进集体",
    }
    unit = values.pop("unit", "city_3301")
    delivered_on = values.pop("delivered_on", script.early + 12 * DAY)
    script.add("commendation", unit, delivered_on, **{**row, **values})


def direct_donation(script: Script, donor: Organisation, **values: Any) -> None:
    """A certified donation of 20,000 yuan, changed by ``values``."""
    given_on = values.get("donated_on", script.early + DAY)
    row = {
        "certificate_no": f"ZJRDYS{script.number('donation')}",
        "enterprise_name": donor.name,
        "uscc": donor.uscc,
        "donated_on": given_on,
        "recipient": "浙江省红十字会",
        "kind": "资金",
        "amount_yuan": "20000.00",
        "certified_by": "演示民政局",
        "certified_on": given_on + 3 * DAY,
    }
    script.add(
        "direct_donation",
        "civil_affairs",
        given_on + 4 * DAY,
        **{**row, **values},
    )


def determination(script: Script, listed: Organisation, decided_on: date, **values: Any) -> str:
    """A determination with every step of due process, for three years; returns its document."""
    document = f"浙演示严〔2020〕{script.number('determination')}号"
    row = {
        "determination_no": document,
        "enterprise_name": listed.name,
        "uscc": listed.uscc,
        "ground_code": "G2",
        "decision_date": decided_on,
        "signed_by_head": True,
        "notified_on": decided_on - 20 * DAY,
        "defence_handled": "无陈述申辩",
        "months": 36,
    }
    script.add(
        "severe_dishonesty_determination",
        values.pop("unit", "market_regulation"),
        values.pop("reported_on", decided_on + 4 * DAY),
        **{**row, **values},
    )
    return document


def measure(
    script: Script, subject: Organisation, measure_code: str, started_on: date, **values: Any
) -> None:
    """A joint measure on a sufficient legal basis, notified in time."""
    row = {
        "measure_no": f"CSYS{script.number('measure')}",
        "measure_code": measure_code,
        "uscc": subject.uscc,
        "legal_basis": "浙江省公共信用信息管理条例第二十五条",
        "legal_basis_level": 1,
        "notified_on": started_on - 5 * DAY,
        "started_on": started_on,
        "executing_unit": "省财政厅",
    }
    script.add(
        "joint_measure",
        "finance",
        started_on + 3 * DAY,
        **{**row, **values},
    )
