"""A home with two releases whose every number was made by the models, from a few rows of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.home import Home
from orchestration.marts import load_mart_tables
from orchestration.publish.release import ReleaseDraft
from orchestration.publish.store import ReleaseStore
from tests.dbt_support import create_build_database, insert_rows, run_dbt
from tests.publish.builds import publish_build

GOOD = "91330100MA00000019"  # commended, donates, has records of every kind that count
BAD = "91330200MA00000022"  # penalised twice, on the severe list
PERSON = "P-" + "1" * 32
FIRST, SECOND = date(2020, 3, 31), date(2020, 6, 30)

Rows = Mapping[str, Iterable[Mapping[str, Any]]]


def _enterprise(uscc: str, name: str, **given: Any) -> dict[str, Any]:
    return {
        "uscc": uscc,
        "enterprise_name": name,
        "enterprise_name_cleaned": name,
        "established_on": date(2012, 2, 29),
        "register_status": "存续",
        **given,
    }


def _penalty(document_no: str, uscc: str = BAD, **given: Any) -> dict[str, Any]:
    return {
        "unit_code": "market_regulation",
        "document_no": document_no,
        "party_kind": "法人及非法人组织",
        "party_name": "乙公司",
        "uscc": uscc,
        "party_key": uscc,
        "penalty_categories": "罚款",
        "fine_yuan": 20_000,
        "decision_date": date(2020, 2, 10),
        "procedure": "02",
        "finality": "已生效",
        "conduct_code": "P02",
        "is_public": True,
        **given,
    }


def _indicator(uscc: str, indicator: str, record_no: str, value: str | None) -> dict[str, Any]:
    return {
        "unit_code": "tax",
        "uscc": uscc,
        "indicator": indicator,
        "record_no": record_no,
        "value": value,
        "recorded_on": date(2020, 1, 5),
    }


def first_rows() -> Rows:
    """What had been delivered by the first as-of date."""
    return {
        "enterprise_register": [_enterprise(GOOD, "甲公司"), _enterprise(BAD, "乙公司")],
        "regular_indicator": [
            _indicator(GOOD, "tax_grade", "T1", "A"),
            _indicator(BAD, "bank_overdue", "O1", None),
            _indicator(BAD, "wage_arrears", "W1", None),
        ],
        "administrative_penalty": [
            _penalty("浙罚1号"),
            _penalty("浙罚1号", file_name="again.csv"),
            _penalty("浙罚2号", conduct_code="Q01", penalty_categories="责令停产停业"),
            _penalty("浙罚3号", finality="复议诉讼中"),
        ],
        "commendation": [
            {
                "unit_code": "government_office",
                "document_no": "浙政发1号",
                "commended_on": date(2020, 3, 1),
                "issuer_level": "省级",
                "issuer_kind": "人民政府",
                "is_epidemic": True,
                "subject_kind": "企业",
                "subject_name": "甲公司",
                "uscc": GOOD,
                "subject_key": GOOD,
            }
        ],
        "direct_donation": [
            {
                "unit_code": "civil_affairs",
                "certificate_no": f"D{number}",
                "enterprise_name": "甲公司",
                "uscc": GOOD,
                "donated_on": date(2020, 2, number),
                "amount_yuan": 60_000,
                "certified_by": "民政局",
                "certified_on": date(2020, 2, 20),
            }
            for number in (1, 2)
        ],
        "social_order_case": [
            {
                "unit_code": "public_security",
                "determination_no": "杭认1号",
                "penalty_document_no": "杭公1号",
                "person_name": "张*",
                "id_kind": "01",
                "person_key": PERSON,
                "conduct_code": "S10",
                "determined_on": date(2020, 2, 3),
                "city_code": "3301",
                "finality": "已生效",
            }
        ],
        "severe_dishonesty_determination": [
            {
                "unit_code": "development_reform",
                "determination_no": "严1号",
                "enterprise_name": "乙公司",
                "uscc": BAD,
                "ground_code": "G2",
                "decision_date": date(2020, 3, 1),
                "signed_by_head": True,
                "notified_on": date(2020, 2, 20),
                "defence_handled": "无陈述申辩",
                "months": 2,
            },
            {
                "unit_code": "development_reform",
                "determination_no": "严2号",
                "enterprise_name": "甲公司",
                "uscc": GOOD,
                "ground_code": "G2",
                "decision_date": date(2020, 3, 1),
                "months": 2,
            },
        ],
    }


def second_rows() -> Rows:
    """What came after it: the first penalty is annulled, by a higher version."""
    return {
        "administrative_penalty": [
            _penalty(
                "浙罚1号",
                version=2,
                operation="变更",
                finality="已撤销",
                delivery_date=date(2020, 5, 6),
            )
        ]
    }


def two_releases(folder: Path) -> Home:
    """The home, with a release as of each date."""
    home = Home(folder / "home")
    home.create()
    for as_of, given in ((FIRST, [first_rows()]), (SECOND, [first_rows(), second_rows()])):
        database = home.build_database
        with create_build_database(database, as_of) as connection:
            for rows in given:
                for item, found in rows.items():
                    insert_rows(connection, item, found)
            _note_files(connection)
        outcome = run_dbt(database, "--quiet", "build", "--exclude-resource-type", "unit_test")
        assert outcome.success, outcome.exception
        _publish(home, as_of)
    return home


def _note_files(connection: duckdb.DuckDBPyConnection) -> None:
    """Every file that rows came from is an ingested one."""
    items = [
        name
        for (name,) in connection.execute(
            "select distinct table_name from duckdb_tables() where schema_name = 'raw'"
        ).fetchall()
    ]
    for item in items:
        if item not in {"ingested_files", "quarantined_rows", "run_parameters"}:
            connection.execute(
                "insert into raw.ingested_files by name select source_file, file_name, unit_code,"
                f" item_code, delivery_date, sha256, count(*) as rows_delivered,"
                " count(*) as rows_loaded, 0 as rows_quarantined, 0 as rows_dropped"
                f" from raw.{item} group by all"
            )


def _publish(home: Home, as_of: date) -> None:
    store = ReleaseStore(home)
    draft = ReleaseDraft(
        release_id=store.next_id(as_of),
        as_of_date=as_of,
        built_at=datetime(2020, 7, 1, 6),
        code_version="1",
        input_digest="0",
        parameters={"retention_years": 5},
    )
    publish_build(store, home.build_database, load_mart_tables(), draft)
