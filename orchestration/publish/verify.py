"""Verification: a release is what its manifest says, byte for byte and row for row."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.marts import MartTable, load_mart_tables
from orchestration.parquet import read_parquet
from orchestration.publish.digest import quoted, table_digest
from orchestration.publish.files import sha256_of
from orchestration.publish.manifest import Manifest, read_manifest

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def verify_release(folder: Path, manifest: Manifest | None = None) -> list[str]:
    """Check files and databases of a release; every problem as a line, none if it is sound.

    Opens both DuckDB files and counts every table; hashes every file unless ``manifest`` was made
    from them a moment ago and is handed in.
    """
    problems: list[str] = []
    is_fresh = manifest is not None
    try:
        manifest = manifest or read_manifest(folder)
    except (OSError, ValueError) as error:
        return [f"manifest.json cannot be read: {error}"]
    for entry in manifest.files:
        path = folder / entry.path
        if not path.is_file():
            problems.append(f"{entry.path} is missing")
        elif path.stat().st_size != entry.bytes:
            problems.append(
                f"{entry.path} has {path.stat().st_size} bytes, the manifest says {entry.bytes}"
            )
        elif not is_fresh and sha256_of(path) != entry.sha256:
            problems.append(f"{entry.path} has another SHA-256 than the manifest says")
    problems += _strays(folder, manifest)
    if not problems:
        problems += _verify_databases(folder, manifest, with_digests=not is_fresh)
    return problems


def _strays(folder: Path, manifest: Manifest) -> list[str]:
    known = {entry.path for entry in manifest.files} | {"manifest.json", "manifest.json.sig"}
    found = {
        Path(root, name).relative_to(folder).as_posix()
        for root, _, names in os.walk(folder)
        for name in names
    }
    return [f"{name} is not in the manifest" for name in sorted(found - known)]


def _verify_databases(folder: Path, manifest: Manifest, *, with_digests: bool) -> list[str]:
    import duckdb

    declared = {table.label: table for table in load_mart_tables()}
    problems = []
    for product in ("gov", "open"):
        path = folder / product / "credit.duckdb"
        try:
            with duckdb.connect(str(path), read_only=True) as connection:
                for entry in manifest.tables:
                    if entry.product == product:
                        problems += _verify_table(
                            connection, entry.name, entry.rows, product, folder / entry.path
                        )
                        table = declared.get(entry.label)
                        if with_digests and table is not None:
                            problems += _verify_digest(connection, table, entry.content_digest)
        except duckdb.Error as error:
            problems.append(f"{product}/credit.duckdb cannot be read: {error}")
    return problems


def _verify_table(
    connection: DuckDBPyConnection, name: str, rows: int, product: str, parquet: Path
) -> list[str]:
    places = connection.execute(
        "select table_schema from information_schema.tables where table_name = ?"
        " and table_schema in ('marts', 'open', 'codebooks')",
        [name],
    ).fetchall()
    if len(places) != 1:
        return [f"{product}.{name} is in {len(places)} schemas of the database, expected 1"]
    relation = f"{quoted(places[0][0])}.{quoted(name)}"
    problems = []
    for where, source in (("database", relation), ("Parquet", read_parquet(parquet))):
        found = connection.execute(f"select count(*) from {source}").fetchall()[0][0]
        if found != rows:
            problems.append(f"{product}.{name}: {found} rows in the {where}, expected {rows}")
    return problems


def _verify_digest(connection: DuckDBPyConnection, table: MartTable, expected: str) -> list[str]:
    # The columns are those of the release itself: later code may declare others.
    left_out = set(table.column_names) - set(table.digested_columns)
    described = connection.execute(f"describe {table.relation}").fetchall()
    columns = [name for name, *_ in described if name not in left_out]
    _, digest = table_digest(connection, table.relation, columns)
    if digest != expected:
        return [f"{table.label} has another content digest in the database than the manifest says"]
    return []
