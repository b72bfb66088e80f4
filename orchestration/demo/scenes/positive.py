"""Clauses 4 to 6: donations, services, honours, the red list, and what is made public of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from orchestration.demo.scenes.records import (
    DAY,
    commendation,
    determination,
    direct_donation,
    penalty,
)
from orchestration.demo.script import ENTERPRISE, SOCIAL_ORGANISATION, Organisation, Script


def play(script: Script) -> None:
    """Every scene of clauses 4 to 6."""
    _charity(script)
    _donations_and_services(script)
    _commendations(script)
    _awards(script)
    _materials(script)


def _charity(script: Script) -> None:
    registered = script.organisation(ENTERPRISE)
    twin = script.organisation()
    names = (
        (registered.name, "50000"),
        (registered.name.replace("实业", "　实业 ") + "\t", "10000"),
        ("长沙市演示阀门有限公司", "500"),
        (f"{twin.name}全体员工捐款", "3000"),
        (f"甄演示转来{registered.name}捐款", "1999"),
        ("张某某", "10"),
        ("李某\t", "6.66"),
        ("张某某", "10"),
    )
    days = [script.schedule.start + k * DAY for k in (2, 5, 9)]
    for delivered in days:  # sheets repeat each other
        for number, (donor, amount) in enumerate(names):
            _charity_row(script, delivered, number, script.early + DAY, donor, amount)
    _charity_row(script, days[0], 40, script.before, registered.name, "8000")


def _charity_row(
    script: Script, delivered: date, number: int, given_on: date, donor: str, amount: str
) -> None:
    script.add(
        "charity_donation",
        "civil_affairs",
        delivered,
        serial_no=number + 1,
        donated_on=given_on.strftime("%Y.%m.%d"),
        donor_name=donor,
        amount_yuan=amount,
    )


def _donations_and_services(script: Script) -> None:
    donor = script.organisation(ENTERPRISE)
    direct_donation(script, donor, amount_yuan="1000000.00", kind="物资")
    direct_donation(script, donor, donated_on=script.before)
    direct_donation(script, donor, certified_by=None, certified_on=None)
    unknown = script.organisation(is_registered=False)
    direct_donation(script, unknown)
    variants: tuple[dict[str, Any], ...] = (
        {"hours": "120.5"},
        {"served_on": script.before},
        {"certified_by": None},
        {"certified_on": script.last + 30 * DAY},  # certified after the last delivery
    )
    for number, values in enumerate(variants):
        row: dict[str, Any] = {
            "service_no": f"ZYYS{number}",
            "enterprise_name": donor.name,
            "uscc": donor.uscc,
            "served_on": script.early,
            "hours": "8",
            "activity": "社区卡口值守",
            "certified_by": "演示团委",
            "certified_on": script.early + 6 * DAY,
        }
        script.add(
            "volunteer_service", "youth_league", script.early + 12 * DAY, **{**row, **values}
        )


def _commendations(script: Script) -> None:
    honoured = script.organisation(ENTERPRISE)
    commendation(script, honoured)
    commendation(script, honoured, issuer_level="省级", unit="government_office")
    commendation(
        script, honoured, issuer_level="国家级", issuer_kind="党委和人民政府", unit="party_office"
    )
    commendation(script, None)
    association = script.organisation(SOCIAL_ORGANISATION)
    commendation(script, association, subject_kind="其他法人")
    commendation(script, honoured, is_epidemic=False)
    commendation(script, honoured, commended_on=script.before)
    commendation(script, honoured, issuer_level="县级")
    commendation(script, honoured, issuer_kind="部门")
    fallen = script.organisation()
    commendation(script, fallen)
    determination(script, fallen, script.early)  # off the red list, with its reason


def _awards(script: Script) -> None:
    awarded = script.organisation()
    variants: tuple[dict[str, Any], ...] = (
        {},
        {"is_epidemic": False},
        {"awarded_on": script.before},
        {"authority_level": "设区市级"},
    )
    for number, values in enumerate(variants):
        row: dict[str, Any] = {
            "document_no": f"演示奖〔2020〕{number}号",
            "awarded_on": script.early,
            "authority_name": "浙江省卫生健康委员会",
            "authority_level": "省级",
            "is_epidemic": True,
            "enterprise_name": awarded.name,
            "uscc": awarded.uscc,
            "award": "疫情防控物资保障先进单位",
        }
        script.add("administrative_award", "health", script.early + 12 * DAY, **{**row, **values})


def _materials(script: Script) -> None:
    bad = script.organisation()
    document = penalty(script, bad, script.early, fine_yuan="20")
    good = script.organisation(ENTERPRISE)
    direct_donation(script, good)
    idle = script.organisation()
    person = script.person()
    of_person = {"subject_kind": "自然人", "subject_name": person.name, "uscc": None}
    variants: tuple[tuple[Organisation, dict[str, Any]], ...] = (
        (bad, {"kind": "失信典型案例", "document_no": document}),
        (bad, {"kind": "失信典型案例", "document_no": "浙演示罚〔2020〕查无此号"}),
        (good, {"kind": "防疫先进事迹"}),
        (good, {"kind": "诚实守信事迹"}),
        (idle, {"kind": "防疫先进事迹"}),
        (idle, {"kind": "防疫先进事迹", "has_consent": True, **of_person}),
        (idle, {"kind": "防疫先进事迹", "has_consent": False, **of_person}),
    )
    for number, (subject, values) in enumerate(variants):
        row: dict[str, Any] = {
            "material_no": f"XCYS{number}",
            "subject_kind": "企业",
            "subject_name": subject.name,
            "uscc": subject.uscc,
            "title": "演示材料",
            "summary": "仅供演示的摘要。",
            "released_on": script.early + 12 * DAY,
        }
        script.add("publicity_material", "big_data", script.early + 14 * DAY, **{**row, **values})
