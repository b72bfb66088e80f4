"""A killed ingest leaves nothing behind for ever, and costs the runs after it nothing."""

from __future__ import annotations

import fcntl
import os
from datetime import date
from pathlib import Path
from typing import IO

import pytest

from orchestration.errors import Failure
from orchestration.ingest.ledger import Ledger, LedgerEntry
from orchestration.ingest.strays import mark_of, marked

STEM = "items/red_list/tax/2020-03-01/a-0123456789abcdef"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that has taken one file."""
    loaded = tmp_path / "raw" / f"{STEM}.loaded.parquet"
    loaded.parent.mkdir(parents=True)
    loaded.write_bytes(b"rows")
    entry = LedgerEntry(
        source_file="2020-03-01/tax/red_list.csv",
        file_name="red_list.csv",
        unit_code="tax",
        item_code="red_list",
        delivery_date=date(2020, 3, 1),
        sha256="0" * 64,
        control_digest=None,
        contract_version="1",
        loaded=f"{STEM}.loaded.parquet",
    )
    Ledger.of(tmp_path).append([entry])
    return tmp_path


def left_by_a_killed_run(home: Path) -> list[Path]:
    """What was written after the last entry of the ledger."""
    folder = home / "raw" / "items" / "red_list" / "tax"
    strays = [
        folder / "2020-03-01" / "b-0123456789abcdef.loaded.parquet",
        folder / "2020-03-01" / "b-0123456789abcdef.quarantined.parquet.partial",
        folder / "2020-03-02" / "c-0123456789abcdef.loaded.parquet",
        home / "raw" / "ledger.jsonl.partial",
        home / "work" / "staging" / "file_number=1" / "data_0.parquet",
        home / "work" / "feedback.json.partial",
        home / "feedback" / "tax" / "2020-03-01.csv.partial",
    ]
    for path in strays:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    return strays


def files(home: Path) -> set[str]:
    return {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}


def test_next_run_removes_what_no_ledger_names(home: Path) -> None:
    before = files(home)
    with pytest.raises(KeyboardInterrupt), marked(home):
        left_by_a_killed_run(home)
        raise KeyboardInterrupt
    with marked(home):
        pass
    assert files(home) == before
    assert not (home / "raw/items/red_list/tax/2020-03-02").exists()


def test_the_mark_is_open_for_writing_where_it_is_locked(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network file system locks nothing else alone (flock(2), NFS details)."""
    modes: list[int] = []

    def note(file: IO[str], _: int) -> None:
        modes.append(fcntl.fcntl(file, fcntl.F_GETFL) & os.O_ACCMODE)

    monkeypatch.setattr(fcntl, "flock", note)
    mark_of(home).touch()
    with marked(home):
        pass
    assert modes == [os.O_RDWR]


def test_home_of_a_finished_run_is_not_searched(home: Path) -> None:
    with marked(home):
        strays = left_by_a_killed_run(home)
    with marked(home):
        pass
    assert all(path.exists() for path in strays)


def test_damaged_ledger_removes_nothing(home: Path) -> None:
    with pytest.raises(KeyboardInterrupt), marked(home):
        raise KeyboardInterrupt
    (home / "raw" / "ledger.jsonl").write_text("{}\n", encoding="utf-8")
    with pytest.raises(Failure, match="damaged"), marked(home):
        pass
    assert (home / "raw" / f"{STEM}.loaded.parquet").is_file()
