"""How DuckDB is opened: bounded, closed to the network, the same wherever a file is shared."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.engine import engine_config, kept_memory, memory_bytes, part_of_memory


@pytest.mark.parametrize(
    ("limit", "third"), [("3GB", "1.000GB"), ("512 MiB", "170.667MiB"), ("-1", "-1")]
)
def test_memory_is_shared_in_equal_parts(limit: str, third: str) -> None:
    assert part_of_memory(limit, 3) == third


@pytest.mark.parametrize(
    ("limit", "counted"), [("3GB", 3e9), ("1.5 gb", 1.5e9), ("2KiB", 2048.0), ("-1", 0.0)]
)
def test_memory_limit_is_counted_in_bytes(limit: str, counted: float) -> None:
    assert memory_bytes(limit) == counted


@pytest.mark.parametrize("limit", ["3GB", "400MB", "1 GiB", "-1"])
def test_engine_keeps_a_third_of_its_memory(limit: str, tmp_path: Path) -> None:
    third = memory_bytes(kept_memory(limit))
    assert third == pytest.approx(memory_bytes(limit) / 3, rel=0.01)
    with duckdb.connect(config=engine_config(limit, tmp_path, 1)) as connection:
        ((kept, expected),) = connection.execute(
            "select current_setting('block_allocator_memory'), format_bytes(cast($1 as bigint))",
            [int(third)],
        ).fetchall()
    assert kept == expected
