"""What a run that was cut short left is put right, and nobody reads what is not meant for them."""

from __future__ import annotations

import grp
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import Failure, WrongArguments
from orchestration.home import Home
from orchestration.marts import MartTable, load_mart_tables
from orchestration.publish import difference, verify
from orchestration.publish import release as release_module
from orchestration.publish import store as store_module
from orchestration.publish.difference import differences
from orchestration.publish.digest import table_digest
from orchestration.publish.files import group_number
from orchestration.publish.manifest import read_manifest
from orchestration.publish.rollback import rollback
from orchestration.publish.store import ReleaseStore
from orchestration.publish.verify import verify_release
from tests.publish import builds
from tests.publish.builds import listed, release

DAYS = [date(2020, 3, day) for day in range(1, 6)]
FIRST, SECOND, THIRD = "20200301-1", "20200302-1", "20200303-1"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def rows(*numbers: int, name: str = "甲公司") -> dict[str, list[dict[str, object]]]:
    return {
        "open.dishonesty": [listed(name, number) for number in numbers],
        "marts.dishonesty_records": [listed(name, number) for number in numbers],
    }


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


# ---------------------------------------------------------------- cut short


def test_open_tree_left_open_by_a_killed_run_is_closed_by_the_next(home: Home) -> None:
    release(home, rows(1), DAYS[0])
    release(home, rows(1, 2), DAYS[1])
    (home.releases / FIRST / "open").chmod(0o755)
    ReleaseStore(home).sweep()
    assert mode(home.releases / FIRST / "open") == 0o700
    assert mode(home.current / "open") == 0o755


