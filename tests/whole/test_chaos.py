"""On deliveries that nobody thought of, product and independent computation agree cell by cell."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.oracle.chaos import Chaos
from tests.whole.conftest import differences, run_here

AS_OF = date(2020, 12, 31)


def publish(
    folder: Path,
    seed: int,
    as_of: date,
    faults: float,
    rows: int,
    subjects: int = 50,
    aimed: float = 0.0,
) -> tuple[Path, Path]:
    """Landing zone and release of random deliveries."""
    landing = folder / "landing"
    chaos = Chaos(seed, as_of, subjects=subjects, faults=faults, aimed=aimed)
    chaos.write(landing, rows_per_file=rows)
    manifest = run_here(landing, folder / "home", as_of)
    return landing, folder / "home" / "published" / "releases" / manifest.release_id


@pytest.fixture(scope="module")
def random_release(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("chaos")
    # So few subjects that some are commended and severely dishonest, and evaluated.
    return publish(folder, seed=21, as_of=AS_OF, faults=0.001, rows=30, subjects=25, aimed=0.6)


def test_random_deliveries_give_the_same_marts_twice(random_release: tuple[Path, Path]) -> None:
    landing, release = random_release
    assert differences(landing, AS_OF, release) == []


def test_subject_on_the_severe_list_is_on_no_red_list_and_has_grade_d(
    random_release: tuple[Path, Path],
) -> None:
    database = random_release[1] / "gov" / "credit.duckdb"
    listed = "select subject_id from marts.severe_dishonesty_list where is_active"
    with duckdb.connect(str(database), read_only=True) as connection:
        excluded, red, grades = (
            connection.execute(query).fetchall()
            for query in (
                f"select count(*) from marts.red_list_exclusions where subject_id in ({listed})",
                f"select count(*) from marts.red_list where subject_id in ({listed})",
                "select distinct grade, override_reason from marts.enterprise_evaluation"
                f" where subject_id in ({listed})",
            )
        )
    assert excluded[0][0] > 0
    assert red == [(0,)]
    assert grades == [("D", "severe_dishonesty_list")]


@pytest.mark.parametrize(
    "rows",
    [
        "marts.severe_dishonesty_list where is_active",
        "marts.severe_dishonesty_list where has_open_objection",
        "marts.dishonesty_records where has_open_objection",
        "marts.dishonesty_records where repaired_on is not null",
        "marts.credit_repair_cases where channel = 'green' and sla_status = 'on_time'",
        "marts.credit_repair_cases where is_against_rules",
        "marts.joint_measure_violations where rule_code = 'V5'",
        "marts.record_disposition where disposition = 'withdrawn'",
        "marts.record_disposition where item_code = 'publicity_material'"
        " and match_method = 'person' and disposition = 'used'",
    ],
)
def test_random_deliveries_hold_what_the_rules_are_about(
    random_release: tuple[Path, Path], rows: str
) -> None:
    with duckdb.connect(str(random_release[1] / "gov/credit.duckdb"), read_only=True) as connection:
        assert connection.execute(f"select count(*) from {rows}").fetchall()[0][0] > 0


def test_case_of_a_consenting_person_is_shown_without_subject_and_masked(
    random_release: tuple[Path, Path],
) -> None:
    database = random_release[1] / "open" / "credit.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        names = connection.execute(
            "select subject_name from open.typical_cases where subject_id is null"
        ).fetchall()
    assert names
    assert all(name[1:] == "*" * (len(name) - 1) for (name,) in names)


@pytest.mark.fuzz
@pytest.mark.parametrize("as_of", [date(2020, 3, 31), date(2021, 2, 28), date(2025, 1, 25)])
@pytest.mark.parametrize("seed", range(8))
def test_many_random_deliveries_give_the_same_marts_twice(
    tmp_path: Path, seed: int, as_of: date
) -> None:
    faults, rows = (0.0, 0.003, 0.05)[seed % 3], (20, 80)[seed % 2]
    aimed = (0.0, 0.3, 0.6, 0.9)[seed % 4]
    landing, release = publish(tmp_path, seed, as_of, faults, rows, aimed=aimed)
    assert differences(landing, as_of, release) == []
