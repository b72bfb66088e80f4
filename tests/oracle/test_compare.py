"""The comparison must find each kind of difference and nothing in an equal release."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from .builders import Landing, registered
from .compare import CODEBOOKS, compare, expected_type
from .items import REPOSITORY
from .results import Table


@pytest.fixture(scope="module")
def expected() -> dict[str, Table]:
    landing: Landing = registered()
    landing.add("administrative_penalty")
    landing.add("commendation")
    landing.add("direct_donation")
    return landing.tables("2020-06-01")


def _write(directory: Path, expected: dict[str, Table]) -> tuple[Path, Path]:
    """A release that says exactly what is expected."""
    paths = {}
    for schema in ("marts", "open"):
        paths[schema] = directory / schema / "credit.duckdb"
        paths[schema].parent.mkdir()
        with duckdb.connect(str(paths[schema])) as connection:
            connection.execute(f"create schema {schema}")
            connection.execute("create schema codebooks")
            for name in CODEBOOKS:
                path = REPOSITORY / "dbt_project" / "seeds" / f"{name}.csv"
                connection.execute(f"create table codebooks.{name} as from read_csv('{path}')")
            for name, made in expected.items():
                if name.startswith(schema):
                    columns = [f'"{c}" {expected_type(c)}' for c in made.columns]
                    if name.endswith("release_info"):
                        columns += [
                            "release_id varchar", "built_at timestamp", "code_version varchar",
                            "input_digest varchar",
                        ]  # fmt: skip
                    connection.execute(f"create table {name} ({', '.join(columns)})")
                    names = ", ".join(f'"{c}"' for c in made.columns)
                    marks = ", ".join("?" * len(made.columns))
                    for row in made.rows:
                        connection.execute(f"insert into {name} ({names}) values ({marks})", row)
    return paths["marts"], paths["open"]


def test_an_equal_release_differs_in_nothing(tmp_path: Path, expected: dict[str, Table]) -> None:
    assert compare(expected, *_write(tmp_path, expected)) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("drop table marts.red_list", "marts.red_list: missing"),
        ("create table marts.more (a int)", "marts.more: a table that marts.md does not name"),
        ("alter table marts.subjects drop scale", "marts.subjects: column scale is missing"),
        (
            "alter table marts.subjects add note varchar",
            "marts.subjects: column note is not in marts.md",
        ),
        (
            "alter table marts.red_list alter commendation_count type integer",
            "marts.red_list: column commendation_count is INTEGER, not BIGINT",
        ),
        ("delete from marts.subjects", "marts.subjects: 1 rows missing: (91330100AAAAAAAAA1)"),
        (
            "insert into marts.red_list (subject_id) values ('x')",
            "marts.red_list: 1 rows too many: (x)",
        ),
        (
            "insert into marts.subjects from marts.subjects",
            "marts.subjects: 1 keys more than once: (91330100AAAAAAAAA1)",
        ),
        (
            "update marts.subjects set scale = '大型'",
            "marts.subjects: (91330100AAAAAAAAA1) scale: expected None, found '大型'",
        ),
        (
            "update marts.dishonesty_records set fine_yuan = fine_yuan + 0.01",
            "marts.dishonesty_records: 1 cells differ in fine_yuan",
        ),
        (
            "delete from codebooks.units where unit_code = 'tax'",
            "codebooks.units beside marts: 54 rows that differ from 55",
        ),
    ],
)
def test_each_difference_is_named(
    tmp_path: Path, expected: dict[str, Table], statement: str, found: str
) -> None:
    gov, public = _write(tmp_path, expected)
    with duckdb.connect(str(gov)) as connection:
        connection.execute(statement)
    assert found in compare(expected, gov, public)


def test_the_order_of_columns_and_rows_does_not_matter(
    tmp_path: Path, expected: dict[str, Table]
) -> None:
    gov, public = _write(tmp_path, expected)
    with duckdb.connect(str(gov)) as connection:
        connection.execute(
            "create or replace table marts.record_disposition as select disposition,"
            " * exclude (disposition) from marts.record_disposition order by source_row desc"
        )
    assert compare(expected, gov, public) == []


def test_the_command_line_judges_a_release(tmp_path: Path) -> None:
    landing, release = tmp_path / "landing", tmp_path / "release"
    landing.mkdir()
    command = [
        sys.executable,
        "-m",
        "tests.oracle",
        str(landing),
        "2020-06-01",
        "key",
        str(release),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=False)
    assert ended.returncode == 1
    assert "marts: no database at" in ended.stdout
    assert "36 tables" in ended.stderr
