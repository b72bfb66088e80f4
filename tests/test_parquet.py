"""A file is read by its name, whatever its folders are called."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.parquet import read_parquet


@pytest.mark.parametrize("name", ["[ab]", "*", "?", "a]b", "it's", "x=1", "{a,b}", "仓 库#%41"])
def test_just_the_named_file_is_read(tmp_path: Path, name: str) -> None:
    for number, folder in enumerate((name, "a", "b", "it")):
        (tmp_path / folder).mkdir(exist_ok=True)
        with duckdb.connect() as connection:
            rows = connection.sql(f"select {number} as n")
            rows.write_parquet(str(tmp_path / folder / "t.parquet"))
    source = read_parquet(tmp_path / name / "t.parquet", options="filename = true")
    with duckdb.connect() as connection:
        found = connection.execute(f"from {source}")
        assert [column[0] for column in found.description or ()] == ["n", "filename"]
        assert found.fetchall() == [(0, str(tmp_path / name / "t.parquet"))]
