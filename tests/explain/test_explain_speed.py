"""At a million enterprises and five million records an explanation takes under two seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from orchestration.home import Home
from orchestration.marts import load_mart_tables
from orchestration.publish.release import ReleaseDraft
from orchestration.publish.store import ReleaseStore
from tests.publish.builds import build, publish_build

ENTERPRISES, RECORDS = 1_000_000, 5_000_000
MAX_SECONDS, MAX_CPU_SECONDS, MAX_START_CPU_SECONDS = 2.0, 1.5, 1.0
SUBJECT = "91330" + "123456".rjust(13, "0")
RECORD = "regular_indicator:tax:1123456"


def large_release(folder: Path) -> Home:
    """Every table that has a row per subject or record, at full size; the others empty."""
    from datetime import date, datetime

    home = Home(folder / "home")
    home.create()
    path = build(home.build_database, {})
    subject = "'91330' || lpad((i % 1000000)::varchar, 13, '0')"
    record = "'regular_indicator:tax:' || i"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "insert into marts.record_disposition by name select 'regular_indicator' as item_code,"
            f" 'tax' as unit_code, {record} as record_id, 1 as version, date '2020-02-01' as"
            " delivery_date, '2020-02-01/tax/regular_indicator__' || (i // 20000) || '.csv' as"
            f" source_file, i % 20000 as source_row, {subject} as subject_id, 'uscc' as"
            f" match_method, 'used' as disposition from range({RECORDS}) as r(i)"
        )
        for table, count, columns in (
            ("subjects", ENTERPRISES, "true as is_registered, date '2010-01-01' as established_on"),
            (
                "enterprise_evaluation",
                ENTERPRISES,
                "815 as score, date '2020-02-01' as evaluated_on",
            ),
        ):
            connection.execute(
                f"insert into marts.{table} by name select {subject} as subject_id, {columns}"
                f" from range({count}) as r(i)"
            )
        for table, columns in (
            ("credit_archive", "'negative' as part, 'regular_indicator' as item_code"),
            ("evaluation_contributions", "'N01' as indicator_code, -20 as points"),
        ):
            connection.execute(
                f"insert into marts.{table} by name select {subject} as subject_id,"
                f" {record} as record_id, {columns} from range({RECORDS}) as r(i)"
            )
        connection.execute(
            "insert into marts.ingested_files by name select distinct source_file, repeat('0', 64)"
            " as sha256 from marts.record_disposition"
        )
    store = ReleaseStore(home)
    for number in (1, 2):
        draft = ReleaseDraft(
            release_id=f"2020030{number}-1",
            as_of_date=date(2020, 3, number),
            built_at=datetime(2020, 3, 1),
            code_version="1",
            input_digest="0",
            parameters={},
        )
        publish_build(store, path, load_mart_tables(), draft)
        with duckdb.connect(str(path)) as connection:
            connection.execute(
                "update marts.enterprise_evaluation set evaluated_on = evaluated_on + 1"
            )
    path.unlink()
    return home


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return large_release(tmp_path_factory.mktemp("large"))


@pytest.mark.bench
@pytest.mark.parametrize(
    ("arguments", "statements"),
    [
        ([SUBJECT, "--json"], 2 + 2 * RECORDS // ENTERPRISES),
        ([SUBJECT, "--json", "--as-of", "2020-03-01"], 2 + 2 * RECORDS // ENTERPRISES),
        ([RECORD, "--json"], 2),
        ([SUBJECT], None),
    ],
    ids=["subject", "as_of", "record", "words"],
)
def test_an_explanation_takes_under_two_seconds_at_full_size(
    large: Home, arguments: list[str], statements: int | None
) -> None:
    code = "import sys; from orchestration.cli import main; sys.argv[0] = 'credit'; main()"
    command = [sys.executable, "-c", code, "explain", *arguments, "--home", str(large.folder)]
    walls, cpus = [], []
    for attempt in ("first", "again", "again"):
        started, before = time.monotonic(), os.times()
        outcome = subprocess.run(command, capture_output=True, check=False)
        seconds, after = time.monotonic() - started, os.times()
        assert outcome.returncode == 0, outcome.stderr.decode()
        if statements is not None:
            explanation = json.loads(outcome.stdout)
            assert len(explanation["statements"]) == statements
            # Of a record nothing changed from the first release to the second.
            assert bool(explanation["history"]) == ("subject" in explanation)
        cpu = after.children_user + after.children_system
        cpu -= before.children_user + before.children_system
        print(f"explain, {attempt}: {seconds:.2f} s, {cpu:.2f} s of CPU")
        walls.append(seconds)
        cpus.append(cpu)
    # The best, because other work on the machine must not fail what is quick.
    assert min(cpus) < MAX_CPU_SECONDS
    assert min(walls) < MAX_SECONDS


@pytest.mark.bench
def test_starting_to_explain_costs_under_a_second_of_cpu() -> None:
    code = (
        "import time, orchestration.cli, duckdb; import orchestration.explain.statements as s;"
        " import orchestration.explain.history, orchestration.explain.score; s.statement_tables();"
        " print(time.process_time())"
    )
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert float(outcome.stdout) < MAX_START_CPU_SECONDS


def test_explaining_loads_nothing_that_it_does_not_need() -> None:
    heavy = {"dbt", "dagster", "great_expectations", "pyarrow", "openlineage", "sqlglot", "pandas"}
    code = (
        "import sys, orchestration.cli, orchestration.explain.statements,"
        " orchestration.explain.history, orchestration.explain.score, orchestration.explain.screen;"
        f" print(sorted({heavy!r} & set(sys.modules)))"
    )
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert outcome.stdout.decode().strip() == "[]"
