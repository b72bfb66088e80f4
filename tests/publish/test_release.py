"""A release is complete or absent, says what it holds, and can be gone back from."""

from __future__ import annotations

import csv
import hashlib
import json
import stat
import subprocess
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import AuditRefused, Failure, HomeIsHeld
from orchestration.home import Home
from orchestration.marts import load_mart_tables
from orchestration.publish import release as release_module
from orchestration.publish.digest import table_digest
from orchestration.publish.products import parquet_path, write_database
from orchestration.publish.rollback import rollback
from orchestration.publish.store import ReleaseStore
from orchestration.publish.verify import verify_release
from tests.publish.builds import few_tables, listed, release

DAY = date(2020, 3, 1)
LATER = date(2020, 3, 2)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def rows(*numbers: int, name: str = "甲公司") -> dict[str, list[dict[str, object]]]:
    return {
        "open.dishonesty": [listed(name, number) for number in numbers],
        "marts.dishonesty_records": [listed(name, number) for number in numbers],
    }


def test_release_verifies_and_current_points_at_it(home: Home) -> None:
    published = release(home, rows(1, 2))
    assert published.is_new and published.is_current
    assert home.current.readlink() == Path("releases/20200301-1")
    assert verify_release(home.current) == []


def test_same_content_publishes_nothing_new(home: Home) -> None:
    release(home, rows(1, 2))
    again = release(home, rows(2, 1))
    assert not again.is_new
    assert ReleaseStore(home).release_ids() == ["20200301-1"]


def test_digest_depends_on_rows_alone() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table a as select i, i::varchar s from range(1000) t(i)")
        connection.execute("create table b as select * from a order by i desc")
        connection.execute("create table c as select i, case i when 7 then '8' else s end s from a")
        connection.execute("create table d as select i, nullif(s, '7') s from a")
        digests = [table_digest(connection, name, ["i", "s"])[1] for name in "abcd"]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_digest_tells_null_from_empty_and_shifted_columns() -> None:
    with duckdb.connect() as connection:
        digests = {
            table_digest(connection, f"(select {a} as a, {b} as b)", ["a", "b"])[1]
            for a, b in (
                ("null", "''"),
                ("''", "null"),
                ("'a'", "'b'"),
                ("'ab'", "''"),
                ("'a1:'", "'b'"),
                ("'~'", "''"),
            )
        }
    assert len(digests) == 6


def test_unchanged_table_is_the_same_file(home: Home) -> None:
    release(home, rows(1))
    release(home, rows(1, 2), LATER)
    first, second = (home.releases / name for name in ("20200301-1", "20200302-1"))
    assert (first / "gov/parquet/red_list.parquet").samefile(
        second / "gov/parquet/red_list.parquet"
    )
    assert not (first / "open/parquet/dishonesty.parquet").samefile(
        second / "open/parquet/dishonesty.parquet"
    )


def test_manifest_can_be_checked_with_sha256sum_alone(home: Home) -> None:
    release(home, rows(1))
    manifest = json.loads((home.current / "manifest.json").read_bytes())
    sums = "".join(f"{entry['sha256']}  {entry['path']}\n" for entry in manifest["files"])
    subprocess.run(
        ["sha256sum", "--check", "--status"], input=sums, text=True, cwd=home.current, check=True
    )
    listed_files = {entry["path"] for entry in manifest["files"]} | {"manifest.json"}
    found = {
        path.relative_to(home.current).as_posix()
        for path in home.current.rglob("*")
        if path.is_file()
    }
    assert found == listed_files


