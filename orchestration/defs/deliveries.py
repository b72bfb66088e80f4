"""Deliveries as orchestration sees them: what is complete, what is unread, what was taken.

No Dagster in here.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import SecretStr

from orchestration.catalogue import Catalogue
from orchestration.home import Home
from orchestration.ingest.control import read_control
from orchestration.ingest.delivered import DeliveryFile
from orchestration.ingest.intake import contract_version, file_status
from orchestration.ingest.landing import scan
from orchestration.ingest.ledger import Ledger, LedgerEntry, fates
from orchestration.ingest.raw import raw_folder
from orchestration.parquet import pattern
from orchestration.settings import Settings

READY = ".ready"


def unread(
    landing: Path,
    home: Home,
    catalogue: Catalogue,
    as_of: date,
    person_key: SecretStr | None = None,
) -> list[DeliveryFile]:
    """The deliveries up to a date that a run would read; nothing is opened but control files.

    A file that was read within seconds of its arrival counts as unread: its status proves nothing
    yet. That costs a look, never a delivery. So does what a worker read and no run took over yet.

    Raises:
        WrongArguments: the landing zone is not there.
        Failure: a folder cannot be read, or the ledger is damaged.
    """
    known = Ledger.of(home.folder, with_segments=False).entries
    key = person_key.get_secret_value() if person_key else None
    version = contract_version(catalogue)
    return [
        delivery
        for delivery in scan(landing, catalogue, as_of, key)
        if not _is_read(delivery, known.get(delivery.source_file), version)
    ]


def _is_read(delivery: DeliveryFile, entry: LedgerEntry | None, version: str) -> bool:
    if entry is None or entry.contract_version != version:
        return False
    status = file_status(delivery.path)
    if status != entry.status:
        return False
    if entry.fault is None or status is None:
        return status is not None or entry.fault == "F04"
    return read_control(delivery.control_path).digest == entry.control_digest


class Completeness:
    """Which folders of a landing zone are complete; each is looked at once.

    A unit's folder is complete when it, or the folder of its date, holds a file ``.ready``, or when
    nothing in it changed for ``quiet_seconds``. Of copies of objects the objects' own times count,
    not when they were copied.
    """

    def __init__(
        self, quiet_seconds: float, now: float | None = None, *, are_copies: bool = False
    ) -> None:
        """Judge by the clock of ``now``, seconds since the epoch."""
        self._quiet_seconds = quiet_seconds
        self._are_copies = are_copies
        self._now = time.time() if now is None else now
        self._known: dict[Path, bool] = {}

    @staticmethod
    def of(settings: Settings) -> Completeness:
        """As the settings have it."""
        are_copies = settings.landing_source is not None
        return Completeness(settings.quiet_seconds, are_copies=are_copies)

    def __call__(self, delivery: DeliveryFile) -> bool:
        """Whether the folder of a delivery is complete."""
        folder = delivery.path.parent
        if folder not in self._known:
            self._known[folder] = self._is_complete(folder)
        return self._known[folder]

    def _is_complete(self, folder: Path) -> bool:
        if (folder / READY).exists() or (folder.parent / READY).exists():
            return True
        try:
            with os.scandir(folder) as listing:
                changes = [self._changed(entry) for entry in listing]
        except OSError:
            return False
        if not self._are_copies:
            changes.append(folder.stat().st_mtime)
        return self._now - max(changes, default=0.0) >= self._quiet_seconds

    def _changed(self, entry: os.DirEntry[str]) -> float:
        status = entry.stat(follow_symlinks=False)
        return status.st_mtime if self._are_copies else max(status.st_mtime, status.st_ctime)


@dataclass(frozen=True)
class PartitionFacts:
    """The deliveries of one item on one date, all units together.

    ``faults`` counts files by F code and rows by Q code; a row with two codes counts in both.
    ``bytes`` are those of the delivered files.
    """

    item_code: str
    delivery_date: date
    units: tuple[str, ...]
    files: int
    files_refused: int
    bytes: int
    rows_delivered: int
    rows_loaded: int
    rows_quarantined: int
    rows_dropped: int
    faults: dict[str, int]

    @staticmethod
    def none(item_code: str, delivery_date: date) -> PartitionFacts:
        """An item of which nothing came that day."""
        return PartitionFacts(item_code, delivery_date, (), 0, 0, 0, 0, 0, 0, 0, {})


def partition_facts(
    home: Home,
    wanted: Collection[tuple[str | None, date | None]],
    asked: tuple[date, date] | None = None,
) -> list[PartitionFacts]:
    """The facts of the wanted (item, date) pairs and of every pair in the asked range of dates.

    Sorted by date and item; a pair without files has none.
    """
    groups: dict[tuple[date, str], list[LedgerEntry]] = {}
    for entry in fates(Ledger.of(home.folder).entries.values()).values():
        item, day = entry.item_code, entry.delivery_date
        if item is None or day is None:
            continue
        if (item, day) in wanted or (asked is not None and asked[0] <= day <= asked[1]):
            groups.setdefault((day, item), []).append(entry)
    rows = _row_faults(home, [entry for group in groups.values() for entry in group])
    return [
        _summary(item, day, groups[day, item], rows.get((item, day), {}))
        for day, item in sorted(groups)
    ]


def _summary(
    item: str, day: date, entries: list[LedgerEntry], rows: dict[str, int]
) -> PartitionFacts:
    taken = [entry for entry in entries if entry.fault is None]
    files = Counter(entry.fault for entry in entries if entry.fault is not None)
    return PartitionFacts(
        item_code=item,
        delivery_date=day,
        units=tuple(sorted({entry.unit_code for entry in entries if entry.unit_code})),
        files=len(entries),
        files_refused=len(entries) - len(taken),
        bytes=sum(entry.delivered_bytes for entry in entries),
        rows_delivered=sum(entry.rows_delivered for entry in taken),
        rows_loaded=sum(entry.rows_loaded for entry in taken),
        rows_quarantined=sum(entry.rows_quarantined for entry in taken),
        rows_dropped=sum(entry.rows_dropped for entry in taken),
        faults=dict(sorted({**files, **rows}.items())),
    )


def _row_faults(home: Home, entries: list[LedgerEntry]) -> dict[tuple[str, date], dict[str, int]]:
    """Rows by Q code of the taken files, per item and date, read from the quarantine."""
    pair_of = {
        entry.source_file: (entry.item_code, entry.delivery_date)
        for entry in entries
        if entry.quarantined is not None and entry.fault is None
    }
    if not pair_of:
        return {}
    import duckdb

    zone = raw_folder(home.folder)
    paths: list[str] = [
        pattern(zone / entry.quarantined)
        for entry in entries
        if entry.quarantined is not None and entry.fault is None
    ]
    with duckdb.connect() as connection:
        counted = connection.execute(
            "select source_file, code, count(*) from ("
            " select source_file, unnest(string_split(codes, ';')) as code"
            " from read_parquet($paths, hive_partitioning = false)) group by source_file, code",
            {"paths": paths},
        ).fetchall()
    found: dict[tuple[str, date], Counter[str]] = {}
    for source_file, code, count in counted:
        item, day = pair_of[source_file]
        if item is not None and day is not None:
            found.setdefault((item, day), Counter())[code] += count
    return {pair: dict(counts) for pair, counts in found.items()}
