"""The script of the cast: subjects and rows written one by one, so that every rule has its case.

The mass of the deliveries (population.py) decides the proportions; a rare case may be missing from
it. The cast is the same few subjects at every size. Most of them are individual businesses, which
are registered but not evaluated, so that they do not move the grades.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from orchestration.catalogue import Catalogue
from orchestration.demo.dirt import DEFECTS
from orchestration.demo.identities import (
    CAST_SERIES,
    UNREGISTERED_SERIES,
    identity_number,
    org_code,
    uscc,
)
from orchestration.demo.landing import Landing
from orchestration.demo.names import CITIES, CURRENT_COUNTIES
from orchestration.demo.population import columns_of
from orchestration.demo.schedule import EPIDEMIC_END, EPIDEMIC_START, Schedule

INDIVIDUAL_BUSINESS = "92"
ENTERPRISE = "91"
SOCIAL_ORGANISATION = "51"

_NUMERALS = "零一二三四五六七八九"


@dataclass(frozen=True)
class Organisation:
    """A made-up organisation of the cast."""

    name: str
    uscc: str
    org_code: str
    city_code: str


@dataclass(frozen=True)
class Person:
    """A made-up natural person of the cast."""

    name: str
    identity_number: str


class Script:
    """Collects the cast's rows, then hands them to the landing zone.

    Dates are handed in as events; a row is delivered on the first delivery on or after its event,
    and left out where none follows, so that no date lies after its delivery.
    """

    def __init__(self, catalogue: Catalogue, schedule: Schedule) -> None:
        self.catalogue = catalogue
        self.schedule = schedule
        self._rows: dict[tuple[str, str, date], list[dict[str, Any]]] = {}
        self._numbers: dict[str, int] = {}

    # ------------------------------------------------------------ time

    @property
    def early(self) -> date:
        """A day at the beginning of the epidemic that even the first delivery can report."""
        return min(EPIDEMIC_START + timedelta(days=2), self.schedule.start)

    @property
    def before(self) -> date:
        """A day before the epidemic period."""
        return min(EPIDEMIC_START, self.schedule.start) - timedelta(days=40)

    @property
    def recently(self) -> date:
        """A day two months before the last delivery, inside the epidemic period."""
        return min(self.schedule.last, EPIDEMIC_END) - timedelta(days=60)

    @property
    def last(self) -> date:
        """The last delivery."""
        return self.schedule.last

    def delivery(self, offset: int) -> date:
        """The first delivery ``offset`` days after the start or later, else the last one."""
        day = self.schedule.start + timedelta(days=offset)
        return self.schedule.on_or_after(day) or self.schedule.working[-1]

    @staticmethod
    def reported(delivered_on: date, lag: int) -> date:
        """The day of what a delivery reports: ``lag`` days before, in the period if it can be."""
        day = delivered_on - timedelta(days=lag)
        return min(max(day, min(delivered_on, EPIDEMIC_START)), EPIDEMIC_END)

    # ------------------------------------------------------------ subjects

    def number(self, series: str) -> int:
        """The next number of a series, from 1."""
        self._numbers[series] = self._numbers.get(series, 0) + 1
        return self._numbers[series]

    def organisation(
        self,
        kind: str = INDIVIDUAL_BUSINESS,
        *,
        status: str = "存续",
        scale: str | None = "小型",
        is_registered: bool = True,
    ) -> Organisation:
        """A new organisation; in the register, with its scale, unless said otherwise."""
        number = self.number("organisation")
        county = CURRENT_COUNTIES[number * 7 % len(CURRENT_COUNTIES)]
        city = CITIES[county[:4]]
        form = {ENTERPRISE: "实业有限公司", SOCIAL_ORGANISATION: "志愿者协会"}.get(kind, "经营部")
        digits = "".join(_NUMERALS[int(digit)] for digit in f"{number:03d}")
        series = CAST_SERIES if is_registered else UNREGISTERED_SERIES
        made = Organisation(
            name=f"{city}演示{digits}{form}",
            uscc=uscc(kind, county[:6], series, number),
            org_code=org_code(series, number),
            city_code=county[:4],
        )
        if is_registered:
            self._register(made, county, status, scale)
        return made

    def _register(self, made: Organisation, county: str, status: str, scale: str | None) -> None:
        self.add(
            "enterprise_register",
            "market_regulation",
            self.schedule.start,
            enterprise_name=made.name,
            uscc=made.uscc,
            established_on=self.schedule.start - timedelta(days=1200),
            enterprise_type="演示主体",
            registered_capital="50(万元人民币)",
            business_scope="仅供演示",
            province="浙江",
            city_name=CITIES[made.city_code],
            address=f"{county[6:]}演示路1号",
            register_status=status,
        )
        if scale is not None:
            self.add(
                "enterprise_scale",
                "market_regulation",
                self.schedule.start,
                uscc=made.uscc,
                year=2019,
                scale=scale,
            )

    def person(self) -> Person:
        """A new natural person."""
        number = self.number("person")
        return Person(
            name=f"甄演示{_NUMERALS[number // 10 % 10]}{_NUMERALS[number % 10]}",
            identity_number=identity_number("19800101", 90_000 + number),
        )

    # ------------------------------------------------------------ rows

    def add(
        self,
        item_code: str,
        unit_code: str,
        event: date,
        *,
        version: int = 1,
        operation: str = "新增",
        **values: Any,
    ) -> None:
        """A row by field names, delivered on or after ``event``."""
        delivered_on = self.schedule.on_or_after(event)
        if delivered_on is None:
            return
        row = {**values, "version": version, "operation": operation}
        self._rows.setdefault((item_code, unit_code, delivered_on), []).append(row)

    def show_defects(self, landing: Landing) -> None:
        """One row for each kind of defect, about nobody that another scene needs."""
        delivered_on = self.delivery(5)
        for defect in DEFECTS:
            for item_code, unit_code, row in self._spoilable(delivered_on):
                columns = columns_of(self.catalogue.items[item_code])
                cells = [_text(row.get(field.name)) for field in columns]
                if landing.append_spoiled(item_code, unit_code, delivered_on, cells, defect):
                    break

    def _spoilable(self, delivered_on: date) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Rows that between them every defect fits: a penalty, then a case about a person."""
        number = self.number("spoilt")
        happened_on = self.reported(delivered_on, 9)
        common = {
            "conduct_code": "000",
            "finality": "已生效",
            "version": 1,
            "operation": "新增",
            "authority_name": "演示机关",
        }
        yield (
            "administrative_penalty",
            "market_regulation",
            {
                **common,
                "party_name": f"杭州瑕疵{number}有限公司",
                "party_kind": "法人及非法人组织",
                "uscc": uscc("91", "330106", UNREGISTERED_SERIES, 10_000 + number),
                "document_no": f"浙瑕疵罚〔2020〕{number}号",
                "violation_type": "未按规定明示经营者信息",
                "facts": "演示：一行数据的常见瑕疵。",
                "legal_basis": "《中华人民共和国价格法》第四十二条",
                "penalty_categories": "罚款",
                "penalty_content": "罚款",
                "fine_yuan": "1200.00",
                "decision_date": happened_on,
                "source_name": "省市场监管局",
                "procedure": "02",
                "is_public": True,
            },
        )
        yield (
            "social_order_case",
            "public_security",
            {
                **common,
                "determination_no": f"浙瑕疵认〔2020〕{number}号",
                "penalty_document_no": f"浙瑕疵罚〔2020〕{number}号",
                "person_name": "甄演示",
                "id_kind": "01",
                "id_number": identity_number("19800101", 80_000 + number),
                "conduct_code": "S30",
                "determined_on": happened_on,
                "city_code": "3301",
            },
        )

    def play(self, landing: Landing) -> None:
        """Write every row collected."""
        for (item_code, unit_code, delivered_on), rows in self._rows.items():
            columns = columns_of(self.catalogue.items[item_code])
            names = {field.name for field in columns} | {"version", "operation"}
            for row in rows:
                unknown = set(row) - names
                if unknown:
                    raise KeyError(f"{item_code} has no field {sorted(unknown)}")
            landing.append_rows(
                item_code,
                unit_code,
                delivered_on,
                [[_text(row.get(field.name)) for field in columns] for row in rows],
            )


def _text(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "是" if value else "否"
        case date():
            return value.isoformat()
        case _:
            return str(value)
