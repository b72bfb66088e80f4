"""Nothing that a run leaves or says holds an identity number or a full name that was delivered.

The folders have names that DuckDB takes for patterns, dbt for addresses, and SQL for the end of a
text; beside the home lies another one that its name, as a pattern, would match.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from orchestration.ingest.persons import without_identities
from orchestration.parquet import read_parquet
from tests.privacy.haystack import layers, spellings
from tests.privacy.planted import FIRM, NAMES, NUMBER, NUMBERS, plant
from tests.whole.conftest import run_credit

pytestmark = pytest.mark.timeout(1800)

ODD = "[仓 库]*'\"#;%41{a,b}&$HOME=~"

# Less than the whole: what a wrong mask would leave.
GIVEN_NAMES = sorted({name[-2:] for name in NAMES})
NEEDLES = [*GIVEN_NAMES, *(number[6:] for number in NUMBERS)]


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that the commands left: the home, what they said, the temporary folder."""
    folder = tmp_path_factory.mktemp("planted")
    landing, left = folder / f"landing? {ODD}", folder / "left"
    home = left / ODD
    landing.mkdir()
    plant(landing)
    for name in ("tmp", "user"):
        (left / name).mkdir(parents=True)
    environment = {"TMPDIR": str(left / "tmp"), "HOME": str(left / "user")}
    (left / ODD.replace("[仓 库]*", "仓x")).mkdir()

    def said(name: str, *arguments: object) -> str:
        done = run_credit(*arguments, **environment)
        (left / f"{name}.stdout").write_text(done.stdout, encoding="utf-8")
        (left / f"{name}.stderr").write_text(done.stderr, encoding="utf-8")
        assert done.returncode == (1 if name == "check" else 0), (name, done.stderr[-3000:])
        return done.stdout

    at = ("--home", home)
    said("run", "run", "--landing", landing, *at, "--as-of", "2020-12-31", "--json")
    said("check", "check", "--landing", landing)
    said("again", "run", "--landing", landing, *at, "--as-of", "2020-12-31")
    said("explain", "explain", FIRM, *at)
    gov = home / "published" / "current" / "gov" / "credit.duckdb"
    with duckdb.connect(str(gov), read_only=True) as connection:
        (person,) = connection.execute(
            "select subject_id from marts.record_disposition where subject_id like 'P-%' limit 1"
        ).fetchall()[0]
    said("explain_person", "explain", person, *at, "--reason", "a test", "--json")
    said("quarantine", "quarantine", "list", *at)
    said("export", "quarantine", "export", *at, "--out", left / "export.csv")
    said("releases", "releases", "verify", *at)
    return left


@pytest.mark.parametrize("text", ["亓官璎珞", NUMBER])
def test_the_search_finds_what_is_there(tmp_path: Path, text: str) -> None:
    """Else all the rest would prove nothing."""
    import gzip
    import sqlite3
    import zlib

    with duckdb.connect(str(tmp_path / "x.duckdb")) as connection:
        connection.execute("create table t as select ? as a, range(3) as b", [text])
        path = tmp_path / "x.parquet"
        connection.execute(f"copy t to '{path}' (format parquet, compression zstd)")
    with sqlite3.connect(tmp_path / "x.db") as database:
        database.execute("create table t (a blob)")
        database.execute("insert into t values (?)", [zlib.compress(text.encode())])
    (tmp_path / "x.json").write_text(json.dumps(text), encoding="ascii")
    (tmp_path / "x.gz").write_bytes(gzip.compress(text.encode("gb18030")))
    places = {place for place, content in layers(tmp_path) for s in spellings(text) if s in content}
    assert {name.split(" of ")[-1].split(",")[0] for name in places} >= {
        "x.duckdb", "x.parquet", "x.db", "x.json", "x.gz",
    }  # fmt: skip


def test_no_byte_holds_an_identity_number_or_a_full_name(left: Path) -> None:
    wanted = {needle: spellings(needle) for needle in NEEDLES}
    found = set()
    searched = 0
    for place, content in layers(left):
        searched += 1
        found |= {(place, n) for n, forms in wanted.items() if any(f in content for f in forms)}
    assert searched > 300
    assert sorted(found) == []


def test_persons_were_delivered_and_kept_as_keys_and_masks(left: Path) -> None:
    raw = left / ODD / "raw" / "items"
    with duckdb.connect() as connection:
        cases = read_parquet(*raw.glob("social_order_case/*/*/*.loaded.parquet"))
        names, keys, files = connection.execute(
            f"select list(distinct person_name), count(distinct person_key),"
            f" list(distinct file_name) from {cases}"
        ).fetchall()[0]
    assert "亓***" in names and len(names) > 1
    assert keys == len(NUMBERS)
    told_apart = {name.split("~")[1][:8] for name in files if "330106************~" in name}
    assert len(told_apart) == len(NUMBERS)


def test_numbers_in_texts_keep_their_first_six_digits(left: Path) -> None:
    gov = left / ODD / "published" / "current" / "gov" / "credit.duckdb"
    with duckdb.connect(str(gov), read_only=True) as connection:
        (kept,) = connection.execute(
            "select count(*) from marts.record_disposition where record_id like '%330106*****%'"
        ).fetchall()[0]
    assert kept > 10


def test_files_of_two_persons_remain_two_files_under_the_key_alone() -> None:
    told = {without_identities(f"案__{number}.csv", "one") for number in NUMBERS}
    assert len(told) == len(NUMBERS)
    assert told != {without_identities(f"案__{number}.csv", "other") for number in NUMBERS}
    assert without_identities(f"{NUMBER}.csv") == "330106************.csv"


@pytest.mark.parametrize(
    "name", [f"a{NUMBER}.csv", f"{NUMBER}1", NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")]
)
def test_what_is_no_identity_number_keeps_its_name(name: str) -> None:
    assert without_identities(name, "one") == name
