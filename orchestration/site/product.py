"""The open product as the site reads it: its Parquet, and what the release changed in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.engine import engine_config
from orchestration.marts import MartTable, load_mart_tables
from orchestration.parquet import read_parquet
from orchestration.publish.digest import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def open_tables() -> tuple[MartTable, ...]:
    """The tables of the open product, codebooks last."""
    found = [table for table in load_mart_tables() if table.product == "open"]
    return tuple(sorted(found, key=lambda table: (table.schema_name == "codebooks", table.name)))


def connect(
    open_folder: Path, scratch: Path, memory_limit: str, threads: int | None = None
) -> DuckDBPyConnection:
    """A connection in which every open table is a view over its Parquet; spills into ``scratch``.

    It can read nothing else by a name from a file: identifiers come from the dbt declarations.
    """
    import duckdb

    connection = duckdb.connect(config=engine_config(memory_limit, scratch, threads))
    for table in open_tables():
        path = open_folder / "parquet" / f"{table.name}.parquet"
        connection.execute(
            f"create temp view {quoted(table.name)} as select * from {read_parquet(path)}"
        )
    return connection


def rows_of(connection: DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a small query by column name."""
    result = connection.execute(query)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
