"""DuckDB as ingest and build use it: bounded in memory, closed to the network, taught the types."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.ingest import normalise, persons, values, vectors

if TYPE_CHECKING:
    import duckdb

    from orchestration.settings import Settings


def spill_folder(home: Path) -> Path:
    """Where DuckDB puts what does not fit into memory; emptied before and after its use."""
    return home / "work" / "spill"


def open_connection(settings: Settings, spill_folder: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that spills to ``spill_folder``, emptied first: a killed run left it.

    No statement ever installs or loads an extension.
    """
    import duckdb

    if spill_folder.exists():
        shutil.rmtree(spill_folder)
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": settings.memory_limit,
        "temp_directory": str(spill_folder),
    }
    if settings.threads is not None:
        config["threads"] = settings.threads
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set enable_progress_bar = false")
    return connection


def install_contract(connection: duckdb.DuckDBPyConnection, person_key: str) -> None:
    """Give the connection everything that compiled contracts call."""
    vectors.install(connection)
    normalise.install(connection)
    persons.install(connection, person_key)
    values.install(connection)
