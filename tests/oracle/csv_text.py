"""CSV, split on bytes (catalogue section 1)."""

from __future__ import annotations

from dataclasses import dataclass

from .items import Item
from .tables import (
    FileFaultError,
    RawRow,
    Table,
    check_cell,
    check_columns,
    check_rows,
    has_double,
    lacks_required,
    match_headers,
)
from .values import Cell, trim

QUOTE, COMMA, LINE_FEED, CARRIAGE_RETURN = b'"', b",", b"\n", b"\r"


@dataclass
class ByteRow:
    """``cells`` is None for an unbalanced row; ``line`` is its physical first line."""

    number: int
    cells: list[bytes] | None
    line: bytes


def _ends_line(data: bytes, at: int) -> int:
    """Length of the line end that starts at this place: 2 for CRLF, 1 for LF, else 0."""
    if data[at : at + 1] == LINE_FEED:
        return 1
    return 2 if data[at : at + 2] == CARRIAGE_RETURN + LINE_FEED else 0


def _quoted_cell(data: bytes, at: int) -> tuple[bytes, int] | None:
    """The cell whose opening quote stands at ``at`` and the place after it; None: unbalanced."""
    content, place = b"", at + 1
    while True:
        closing = data.find(QUOTE, place)
        if closing < 0:
            return None
        content += data[place:closing]
        if data[closing + 1 : closing + 2] == QUOTE:
            content, place = content + QUOTE, closing + 2
            continue
        after = closing + 1
        if after == len(data) or data[after : after + 1] == COMMA or _ends_line(data, after):
            return content, after
        return None


def _unquoted_cell(data: bytes, at: int) -> tuple[bytes, int]:
    line_feed = data.find(LINE_FEED, at)
    end = len(data) if line_feed < 0 else line_feed
    if line_feed > at and data[line_feed - 1 : line_feed] == CARRIAGE_RETURN:
        end = line_feed - 1
    comma = data.find(COMMA, at, end)
    place = end if comma < 0 else comma
    return data[at:place], place


def _row(data: bytes, at: int) -> tuple[list[bytes], int] | None:
    """The cells of the row that starts at ``at`` and the place after it; None: unbalanced."""
    cells: list[bytes] = []
    place = at
    while True:
        if data[place : place + 1] == QUOTE:
            quoted = _quoted_cell(data, place)
            if quoted is None:
                return None
            cell, place = quoted
        else:
            cell, place = _unquoted_cell(data, place)
        cells.append(cell)
        if place >= len(data):
            return cells, place
        if data[place : place + 1] != COMMA:
            return cells, place + _ends_line(data, place)
        place += 1


def byte_rows(data: bytes) -> list[ByteRow]:
    """Every row, blank ones too, numbered by its physical first line from 1."""
    rows: list[ByteRow] = []
    place, line_number = 0, 1
    while place < len(data):
        line_end = data.find(LINE_FEED, place)
        after_line = len(data) if line_end < 0 else line_end + 1
        line = data[place:after_line]
        found = _row(data, place)
        cells, after = (None, after_line) if found is None else found
        rows.append(ByteRow(line_number, cells, line))
        line_number += data.count(LINE_FEED, place, after)
        place = after
    return rows


def _decoded(cells: list[bytes], encoding: str) -> list[str] | None:
    """The cells as text; None where a byte is not valid in the encoding."""
    try:
        return [cell.decode(encoding) for cell in cells]
    except UnicodeDecodeError:
        return None


def _is_blank(row: ByteRow, encoding: str) -> bool:
    texts = None if row.cells is None else _decoded(row.cells, encoding)
    return texts is not None and all(trim(text) == "" for text in texts)


def _raw_row(row: ByteRow, headers: list[str], wanted: list[int], encoding: str) -> RawRow:
    if row.cells is None or len(row.cells) != len(headers):
        return RawRow(row.number, code="Q06")
    texts = _decoded(row.cells, encoding)
    if texts is None or any("\0" in text for text in texts):
        return RawRow(row.number, code="Q07")
    cells: dict[str, Cell] = {headers[place]: texts[place] for place in wanted}
    return RawRow(row.number, cells)


def _check_cells(rows: list[ByteRow], encoding: str) -> None:
    """F06 also by a cell of a row that is blank, or in which another cell cannot be decoded."""
    for row in rows:
        for cell in row.cells or []:
            for text in _decoded([cell], encoding) or []:
                check_cell(text)


def read_csv(data: bytes, encoding: str, item: Item) -> Table:
    """A csv file; F06 before F01, because limits are counted while reading."""
    if encoding == "utf-8" and data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    rows_of_bytes = byte_rows(data)
    _check_cells(rows_of_bytes, encoding)
    filled = [row for row in rows_of_bytes if not _is_blank(row, encoding)]
    check_rows(len(filled) - 1)
    if not filled:
        return Table([], {}, [], is_header_missing=True, has_double_header=False)
    header = filled[0]
    check_columns(len(header.cells or []))
    headers = None if header.cells is None else _decoded(header.cells, encoding)
    if headers is None or any("\0" in name for name in headers):
        raise FileFaultError("F01", "the header cannot be read")
    matched = match_headers(item, headers)
    rows = [_raw_row(row, headers, list(matched), encoding) for row in filled[1:]]
    return Table(
        names=headers,
        columns={headers[place]: agreed_field for place, agreed_field in matched.items()},
        rows=rows,
        is_header_missing=lacks_required(item, matched),
        has_double_header=has_double(matched),
    )
