"""The real register and the real donation sheets take the same way as everything else."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.publish.manifest import Manifest
from tests.whole.conftest import differences, run_here

AS_OF = date(2020, 2, 14)
# The numbers of rows that were seen in the files; two codes of 51,150 are wrong.
REGISTRATIONS = {"1998": 7102, "2005": 9922, "2009": 13700, "2012": 9336, "2015": 11090}


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Manifest]:
    folder = tmp_path_factory.mktemp("real")
    landing = folder / "landing"
    register = landing / "2020-02-03" / "market_regulation"
    register.mkdir(parents=True)
    for path in sorted((shared / "data" / "register").glob("*.csv")):
        name = path.stem.removeprefix("zhejiang-")
        shutil.copyfile(path, register / f"enterprise_register__{name}.csv")
    sheets = landing / "2020-02-10" / "civil_affairs"
    sheets.mkdir(parents=True)
    for path in sorted((shared / "data" / "donations").glob("*.xls")):
        shutil.copyfile(path, sheets / f"charity_donation__{path.name}")
    return landing, folder / "home", run_here(landing, folder / "home", AS_OF, with_pages=True)


def read(home: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(
        str(home / "published/current/gov/credit.duckdb"), read_only=True
    ) as connection:
        return connection.execute(query).fetchall()


def test_every_cell_equals_the_independent_computation(real: tuple[Path, Path, Manifest]) -> None:
    landing, home, _ = real
    assert differences(landing, AS_OF, home / "published" / "current") == []


def test_all_valid_codes_pass_and_the_wrong_ones_are_named(
    real: tuple[Path, Path, Manifest],
) -> None:
    _, home, _ = real
    files = read(
        home,
        "select source_file, rows_delivered, rows_quarantined from marts.ingested_files"
        " where item_code = 'enterprise_register' order by 1",
    )
    assert [row[1] for row in files] == list(REGISTRATIONS.values())
    assert read(home, "select source_file, codes from marts.quarantined_rows order by 1") == [
        (f"2020-02-03/market_regulation/enterprise_register__{year}.csv", "Q04")
        for year in ("2005", "2009")
    ]


def test_natural_person_donors_are_counted_and_not_kept(
    real: tuple[Path, Path, Manifest],
) -> None:
    _, home, _ = real
    dropped = read(
        home,
        "select sum(rows_dropped) from marts.ingested_files where item_code = 'charity_donation'",
    )
    assert dropped == [(2 + 52 + 202 + 57,)]
