"""What a killed ingest left behind, and no ledger names.

While the raw zone is written a mark lies in it. A run that finds the mark of another knows that
one was killed, and removes what it had not yet written down: half-written files, and Parquet whose
reading never came into the ledger. A home without the mark is not searched.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.ingest.ledger import Ledger
from orchestration.ingest.raw import raw_folder

_HALF_WRITTEN = ".partial"


@contextmanager
def marked(home: Path) -> Iterator[None]:
    """Mark the raw zone while it is written; the mark of a killed run is heeded first.

    An error leaves the mark too: what was begun is looked through by the next run.
    """
    mark = raw_folder(home) / "unfinished"
    if mark.exists():
        remove_strays(home)
    mark.touch()
    yield
    mark.unlink()


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
    for place in (home / "work" / "staging", home / "work" / "spill"):
        shutil.rmtree(place, ignore_errors=True)
