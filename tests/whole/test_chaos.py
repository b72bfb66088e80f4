"""On deliveries that nobody thought of, product and independent computation agree cell by cell."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.oracle.chaos import Chaos
from tests.whole.conftest import differences, run_here


def agree(folder: Path, seed: int, as_of: date, faults: float, rows: int) -> None:
    landing = folder / "landing"
    Chaos(seed, as_of, subjects=50, faults=faults).write(landing, rows_per_file=rows)
    manifest = run_here(landing, folder / "home", as_of)
    release = folder / "home" / "published" / "releases" / manifest.release_id
    assert differences(landing, as_of, release) == []


def test_random_deliveries_give_the_same_marts_twice(tmp_path: Path) -> None:
    agree(tmp_path, seed=20, as_of=date(2020, 12, 31), faults=0.01, rows=25)


@pytest.mark.fuzz
@pytest.mark.parametrize("as_of", [date(2020, 3, 31), date(2021, 2, 28), date(2025, 1, 25)])
@pytest.mark.parametrize("seed", range(8))
def test_many_random_deliveries_give_the_same_marts_twice(
    tmp_path: Path, seed: int, as_of: date
) -> None:
    agree(tmp_path, seed, as_of, faults=(0.0, 0.003, 0.05)[seed % 3], rows=(20, 80)[seed % 2])
