"""A disposable cache of the raw zone: one Parquet per item and month instead of thousands.

    <home>/work/compact/<item>/<YYYY-MM>-<16 hex>.parquet

A scan of a year of small files costs a hundred times one of the same rows in few files. The
digits are over the files that went in; what they no longer match is deleted and made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.ingest.raw import PARQUET, raw_folder, sync
from orchestration.parquet import read_parquet

if TYPE_CHECKING:
    import duckdb

# Below this many files, reading them as they are costs less than looking after a cache.
MOST_SINGLE_FILES = 64


def compacted(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    cache: Path,
    files: Iterable[tuple[date | None, str]],
) -> list[Path]:
    """The absolute paths to read for raw files (delivery date, path below the raw zone)."""
    listed = sorted(files, key=lambda file: (file[0] or date.min, file[1]))
    zone = raw_folder(home).resolve()
    if len(listed) <= MOST_SINGLE_FILES:
        return [zone / path for _, path in listed]
    months: dict[str, list[Path]] = {}
    for day, path in listed:
        months.setdefault(f"{day:%Y-%m}", []).append(zone / path)
    paths: dict[Path, list[Path]] = {}
    for month, members in months.items():
        names = "\0".join(str(member.relative_to(zone)) for member in members)
        digits = hashlib.sha256(names.encode()).hexdigest()[:16]
        paths[cache / f"{month}-{digits}.parquet"] = members
    cache.mkdir(parents=True, exist_ok=True)
    for stale in set(cache.iterdir()) - set(paths):
        stale.unlink()
    for compacted_path, members in paths.items():
        if not compacted_path.exists():
            _write(connection, members, compacted_path)
    return list(paths)


def _write(connection: duckdb.DuckDBPyConnection, members: list[Path], path: Path) -> None:
    partial = path.with_name(path.name + ".partial")
    connection.execute(
        f"copy (from {read_parquet(*members)}) to $path ({PARQUET})",
        {"path": str(partial)},
    )
    sync(partial)
    partial.replace(path)
