"""The home: one folder that holds everything a warehouse keeps, and the lock on it.

::

    <home>/lock                         held while a run or a worker writes; dies with its process
    <home>/raw/                         the raw zone and its ledger (orchestration.ingest)
    <home>/work/                        disposable: the build database, dbt's target
    <home>/published/                   the releases and ``current`` (orchestration.publish)
    <home>/feedback/                    what went back to the units
    <home>/state/                       the hold after a rollback, query log, Dagster's instance
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestration.errors import Failure, HomeIsHeld, WrongArguments


@dataclass(frozen=True)
class Home:
    """The paths of a home. Making one creates nothing."""

    folder: Path

    @property
    def lock_file(self) -> Path:
        """Locked while a run writes."""
        return self.folder / "lock"

    @property
    def raw(self) -> Path:
        """The raw zone."""
        return self.folder / "raw"

    @property
    def work(self) -> Path:
        """What can be deleted at any time when no run is on."""
        return self.folder / "work"

    @property
    def build_database(self) -> Path:
        """The database in which dbt builds; nobody reads it but audit and publication."""
        return self.work / "build.duckdb"

    @property
    def spill(self) -> Path:
        """Where the engine puts down what its memory does not hold."""
        return self.work / "spill"

    @property
    def published(self) -> Path:
        """``current`` and ``releases/``."""
        return self.folder / "published"

    @property
    def releases(self) -> Path:
        """One folder per release."""
        return self.published / "releases"

    @property
    def current(self) -> Path:
        """The link that readers follow."""
        return self.published / "current"

    @property
    def feedback(self) -> Path:
        """What went back to the units."""
        return self.folder / "feedback"

    @property
    def state(self) -> Path:
        """What is neither data nor release: holds, logs, Dagster's instance."""
        return self.folder / "state"

    def create(self) -> None:
        """Make the folder; what is in it but releases is for its owner and group only.

        Raises:
            WrongArguments: the path holds a ``?``.
            Failure: the folder cannot be made or written.
        """
        if "?" in str(self.folder):
            # DuckDB keeps its log before the first "?" of a path, Dagster its records.
            raise WrongArguments(
                f"the home {self.folder} has a '?' in its path, which database files cannot have"
                " in theirs; choose another folder"
            )
        try:
            if not self.folder.is_dir():
                self.folder.mkdir(parents=True)
                self.folder.chmod(0o755)  # the public passes through, whatever the umask
            for folder in (self.raw, self.work, self.state):
                folder.mkdir(exist_ok=True, mode=0o750)
        except OSError as error:
            raise Failure(f"the home {self.folder} cannot be written: {error.strerror}") from error

    @contextmanager
    def held(self, *, shared: bool = False) -> Iterator[None]:
        """Hold the home for writing: a run alone, the workers that read for it together.

        Raises:
            HomeIsHeld: another run holds it, or a worker does and it is wanted alone.
        """
        self.create()
        refusal = f"another run holds the home {self.folder}, or a worker does; wait for it to end"
        with locked(self.lock_file, refusal, shared=shared):
            yield


@contextmanager
def locked(path: Path, refusal: str, *, shared: bool = False) -> Iterator[None]:
    """Lock a file, alone or shared with others who ask for no more.

    The kernel drops the lock when its process ends, however it ends: a stale lock is not possible.

    Raises:
        HomeIsHeld: another process holds the lock; ``refusal`` is the message.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except OSError as error:
        raise Failure(f"the lock {path} cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            raise HomeIsHeld(refusal) from error
        raise
    try:
        yield
    finally:
        os.close(descriptor)
