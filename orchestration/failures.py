"""Faults of the machine - a full disk, a read-only target, lost permissions - in one clear line.

They are nobody's bug: whoever sees them needs what failed and where, not where in the code.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from orchestration.errors import CreditError, Failure

# DuckDB's names for them; the library itself is not loaded to look at an error.
_ENGINE_FAULTS = frozenset(
    {"IOException", "OutOfMemoryException", "FatalException", "TransactionException"}
)


def machine_fault(error: BaseException) -> str | None:
    """What the machine refused, as one line; None if the error is none of its faults.

    The error itself is looked at first, then what it came from.
    """
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, CreditError):
            return None
        line = _line(seen)
        if line is not None:
            return line
        seen = seen.__cause__
    return None


def _line(error: BaseException) -> str | None:
    if isinstance(error, OSError):
        where = f" ({_told(error.filename)})" if error.filename else ""
        return f"{error.strerror or error}{where}"
    if isinstance(error, MemoryError):
        return "the machine has no memory left"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    first = lines[0] if lines else type(error).__name__
    if isinstance(error, sqlite3.OperationalError):
        return f"the records of runs: {first} (is the disk full, or may it not be written?)"
    is_engine = type(error).__module__.partition(".")[0] in {"duckdb", "_duckdb"}
    return first if is_engine and type(error).__name__ in _ENGINE_FAULTS else None


def _told(path: object) -> str:
    from orchestration.ingest.persons import without_identities  # loads what ingest needs

    return without_identities(str(path))


@contextmanager
def told_plainly(doing: str) -> Iterator[None]:
    """Turn a fault of the machine into a `Failure` that says what was being done.

    Raises:
        Failure: the machine refused something; other errors pass as they are.
    """
    try:
        yield
    except Exception as error:
        fault = machine_fault(error)
        if fault is None:
            raise
        raise Failure(f"{doing} failed: {fault}; what was published stays as it was") from error
