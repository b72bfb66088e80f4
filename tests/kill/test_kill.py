"""A run killed at any point leaves ``current`` sound, and the next run does what it would have.

The points are every write, sync, rename, link, mode and removal below the home, counted in the
process that makes them (killer.c); those of each stage are spread evenly over all its events.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kill.killer import build_killer, compiler

ROOT = Path(__file__).resolve().parents[2]

# How many points of each stage: more where more files change hands. The build is anew in every run,
# and takes longest.
POINTS = {
    "ingest": 40,
    "worker": 15,
    "folding": 15,
    "build": 16,
    "audit": 8,
    "publish": 50,
    "second_ingest": 25,
    "second_publish": 60,
    "rollback": 12,
    "resume": 25,
    "dagster": 10,
}
ASKED = [(stage, index) for stage, count in POINTS.items() for index in range(count)]

Ask = Callable[[dict[str, Any]], Any]

pytestmark = [
    pytest.mark.kill,
    # A child that hangs is ended by the rehearsal; a busy machine may take its time.
    pytest.mark.timeout(14_400),
    pytest.mark.skipif(sys.platform != "linux", reason="the counter is preloaded, as Linux does"),
    pytest.mark.skipif(compiler() is None, reason="the counter is built with a C compiler"),
]


# The kernel keeps what a killed process wrote, so the homes may lie in memory: copies and syncs
# are most of the time on a busy disk.
MEMORY, NEEDED_BYTES = Path("/dev/shm"), 2 * 1024**3  # noqa: S108 - a folder of its own in it


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the homes are: in memory, if there is room."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > NEEDED_BYTES
    if not roomy:
        yield tmp_path_factory.mktemp("homes")
        return
    made = tempfile.mkdtemp(prefix="credit-kill-", dir=MEMORY)
    yield Path(made)
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Ask]:
    """The warm process, after its rehearsal."""
    counter = build_killer(tmp_path_factory.mktemp("counter"))
    environment = {**os.environ, "LD_PRELOAD": str(counter)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.kill.rehearsal", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    requests, answers = process.stdin, process.stdout

    def asked(request: dict[str, Any]) -> Any:
        requests.write(json.dumps(request) + "\n")
        requests.flush()
        answer = json.loads(answers.readline())
        assert "error" not in answer, answer["error"]
        return answer

    counts = asked({})
    print(f"events of the stages: {counts}")
    yield asked
    requests.close()
    process.wait(timeout=60)


def test_enough_points_are_asked_for() -> None:
    assert len(ASKED) >= 200


def test_a_child_that_hangs_is_ended_and_is_not_taken_for_a_killed_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tests.kill import rehearsal

    monkeypatch.setattr(rehearsal, "_IDLE_SECONDS", 0.5)
    monkeypatch.setattr(rehearsal, "_LOOK_SECONDS", 0.1)
    hanging = rehearsal.status_of(os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "600"))
    assert os.WTERMSIG(hanging) == signal.SIGABRT and not rehearsal.was_killed(hanging)
    dying = rehearsal.status_of(os.spawnlp(os.P_NOWAIT, "sh", "sh", "-c", "kill -KILL $$"))
    assert rehearsal.was_killed(dying)
    assert not rehearsal.was_killed(rehearsal.status_of(os.spawnlp(os.P_NOWAIT, "true", "true")))


@pytest.mark.parametrize(("stage", "index"), ASKED)
def test_killed_run_leaves_current_sound_and_the_next_completes(
    ask: Ask, stage: str, index: int
) -> None:
    answer = ask({"stage": stage, "index": index, "count": POINTS[stage]})
    print(f"{stage} killed at event {answer['event']}: {answer['seconds']} s")
    assert answer["problems"] == [], answer["event"]
