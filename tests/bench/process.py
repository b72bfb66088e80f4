"""Measured processes: wall time, CPU of one and all its children, peak memory, exit code."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_SECONDS = 0.05
_TREE_SAMPLE_SECONDS = 0.5
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    """What one process cost; ``cpu`` includes every child that it waited for."""

    wall: float
    cpu: float
    peak_bytes: int
    output: str


def measure(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    cwd: Path,
    seconds: float,
    expected: tuple[int, ...] = (0,),
) -> Measured:
    """Run a command in a group of its own and say what it cost.

    Raises:
        SystemExit: it ended with another code than those expected, or took longer than ``seconds``;
            the end of what it said is shown.
    """
    started = time.monotonic()
    with subprocess.Popen(
        list(map(str, command)),
        env={**os.environ, **environment},
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        said: dict[str, str] = {}
        readers = [
            threading.Thread(target=lambda n=name, s=stream: said.update({n: s.read()}))
            for name, stream in (("out", process.stdout), ("err", process.stderr))
        ]
        for reader in readers:
            reader.start()
        peak, is_late = 0, False
        while True:
            # wait4 gives this child's own resources; RUSAGE_CHILDREN would be those of all.
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            peak = max(peak, group_bytes(process.pid))
            if time.monotonic() - started > seconds and not is_late:
                is_late = True
                os.killpg(process.pid, 9)
            time.sleep(_SAMPLE_SECONDS)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        for reader in readers:
            reader.join()
    if is_late or process.returncode not in expected:
        why = f"took more than {seconds:.0f} s" if is_late else f"ended with {process.returncode}"
        print(f"{said['out'][-2000:]}\n{said['err'][-4000:]}", file=sys.stderr)
        raise SystemExit(f"{' '.join(map(str, command))[:300]} {why}")
    return Measured(wall, usage.ru_utime + usage.ru_stime, peak, said["out"])


def group_bytes(group: int) -> int:
    """Resident bytes of all processes of a process group, pages that they share counted once each.

    Sampled, so that a process that forks is seen whole; ``ru_maxrss`` knows the largest one only,
    and starts from what its parent had.
    """
    return sum(one.resident_bytes for one in _processes().values() if one.group == group)


class ProcessTree:
    """Samples CPU and memory of this process, all its descendants and the groups given.

    Unlike `measure`, it also sees processes that nobody here waits for.
    """

    def __init__(self, groups: Sequence[int]) -> None:
        self._groups = frozenset(groups)
        self._cpu: dict[int, float] = {}
        self.peak_bytes = 0
        self._is_over = threading.Event()
        self._sample()
        self._before = dict(self._cpu)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """Seconds of CPU since the start, of processes that ended too (to half a second)."""
        self._is_over.set()
        self._thread.join()
        self._sample()
        return sum(spent - self._before.get(pid, 0) for pid, spent in self._cpu.items())

    def _watch(self) -> None:
        while not self._is_over.wait(_TREE_SAMPLE_SECONDS):
            self._sample()

    def _sample(self) -> None:
        found = _processes()
        ours = {os.getpid()} | {p for p, one in found.items() if one.group in self._groups}
        size = 0
        while size < len(ours):
            size = len(ours)
            ours |= {pid for pid, one in found.items() if one.parent in ours}
        seen = [(pid, found[pid]) for pid in ours if pid in found]
        self._cpu |= {pid: one.cpu_seconds for pid, one in seen}
        self.peak_bytes = max(self.peak_bytes, sum(one.resident_bytes for _, one in seen))


@dataclass(frozen=True)
class _Process:
    parent: int
    group: int
    cpu_seconds: float
    resident_bytes: int


def _processes() -> dict[int, _Process]:
    """Every process of the machine, by number."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # After the name, which may hold anything but is in brackets: state, parent, group, …
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            cpu = (int(fields[11]) + int(fields[12])) / _TICKS
            found[int(entry.name)] = _Process(
                int(fields[1]), int(fields[2]), cpu, int(fields[21]) * _PAGE
            )
        except (OSError, IndexError, ValueError):
            continue  # it ended meanwhile
    return found
