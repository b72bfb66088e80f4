"""What `credit ui` starts ends with it, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

START = """
import os, pathlib
from orchestration import runner
runner._STOP_SECONDS = 1
command = ["sh", "-c", "echo $$ > started; sleep 600 & sleep 600"]
environment = {**os.environ, "PYTHONPATH": os.getcwd()}
runner._run_group(command, environment, pathlib.Path(os.environ["FOLDER"]))
"""


def group_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[2])


def alive(group: int) -> list[str]:
    """What still runs of a group; a process that only waits to be fetched does not."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text(errors="replace").rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(name)
    return found


def wait_until(condition: object, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_the_whole_group_ends_with_its_starter(tmp_path: Path, number: int) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", START],
        env={**os.environ, "FOLDER": str(tmp_path)},
        start_new_session=True,
    )
    started = tmp_path / "started"
    try:
        wait_until(lambda: started.exists() and started.read_text().endswith("\n"))
        group = group_of(int(started.read_text()))
        assert group != starter.pid
        wait_until(lambda: len(alive(group)) >= 4)  # the guard, the shell, and what that started
        starter.send_signal(number)
        starter.wait(timeout=60)
        wait_until(lambda: alive(group) == [])
    finally:
        starter.kill()