def test_release_whose_link_could_not_move_is_adopted_by_the_next_run(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(home, rows(1), DAYS[0])

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(store_module, "point_link", no_space)
        with pytest.raises(Failure, match=r"is complete, but .* No space left on device"):
            release(home, rows(1, 2), DAYS[1])
    assert ReleaseStore(home).current_id() == FIRST
    again = release(home, rows(1, 2), DAYS[1])
    assert not again.is_new and again.is_current
    assert ReleaseStore(home).release_ids() == [FIRST, SECOND]


def test_engine_without_space_is_one_clear_line(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(home, rows(1), DAYS[0])

    def no_space(*_: object) -> None:
        raise duckdb.IOException("IO Error: Could not write file: No space left on device\nat …")

    monkeypatch.setattr(release_module, "write_csv", no_space)
    with pytest.raises(Failure, match="No space left on device; nothing was published") as caught:
        release(home, rows(1, 2), DAYS[1])
    assert "\n" not in str(caught.value)
    assert [path.name for path in home.releases.iterdir()] == [FIRST]


def test_one_older_tree_that_cannot_be_closed_does_not_keep_the_others_open(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in DAYS[:3]:
        release(home, rows(day.day), day)
    for name in (FIRST, SECOND):
        (home.releases / name / "open").chmod(0o755)
    honest = store_module.set_mode

    def refused(path: Path, wanted: int) -> None:
        if path.parent.name == FIRST:
            raise PermissionError(1, "Operation not permitted")
        honest(path, wanted)

    monkeypatch.setattr(store_module, "set_mode", refused)
    with pytest.raises(PermissionError):
        ReleaseStore(home).close_others()
    assert mode(home.releases / SECOND / "open") == 0o700


def test_damaged_manifest_is_told_with_its_path(home: Home) -> None:
    release(home, rows(1), DAYS[0])
    path = home.releases / FIRST / "manifest.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(Failure, match=f"{FIRST}/manifest.json is damaged"):
        ReleaseStore(home).manifest(FIRST)
    assert "manifest.json cannot be read" in verify_release(home.current)[0]


# ---------------------------------------------------------------- retention


def test_release_that_readers_had_until_now_keeps_its_grace_period(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ReleaseStore(home)
    clock = [1_000_000.0]
    monkeypatch.setattr(store_module.time, "time", lambda: clock[0])
    release(home, rows(1), DAYS[0])
    release(home, rows(1, 2), DAYS[1])
    assert store.retire(keep=1, grace_seconds=3600) == []  # retired, its files stay
    rollback(store, FIRST, "me", None)
    clock[0] += 7200
    store.lift_hold()
    release(home, rows(1, 2, 3), DAYS[2])  # readers had the first until this moment
    assert store.retire(keep=1, grace_seconds=3600) == []
    clock[0] += 3600
    assert store.retire(keep=1, grace_seconds=3600) == [FIRST, SECOND]
    assert store.release_ids() == [THIRD]


def test_current_release_is_never_retired_however_old(home: Home) -> None:
    store = ReleaseStore(home)
    for day in DAYS[:3]:
        release(home, rows(*range(day.day)), day)
    rollback(store, FIRST, "me", "asked for")
    assert store.retire(keep=1, grace_seconds=0) == [SECOND, THIRD]
    assert verify_release(home.current) == []


def test_removal_cut_short_is_finished_by_the_next_run(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ReleaseStore(home)
    release(home, rows(1), DAYS[0])
    release(home, rows(1, 2), DAYS[1])

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("orchestration.publish.files.shutil.rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            store.retire(keep=1, grace_seconds=0)
    assert store.release_ids() == [SECOND]
    store.sweep()
    assert [path.name for path in home.releases.iterdir()] == [SECOND]
    assert store.next_id(DAYS[0]) == "20200301-2"
    assert store.next_id(date(20, 3, 1)) == "00200301-1"


# ---------------------------------------------------------------- who may read


def test_way_to_the_open_product_does_not_depend_on_the_writers_umask(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with umask(0o077):
        release(home, rows(1), DAYS[0])
    way = [home.folder, home.published, home.releases, home.current, home.current / "open"]
    assert all(mode(folder) & 0o001 for folder in way)
    opened = list((home.current / "open").rglob("*"))
    assert opened and all(mode(path) & 0o004 for path in opened)
    assert not any(mode(folder) & 0o007 for folder in (home.raw, home.work, home.state))


def test_unfinished_release_is_nobody_elses(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    honest = release_module.write_csv

    def watched(connection: object, table: MartTable, staging: Path) -> None:
        seen.append(mode(staging))
        honest(connection, table, staging)  # type: ignore[arg-type]

    monkeypatch.setattr(release_module, "write_csv", watched)
    with umask(0):
        release(home, rows(1), DAYS[0])
    assert set(seen) == {0o700}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to a group it is not in")
def test_gov_product_belongs_to_the_group_of_the_setting(home: Home) -> None:
    other = next(group for group in grp.getgrall() if group.gr_gid != os.getegid())
    release(home, rows(1), DAYS[0], gov_group=group_number(other.gr_name))
    current = home.current.resolve()
    closed = [current / "manifest.json"]
    for name in ("gov", "changes"):
        closed += [current / name, *(current / name).rglob("*")]
    assert {path.stat().st_gid for path in closed} == {other.gr_gid}
    assert {mode(path) for path in closed} == {0o750, 0o640}
    opened = [current / "open", *(current / "open").rglob("*")]
    assert {path.stat().st_gid for path in opened} == {os.getegid()}
    assert verify_release(current) == []


def test_group_that_does_not_exist_is_a_wrong_setting() -> None:
    with pytest.raises(WrongArguments, match="CREDIT_GOV_GROUP names the group no-such-group"):
        group_number("no-such-group")


# ---------------------------------------------------------------- content


@pytest.mark.parametrize("numbers", [(1,), (1, 2)])
def test_damaged_file_is_not_passed_on_to_the_next_release(
    home: Home, numbers: tuple[int, ...]
) -> None:
    release(home, rows(1), DAYS[0])
    damaged = home.current.resolve() / "gov/parquet/dishonesty_records.parquet"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(Failure, match=r"gov/parquet/dishonesty_records\.parquet is damaged"):
        release(home, rows(*numbers), DAYS[1])
    assert ReleaseStore(home).release_ids() == [FIRST]


def _without(label: str, column: str) -> tuple[MartTable, ...]:
    """The published tables of an earlier version, which did not have one of the columns."""
    return tuple(
        table.model_copy(update={"columns": tuple(c for c in table.columns if c.name != column)})
        if table.label == label
        else table
        for table in load_mart_tables()
    )


def test_release_of_an_earlier_version_still_verifies_and_compares(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        earlier = _without("gov.dishonesty_records", "confiscated_yuan")
        for module in (builds, verify, difference):
            if hasattr(module, "load_mart_tables"):
                patched.setattr(module, "load_mart_tables", lambda: earlier)
        release(home, rows(1, 2), DAYS[0])
    release(home, rows(2, 3), DAYS[1])
    assert verify_release(home.releases / FIRST) == []
    found = {entry.table: entry for entry in differences(ReleaseStore(home), FIRST, SECOND)}
    records = found["gov.dishonesty_records"]
    assert (records.added, records.changed, records.removed) == (1, 0, 1)
    rollback(ReleaseStore(home), FIRST, "me", "asked for")


def test_digests_do_not_depend_on_row_order_or_threads(tmp_path: Path) -> None:
    """The same rows of every type, written in other orders by other numbers of threads."""
    columns = ["i", "d", "t", "b", "n", "s", "l"]
    select = (
        "select i, date '2020-01-01' + cast(i % 900 as integer) as d,"
        " timestamp '2020-01-01' + to_microseconds(i * 1234567) as t, i % 3 = 0 as b,"
        " cast(i / 7 as decimal(18, 2)) as n,"
        " case i % 5 when 0 then null when 1 then '' else '企业' || i end as s,"
        " [i, i + 1] as l from range(60000) as r(i)"
    )
    digests = set()
    for number, (threads, order) in enumerate(
        [(1, "i"), (1, "i desc"), (4, "hash(i)"), (4, "s nulls last, i")]
    ):
        with duckdb.connect(str(tmp_path / f"{number}.duckdb"), config={"threads": threads}) as c:
            c.execute("set preserve_insertion_order = false")
            path = tmp_path / f"{number}.parquet"
            c.execute(f"create table x as {select} order by {order}")
            c.execute(f"copy x to '{path}' (row_group_size {2048 * (number + 1)})")
            digests.add(table_digest(c, "x", columns))
            digests.add(table_digest(c, f"read_parquet('{path}')", columns))
    assert len(digests) == 1


def test_release_of_the_same_rows_has_the_same_digests_wherever_it_is_made(tmp_path: Path) -> None:
    made = []
    for name, numbers in (("a", (1, 2, 3)), ("b", (3, 1, 2))):
        home = Home(tmp_path / name)
        release(home, rows(*numbers), DAYS[0])
        made.append(read_manifest(home.current).digests)
    assert made[0] == made[1]
