"""Readers open ``current`` whenever they like, and never see two releases mixed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from orchestration.home import Home
from orchestration.marts import load_mart_tables
from orchestration.publish.rollback import rollback
from orchestration.publish.store import ReleaseStore
from tests.publish.builds import listed, release

# What a reader does: the link is resolved once, then everything is read below where it led.
READER = """
import json, sys, time
from pathlib import Path
import duckdb

current, stop = Path(sys.argv[1]), Path(sys.argv[2])
rounds, seen = 0, set()
while not stop.exists():
    folder = current.resolve(strict=True)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert manifest["release_id"] == folder.name, "the manifest is another release's"
    counts = {(t["product"], t["name"]): t["rows"] for t in manifest["tables"]}
    for product, info in (("gov", "marts.release_info"), ("open", "open.release_info")):
        with duckdb.connect(str(folder / product / "credit.duckdb"), read_only=True) as connection:
            said = connection.execute(f"select release_id from {info}").fetchall()
            assert said == [(folder.name,)], f"{product} of {folder.name} says {said}"
            for schema, name in connection.execute(
                "select schema_name, table_name from duckdb_tables()"
            ).fetchall():
                found = connection.execute(f'select count(*) from "{schema}"."{name}"').fetchall()
                assert found == [(counts[product, name],)], f"{product}.{name} of {folder.name}"
            parquet = folder / product / "parquet" / "dishonesty.parquet"
            if product == "open":
                rows = connection.execute("select count(*) from read_parquet(?)", [str(parquet)])
                assert rows.fetchall() == [(counts[product, "dishonesty"],)], folder.name
    rounds += 1
    seen.add(folder.name)
    time.sleep(0.02)
print(json.dumps({"rounds": rounds, "seen": sorted(seen)}))
"""


def rows(count: int) -> dict[str, list[dict[str, object]]]:
    lists = [listed("甲公司", number) for number in range(count)]
    return {"open.dishonesty": lists, "marts.dishonesty_records": lists}


@pytest.mark.parametrize(
    ("readers", "releases"), [(2, 4), pytest.param(8, 20, marks=pytest.mark.kill)]
)
def test_readers_see_whole_releases_while_they_come_and_go(
    tmp_path: Path, readers: int, releases: int
) -> None:
    home, stop = Home(tmp_path / "home"), tmp_path / "stop"
    store, first = ReleaseStore(home), date(2020, 3, 1)
    tables = load_mart_tables() if readers > 2 else None
    release(home, rows(1), first, tables=tables)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(home.current), str(stop)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(readers)
    ]
    removed = []
    try:
        for number in range(1, releases):
            release(home, rows(number + 1), first + timedelta(days=number), tables=tables)
            removed += store.retire(keep=2, grace_seconds=10)
            if number % 4 == 3:
                rollback(store, store.release_ids()[-2], "me", "rehearsed")
                time.sleep(0.2)
                store.lift_hold()
        deadline = time.monotonic() + 60
        while not removed and time.monotonic() < deadline:
            time.sleep(0.5)
            removed += store.retire(keep=2, grace_seconds=10)
    finally:
        stop.touch()
        said = [process.communicate(timeout=120) for process in processes]
    assert [error for _, error in said if error] == []
    reports = [json.loads(out) for out, _ in said]
    assert all(report["rounds"] > 1 for report in reports)
    assert len(set().union(*(report["seen"] for report in reports))) > releases // 3
    assert removed


def test_readers_of_a_retired_release_keep_it_for_the_grace_period(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    release(home, rows(1), date(2020, 3, 1))
    resolved = home.current.resolve()
    release(home, rows(2), date(2020, 3, 2))
    assert ReleaseStore(home).retire(keep=1, grace_seconds=3600) == []
    assert (resolved / "gov" / "credit.duckdb").is_file()
