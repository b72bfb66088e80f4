"""How the warehouse opens DuckDB, wherever it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# What a file holds is only read: no statement fetches or loads an extension.
NOTHING_FETCHED: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def engine_config(memory_limit: str, spill: Path, threads: int | None = None) -> dict[str, Any]:
    """The configuration of a handle that works on many rows; ``spill`` is where it puts them down.

    Handles of one process on one file share an engine, and must be opened with the same.
    ``threads`` None is as many as there are cores.
    """
    config = {**NOTHING_FETCHED, "memory_limit": memory_limit, "temp_directory": str(spill)}
    if threads:
        config["threads"] = str(threads)
    return config
