"""What json, jsonl and xml have in common: records whose names are the headers (catalogue 1).

The headers are the union of the names in all records. A required header is missing (F02) only if
no record has it and there is at least one; in one record it is Q01, which the contract finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestration.catalogue.model import CatalogueField, Item
from orchestration.ingest.delivered import DeliveredTable, FileFault
from orchestration.ingest.headers import match_headers
from orchestration.ingest.readers.csv_strict import long_cell
from orchestration.ingest.readers.table import TextTable, batch_of_rows
from orchestration.settings import Limits

if TYPE_CHECKING:
    import duckdb

_ROWS_PER_BATCH = 10_000


class Nested:
    """A value that is an object or an array: Q02 of its field."""


NESTED = Nested()

# A value as text, None where there is none, or NESTED.
Value = str | Nested | None
Pairs = Sequence[tuple[str, Value]]


class RecordTable:
    """Collects records in order; a record that is at fault as a whole has no names.

    As a context manager it forgets everything when the file turns out to have a fault.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        item: Item,
        limits: Limits,
        *,
        is_xml: bool = False,
    ) -> None:
        self._item = item
        self._limits = limits
        self._is_xml = is_xml
        self._fields = [field.name for field in item.headers.values()]
        self._places = {name: place for place, name in enumerate(self._fields)}
        self._table = TextTable(connection, self._fields, limits)
        self._place_of_name: dict[str, int | None] = {}
        self._rows: list[tuple[int, str | None, str | None, list[str | None]]] = []
        self._has_record = False
        self._name_twice = False
        self._count = 0

    def __enter__(self) -> RecordTable:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._table.__exit__(kind)

    def add_fault(self, code: str) -> None:
        """A record that is tested no further: Q06 or Q07."""
        self._append(code, None, [None] * len(self._fields))

    def add(self, pairs: Pairs, fault: str | None = None) -> None:
        """A record with its names as delivered; with a fault only its names and sizes count."""
        values: list[str | None] = [None] * len(self._fields)
        nested: list[str] = []
        for name, value in pairs:
            if isinstance(value, str) and len(value) > self._limits.max_cell_characters:
                raise long_cell(self._limits)
            place = self._place(name)
            if place is None:
                continue
            if isinstance(value, Nested):
                nested.append(self._fields[place])
            else:
                values[place] = value
        self._has_record = True
        if len({name for name, _ in pairs}) != len(pairs):
            self._name_twice = True
        if fault is not None:
            self.add_fault(fault)
        else:
            self._append(None, f";{';'.join(nested)};" if nested else None, values)

    def _append(self, fault: str | None, bad: str | None, values: list[str | None]) -> None:
        self._count += 1
        if self._count > self._limits.max_rows:
            raise FileFault("F06", f"more than {self._limits.max_rows} rows")
        self._rows.append((self._count, fault, bad, values))
        if len(self._rows) == _ROWS_PER_BATCH:
            self._flush()

    def _flush(self) -> None:
        self._table.add(batch_of_rows(self._fields, self._rows))
        self._rows.clear()

    def _place(self, name: str) -> int | None:
        if name not in self._place_of_name:
            if len(self._place_of_name) >= self._limits.max_columns:
                raise FileFault("F06", f"more than {self._limits.max_columns} columns")
            matched = match_headers(self._item, [name], is_xml=self._is_xml)
            field: CatalogueField | None = matched.columns.get(0)
            self._place_of_name[name] = None if field is None else self._places[field.name]
        return self._place_of_name[name]

    def finish(self) -> DeliveredTable:
        """The relation of all records; F06, F05, F02."""
        self._flush()
        matched = match_headers(self._item, list(self._place_of_name), is_xml=self._is_xml)
        matched.refuse(may_lack=not self._has_record)
        if self._name_twice:
            raise FileFault("F02", "a name stands twice in one record")
        fields = tuple(field.name for field in matched.columns.values())
        return self._table.finish(fields, matched.unknown)
