"""Open products made for the tests: declared tables, the real codebooks, rows of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from orchestration.marts import DBT_FOLDER, MartTable
from orchestration.publish.digest import quoted
from orchestration.publish.products import literal
from orchestration.site.lists import NAMING_LISTS
from orchestration.site.product import open_tables

Rows = Mapping[str, Sequence[Mapping[str, Any]]]

RELEASE = {
    "as_of_date": "2020-06-30",
    "release_id": "20200630-1",
    "built_at": "2020-07-01 02:30:00",
    "code_version": "test",
    "input_digest": "0" * 64,
}


def dishonesty(subject_id: str, name: str, document_no: str = "D1", **others: object) -> dict:
    return {
        "record_id": f"administrative_penalty:market_regulation:{document_no}|{subject_id}",
        "subject_id": subject_id,
        "subject_name": name,
        "conduct_name": "哄抬价格",
        "document_no": document_no,
        "penalty_categories": "警告;罚款",
        "fine_yuan": "12345.00",
        "decision_date": "2020-03-01",
        "authority_unit_name": "省市场监管局",
        "disclosure_until": "2021-03-01",
        **others,
    }


def severe(subject_id: str, name: str, number: str = "S1") -> dict:
    return {
        "record_id": f"severe_dishonesty_determination:development_reform:{number}",
        "subject_id": subject_id,
        "subject_name": name,
        "subject_type": "enterprise",
        "ground_code": "G2",
        "determination_no": number,
        "decision_date": "2020-02-01",
        "listed_on": "2020-02-02",
        "exits_on": "2021-02-02",
        "is_active": True,
        "has_open_objection": False,
    }


def red_list(subject_id: str, name: str, city_code: str | None = "3301") -> dict:
    return {
        "subject_id": subject_id,
        "subject_name": name,
        "subject_type": "enterprise",
        "highest_level": "provincial",
        "commendation_count": 2,
        "first_commended_on": "2020-02-20",
        "last_commended_on": "2020-04-20",
        "document_nos": "浙政发〔2020〕1号;浙政发〔2020〕2号",
        "city_code": city_code,
    }


def repair(subject_id: str, name: str, document_no: str) -> dict:
    return {
        "record_id": f"administrative_penalty:market_regulation:{document_no}|{subject_id}",
        "subject_id": subject_id,
        "subject_name": name,
        "document_no": document_no,
        "repaired_on": "2020-06-20",
    }


def material(number: str, kind: str, subject_id: str | None, name: str, **others: object) -> dict:
    return {
        "record_id": f"publicity_material:big_data:{number}",
        "material_no": number,
        "kind": kind,
        "subject_id": subject_id,
        "subject_name": name,
        "document_no": None,
        "title": "标题",
        "summary": "摘要",
        "released_on": "2020-04-01",
        **others,
    }


def scorecard(unit_code: str, loaded: int, quarantined: int) -> dict:
    counts = dict.fromkeys(
        (
            "files_rejected",
            "timed_rows",
            "late_rows",
            "wrong_code_rows",
            "code_repaired_rows",
            "unresolved_rows",
            "corrected_rows",
        ),
        0,
    )
    return {
        **counts,
        "unit_code": unit_code,
        "item_code": "administrative_penalty",
        "month": "2020-03-01",
        "files_received": 1,
        "rows_received": loaded + quarantined,
        "rows_loaded": loaded,
        "rows_quarantined": quarantined,
        "compliance_rate": loaded / (loaded + quarantined),
        "late_rate": None,
        "last_delivery_date": "2020-03-31",
    }


@contextmanager
def _declared(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with every open table as it is declared, codebooks filled."""
    with duckdb.connect() as connection:
        for table in open_tables():
            connection.execute(f"create schema if not exists {quoted(table.schema_name)}")
            types = ", ".join(f"{quoted(c.name)} {c.data_type}" for c in table.columns)
            connection.execute(f"create table {table.relation} ({types})")
            if table.schema_name == "codebooks":
                seed = DBT_FOLDER / "seeds" / f"{table.name}.csv"
                connection.execute(
                    f"insert into {table.relation} by name"
                    f" select * from read_csv({literal(seed)}, all_varchar=true)"
                )
        yield connection
        _write(connection, folder)


