"""Dagster's SQLite files in a home of any name.

Dagster makes an address of a file by putting ``sqlite:///`` before its path: a ``?`` in the path
ends it there, and the records would go to a file beside the home. Such homes get their addresses
from here; the files, their schema and their places are Dagster's in any case.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch
from urllib.parse import quote

from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._serdes import ConfigurableClassData


def sqlite_address(folder: str, name: str) -> str:
    """The address of ``<folder>/<name>.db``; Dagster's own wherever that one leads there."""
    path = str(Path(folder).absolute() / f"{name}.db")
    return f"sqlite:///file:{quote(path)}?uri=true" if "?" in path else f"sqlite:///{path}"


class AddressedRunStorage(SqliteRunStorage):
    """Dagster's run storage under `sqlite_address`."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """Made from ``run_storage`` of ``dagster.yaml``."""
        with patch.object(sqlite_run_storage, "create_db_conn_string", sqlite_address):
            return cls.from_local(inst_data=inst_data, **config_value)


class AddressedScheduleStorage(SqliteScheduleStorage):
    """Dagster's schedule storage under `sqlite_address`."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> SqliteScheduleStorage:
        """Made from ``schedule_storage`` of ``dagster.yaml``."""
        with patch.object(sqlite_schedule_storage, "create_db_conn_string", sqlite_address):
            return cls.from_local(inst_data=inst_data, **config_value)
