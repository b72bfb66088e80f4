"""The two products of a release: canonical Parquet, a DuckDB file each, CSV for the open one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.engine import NOTHING_FETCHED
from orchestration.errors import Failure
from orchestration.marts import MartTable
from orchestration.parquet import pattern, read_parquet
from orchestration.publish.digest import quoted, table_digest
from orchestration.publish.files import sha256_of
from orchestration.publish.manifest import Manifest, TableEntry

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Level 1 takes half the time of the default and a few bytes in a hundred more.
PARQUET = "format parquet, compression zstd, compression_level 1"

# A cell that begins with one of these would be a formula to a spreadsheet program.
_FORMULA_STARTS = "=+-@\t\r＝＋－＠"


def literal(text: str | Path) -> str:
    """A text as an SQL expression that is that text, whatever is in it."""
    return "'" + str(text).replace("'", "''").replace("\0", "' || chr(0) || '") + "'"


def literals(texts: Iterable[str]) -> str:
    """Texts as the right side of ``in``; there must be one at least."""
    return f"({', '.join(map(literal, texts))})"


def parquet_path(table: MartTable) -> str:
    """Where a table's Parquet lies in a release."""
    return f"{table.product}/parquet/{table.name}.parquet"


def sound_parquet(folder: Path, entry: TableEntry) -> Path:
    """The Parquet of a table of an earlier release, whose bytes are as its manifest says.

    Raises:
        Failure: it is damaged or gone.
    """
    path = folder / entry.path
    if not path.is_file() or sha256_of(path) != entry.sha256:
        raise Failure(
            f"{path} is damaged: its bytes are not those of the release's manifest; restore it"
            " from a copy, or roll back to an earlier release"
        )
    return path


def write_table(
    connection: DuckDBPyConnection,
    table: MartTable,
    staging: Path,
    previous: tuple[Path, Manifest] | None,
) -> TableEntry:
    """Write one table's canonical Parquet and return its manifest entry.

    Rows are sorted by the key, so that the same content is laid out the same way. A table whose
    content equals the previous release's is hard-linked: it is the same file, and takes no place.
    """
    rows, digest = table_digest(connection, table.relation, table.digested_columns)
    path = staging / parquet_path(table)
    path.parent.mkdir(parents=True, exist_ok=True)
    old = previous[1].table(table.label) if previous else None
    if previous and old and old.content_digest == digest and table.name != "release_info":
        source = sound_parquet(previous[0], old)  # a link would pass damage on
        try:
            os.link(source, path)
        except OSError:
            pass  # another file system, or too many links: it is written anew below
        else:
            return old.model_copy(update={"path": parquet_path(table), "rows": rows})
    columns = ", ".join(map(quoted, table.column_names))
    order = ", ".join(f"{quoted(name)} nulls first" for name in table.key)
    connection.execute(
        f"copy (select {columns} from {table.relation} order by {order})"
        f" to {literal(path)} ({PARQUET})"
    )
    return TableEntry(
        product=table.product,
        name=table.name,
        rows=rows,
        content_digest=digest,
        path=parquet_path(table),
        bytes=path.stat().st_size,
        sha256=sha256_of(path),
    )


def write_database(tables: Iterable[MartTable], staging: Path, product: str) -> None:
    """Write ``<product>/credit.duckdb`` from the canonical Parquet, with every comment."""
    import duckdb

    path = staging / product / "credit.duckdb"
    with duckdb.connect(str(path), config=NOTHING_FETCHED) as connection:
        connection.begin()  # one commit, not one for every comment
        for table in tables:
            connection.execute(f"create schema if not exists {quoted(table.schema_name)}")
            parquet = staging / parquet_path(table)
            connection.execute(
                f"create table {table.relation} ({_declared(connection, table, parquet)})"
            )
            connection.execute(
                f"insert into {table.relation} select * from {read_parquet(parquet)}"
            )
            _comment(connection, table)
        connection.commit()
        connection.execute("checkpoint")  # closing would do it too, and keep silent if it cannot


def _declared(connection: DuckDBPyConnection, table: MartTable, parquet: Path) -> str:
    """The columns of a table, texts with their compression.

    Parquet has found already which texts repeat; to let the engine try every way again costs a
    fifth of writing a database.
    """
    is_repeating = dict(
        connection.execute(
            "select path_in_schema, bool_and(contains(encodings, 'DICTIONARY'))"
            f" from parquet_metadata({literal(pattern(parquet))}) group by all"
        ).fetchall()
    )
    columns = []
    for column in table.columns:
        declared = f"{quoted(column.name)} {column.data_type}"
        if column.name in is_repeating and column.data_type.upper() == "VARCHAR":
            method = "dictionary" if is_repeating[column.name] else "fsst"
            declared += f" using compression {method}"
        columns.append(declared)
    return ", ".join(columns)


def _comment(connection: DuckDBPyConnection, table: MartTable) -> None:
    connection.execute(f"comment on table {table.relation} is {literal(table.description)}")
    for column in table.columns:
        connection.execute(
            f"comment on column {table.relation}.{quoted(column.name)}"
            f" is {literal(column.description)}"
        )


def write_csv(connection: DuckDBPyConnection, table: MartTable, staging: Path) -> None:
    """Write ``open/csv/<table>.csv``: UTF-8 with a BOM, and no text cell that is a formula."""
    path = staging / table.product / "csv" / f"{table.name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(table.column_names)
    # The BOM rides on the first header: spreadsheet programs then read the file as UTF-8.
    headers = [quoted("\ufeff" + names[0]), *map(quoted, names[1:])]
    cells = ", ".join(
        f"{_safe_cell(column.name, column.data_type)} as {header}"
        for column, header in zip(table.columns, headers, strict=True)
    )
    order = ", ".join(f"{quoted(name)} nulls first" for name in table.key)
    connection.execute(
        f"copy (select {cells} from {read_parquet(staging / parquet_path(table))}"
        f" order by {order}) to {literal(path)} (format csv, header)"
    )


def _safe_cell(name: str, data_type: str) -> str:
    column = quoted(name)
    if data_type.upper() != "VARCHAR":
        return column
    return (
        f"case when {column} <> '' and contains({literal(_FORMULA_STARTS)}, left({column}, 1))"
        f" then '''' || {column} else {column} end"
    )
