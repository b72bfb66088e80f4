"""The deliveries stream: memory does not grow with the number of enterprises."""

import subprocess
import sys
from pathlib import Path

import pytest

_RUN = """
import re, sys
from pathlib import Path
from orchestration.demo import write_demo_feeds
summary = write_demo_feeds(Path(sys.argv[1]), enterprises=int(sys.argv[2]), dirty=0.01)
# Not ru_maxrss: over fork and exec that is never less than the peak of the process before.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(int(peak[1]) // 1024, summary.rows)
"""


def peak_memory(out: Path, enterprises: int) -> tuple[int, int]:
    """MiB at the peak of a process of its own, and the rows that it wrote."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(out), str(enterprises)],
        capture_output=True,
        text=True,
        check=True,
    )
    mebibytes, rows = done.stdout.split()
    return int(mebibytes), int(rows)


def test_a_hundred_thousand_enterprises_stay_below_six_hundred_mebibytes(tmp_path) -> None:
    mebibytes, rows = peak_memory(tmp_path / "out", 100_000)
    assert rows > 550_000
    assert mebibytes < 600


@pytest.mark.bench
def test_a_million_enterprises_do_not_need_a_gigabyte(tmp_path) -> None:
    mebibytes, rows = peak_memory(tmp_path / "out", 1_000_000)
    assert rows > 5_500_000
    assert mebibytes < 1000
