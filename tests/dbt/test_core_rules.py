"""The whole chain of models over a handful of records: what unit tests of one model cannot see."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt_support import create_build_database, insert_files_of_rows, insert_rows, run_dbt

AS_OF = date(2020, 6, 30)
GOOD = "91330100AAAAAAAAA1"
LISTED = "91330200BBBBBBBBB2"
REPAIRED = "91330300CCCCCCCCC3"
STRANGER = "91310000DDDDDDDDD4"
PERSON = "P-" + "e" * 32

PENALTY = {
    "party_kind": "法人及非法人组织",
    "party_name": "违法者",
    "penalty_categories": "罚款",
    "fine_yuan": "5000.00",
    "decision_date": date(2020, 2, 16),
    "procedure": "02",
    "finality": "已生效",
    "conduct_code": "P02",
    "is_public": True,
}
DETERMINATION = {
    "ground_code": "G1",
    "decision_date": date(2020, 3, 10),
    "signed_by_head": True,
    "notified_on": date(2020, 3, 1),
    "defence_handled": "无陈述申辩",
    "months": 12,
    "enterprise_name": "严重失信者",
}
COMMENDATION = {
    "commended_on": date(2020, 3, 1),
    "issuer_level": "省级",
    "issuer_kind": "人民政府",
    "is_epidemic": True,
    "subject_kind": "企业",
    "subject_name": "受表彰者",
}
REPAIR = {
    "accepted_at": "2020-05-18 09:00:00",
    "completed_at": "2020-05-19 10:00:00",
    "result": "同意",
    "site": "信用浙江",
    "has_commitment": True,
    "has_performed": True,
    "has_training": False,
    "has_report": False,
    "enterprise_name": "已修复者",
}


def _registered(uscc: str, name: str) -> dict[str, Any]:
    return {
        "uscc": uscc,
        "enterprise_name": name,
        "enterprise_name_cleaned": name,
        "established_on": date(2010, 6, 30),
        "register_status": "存续",
    }


def _penalty(uscc: str, document_no: str, **changed: Any) -> dict[str, Any]:
    return {**PENALTY, "uscc": uscc, "party_key": uscc, "document_no": document_no, **changed}


DELIVERED: dict[str, list[Mapping[str, Any]]] = {
    "enterprise_register": [
        _registered(GOOD, "好公司"),
        _registered(LISTED, "坏公司"),
        _registered(REPAIRED, "改公司"),
    ],
    "administrative_penalty": [
        _penalty(GOOD, "deleted"),
        _penalty(GOOD, "counted", party_name="旧名"),
        # the same row again, and one that contradicts it: neither is a second deduction
        _penalty(GOOD, "counted", party_name="旧名"),
        _penalty(GOOD, "counted", party_name="另一个名"),
        # the same document by another unit
        _penalty(GOOD, "counted", unit_code="commerce", conduct_code="P01"),
        _penalty(REPAIRED, "repaired"),
        _penalty(STRANGER, "withdrawn"),
        _penalty(STRANGER, "withdrawn", version=2, operation="撤销", delivery_date=AS_OF),
        {**_penalty("", "person"), "party_kind": "自然人", "uscc": None, "party_name": None},
    ],
    "social_order_case": [
        {
            "determination_no": f"case {number}",
            "penalty_document_no": f"penalty {number}",
            "person_name": "张*",
            "person_key": PERSON,
            "conduct_code": "S10",
            "determined_on": date(2020, 2, number),
            "city_code": "3301",
            "finality": "已生效",
        }
        for number in range(1, 6)
    ],
    "severe_dishonesty_determination": [
        {**DETERMINATION, "uscc": LISTED, "determination_no": "active"},
        {**DETERMINATION, "uscc": REPAIRED, "determination_no": "unsigned", "signed_by_head": None},
        {**DETERMINATION, "uscc": GOOD, "determination_no": "deleted"},
    ],
    "objection": [
        {
            "uscc": GOOD,
            "document_no": "deleted",
            "objection_no": "o1",
            "accepted_on": date(2020, 4, 1),
            "resolved_on": date(2020, 5, 1),
            "outcome": "删除",
        }
    ],
    "commendation": [
        {**COMMENDATION, "uscc": GOOD, "subject_key": GOOD, "document_no": "h1"},
        {**COMMENDATION, "uscc": LISTED, "subject_key": LISTED, "document_no": "h1"},
        {
            **COMMENDATION,
            "uscc": REPAIRED,
            "subject_key": REPAIRED,
            "document_no": "h2",
            "issuer_level": "县级",
        },
        {
            **COMMENDATION,
            "subject_kind": "自然人",
            "subject_name": "张*",
            "person_key": PERSON,
            "subject_key": PERSON,
            "document_no": "h1",
        },
    ],
    "charity_donation": [
        {
            "donated_on": date(2020, 2, 1),
            "donor_name": name,
            "donor_name_cleaned": name,
            "donor_key": f"D-{name}",
            "amount_yuan": "10000.00",
            "occurrence": 1,
        }
        for name in ("好公司", "无名公司")
    ],
    "credit_repair_application": [
        {**REPAIR, "uscc": REPAIRED, "document_no": "repaired", "application_no": "a1"},
        # agreed before the objection deleted its penalty
        {**REPAIR, "uscc": GOOD, "document_no": "deleted", "application_no": "a2"},
    ],
    "resumption_inspection": [
        {
            "uscc": GOOD,
            "enterprise_name": "好公司",
            "inspection_no": "i1",
            "duty_code": "R01",
            "inspected_on": date(2020, 3, 1),
            "finding": "不合格",
            "penalty_document_no": document_no,
        }
        for document_no in ("counted",)
    ],
}


def _build(folder: Path, *, seed: int) -> duckdb.DuckDBPyConnection:
    database = folder / "build.duckdb"
    connection = create_build_database(database, AS_OF)
    for table, rows in DELIVERED.items():
        numbered = [{**row, "source_row": number} for number, row in enumerate(rows, start=2)]
        random.Random(seed).shuffle(numbered)
        insert_rows(connection, table, numbered)
    insert_files_of_rows(connection)
    connection.close()
    result = run_dbt(database, "build", "--exclude-resource-type", "unit_test")
    assert result.success, [
        f"{node.node.name}: {node.message}"
        for node in (result.result or [])
        if node.status not in {"success", "pass", "no-op"}
    ]
    return duckdb.connect(str(database), read_only=True)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    return _build(tmp_path_factory.mktemp("core"), seed=1)


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def test_every_loaded_row_has_one_disposition(built: duckdb.DuckDBPyConnection) -> None:
    loaded = sum(map(len, DELIVERED.values()))
    counts = _rows(
        built,
        "select count(*), count(distinct (source_file, source_row)) from marts.record_disposition",
    )
    assert counts == [(loaded, loaded)]


def test_no_outer_join_compares_every_pair_of_rows(built: duckdb.DuckDBPyConnection) -> None:
    """An outer join with a condition on its kept side alone is no hash join: it is quadratic."""
    ((path,),) = _rows(built, "select path from duckdb_databases() where not internal")
    compiled = sorted(Path(path).parent.glob("target/compiled/*/models/**/*.sql"))
    assert len(compiled) > 100
    for model in compiled:
        ((_, plan),) = _rows(built, f"explain (format json) {model.read_text()}")
        odd = [node for node in _nodes(json.loads(plan)) if node["name"] == "BLOCKWISE_NL_JOIN"]
        kinds = [node["extra_info"]["Join Type"] for node in odd]
        assert set(kinds) <= {"INNER"}, f"{model.stem}: {odd[0]['extra_info']}"


def _nodes(plan: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in plan:
        yield node
        yield from _nodes(node["children"])


def test_rows_that_count_nowhere_say_why(built: duckdb.DuckDBPyConnection) -> None:
    assert _rows(
        built,
        "select item_code, disposition, detail, count(*) from marts.record_disposition"
        " where disposition <> 'used' group by all order by all",
    ) == [
        ("administrative_penalty", "conflicting_version", None, 1),
        ("administrative_penalty", "duplicate", None, 1),
        ("administrative_penalty", "person_subject_out_of_scope", None, 1),
        ("administrative_penalty", "superseded", None, 1),
        ("administrative_penalty", "withdrawn", None, 2),
        ("charity_donation", "subject_unresolved", None, 1),
        ("commendation", "below_city_level", None, 1),
        ("severe_dishonesty_determination", "procedure_incomplete", "signature", 1),
        ("severe_dishonesty_determination", "withdrawn", None, 1),
    ]


def test_a_subject_on_the_severe_list_is_on_no_red_list_and_has_grade_d(
    built: duckdb.DuckDBPyConnection,
) -> None:
    assert _rows(built, "select subject_id from marts.red_list order by 1") == [(GOOD,), (PERSON,)]
    assert _rows(built, "select subject_id from open.red_list") == [(GOOD,)]
    assert _rows(built, "select * from marts.red_list_exclusions") == [
        (LISTED, "active", "on_severe_list")
    ]
    assert _rows(
        built,
        "select subject_id, grade, override_reason from marts.enterprise_evaluation"
        " where override_reason is not null",
    ) == [(LISTED, "D", "severe_dishonesty_list")]


def test_a_score_is_rederived_by_hand_from_its_contributions(
    built: duckdb.DuckDBPyConnection,
) -> None:
    contributions = _rows(
        built,
        "select indicator_code, record_id, points from marts.evaluation_contributions"
        f" where subject_id = '{GOOD}' order by all",
    )
    shown = [
        (code, record is None, None if points is None else str(points))
        for code, record, points in contributions
    ]
    # N02: 100 × 40 × 1692 / 1827 days, once for the document, by its heavier row
    assert shown == [
        ("E01", False, None),
        ("E01", True, "10.00"),
        ("E03", False, None),
        ("E03", True, "30.00"),
        ("N02", False, "-37.04"),
    ]
    # 100 + 165 + 170 + (300 - 37.04) + (120 + 40)
    assert _rows(
        built,
        "select score::varchar, grade from marts.enterprise_evaluation"
        f" where subject_id = '{GOOD}'",
    ) == [("857.96", "B")]


def test_a_repair_clears_its_record_and_outlives_the_deleted_one(
    built: duckdb.DuckDBPyConnection,
) -> None:
    assert _rows(
        built,
        "select document_no, repaired_on, is_disclosable from marts.dishonesty_records"
        " where subject_type <> 'person' group by all order by all",
    ) == [("counted", None, True), ("repaired", date(2020, 5, 19), False)]
    assert _rows(
        built,
        "select application_no, target_record_id is not null, channel"
        " from marts.credit_repair_cases order by 1",
    ) == [("a1", True, "ordinary"), ("a2", True, "ordinary")]


def test_persons_are_counted_in_open_from_five_cases_and_never_named(
    built: duckdb.DuckDBPyConnection,
) -> None:
    assert _rows(built, "select cases from open.social_order_statistics") == [(5,)]
    assert _rows(
        built, "select subject_name from marts.subjects where is_registered = false order by 1"
    ) == [("张*",), ("违法者",)]
    assert _rows(built, "select count(*) from open.dishonesty where subject_id like 'P-%'") == [
        (0,)
    ]


def test_an_inspection_is_penalised_by_the_record_of_its_own_document(
    built: duckdb.DuckDBPyConnection,
) -> None:
    assert _rows(built, "select * from marts.resumption_compliance") == [
        ("3301", "R01", 1, 1, 0, 1)
    ]


def test_marts_do_not_depend_on_the_order_of_arrival(
    built: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    tables = _rows(
        built,
        "select schema_name, table_name from duckdb_tables()"
        " where schema_name in ('marts', 'open') order by all",
    )
    with _build(tmp_path, seed=2) as again:
        for schema, table in tables:
            query = f'select * from "{schema}"."{table}" order by all'
            assert _rows(again, query) == _rows(built, query), f"{schema}.{table}"
