"""What people are told while they wait."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from orchestration import progress
from orchestration.build import _tell_start
from orchestration.ingest.ingest import told
from orchestration.progress import Notes, Silent, Told


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress, "time", made)
    return made


def test_a_rate_is_that_of_the_step_and_not_of_the_run(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Told()
    clock.now = 100.0
    told.step("build")
    clock.now = 104.0
    told.count("int_subjects", 10, 40)
    clock.now = 110.0
    told.count("subjects", 400, 400)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "[ 100.0 s] build",
        "[ 104.0 s]   10 of 40 (2.5/s), at int_subjects",
        "[ 110.0 s]   400 of 400 (40/s), at subjects",
    ]


def test_what_is_counted_speaks_up_every_two_seconds_at_most(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Told()
    for tick in range(50):
        clock.now = tick / 10
        told.count("x", tick, 50)
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_machine_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    silent = Silent()
    silent.step("build")
    silent.count("x", 1, 2)
    silent.note("y")
    assert capsys.readouterr() == ("", "")


def test_beside_json_only_what_people_should_know_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    notes = Notes()
    notes.step("build")
    notes.count("x", 1, 2)
    notes.note("a file has other bytes")
    assert capsys.readouterr() == ("", "a file has other bytes\n")


def test_ingest_tells_the_rows_so_far() -> None:
    said: list[tuple[str, int, int]] = []
    readings = [
        SimpleNamespace(entry=SimpleNamespace(source_file=name, rows_delivered=rows))
        for name, rows in (("a.csv", 1_500), ("b.csv", 500))
    ]
    list(told(readings, 2, lambda *one: said.append(one)))  # type: ignore[arg-type]
    assert said == [("a.csv, 1,500 rows so far", 1, 2), ("b.csv, 2,000 rows so far", 2, 2)]


def test_a_build_tells_what_dbt_begins_and_nothing_else() -> None:
    said: list[tuple[str, int, int]] = []
    for name in ("NodeStart", "LogStartLine", "LogModelResult"):
        event = SimpleNamespace(
            info=SimpleNamespace(name=name),
            data=SimpleNamespace(
                index=3, total=333, node_info=SimpleNamespace(node_name="int_subjects")
            ),
        )
        _tell_start(lambda *one: said.append(one), event)
    assert said == [("int_subjects", 2, 333)]
