"""CSV in bulk: the same rows as ``csv_strict``, whole blocks at a time.

A block of complete rows is decoded as a whole (no agreed encoding uses the bytes of separator,
quote or line end inside a character), its separators are found by NumPy, and the cells become one
Arrow array over the block's own bytes; a column is every n-th cell of it. Quotes that follow the
rules are paired in bulk as well; only where one does not, a few steps in Python decide which quotes
count (``QuoteReader``). Nothing here knows a rule that ``csv_strict`` does not state.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from orchestration.ingest.readers.csv_strict import long_cell
from orchestration.ingest.readers.table import fault_array, text_schema
from orchestration.ingest.readers.text import trim
from orchestration.settings import Limits

if TYPE_CHECKING:
    import pyarrow as pa

Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

QUOTE, COMMA, LINE_FEED, RETURN = 34, 44, 10, 13
_Q06, _Q07 = 1, 2
_STRUCTURAL = re.compile(rb'[\n\r",]')
# First bytes of the UTF-8 of White_Space characters.
_WHITE_SPACE_LEADS = np.zeros(256, dtype=bool)
_WHITE_SPACE_LEADS[[9, 10, 11, 12, 13, 32, 0xC2, 0xE1, 0xE2, 0xE3]] = True


def _nul_for_wrong_bytes(error: UnicodeError) -> tuple[str, int]:
    """Decode what cannot be decoded as NUL: both are Q07 of their row, and of no other.

    The run up to the next separator, quote or line end is one NUL, so that a file of nothing but
    wrong bytes costs no more than a good one.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    found = _STRUCTURAL.search(error.object, error.start + 1)
    return "\0", found.start() if found else len(error.object)


codecs.register_error("credit-nul", _nul_for_wrong_bytes)


@dataclass(frozen=True)
class Block:
    """Complete rows of a file, as delivered.

    ``line`` is the physical line of the first; ``quotes`` says for each quote of the block, in
    order, whether it opens, closes or is doubled in a quoted cell (else it is text);
    ``unbalanced`` holds the lines, counted from 0 in the block, that are Q06 by themselves.
    """

    content: bytes
    line: int
    quotes: Mask | None = None
    unbalanced: tuple[int, ...] = ()


def _as_utf8(content: bytes, encoding: str) -> bytes:
    if encoding == "utf-8":
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            return content.decode("utf-8", "credit-nul").encode()
        return content
    return content.decode(encoding, "credit-nul").encode()


@dataclass(frozen=True)
class _Cells:
    """All cells of a block: cell i is ``content[offsets[i]:offsets[i + 1]]``.

    ``first`` and ``last`` are the cells with which each row begins and ends, ``lines`` the
    physical line, from 0, on which it begins.
    """

    content: Bytes
    offsets: Positions
    first: Positions
    last: Positions
    lines: Positions


def _split(data: bytes, quotes: Mask | None) -> _Cells:
    has_line_end = data.endswith(b"\n")
    found = np.frombuffer(data if has_line_end else data + b"\n", dtype=np.uint8)
    separators = np.flatnonzero((found == COMMA) | (found == LINE_FEED))
    dropped = [separators]
    paired: Positions | None = None
    if quotes is not None and quotes.any():
        paired = np.flatnonzero(found == QUOTE)[quotes]
        line_feeds = separators[found[separators] == LINE_FEED]
        is_inside = np.searchsorted(paired, separators) % 2 == 1
        separators = separators[~is_inside]
        dropped = [separators, paired[0::2], _closing_only(paired)]
    is_end = found[separators] == LINE_FEED
    row_ends = separators[is_end]
    returns = row_ends[(row_ends > 0) & (found[row_ends - 1] == RETURN)] - 1
    if not has_line_end and len(returns) and returns[-1] == len(found) - 2:
        returns = returns[:-1]  # a CR at the end of the file ends no line: it is text
    # A CR that ends a line is outside every quoted cell, but may be a row's only byte.
    dropped.append(returns)
    last = np.flatnonzero(is_end)
    first = np.concatenate(([0], last[:-1] + 1)) if len(last) else last
    if paired is None:
        lines = np.arange(len(last))
    else:
        ends = np.searchsorted(line_feeds, row_ends)
        lines = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    return _Cells(*_without(found, separators, dropped), first, last, lines)


