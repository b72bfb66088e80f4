"""Build databases for the tests of the dbt project: empty raw tables, and rows given as dicts.

connection = create_build_database(path)           # schema raw, every table empty
insert_rows(connection, "commendation", [{...}])   # what is not given gets a plain default
connection.close()
run_dbt(path, "build")                             # in-process, threads 1
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from orchestration.catalogue import load_catalogue
from orchestration.catalogue.run_tables import RUN_TABLES
from orchestration.settings import Parameters

DBT_PROJECT = Path(__file__).parents[1] / "dbt_project"


def raw_tables() -> dict[str, dict[str, str]]:
    """Every table of schema raw: its columns in order, each with its SQL type."""
    items = {code: item.raw_columns for code, item in load_catalogue().items.items()}
    return {
        name: {column.name: column.sql_type for column in columns}
        for name, columns in {**items, **RUN_TABLES}.items()
    }


def create_build_database(
    path: Path, as_of: date = date(2020, 6, 30), **parameters: Any
) -> duckdb.DuckDBPyConnection:
    """A new DuckDB file with every raw table, empty but for the one row of run_parameters."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path))
    connection.execute("create schema raw")
    for name, columns in raw_tables().items():
        spelled = ", ".join(f"{column} {sql_type}" for column, sql_type in columns.items())
        connection.execute(f"create table raw.{name} ({spelled})")
    set_parameters(connection, as_of, **parameters)
    return connection


def set_parameters(connection: duckdb.DuckDBPyConnection, as_of: date, **parameters: Any) -> None:
    """Replaces the one row of raw.run_parameters."""
    row = {
        **Parameters().model_dump(),
        "as_of_date": as_of,
        "release_id": f"{as_of:%Y%m%d}-1",
        "built_at": datetime(as_of.year, as_of.month, as_of.day, 23, 0, 0),
        "code_version": "0.1.0",
        "input_digest": "0" * 64,
        **parameters,
    }
    connection.execute("delete from raw.run_parameters")
    _insert(connection, "run_parameters", [row])


def insert_rows(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Mapping[str, Any]]
) -> None:
    """Inserts rows into raw.<table>; an item's provenance has defaults, other columns are null.

    ``record_id`` defaults to item, unit and the key fields of the catalogue, ``content_digest``
    to one over the given fields, ``source_row`` to the position among all rows of the table.
    """
    catalogue = load_catalogue()
    if table not in catalogue.items:
        _insert(connection, table, [dict(row) for row in rows])
        return
    item = catalogue.items[table]
    counted = connection.execute(f"select count(*) from raw.{table}").fetchone()
    first_row = (counted[0] if counted else 0) + 2
    filled = []
    for source_row, given in enumerate(rows, start=first_row):
        unit_code = given.get("unit_code", "market_regulation")
        delivery_date = given.get("delivery_date", date(2020, 3, 1))
        file_name = given.get("file_name", f"{table}.csv")
        row = {
            "item_code": table,
            "unit_code": unit_code,
            "version": 1 if item.is_versioned else None,
            "operation": "新增" if item.is_versioned else None,
            "delivery_date": delivery_date,
            "source_file": f"{delivery_date}/{unit_code}/{file_name}",
            "file_name": file_name,
            "source_row": source_row,
            "sha256": hashlib.sha256(file_name.encode()).hexdigest(),
            "is_code_repaired": False,
            **given,
        }
        row.setdefault("record_id", _record_id(item.key, table, unit_code, row))
        row.setdefault("content_digest", _content_digest(item, row))
        filled.append(row)
    _insert(connection, table, filled)


def insert_files_of_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Enters in raw.ingested_files the files that the inserted rows name, as taken and clean."""
    for item in load_catalogue().items:
        connection.execute(
            "insert into raw.ingested_files"
            " select source_file, file_name, unit_code, item_code, delivery_date,"
            f" any_value(sha256), null, count(*), count(*), 0, 0 from raw.{item}"
            " group by source_file, file_name, unit_code, item_code, delivery_date"
        )


def _record_id(key: tuple[str, ...], table: str, unit_code: str, row: Mapping[str, Any]) -> str:
    return f"{table}:{unit_code}:" + "|".join(str(row.get(name)) for name in key)


def _content_digest(item: Any, row: Mapping[str, Any]) -> str:
    names = item.content or (*(field.name for field in item.stored_fields), "operation")
    return hashlib.md5(repr([row.get(name) for name in names]).encode()).hexdigest()  # noqa: S324


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    known = raw_tables()[table]
    for row in rows:
        unknown = set(row) - set(known)
        if unknown:
            raise KeyError(f"raw.{table} has no column {sorted(unknown)}")
        names = ", ".join(row)
        places = ", ".join("?" for _ in row)
        values = [str(value) if isinstance(value, Decimal) else value for value in row.values()]
        connection.execute(f"insert into raw.{table} ({names}) values ({places})", values)


def run_dbt(database: Path, *arguments: str, target: Path | None = None) -> Any:
    """Runs dbt in this process over a build database; returns dbt's result object.

    ``target`` is the folder of dbt's artefacts and logs, by default beside the database.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    folder = target or database.parent / "target"
    before = os.environ.get("CREDIT_BUILD_DATABASE")
    os.environ["CREDIT_BUILD_DATABASE"] = str(database)
    try:
        return dbtRunner().invoke(
            [
                *arguments,
                *("--project-dir", str(DBT_PROJECT)),
                *("--profiles-dir", str(DBT_PROJECT)),
                *("--target-path", str(folder)),
                *("--log-path", str(folder / "logs")),
                *("--threads", "1"),
            ]
        )
    finally:
        # dbt keeps a handle that no other configuration can be opened beside.
        DuckDBConnectionManager.close_all_connections()
        if before is None:
            del os.environ["CREDIT_BUILD_DATABASE"]
        else:
            os.environ["CREDIT_BUILD_DATABASE"] = before
