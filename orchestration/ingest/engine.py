"""DuckDB as ingest and build use it: bounded in memory, closed to the network, taught the types."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.engine import engine_config
from orchestration.ingest import normalise, persons, values, vectors

if TYPE_CHECKING:
    import duckdb

    from orchestration.settings import Settings


def open_connection(settings: Settings, spill: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that spills to ``spill``, emptied first: a killed run left it.

    No statement ever installs or loads an extension.
    """
    import duckdb

    if spill.exists():
        shutil.rmtree(spill)
    config = engine_config(settings.memory_limit, spill, settings.threads)
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