def test_open_product_stands_alone(home: Home) -> None:
    release(home, rows(1), approvals=({"user": "somebody", "reason": "secret"},))
    text = (home.current / "open" / "manifest.json").read_text()
    manifest = json.loads(text)
    assert "somebody" not in text
    assert {entry["product"] for entry in manifest["tables"]} == {"open"}
    for entry in manifest["files"]:
        content = (home.current / "open" / entry["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]


def test_every_table_and_column_carries_a_comment(home: Home) -> None:
    release(home, rows(1), tables=load_mart_tables())
    for product in ("gov", "open"):
        with duckdb.connect(
            str(home.current / product / "credit.duckdb"), read_only=True
        ) as connection:
            bare = connection.execute(
                "select table_name, '' from duckdb_tables() where coalesce(comment, '') = ''"
                " union all select table_name, column_name from duckdb_columns()"
                " where not internal and coalesce(comment, '') = ''"
            ).fetchall()
        assert bare == []


def test_texts_are_compressed_as_parquet_found_them(tmp_path: Path) -> None:
    (table,) = (table for table in few_tables() if table.label == "gov.dishonesty_records")
    given = {"record_id": "'record ' || number", "subject_name": "'甲公司'"}
    columns = ", ".join(
        f"{given.get(column.name, f'cast(null as {column.data_type})')} as {column.name}"
        for column in table.columns
    )
    parquet = tmp_path / parquet_path(table)
    parquet.parent.mkdir(parents=True)
    duckdb.sql(f"select {columns} from range(20_000) as t(number)").write_parquet(str(parquet))
    write_database([table], tmp_path, "gov")
    with duckdb.connect(str(tmp_path / "gov" / "credit.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select distinct column_name, compression"
            " from pragma_storage_info('marts.dishonesty_records')"
            " where segment_type = 'VARCHAR' and column_name in ('subject_name', 'record_id')"
        ).fetchall()
        kept = connection.execute(f"from {table.relation} except all from '{parquet}'").fetchall()
    assert dict(found) == {"subject_name": "Dictionary", "record_id": "FSST"}
    assert not kept


def test_csv_cells_are_no_formulas(home: Home) -> None:
    names = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1", "＠x", "a=b", "", 'q"uote,\nline']
    given = [listed(name, number) for number, name in enumerate(names)]
    release(home, {"open.dishonesty": given})
    path = home.current / "open/csv/dishonesty.csv"
    with path.open(encoding="utf-8-sig", newline="") as lines:
        found = {row["record_id"]: row["subject_name"] for row in csv.DictReader(lines)}
    for row in given:
        name = str(row["subject_name"])
        guarded = "'" + name if name and name[0] in "=+-@\t\r＝＠" else name
        assert found[str(row["record_id"])] == guarded
    with duckdb.connect() as connection:
        stored = connection.execute(
            "select subject_name from read_parquet(?)",
            [str(home.current / "open/parquet/dishonesty.parquet")],
        ).fetchall()
    assert {name for (name,) in stored} == set(names)


def test_changes_name_old_and_new_values_for_gov_and_keys_only_for_open(home: Home) -> None:
    release(home, rows(1, 2))
    changed = rows(2, 3)
    changed["marts.dishonesty_records"][0]["subject_name"] = "乙公司"
    changed["open.dishonesty"][0]["subject_name"] = "乙公司"
    release(home, changed, LATER)
    with duckdb.connect() as connection:
        gov = connection.execute(
            "select change_kind, record_id, old_subject_name, new_subject_name"
            " from read_parquet(?) order by record_id",
            [str(home.current / "changes/gov.dishonesty_records.parquet")],
        ).fetchall()
        opened = connection.execute(
            "select * from read_parquet(?) order by record_id",
            [str(home.current / "changes/open.dishonesty.parquet")],
        ).fetchall()
    stem = "administrative_penalty:tax:"
    assert gov == [
        ("removed", f"{stem}1", "甲公司", None),
        ("changed", f"{stem}2", "甲公司", "乙公司"),
        ("added", f"{stem}3", None, "甲公司"),
    ]
    assert opened == [("removed", f"{stem}1"), ("changed", f"{stem}2"), ("added", f"{stem}3")]


def test_older_date_is_published_without_moving_current(home: Home) -> None:
    release(home, rows(1), LATER)
    older = release(home, rows(1, 2), DAY)
    assert older.is_new and not older.is_current
    assert ReleaseStore(home).current_id() == "20200302-1"


def test_only_the_current_open_tree_is_readable_by_all(home: Home) -> None:
    release(home, rows(1))
    release(home, rows(1, 2), LATER)
    modes = {
        name: stat.S_IMODE((home.releases / name / "open").stat().st_mode)
        for name in ("20200301-1", "20200302-1")
    }
    assert modes == {"20200301-1": 0o700, "20200302-1": 0o755}
    gov = home.current / "gov"
    assert not any(path.stat().st_mode & 0o007 for path in [gov, *gov.rglob("*")])
    assert not (home.current / "manifest.json").stat().st_mode & 0o007
    assert not (home.current / "changes").stat().st_mode & 0o007


def test_failed_release_leaves_current_and_no_strays(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(home, rows(1))

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(release_module, "write_changes", full_disk)
    with pytest.raises(Failure, match="No space left on device"):
        release(home, rows(1, 2), LATER)
    assert ReleaseStore(home).release_ids() == ["20200301-1"]
    assert {path.name for path in home.releases.iterdir()} == {"20200301-1"}
    assert verify_release(home.current) == []


def test_tampering_shows(home: Home) -> None:
    release(home, rows(1))
    path = home.current / "open/parquet/dishonesty.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()
    path.write_bytes(content)
    assert verify_release(home.current) == [
        "open/parquet/dishonesty.parquet has another SHA-256 than the manifest says"
    ]
    (home.current / "open" / "stray.txt").write_text("x")
    assert "open/stray.txt is not in the manifest" in verify_release(home.current)


def test_rollback_that_would_re_expose_is_refused_without_a_reason(home: Home) -> None:
    release(home, rows(1, 2))
    release(home, rows(2), LATER)
    store = ReleaseStore(home)
    for reason in (None, "", " "):
        with pytest.raises(AuditRefused, match=r"1 in open\.dishonesty"):
            rollback(store, "20200301-1", "me", reason)
    assert store.current_id() == "20200302-1" and store.hold() is None
    rollback(store, "20200301-1", "me", "the repair was an error")
    assert store.current_id() == "20200301-1"


def test_after_a_rollback_current_stays_until_resume(home: Home) -> None:
    release(home, rows(1))
    release(home, rows(1, 2), LATER)
    store = ReleaseStore(home)
    rollback(store, "20200301-1", "me", None)
    held = release(home, rows(1, 2, 3), date(2020, 3, 3))
    assert held.is_new and not held.is_current
    assert store.current_id() == "20200301-1"
    assert store.lift_hold()
    moved = release(home, rows(1, 2, 3), date(2020, 3, 3))
    assert not moved.is_new and moved.is_current


def test_retired_releases_go_after_the_grace_period(home: Home) -> None:
    store = ReleaseStore(home)
    for day in range(1, 5):
        release(home, rows(*range(day)), date(2020, 3, day))
    assert store.retire(keep=2, grace_seconds=3600) == []
    assert store.retire(keep=2, grace_seconds=0) == ["20200301-1", "20200302-1"]
    assert store.release_ids() == ["20200303-1", "20200304-1"]
    assert verify_release(home.current) == []


def test_number_of_a_removed_release_does_not_come_back(home: Home) -> None:
    store = ReleaseStore(home)
    release(home, rows(1), DAY)
    release(home, rows(1), LATER)
    store.retire(keep=1, grace_seconds=0)
    assert store.next_id(DAY) == "20200301-2"


def test_sweep_removes_what_a_killed_run_left(home: Home) -> None:
    release(home, rows(1))
    (home.releases / ".staging-20200302-1" / "gov").mkdir(parents=True)
    (home.published / ".current.1.tmp").symlink_to("releases/x")
    (home.state / ".hold.json.1.tmp").write_bytes(b"half")
    (home.work / "site-x").mkdir()
    ReleaseStore(home).sweep()
    assert {path.name for path in home.published.iterdir()} == {"current", "releases"}
    assert {path.name for path in home.releases.iterdir()} == {"20200301-1"}
    assert not list(home.state.iterdir()) and not (home.work / "site-x").exists()


def test_sweep_needs_no_release(home: Home) -> None:
    home.create()
    (home.state / ".hold.json.1.tmp").write_bytes(b"half")
    ReleaseStore(home).sweep()
    assert not list(home.state.iterdir())


def test_second_run_on_a_held_home_ends_at_once(home: Home) -> None:
    with home.held(), pytest.raises(HomeIsHeld), Home(home.folder).held():
        pytest.fail("two runs hold one home")
    with home.held():
        pass
