"""``credit releases`` says what there is, what differs and what is sound."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration import cli
from orchestration.home import Home
from orchestration.marts import load_mart_tables
from orchestration.publish.store import ReleaseStore
from orchestration.publish.verify import verify_release
from orchestration.settings import Settings
from orchestration.site import site
from tests.publish.builds import listed, release

FIRST, SECOND, THIRD = "20200301-1", "20200302-1", "20200303-1"
Said = tuple[int, Any, str]
Credit = Callable[..., Said]

# The person that left: by then nobody may find these in the open product.
GONE = {
    **listed("王*明", 7),
    "record_id": "dishonesty_case:courts:7",
    "subject_id": "P-gone0123456789",
}


@pytest.fixture(scope="module")
def three_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record comes with the second release and leaves with the third; another changes."""
    home = Home(tmp_path_factory.mktemp("releases") / "home")
    stays, changes = listed("甲公司", 1), listed("乙公司", 2)
    for day, rows in enumerate(
        ([stays, changes], [stays, changes, GONE], [stays, {**changes, "subject_name": "丙公司"}]),
        start=1,
    ):
        lists = {"open.dishonesty": rows, "marts.dishonesty_records": rows}
        parts = (site(ReleaseStore(home), Settings(home=home.folder)),)
        release(home, lists, date(2020, 3, day), tables=load_mart_tables(), parts=parts)
    return home.folder


@pytest.fixture
def home(three_releases: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(three_releases, tmp_path / "home", symlinks=True))


