"""The dbt manifest from which the assets are made, ready before the definitions are loaded.

::

    <home>/state/dbt/manifest-<16 digits over the dbt project>.json

The name holds what it was made from, so a stale manifest is a missing one. ``credit run`` and
``credit ui`` make it, once; so does loading the definitions under ``dagster dev``. In production
loading never parses: the deployment does, with ``python -m orchestration.defs.deploy``.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from orchestration.build import parse
from orchestration.errors import Failure
from orchestration.home import Home
from orchestration.marts import DBT_FOLDER
from orchestration.settings import Settings

# What decides the graph; the rows of a seed do not.
_DECISIVE = ("dbt_project.yml", "profiles.yml", "**/*.yml", "**/*.sql", "**/*.csv")


def project_digest(project: Path = DBT_FOLDER) -> str:
    """Sixteen hex digits over the files of the dbt project and dbt's own version."""
    digest = hashlib.sha256(version("dbt-core").encode())
    for path in sorted({path for pattern in _DECISIVE for path in project.glob(pattern)}):
        if "target" not in path.relative_to(project).parts:
            digest.update(path.relative_to(project).as_posix().encode())
            digest.update(path.read_bytes() if path.suffix != ".csv" else b"")
    return digest.hexdigest()[:16]


def manifest_path(home: Home) -> Path:
    """Where the manifest of the project as it is now belongs."""
    return home.state / "dbt" / f"manifest-{project_digest()}.json"


def prepare(settings: Settings) -> Path:
    """Make the manifest unless it is there; the second of two at once waits for the first.

    Raises:
        Failure: the project does not parse, or the home cannot be written.
    """
    home = Home(settings.home.absolute())
    path = manifest_path(home)
    if path.is_file():
        return path
    home.create()
    path.parent.mkdir(exist_ok=True)
    with _locked(path.parent / "lock"):
        if path.is_file():
            return path
        parsed = parse(home, memory_limit=settings.memory_limit, threads=settings.threads)
        partial = path.with_suffix(".partial")
        partial.write_bytes(parsed.read_bytes())
        partial.replace(path)
        for old in path.parent.glob("manifest-*.json"):
            if old != path:
                old.unlink(missing_ok=True)
    return path


def load_manifest(settings: Settings) -> Mapping[str, Any]:
    """The ready manifest; it is made here only where a developer waits for it.

    Raises:
        Failure: it is missing or stale, and this is production.
    """
    path = manifest_path(Home(settings.home.absolute()))
    if not path.is_file():
        if not os.environ.get("DAGSTER_IS_DEV_CLI"):
            raise Failure(
                f"the dbt manifest {path} is not there (the project is new or has changed); "
                "prepare it once: python -m orchestration.defs.deploy"
            )
        path = prepare(settings)
    manifest: Mapping[str, Any] = json.loads(path.read_bytes())
    return manifest


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
