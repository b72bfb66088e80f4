"""CSV: the header, then the rows in bulk (catalogue section 1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.catalogue.model import Item
from orchestration.ingest.containers import Buffer
from orchestration.ingest.delivered import DeliveredTable, FileFault
from orchestration.ingest.headers import match_headers
from orchestration.ingest.readers.csv_fast import Block, read_blocks
from orchestration.ingest.readers.csv_quotes import QuoteReader
from orchestration.ingest.readers.csv_strict import (
    MOST_BYTES_PER_CHARACTER,
    ScannedRow,
    decode_cells,
    is_blank,
    refuse_long_cells,
    scan_row,
)
from orchestration.ingest.readers.encoding import after_byte_order_mark
from orchestration.ingest.readers.table import TextTable
from orchestration.settings import Limits

if TYPE_CHECKING:
    import duckdb

BLOCK_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class _Header:
    """The first non-blank line, and where the rows after it begin."""

    row: ScannedRow | None
    line: int
    end: int


def _find_header(buffer: Buffer, start: int, encoding: str, limits: Limits) -> _Header:
    line = 1
    while start < len(buffer):
        row = scan_row(buffer, start, limits.max_columns + 1)
        if row.end - start <= BLOCK_BYTES:
            row = scan_row(buffer, start, BLOCK_BYTES)  # a blank line may have any number of cells
        refuse_long_cells(row.cells, encoding, limits)
        if not is_blank(row, encoding):
            if row.count > limits.max_columns:
                raise FileFault("F06", f"{row.count} columns, at most {limits.max_columns}")
            return _Header(row, line + _line_ends(buffer, start, row.end), row.end)
        line += _line_ends(buffer, start, row.end)
        start = row.end
    return _Header(None, line, start)


def _line_ends(buffer: Buffer, start: int, end: int) -> int:
    return sum(
        bytes(buffer[place : min(place + BLOCK_BYTES, end)]).count(b"\n")
        for place in range(start, end, BLOCK_BYTES)
    )


def _header_texts(header: _Header, encoding: str) -> list[str] | FileFault:
    if header.row is None:
        return FileFault("F01", "no line that is not blank; the first must be the header")
    if header.row.is_unbalanced:
        return FileFault("F01", "the header line has an unbalanced quote")
    texts = decode_cells(header.row.cells, encoding)
    if texts is None:
        return FileFault("F01", f"the header line is not valid {encoding}")
    if any("\0" in text for text in texts):
        return FileFault("F01", "the header line holds a NUL")
    return texts


def split_blocks(buffer: Buffer, start: int, line: int, limits: Limits) -> Iterator[Block]:
    """The file from ``start`` (physical line ``line``) on in blocks of complete rows; F06.

    A row of more bytes than cells within the limits can have makes the file F06, if its quotes
    are balanced; so no block is larger than a few such rows.
    """
    largest = 2 * MOST_BYTES_PER_CHARACTER * limits.max_columns * limits.max_cell_characters
    size, doomed_until, length = len(buffer), 0, BLOCK_BYTES
    while start < size:
        end = _block_end(buffer, start, start + length)
        if end - start > largest:
            row = scan_row(buffer, start, 0)
            if row.end - start > largest and not row.is_unbalanced:
                raise FileFault("F06", f"line {line}: a row of {row.end - start} bytes")
            if row.failed_at is not None:
                doomed_until = max(doomed_until, row.failed_at)
            yield Block(*_cut(buffer, row, line, largest))
            line += _line_ends(buffer, start, row.end)
            start, length = row.end, BLOCK_BYTES
            continue
        block = Block(bytes(buffer[start:end]), line)
        if b'"' in block.content:
            reader = QuoteReader(
                block.content, is_last=end == size, doomed_until=max(0, doomed_until - start)
            ).read()
            doomed_until = max(doomed_until, start + reader.doomed_until)
            if reader.consumed == 0:
                length *= 2  # one row goes on beyond the block
                continue
            block = Block(
                block.content[: reader.consumed], line, reader.is_paired, reader.unbalanced
            )
        yield block
        line += block.content.count(b"\n")
        start, length = start + len(block.content), BLOCK_BYTES


def _block_end(buffer: Buffer, start: int, wanted: int) -> int:
    """Behind the last line end before ``wanted``, else behind the first one after it."""
    if wanted >= len(buffer):
        return len(buffer)
    before = buffer.rfind(b"\n", start, wanted)
    after = before if before >= 0 else buffer.find(b"\n", wanted)
    return len(buffer) if after < 0 else after + 1


def _cut(
    buffer: Buffer, row: ScannedRow, line: int, largest: int
) -> tuple[bytes, int, None, tuple[int, ...]]:
    """An unbalanced line as a block of its own, without what lies beyond the limits."""
    content = bytes(buffer[row.start : min(row.end, row.start + largest)])
    return content, line, None, (0,) if row.is_unbalanced else ()


def read_csv(
    connection: duckdb.DuckDBPyConnection,
    buffer: Buffer,
    item: Item,
    encoding: str,
    limits: Limits,
) -> DeliveredTable:
    """A csv file as a text table; F06, then F01, F05, F02."""
    start, encoding = after_byte_order_mark(buffer, encoding)
    header = _find_header(buffer, start, encoding, limits)
    texts = _header_texts(header, encoding)
    fault = texts if isinstance(texts, FileFault) else None
    matched = match_headers(item, [] if isinstance(texts, FileFault) else texts)
    wanted = {field.name: place for place, field in matched.columns.items()}
    width = 0 if header.row is None else header.row.count
    with TextTable(connection, list(wanted), limits) as table:
        blocks = split_blocks(buffer, header.end, header.line, limits)
        for batch in read_blocks(blocks, encoding, width, wanted, limits):
            table.add(batch)
        if fault is not None:
            raise fault
        matched.refuse()
        return DeliveredTable(table.finish(), tuple(wanted), table.rows, matched.unknown, None)
