"""Workers on several hosts that share one landing zone and one raw zone.

::

    <home>/raw/shares/2-of-8/lock           held by the worker that reads the share
    <home>/raw/shares/2-of-8/ledger.jsonl   what it read: a segment of the ledger (ledger.py)

A worker reads the new files whose path falls to its share, and writes them down in its own segment;
it never touches the ledger, the feedback or a release. Workers hold the home together, a run alone:
so a run begins when the workers are done, and folds their segments in. What a killed worker did not
write down is read by its next start or by the run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.catalogue import Catalogue
from orchestration.errors import WrongArguments
from orchestration.home import Home, locked
from orchestration.ingest.delivered import DeliveryFile
from orchestration.ingest.ingest import (
    IngestReport,
    Progress,
    append,
    clear_failures,
    key_of,
    news,
    refuse_stale,
    told,
)
from orchestration.ingest.intake import contract_version
from orchestration.ingest.landing import scan
from orchestration.ingest.ledger import Ledger
from orchestration.ingest.mirror import fetch_landing
from orchestration.ingest.raw import hold_person_key, raw_folder
from orchestration.ingest.store import RawStore
from orchestration.ingest.strays import mark_of
from orchestration.ingest.workers import read
from orchestration.settings import Settings


@dataclass(frozen=True)
class Share:
    """One of ``count`` shares of a landing zone, numbered from 1."""

    number: int
    count: int

    @staticmethod
    def of(text: str) -> Share:
        """The share that ``2/8`` names.

        Raises:
            WrongArguments: it names none.
        """
        found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise WrongArguments(f"{text} is no share; expected one like 2/8, from 1/8 to 8/8")
        return Share(int(found[1]), int(found[2]))

    def has(self, source_file: str) -> bool:
        """Whether a delivered path falls to this share: the same on every machine."""
        digest = hashlib.sha256(source_file.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.number - 1

    @property
    def name(self) -> str:
        """Its name as a folder."""
        return f"{self.number}-of-{self.count}"

    @contextmanager
    def held(self, home: Path) -> Iterator[Path]:
        """Hold the share, whose folder this gives.

        Raises:
            HomeIsHeld: another worker reads it.
        """
        folder = raw_folder(home) / "shares" / self.name
        folder.mkdir(parents=True, exist_ok=True)
        refusal = f"another worker reads the share {self.number}/{self.count} of {home}"
        with locked(folder / "lock", refusal):
            yield folder


def ingest_share(
    landing: Path,
    home: Home,
    settings: Settings,
    catalogue: Catalogue,
    as_of: date,
    share: Share,
    progress: Progress | None = None,
    wanted: Callable[[DeliveryFile], bool] | None = None,
) -> IngestReport:
    """Read what is new of a share, up to the as-of date, into the raw zone and the share's segment.

    What is not ``wanted`` stays unread: folders that are still being filled.

    Raises:
        HomeIsHeld: a run holds the home, or another worker the share.
        WrongArguments: no person key, another one than the home's, or no landing zone.
        Failure: a file cannot be read, rows were lost, or the raw zone is of another contract.
    """
    person_key = key_of(settings)
    with home.held(shared=True), share.held(home.folder) as folder:
        fingerprint = hold_person_key(home.folder, person_key)
        ledger = Ledger.of(home.folder)
        refuse_stale(ledger, catalogue)
        warnings = fetch_landing(settings, share.has)
        store = RawStore.of(settings, home.folder, fingerprint, contract_version(catalogue))
        if store is not None:
            ledger.merge(store.said())  # what was read; its rows come with a run
        found = scan(landing, catalogue, as_of, person_key)
        deliveries = [
            delivery
            for delivery in found
            if share.has(delivery.source_file) and (wanted is None or wanted(delivery))
        ]
        pending, _ = news(deliveries, ledger, settings, warnings)
        mark_of(home.folder).touch()
        scratch = home.work / "shares" / share.name
        with clear_failures(home.folder):
            stream = read(pending, settings, catalogue, home.folder, scratch)
            segment = Ledger.at(folder / "ledger.jsonl")
            readings = append(segment, told(stream, len(pending), progress))
        if store is not None:
            store.push(segment.entries.values())
    return IngestReport(tuple(readings), len(deliveries) - len(pending), tuple(warnings))
