"""Reading deliveries, in this process or in several of this machine.

Files are independent: what a file is among the others is decided from the whole ledger, never
here. So each process reads a part of them, writes their Parquet and sends the readings back;
whoever asked keeps the ledger. A process ends when the one that asked is gone.
"""

from __future__ import annotations

import heapq
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from orchestration.catalogue import Catalogue
from orchestration.engine import memory_bytes, part_of_memory
from orchestration.errors import Failure
from orchestration.failures import machine_fault
from orchestration.ingest.delivered import DeliveryFile
from orchestration.ingest.engine import install_contract, open_connection
from orchestration.ingest.intake import Intake, Reading
from orchestration.ingest.strays import writing
from orchestration.settings import Settings

# With fewer of both, starting processes costs more CPU than the wall time it saves is worth.
_FEW_FILES = 2_000
_FEW_BYTES = 8 * 1000**2
# What a process should have of DuckDB's memory: the largest file that is read needs half of it.
_MEMORY_BYTES = 1.5 * 1000**3
# What reading a file costs before its first row, in bytes that cost as much.
_OVERHEAD = 50_000


@dataclass(frozen=True)
class Task:
    """What a process is to read. Below ``scratch`` it has a place of its own."""

    deliveries: tuple[DeliveryFile, ...]
    settings: Settings
    catalogue: Catalogue
    home: Path
    scratch: Path


def read(
    deliveries: Sequence[DeliveryFile],
    settings: Settings,
    catalogue: Catalogue,
    home: Path,
    scratch: Path,
) -> Iterator[Reading]:
    """Read them all into the marked raw zone; the readings come in the order of their ends.

    Raises:
        Failure: a file cannot be read, rows were lost, or a process was killed.
    """
    task = Task(tuple(deliveries), settings, catalogue, home, scratch)
    count = _wanted_processes(task)
    if count == 1:
        return _read_here(task)
    return _read_in_processes(_divided(task, count), scratch / "workers")


def _read_here(task: Task) -> Iterator[Reading]:
    assert task.settings.person_key is not None  # noqa: S101
    with open_connection(task.settings, task.scratch / "spill") as connection:
        install_contract(connection, task.settings.person_key.get_secret_value())
        limits, staging = task.settings.limits, task.scratch / "staging"
        yield from Intake(connection, task.catalogue, limits, task.home, staging).read(
            task.deliveries
        )


# ------------------------------------------------------------------ the process that asks


def _wanted_processes(task: Task) -> int:
    """How many processes are asked for or, unasked, worth it; none has less than a file.

    Unasked: no more than there are cores, than have memory enough each, and than finish sooner,
    since a file is read by one.
    """
    settings, sizes = task.settings, [delivery.size for delivery in task.deliveries]
    count = settings.ingest_workers
    if count is None:
        if len(sizes) < _FEW_FILES and sum(sizes) < _FEW_BYTES:
            return 1
        by_size = sum(sizes) // max(*sizes, 1)
        by_memory = int(memory_bytes(settings.memory_limit) // _MEMORY_BYTES)
        count = min(_cores(settings), by_size, by_memory)
    return max(1, min(count, len(sizes)))


def _cores(settings: Settings) -> int:
    # Of all that the machine has, these are what this process may use.
    return settings.threads or len(os.sched_getaffinity(0))


def _divided(task: Task, count: int) -> list[Task]:
    """A task for each process, with its part of the bytes, of memory and of the cores."""
    settings = task.settings.model_copy(
        update={
            "ingest_workers": 1,
            "threads": max(1, _cores(task.settings) // count),
            "memory_limit": part_of_memory(task.settings.memory_limit, count),
        }
    )
    return [
        Task(part, settings, task.catalogue, task.home, task.scratch / "workers" / str(number))
        for number, part in enumerate(_shares(task.deliveries, count))
    ]


def _shares(deliveries: Sequence[DeliveryFile], count: int) -> list[tuple[DeliveryFile, ...]]:
    """The deliveries in so many parts of about equal size, in their order within each.

    The largest come first, each to whom has the least: a large one at the end would be waited for.
    """
    least = [(0, number) for number in range(count)]
    taken: list[list[int]] = [[] for _ in range(count)]
    for place in sorted(range(len(deliveries)), key=lambda at: -deliveries[at].size):
        size, number = heapq.heappop(least)
        taken[number].append(place)
        # A file costs something whatever its size.
        heapq.heappush(least, (size + deliveries[place].size + _OVERHEAD, number))
    return [tuple(deliveries[place] for place in sorted(places)) for places in taken]


def _read_in_processes(tasks: Sequence[Task], scratch: Path) -> Iterator[Reading]:
    """The readings of a process for each task; all that there are, before a lost one is a failure.

    ``scratch`` is removed when they have ended.
    """
    with ExitStack() as stack:
        unread = [stack.enter_context(_process()) for _ in tasks]
        for channel, task in zip(unread, tasks, strict=True):
            with suppress(OSError):  # one that is dead is found out below
                channel.send(task)
        lost = 0
        while unread:
            ready: list[Any] = wait(unread)
            for channel in ready:
                try:
                    said = channel.recv()
                except (EOFError, OSError):
                    lost, said = lost + 1, None
                if isinstance(said, Exception):
                    raise said
                if said is None:
                    unread.remove(channel)
                else:
                    yield said
    shutil.rmtree(scratch, ignore_errors=True)
    if lost:
        raise Failure(
            f"{lost} of {len(tasks)} ingest workers ended before their work was done (killed, or "
            "out of memory); run again: what was ingested stays, and the rest is read then."
        )


@contextmanager
def _process() -> Iterator[Connection[Any, Any]]:
    """A process that waits for its task on the other end of the channel; it ends with the block."""
    ours, theirs = Pipe()
    process = subprocess.Popen(  # noqa: S603 - this program's own module
        # -P: nothing is imported from the folder that the command is called in.
        [sys.executable, "-P", "-m", "orchestration.ingest.workers", str(theirs.fileno())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=[theirs.fileno()],
        start_new_session=True,
    )
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


# ------------------------------------------------------------------ the process that reads


def main() -> None:
    """Do the one task that comes through the channel: every reading, then None or an error."""
    channel: Connection[Any, Any] = Connection(int(sys.argv[1]))
    task: Task = channel.recv()
    threading.Thread(target=_end_with, args=(channel,), daemon=True).start()
    try:
        with writing(task.home):
            for reading in _read_here(task):
                channel.send(reading)
    except Exception as error:
        if not isinstance(error, Failure) and machine_fault(error) is None:
            raise  # an error of the program: its stack is told here, the rest there
        channel.send(error)
    channel.send(None)


def _end_with(channel: Connection[Any, Any]) -> None:
    with suppress(EOFError, OSError):
        channel.recv()  # nothing more comes: it waits for the end of the other side
    os._exit(1)


if __name__ == "__main__":
    main()
