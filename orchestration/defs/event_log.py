"""Dagster's own SQLite event log, with its connections kept.

A run of this graph writes some two thousand events. Dagster opens, compiles for, and closes a
connection for each, and SQLite then waits for the disk: on a small machine that cost more than
building the marts. The files, their schema and their places are Dagster's; a plain Dagster
opens them as well.
"""

from __future__ import annotations

import os
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

# The index, the run at hand, and a few that somebody looks at.
_KEPT = 4


class KeptSqliteEventLogStorage(SqliteEventLogStorage):
    """One connection per shard, kept for the next event."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """As Dagster's; see the class above."""
        self._engines: OrderedDict[tuple[int, str], Engine] = OrderedDict()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """Made from ``event_log_storage`` of ``dagster.yaml``."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> Engine:
        # A connection must not cross a fork.
        place = (os.getpid(), shard)
        engine = self._engines.get(place)
        # A home that was removed and made anew has another file under the same name.
        if engine is not None and not Path(self.path_for_shard(shard)).exists():
            self._engines.pop(place).dispose()
            self._initialized_dbs.discard(shard)
            engine = None
        if engine is None:
            engine = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            event.listen(engine, "connect", _settle)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            self._engines[place] = engine
        self._engines.move_to_end(place)
        while len(self._engines) > _KEPT:
            self._engines.popitem(last=False)[1].dispose()
        return engine

    def get_all_run_ids(self) -> list[str]:
        """The runs with a shard; Dagster would take the folder's name for a pattern."""
        names = sorted(path.stem for path in Path(self._base_dir).glob("*.db"))
        return [name for name in names if name != INDEX_SHARD_NAME]

    def has_table(self, table_name: str) -> bool:
        """Whether the index has the table; a table that was there once is not asked for again."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def dispose(self) -> None:
        """Close what was kept."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()


def _settle(connection: sqlite3.Connection, _record: object) -> None:
    # In WAL mode a crash of the process loses nothing so; only a power cut may lose the last lines.
    connection.execute("pragma synchronous = normal")
