"""The raw store: the raw zone of several homes in one object storage.

::

    <store>/items/…                     the Parquet of raw zones, under the same paths (raw.py)
    <store>/segments/<key>-<contract>/<UTC time>-<16 hex>.jsonl
                                        what was read, as in a ledger (ledger.py)

Every home has its own raw zone on its own disk; before it reads it brings what others read, and
afterwards it gives what it read: first the rows, then a new segment that names them. No object is
ever changed, so nothing needs a lock: what two homes read twice has one name and the same rows. The
first segment, by time, that takes a path decides what was taken of it. Segments lie apart by the
fingerprint of the person key and by the contract under which they were read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from orchestration.errors import Failure, WrongArguments
from orchestration.ingest.ledger import Ledger, LedgerEntry
from orchestration.ingest.objects import ObjectFolder, at_once, partial_in
from orchestration.ingest.raw import raw_folder, sync
from orchestration.settings import Settings

_SEGMENT = re.compile(
    r"segments/(?P<key>[0-9a-f]{32})-(?P<contract>[^/]+)/[0-9]{8}T[0-9]{6}-[0-9a-f]{16}\.jsonl"
)
_ROWS = re.compile(
    r"items/[a-z0-9_]+/[a-z0-9_]+/[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"/[A-Za-z0-9_-]+\.(loaded|quarantined)\.parquet"
)


class RawStore:
    """The store, as a home sees it; its segments are kept in ``<home>/work/store``."""

    def __init__(self, objects: ObjectFolder, home: Path, fingerprint: str, contract: str) -> None:
        """See the segments of a person key and a contract."""
        self._objects = objects
        self._home = home
        self._fingerprint = fingerprint
        self._contract = contract

    @staticmethod
    def of(settings: Settings, home: Path, fingerprint: str, contract: str) -> RawStore | None:
        """The store that the settings name; None where they name none.

        Raises:
            WrongArguments: that is no address of a folder in a bucket.
        """
        if settings.raw_store is None:
            return None
        objects = ObjectFolder(settings.raw_store.get_secret_value())
        return RawStore(objects, home, fingerprint, contract)

    def said(self) -> Ledger:
        """What all segments say together.

        Raises:
            WrongArguments: somebody gave it rows under another person key.
            Failure: the storage does not answer, or a segment is damaged.
        """
        named = [_SEGMENT.fullmatch(one.name) for one in self._objects.find("segments")]
        segments = [segment for segment in named if segment is not None]
        if any(segment["key"] != self._fingerprint for segment in segments):
            raise WrongArguments(
                f"The raw store {self._objects.told} holds rows that were read with another "
                "CREDIT_PERSON_KEY; set the key it was made with, or use another store."
            )
        cache = self._home / "work" / "store"
        together = Ledger(cache / "together.jsonl")
        names = sorted(one[0] for one in segments if one["contract"] == self._contract)
        self._bring((name, cache / name) for name in names)
        for name in names:
            together.merge(Ledger.at(cache / name))
        return together

    def pull(self, ledger: Ledger) -> list[LedgerEntry]:
        """Bring the rows that other homes read and write them down in the ledger; what is new.

        The caller holds the home alone.

        Raises:
            Failure: as `said`, or rows that a segment names are not there.
        """
        new = [
            entry
            for source_file, entry in self.said().entries.items()
            if _overrules(entry, ledger.entries.get(source_file))
        ]
        zone = raw_folder(self._home)
        names = [name for entry in new for name in _rows_of(entry)]
        odd = [name for name in names if _ROWS.fullmatch(name) is None]
        if odd:
            raise Failure(f"A segment of {self._objects.told} names what is no Parquet: {odd[0]!r}")
        self._bring((name, zone / name) for name in names)
        before = [ledger.entries[e.source_file] for e in new if e.source_file in ledger.entries]
        ledger.append(new)
        for name in {name for entry in before for name in _rows_of(entry)} - set(names):
            (zone / name).unlink(missing_ok=True)
        return new

    def push(self, entries: Iterable[LedgerEntry]) -> int:
        """Give the store what it does not know yet; how many files that are.

        Raises:
            Failure: the storage does not answer; what was given stays, the rest follows next time.
        """
        said = self.said().entries
        new = [
            plain
            for plain in map(_plain, entries)
            if _overrules(plain, said.get(plain.source_file))
            and not _is_taken(said.get(plain.source_file))
        ]
        if not new:
            return 0
        zone = raw_folder(self._home)
        names = [name for entry in new for name in _rows_of(entry)]
        at_once(lambda name: self._objects.store(zone / name, name), names)
        content = "".join(entry.to_json() + "\n" for entry in new).encode()
        digits = hashlib.sha256(content).hexdigest()[:16]
        folder = f"segments/{self._fingerprint}-{self._contract}"
        name = f"{folder}/{datetime.now(UTC):%Y%m%dT%H%M%S}-{digits}.jsonl"
        segment = partial_in(self._home / "work" / "store" / "half-written")
        segment.write_bytes(content)
        self._objects.store(segment, name)
        segment.unlink()
        return len(new)

    def _bring(self, wanted: Iterable[tuple[str, Path]]) -> None:
        """Fetch the objects that are not there; each appears whole or not at all."""
        missing = [(name, path) for name, path in wanted if not path.exists()]
        scratch = self._home / "work" / "store" / "half-written"

        def bring(one: tuple[str, Path]) -> Path:
            name, path = one
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = partial_in(scratch)
            if not self._objects.fetch(name, partial):
                raise Failure(
                    f"{name} is not in {self._objects.told}, or was replaced while it was read;"
                    " run again, and if it stays so, restore it or read the deliveries anew"
                )
            partial.replace(path)
            return path.parent

        for folder in set(at_once(bring, missing)):
            sync(folder)


def _plain(entry: LedgerEntry) -> LedgerEntry:
    """Without what only the host that read it knows."""
    return replace(entry, status=None)


def _is_taken(entry: LedgerEntry | None) -> bool:
    return entry is not None and entry.fault is None


def _overrules(entry: LedgerEntry, known: LedgerEntry | None) -> bool:
    """Whether an entry says something new; that a file was refused is nothing new once taken."""
    if known is None:
        return True
    return _plain(entry) != _plain(known) and (_is_taken(entry) or not _is_taken(known))


def _rows_of(entry: LedgerEntry) -> list[str]:
    return [name for name in (entry.loaded, entry.quarantined) if name is not None]
