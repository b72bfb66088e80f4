"""One command takes deliveries to a published release, and says so in its exit code."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr

from orchestration.pipeline import Run
from orchestration.publish.manifest import read_manifest
from orchestration.settings import Settings
from tests.whole.conftest import AS_OF, PERSON_KEY, Credit, differences, run_here

Published = tuple[Path, dict[str, Any]]


def test_every_cell_equals_the_independent_computation(
    published: Published, dirty_landing: Path
) -> None:
    release = published[0] / "published" / "current"
    assert differences(dirty_landing, AS_OF, release) == []


def test_an_earlier_date_is_right_too_and_does_not_move_current(
    published: Published, dirty_landing: Path
) -> None:
    home, day = published[0], date(2020, 2, 24)
    manifest = run_here(None, home, day)
    assert (home / "published" / "current").readlink().name == "20201231-1"
    release = home / "published" / "releases" / manifest.release_id
    assert differences(dirty_landing, day, release) == []


def test_run_says_what_it_did(published: Published) -> None:
    home, said = published
    manifest = read_manifest(home / "published" / "current")
    assert said["status"] == "published"
    assert said["release_id"] == manifest.release_id == "20201231-1"
    assert said["as_of_date"] == "2020-12-31"
    assert said["tables"] == {entry.label: entry.rows for entry in manifest.tables}
    rows = said["rows"]
    assert rows["delivered"] == rows["loaded"] + rows["quarantined"] + rows["dropped"]
    assert rows["quarantined"] > 0 and rows["dropped"] > 0
    assert said["files"]["taken"] > 0 and said["refusals"] == []


def test_second_run_publishes_nothing_new(
    published: Published, dirty_landing: Path, credit: Credit
) -> None:
    home, _ = published
    before = sorted(path.name for path in (home / "published" / "releases").iterdir())
    done = credit("run", "--landing", dirty_landing, "--home", home, "--as-of", AS_OF)
    assert done.returncode == 0
    assert "Nothing new" in done.stderr
    assert sorted(path.name for path in (home / "published" / "releases").iterdir()) == before


def test_any_order_of_arrival_gives_the_digests_of_one_full_run(
    published: Published, dirty_landing: Path, tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    folders = sorted(path.name for path in dirty_landing.iterdir())
    settings = Settings(home=tmp_path / "home", landing=landing, person_key=SecretStr(PERSON_KEY))
    for arriving in (folders[1::3], folders[::-3], folders):
        for name in arriving:
            shutil.copytree(dirty_landing / name, landing / name, dirs_exist_ok=True)
        Run(settings=settings).ingest()
    manifest = run_here(landing, tmp_path / "home", AS_OF)
    first = read_manifest(published[0] / "published" / "releases" / "20201231-1")
    assert manifest.digests == first.digests


def test_missing_landing_zone_is_one_line_and_exit_2(credit: Credit, tmp_path: Path) -> None:
    done = credit("run", "--landing", tmp_path / "nowhere", "--home", tmp_path / "home")
    assert done.returncode == 2
    assert "nowhere" in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_missing_person_key_is_one_line_and_exit_2(
    credit: Credit, dirty_landing: Path, tmp_path: Path
) -> None:
    done = credit("run", "--landing", dirty_landing, "--home", tmp_path, CREDIT_PERSON_KEY="")
    assert done.returncode == 2
    assert "CREDIT_PERSON_KEY" in done.stderr
    assert not (tmp_path / "published").exists()


def test_another_person_key_is_refused_with_exit_2(
    published: Published, dirty_landing: Path, credit: Credit
) -> None:
    done = credit(
        "run", "--landing", dirty_landing, "--home", published[0], CREDIT_PERSON_KEY="another"
    )
    assert done.returncode == 2
    rebuilt = credit("run", "--home", published[0], CREDIT_PERSON_KEY="another")
    assert rebuilt.returncode == 2
    assert "another CREDIT_PERSON_KEY" in rebuilt.stderr
    assert (published[0] / "published" / "current").readlink().name == "20201231-1"


def test_quarantine_is_exported_to_standard_output_or_into_a_file(
    published: Published, credit: Credit, tmp_path: Path
) -> None:
    told = credit("quarantine", "export", "--home", published[0])
    written = credit("quarantine", "export", "--home", published[0], "--out", tmp_path / "all.csv")
    assert told.returncode == written.returncode == 0
    assert len(told.stdout.splitlines()) > 1
    assert told.stdout == (tmp_path / "all.csv").read_text(encoding="utf-8")


def test_wrong_arguments_exit_2(credit: Credit, tmp_path: Path) -> None:
    for arguments in (
        ("run", "--home", tmp_path, "--as-of", "yesterday"),
        ("run", "--home", tmp_path, "--engine", "abacus"),
        ("run", "--no-such-option"),
        ("releases", "show", "20200101-1", "--home", tmp_path),
    ):
        assert credit(*arguments).returncode == 2, arguments
    assert credit("run", "--home", tmp_path, CREDIT_LIMITS__MAX_ROWS="many").returncode == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file; its way is tested below")
def test_unreadable_file_stops_the_run_with_exit_1(
    credit: Credit, dirty_landing: Path, tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    shutil.copytree(dirty_landing, landing)
    locked = next(path for path in landing.rglob("*.csv"))
    locked.chmod(0)
    done = credit("run", "--landing", landing, "--home", tmp_path / "home")
    assert done.returncode == 1
    assert locked.name in done.stderr
    assert not (tmp_path / "home" / "published" / "current").exists()


def test_empty_landing_zone_is_nothing_to_do(credit: Credit, tmp_path: Path) -> None:
    (tmp_path / "landing" / "2999-12-31").mkdir(parents=True)
    done = credit("run", "--landing", tmp_path / "landing", "--home", tmp_path / "home", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "nothing_to_do"
    waiting, nothing = done.stderr.splitlines()
    assert waiting == "not looked at, dated after today: 2999-12-31"
    assert "there is nothing to publish" in nothing
    checked = credit("check", "--landing", tmp_path / "landing", "--json")
    assert (checked.returncode, checked.stderr) == (0, waiting + "\n")


def test_rows_lead_back_to_their_file(published: Published, dirty_landing: Path) -> None:
    with duckdb.connect(
        str(published[0] / "published/current/gov/credit.duckdb"), read_only=True
    ) as connection:
        files = connection.execute(
            "select distinct source_file from marts.record_disposition"
        ).fetchall()
    assert files and all((dirty_landing / name).is_file() for (name,) in files)


@pytest.mark.parametrize(
    ("item", "disposition"),
    [
        ("commendation", "below_city_level"),
        ("administrative_penalty", "not_final"),
        ("administrative_penalty", "simple_procedure"),
    ],
)
def test_refused_record_is_in_no_list(published: Published, item: str, disposition: str) -> None:
    with duckdb.connect(
        str(published[0] / "published/current/gov/credit.duckdb"), read_only=True
    ) as connection:
        refused = connection.execute(
            "select record_id from marts.record_disposition"
            " where item_code = ? and disposition = ?",
            [item, disposition],
        ).fetchall()
        listed = connection.execute(
            "select record_id from marts.dishonesty_records"
            " union all select record_id from marts.positive_records"
        ).fetchall()
    assert refused
    assert not set(refused) & set(listed)
