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
    count_bytes,
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

BLOCK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class _Header:
    """The first non-blank line, and where the rows after it begin."""

    row: ScannedRow | None
    line: int
    end: int


def _largest_row(limits: Limits) -> int:
    """The bytes of a row whose cells, every quote doubled, are all within the limits."""
    return 2 * MOST_BYTES_PER_CHARACTER * limits.max_columns * limits.max_cell_characters


def _scan_large_row(buffer: Buffer, start: int, line: int, limits: Limits) -> ScannedRow:
    """A row without its cells; F06 if it is larger than any within the limits."""
    row = scan_row(buffer, start, 0)
    if row.end - start > _largest_row(limits) and not row.is_unbalanced:
        raise FileFault("F06", f"line {line}: a row of {row.end - start} bytes")
    return row


def _find_header(buffer: Buffer, start: int, encoding: str, limits: Limits) -> _Header:
    line = 1
    while start < len(buffer):
        row = _scan_large_row(buffer, start, line, limits)
        # A blank line may have any number of cells; of a header no more than the limit is kept.
        most = row.count if row.end - start <= BLOCK_BYTES else limits.max_columns
        row = scan_row(buffer, start, most)
        refuse_long_cells(row.cells, encoding, limits)
        if not is_blank(row, encoding):
            if row.count > limits.max_columns:
                raise FileFault("F06", f"{row.count} columns, at most {limits.max_columns}")
            return _Header(row, line + count_bytes(buffer, b"\n", start, row.end), row.end)
        line += count_bytes(buffer, b"\n", start, row.end)
        start = row.end
    return _Header(None, line, start)


def _header_texts(header: _Header, encoding: str) -> list[str] | FileFault:
    if header.row is None:
        return FileFault("F02", "no line that is not blank; the first must be the header")
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
    size, doomed_until, length = len(buffer), 0, BLOCK_BYTES
    largest = max(_largest_row(limits), BLOCK_BYTES)
    while start < size:
        end = _block_end(buffer, start, start + length)
        if end - start > largest:
            row = _scan_large_row(buffer, start, line, limits)
            if row.failed_at is not None:
                doomed_until = max(doomed_until, row.failed_at)
                # What is left of the line is of no interest: Q06 says all.
                yield Block(bytes(buffer[start : min(row.end, start + length)]), line, None, (0,))
                line += 1
                start, length = row.end, BLOCK_BYTES
                continue
            end = row.end
        block, doomed_until = _block(buffer, start, end, line, doomed_until)
        if block is None:
            length *= 2  # one row goes on beyond the block
            continue
        yield block
        line += block.content.count(b"\n")
        start, length = start + len(block.content), BLOCK_BYTES


def _block(
    buffer: Buffer, start: int, end: int, line: int, doomed_until: int
) -> tuple[Block | None, int]:
    """The complete rows of ``buffer[start:end]``, None if there is none; and what is doomed."""
    content = bytes(buffer[start:end])
    if b'"' not in content:
        return Block(content, line), doomed_until
    is_last = end == len(buffer)
    reader = QuoteReader(content, is_last=is_last, doomed_until=max(0, doomed_until - start)).read()
    doomed_until = max(doomed_until, start + reader.doomed_until)
    if reader.consumed == 0:
        return None, doomed_until
    content = content[: reader.consumed]
    return Block(content, line, reader.is_paired, reader.unbalanced), doomed_until


def _block_end(buffer: Buffer, start: int, wanted: int) -> int:
    """Behind the last line end before ``wanted``, else behind the first one after it."""
    if wanted >= len(buffer):
        return len(buffer)
    before = buffer.rfind(b"\n", start, wanted)
    after = before if before >= 0 else buffer.find(b"\n", wanted)
    return len(buffer) if after < 0 else after + 1


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
        return table.finish(tuple(wanted), matched.unknown)
