"""The content digest: what it is of, computed a second time in plain Python."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from orchestration.publish.digest import table_digest

COLUMNS = ("name", "amount", "since", "is_open")
ROWS: list[tuple[Any, ...]] = [
    ("甲公司", Decimal("10.50"), date(2020, 2, 1), True),
    ("", None, None, False),
    (None, Decimal("-0.01"), date(9999, 12, 31), None),
    ("~", None, None, None),
    (None, None, None, None),
    ("1:2|3", Decimal("0.00"), date(1900, 1, 2), True),
    ("1:2|3", Decimal("0.00"), date(1900, 1, 2), True),
]


def canonical(value: Any) -> str:
    if value is None:
        return "~"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"{len(text)}:{text}"


def by_hand(rows: list[tuple[Any, ...]]) -> str:
    lower = upper = 0
    for row in rows:
        digest = hashlib.md5("|".join(map(canonical, row)).encode()).digest()  # noqa: S324
        # DuckDB's names: the lower half of the number is that of the last eight bytes.
        lower += int.from_bytes(digest[8:], "little")
        upper += int.from_bytes(digest[:8], "little")
    text = f"{','.join(COLUMNS)}\n{len(rows)}\n{lower}\n{upper}"
    return hashlib.sha256(text.encode()).hexdigest()


def in_duckdb(rows: list[tuple[Any, ...]]) -> tuple[int, str]:
    with duckdb.connect() as connection:
        connection.execute(
            "create table t (name varchar, amount decimal(18, 2), since date, is_open boolean)"
        )
        if rows:
            connection.executemany("insert into t values (?, ?, ?, ?)", rows)
        return table_digest(connection, "t", COLUMNS)


@pytest.mark.parametrize("count", [0, 1, len(ROWS)])
def test_the_digest_is_the_sum_of_the_halves_of_the_rows_hashes(count: int) -> None:
    assert in_duckdb(ROWS[:count]) == (count, by_hand(ROWS[:count]))


def test_the_order_of_rows_is_nothing_to_it_and_a_row_twice_is() -> None:
    assert in_duckdb(ROWS[::-1]) == in_duckdb(ROWS)
    assert in_duckdb([*ROWS, ROWS[0]]) != in_duckdb(ROWS)