@pytest.fixture
def credit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Credit:
    """Run ``credit`` in this process: exit code, JSON of standard output, standard error."""

    def run(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["credit", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as leave:
            code = int(leave.code or 0)
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err

    return run


def test_list_names_the_current_release(credit: Credit, three_releases: Path) -> None:
    code, said, _ = credit("releases", "list", "--home", three_releases, "--json")
    assert code == 0 and said["current"] == THIRD
    assert [entry["release_id"] for entry in said["releases"]] == [FIRST, SECOND, THIRD]
    assert said["releases"][1]["as_of_date"] == "2020-03-02"
    assert said["releases"][1]["built_at"] == "2020-03-01T06:00:00"
    code, _, told = credit("releases", "list", "--home", three_releases)
    assert code == 0 and all(name in told for name in (FIRST, SECOND, THIRD))


def test_show_is_the_manifest(credit: Credit, three_releases: Path) -> None:
    code, said, _ = credit("releases", "show", SECOND, "--home", three_releases, "--json")
    path = three_releases / "published" / "releases" / SECOND / "manifest.json"
    assert code == 0 and said == json.loads(path.read_bytes())
    assert said["previous_release_id"] == FIRST


def test_diff_counts_by_key(credit: Credit, three_releases: Path) -> None:
    code, said, _ = credit("releases", "diff", SECOND, THIRD, "--home", three_releases, "--json")
    counts = {"added": 0, "changed": 1, "removed": 1}
    expected = [{"table": name, **counts} for name in ("gov.dishonesty_records", "open.dishonesty")]
    assert code == 0 and said["from"] == SECOND and said["to"] == THIRD
    listed_tables = [e for e in said["tables"] if not e["table"].endswith("release_info")]
    assert [{name: e[name] for name in expected[0]} for e in listed_tables] == expected


def test_diff_the_other_way_is_the_reverse(credit: Credit, three_releases: Path) -> None:
    _, said, _ = credit("releases", "diff", THIRD, FIRST, "--home", three_releases, "--json")
    records = next(e for e in said["tables"] if e["table"] == "gov.dishonesty_records")
    assert (records["added"], records["changed"], records["removed"]) == (0, 1, 0)


def test_diff_of_a_table_tells_the_rows_with_old_and_new_values(
    credit: Credit, three_releases: Path
) -> None:
    asked = ("releases", "diff", SECOND, THIRD, "--home", three_releases, "--table")
    code, said, _ = credit(*asked, "gov.dishonesty_records", "--json")
    rows = {row["key"]["record_id"]: row for row in said["rows"]}
    assert code == 0 and len(rows) == 2
    changed = rows[listed("乙公司", 2)["record_id"]]
    assert (changed["kind"], changed["old"], changed["new"]) == (
        "changed",
        {"subject_name": "乙公司"},
        {"subject_name": "丙公司"},
    )
    gone = rows[GONE["record_id"]]
    assert gone["kind"] == "removed" and gone["old"]["subject_name"] and gone["new"] == {}
    assert "乙公司 → 丙公司" in credit(*asked, "gov.dishonesty_records")[2].replace("\n", " ")


def test_diff_of_an_open_table_tells_keys_and_kinds_only(
    credit: Credit, three_releases: Path
) -> None:
    asked = ("releases", "diff", SECOND, THIRD, "--home", three_releases, "--table")
    _, said, _ = credit(*asked, "open.dishonesty", "--json")
    assert {row["kind"] for row in said["rows"]} == {"changed", "removed"}
    assert all(row["old"] == row["new"] == {} for row in said["rows"])
    assert credit(*asked, "open.no_such_table")[0] == 2


def test_verify_says_sound_or_what_is_not(credit: Credit, home: Path) -> None:
    code, said, _ = credit("releases", "verify", "--home", home, "--json")
    assert (code, said) == (0, {"release_id": THIRD, "is_sound": True, "problems": []})
    (home / "published/releases" / SECOND / "open/csv/dishonesty.csv").write_text("x")
    code, said, told = credit("releases", "verify", SECOND, "--home", home, "--json")
    assert code == 1 and said["is_sound"] is False
    assert "open/csv/dishonesty.csv" in said["problems"][0] and "open/csv/dishonesty.csv" in told


def test_unknown_release_is_one_line_and_exit_2(credit: Credit, three_releases: Path) -> None:
    for arguments in (("show", "20200301-9"), ("verify", "20200301-9"), ("rollback", "../x")):
        code, _, told = credit("releases", *arguments, "--home", three_releases)
        assert code == 2 and len(told.strip().splitlines()) == 1, told


def test_rollback_refuses_to_show_again_what_left(credit: Credit, home: Path) -> None:
    code, _, told = credit("releases", "rollback", SECOND, "--home", home)
    assert code == 3
    assert "1 in open.dishonesty" in told and "--re-expose" in told
    assert "王*明" not in told and GONE["record_id"] not in told
    assert ReleaseStore(Home(home)).current_id() == THIRD
    assert not (home / "state" / "hold.json").exists()


def test_rollback_with_a_reason_holds_until_resume(credit: Credit, home: Path) -> None:
    reason = ("--re-expose", "the withdrawal was an error")
    assert credit("releases", "rollback", SECOND, "--home", home, *reason)[0] == 0
    store = ReleaseStore(Home(home))
    assert store.current_id() == SECOND
    assert json.loads((home / "state" / "hold.json").read_bytes())["reason"] == reason[1]
    modes = {n: (home / "published/releases" / n / "open").stat().st_mode & 0o777
             for n in (FIRST, SECOND, THIRD)}  # fmt: skip
    assert modes == {FIRST: 0o700, SECOND: 0o755, THIRD: 0o700}
    assert credit("releases", "resume", "--home", home)[0] == 0
    assert store.current_id() == SECOND and store.hold() is None
    assert "no hold" in credit("releases", "resume", "--home", home)[2]


def test_rollback_to_what_shows_nothing_again_needs_no_reason(credit: Credit, home: Path) -> None:
    assert credit("releases", "rollback", FIRST, "--home", home)[0] == 0
    assert ReleaseStore(Home(home)).current_id() == FIRST


def test_rollback_to_an_unsound_release_is_refused(credit: Credit, home: Path) -> None:
    (home / "published/releases" / FIRST / "gov/parquet/red_list.parquet").unlink()
    code, _, told = credit("releases", "rollback", FIRST, "--home", home)
    assert code == 1 and "red_list.parquet is missing; nothing was changed" in told
    assert ReleaseStore(Home(home)).current_id() == THIRD


# ---------------------------------------------------------------- what left is gone


def _cells(folder: Path) -> str:
    """Everything readable below a folder: bytes, and what Parquet and DuckDB files decode to."""
    parts = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        parts.append(content.decode("utf-8", "replace"))
        if path.suffix == ".gz":
            parts.append(gzip.decompress(content).decode("utf-8", "replace"))
        if path.suffix == ".parquet":
            with duckdb.connect() as connection:
                rows = connection.execute("select * from read_parquet(?)", [str(path)])
                parts.append(str(rows.fetchall()))
        elif path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as connection:
                for schema, name in connection.execute(
                    "select schema_name, table_name from duckdb_tables()"
                ).fetchall():
                    rows = connection.execute(f'select * from "{schema}"."{name}"')
                    parts.append(str(rows.fetchall()))
    return "\n".join(parts)


def test_what_left_is_readable_nowhere_in_the_open_tree(three_releases: Path) -> None:
    releases = three_releases / "published" / "releases"
    before, now = (_cells(releases / name / "open") for name in (SECOND, THIRD))
    marks = [GONE["record_id"], GONE["subject_id"], GONE["subject_name"]]
    assert all(mark in before for mark in marks), "the search would not find it anyway"
    assert not any(mark in now for mark in marks)
    assert "甲公司" in now


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_the_public_reads_the_current_open_tree_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, three_releases: Path
) -> None:
    for folder in (three_releases, *three_releases.parents):
        if folder.stat().st_uid == os.geteuid() and folder.is_relative_to("/tmp"):  # noqa: S108
            folder.chmod(folder.stat().st_mode | 0o001)
    published = three_releases / "published"
    asked = [
        published / "current/open/csv/dishonesty.csv",
        published / "current/open/credit.duckdb",
        published / "current/gov/credit.duckdb",
        published / "current/manifest.json",
        published / "current/changes/gov.dishonesty_records.parquet",
        published / f"releases/{SECOND}/open/csv/dishonesty.csv",
        published / f"releases/{FIRST}/open/manifest.json",
        three_releases / "work/build.duckdb",
    ]
    script = 'for path; do test -r "$path" && echo yes || echo no; done'
    read = subprocess.run(
        ["/bin/sh", "-c", script, "sh", *asked],
        user=65534, group=65534, extra_groups=[], cwd="/",
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert read == ["yes", "yes", "no", "no", "no", "no", "no", "no"]


# ---------------------------------------------------------------- one at a time


def test_second_command_on_a_held_home_ends_at_once_with_exit_4(credit: Credit, home: Path) -> None:
    with Home(home).held():
        for arguments in (("rollback", FIRST), ("resume",)):
            code, _, told = credit("releases", *arguments, "--home", home)
            assert code == 4 and "another run holds the home" in told
        assert credit("releases", "list", "--home", home, "--json")[1]["current"] == THIRD
        assert credit("releases", "verify", "--home", home, "--json")[0] == 0


def test_lock_left_by_a_dead_process_does_not_block(credit: Credit, home: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(home)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    assert credit("releases", "resume", "--home", home)[0] == 4
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (home / "lock").exists()
    assert credit("releases", "resume", "--home", home)[0] == 0
    with (home / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


_HOLD = """
import sys, time
from pathlib import Path
from orchestration.home import Home
with Home(Path(sys.argv[1])).held():
    print("held", flush=True)
    time.sleep(600)
"""


def test_sound_releases_stay_sound_whatever_was_asked(three_releases: Path) -> None:
    for name in (FIRST, SECOND, THIRD):
        assert verify_release(three_releases / "published/releases" / name) == []
