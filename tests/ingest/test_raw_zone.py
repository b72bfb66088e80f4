"""What the raw zone keeps: declared columns alone, whole files, and no person."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from contract_rig import IDENTITY, USCC, fresh_connection, identity_number
from landing_rig import csv_bytes, deliver, planned, raw_content, run
from test_contract import PENALTY
from test_persons import CASE, DONATION

from orchestration.catalogue import Column, load_catalogue
from orchestration.catalogue.model import Label, Sensitivity
from orchestration.errors import Failure
from orchestration.ingest import batch
from orchestration.ingest.raw import (
    UndeclaredColumn,
    declared_columns,
    raw_stem,
    write_parquet,
    write_split,
)
from orchestration.ingest.readers import table


def test_a_column_that_is_not_declared_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    with fresh_connection(tmp_path) as connection:
        with pytest.raises(UndeclaredColumn, match="id_number"):
            write_parquet(connection, "select 1 as a, 'x' as id_number", [("a", "INTEGER")], path)
        with pytest.raises(UndeclaredColumn):
            write_parquet(connection, "select 1 as a", [("a", "BIGINT")], path)
        assert not path.exists()
        assert write_parquet(connection, "select 1 as a", [("a", "INTEGER")], path) == 1
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["rows.parquet"]


@pytest.mark.parametrize("sensitivity", [Sensitivity.IDENTITY_NUMBER, Sensitivity.NEVER_STORED])
def test_a_column_that_is_never_stored_is_refused(
    sensitivity: Sensitivity, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = load_catalogue().items["objection"]
    column = Column(
        name="odd", sql_type="VARCHAR", description=Label(zh="", en=""), sensitivity=sensitivity
    )
    monkeypatch.setattr(type(item), "raw_columns", property(lambda _: (column,)))
    with pytest.raises(UndeclaredColumn, match="never written"):
        declared_columns(item)


def test_paths_hold_nothing_of_a_hostile_name() -> None:
    name = "2020-02-01/u/credit_loan__../'; drop table x --\n名" + "n" * 300 + ".csv"
    stem = raw_stem("credit_loan", "u", "2020-02-01", name, "ab", "1")
    assert stem.startswith("items/credit_loan/u/2020-02-01/")
    last = stem.rsplit("/", 1)[1]
    assert last.replace("-", "").replace("_", "").isalnum()
    assert last.isascii()
    assert len(last) < 64
    assert stem != raw_stem("credit_loan", "u", "2020-02-01", name + "x", "ab", "1")
    assert stem != raw_stem("credit_loan", "u", "2020-02-01", name, "ab", "2")


def test_no_file_of_the_home_names_a_person(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    passport = "E98765432"
    named = "慕容复兴"
    free_text = f"经查，{IDENTITY}号"
    person = {**PENALTY, "party_kind": "自然人", "party_name": named, "uscc": None}
    penalties = [
        {**person, "facts": f"{named}{free_text}", "remarks": named},
        {**PENALTY, "legal_representative": named, "facts": free_text, "document_no": IDENTITY},
        {**person, "decision_date": IDENTITY, "conduct_code": named},
    ]
    deliver(
        landing,
        "2020-03-01",
        "market_regulation",
        "administrative_penalty.csv",
        csv_bytes("administrative_penalty", penalties, "gb18030"),
    )
    cases = [
        {**CASE, "person_name": named},
        {**CASE, "determination_no": "S2", "id_kind": "02", "id_number": passport},
        {**CASE, "determination_no": "S3", "person_name": named, "determined_on": passport},
        {**CASE, "id_number": IDENTITY[:-1] + "?", "person_name": named * 60},
    ]
    content = csv_bytes("social_order_case", cases, "gb18030")
    deliver(landing, "2020-03-01", "public_security", "social_order_case.csv", content)
    donations = [{**DONATION, "donor_name": named}, DONATION, {**DONATION, "donated_on": named}]
    content = csv_bytes("charity_donation", donations)
    deliver(landing, "2020-03-01", "civil_affairs", "charity_donation.csv", content)
    run(landing, home)
    taken = planned(home).taken
    assert sum(file.rows_loaded for file in taken) == 5
    assert sum(file.rows_quarantined for file in taken) == 4
    assert sum(file.rows_dropped for file in taken) == 1
    for path in home.rglob("*"):
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace") + _decoded(path)
            for secret in (IDENTITY, IDENTITY[:-1], passport, named):
                assert secret not in text, path


def _decoded(path: Path) -> str:
    if path.suffix != ".parquet":
        return ""
    with duckdb.connect() as connection:
        return str(connection.execute("select * from read_parquet($1)", [str(path)]).fetchall())


def test_the_planted_numbers_are_real_ones() -> None:
    assert identity_number(IDENTITY[:-1]) == IDENTITY


def test_a_row_that_gets_lost_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    row = {"uscc": USCC, "year": "2019", "scale": "小型"}
    content = csv_bytes("enterprise_scale", [row, row])
    deliver(landing, "2020-03-01", "market_regulation", "enterprise_scale.csv", content)

    class Losing(batch.Judge):
        def _gather(self, files: object) -> str:
            return f"(select * from {super()._gather(files)} limit 1)"  # type: ignore[arg-type]

    monkeypatch.setattr("orchestration.ingest.intake.Judge", Losing)
    with pytest.raises(Failure, match="2 rows delivered, but 1 loaded"):
        run(landing, home)
    assert not list((home / "raw").rglob("*.parquet"))
    assert not (home / "raw" / "ledger.jsonl").exists()


def test_small_files_judged_together_are_kept_apart(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    row = {"donated_on": "2020-02-01", "donor_name": "某某有限公司", "amount_yuan": "1"}
    for number in (1, 2):
        content = csv_bytes("charity_donation", [{**row, "remarks": str(number)}, row])
        deliver(landing, f"2020-03-0{number}", "civil_affairs", "charity_donation.csv", content)
    run(landing, home)
    for file in planned(home).taken:
        with duckdb.connect() as connection:
            rows = connection.execute(
                "select source_file, source_row, occurrence from read_parquet($1) order by 2",
                [str(home / "raw" / str(file.loaded))],
            ).fetchall()
        assert rows == [(file.source_file, 2, 1), (file.source_file, 3, 2)]


def test_files_kept_in_memory_and_in_the_database_are_judged_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = tmp_path / "landing"
    row = {"donated_on": "2020-02-01", "donor_name": "某某有限公司"}
    for number in range(1, 5):
        long = {"remarks": "长" * (200 if number % 2 else 1), "amount_yuan": str(number)}
        content = csv_bytes("charity_donation", [{**row, **long}, {**row, "amount_yuan": "x"}])
        deliver(landing, f"2020-03-0{number}", "civil_affairs", "charity_donation.csv", content)
    run(landing, tmp_path / "all in memory")
    monkeypatch.setattr(table, "_KEPT_BYTES", 500)
    moved: list[str] = []
    real = table.TextTable._move_to_database
    monkeypatch.setattr(
        table.TextTable,
        "_move_to_database",
        lambda self: (moved.append(self._relation), real(self)),
    )
    run(landing, tmp_path / "home")
    assert len(set(moved)) == 2
    assert raw_content(planned(tmp_path / "home")) == raw_content(
        planned(tmp_path / "all in memory")
    )
    taken = planned(tmp_path / "home").taken
    assert [(file.rows_loaded, file.rows_quarantined) for file in taken] == [(1, 1)] * 4


def test_rows_of_several_files_are_written_apart_however_many_there_are(tmp_path: Path) -> None:
    columns = [("a", "BIGINT")]
    paths = {number: tmp_path / "zone" / f"{number}.parquet" for number in (1, 2)}
    with fresh_connection(tmp_path) as connection:
        connection.execute("set threads = 4")
        for rows in (3, 1_500_000):
            # Many rows make several files of a part: they still become one.
            connection.execute(
                f"create or replace temp table numbered as select range % 2 + 1 as file_number,"
                f" range as a from range({rows})"
            )
            sql = "select file_number, a from numbered"
            counts = write_split(connection, sql, columns, paths, tmp_path / "staging")
            assert counts == {1: (rows + 1) // 2, 2: rows // 2}
            for number, path in paths.items():
                (found,) = connection.execute(
                    "select count(*) from read_parquet($1) where a % 2 = $2 - 1",
                    [str(path), number],
                ).fetchone() or (0,)
                assert found == counts[number]
        with pytest.raises(UndeclaredColumn):
            write_split(connection, sql, [("b", "BIGINT")], paths, tmp_path / "staging")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["zone"]
