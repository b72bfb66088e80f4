"""The ledger: what was read of which delivered file, in ``<home>/raw/ledger.jsonl``.

One line per reading, JSON; the last line of a path holds. Lines are appended and forced to the
disk after the Parquet they name; a last line without its end was cut off by a kill and does not
count. What depends on other deliveries (F00) is never in it: ``fates`` decides that from all of it.

Workers on other hosts write segments of the same form (shares.py). They are merged by path with
every reading of the ledger, and what was taken first stays; the next ingest folds them in.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.errors import Failure
from orchestration.ingest.raw import raw_folder, sync

SEGMENTS = "shares/*/ledger.jsonl"


@dataclass(frozen=True)
class FileStatus:
    """What the file system said of a delivered file when it was read; equal means unread since."""

    size: int
    modified_ns: int
    changed_ns: int
    inode: int


@dataclass(frozen=True)
class LedgerEntry:
    """One delivered file as it was read.

    ``fault`` is F01 to F06 or None (F03 with the counts of what was read: F00 may come before it);
    ``loaded`` and ``quarantined`` are paths below the raw zone, None where there are no such rows.
    ``delivered_bytes`` is its size; ``status`` is None where the file's status cannot prove
    that it is unchanged.
    """

    source_file: str
    file_name: str
    unit_code: str | None
    item_code: str | None
    delivery_date: date | None
    sha256: str | None
    control_digest: str | None
    contract_version: str
    fault: str | None = None
    detail: str | None = None
    rows_delivered: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_dropped: int = 0
    loaded: str | None = None
    quarantined: str | None = None
    warnings: tuple[str, ...] = ()
    delivered_bytes: int = 0
    status: FileStatus | None = None

    def to_json(self) -> str:
        """One line of the ledger, without its end."""
        values = asdict(self)
        values["delivery_date"] = self.delivery_date and self.delivery_date.isoformat()
        return json.dumps(values, separators=(",", ":"))

    @staticmethod
    def from_json(line: bytes) -> LedgerEntry:
        """The entry of one line; ValueError, TypeError or KeyError if it is none."""
        values: dict[str, Any] = json.loads(line)
        if values["delivery_date"] is not None:
            values["delivery_date"] = date.fromisoformat(values["delivery_date"])
        if values["status"] is not None:
            values["status"] = FileStatus(**values["status"])
        values["warnings"] = tuple(values["warnings"])
        return LedgerEntry(**values)


@dataclass
class Ledger:
    """The ledger of a home, by delivered path."""

    path: Path
    entries: dict[str, LedgerEntry] = field(default_factory=dict)
    whole_bytes: int = 0
    _in_segments: set[str] = field(default_factory=set)

    @staticmethod
    def of(home: Path, *, with_segments: bool = True) -> Ledger:
        """Read the ledger of a home; empty where there is none.

        Without its segments it says what runs took in: workers' readings wait for the next.

        Raises:
            Failure: a line is damaged.
        """
        # The segments first: who folds them in meanwhile has written them down before.
        paths = sorted(raw_folder(home).glob(SEGMENTS)) if with_segments else []
        segments = [Ledger.at(path) for path in paths]
        ledger = Ledger.at(raw_folder(home) / "ledger.jsonl")
        for segment in segments:
            ledger.merge(segment)
        return ledger

    @staticmethod
    def at(path: Path) -> Ledger:
        """Read one file of the ledger, or of a segment.

        Raises:
            Failure: a line is damaged.
        """
        ledger = Ledger(path)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return ledger
        ledger.whole_bytes = content.rfind(b"\n") + 1
        for number, line in enumerate(content[: ledger.whole_bytes].splitlines(), start=1):
            try:
                entry = LedgerEntry.from_json(line)
            except (ValueError, TypeError, KeyError) as error:
                raise Failure(
                    f"{ledger.path}, line {number} is damaged; restore the file from a copy, or "
                    "delete the home's raw folder and ingest the landing zone anew."
                ) from error
            ledger.entries[entry.source_file] = entry
        return ledger

    def merge(self, segment: Ledger) -> None:
        """Take what a segment says of paths of which nothing was taken before."""
        self._in_segments |= segment.entries.keys()
        for source_file, entry in segment.entries.items():
            known = self.entries.get(source_file)
            if known is None or known.fault is not None:
                self.entries[source_file] = entry

    def fold(self) -> list[LedgerEntry]:
        """Write what the segments say into the ledger itself and remove them; what they said.

        The caller holds the home alone. A kill in between leaves segments that say it again.
        """
        folded = [self.entries[path] for path in sorted(self._in_segments)]
        self.append(folded)
        self._in_segments = set()
        segments = self.path.with_name("shares")
        if segments.exists():
            shutil.rmtree(segments)
        return folded

    def append(self, entries: Iterable[LedgerEntry]) -> None:
        """Add readings and force them to the disk."""
        added = list(entries)
        if not added:
            return
        content = "".join(entry.to_json() + "\n" for entry in added).encode()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self.path.exists()
        with self.path.open("ab") as lines:
            lines.truncate(self.whole_bytes)
            lines.write(content)
            lines.flush()
            sync(self.path)
        if is_new:
            sync(self.path.parent)
        self.whole_bytes += len(content)
        for entry in added:
            self.entries[entry.source_file] = entry

    def rewrite(self, entries: Iterable[LedgerEntry]) -> None:
        """Replace the whole ledger at once."""
        kept = sorted(entries, key=lambda entry: entry.source_file)
        content = "".join(entry.to_json() + "\n" for entry in kept).encode()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_name(self.path.name + ".partial")
        partial.write_bytes(content)
        sync(partial)
        partial.replace(self.path)
        sync(self.path.parent)
        self.whole_bytes = len(content)
        self.entries = {entry.source_file: entry for entry in kept}


def fates(entries: Iterable[LedgerEntry]) -> dict[str, LedgerEntry]:
    """Every entry with the fault that holds among all of these, F00 decided (catalogue section 1).

    A file is F00 if exactly its bytes were taken before for the same item and unit, in the order
    of delivery date and file name; F00 comes before F03. Taken = no fault.
    """
    taken: set[tuple[str | None, str | None, str | None]] = set()
    decided = {}
    for entry in sorted(entries, key=_order):
        if entry.fault is None or entry.fault == "F03":
            bytes_of_pair = (entry.item_code, entry.unit_code, entry.sha256)
            if bytes_of_pair in taken:
                entry = replace(entry, fault="F00", detail="exactly these bytes were taken before")
            elif entry.fault is None:
                taken.add(bytes_of_pair)
        decided[entry.source_file] = entry
    return decided


def planned_files(entries: Iterable[LedgerEntry], as_of: date) -> tuple[LedgerEntry, ...]:
    """The files up to the as-of date (those without a date too), with the fault that holds."""
    seen = [e for e in entries if e.delivery_date is None or e.delivery_date <= as_of]
    return tuple(fates(seen).values())


def _order(entry: LedgerEntry) -> tuple[date, str, str]:
    return (entry.delivery_date or date.min, entry.file_name, entry.source_file)
