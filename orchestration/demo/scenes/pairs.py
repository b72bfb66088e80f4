"""Something from every agreed pair of item and unit, on several days, at any size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from orchestration.demo.scenes.records import (
    DAY,
    application,
    commendation,
    determination,
    direct_donation,
    objection,
    penalty,
    social_order_case,
)
from orchestration.demo.script import Organisation, Script

# What is delivered as xml, json or a sheet also comes as .gz and .zip: that takes three files.
_OFFSETS = (6, 10, 18)

_CONDUCT_OF_UNIT = {
    "public_security": "W02",
    "development_reform": "P03",
    "healthcare_security": "P01",
    "agriculture": "W03",
    "economy_it": "R01",
    "health": "R04",
    "commerce": "R03",
    "hr_social_security": "R06",
    "forestry": "W01",
    "drug_administration": "Q02",
}

_INDICATOR_OF_UNIT = {
    "tax": ("tax_grade", "B"),
    "hr_social_security": ("labour_grade", "B"),
    "ecology_environment": ("environment_grade", "蓝"),
    "emergency_management": ("safety_record", None),
    "development_reform": ("unperformed_judgment", None),
    "pboc_hangzhou": ("bank_overdue", None),
}


@dataclass(frozen=True)
class Occasion:
    """One delivery of a unit about one organisation."""

    script: Script
    unit: str
    about: Organisation
    delivered_on: date
    happened_on: date
    label: str  # makes document numbers unique

    def add(self, item_code: str, **values: Any) -> None:
        """A row of this delivery about the organisation."""
        self.script.add(item_code, self.unit, self.delivered_on, uscc=self.about.uscc, **values)


def play(script: Script) -> None:
    """One row per pair and day, about organisations that need no other scene."""
    organisations = [script.organisation() for _ in _OFFSETS]
    for agreement in script.catalogue.agreements:
        for offset, about in zip(_OFFSETS, organisations, strict=True):
            delivered_on = script.delivery(offset)
            row = _ROWS.get(agreement.item_code)
            if row is not None:
                happened_on = script.reported(delivered_on, 8)
                label = f"{agreement.unit_code}-{offset}"
                row(Occasion(script, agreement.unit_code, about, delivered_on, happened_on, label))


def _penalty(occasion: Occasion) -> None:
    penalty(
        occasion.script,
        occasion.about,
        occasion.happened_on,
        unit=occasion.unit,
        reported_on=occasion.delivered_on,
        conduct_code=_CONDUCT_OF_UNIT.get(occasion.unit, "P01"),
    )


def _case(occasion: Occasion) -> None:
    is_police = occasion.unit == "public_security"
    social_order_case(
        occasion.script,
        occasion.happened_on,
        reported_on=occasion.delivered_on,
        unit=occasion.unit,
        conduct_code="S30" if is_police else "H01",
        city_code="3301" if is_police else occasion.unit[-4:],
    )


def _inspection(occasion: Occasion) -> None:
    occasion.add(
        "resumption_inspection",
        inspection_no=f"JCYS-{occasion.label}",
        enterprise_name=occasion.about.name,
        duty_code="R02",
        inspected_on=occasion.happened_on,
        finding="合格",
    )


def _indicator(occasion: Occasion) -> None:
    indicator, value = _INDICATOR_OF_UNIT[occasion.unit]
    occasion.add(
        "regular_indicator",
        indicator=indicator,
        value=value,
        record_no=f"YS-{occasion.label}",
        recorded_on=occasion.script.before,
    )


def _donation(occasion: Occasion) -> None:
    direct_donation(
        occasion.script,
        occasion.about,
        donated_on=occasion.happened_on,
        certified_on=occasion.happened_on,
    )


def _charity(occasion: Occasion) -> None:
    occasion.script.add(
        "charity_donation",
        occasion.unit,
        occasion.delivered_on,
        serial_no="99",
        donated_on=occasion.happened_on,
        donor_name=occasion.about.name,
        amount_yuan="600",
    )


def _service(occasion: Occasion) -> None:
    occasion.add(
        "volunteer_service",
        service_no=f"ZYYS-{occasion.label}",
        enterprise_name=occasion.about.name,
        served_on=occasion.happened_on,
        hours="6.5",
        certified_by="演示团委",
        certified_on=occasion.happened_on + DAY,
    )


def _commendation(occasion: Occasion) -> None:
    commendation(
        occasion.script,
        occasion.about,
        unit=occasion.unit,
        delivered_on=occasion.delivered_on,
        commended_on=occasion.happened_on,
    )


def _award(occasion: Occasion) -> None:
    occasion.add(
        "administrative_award",
        document_no=f"演示奖〔2020〕{occasion.label}号",
        awarded_on=occasion.happened_on,
        authority_name="浙江省有关部门",
        authority_level="省级",
        is_epidemic=True,
        enterprise_name=occasion.about.name,
        award="疫情防控先进单位",
    )


def _material(occasion: Occasion) -> None:
    occasion.add(
        "publicity_material",
        material_no=f"XCYS-{occasion.label}",
        kind="诚实守信事迹",
        subject_kind="企业",
        subject_name=occasion.about.name,
        title="演示事迹",
        summary="仅供演示。",
        released_on=occasion.delivered_on,
    )


def _application(occasion: Occasion) -> None:
    application(
        occasion.script,
        occasion.about,
        f"浙演示罚〔2020〕{occasion.label}号",
        occasion.delivered_on,
    )


def _objection(occasion: Occasion) -> None:
    objection(
        occasion.script,
        occasion.delivered_on,
        f"浙演示罚〔2020〕{occasion.label}号",
        uscc=occasion.about.uscc,
    )


def _key_enterprise(occasion: Occasion) -> None:
    occasion.add(
        "key_enterprise",
        enterprise_name=occasion.about.name,
        list_kind="医疗保障" if occasion.unit == "healthcare_security" else "防控物资生产",
        listed_on=occasion.happened_on,
        is_authorised=True,
    )


def _loan(occasion: Occasion) -> None:
    occasion.add(
        "credit_loan",
        loan_no=f"XYDYS-{occasion.label}",
        bank_name="杭州银行",
        city_code=occasion.about.city_code,
        granted_on=occasion.happened_on,
        amount_yuan="88.00",
        is_credit_loan=False,
        annual_rate_pct="4.35",
        is_risk_compensated=False,
    )


def _relief(occasion: Occasion) -> None:
    occasion.add(
        "overdue_relief",
        overdue_record_no=f"YQYS-{occasion.label}",
        institution="浙商银行",
        overdue_on=occasion.happened_on,
        recognised_on=occasion.happened_on,
        action="已报送调整",
    )


def _determination(occasion: Occasion) -> None:
    determination(
        occasion.script,
        occasion.script.organisation(),
        occasion.delivered_on - 9 * DAY,
        reported_on=occasion.delivered_on,
        unit=occasion.unit,
    )


def _measure(occasion: Occasion) -> None:
    occasion.add(
        "joint_measure",
        measure_no=f"CSYS-{occasion.label}",
        measure_code="I01",
        legal_basis_level=5,
        started_on=occasion.delivered_on,
        executing_unit="省财政厅",
    )


# The register and the scale have their rows from the organisations themselves.
_ROWS: dict[str, Callable[[Occasion], None]] = {
    "administrative_penalty": _penalty,
    "social_order_case": _case,
    "resumption_inspection": _inspection,
    "regular_indicator": _indicator,
    "charity_donation": _charity,
    "direct_donation": _donation,
    "volunteer_service": _service,
    "commendation": _commendation,
    "administrative_award": _award,
    "publicity_material": _material,
    "credit_repair_application": _application,
    "objection": _objection,
    "key_enterprise": _key_enterprise,
    "credit_loan": _loan,
    "overdue_relief": _relief,
    "severe_dishonesty_determination": _determination,
    "joint_measure": _measure,
}
