"""CSV, row by row, exactly as catalogue section 1 splits it.

This is the measure that the bulk reader (``csv_fast``) is held to by a property test. In a run it
reads the header, and rows that are too large for the bulk reader.

CSV is split on bytes: separator ``,``, quote ``"``, line end LF or CRLF. A quote opens a quoted
cell only as the first byte of a cell; inside it ``""`` is a quote, and a quote followed by ``,``,
line end or end of file closes it. A quoted cell that meets anything else after a closing quote, or
the end of the file, is unbalanced: the row is its first physical line alone, Q06.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.ingest.containers import Buffer
from orchestration.ingest.delivered import FileFault
from orchestration.ingest.readers.table import batch_of_rows
from orchestration.ingest.readers.text import trim
from orchestration.settings import Limits

if TYPE_CHECKING:
    import pyarrow as pa

_QUOTE, _COMMA, _LINE_FEED, _RETURN = 34, 44, 10, 13
_ROWS_PER_BATCH = 10_000
_PIECE = 1024 * 1024
# No encoding that is agreed needs more bytes for a character.
MOST_BYTES_PER_CHARACTER = 4


@dataclass(frozen=True)
class ScannedRow:
    """One row of bytes: ``buffer[start:end]`` with its line end.

    ``cells`` holds at most as many cells as were asked for, ``count`` counts all. An unbalanced
    row has no cells; ``failed_at`` is where its quoted cell was found broken.
    """

    start: int
    end: int
    cells: list[bytes]
    count: int
    failed_at: int | None = None

    @property
    def is_unbalanced(self) -> bool:
        """Whether the row is its first physical line alone (Q06)."""
        return self.failed_at is not None


def line_end_length(buffer: Buffer, at: int) -> int:
    """Length of the line end that begins here: 2 for CRLF, 1 for LF, else 0."""
    found = bytes(buffer[at : at + 2])
    if found[:1] == b"\n":
        return 1
    return 2 if found == b"\r\n" else 0


def _end_of_quoted_cell(buffer: Buffer, at: int) -> tuple[int, bool]:
    """Where the cell that opens at ``at`` closes; or where it is broken, and False."""
    place = at + 1
    while (closing := buffer.find(b'"', place)) >= 0:
        after = closing + 1
        if after == len(buffer) or buffer[after] == _COMMA or line_end_length(buffer, after):
            return closing, True
        if buffer[after] != _QUOTE:
            return closing, False
        place = after + 1
    return len(buffer), False


def count_bytes(buffer: Buffer, byte: bytes, start: int, end: int) -> int:
    """How often a byte stands in ``buffer[start:end]``, without holding more than a piece of it."""
    return sum(
        bytes(buffer[place : min(place + _PIECE, end)]).count(byte)
        for place in range(start, end, _PIECE)
    )


def _end_of_line(buffer: Buffer, at: int) -> int:
    found = buffer.find(b"\n", at)
    return len(buffer) if found < 0 else found


def scan_row(buffer: Buffer, start: int, most_cells: int) -> ScannedRow:
    """The row that begins at ``start``; keeps ``most_cells`` cells, so memory is bounded."""
    size, place, count, may_skip = len(buffer), start, 0, True
    cells: list[bytes] = []
    line_end = _end_of_line(buffer, start)
    while True:
        if place < size and buffer[place] == _QUOTE:
            closing, is_closed = _end_of_quoted_cell(buffer, place)
            if not is_closed:
                after_line = min(_end_of_line(buffer, start) + 1, size)
                return ScannedRow(start, after_line, [], 0, failed_at=closing)
            if count < most_cells:
                cells.append(bytes(buffer[place + 1 : closing]).replace(b'""', b'"'))
            place = closing + 1
            if place > line_end:
                line_end = _end_of_line(buffer, place)
        else:
            end = line_end
            if place < line_end < size and buffer[line_end - 1] == _RETURN:
                end -= 1
            comma = buffer.find(b",", place, end)
            stop = end if comma < 0 else comma
            if count < most_cells:
                cells.append(bytes(buffer[place:stop]))
            place = stop
        count += 1
        if place < size and buffer[place] == _COMMA:
            place += 1
            if count >= most_cells and may_skip:
                may_skip = buffer.find(b'"', place, line_end) >= 0
                if not may_skip:
                    count += count_bytes(buffer, b",", place, line_end)
                    place = max(place, buffer.rfind(b",", place, line_end) + 1)
            continue
        return ScannedRow(start, place + line_end_length(buffer, place), cells, count)


def decode_cells(cells: Sequence[bytes], encoding: str) -> list[str] | None:
    """The cells of one row as text; None where a byte is not valid in the encoding."""
    try:
        return [cell.decode(encoding) for cell in cells]
    except UnicodeDecodeError:
        return None


def refuse_long_cells(cells: Sequence[bytes], encoding: str, limits: Limits) -> None:
    """Raise F06 if a cell has more characters than the limit."""
    for cell in cells:
        if len(cell) > limits.max_cell_characters:
            decoder = codecs.getincrementaldecoder(encoding)("replace")
            count = 0
            for place in range(0, len(cell), _PIECE):
                count += len(decoder.decode(cell[place : place + _PIECE]))
            if count > limits.max_cell_characters:
                raise long_cell(limits)


def long_cell(limits: Limits) -> FileFault:
    """The fault of a file with a cell over the limit."""
    return FileFault("F06", f"a cell of more than {limits.max_cell_characters} characters")


def is_blank(row: ScannedRow, encoding: str) -> bool:
    """Whether all cells of the row are empty after trimming."""
    if row.is_unbalanced or row.count > len(row.cells):
        return False
    texts = decode_cells(row.cells, encoding)
    return texts is not None and not any(map(trim, texts))


def strict_batches(
    buffer: Buffer,
    start: int,
    line: int,
    encoding: str,
    width: int,
    wanted: dict[str, int],
    limits: Limits,
) -> Iterator[pa.RecordBatch]:
    """The rows from ``start`` (physical line ``line``) on, one at a time; F06.

    ``wanted`` maps a field to the position of its column among the ``width`` of the header.
    """
    rows: list[tuple[int, str | None, str | None, list[str | None]]] = []
    while start < len(buffer):
        row = scan_row(buffer, start, len(buffer) + 1)
        refuse_long_cells(row.cells, encoding, limits)
        if not is_blank(row, encoding):
            rows.append(_text_row(row, line, encoding, width, wanted))
        line += bytes(buffer[start : row.end]).count(b"\n")
        start = row.end
        if len(rows) == _ROWS_PER_BATCH:
            yield batch_of_rows(list(wanted), rows)
            rows.clear()
    yield batch_of_rows(list(wanted), rows)


def _text_row(
    row: ScannedRow, line: int, encoding: str, width: int, wanted: dict[str, int]
) -> tuple[int, str | None, str | None, list[str | None]]:
    nothing: list[str | None] = [None] * len(wanted)
    if row.is_unbalanced or row.count != width:
        return line, "Q06", None, nothing
    texts = decode_cells(row.cells, encoding)
    if texts is None or any("\0" in text for text in texts):
        return line, "Q07", None, nothing
    return line, None, None, [texts[place] for place in wanted.values()]
