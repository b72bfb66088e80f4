"""What is read again and what is not; kills, changed bytes, a changed contract."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from contract_rig import USCC
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

from orchestration.errors import Failure, WrongArguments
from orchestration.ingest import intake
from orchestration.ingest.ingest import ingest
from orchestration.ingest.ledger import Ledger
from orchestration.settings import Settings

UNIT = "market_regulation"
SOURCE = f"2020-02-01/{UNIT}/enterprise_scale.csv"
GOOD = csv_bytes("enterprise_scale", [{"uscc": USCC, "year": "2019", "scale": "小型"}])
OTHER = csv_bytes("enterprise_scale", [{"uscc": USCC, "year": "2018", "scale": "小型"}])
BAD = b"\xe4\xb8\x80,x\n1,2\n"


def put(landing: Path, content: bytes, control: Any = None, day: str = "2020-02-01") -> Path:
    return deliver(landing, day, UNIT, "enterprise_scale.csv", content, control)


@pytest.fixture
def zone(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "landing", tmp_path / "home"


def test_what_was_read_is_not_read_again(zone: tuple[Path, Path]) -> None:
    landing, home = zone
    put(landing, GOOD)
    assert len(run(landing, home).files) == 1
    again = run(landing, home)
    assert (again.files, again.unchanged, again.warnings) == ((), 1, ())


def test_an_old_file_is_known_by_its_status_alone(
    zone: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    landing, home = zone
    put(landing, GOOD)
    monkeypatch.setattr(intake, "_SETTLED_NS", -1)
    run(landing, home)

    def unread(*_: object) -> None:
        raise AssertionError("the file was opened")

    monkeypatch.setattr("orchestration.ingest.ingest.take_bytes", unread)
    assert run(landing, home).unchanged == 1


def test_bytes_that_change_after_they_were_taken_are_reported_and_not_read(
    zone: tuple[Path, Path],
) -> None:
    landing, home = zone
    put(landing, GOOD)
    run(landing, home)
    before = raw_content(planned(home))
    put(landing, OTHER)
    for _ in range(2):
        report = run(landing, home)
        assert report.files == ()
        assert SOURCE in report.warnings[0]
    assert raw_content(planned(home)) == before


def test_a_refused_file_is_read_again_when_its_bytes_change(zone: tuple[Path, Path]) -> None:
    landing, home = zone
    put(landing, BAD)
    run(landing, home)
    assert fate_of(planned(home)) == {SOURCE: "F02"}
    assert run(landing, home).files == ()
    put(landing, GOOD)
    run(landing, home)
    assert fate_of(planned(home)) == {SOURCE: None}


def test_a_refused_file_is_read_again_when_its_control_file_changes(
    zone: tuple[Path, Path],
) -> None:
    landing, home = zone
    put(landing, GOOD, {"rows": 7})
    run(landing, home)
    assert fate_of(planned(home)) == {SOURCE: "F03"}
    put(landing, GOOD, {"rows": 1})
    run(landing, home)
    assert fate_of(planned(home)) == {SOURCE: None}


def test_a_repeated_file_is_read_again_when_it_is_corrected(zone: tuple[Path, Path]) -> None:
    landing, home = zone
    put(landing, GOOD)
    put(landing, GOOD, day="2020-02-02")
    run(landing, home)
    assert list(fate_of(planned(home)).values()) == [None, "F00"]
    put(landing, OTHER, day="2020-02-02")
    run(landing, home)
    assert list(fate_of(planned(home)).values()) == [None, None]


def test_what_is_no_regular_file_is_refused_without_a_digest(zone: tuple[Path, Path]) -> None:
    landing, home = zone
    real = put(landing, GOOD)
    real.with_name("enterprise_scale__link.csv").symlink_to(real)
    os.mkfifo(real.with_name("enterprise_scale__pipe.csv"))
    run(landing, home)
    entries = Ledger.of(home).entries
    odd = [entry for name, entry in entries.items() if "__" in name]
    assert [(entry.fault, entry.sha256) for entry in odd] == [("F04", None)] * 2
    assert run(landing, home).unchanged == 3


def test_misplaced_files_are_refused_with_their_digest(zone: tuple[Path, Path]) -> None:
    landing, home = zone
    deliver(landing, "2020-02-01", "nobody", "enterprise_scale.csv", GOOD)
    deliver(landing, "2020-02-01", UNIT, "credit_loan.csv", GOOD)
    deliver(landing, "some-day", UNIT, "enterprise_scale.csv", GOOD)
    run(landing, home)
    files = planned(home).files
    assert {file.fault for file in files} == {"F04"}
    assert all(file.sha256 for file in files)
    assert {(f.unit_code, f.item_code, f.delivery_date) for f in files} == {
        (None, "enterprise_scale", date(2020, 2, 1)),
        (UNIT, "credit_loan", date(2020, 2, 1)),
        (UNIT, "enterprise_scale", None),
    }


# ---------------------------------------------------------------- failures


def test_a_file_that_cannot_be_read_stops_the_run_and_leaves_no_trace(
    zone: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    landing, home = zone
    put(landing, GOOD)
    put(landing, OTHER, day="2020-02-02")
    real = intake.take_bytes

    def denied(delivery: Any, limits: Any) -> Any:
        if delivery.delivery_date == date(2020, 2, 2):
            raise Failure("cannot be read")
        return real(delivery, limits)

    monkeypatch.setattr(intake, "take_bytes", denied)
    with pytest.raises(Failure):
        run(landing, home)
    assert not any(name.startswith("2020-02-02") for name in Ledger.of(home).entries)
    monkeypatch.undo()
    run(landing, home)
    assert list(fate_of(planned(home)).values()) == [None, None]


def test_a_line_that_a_kill_cut_off_does_not_count(zone: tuple[Path, Path]) -> None:
    landing, home = zone
    put(landing, GOOD)
    put(landing, OTHER, day="2020-02-02")
    run(landing, home)
    whole = planned(home)
    path = home / "raw" / "ledger.jsonl"
    content = path.read_bytes()
    for cut in (1, 40, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:-cut])
        assert len(Ledger.of(home).entries) < 2
        run(landing, home)
        assert planned(home).state_digest == whole.state_digest
        assert path.read_bytes().endswith(b"}\n")


def test_a_damaged_ledger_says_where(zone: tuple[Path, Path]) -> None:
    landing, home = zone
    put(landing, GOOD)
    run(landing, home)
    path = home / "raw" / "ledger.jsonl"
    path.write_bytes(b"{}\n" + path.read_bytes())
    with pytest.raises(Failure, match="line 1 is damaged"):
        planned(home)


def test_real_deliveries_need_the_person_key(zone: tuple[Path, Path]) -> None:
    landing, home = zone
    put(landing, GOOD)
    without = Settings(person_key=None)
    with pytest.raises(WrongArguments, match="CREDIT_PERSON_KEY"):
        ingest(landing, home, without, catalogue(), LATEST)
    run(landing, home)
    other = SETTINGS.model_copy(update={"person_key": Settings(person_key="x").person_key})
    with pytest.raises(WrongArguments, match="another CREDIT_PERSON_KEY"):
        ingest(landing, home, other, catalogue(), LATEST)


# ---------------------------------------------------------------- a changed contract


def test_a_changed_contract_reads_everything_again(
    zone: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    landing, home = zone
    put(landing, GOOD)
    put(landing, BAD, day="2020-02-02")
    run(landing, home)
    before = raw_content(planned(home))
    monkeypatch.setattr(intake, "READING_VERSION", intake.READING_VERSION + 1)
    with pytest.raises(Failure, match="run with --landing"):
        planned(home)
    report = run(landing, home)
    assert len(report.files) == 2
    assert raw_content(planned(home)) == before
    parquet = list((home / "raw").rglob("*.parquet"))
    assert len(parquet) == 1
    assert run(landing, home).files == ()


def test_a_changed_contract_stops_where_files_are_gone(
    zone: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    landing, home = zone
    path = put(landing, GOOD)
    put(landing, OTHER, day="2020-02-02")
    run(landing, home)
    ledger = (home / "raw" / "ledger.jsonl").read_bytes()
    monkeypatch.setattr(intake, "READING_VERSION", intake.READING_VERSION + 1)
    path.unlink()
    with pytest.raises(Failure, match="no longer has 1 of them"):
        run(landing, home)
    put(landing, OTHER)
    with pytest.raises(Failure, match=SOURCE):
        run(landing, home)
    assert (home / "raw" / "ledger.jsonl").read_bytes() == ledger
