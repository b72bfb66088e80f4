"""Making a release: the way from a build database to a folder that verifies.

::

    releases/.staging-<id>/   written, synced, reopened, verified
    releases/<id>/            one rename: the release is there, complete
    current                   one rename of a link, last
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.errors import Failure
from orchestration.failures import machine_fault
from orchestration.marts import MartTable
from orchestration.publish.changes import write_changes
from orchestration.publish.files import (
    give_to,
    make_public_folder,
    remove_tree,
    set_mode,
    sha256_of,
    sync_folder,
    sync_tree,
)
from orchestration.publish.manifest import FileEntry, Manifest, TableEntry
from orchestration.publish.products import write_csv, write_database, write_table
from orchestration.publish.signature import sign_manifest
from orchestration.publish.store import CLOSED, ReleaseStore, release_order
from orchestration.publish.verify import verify_release

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class ReleaseDraft:
    """What a release is made of besides its tables."""

    release_id: str
    as_of_date: date
    built_at: datetime
    code_version: str
    input_digest: str
    parameters: dict[str, Any]
    state_digest: str = ""
    approvals: tuple[dict[str, Any], ...] = ()
    audit: dict[str, Any] = field(default_factory=dict)
    # The number of the group that may read the gov product; None leaves the writer's own.
    gov_group: int | None = None
    # Fills a staging folder with further parts: the audit's report, documents, the site.
    parts: tuple[Callable[[Path], None], ...] = ()
    # Signs both manifests; a release without a key has no signature.
    signing_key: Ed25519PrivateKey | None = None


@dataclass(frozen=True)
class Published:
    """What publication did."""

    manifest: Manifest
    is_new: bool
    is_current: bool


@dataclass(frozen=True)
class Content:
    """The tables of a build as files in a folder that nobody else may enter: no release yet."""

    staging: Path
    entries: tuple[TableEntry, ...]
    previous: tuple[Path, Manifest] | None
    # The newest release of the same date, if it says the same; then only Parquet was written.
    standing: Manifest | None


def write_content(
    store: ReleaseStore,
    connection: DuckDBPyConnection,
    tables: Sequence[MartTable],
    release_id: str,
    as_of_date: date,
    progress: Callable[[str, int, int], None] | None = None,
) -> Content:
    """Write Parquet, databases, CSV and changes into the staging folder of a release.

    ``connection`` reads the build database. The caller holds the home. ``progress(what, done,
    total)`` is told which table comes next; what it raises ends the writing.

    Raises:
        Failure: they cannot be written; the folder is gone again.
    """
    tell = progress or _tell_nobody
    staging = _staging(store, release_id)
    with _unpublished(staging, release_id):
        make_public_folder(store.home.published)
        make_public_folder(store.home.releases)
        previous = store.current()
        remove_tree(staging)
        # Nobody else looks in before every mode is set.
        staging.mkdir(mode=0o700)
        entries = []
        steps = 2 * len(tables)
        for done, table in enumerate(tables):
            tell(table.label, done, steps)
            entries.append(write_table(connection, table, staging, previous))
        standing = _standing(store, as_of_date, entries)
        if standing is None:
            for product in ("gov", "open"):
                tell(f"the database of {product}", len(tables), steps)
                write_database([t for t in tables if t.product == product], staging, product)
            for done, table in enumerate(tables, start=len(tables)):
                tell(f"changes of {table.label}", done, steps)
                if table.product == "open":
                    write_csv(connection, table, staging)
                write_changes(connection, table, staging, previous)
    return Content(staging, tuple(entries), previous, standing)


def discard_content(store: ReleaseStore, release_id: str) -> None:
    """Remove what was written of a release that is not to be."""
    _discard(_staging(store, release_id))


def publish(store: ReleaseStore, content: Content, draft: ReleaseDraft) -> Published:
    """Make a release of its content, or find that the same content stands already.

    The caller holds the home.

    Raises:
        Failure: the release cannot be written or does not verify, and ``current`` is untouched; or
            the release is complete, but ``current`` could not be moved (the next run does).
    """
    with _unpublished(content.staging, draft.release_id):
        if content.standing is not None:
            remove_tree(content.staging)
            manifest = content.standing
        else:
            manifest = _finish(content, draft)
            content.staging.rename(store.home.releases / draft.release_id)
            sync_folder(store.home.releases)
    try:
        return make_current(store, manifest, is_new=content.standing is None)
    except OSError as error:
        raise Failure(
            f"release {manifest.release_id} is complete, but the way to it is not:"
            f" {machine_fault(error)}; mend that and run again"
        ) from error


def _staging(store: ReleaseStore, release_id: str) -> Path:
    return store.home.releases / f".staging-{release_id}"


def _tell_nobody(_what: str, _done: int, _total: int) -> None:
    pass


@contextmanager
def _unpublished(staging: Path, release_id: str) -> Iterator[None]:
    """Whatever ends the block early, nothing of the release stays; the machine's faults are told.

    Raises:
        Failure: the machine refused something.
    """
    try:
        yield
    except BaseException as error:
        _discard(staging)
        fault = machine_fault(error)
        if fault is None:
            raise
        raise Failure(
            f"release {release_id} cannot be written: {fault}; nothing was published"
        ) from error


def _discard(staging: Path) -> None:
    # The next run sweeps what a full or read-only disk keeps us from removing now.
    with contextlib.suppress(OSError):
        remove_tree(staging)


def _standing(
    store: ReleaseStore, as_of_date: date, entries: Sequence[TableEntry]
) -> Manifest | None:
    """The newest release of the same date, if its every table has the same content."""
    digests = {entry.label: entry.content_digest for entry in entries}
    newest = store.newest_of(as_of_date)
    return newest if newest is not None and newest.digests == digests else None


def make_current(store: ReleaseStore, manifest: Manifest, *, is_new: bool) -> Published:
    """Move ``current`` to a release unless a hold keeps it or it is for an older date."""
    current_id = store.current_id()
    release_id = manifest.release_id
    is_older = current_id is not None and (
        release_order(release_id)[0] < release_order(current_id)[0]
    )
    may_move = store.hold() is None and not is_older
    if may_move and current_id != release_id:
        store.point_current(release_id)
    return Published(manifest=manifest, is_new=is_new, is_current=store.current_id() == release_id)


def _finish(content: Content, draft: ReleaseDraft) -> Manifest:
    """Write the further parts and the manifests; sync and verify."""
    staging, entries, previous = content.staging, content.entries, content.previous
    for part in draft.parts:
        part(staging)
    open_folder = staging / "open"
    open_entries = [entry for entry in entries if entry.product == "open"]
    _write_manifest(open_folder, _open_manifest(draft, open_entries, previous, open_folder))
    if draft.signing_key is not None:
        sign_manifest(open_folder, draft.signing_key)
    manifest = _manifest(draft, entries, previous, staging)
    _write_manifest(staging, manifest)
    if draft.signing_key is not None:
        sign_manifest(staging, draft.signing_key)
    _set_modes(staging, draft.gov_group)
    sync_tree(staging)
    problems = verify_release(staging, manifest)
    if problems:
        raise Failure(f"release {draft.release_id} does not verify: {problems[0]}")
    return manifest


def _manifest(
    draft: ReleaseDraft,
    entries: Sequence[TableEntry],
    previous: tuple[Path, Manifest] | None,
    folder: Path,
) -> Manifest:
    known = {entry.path: entry for entry in entries}
    return Manifest(
        release_id=draft.release_id,
        as_of_date=draft.as_of_date,
        previous_release_id=previous[1].release_id if previous else None,
        built_at=draft.built_at,
        code_version=draft.code_version,
        input_digest=draft.input_digest,
        state_digest=draft.state_digest,
        tables=tuple(entries),
        files=tuple(_files(folder, known)),
        parameters=draft.parameters,
        approvals=draft.approvals,
        audit=draft.audit,
    )


def _open_manifest(
    draft: ReleaseDraft,
    entries: Sequence[TableEntry],
    previous: tuple[Path, Manifest] | None,
    folder: Path,
) -> Manifest:
    """The open product's own manifest: no approvals, no users, no audit findings."""
    relative = [
        entry.model_copy(update={"path": entry.path.removeprefix("open/")}) for entry in entries
    ]
    bare = ReleaseDraft(
        release_id=draft.release_id,
        as_of_date=draft.as_of_date,
        built_at=draft.built_at,
        code_version=draft.code_version,
        input_digest=draft.input_digest,
        parameters=draft.parameters,
    )
    return _manifest(bare, relative, previous, folder)


