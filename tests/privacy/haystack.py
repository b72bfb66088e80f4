"""Every byte below a folder, as written and with whatever packs it taken off."""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import duckdb

_BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")


def spellings(text: str) -> list[bytes]:
    """The ways in which a text may stand in a file."""
    points = [ord(character) for character in text]
    written = [
        text.encode(),
        text.encode("gb18030"),
        text.encode("utf-16-le"),
        text.encode("utf-16-be"),
        quote(text).encode(),
    ]
    if not text.isascii():
        for form in ("\\u{:04x}", "\\u{:04X}", "&#{};", "&#x{:x};", "&#x{:X};"):
            written.append("".join(map(form.format, points)).encode())
        written.append(json.dumps(json.dumps(text)).strip('"\\').encode())
    return list(dict.fromkeys(written))


def layers(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Each file as it is, its name, and what is inside: rows, members, what was compressed."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        yield f"the name {name}", name.encode("utf-8", "surrogateescape")
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        for depth, layer in enumerate(_unpacked(content)):
            yield (name if depth == 0 else f"{name}, unpacked {depth}"), layer
        if content[:4] == b"PAR1":
            yield f"rows of {name}", _parquet(path)
        elif content[8:12] == b"DUCK":
            yield from ((f"{table} of {name}", rows) for table, rows in _duckdb(path))
        elif content.startswith(b"SQLite format 3"):
            for place, cell in _sqlite(path):
                for layer in _unpacked(cell):
                    yield f"{place} of {name}", layer


def _unpacked(content: bytes, depth: int = 0) -> Iterator[bytes]:
    yield content
    if depth == 4:
        return
    inner: list[bytes] = []
    if content.startswith(b"\x1f\x8b"):
        inner.append(gzip.decompress(content))
    elif content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inner += [archive.read(member) for member in archive.namelist()]
    elif content[:1] == b"x":
        with contextlib.suppress(zlib.error):
            inner.append(zlib.decompress(content))
    elif content.startswith(b"\x28\xb5\x2f\xfd"):
        raise AssertionError("a zstd file: teach the search to read it")
    for found in _BASE64.findall(content) if len(content) < 1_000_000 else ():
        try:
            inner.append(base64.b64decode(found, validate=True))
        except ValueError:
            continue
    for layer in inner:
        yield from _unpacked(layer, depth + 1)


def _text(connection: duckdb.DuckDBPyConnection, source: str) -> bytes:
    cursor = connection.execute(f"select to_json(r) from {source} as r")
    return "\n".join(str(row[0]) for row in cursor.fetchall()).encode("utf-8", "surrogatepass")


def _parquet(path: Path) -> bytes:
    import pyarrow.parquet

    with duckdb.connect() as connection:
        connection.register("found", pyarrow.parquet.read_table(path.open("rb")))
        return _text(connection, "found")


def _duckdb(path: Path) -> Iterator[tuple[str, bytes]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where database_name = current_database()"
        ).fetchall()
        for schema, table in tables:
            yield f"{schema}.{table}", _text(connection, f'"{schema}"."{table}"')
        told = connection.execute(
            "select list((view_name, sql)) from duckdb_views() where not internal"
        ).fetchall()
        yield "views", str(told).encode()


def _sqlite(path: Path) -> Iterator[tuple[str, bytes]]:
    source = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
    try:
        found = source.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in found:
            for row in source.execute(f'select * from "{table}"'):
                for cell in row:
                    if isinstance(cell, str | bytes):
                        yield table, cell.encode() if isinstance(cell, str) else cell
    finally:
        source.close()
