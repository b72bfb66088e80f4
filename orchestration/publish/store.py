"""The releases of a home: reading, pointing, closing, retiring.

``current`` is a link that one rename moves. A hold, set by a rollback, keeps it where it is until
``resume``. The open tree of every release but the current one is closed to the public.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from orchestration.errors import Failure, WrongArguments
from orchestration.home import Home
from orchestration.publish.files import (
    point_link,
    remove_tree,
    set_mode,
    sync_folder,
    write_durably,
)
from orchestration.publish.manifest import Manifest, read_manifest

OPEN_TO_ALL = 0o755
CLOSED = 0o700


class Hold(BaseModel):
    """Why ``current`` stays where it is."""

    model_config = ConfigDict(frozen=True)

    release_id: str
    held_at: datetime
    user: str
    reason: str | None = None


def _stem(as_of: date) -> str:
    """``YYYYMMDD``: strftime would leave out a year's leading zeros."""
    return as_of.isoformat().replace("-", "")


class ReleaseStore:
    """Every release of one home, newest as-of date last."""

    def __init__(self, home: Home) -> None:
        """A view on ``home``; nothing is read yet."""
        self.home = home

    def release_ids(self) -> list[str]:
        """The complete releases, by as-of date and then number."""
        if not self.home.releases.is_dir():
            return []
        names = [
            entry.name
            for entry in self.home.releases.iterdir()
            if not entry.name.startswith(".") and (entry / "manifest.json").is_file()
        ]
        return sorted(names, key=release_order)

    def folder(self, release_id: str) -> Path:
        """The folder of a release.

        Raises:
            WrongArguments: the home has no such release.
        """
        if release_id not in self.release_ids():
            raise WrongArguments(
                f"no release {release_id} in {self.home.folder}; `credit releases list` shows them"
            )
        return self.home.releases / release_id

    def manifest(self, release_id: str) -> Manifest:
        """The manifest of a release.

        Raises:
            WrongArguments: the home has no such release.
            Failure: its manifest is damaged.
        """
        folder = self.folder(release_id)
        try:
            return read_manifest(folder)
        except ValueError as error:
            raise Failure(
                f"{folder / 'manifest.json'} is damaged; restore the release from a copy, or move"
                " its folder out of the home"
            ) from error

    def newest_of(self, as_of: date) -> Manifest | None:
        """The newest release of an as-of date."""
        numbers = [name for name in self.release_ids() if name.startswith(f"{_stem(as_of)}-")]
        return self.manifest(numbers[-1]) if numbers else None

    def manifests(self) -> Iterator[Manifest]:
        """Every release's manifest, oldest as-of date first."""
        for release_id in self.release_ids():
            yield self.manifest(release_id)

    def current_id(self) -> str | None:
        """The release that readers see; None before the first."""
        try:
            return self.home.current.readlink().name
        except FileNotFoundError:
            return None

    def current(self) -> tuple[Path, Manifest] | None:
        """Folder and manifest of the current release."""
        release_id = self.current_id()
        if release_id is None:
            return None
        return self.home.releases / release_id, self.manifest(release_id)

    def next_id(self, as_of: date) -> str:
        """``<as-of YYYYMMDD>-<n>``; a number once used does not come back."""
        stem = _stem(as_of)
        taken = [
            release_order(release_id)[1]
            for release_id in [*self.release_ids(), *self._retired_ids()]
            if release_id.startswith(f"{stem}-")
        ]
        return f"{stem}-{max(taken, default=0) + 1}"

    # ------------------------------------------------------------------ hold

    @property
    def _hold_file(self) -> Path:
        return self.home.state / "hold.json"

    def hold(self) -> Hold | None:
        """The hold that a rollback set, if any."""
        try:
            return Hold.model_validate_json(self._hold_file.read_bytes())
        except FileNotFoundError:
            return None

    def set_hold(self, release_id: str, user: str, reason: str | None) -> None:
        """Keep ``current`` where it is until `lift_hold`."""
        hold = Hold(release_id=release_id, held_at=datetime.now(UTC), user=user, reason=reason)
        write_durably(self._hold_file, hold.model_dump_json(indent=2).encode())

    def lift_hold(self) -> bool:
        """End the hold; False if there was none."""
        if self.hold() is None:
            return False
        self._hold_file.unlink()
        sync_folder(self.home.state)
        return True

    # --------------------------------------------------------------- current

    def point_current(self, release_id: str) -> None:
        """Open the release to the public, let ``current`` point at it, close the others.

        The order protects both sides: readers never follow the link into a closed tree, and what
        left the open lists is readable only until the very next step.
        """
        set_mode(self.folder(release_id) / "open", OPEN_TO_ALL)
        self._unretire(release_id, self.current_id())
        point_link(self.home.current, f"releases/{release_id}")
        self.close_others()

    def close_others(self) -> None:
        """Close the open tree of every release but the current one. Safe to repeat.

        Raises:
            OSError: the first that could not be closed, after the rest was.
        """
        current, first = self.current_id(), None
        for release_id in self.release_ids():
            if release_id != current:
                try:
                    set_mode(self.home.releases / release_id / "open", CLOSED)
                except OSError as error:
                    first = first or error
        if first is not None:
            raise first

    # ------------------------------------------------------------- retention

    @property
    def _retired_file(self) -> Path:
        return self.home.state / "retired.json"

    def _retired_ids(self) -> dict[str, float]:
        try:
            loaded: dict[str, float] = json.loads(self._retired_file.read_bytes())
        except FileNotFoundError:
            return {}
        return loaded

    def retire(self, keep: int, grace_seconds: int) -> list[str]:
        """Retire all but the ``keep`` newest releases; remove those retired long enough ago.

        The current release is never retired. A retired release keeps its files for the grace
        period, so that a reader who resolved the link before does not lose them. What is written
        down of a release that is gone keeps its number from coming back.
        """
        retired = self._retired_ids()
        now = time.time()
        candidates = [name for name in self.release_ids() if name != self.current_id()]
        surplus = len(candidates) - max(keep - 1, 0)
        due = {name: retired.get(name, now) for name in candidates[: max(surplus, 0)]}
        gone = [name for name, since in due.items() if now - since >= grace_seconds]
        there = set(self.release_ids())
        history = {name: since for name, since in retired.items() if name not in there}
        updated = {**history, **due}
        if updated != retired:
            write_durably(self._retired_file, json.dumps(updated, indent=2).encode())
        for name in gone:
            remove_tree(self.home.releases / name)
        return gone

    def _unretire(self, *release_ids: str | None) -> None:
        """Let the grace period of these begin anew: readers resolve them now, or did until now."""
        retired = self._retired_ids()
        kept = {name: since for name, since in retired.items() if name not in release_ids}
        if kept != retired:
            write_durably(self._retired_file, json.dumps(kept, indent=2).encode())

    def sweep(self) -> None:
        """Undo what a killed run left half-done.

        Staging, scratch and half-removed folders and temporary files go; an open tree that is not
        the current one's is closed. The caller holds the home.
        """
        home = self.home
        for folder, pattern in (
            (home.published, ".*"),
            (home.releases, ".*"),
            (home.state, ".*.tmp"),
            (home.work, "site-*"),
            (home.work, ".removed-*"),
        ):
            for entry in list(folder.glob(pattern)):
                if entry.is_dir() and not entry.is_symlink():
                    remove_tree(entry)
                else:
                    entry.unlink(missing_ok=True)
        self.close_others()


def release_order(release_id: str) -> tuple[str, int]:
    """The sorting key of a release: as-of date, then number."""
    stem, _, number = release_id.partition("-")
    return stem, int(number) if number.isdigit() else 0