def _files(folder: Path, known: dict[str, TableEntry]) -> list[FileEntry]:
    """Every file below ``folder`` but its own manifest; Parquet digested before is not reread."""
    found = []
    for root, names, files in os.walk(folder):
        names.sort()
        for name in sorted(files):
            path = Path(root, name)
            relative = path.relative_to(folder).as_posix()
            if relative == "manifest.json":
                continue
            entry = known.get(relative)
            found.append(
                FileEntry(
                    path=relative,
                    bytes=path.stat().st_size,
                    sha256=entry.sha256 if entry else sha256_of(path),
                )
            )
    return found


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    (folder / "manifest.json").write_bytes(manifest.to_bytes())


def _set_modes(staging: Path, gov_group: int | None) -> None:
    """gov and what speaks of it: owner and group. open: all, once ``current`` points here."""
    for root, _, files in os.walk(staging):
        folder = Path(root)
        relative = folder.relative_to(staging).parts
        is_open = relative[:1] == ("open",)
        for path in [folder, *(folder / name for name in files)]:
            if not is_open and path != staging:
                give_to(path, gov_group)
            if path != folder:
                set_mode(path, 0o644 if is_open else 0o640)
            elif relative:
                set_mode(path, 0o755 if is_open else 0o750)
    set_mode(staging / "open", CLOSED)
    set_mode(staging, 0o751)


def copy_into(source: Path, name: str) -> Callable[[Path], None]:
    """A part that copies the folder ``source`` into the release under ``name``."""

    def part(staging: Path) -> None:
        shutil.copytree(source, staging / name, dirs_exist_ok=True)

    return part
