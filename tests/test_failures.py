"""A fault of the machine is told in one line; a bug keeps its stack."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb
import pytest

from orchestration import cli
from orchestration.errors import AuditRefused, Failure, WrongArguments
from orchestration.failures import machine_fault, told_plainly
from orchestration.home import Home


def test_what_the_machine_refuses_is_told_with_its_place() -> None:
    full = OSError(28, "No space left on device", "the-home/x")
    assert machine_fault(full) == "No space left on device (the-home/x)"
    assert machine_fault(MemoryError()) == "the machine has no memory left"
    told = machine_fault(duckdb.IOException("IO Error: could not write\n\nstack"))
    assert told == "IO Error: could not write"
    assert "disk is full" in str(
        machine_fault(sqlite3.OperationalError("database or disk is full"))
    )


def test_a_number_in_the_name_of_a_file_is_masked() -> None:
    told = machine_fault(PermissionError(13, "Permission denied", "/l/案__110101199003070003.csv"))
    assert told is not None and told.startswith("Permission denied (/l/案__110101****")


def test_fault_behind_a_library_s_own_error_is_found() -> None:
    try:
        try:
            raise OSError(30, "Read-only file system")
        except OSError as error:
            raise RuntimeError("the library gave up") from error
    except RuntimeError as error:
        assert machine_fault(error) == "Read-only file system"


def test_bug_is_no_fault_of_the_machine() -> None:
    assert machine_fault(KeyError("x")) is None
    assert machine_fault(duckdb.BinderException("no such column")) is None
    with pytest.raises(KeyError), told_plainly("the step build"):
        raise KeyError("x")


def test_error_that_is_told_already_stays_as_it_is() -> None:
    with pytest.raises(AuditRefused, match="refused"), told_plainly("the step audit"):
        raise AuditRefused("refused")
    told = r"^the step build failed: No space .*; what was published"
    with pytest.raises(Failure, match=told), told_plainly("the step build"):
        raise OSError(28, "No space left on device")


def test_home_whose_path_database_files_cannot_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongArguments, match=r"'\?' in its path"):
        Home(tmp_path / "what?").create()
    assert list(tmp_path.iterdir()) == []


def test_names_in_an_error_do_nothing_to_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    landing = tmp_path / "x\x1b[2J\u202egnp"
    monkeypatch.setattr("sys.argv", ["credit", "check", "--landing", str(landing)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    told = capsys.readouterr().err
    assert left.value.code == 2
    assert "\x1b" not in told and "\u202e" not in told
    assert r"x\u{1b}[2J\u{202e}gnp" in told
