"""From batches of text rows to the relation that the contract reads."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from orchestration.ingest.delivered import DeliveredTable, FileFault
from orchestration.ingest.vectors import NO_FACTS, TextFacts, everything, facts_of
from orchestration.settings import Limits

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

# Batches stay in Arrow, which DuckDB reads in place, up to this size; above it they go into a
# temporary table, which DuckDB keeps within its memory limit.
_KEPT_BYTES = 256 * 1024 * 1024
# Of fewer rows, asking what holds of all of them costs more than it saves.
_ROWS_FOR_FACTS = 2_000
_numbers = itertools.count(1)


def text_schema(fields: Sequence[str]) -> pa.Schema:
    """The schema of a batch: row number, row fault, cells at fault, one text column per field."""
    import pyarrow as pa

    fixed = [("source_row", pa.int64()), ("row_fault", pa.string()), ("bad_cells", pa.string())]
    return pa.schema([*fixed, *((field, pa.string()) for field in fields)])


def fault_array(codes: Any) -> pa.Array:
    """Row faults as text, from a NumPy array of 0 (none), 1 (Q06) and 2 (Q07)."""
    import numpy as np
    import pyarrow as pa

    if not codes.any():
        return pa.nulls(len(codes), pa.string())
    names = pa.array([None, "Q06", "Q07"], pa.string())
    return names.take(pa.array(codes.astype(np.int64)))


class TextTable:
    """Collects batches of one file.

    Counts the delivered rows against the limit as they come (F06). As a context manager it forgets
    everything when the file turns out to have a fault.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, fields: Sequence[str], limits: Limits
    ) -> None:
        self._connection = connection
        self._limits = limits
        self._schema = text_schema(fields)
        self._batches: list[pa.RecordBatch] = []
        self._kept_bytes = 0
        self._is_in_database = False
        self._fields = tuple(fields)
        self._facts = everything(self._fields)
        self._unasked: list[pa.RecordBatch] = []
        self._relation = f"delivered_{next(_numbers)}"
        self.rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take one batch of ``text_schema``; raises F06 over the limit of rows."""
        self.rows += batch.num_rows
        if self.rows > self._limits.max_rows:
            raise FileFault("F06", f"more than {self._limits.max_rows} rows")
        self._batches.append(batch)
        self._unasked.append(batch)
        if self.rows > _ROWS_FOR_FACTS:
            self._ask()
        self._kept_bytes += batch.nbytes
        if self._kept_bytes > _KEPT_BYTES:
            self._move_to_database()

    def finish(
        self,
        fields: tuple[str, ...],
        unknown_headers: tuple[str, ...] = (),
        control_total_fault: str | None = None,
    ) -> DeliveredTable:
        """All rows that were added, of which only ``fields`` were delivered."""
        if self._is_in_database:
            self._move_to_database()
        return DeliveredTable(
            relation=self._relation,
            texts=None if self._is_in_database else self._as_arrow(),
            fields=fields,
            rows=self.rows,
            unknown_headers=unknown_headers,
            control_total_fault=control_total_fault,
            facts=self.facts,
        )

    @property
    def facts(self) -> TextFacts:
        """What holds of all rows that were added; nothing is known of a few."""
        return NO_FACTS if self._unasked else self._facts

    def _ask(self) -> None:
        for batch in self._unasked:
            self._facts = facts_of(batch, self._fields, self._facts)
        self._unasked.clear()

    def __enter__(self) -> TextTable:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._batches.clear()
            self._unasked.clear()
            if self._is_in_database:
                self._connection.execute(f"drop table if exists {self._relation}")

    def _as_arrow(self) -> pa.Table:
        import pyarrow as pa

        return pa.Table.from_batches(self._batches, self._schema)

    def _move_to_database(self) -> None:
        source = f"{self._relation}_batches"
        self._connection.register(source, self._as_arrow())
        if self._is_in_database:
            self._connection.execute(f"insert into {self._relation} select * from {source}")
        else:
            self._connection.execute(
                f"create temp table {self._relation} as select * from {source}"
            )
        self._connection.unregister(source)
        self._is_in_database = True
        self._batches.clear()
        self._kept_bytes = 0


def show(connection: duckdb.DuckDBPyConnection, table: DeliveredTable) -> str:
    """Have a delivered table be a relation of the connection, and return its name."""
    if table.texts is not None:
        connection.register(table.relation, table.texts)
    return table.relation


def let_go(connection: duckdb.DuckDBPyConnection, table: DeliveredTable) -> None:
    """Let go of a delivered table, shown or not."""
    if table.texts is None:
        connection.execute(f"drop table if exists {table.relation}")
    else:
        connection.unregister(table.relation)


def batch_of_rows(
    fields: Sequence[str], rows: Iterable[tuple[int, str | None, str | None, Sequence[Any]]]
) -> pa.RecordBatch:
    """A batch from rows of (number, row fault, cells at fault, one text per field)."""
    import pyarrow as pa

    schema = text_schema(fields)
    taken = list(rows)
    columns: list[list[Any]] = [[row[0] for row in taken], [row[1] for row in taken]]
    columns.append([row[2] for row in taken])
    columns.extend([row[3][place] for row in taken] for place in range(len(fields)))
    arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
