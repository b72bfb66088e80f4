"""What a killed ingest left behind, and no ledger names.

While the raw zone is written a mark lies in it. A run that finds the mark of another knows that
one was killed, and removes what it had not yet written down: half-written files, and Parquet whose
reading never came into the ledger. A home without the mark is not searched. A worker on another
host leaves the mark where it is: others may still be at work.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.ingest.ledger import Ledger
from orchestration.ingest.raw import raw_folder

_HALF_WRITTEN = ".partial"


def mark_of(home: Path) -> Path:
    """The mark of a raw zone that is being written."""
    return raw_folder(home) / "unfinished"


@contextmanager
def marked(home: Path) -> Iterator[None]:
    """Mark the raw zone while it is written; the mark of a killed run is heeded first.

    An error leaves the mark too: what was begun is looked through by the next run.
    """
    mark = mark_of(home)
    if mark.exists():
        # Open for writing: a network file system gives no lock of one's own otherwise.
        with mark.open("r+") as held:
            # The processes of a killed run end with it, but not in the same moment.
            fcntl.flock(held, fcntl.LOCK_EX)
            remove_strays(home)
    mark.touch()
    yield
    mark.unlink()


@contextmanager
def writing(home: Path) -> Iterator[None]:
    """For a process that a run or worker started: nobody removes strays until it has ended."""
    with mark_of(home).open() as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        yield


def remove_strays(home: Path) -> None:
    """Remove what the ledger does not name, and what was not written to its end.

    Raises:
        Failure: the ledger is damaged; nothing is removed then.
    """
    zone = raw_folder(home)
    entries = Ledger.of(home).entries.values()
    named = {zone / path for e in entries for path in (e.loaded, e.quarantined) if path}
    for root, _, names in os.walk(zone / "items", topdown=False):
        folder = Path(root)
        for path in (folder / name for name in names):
            if path not in named:
                path.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
    for place in (zone, home / "work", *(home / "feedback").glob("*")):
        for path in place.glob(f"*{_HALF_WRITTEN}"):
            path.unlink()
    for name in ("staging", "spill", "workers", "shares", "store/half-written"):
        shutil.rmtree(home / "work" / name, ignore_errors=True)
