"""What a home is: everything that must be the same, whether a run was killed on the way or not."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any

from orchestration.home import Home
from orchestration.publish.store import ReleaseStore
from orchestration.publish.verify import verify_release

# Declared to differ from run to run: dbt's artifacts, the records of Dagster's runs, the databases.
LOGS = ("work/dbt/", "state/dagster/")


def problems_of_current(home: Home) -> list[str]:
    """What is wrong with the current release, opened and verified as a reader would."""
    store = ReleaseStore(home)
    if store.current_id() is None:
        return []
    folder = home.current.resolve()
    problems = verify_release(folder)
    if stat.S_IMODE((folder / "open").stat().st_mode) != 0o755:
        problems.append("the open tree of the current release is closed")
    return problems


def state_of(home: Home) -> dict[str, Any]:
    """The home as a comparable value; times and logs left out."""
    store = ReleaseStore(home)
    hold = store.hold()
    return {
        "tree": _tree(home.folder),
        "raw": _digests(home.raw, "*.parquet"),
        "ledger": _ledger(home.raw / "ledger.jsonl"),
        "feedback": _digests(home.feedback, "*"),
        "current": store.current_id(),
        "hold": hold.release_id if hold else None,
        "tables": {m.release_id: m.digests for m in store.manifests()},
        "changes": _digests(home.releases, "*/changes/*.parquet", but="release_info"),
    }


def differences(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """Where two states differ, as lines."""
    lines = []
    for part, there in expected.items():
        here = found[part]
        if isinstance(there, dict):
            for name in sorted(here.keys() | there.keys()):
                if here.get(name) != there.get(name):
                    lines.append(
                        f"{part}: {name}: {here.get(name)!r} instead of {there.get(name)!r}"
                    )
        elif here != there:
            lines.append(f"{part}: {here!r} instead of {there!r}")
    return lines


def _tree(folder: Path) -> dict[str, str]:
    """Every path with its kind and mode, or where its link goes."""
    found = {}
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(root, name)
            relative = path.relative_to(folder).as_posix()
            if not f"{relative}/".startswith(LOGS):
                mode = path.lstat().st_mode
                found[relative] = str(path.readlink()) if path.is_symlink() else stat.filemode(mode)
    return found


def _digests(folder: Path, pattern: str, but: str = "\0") -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in sorted(folder.rglob(pattern))
        if path.is_file() and but not in path.name
    }


def _ledger(path: Path) -> dict[str, str]:
    """The last entry of every delivered file; when it was looked at does not matter."""
    entries = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        entry = json.loads(line)
        entry.pop("status")
        entries[entry["source_file"]] = json.dumps(entry, sort_keys=True)
    return entries
