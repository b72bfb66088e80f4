"""The query log shows every line that was changed, removed or cut off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.explain.query_log import append_query, log_path, verify_log
from orchestration.home import Home

PERSON = "P-" + "0" * 32


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    for number in range(4):
        append_query(home, "auditor", "explain", PERSON, f"case {number}")
    return home


def rewrite(home: Home, lines: list[str]) -> None:
    log_path(home).write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def lines_of(home: Home) -> list[str]:
    return log_path(home).read_text(encoding="utf-8").splitlines()


def test_a_log_that_was_only_appended_to_is_whole(home: Home) -> None:
    assert verify_log(home) == []


def test_a_home_without_any_query_has_a_whole_log(tmp_path: Path) -> None:
    assert verify_log(Home(tmp_path)) == []


def test_who_when_what_and_why_are_on_record(home: Home) -> None:
    entry = json.loads(lines_of(home)[2])
    assert (entry["user"], entry["command"], entry["subject_id"]) == ("auditor", "explain", PERSON)
    assert entry["reason"] == "case 2"
    assert entry["at"].endswith("+00:00")


@pytest.mark.parametrize("number", range(4))
def test_a_removed_line_shows(home: Home, number: int) -> None:
    lines = lines_of(home)
    rewrite(home, lines[:number] + lines[number + 1 :])
    assert verify_log(home)


@pytest.mark.parametrize("number", range(4))
def test_a_changed_line_shows(home: Home, number: int) -> None:
    lines = lines_of(home)
    lines[number] = lines[number].replace(f"case {number}", "no reason")
    rewrite(home, lines)
    assert verify_log(home)


@pytest.mark.parametrize("kept", range(4))
def test_lines_cut_off_at_the_end_show(home: Home, kept: int) -> None:
    rewrite(home, lines_of(home)[:kept])
    assert verify_log(home)


def test_a_log_that_is_gone_shows(home: Home) -> None:
    log_path(home).unlink()
    assert verify_log(home)


def test_a_line_added_past_the_log_shows(home: Home) -> None:
    lines = lines_of(home)
    rewrite(home, [*lines, lines[-1]])
    assert verify_log(home)


def test_swapped_lines_show(home: Home) -> None:
    first, second, *rest = lines_of(home)
    rewrite(home, [second, first, *rest])
    assert verify_log(home)


def verify_command(home: Home) -> tuple[int, dict[str, Any]]:
    arguments = ["audit-log", "verify", "--json", "--home", str(home.folder)]
    outcome = CliRunner().invoke(app, arguments)
    return outcome.exit_code, json.loads(outcome.stdout)


def test_the_command_says_whether_the_log_is_whole(home: Home) -> None:
    assert verify_command(home) == (0, {"lines": 4, "is_whole": True, "problems": []})
    rewrite(home, lines_of(home)[1:])
    code, answer = verify_command(home)
    assert code == 1 and not answer["is_whole"] and answer["problems"]
