"""Which files count: F00 and F03, late folders, corrections, any order of arrival."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from contract_rig import USCC, uscc
from hypothesis import given, settings
from hypothesis import strategies as st
from landing_rig import (
    LATEST,
    SETTINGS,
    catalogue,
    csv_bytes,
    deliver,
    fate_of,
    planned,
    raw_content,
    run,
)

from orchestration.ingest.compact import MOST_SINGLE_FILES
from orchestration.ingest.plan import prepare_database

UNIT = "market_regulation"
SCALES = [
    csv_bytes("enterprise_scale", [{"uscc": USCC, "year": str(year), "scale": "小型"}])
    for year in range(2016, 2021)
]


def test_the_same_bytes_are_taken_once_for_an_item_and_unit(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    deliver(landing, "2020-02-02", UNIT, "enterprise_scale__b.csv", SCALES[0])
    deliver(landing, "2020-02-02", UNIT, "enterprise_scale__a.csv", SCALES[0])
    deliver(landing, "2020-02-03", UNIT, "enterprise_scale__0.csv", SCALES[0])
    run(landing, home)
    assert fate_of(planned(home)) == {
        f"2020-02-02/{UNIT}/enterprise_scale__a.csv": None,
        f"2020-02-02/{UNIT}/enterprise_scale__b.csv": "F00",
        f"2020-02-03/{UNIT}/enterprise_scale__0.csv": "F00",
    }


def test_a_refused_file_takes_no_bytes_and_f00_comes_before_f03(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    for number, control in enumerate([{"rows": 2}, None, {"rows": 2}, {"rows": 1}], start=1):
        deliver(landing, f"2020-02-0{number}", UNIT, "enterprise_scale.csv", SCALES[0], control)
    run(landing, home)
    assert list(fate_of(planned(home)).values()) == ["F03", None, "F00", "F00"]


@pytest.mark.parametrize(
    ("control", "fault"),
    [
        ({"rows": 1}, None),
        ({}, None),
        ({"rows": 0}, "F03"),
        ({"rows": None}, "F03"),
        ({"sha256": "0" * 64}, "F03"),
        ([], "F03"),
    ],
)
def test_a_control_file_must_hold(tmp_path: Path, control: Any, fault: str | None) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    deliver(landing, "2020-02-01", UNIT, "enterprise_scale.csv", SCALES[0], control)
    run(landing, home)
    assert list(fate_of(planned(home)).values()) == [fault]


def test_a_build_sees_nothing_later_than_its_date(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    for number in (1, 2, 3):
        deliver(landing, f"2020-02-0{number}", UNIT, "enterprise_scale.csv", SCALES[number])
    run(landing, home)
    early = planned(home, date(2020, 2, 2))
    assert len(early.files) == 2
    assert early.newest_delivery_date == date(2020, 2, 2)
    other = tmp_path / "other"
    run(landing, other, date(2020, 2, 2))
    assert planned(other, date(2020, 2, 2)).state_digest == early.state_digest


def test_the_input_digest_knows_files_key_parameters_and_date(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    deliver(landing, "2020-02-01", UNIT, "enterprise_scale.csv", SCALES[0])
    run(landing, home)
    first = planned(home)
    assert planned(home).input_digest == first.input_digest
    assert planned(home, date(2020, 12, 30)).input_digest != first.input_digest
    deliver(landing, "2020-02-02", UNIT, "unknown.csv", b"x")
    run(landing, home)
    refused = planned(home)
    assert refused.input_digest == first.input_digest
    assert refused.state_digest != first.state_digest
    deliver(landing, "2020-02-02", UNIT, "enterprise_scale.csv", SCALES[1])
    run(landing, home)
    assert planned(home).input_digest != first.input_digest


# ---------------------------------------------------------------- any order of arrival

_DELIVERY = st.tuples(
    st.sampled_from(["2020-02-01", "2020-02-02", "2020-02-03"]),
    st.sampled_from(["enterprise_scale.csv", "enterprise_scale__b.csv", "enterprise_scale__c.csv"]),
    st.integers(0, 2),  # which bytes
    st.sampled_from([None, None, 1, 2]),  # rows that the control file promises
)


@settings(max_examples=20)
@given(
    st.lists(_DELIVERY, min_size=1, max_size=7, unique_by=lambda d: d[:2]).flatmap(
        lambda all_of_them: st.tuples(
            st.just(all_of_them),
            st.permutations(all_of_them),
            st.lists(st.integers(1, 3), min_size=len(all_of_them), max_size=len(all_of_them)),
        )
    )
)
def test_any_order_of_arrival_gives_the_plan_of_one_full_ingest(
    case: tuple[list[Any], list[Any], list[int]],
) -> None:
    everything, order, portions = case
    with tempfile.TemporaryDirectory() as folder:
        landing, home, other = (Path(folder) / name for name in ("landing", "home", "other"))
        arriving = list(order)
        for portion in portions:
            for day, name, content, rows in arriving[:portion]:
                control = None if rows is None else {"rows": rows}
                deliver(landing, day, UNIT, name, SCALES[content], control)
            if arriving:
                run(landing, home)
            arriving = arriving[portion:]
        run(landing, other)
        once, bit_by_bit = planned(other), planned(home)
        assert len(once.files) == len(everything)
        assert fate_of(bit_by_bit) == fate_of(once)
        assert bit_by_bit.state_digest == once.state_digest
        assert raw_content(bit_by_bit) == raw_content(once)


# ---------------------------------------------------------------- the build database


def _prepared(home: Path, database: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(database))
    prepare_database(
        connection,
        planned(home),
        release_id="20201231-1",
        built_at=datetime(2021, 1, 1, 8),
        code_version="0",
    )
    return connection


def test_every_item_is_a_relation_of_its_raw_columns(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    bad = csv_bytes("enterprise_scale", [{"uscc": "x", "year": "1999", "scale": "小型"}])
    deliver(landing, "2020-02-01", UNIT, "enterprise_scale.csv", SCALES[0])
    deliver(landing, "2020-02-02", UNIT, "enterprise_scale.csv", bad)
    deliver(landing, "2020-02-03", UNIT, "enterprise_scale.csv", SCALES[0])
    deliver(landing, "2020-02-03", UNIT, "enterprise_scale__c.csv", SCALES[1], {"rows": 9})
    run(landing, home)
    with _prepared(home, tmp_path / "build.duckdb") as connection:
        for item in catalogue().items.values():
            found = connection.execute(f"describe raw.{item.item_code}").fetchall()
            assert [(name, kind) for name, kind, *_ in found] == [
                (column.name, column.sql_type) for column in item.raw_columns
            ]
        rows = connection.execute("select year from raw.enterprise_scale").fetchall()
        assert rows == [(2016,)]
        quarantined = connection.execute("select * from raw.quarantined_rows").fetchall()
        assert quarantined == [(f"2020-02-02/{UNIT}/enterprise_scale.csv", 2, "Q04;Q09")]
        files = connection.execute(
            "select fault, rows_delivered, rows_loaded, rows_quarantined, rows_dropped"
            " from raw.ingested_files order by delivery_date, file_name"
        ).fetchall()
        assert files == [
            (None, 1, 1, 0, 0),
            (None, 1, 0, 1, 0),
            ("F00", 0, 0, 0, 0),
            ("F03", 0, 0, 0, 0),
        ]
        parameters = connection.execute(
            "select as_of_date, serious_fine_yuan, release_id from raw.run_parameters"
        ).fetchall()
        assert parameters == [(LATEST, SETTINGS.parameters.serious_fine_yuan, "20201231-1")]


def test_many_small_files_are_read_through_a_cache_that_can_be_deleted(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    for number in range(MOST_SINGLE_FILES + 6):
        code = uscc(f"91330100MA27{number:05d}"[:17])
        content = csv_bytes("enterprise_scale", [{"uscc": code, "year": "2019", "scale": "小型"}])
        deliver(
            landing, f"2020-0{number % 2 + 1}-10", UNIT, f"enterprise_scale__{number}.csv", content
        )
    run(landing, home)
    cache = home / "work" / "compact" / "enterprise_scale"
    read = "select * from raw.enterprise_scale order by source_file"
    with _prepared(home, tmp_path / "first.duckdb") as connection:
        first = connection.execute(read).fetchall()
    assert len(first) == MOST_SINGLE_FILES + 6
    assert len(list(cache.iterdir())) == 2
    shutil.rmtree(home / "work")
    with _prepared(home, tmp_path / "second.duckdb") as connection:
        assert connection.execute(read).fetchall() == first
    extra = csv_bytes("enterprise_scale", [{"uscc": USCC, "year": "2019", "scale": "小型"}])
    deliver(landing, "2020-02-10", UNIT, "enterprise_scale__more.csv", extra)
    before = set(cache.iterdir())
    run(landing, home)
    with _prepared(home, tmp_path / "second.duckdb") as connection:
        assert len(connection.execute(read).fetchall()) == len(first) + 1
    assert len(set(cache.iterdir()) & before) == 1
    assert len(list(cache.iterdir())) == 2
