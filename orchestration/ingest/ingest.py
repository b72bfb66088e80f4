"""Ingest: every delivery of the landing zone that is new, into the raw zone and its ledger.

What was taken is not read again; a refused file is, when its bytes or its control file changed.
Nothing here depends on the order in which runs see files: what does (F00, versions) is decided at
build time from the whole ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from orchestration.catalogue import Catalogue
from orchestration.errors import Failure, WrongArguments
from orchestration.home import Home
from orchestration.ingest.containers import take_bytes
from orchestration.ingest.control import read_control
from orchestration.ingest.delivered import DeliveryFile
from orchestration.ingest.engine import open_connection
from orchestration.ingest.feedback import is_current, write_feedback
from orchestration.ingest.intake import Reading, contract_version, file_status, settled
from orchestration.ingest.landing import scan
from orchestration.ingest.ledger import Ledger, LedgerEntry, fates
from orchestration.ingest.raw import hold_person_key, raw_folder
from orchestration.ingest.store import RawStore
from orchestration.ingest.workers import read
from orchestration.settings import Settings

# Readings are made permanent in portions, so that a killed run loses little.
_READINGS_PER_APPEND = 200

Progress = Callable[[str, int, int], None]
Wanted = Callable[[DeliveryFile], bool]


@dataclass(frozen=True)
class IngestReport:
    """What a run of ingest did.

    ``files`` are the readings of this run (their fault by themselves: F00 is decided over all);
    ``unchanged`` counts the deliveries that were known; ``warnings`` are lines for people.
    """

    files: tuple[Reading, ...]
    unchanged: int
    warnings: tuple[str, ...]


def ingest(
    landing: Path | None,
    home: Path,
    settings: Settings,
    catalogue: Catalogue,
    as_of: date,
    progress: Progress | None = None,
    wanted: Wanted | None = None,
) -> IngestReport:
    """Read what is new in the landing zone, up to the as-of date, into the home's raw zone.

    Before that it takes over what workers read, and what is new in the raw store; afterwards it
    gives the store what is new here. Without a landing zone that is all.

    ``progress(what, done, total)`` is told after every file, with the rows up to it. What is not
    ``wanted`` stays unread: folders that are still being filled, dates that nobody asked for. A
    changed contract reads everything again, and replaces the ledger only when all of it is read.
    What is at fault goes back to the units (feedback.py).

    Raises:
        WrongArguments: no person key, another one than the home's, or no landing zone.
        Failure: a file cannot be read, rows were lost, or a changed contract finds files gone.
    """
    person_key = key_of(settings)
    found = scan(landing, catalogue, as_of, person_key) if landing else []
    deliveries = [delivery for delivery in found if wanted is None or wanted(delivery)]
    fingerprint = hold_person_key(home, person_key)
    store = RawStore.of(settings, home, fingerprint, contract_version(catalogue))
    ledger = Ledger.of(home)
    readings = [Reading(entry) for entry in ledger.fold()]
    warnings: list[str] = []
    if landing is None:
        refuse_stale(ledger, catalogue)
    is_stale = _is_stale(ledger, catalogue)
    if store is not None and not is_stale:
        readings += [Reading(entry) for entry in store.pull(ledger)]
    if landing and is_stale:
        everything = scan(landing, catalogue, date.max, person_key)
        pending = _once_more(ledger, everything, {d.source_file for d in deliveries})
    else:
        pending, confirmed = news(deliveries, ledger, settings, warnings)
        ledger.append(confirmed)
    if pending:
        with clear_failures(home):
            stream = read(pending, settings, catalogue, home, home / "work")
            stream = told(stream, len(pending), progress)
            readings += _replace(ledger, stream) if is_stale else append(ledger, stream)
    if not is_current(home, ledger):
        with clear_failures(home), open_connection(settings, Home(home).spill) as connection:
            write_feedback(connection, home, catalogue)
    if store is not None:
        store.push(ledger.entries.values())
    if is_stale:
        warnings.append(f"The catalogue changed: {len(readings)} files were read again.")
    unchanged = 0 if is_stale else len(deliveries) - len(pending)
    return IngestReport(tuple(readings), unchanged, tuple(warnings))


def key_of(settings: Settings) -> str:
    """The person key.

    Raises:
        WrongArguments: there is none.
    """
    if settings.person_key is None:
        raise WrongArguments(
            "CREDIT_PERSON_KEY is not set; real deliveries are only read with the person key."
        )
    return settings.person_key.get_secret_value()


@contextmanager
def clear_failures(home: Path) -> Iterator[None]:
    """Say in one line what a full disk or too little memory did."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise Failure(
            "Ingest needs more memory than CREDIT_MEMORY_LIMIT allows; raise it, or set"
            " CREDIT_INGEST_WORKERS=1 that one process has all of it, and run again: what was"
            " ingested stays."
        ) from error
    except (duckdb.IOException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise Failure(
            f"Ingest could not write to {home} ({reason}); make room and run again: "
            "what was ingested stays."
        ) from error


def told(readings: Iterable[Reading], total: int, progress: Progress | None) -> Iterator[Reading]:
    """The readings as they are, each told to ``progress``."""
    rows = 0
    for done, reading in enumerate(readings, start=1):
        rows += reading.entry.rows_delivered
        if progress is not None:
            progress(f"{reading.entry.source_file}, {rows:,} rows so far", done, total)
        yield reading


def append(ledger: Ledger, readings: Iterable[Reading]) -> list[Reading]:
    """Keep the readings; what was finished before an error is kept too."""
    kept: list[Reading] = []
    waiting: list[LedgerEntry] = []
    try:
        for reading in readings:
            kept.append(reading)
            waiting.append(reading.entry)
            if len(waiting) == _READINGS_PER_APPEND:
                ledger.append(waiting)
                waiting = []
    finally:
        ledger.append(waiting)
    return kept


def _replace(ledger: Ledger, readings: Iterable[Reading]) -> list[Reading]:
    """Put the readings in the place of the whole ledger, once all of them are there."""
    kept = list(readings)
    before = dict(ledger.entries)
    version = kept[0].entry.contract_version if kept else ""
    entries = {reading.entry.source_file: reading.entry for reading in kept}
    for source_file, old in before.items():
        new = entries.get(source_file)
        if new is not None and _needs_rows(old) and new.sha256 != old.sha256:
            raise _cannot_reread([source_file])
        if new is None:
            entries[source_file] = replace(old, contract_version=version)
    ledger.rewrite(entries.values())
    written = {path for entry in entries.values() for path in (entry.loaded, entry.quarantined)}
    zone = ledger.path.parent
    for old in before.values():
        for path in (old.loaded, old.quarantined):
            if path is not None and path not in written:
                (zone / path).unlink(missing_ok=True)
    return kept


def _is_stale(ledger: Ledger, catalogue: Catalogue) -> bool:
    version = contract_version(catalogue)
    return any(entry.contract_version != version for entry in ledger.entries.values())


def _needs_rows(entry: LedgerEntry) -> bool:
    """Whether the entry's rows are, or could come to be, part of a build."""
    return entry.fault is None or entry.fault == "F03"


def _once_more(
    ledger: Ledger, everything: list[DeliveryFile], wanted: set[str]
) -> list[DeliveryFile]:
    """What a changed contract reads again: all that was read before, and what is new.

    Raises:
        Failure: a file whose rows are in the raw zone is no longer in the landing zone.
    """
    there = {delivery.source_file for delivery in everything}
    gone = sorted(
        entry.source_file
        for entry in ledger.entries.values()
        if _needs_rows(entry) and entry.source_file not in there
    )
    if gone:
        raise _cannot_reread(gone)
    return [
        delivery
        for delivery in everything
        if delivery.source_file in ledger.entries or delivery.source_file in wanted
    ]


def _cannot_reread(gone: list[str]) -> Failure:
    return Failure(
        "The catalogue changed since these deliveries were read, and the landing zone no longer "
        f"has {len(gone)} of them as they were (first: {gone[0]}). Put them back, or keep the "
        "earlier version of the program for this home."
    )


def refuse_stale(ledger: Ledger, catalogue: Catalogue) -> None:
    """Stop where the raw zone was read under another contract than the catalogue's.

    Raises:
        Failure: with what to do.
    """
    if _is_stale(ledger, catalogue):
        raise Failure(
            f"The raw zone {ledger.path.parent} was read under another version of the catalogue; "
            "run with --landing, so that the deliveries are read again. (A home that has only a "
            "raw store is made anew from there: remove its folder raw.)"
        )


def news(
    deliveries: list[DeliveryFile], ledger: Ledger, settings: Settings, warnings: list[str]
) -> tuple[list[DeliveryFile], list[LedgerEntry]]:
    """The deliveries that must be read: new ones, and refused ones that changed.

    With them entries of files that are as they were, by a status that proves more than before.
    """
    decided = fates(ledger.entries.values())
    pending: list[DeliveryFile] = []
    confirmed: list[LedgerEntry] = []
    for delivery in deliveries:
        known = decided.get(delivery.source_file)
        if known is None:
            pending.append(delivery)
            continue
        status = file_status(delivery.path)
        is_same_file = status is not None and status == known.status
        control_digest = known.control_digest
        if known.fault is not None and not (known.fault == "F04" and status is None):
            control_digest = read_control(delivery.control_path).digest
        if is_same_file and control_digest == known.control_digest:
            continue
        is_same_bytes = is_same_file or (
            known.sha256 is None
            if status is None
            else take_bytes(delivery, settings.limits).sha256 == known.sha256
        )
        if is_same_bytes and control_digest == known.control_digest:
            entry = ledger.entries[delivery.source_file]
            if settled(status) is not None:
                confirmed.append(replace(entry, status=settled(status)))
        elif known.fault is not None:
            pending.append(delivery)
        else:
            warnings.append(
                f"{delivery.source_file} was taken before and its bytes changed since; it is not "
                "read again. A correction comes as a new file, with a higher 信息版本号."
            )
    return pending, confirmed


__all__ = ["IngestReport", "Progress", "ingest", "raw_folder", "refuse_stale"]
