"""Every published column can be followed back to what it is read from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlglot.errors import SqlglotError

from orchestration.catalogue import load_catalogue
from orchestration.lineage.headers import header_columns
from orchestration.lineage.sql import Origin, column_origins
from orchestration.lineage.table import TRACED_COLUMNS, LineageRow, load_lineage, to_csv
from orchestration.lineage.trace import compiled_manifest, trace
from orchestration.marts import load_mart_tables

SCHEMA = {"raw": {"a": {"id": "bigint", "x": "bigint"}, "b": {"id": "bigint", "y": "varchar"}}}


@pytest.fixture(scope="module")
def manifest() -> Mapping[str, Any]:
    return compiled_manifest()


def rows_of(table: str, column: str) -> list[LineageRow]:
    return [
        row
        for row in load_lineage()
        if f"{row.schema_name}.{row.table_name}" == table and row.column_name == column
    ]


# ---------------------------------------------------------------- the whole project


def test_the_committed_lineage_is_what_the_models_give(manifest: Mapping[str, Any]) -> None:
    assert TRACED_COLUMNS.read_text(encoding="utf-8") == to_csv(trace(manifest)), (
        "the models changed: run `python -m orchestration.lineage`"
    )


def test_every_published_column_has_a_source_or_a_written_reason() -> None:
    sourced = {
        (row.schema_name, row.table_name, row.column_name)
        for row in load_lineage()
        if row.source_table is not None or row.note is not None
    }
    published = {
        (table.schema_name, table.name, column.name)
        for table in load_mart_tables()
        for column in table.columns
    }
    assert published - sourced == set()
    assert {row[:3] for row in sourced} - published == set()


def test_every_path_leads_from_its_source_to_its_column() -> None:
    for row in load_lineage():
        if row.path is not None:
            steps = row.path.split(" > ")
            assert f"{row.source_table}.{row.source_column or '*'}".endswith(steps[0])
            assert steps[-1] == f"{row.schema_name}.{row.table_name}.{row.column_name}"


def test_every_source_column_is_one_that_a_delivery_a_run_or_a_codebook_has() -> None:
    for row in load_lineage():
        schema, _, name = (row.source_table or "").partition(".")
        if row.source_kind in {"header", "arrival"} and row.source_column is not None:
            columns = {column.name for column in load_catalogue().items[name].raw_columns}
            assert schema == "raw" and row.source_column in columns


def test_a_fine_is_read_from_its_header_and_from_nothing_else() -> None:
    found = rows_of("marts.dishonesty_records", "fine_yuan")
    assert [(row.source_table, row.source_headers) for row in found] == [
        ("raw.administrative_penalty", "CF_NR_FK")
    ]


def test_a_public_name_leads_back_to_the_register() -> None:
    found = {row.source_table: row for row in rows_of("open.dishonesty", "subject_name")}
    assert found["raw.enterprise_register"].source_headers == "企业名称"


def test_a_count_is_traced_to_the_rows_that_it_counts() -> None:
    found = rows_of("marts.social_order_statistics", "cases")
    assert [(row.source_kind, row.source_table) for row in found] == [
        ("rows", "raw.social_order_case")
    ]


def test_where_rules_give_the_value_their_words_stand_as_its_source() -> None:
    assert [row.source_kind for row in rows_of("marts.red_list_exclusions", "reason")] == ["rule"]
    assert "严重失信名单" in (rows_of("marts.red_list_exclusions", "reason")[0].note or "")


def test_keys_made_at_ingest_name_every_header_behind_them() -> None:
    penalty = header_columns(load_catalogue().items["administrative_penalty"])
    assert penalty["party_key"] == ("CF_XDR_SHXYM", "CF_XDR_ZZJG", "CF_XDR_LB", "CF_XDR_MC")
    assert penalty["record_id"][0] == "CF_WSH"
    assert "legal_representative" not in penalty


# ---------------------------------------------------------------- single statements


def origins(statement: str) -> dict[str, set[str]]:
    return {
        name: {str(origin) for origin in found}
        for name, found in column_origins(statement, SCHEMA).items()
        if name != "*"
    }


def test_stars_and_expressions_are_followed_through_common_table_expressions() -> None:
    assert origins(
        "with one as (select * from raw.a), two as (select one.*, x + id as s from one)"
        " select s, upper(b.y) as y from two join raw.b on two.id = b.id"
    ) == {"s": {"raw.a.x", "raw.a.id"}, "y": {"raw.b.y"}}


def test_joined_and_filtering_columns_are_no_values() -> None:
    assert origins("select a.x from raw.a join raw.b on a.id = b.id where b.y = 'k'") == {
        "x": {"raw.a.x"}
    }


def test_a_union_draws_from_every_branch_by_position() -> None:
    assert origins("select id as k from raw.a union all select id from raw.b") == {
        "k": {"raw.a.id", "raw.b.id"}
    }


def test_a_named_window_gives_what_it_orders_and_parts_by() -> None:
    assert origins(
        "select row_number() over w as n from raw.a window w as (partition by x order by id)"
    ) == {"n": {"raw.a.x", "raw.a.id"}}


def test_counted_rows_and_constants_are_told_apart() -> None:
    assert origins("select count(*) as n, 'k' as c from raw.a") == {"n": {"raw.a.*"}, "c": set()}


def test_rows_are_followed_to_the_relation_that_they_are_rows_of() -> None:
    found = column_origins("with one as (select id from raw.a) select id from one", SCHEMA)
    assert found["*"] == {Origin("raw.a", "*")}


def test_an_unknown_column_is_an_error_and_not_an_empty_lineage() -> None:
    with pytest.raises(SqlglotError):
        column_origins("select a.nothing from raw.a", SCHEMA)
