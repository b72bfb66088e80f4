"""Small made-up deliveries: a row in one line, everything that a test leaves open valid."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .items import ITEMS
from .marts import compute_marts
from .model import DeliveredFile, Deliveries, QuarantinedRow, Row
from .results import Parameters, Table

# Made-up codes: the computation of the marts never looks at the check character.
ALPHA = "91330100AAAAAAAAA1"  # an enterprise of Hangzhou
BETA = "91330200BBBBBBBBB2"  # an enterprise of Ningbo
GAMMA = "93331100CCCCCCCCC3"  # a cooperative of Lishui
PERSON = "P-" + "0" * 32
AS_OF = date(2020, 12, 31)

UNITS = {
    "enterprise_register": "market_regulation",
    "enterprise_scale": "market_regulation",
    "regular_indicator": "tax",
    "administrative_penalty": "market_regulation",
    "social_order_case": "public_security",
    "resumption_inspection": "health",
    "charity_donation": "civil_affairs",
    "direct_donation": "civil_affairs",
    "volunteer_service": "youth_league",
    "commendation": "government_office",
    "administrative_award": "health",
    "publicity_material": "big_data",
    "credit_repair_application": "development_reform",
    "objection": "development_reform",
    "key_enterprise": "economy_it",
    "credit_loan": "banking_insurance",
    "overdue_relief": "pboc_hangzhou",
    "severe_dishonesty_determination": "development_reform",
    "joint_measure": "finance",
}
# What a row says where a test does not: a row of Alpha that every list takes.
DEFAULTS: dict[str, dict[str, Any]] = {
    "enterprise_register": {
        "enterprise_name": "甲公司",
        "established_on": "2000-01-01",
        "register_status": "存续",
    },
    "enterprise_scale": {"year": 2019, "scale": "小型"},
    "regular_indicator": {
        "indicator": "bank_overdue",
        "record_no": "R-1",
        "recorded_on": "2020-01-01",
    },
    "administrative_penalty": {
        "party_name": "甲公司",
        "party_kind": "法人及非法人组织",
        "document_no": "罚-1",
        "penalty_categories": ("罚款",),
        "fine_yuan": Decimal("5000.00"),
        "decision_date": "2020-02-10",
        "procedure": "02",
        "finality": "已生效",
        "conduct_code": "P02",
        "is_public": True,
    },
    "social_order_case": {
        "determination_no": "认-1",
        "penalty_document_no": "治-1",
        "person_name": "张*",
        "conduct_code": "S10",
        "determined_on": "2020-02-10",
        "city_code": "3301",
        "finality": "已生效",
    },
    "resumption_inspection": {
        "inspection_no": "检-1",
        "enterprise_name": "甲公司",
        "duty_code": "R01",
        "inspected_on": "2020-03-01",
        "finding": "不合格",
    },
    "charity_donation": {
        "donated_on": "2020-02-10",
        "donor_name": "甲公司",
        "amount_yuan": Decimal("100.00"),
        "occurrence": 1,
    },
    "direct_donation": {
        "certificate_no": "捐-1",
        "enterprise_name": "甲公司",
        "donated_on": "2020-02-10",
        "amount_yuan": Decimal("100.00"),
        "certified_by": "某区民政局",
        "certified_on": "2020-02-20",
    },
    "volunteer_service": {
        "service_no": "志-1",
        "enterprise_name": "甲公司",
        "served_on": "2020-02-10",
        "hours": Decimal("8.0"),
        "certified_by": "某区团委",
        "certified_on": "2020-02-20",
    },
    "commendation": {
        "document_no": "表-1",
        "commended_on": "2020-03-01",
        "issuer_level": "省级",
        "issuer_kind": "人民政府",
        "is_epidemic": True,
        "subject_kind": "企业",
        "subject_name": "甲公司",
    },
    "administrative_award": {
        "document_no": "奖-1",
        "awarded_on": "2020-03-01",
        "authority_level": "省级",
        "is_epidemic": True,
        "enterprise_name": "甲公司",
    },
    "publicity_material": {
        "material_no": "材-1",
        "kind": "防疫先进事迹",
        "subject_kind": "企业",
        "subject_name": "甲公司",
        "title": "标题",
        "summary": "摘要",
        "released_on": "2020-04-01",
    },
    "credit_repair_application": {
        "application_no": "修-1",
        "enterprise_name": "甲公司",
        "document_no": "罚-1",
        "site": "信用中国",
        "accepted_at": "2020-06-01T09:00:00",
        "has_commitment": True,
        "has_performed": True,
        "has_training": True,
        "has_report": True,
    },
    "objection": {"objection_no": "异-1", "document_no": "罚-1", "accepted_on": "2020-04-01"},
    "key_enterprise": {
        "enterprise_name": "甲公司",
        "list_kind": "医疗保障",
        "listed_on": "2020-02-01",
        "is_authorised": False,
    },
    "credit_loan": {
        "loan_no": "贷-1",
        "bank_name": "某银行",
        "city_code": "3301",
        "granted_on": "2020-03-10",
        "amount_yuan": Decimal("10000.00"),
        "is_credit_loan": True,
        "is_risk_compensated": False,
    },
    "overdue_relief": {
        "overdue_record_no": "R-1",
        "institution": "某银行",
        "overdue_on": "2020-03-01",
        "recognised_on": "2020-03-10",
        "action": "暂缓报送",
    },
    "severe_dishonesty_determination": {
        "determination_no": "严-1",
        "enterprise_name": "甲公司",
        "ground_code": "G2",
        "decision_date": "2020-03-01",
        "signed_by_head": True,
        "notified_on": "2020-02-20",
        "defence_handled": "无陈述申辩",
        "months": 12,
    },
    "joint_measure": {
        "measure_no": "措-1",
        "measure_code": "I01",
        "legal_basis_level": "1",
        "started_on": "2020-06-01",
        "executing_unit": "某局",
    },
}
WITHOUT_USCC = ("charity_donation", "social_order_case")


def _typed(name: str, value: Any) -> Any:
    """Dates and times may be written as text."""
    if isinstance(value, str) and name.endswith(("_on", "_date", "_until")):
        return date.fromisoformat(value)
    if isinstance(value, str) and name.endswith("_at"):
        return datetime.fromisoformat(value)
    return value


class Landing:
    """Collects rows; each (day, unit, file name) becomes one delivered file.

    >>> landing = Landing()
    >>> record_id = landing.add("enterprise_register", uscc=ALPHA)
    >>> landing.tables()["marts.subjects"].rows[0][0] == ALPHA
    True
    """

    def __init__(self) -> None:
        self.deliveries = Deliveries([], [], [])

    def add(
        self,
        item: str,
        *,
        on: str = "2020-05-01",
        unit: str | None = None,
        file: str | None = None,
        version: int = 1,
        operation: str = "新增",
        person: str | None = None,
        repaired: bool = False,
        **given: Any,
    ) -> str:
        """Loads one row and answers its record_id; ``given`` overrides the defaults."""
        values = {name: _typed(name, v) for name, v in (DEFAULTS[item] | given).items()}
        if item not in WITHOUT_USCC and person is None:
            values.setdefault("uscc", ALPHA)
        if item == "enterprise_register":
            values["enterprise_name_cleaned"] = values["enterprise_name"]
        if item == "charity_donation":
            values["donor_name_cleaned"] = values["donor_name"]
        unit_code = unit or UNITS[item]
        keys = [str(values[name]) for name in ITEMS[item].keys]
        if item == "administrative_penalty":
            keys.append(values.get("uscc") or values.get("org_code") or "P-someone")
        if item == "commendation":
            keys.append(person or values["uscc"])
        if item == "charity_donation":
            keys = [
                str(values[n]) for n in ("donated_on", "donor_name", "amount_yuan", "occurrence")
            ]
        record_id = f"{item}:{unit_code}:{'|'.join(keys)}"
        has_versions = item != "enterprise_register"
        delivered = self.file(item, on=on, unit=unit_code, file=file)
        delivered.rows_delivered += 1
        delivered.rows_loaded += 1
        row = Row(
            item_code=item,
            unit_code=unit_code,
            delivery_date=date.fromisoformat(on),
            source_file=delivered.source_file,
            file_name=delivered.file_name,
            source_row=delivered.rows_delivered,
            sha256="00",
            record_id=record_id,
            version=version if has_versions else None,
            operation=operation if has_versions else None,
            values=values,
            content=(*sorted((name, str(v)) for name, v in values.items()), operation, person),
            code_repaired=repaired,
            person_key=person,
        )
        self.deliveries.rows.append(row)
        return record_id

    def file(
        self,
        item: str | None,
        *,
        on: str | None = "2020-05-01",
        unit: str | None = None,
        file: str | None = None,
        fault: str | None = None,
    ) -> DeliveredFile:
        """The file of that place, made if it is not there."""
        unit_code = unit or UNITS.get(item or "")
        file_name = file or f"{item}.csv"
        source_file = f"{on}/{unit_code}/{file_name}"
        for known in self.deliveries.files:
            if known.source_file == source_file:
                return known
        made = DeliveredFile(
            source_file=source_file,
            file_name=file_name,
            unit_code=unit_code,
            item_code=item,
            delivery_date=date.fromisoformat(on) if on else None,
            sha256="00",
            fault=fault,
            rows_delivered=0,
            rows_loaded=0,
            rows_quarantined=0,
            rows_dropped=0,
        )
        self.deliveries.files.append(made)
        return made

    def quarantine(
        self, item: str, *codes: str, on: str = "2020-05-01", unit: str | None = None
    ) -> None:
        """Delivers one row that is set aside."""
        delivered = self.file(item, on=on, unit=unit)
        delivered.rows_delivered += 1
        delivered.rows_quarantined += 1
        row = QuarantinedRow(delivered.source_file, delivered.rows_delivered, list(codes))
        self.deliveries.quarantined.append(row)

    def tables(self, as_of: str | date = AS_OF, **parameters: Any) -> dict[str, Table]:
        """Every mart as of a day; rows of later days are not there yet."""
        day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
        known = Deliveries(
            [f for f in self.deliveries.files if f.delivery_date is None or f.delivery_date <= day],
            [row for row in self.deliveries.rows if row.delivery_date <= day],
            self.deliveries.quarantined,
        )
        return compute_marts(known, day, Parameters(**parameters))

    def rows(self, name: str, as_of: str | date = AS_OF) -> list[dict[str, Any]]:
        """The rows of one table, 'marts.' unless another schema is named."""
        full = name if "." in name else f"marts.{name}"
        return self.tables(as_of)[full].dicts()

    def row(self, name: str, as_of: str | date = AS_OF, **where: Any) -> dict[str, Any]:
        """The only row of one table that has these values."""
        found = [
            row
            for row in self.rows(name, as_of)
            if all(row[column] == value for column, value in where.items())
        ]
        assert len(found) == 1, f"{len(found)} rows of {name} with {where}"
        return found[0]

    def disposition(self, record_id: str, as_of: str | date = AS_OF) -> str:
        """The disposition of the only row of a record."""
        return str(self.row("record_disposition", as_of, record_id=record_id)["disposition"])


def registered(*codes: str) -> Landing:
    """A landing zone with these enterprises in the register (Alpha if none is named)."""
    landing = Landing()
    names = {ALPHA: "甲公司", BETA: "乙公司", GAMMA: "丙合作社"}
    for code in codes or (ALPHA,):
        landing.add("enterprise_register", on="2020-01-02", uscc=code, enterprise_name=names[code])
    return landing
