"""The raw zone: the typed rows that were ingested, immutable, one Parquet per file and fate.

    <home>/raw/
        ledger.jsonl            what was read of which delivered file (ledger.py)
        person_key.json         fingerprint of the person key of this home
        unfinished              only while it is written (strays.py)
        shares/<i>-of-<n>/      what workers on other hosts read (shares.py)
        items/<item>/<unit>/<delivery date>/<stem>-<16 hex>.loaded.parquet
        items/<item>/<unit>/<delivery date>/<stem>-<16 hex>.quarantined.parquet

``loaded`` has exactly the item's raw columns; ``quarantined`` has source_file, source_row, codes
(sorted, joined with ``;``) and faults (code, field, value), values only of fields that hold no
personal data. The sixteen digits are over the delivered path, its bytes and the contract, so a
file never changes and two never share a name. Delivered bytes are not kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.catalogue.model import Column, Item, Sensitivity
from orchestration.errors import Failure, WrongArguments
from orchestration.ingest.persons import person_key_fingerprint

if TYPE_CHECKING:
    import duckdb

# Level 1 is faster than 3 on these rows, and no larger.
PARQUET = "format parquet, compression zstd, compression_level 1"
_STEM_CHARACTERS = 40
_NEVER_WRITTEN = frozenset({Sensitivity.IDENTITY_NUMBER, Sensitivity.NEVER_STORED})

QUARANTINED_COLUMNS = (
    ("source_file", "VARCHAR"),
    ("source_row", "BIGINT"),
    ("codes", "VARCHAR"),
    ("faults", 'STRUCT(code VARCHAR, field VARCHAR, "value" VARCHAR)[]'),
)


class UndeclaredColumn(Failure):
    """A column was to be written that the catalogue does not declare, or that is never stored."""


def raw_folder(home: Path) -> Path:
    """The raw zone of a home."""
    return home / "raw"


def raw_stem(
    item_code: str,
    unit_code: str,
    delivery_date: str,
    source_file: str,
    sha256: str,
    contract_version: str,
) -> str:
    """Path of a file's Parquet below the raw zone, without fate and extension.

    Of the delivered name only harmless ASCII is kept; the digits make it unique.
    """
    identity = "\0".join((source_file, sha256, contract_version))
    digits = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    name = source_file.rsplit("/", 1)[-1].split(".", 1)[0]
    stem = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:_STEM_CHARACTERS]
    return f"items/{item_code}/{unit_code}/{delivery_date}/{stem}-{digits}"


def declared_columns(item: Item) -> tuple[tuple[str, str], ...]:
    """Names and types of the columns that may be written of an item.

    Raises:
        UndeclaredColumn: one of them is of a sensitivity that is never stored.
    """
    for column in item.raw_columns:
        _refuse_never_written(item.item_code, column)
    return tuple((column.name, column.sql_type) for column in item.raw_columns)


def _refuse_never_written(item_code: str, column: Column) -> None:
    if column.sensitivity in _NEVER_WRITTEN:
        raise UndeclaredColumn(
            f"{item_code}.{column.name} is declared {column.sensitivity.value}: it is never written"
        )


def write_parquet(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    columns: Sequence[tuple[str, str]],
    path: Path,
) -> int:
    """Write the rows of a statement as Parquet and return how many; the file appears whole or not.

    Raises:
        UndeclaredColumn: the statement gives other columns than those declared.
    """
    _refuse_undeclared(connection, sql, columns, path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two workers that read the same file, whoever let them, write the same: the last one stays.
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")
    (count,) = connection.execute(
        f"copy ({sql}) to $path ({PARQUET})", {"path": str(partial)}
    ).fetchone() or (0,)
    sync(partial)
    partial.replace(path)
    return int(count)


def write_split(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    columns: Sequence[tuple[str, str]],
    paths: Mapping[int, Path],
    staging: Path,
) -> dict[int, int]:
    """Write the rows of each file_number to its own Parquet; how many rows each has.

    One statement writes them all into ``staging``, from where they are moved one by one: a
    statement for each costs four times as much.

    Raises:
        UndeclaredColumn: the statement gives other columns than file_number and those declared.
    """
    import pyarrow.parquet

    expected = [("file_number", "BIGINT"), *columns]
    _refuse_undeclared(connection, sql, expected, "the rows of several files")
    if staging.exists():
        shutil.rmtree(staging)
    staging.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"copy ({sql}) to $path ({PARQUET}, partition_by (file_number))",
        {"path": str(staging)},
    )
    listed = ", ".join(name for name, _ in columns)
    counts = {}
    for number, path in paths.items():
        written = list((staging / f"file_number={number}").glob("*.parquet"))
        if len(written) == 1:
            path.parent.mkdir(parents=True, exist_ok=True)
            counts[number] = pyarrow.parquet.read_metadata(written[0]).num_rows
            sync(written[0])
            written[0].replace(path)
        else:
            one = f"select {listed} from ({sql}) where file_number = {number}"
            counts[number] = write_parquet(connection, one, columns, path)
    shutil.rmtree(staging)
    return counts


def _refuse_undeclared(
    connection: duckdb.DuckDBPyConnection, sql: str, columns: Sequence[tuple[str, str]], what: str
) -> None:
    described = connection.execute(f"describe {sql}").fetchall()
    found = [(str(name), str(sql_type)) for name, sql_type, *_ in described]
    if found != list(columns):
        odd = sorted({name for name, _ in set(found) ^ set(columns)})
        raise UndeclaredColumn(
            f"refused to write {what}: column(s) {', '.join(odd) or 'in another order'} "
            "are not as the catalogue declares them"
        )


def sync(path: Path) -> None:
    """Force a file or folder onto the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write a small file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8", newline="")
    sync(partial)
    partial.replace(path)
    sync(path.parent)


def _key_path(home: Path) -> Path:
    return raw_folder(home) / "person_key.json"


def held_fingerprint(home: Path) -> str | None:
    """The fingerprint of the home's person key; None before its first ingest."""
    path = _key_path(home)
    if not path.exists():
        return None
    return str(json.loads(path.read_text(encoding="utf-8"))["fingerprint"])


def hold_person_key(home: Path, person_key: str) -> str:
    """The fingerprint of the person key; kept by the home on first use, whoever is first.

    Raises:
        WrongArguments: the home was made with another key, so its person keys would not match.
    """
    fingerprint = person_key_fingerprint(person_key)
    path = _key_path(home)
    if not path.exists():
        first = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")
        write_text(first, json.dumps({"fingerprint": fingerprint}) + "\n")
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(first)
        first.unlink()
        sync(path.parent)
    refuse_other_key(home, person_key)
    return fingerprint


def refuse_other_key(home: Path, person_key: str) -> None:
    """Stop where the home holds the fingerprint of another person key.

    Raises:
        WrongArguments: it does.
    """
    if held_fingerprint(home) not in {None, person_key_fingerprint(person_key)}:
        raise WrongArguments(
            f"The home {home} was made with another CREDIT_PERSON_KEY; "
            "set the key it was made with, or use another home."
        )