def _write(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Parquet, and changes in which every row of a naming list is added."""
    for name in ("open/parquet", "changes"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    keys = {entry.name: entry.key for entry in NAMING_LISTS}
    for table in open_tables():
        path = folder / "open" / "parquet" / f"{table.name}.parquet"
        connection.execute(
            f"copy (from {table.relation} order by all) to {literal(path)} (format parquet)"
        )
        if table.name in keys:
            path = folder / "changes" / f"open.{table.name}.parquet"
            connection.execute(
                f"copy (select 'added' as change_kind, {keys[table.name]} from {table.relation}"
                f" order by all) to {literal(path)} (format parquet)"
            )


def _insert(
    connection: duckdb.DuckDBPyConnection, table: MartTable, rows: Sequence[Mapping[str, Any]]
) -> None:
    for row in rows:
        assert set(row) == set(table.column_names), f"{table.name}: {row}"
        marks = ", ".join("?" for _ in row)
        columns = ", ".join(map(quoted, row))
        connection.execute(
            f"insert into {table.relation} ({columns}) values ({marks})", list(row.values())
        )


def make_release(folder: Path, rows: Rows | None = None, **release: str) -> Path:
    """A release folder with the open product of ``rows`` and its changes, without a site."""
    with _declared(folder) as connection:
        given = {"release_info": [{**RELEASE, **release}], **(rows or {})}
        for table in open_tables():
            _insert(connection, table, given.get(table.name, ()))
    return folder


def make_large_release(folder: Path, subjects: int) -> Path:
    """A release in which each of so many subjects has a line or two; names like real ones."""
    with _declared(folder) as connection:
        tables = {table.name: table for table in open_tables()}
        _insert(connection, tables["release_info"], [RELEASE])
        connection.execute(
            "create temp table made as select i,"
            " '9133' || lpad(cast(i % 11 + 1 as varchar), 2, '0') || '00MA'"
            " || upper(substring(md5(cast(i as varchar)), 1, 8)) as subject_id,"
            f" {_LARGE_NAME} as subject_name from range({subjects}) as numbers(i)"
        )
        connection.execute(
            "insert into open.dishonesty select"
            " 'administrative_penalty:market_regulation:浙市监罚〔2020〕' || i || '号|'"
            " || subject_id,"
            " subject_id, subject_name, '哄抬价格', '浙市监罚〔2020〕' || i || '号', '警告;罚款',"
            " i % 100000, date '2020-02-01' + cast(i % 150 as integer), '省市场监管局',"
            " date '2021-02-01' + cast(i % 150 as integer) from made where i % 10 <> 0"
        )
        connection.execute(
            "insert into open.red_list select subject_id, subject_name, 'enterprise', 'city', 1,"
            " date '2020-03-01', date '2020-03-01', '浙政发〔2020〕' || i || '号',"
            " '33' || lpad(cast(i % 11 + 1 as varchar), 2, '0') from made where i % 5 = 0"
        )
    return folder


_CITIES = "杭州宁波温州嘉兴湖州绍兴金华衢州舟山台州丽水浙江"
_TRADES = "科技贸易包装机械电子纺织食品医药建材物流模具塑料化工服装家具"
# A trade name of two or three of 1,200 characters, whose use is as uneven as in real names.
_LETTER = (
    "chr(cast(19968 + 17 * floor(1200 * pow((hash(i * 7 + {n}) % 100000) / 100000.0, 2))"
    " as integer))"
)
_LARGE_NAME = (
    f"substring('{_CITIES}', cast(1 + 2 * (hash(i) % 12) as integer), 2) || "
    + " || ".join(_LETTER.format(n=n) for n in (1, 2))
    + f" || case when i % 2 = 0 then {_LETTER.format(n=3)} else '' end"
    + f" || substring('{_TRADES}', cast(1 + 2 * (hash(i + 1) % 15) as integer), 2)"
    + " || case i % 3 when 0 then '有限公司' when 1 then '股份有限公司' else '有限责任公司' end"
)


def keep_changes(folder: Path, name: str, changes: Sequence[tuple[str, str]]) -> None:
    """Replace the changes of a list by these: (kind, key)."""
    entry = next(entry for entry in NAMING_LISTS if entry.name == name)
    path = folder / "changes" / f"open.{name}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create table changes (change_kind varchar, {entry.key} varchar)")
        if changes:
            connection.executemany("insert into changes values (?, ?)", changes)
        connection.execute(f"copy changes to {literal(path)} (format parquet)")
