"""One run at a time on one home; a run that died holds nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from tests.whole.conftest import Credit

# What a run does first, and then it is busy for a long time.
BUSY_RUN = """
import sys, time
from pathlib import Path
from orchestration.home import Home
with Home(Path(sys.argv[1])).held():
    print("held", flush=True)
    time.sleep(600)
"""


def test_second_run_ends_at_once_and_a_killed_one_does_not_block(
    tmp_path: Path, credit: Credit
) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    landing.mkdir()
    arguments = ("run", "--landing", landing, "--home", home, "--json")
    busy = subprocess.Popen(
        [sys.executable, "-c", BUSY_RUN, home], stdout=subprocess.PIPE, text=True
    )
    try:
        assert busy.stdout is not None and busy.stdout.readline() == "held\n"
        began = time.monotonic()
        second = credit(*arguments)
        seconds = time.monotonic() - began
    finally:
        busy.kill()
        busy.wait()
    assert second.returncode == 4
    assert "another run holds the home" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
    assert json.loads(second.stdout)["status"] == "failed"
    assert seconds < 30, "it does not wait for the home"
    assert (home / "lock").exists()
    assert credit("releases", "resume", "--home", home).returncode == 0, "the lock is free again"
