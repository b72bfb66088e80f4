"""What the ledger says of deliveries, partition by partition. No Dagster in here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.home import Home
from orchestration.ingest.ledger import Ledger, LedgerEntry, fates
from orchestration.ingest.raw import raw_folder


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
        bytes=sum(entry.status.size for entry in entries if entry.status is not None),
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
        str(Path(zone, entry.quarantined))
        for entry in entries
        if entry.quarantined is not None and entry.fault is None
    ]
    with duckdb.connect() as connection:
        counted = connection.execute(
            "select source_file, code, count(*) from ("
            " select source_file, unnest(string_split(codes, ';')) as code"
            " from read_parquet($paths)) group by source_file, code",
            {"paths": paths},
        ).fetchall()
    found: dict[tuple[str, date], Counter[str]] = {}
    for source_file, code, count in counted:
        item, day = pair_of[source_file]
        if item is not None and day is not None:
            found.setdefault((item, day), Counter())[code] += count
    return {pair: dict(counts) for pair, counts in found.items()}
