"""How the warehouse opens DuckDB, wherever it does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

# What a file holds is only read: no statement fetches or loads an extension.
NOTHING_FETCHED: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


# Of its memory, what the engine keeps in blocks of its own rather than ask the machine again and
# again: a tenth of the CPU of a large run. Two thirds gave no more.
_KEPT_SHARE = 3

_MEMORY = re.compile(r"\s*([0-9.]+)\s*([KMGT]i?B)\s*$", re.IGNORECASE)


def engine_config(memory_limit: str, spill: Path, threads: int | None = None) -> dict[str, Any]:
    """The configuration of a handle that works on many rows; ``spill`` is where it puts them down.

    Handles of one process on one file share an engine, and must be opened with the same.
    ``threads`` None is as many as there are cores.
    """
    config = {
        **NOTHING_FETCHED,
        "memory_limit": memory_limit,
        "temp_directory": str(spill),
        "block_allocator_memory": kept_memory(memory_limit),
    }
    if threads:
        config["threads"] = str(threads)
    return config


def kept_memory(memory_limit: str) -> str:
    """What an engine with this limit may keep of its memory until it is closed."""
    return part_of_memory(memory_limit, _KEPT_SHARE) if memory_bytes(memory_limit) else "0B"


def part_of_memory(limit: str, count: int) -> str:
    """A DuckDB memory limit, like 4GB, divided; one without a number is for each."""
    found = _MEMORY.match(limit)
    return f"{float(found[1]) / count:.3f}{found[2]}" if found else limit


def memory_bytes(limit: str) -> float:
    """A DuckDB memory limit in bytes; none where it is no number of them."""
    found = _MEMORY.match(limit)
    if not found:
        return 0.0
    unit = found[2].upper()
    return float(found[1]) * (1024.0 if "I" in unit else 1000.0) ** " KMGT".find(unit[0])