def _closing_only(paired: Positions) -> Positions:
    """The quotes that close a cell for good; of a doubled quote the first stays as text."""
    opening, closing = paired[0::2], paired[1::2]
    is_doubled = np.zeros(len(closing), dtype=bool)
    is_doubled[:-1] = opening[1:] == closing[:-1] + 1
    return closing[~is_doubled]


def _without(
    found: Bytes, separators: Positions, dropped: list[Positions]
) -> tuple[Bytes, Positions]:
    """The bytes without the dropped ones, and where the cells between separators then stand."""
    keep = np.ones(len(found), dtype=bool)
    for positions in dropped:
        keep[positions] = False
    if sum(map(len, dropped)) == len(separators):
        before = np.arange(len(separators))
    else:
        before = np.searchsorted(np.sort(np.concatenate(dropped)), separators)
    offsets = np.zeros(len(separators) + 1, dtype=np.int64)
    offsets[1:] = separators - before
    return found[keep], offsets


def _is_blank(cells: _Cells) -> Mask:
    """Which rows hold nothing but white space; a row's content is contiguous once split."""
    start, end = cells.offsets[cells.first], cells.offsets[cells.last + 1]
    blank: Mask = start == end
    candidates = np.flatnonzero(~blank)
    leads = cells.content[start[candidates]]
    for row in candidates[_WHITE_SPACE_LEADS[leads]]:
        # One character in four bytes at most: what is longer than a cell may be is looked at too.
        text = cells.content[start[row] : end[row]].tobytes().decode()
        blank[row] = not trim(text)
    return blank


def _refuse_long_cells(cells: _Cells, exempt: Mask, limits: Limits) -> None:
    lengths = np.diff(cells.offsets)
    for cell in np.flatnonzero(lengths > limits.max_cell_characters):
        row = int(np.searchsorted(cells.last, cell))
        text = cells.content[cells.offsets[cell] : cells.offsets[cell + 1]].tobytes().decode()
        if len(text) > limits.max_cell_characters and not exempt[row]:
            raise long_cell(limits)


def read_block(
    block: Block, encoding: str, width: int, wanted: dict[str, int], limits: Limits
) -> pa.RecordBatch:
    """The rows of a block as a batch of ``text_schema``; blank lines are left out; F06.

    ``wanted`` maps a field to the position of its column among the ``width`` of the header.
    """
    import pyarrow as pa

    data = _as_utf8(block.content, encoding)
    cells = _split(data, block.quotes)
    unbalanced = np.isin(cells.lines, block.unbalanced)
    _refuse_long_cells(cells, unbalanced, limits)
    faults = np.zeros(len(cells.last), dtype=np.int8)
    if b"\0" in data:
        nul = np.searchsorted(
            cells.offsets[cells.last + 1], np.flatnonzero(cells.content == 0), side="right"
        )
        faults[nul] = _Q07
    faults[(cells.last - cells.first + 1 != width) | unbalanced] = _Q06
    kept = ~_is_blank(cells) | unbalanced
    faults, first = faults[kept], cells.first[kept]
    text = pa.StringArray.from_buffers(
        len(cells.offsets) - 1,
        pa.py_buffer(cells.offsets.astype(np.int32)),
        pa.py_buffer(cells.content),
    )
    mask = faults != 0 if faults.any() else None
    columns: list[Any] = [
        pa.array(cells.lines[kept] + block.line),
        fault_array(faults),
        pa.nulls(len(first), pa.string()),
    ]
    for place in wanted.values():
        columns.append(text.take(pa.array(first + place, mask=mask)))
    return pa.RecordBatch.from_arrays(columns, schema=text_schema(list(wanted)))


def read_blocks(
    blocks: Iterator[Block], encoding: str, width: int, wanted: dict[str, int], limits: Limits
) -> Iterator[pa.RecordBatch]:
    """The batches of all blocks in order; while one is split the next is decoded."""
    from concurrent.futures import Future, ThreadPoolExecutor

    first = next(blocks, None)
    if first is None:
        return
    second = next(blocks, None)
    if second is None:
        yield read_block(first, encoding, width, wanted, limits)
        return
    with ThreadPoolExecutor(2) as pool:
        under_way: list[Future[pa.RecordBatch]] = [
            pool.submit(read_block, block, encoding, width, wanted, limits)
            for block in (first, second)
        ]
        for block in blocks:
            yield under_way.pop(0).result()
            under_way.append(pool.submit(read_block, block, encoding, width, wanted, limits))
        for future in under_way:
            yield future.result()
