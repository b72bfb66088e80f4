"""Which code made a release: the version and a digest over everything that decides its content."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from orchestration.settings import PROJECT_FOLDER

# What decides the content of a release; documentation, demo and tests do not.
_DECISIVE = (
    ("orchestration/catalogue", ("*.py", "*.yml", "*.csv")),
    ("orchestration/ingest", ("*.py",)),
    ("orchestration/publish", ("*.py",)),
    ("dbt_project/models", ("*.sql", "*.yml")),
    ("dbt_project/macros", ("*.sql",)),
    ("dbt_project/seeds", ("*.csv", "*.yml")),
)


def package_version() -> str:
    """The installed version; ``0`` in a tree that was never installed."""
    try:
        return version("credit-zhejiang")
    except PackageNotFoundError:
        return "0"


@lru_cache(maxsize=1)
def code_version(project: Path = PROJECT_FOLDER) -> str:
    """``<version>+<12 hex digits>``: two runs with equal code versions follow equal rules.

    It needs no git: a changed rule shows even in a tree that nobody committed.
    """
    digest = hashlib.sha256()
    for folder, patterns in _DECISIVE:
        paths = {path for pattern in patterns for path in (project / folder).rglob(pattern)}
        for path in sorted(paths):
            digest.update(path.relative_to(project).as_posix().encode())
            digest.update(path.read_bytes())
    return f"{package_version()}+{digest.hexdigest()[:12]}"
