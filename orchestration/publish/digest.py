"""The content digest of a table: equal rows, equal digest, whatever wrote them.

Every row becomes one canonical text - per column in declared order its length and its text, ``~``
for null - and the table's digest is a SHA-256 over the row count and two sums of the rows' MD5
halves. A sum does not depend on order and costs one pass without sorting; it guards against
accidents and differences, while the files' SHA-256 guard against tampering.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LOWER_HALF = 2**64 - 1


def quoted(name: str) -> str:
    """An identifier in SQL; names come from dbt's YAML, never from a delivery."""
    return '"' + name.replace('"', '""') + '"'


def canonical_row(columns: Sequence[str]) -> str:
    """The SQL expression of a row's canonical text.

    One n-ary concat, which takes null as empty: a chain of ``||`` makes a text at every link.
    """
    parts = [
        f"coalesce(cast(length({text}) as varchar) || ':', '~'), {text}"
        for text in (f"cast({quoted(column)} as varchar)" for column in columns)
    ]
    return "concat(" + ", '|', ".join(parts) + ")"


def table_digest(
    connection: DuckDBPyConnection, relation: str, columns: Sequence[str]
) -> tuple[int, str]:
    """Rows and content digest of ``relation`` over ``columns``."""
    # Both halves of one number: md5_number_lower and _upper would each hash the row again.
    rows, lower, upper = connection.execute(
        "select count(*), coalesce(sum(cast(row_hash >> 64 as ubigint)), 0),"
        f" coalesce(sum(cast(row_hash & {_LOWER_HALF} as ubigint)), 0)"
        f" from (select md5_number({canonical_row(columns)}) as row_hash from {relation})"
    ).fetchall()[0]
    text = f"{','.join(columns)}\n{rows}\n{lower}\n{upper}"
    return int(rows), hashlib.sha256(text.encode()).hexdigest()
