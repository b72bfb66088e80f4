"""What the reading half of the oracle hands to the half that computes the marts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass
class DeliveredFile:
    """One delivered file, taken or not (grain: one row of ``ingested_files``).

    ``unit_code``, ``item_code`` and ``delivery_date`` are each None where that part of the
    path is none; the counts are 0 unless the file was taken (``fault`` is None).
    """

    source_file: str
    file_name: str
    unit_code: str | None
    item_code: str | None
    delivery_date: date | None
    sha256: str | None
    fault: str | None
    rows_delivered: int
    rows_loaded: int
    rows_quarantined: int
    rows_dropped: int


@dataclass
class Row:
    """One loaded row with its typed values (grain: one row of ``record_disposition``).

    ``values`` holds every stored field by its English name: str, int, Decimal, date,
    datetime (Asia/Shanghai wall time), bool or None; never an identity number, and person
    names only masked. ``content`` is what versions of a record are compared by.
    """

    item_code: str
    unit_code: str
    delivery_date: date
    source_file: str
    file_name: str
    source_row: int
    sha256: str
    record_id: str
    version: int | None
    operation: str | None
    values: dict[str, object]
    content: tuple[object, ...]
    code_repaired: bool
    person_key: str | None


@dataclass
class QuarantinedRow:
    """One row that was set aside, with every fault it has (sorted, distinct)."""

    source_file: str
    source_row: int
    codes: list[str]


@dataclass
class Deliveries:
    """Everything that the deliveries up to a date amount to."""

    files: list[DeliveredFile]
    rows: list[Row]
    quarantined: list[QuarantinedRow]
