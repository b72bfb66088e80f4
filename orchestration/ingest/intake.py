"""One delivered file after the other: bytes, rows as text, judged rows, and an entry of the ledger.

Shared by ``ingest``, which keeps what comes out, and ``check``, which only shows it.
"""

from __future__ import annotations

import os
import stat
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.catalogue import Catalogue
from orchestration.ingest.batch import (
    MOST_FILES,
    MOST_ROWS,
    BatchKey,
    Judge,
    JudgedFile,
    ReadFile,
    RowFault,
)
from orchestration.ingest.containers import take_bytes
from orchestration.ingest.control import read_control
from orchestration.ingest.delivered import DeliveryFile, FileFault
from orchestration.ingest.landing import unreadable
from orchestration.ingest.ledger import FileStatus, LedgerEntry
from orchestration.ingest.readers import read_delivery
from orchestration.ingest.readers.table import let_go
from orchestration.settings import Limits

if TYPE_CHECKING:
    import duckdb

# Raised when the meaning of reading changes in code rather than in the catalogue.
READING_VERSION = 1
# A status that is younger than this when it is taken proves nothing: the file may change again
# within the same tick of the file system's clock.
_SETTLED_NS = 2_000_000_000


def contract_version(catalogue: Catalogue) -> str:
    """What decides how a delivered row is read: the catalogue, and the reading itself."""
    return f"{catalogue.contract_version}.{READING_VERSION}"


def file_status(path: Path) -> FileStatus | None:
    """The status of a regular file; None for what is none.

    Raises:
        Failure: the path cannot be looked at.
    """
    try:
        status = os.lstat(path)
    except OSError as error:
        raise unreadable(str(path), error) from error
    if not stat.S_ISREG(status.st_mode):
        return None
    return FileStatus(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def settled(status: FileStatus | None) -> FileStatus | None:
    """The status, if it is old enough that an equal one proves the file unchanged."""
    if status is None:
        return None
    newest = max(status.modified_ns, status.changed_ns)
    return status if time.time_ns() - newest > _SETTLED_NS else None


@dataclass(frozen=True)
class Reading:
    """One file as it was read now: its entry for the ledger, and its rows' faults."""

    entry: LedgerEntry
    codes: dict[str, int] = field(default_factory=dict)
    rows: tuple[tuple[int, str], ...] = ()
    faults: tuple[RowFault, ...] = ()


class Intake:
    """Reads deliveries on one connection, into the raw zone of ``home`` or, without one, not.

    ``staging`` is where Parquet waits for its name (``Judge``).
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        catalogue: Catalogue,
        limits: Limits,
        home: Path | None = None,
        staging: Path | None = None,
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._limits = limits
        self._version = contract_version(catalogue)
        self._judge = Judge(connection, catalogue, self._version, home, staging)
        self._waiting: defaultdict[BatchKey, list[tuple[ReadFile, LedgerEntry]]]
        self._waiting = defaultdict(list)
        self._rows: defaultdict[BatchKey, int] = defaultdict(int)

    def read(self, deliveries: Iterable[DeliveryFile]) -> Iterator[Reading]:
        """Read them all; the readings come in the order in which they are finished.

        Raises:
            Failure: a file cannot be read, or rows were lost.
        """
        for delivery in deliveries:
            found = self._read_file(delivery)
            if isinstance(found, LedgerEntry):
                yield Reading(found)
                continue
            file, entry = found
            key = file.batch_key
            if self._rows[key] + file.table.rows > MOST_ROWS:
                yield from self._finish(key)
            self._waiting[key].append((file, entry))
            self._rows[key] += file.table.rows
            if len(self._waiting[key]) == MOST_FILES or self._rows[key] > MOST_ROWS:
                yield from self._finish(key)
        for key in list(self._waiting):
            yield from self._finish(key)

    def _finish(self, key: BatchKey) -> Iterator[Reading]:
        waiting = self._waiting.pop(key, [])
        self._rows[key] = 0
        if not waiting:
            return
        judged_files = self._judge.judge([file for file, _ in waiting])
        for (_, entry), judged in zip(waiting, judged_files, strict=True):
            yield Reading(_with_counts(entry, judged), judged.codes, judged.rows, judged.faults)

    def _read_file(self, delivery: DeliveryFile) -> LedgerEntry | tuple[ReadFile, LedgerEntry]:
        """The rows of a file with the entry they will complete; the entry alone of a fault."""
        status = file_status(delivery.path)
        entry = LedgerEntry(
            source_file=delivery.source_file,
            file_name=delivery.file_name,
            unit_code=delivery.unit_code,
            item_code=delivery.item_code,
            delivery_date=delivery.delivery_date,
            sha256=None,
            control_digest=None,
            contract_version=self._version,
            fault=delivery.fault,
            detail=delivery.detail,
            delivered_bytes=status.size if status else 0,
            status=settled(status),
        )
        if status is None:
            return entry if entry.fault else replace(entry, fault="F04", detail="no regular file")
        try:
            delivered = take_bytes(delivery, self._limits)
        except FileFault as fault:
            return replace(entry, fault=fault.code, detail=fault.detail)
        control = read_control(delivery.control_path)
        entry = replace(entry, sha256=delivered.sha256, control_digest=control.digest)
        if delivery.fault is not None or delivery.item_code is None:
            return entry
        item = self._catalogue.items[delivery.item_code]
        try:
            table = read_delivery(
                self._connection,
                delivery,
                item,
                delivery.encoding or "utf-8",
                self._limits,
                delivered,
            )
        except FileFault as fault:
            return replace(entry, fault=fault.code, detail=fault.detail)
        entry = replace(
            entry,
            rows_delivered=table.rows,
            warnings=_unknown_columns(len(table.unknown_headers)),
        )
        contradiction = (
            control.contradiction(table.rows, delivered.sha256) or table.control_total_fault
        )
        if contradiction is not None:
            let_go(self._connection, table)
            return replace(entry, fault="F03", detail=contradiction)
        return ReadFile(delivery, item, table, delivered.sha256), entry


def _unknown_columns(count: int) -> tuple[str, ...]:
    # Their names are not repeated: a sheet without its header has persons there.
    return (f"{count} column(s) that the catalogue does not know, ignored",) if count else ()


def _with_counts(entry: LedgerEntry, judged: JudgedFile) -> LedgerEntry:
    return replace(
        entry,
        rows_loaded=judged.rows_loaded,
        rows_quarantined=judged.rows_quarantined,
        rows_dropped=judged.rows_dropped,
        loaded=judged.loaded,
        quarantined=judged.quarantined,
    )
