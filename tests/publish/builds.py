"""Build databases for the tests of publication: every published table, a few rows of the lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.home import Home
from orchestration.marts import MartTable, load_mart_tables
from orchestration.publish.digest import quoted
from orchestration.publish.release import (
    Published,
    ReleaseDraft,
    publish,
    write_content,
)
from orchestration.publish.store import ReleaseStore

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def listed(name: str, number: int) -> dict[str, Any]:
    """One row of a list, told by its number."""
    return {
        "record_id": f"administrative_penalty:tax:{number}",
        "subject_id": f"9133{number:014d}",
        "subject_name": name,
    }


def build(
    path: Path,
    rows: Rows,
    as_of: date = date(2020, 3, 1),
    release_id: str = "20200301-1",
    tables: Sequence[MartTable] | None = None,
) -> Path:
    """A build database with the tables, by default every one; ``rows`` by ``schema.table``."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        done = set()
        for table in load_mart_tables() if tables is None else tables:
            if table.relation in done:
                continue
            done.add(table.relation)
            connection.execute(f"create schema if not exists {quoted(table.schema_name)}")
            types = ", ".join(f"{quoted(c.name)} {c.data_type}" for c in table.columns)
            connection.execute(f"create table {table.relation} ({types})")
            given = list(rows.get(f"{table.schema_name}.{table.name}", ()))
            if table.name == "release_info":
                given = [
                    {"as_of_date": as_of, "release_id": release_id, "built_at": datetime.now()}
                ]
            for row in given:
                _insert(connection, table, row)
    return path


def _insert(
    connection: duckdb.DuckDBPyConnection, table: MartTable, row: Mapping[str, Any]
) -> None:
    columns = ", ".join(map(quoted, row))
    marks = ", ".join("?" for _ in row)
    connection.execute(
        f"insert into {table.relation} ({columns}) values ({marks})", list(row.values())
    )


# Enough for most tests; the sixty others only take time.
_FEW = frozenset({"dishonesty", "dishonesty_records", "red_list", "release_info", "conduct_codes"})


def few_tables() -> tuple[MartTable, ...]:
    """Some tables of both products and of every schema."""
    return tuple(table for table in load_mart_tables() if table.name in _FEW)


def release(
    home: Home,
    rows: Rows,
    as_of: date = date(2020, 3, 1),
    tables: Sequence[MartTable] | None = None,
    **draft: Any,
) -> Published:
    """Publish a build with these rows: of every published table, or of few."""
    chosen = few_tables() if tables is None else tables
    home.create()
    store = ReleaseStore(home)
    path = build(home.build_database, rows, as_of, store.next_id(as_of), chosen)
    made = ReleaseDraft(
        **{
            "release_id": store.next_id(as_of),
            "as_of_date": as_of,
            "built_at": datetime(2020, 3, 1, 6),
            "code_version": "1",
            "input_digest": "0",
            "parameters": {},
            **draft,
        }
    )
    return publish_build(store, path, chosen, made)


def publish_build(
    store: ReleaseStore, database: Path, tables: Sequence[MartTable], draft: ReleaseDraft
) -> Published:
    """Publish what a build database holds."""
    with duckdb.connect(str(database), read_only=True) as connection:
        content = write_content(store, connection, tables, draft.release_id, draft.as_of_date)
    return publish(store, content, draft)
