"""Spreadsheets: the first sheet of an xls or xlsx (catalogue section 1)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import closing
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from orchestration.catalogue.model import FieldType, Item
from orchestration.ingest.containers import Buffer
from orchestration.ingest.delivered import DeliveredTable, FileFault
from orchestration.ingest.headers import MatchedHeaders, match_headers, refuse_banned
from orchestration.ingest.readers.sheet_process import SHEET_PROCESS
from orchestration.ingest.readers.table import TextTable, batch_of_rows
from orchestration.ingest.readers.text import trim, without_white_space
from orchestration.settings import Limits

if TYPE_CHECKING:
    import duckdb

_HEADER_ROWS = 10
_TOTAL_CELLS = 3
_TOTAL = "合计"
_TOTAL_LABELS = (_TOTAL, f"{_TOTAL}:", f"{_TOTAL}：")
_ROWS_PER_BATCH = 10_000
_DATE_LENGTH = len("2020-02-14")
_DATE_TYPES = frozenset({FieldType.DATE, FieldType.UNTIL_DATE})
_NUMBER = re.compile(r"-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
_CENT = Decimal("0.01")

# A cell as the worker gives it: text, a number, a boolean, None, (iso text,), or () for an error.
Cell = str | float | bool | tuple[str, ...] | None
Row = tuple[int, list[Cell]]


def number_text(number: float) -> str:
    """The shortest decimal form of a number cell, without exponent or trailing ``.0``."""
    text = format(Decimal(repr(number)), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def cell_text(cell: Cell, *, is_date: bool = False) -> str | None:
    """A cell as text; in date fields the time part of a date cell is ignored."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, tuple):
        iso = cell[0] if cell else None
        return iso[:_DATE_LENGTH] if iso and is_date and iso[4:5] == "-" else iso
    return number_text(cell)


def amount_of(cell: Cell) -> Decimal | None:
    """The number that stands in a cell, None if none does."""
    if isinstance(cell, (bool, tuple)) or cell is None:
        return None
    text = trim(unicodedata.normalize("NFKC", cell)) if isinstance(cell, str) else cell_text(cell)
    if text is None or _NUMBER.fullmatch(text) is None:
        return None
    return Decimal(text.replace(",", ""))


def is_empty(cell: Cell) -> bool:
    """Whether nothing but white space stands in a cell; an error is not nothing."""
    return cell is None or (isinstance(cell, str) and not trim(cell))


def is_total_row(cells: Sequence[Cell]) -> bool:
    """Whether the row is the 合计 row, which ends the data."""
    labels = (without_white_space(c) for c in cells[:_TOTAL_CELLS] if isinstance(c, str))
    return any(label in _TOTAL_LABELS for label in labels)


def _headers_of(cells: Sequence[Cell]) -> list[str]:
    headers = [cell_text(cell) or "" for cell in cells]
    while headers and not trim(headers[-1]):
        headers.pop()
    return headers


class _Amounts:
    """The sum of the amounts as delivered, to be compared with the 合计 row."""

    # Delivered amounts may have any number of digits: nothing is rounded before the cent is.
    _EXACT = Context(prec=100_000, Emax=MAX_EMAX, Emin=MIN_EMIN)

    def __init__(self, item: Item, columns: dict[str, int]) -> None:
        self._name = item.control_total
        self._column = None if self._name is None else columns.get(self._name)
        self._sum = Decimal(0)

    def add(self, cells: Sequence[Cell]) -> None:
        if self._column is not None:
            self._sum = self._EXACT.add(self._sum, amount_of(cells[self._column]) or Decimal(0))

    def fault(self, total_row: Sequence[Cell]) -> str | None:
        numbers = [amount for amount in map(amount_of, total_row) if amount is not None]
        if self._column is None or len(numbers) != 1:
            return None
        total, found = (
            n.quantize(_CENT, ROUND_HALF_UP, self._EXACT) for n in (numbers[0], self._sum)
        )
        if total == found:
            return None
        return f"the {_TOTAL} row says {self._name} {total}, the rows add up to {found}"


def _read_head(rows: Iterator[Row], item: Item) -> tuple[list[Row], MatchedHeaders | None]:
    """The rows down to the header row and that row matched; None if the first ten have none."""
    head: list[Row] = []
    for number, cells in rows:
        if number > _HEADER_ROWS:
            head.append((number, cells))
            break
        head.append((number, cells))
        matched = match_headers(item, _headers_of(cells), is_sheet=True)
        if not matched.missing:
            return head, matched
    return head, None


def _without_header(head: list[Row], rows: Iterator[Row], limits: Limits) -> FileFault:
    """The fault of a sheet without a header row."""
    found = [_headers_of(cells) for number, cells in head if number <= _HEADER_ROWS]
    for _ in rows:
        pass  # a cell over the limit is F06, wherever it stands
    _refuse_columns(max(map(len, found), default=0), limits)
    refuse_banned(text for headers in found for text in headers)
    return FileFault("F02", f"none of the first {_HEADER_ROWS} rows holds every required header")


def _refuse_columns(count: int, limits: Limits) -> None:
    if count > limits.max_columns:
        raise FileFault("F06", f"{count} columns, at most {limits.max_columns}")


def read_sheet(
    connection: duckdb.DuckDBPyConnection, buffer: Buffer, item: Item, limits: Limits
) -> DeliveredTable:
    """The first sheet of a workbook as a text table; F06, then F01, F05, F02."""
    # Closed at once, whatever happens: the process reads one workbook at a time.
    with closing(SHEET_PROCESS.rows(buffer, limits)) as rows:
        head, matched = _read_head(rows, item)
        if matched is None:
            raise _without_header(head, rows, limits)
        _refuse_columns(len(matched.headers), limits)
        columns = {field.name: place for place, field in matched.columns.items()}
        with TextTable(connection, list(columns), limits) as table:
            total_fault = _read_rows(rows, matched, item, columns, table)
            matched.refuse()
            return table.finish(tuple(columns), matched.unknown, total_fault)


def _read_rows(
    rows: Iterator[Row],
    matched: MatchedHeaders,
    item: Item,
    columns: dict[str, int],
    table: TextTable,
) -> str | None:
    """Put the rows below the header into the table; what the 合计 row finds wrong, if anything."""
    width = len(matched.headers)
    wanted = [
        (place, matched.columns[place].type in _DATE_TYPES, name) for name, place in columns.items()
    ]
    amounts, has_ended, fault = _Amounts(item, columns), False, None
    taken: list[tuple[int, str | None, str | None, list[str | None]]] = []
    for number, found in rows:
        if has_ended:
            continue  # rows below are no data, but the file is read to its end
        cells = found[:width] + [None] * (width - len(found))
        if is_total_row(cells):
            has_ended, fault = True, amounts.fault(cells)
            continue
        if all(map(is_empty, cells)):
            continue
        amounts.add(cells)
        taken.append(_text_row(number, cells, wanted))
        if len(taken) == _ROWS_PER_BATCH:
            table.add(batch_of_rows(list(columns), taken))
            taken.clear()
    table.add(batch_of_rows(list(columns), taken))
    return fault


def _text_row(
    number: int, cells: list[Cell], wanted: list[tuple[int, bool, str]]
) -> tuple[int, str | None, str | None, list[str | None]]:
    if any(isinstance(cell, str) and "\0" in cell for cell in cells):
        return number, "Q07", None, [None] * len(wanted)
    texts = [cell_text(cells[place], is_date=is_date) for place, is_date, _ in wanted]
    errors = [name for place, _, name in wanted if cells[place] == ()]
    return number, None, f";{';'.join(errors)};" if errors else None, texts
