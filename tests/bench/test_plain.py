"""The baseline is a fair one: it must build the same marts from as many rows."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from orchestration.catalogue import load_catalogue
from tests.bench.plain import _delivered, read_item, read_one
from tests.bench.process import measure


@pytest.mark.parametrize("item", load_catalogue().items.values(), ids=lambda item: item.item_code)
def test_the_plain_reader_gives_every_raw_column(item, tmp_path: Path) -> None:
    import duckdb

    folder = tmp_path / "2020-02-03" / "tax"
    folder.mkdir(parents=True)
    names = [name for name, _ in _delivered(item)]
    (folder / f"{item.item_code}__0.csv").write_text(
        ",".join(names) + "\n" + "," * (len(names) - 1)
    )
    with duckdb.connect() as connection:
        found = connection.execute(f"describe {read_item(item, tmp_path)}").fetchall()
        rows = connection.execute(read_item(item, tmp_path)).fetchall()
    assert [(name, kind) for name, kind, *_ in found] == [
        (column.name, column.sql_type) for column in item.raw_columns
    ]
    assert [row[1] for row in rows] == ["tax"]


def test_one_utf8_file_becomes_typed_parquet(tmp_path: Path) -> None:
    item = load_catalogue().items["enterprise_scale"]
    source = tmp_path / "utf8.csv"
    headers = ",".join(item.headers)
    source.write_text(f"{headers}\n91330604MA06REP07E,2019,小型,1,新增\n", encoding="utf-8")
    assert read_one(item, source, tmp_path / "one.parquet") == 1


def test_a_measured_process_counts_its_children_and_their_memory(tmp_path: Path) -> None:
    child = "b = bytearray(90_000_000); sum(range(6_000_000)); import time; time.sleep(.4)"
    code = (
        "import subprocess, sys; block = bytearray(60_000_000);"
        f" subprocess.run([sys.executable, '-c', {child!r}])"
    )
    done = measure([sys.executable, "-c", code], environment={}, cwd=tmp_path, seconds=60)
    assert done.peak_bytes > 150_000_000
    assert done.cpu > 0.05


def test_what_takes_too_long_or_fails_is_said_and_ends(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="took more than"):
        measure(["sleep", "30"], environment={}, cwd=tmp_path, seconds=0.2)
    with pytest.raises(SystemExit, match="ended with 1"):
        measure(["false"], environment={}, cwd=tmp_path, seconds=30)


def test_the_assembled_stack_finds_what_is_wrong_with_a_table() -> None:
    import pandas as pd

    from orchestration.marts import load_mart_tables
    from tests.bench.assembled import problems

    units = next(table for table in load_mart_tables() if table.label == "gov.units")
    rows = pd.DataFrame([dict.fromkeys(units.column_names, "x")])
    assert problems(units, rows) == []
    doubled = pd.concat([rows, rows]).drop(columns=units.value_columns[0])
    assert sorted(problems(units, doubled)) == [
        "expect_column_to_exist",
        "expect_column_values_to_be_unique",
    ]
