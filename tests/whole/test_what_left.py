"""What left the open lists is readable nowhere in the next release's open tree.

Two real runs over real files: between them a record is repaired, one expires, one is withdrawn, one
is objected to, a listing ends, and two materials are taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.catalogue import load_catalogue
from orchestration.errors import AuditRefused
from orchestration.home import Home
from orchestration.publish.rollback import rollback
from orchestration.publish.store import ReleaseStore
from tests.privacy.haystack import layers, spellings
from tests.privacy.planted import csv_text, uscc
from tests.whole.conftest import run_here

pytestmark = pytest.mark.timeout(1800)

FIRST, SECOND = date(2020, 5, 25), date(2020, 8, 1)
CATALOGUE = load_catalogue()

FIRMS = ("repaired", "announced", "expired", "withdrawn", "objected", "delisted", "kept")
CODES = {firm: uscc(f"91330106MA2X{number}71Y9") for number, firm in enumerate(FIRMS)}
NAMES = {firm: f"杭州{firm}戛戛有限公司" for firm in FIRMS}
NUMBERS = {firm: f"杭罚〔{firm}〕号" for firm in FIRMS}
MATERIALS = {"M-taken-back-1": "expired", "M-taken-back-2": "kept"}


def deliver(landing: Path, day: str, unit: str, item: str, *rows: Mapping[str, str]) -> None:
    fields = {field.name: field.header for field in CATALOGUE.items[item].fields}
    fields |= {"version": "信息版本号", "operation": "更新类型"}
    encoding = CATALOGUE.encoding_of(item, unit)
    assert encoding is not None
    path = landing / day / unit / f"{item}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = csv_text([{fields[name]: value for name, value in row.items()} for row in rows])
    path.write_bytes(text.encode(encoding))


def penalty(firm: str, **given: str) -> dict[str, str]:
    return {
        "party_name": NAMES[firm],
        "party_kind": "法人及非法人组织",
        "uscc": CODES[firm],
        "document_no": NUMBERS[firm],
        "violation_type": "哄抬价格",
        "facts": "事实",
        "legal_basis": "依据",
        "penalty_categories": "罚款",
        "penalty_content": "罚款",
        "fine_yuan": "0.77713" if firm == "announced" else "0.5",
        "decision_date": "2020-02-10",
        "publish_until": "2020-07-01" if firm == "expired" else "2025-01-01",
        "authority_name": "某局",
        "source_name": "某局",
        "procedure": "02",
        "finality": "已生效",
        "conduct_code": "P02",
        "version": "1",
        "operation": "新增",
        **given,
    }


def repair(firm: str, **given: str) -> dict[str, str]:
    return {
        "application_no": f"修-{firm}",
        "enterprise_name": NAMES[firm],
        "uscc": CODES[firm],
        "document_no": NUMBERS[firm],
        "site": "信用浙江",
        "accepted_at": "2020-05-20 09:00",
        "completed_at": "",
        "result": "",
        **dict.fromkeys(("has_commitment", "has_performed", "has_training", "has_report"), "是"),
        "version": "1",
        **given,
    }


def material(number: str, firm: str, **given: str) -> dict[str, str]:
    is_case = firm == "expired"
    return {
        "material_no": number,
        "kind": "失信典型案例" if is_case else "诚实守信事迹",
        "subject_kind": "企业",
        "subject_name": NAMES[firm],
        "uscc": CODES[firm],
        "document_no": NUMBERS[firm] if is_case else "",
        "title": f"标题{number}",
        "summary": f"摘要{number}",
        "released_on": "2020-04-01",
        "version": "1",
        "operation": "新增",
        **given,
    }


def first_deliveries(landing: Path) -> None:
    firms = [firm for firm in FIRMS if firm != "delisted"]
    deliver(
        landing,
        "2020-05-01",
        "market_regulation",
        "enterprise_register",
        *(
            {"enterprise_name": NAMES[f], "uscc": CODES[f], "established_on": "2010-01-01"}
            for f in FIRMS
        ),
    )
    deliver(
        landing, "2020-05-02", "market_regulation", "administrative_penalty", *map(penalty, firms)
    )
    deliver(
        landing,
        "2020-05-02",
        "development_reform",
        "severe_dishonesty_determination",
        {
            "determination_no": "严-delisted",
            "enterprise_name": NAMES["delisted"],
            "uscc": CODES["delisted"],
            "ground_code": "G2",
            "decision_date": "2020-03-01",
            "signed_by_head": "是",
            "notified_on": "2020-02-20",
            "defence_handled": "无陈述申辩",
            "months": "3",
        },
    )
    deliver(
        landing,
        "2020-05-02",
        "civil_affairs",
        "direct_donation",
        # Whom nobody praised for anything is no role model.
        {
            "certificate_no": "捐-1",
            "enterprise_name": NAMES["kept"],
            "uscc": CODES["kept"],
            "donated_on": "2020-02-10",
            "recipient": "某医院",
            "amount_yuan": "100",
            "certified_by": "某局",
            "certified_on": "2020-02-20",
        },
    )
    deliver(
        landing,
        "2020-05-02",
        "big_data",
        "publicity_material",
        *(material(number, firm) for number, firm in MATERIALS.items()),
    )


def later_deliveries(landing: Path) -> None:
    done = {"result": "同意", "version": "2"}
    deliver(
        landing,
        "2020-07-20",
        "development_reform",
        "credit_repair_application",
        repair("repaired", completed_at="2020-06-01 09:00", **done),
        repair("announced", completed_at="2020-07-15 09:00", **done),
    )
    deliver(
        landing,
        "2020-07-20",
        "market_regulation",
        "administrative_penalty",
        penalty("withdrawn", version="2", operation="撤销"),
    )
    deliver(
        landing,
        "2020-07-20",
        "development_reform",
        "objection",
        {
            "objection_no": "异-1",
            "uscc": CODES["objected"],
            "document_no": NUMBERS["objected"],
            "accepted_on": "2020-07-10",
        },
    )
    deliver(
        landing,
        "2020-07-20",
        "big_data",
        "publicity_material",
        *(
            material(number, firm, version="2", operation="撤销")
            for number, firm in MATERIALS.items()
        ),
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ReleaseStore:
    folder = tmp_path_factory.mktemp("left")
    landing, home = folder / "landing", folder / "home"
    first_deliveries(landing)
    run_here(landing, home, FIRST, with_pages=True)
    later_deliveries(landing)
    run_here(landing, home, SECOND, with_pages=True)
    return ReleaseStore(Home(home))


def marks(firm: str) -> list[str]:
    return [CODES[firm], NAMES[firm], NUMBERS[firm]]


def places(open_folder: Path, wanted: list[str]) -> dict[str, set[str]]:
    """Where in an open tree each text stands, in any spelling."""
    forms = {text: spellings(text) for text in wanted}
    found: dict[str, set[str]] = {text: set() for text in wanted}
    for place, content in layers(open_folder):
        for text, written in forms.items():
            if any(form in content for form in written):
                found[text].add(place)
    return found


def test_what_left_is_readable_nowhere_in_open(store: ReleaseStore) -> None:
    gone = [*marks("repaired"), *marks("withdrawn"), *marks("objected")]
    gone += [
        CODES["delisted"],
        NAMES["delisted"],
        *marks("expired"),
        "严-delisted",
        *MATERIALS,
        *(f"摘要{n}" for n in MATERIALS),
    ]
    gone.append("7771.3")  # what the one was fined whose repair is announced
    before, now = (
        places(store.folder(f"{day:%Y%m%d}-1") / "open", gone) for day in (FIRST, SECOND)
    )
    hidden = [text for text, found in before.items() if not found]
    assert hidden == [], "the search would not find them anyway"
    assert {text: found for text, found in now.items() if found} == {}


def test_site_was_searched_too(store: ReleaseStore) -> None:
    site = store.folder(f"{FIRST:%Y%m%d}-1") / "open"
    found = places(site, [CODES["withdrawn"]])[CODES["withdrawn"]]
    assert any(place.startswith("site/") for place in found)
    assert any("credit.duckdb" in place for place in found)
    assert any("parquet" in place for place in found)


def test_of_a_repaired_record_only_the_announcement_remains(store: ReleaseStore) -> None:
    current = store.home.current.resolve() / "open"
    with duckdb.connect(str(current / "credit.duckdb"), read_only=True) as connection:
        listed, announced = (
            {row[0] for row in connection.execute(f"select document_no from {table}").fetchall()}
            for table in ("open.dishonesty", "open.repair_announcements")
        )
    assert listed == {NUMBERS["kept"]}
    assert announced == {NUMBERS["announced"]}
    assert all(places(current, marks("kept") + marks("announced")).values())


def test_going_back_is_refused_for_all_that_it_would_show_again(store: ReleaseStore) -> None:
    first = f"{FIRST:%Y%m%d}-1"
    with pytest.raises(AuditRefused, match="--re-expose") as refused:
        rollback(store, first, "somebody", None)
    said = str(refused.value)
    assert "5 in open.dishonesty" in said
    assert "1 in open.severe_dishonesty_list" in said
    assert "1 in open.typical_cases" in said and "1 in open.role_models" in said
    assert store.current_id() == f"{SECOND:%Y%m%d}-1"
    assert store.hold() is None
