"""What passes between the two halves of ingest: a delivered file, its bytes, its rows as text.

The reading half turns bytes into a text table in DuckDB (``readers/``); the contract half types it.
Rows are numbered as catalogue section 2 says: the physical first line of a row in csv, the sheet
row in spreadsheets, the position from 1 in json and xml, the non-blank line in jsonl.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.ingest.vectors import TextFacts

if TYPE_CHECKING:
    import pyarrow as pa


class FileFault(Exception):
    """The whole file is set aside: one of ``F00`` to ``F06`` (catalogue section 1).

    ``detail`` is for people: what was found and what was expected, never a personal value.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class DeliveryFile:
    """One file of the landing zone, judged by its path alone (nothing of it was opened).

    ``source_file`` is relative to the landing zone, with ``/``. ``unit_code``, ``item_code`` and
    ``delivery_date`` are None where the path names none that is known; ``folder_name`` is the
    folder under the date as it is called there. ``format`` is csv, sheet, json, jsonl, xml or zip
    (then its member's extension decides); ``compression`` is gz, zip or None. ``fault`` is
    ``F04`` or None, with ``detail``.
    """

    path: Path
    source_file: str
    file_name: str
    folder_name: str
    delivery_date: date | None
    unit_code: str | None
    item_code: str | None
    encoding: str | None
    format: str | None
    compression: str | None
    control_path: Path | None
    size: int
    fault: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class DeliveredBytes:
    """The bytes of a delivered file, read once: what is hashed is what is parsed.

    ``content`` is None where the file is over the limit (then only its hash was taken).
    """

    content: bytes | None
    sha256: str
    size: int


@dataclass(frozen=True)
class DeliveredTable:
    """The rows of one file as text.

    They are in ``texts`` or, where that would take too much memory, in the temporary table
    ``relation`` of the DuckDB connection that read them. Either has ``source_row BIGINT``,
    ``row_fault VARCHAR`` (``Q06``, ``Q07`` or null), ``bad_cells VARCHAR`` (null, or
    ``;field_a;field_b;``: cells that are an error or a nested value, so ``Q02``) and one VARCHAR
    column per name in ``fields``: the value as delivered, untrimmed; a missing cell is null.
    Grain: one row per delivered row, faulty ones included. ``facts`` are what is known of whole
    columns.
    """

    relation: str
    texts: pa.Table | None
    fields: tuple[str, ...]
    rows: int
    unknown_headers: tuple[str, ...]
    control_total_fault: str | None
    facts: TextFacts = field(default_factory=TextFacts)
