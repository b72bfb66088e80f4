"""Which quotes of a csv block belong to quoted cells, and which rows are unbalanced.

Most quotes follow the rules: they come in pairs, the first at the beginning of a cell, the second
at its end or doubled. Those are paired in bulk. Where a pair does not fit, this looks at the quotes
one by one, at quotes only and never at the text between them.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from orchestration.ingest.readers.csv_fast import (
    COMMA,
    LINE_FEED,
    QUOTE,
    RETURN,
    Bytes,
    Mask,
    Positions,
)

_SMALLEST_WINDOW, _LARGEST_WINDOW = 256, 65_536


class QuoteReader:
    """Pairs the quotes of one block, which begins at the beginning of a row.

    ``doomed_until``: a quoted cell that is still open at a line that begins before this place is
    unbalanced. An earlier row has been seen to fail there, and would fail again: without this a
    hostile file takes time in the square of its size.
    After ``read``: ``is_paired`` and ``unbalanced`` describe the complete rows, whose length is
    ``consumed`` (all, if the block ends the file).
    """

    def __init__(self, content: bytes, *, is_last: bool, doomed_until: int = 0) -> None:
        self._content = content
        # No line end is added: a CR before the end of the file ends no line.
        self._padded = content + b",,"
        self._found: Bytes = np.frombuffer(self._padded, dtype=np.uint8)
        self._is_last = is_last
        self._positions: Positions = np.flatnonzero(self._found == QUOTE)
        # The same memory twice: NumPy for many quotes at once, Python for one.
        self._quotes = self._positions.data
        self._paired = bytearray(len(self._quotes))
        self._row_floor = 0
        self._unbalanced_starts: list[int] = []
        self.doomed_until = doomed_until
        self.consumed = len(content)

    @property
    def is_paired(self) -> Mask:
        """Per quote of the complete rows: whether it belongs to a quoted cell."""
        complete = bisect_left(self._quotes, self.consumed)
        return np.frombuffer(self._paired, dtype=bool)[:complete]

    @property
    def unbalanced(self) -> tuple[int, ...]:
        """The lines, from 0, that are Q06 by themselves."""
        line, place, lines = 0, 0, []
        for start in self._unbalanced_starts:
            line += self._content.count(b"\n", place, start)
            place = start
            lines.append(line)
        return tuple(lines)

    def read(self) -> QuoteReader:
        """Decide every quote of the block's complete rows."""
        at, alone_until, alone = 0, 0, _SMALLEST_WINDOW
        while at < len(self._quotes):
            if at >= alone_until and self._quotes[at] >= self.doomed_until:
                start, at = at, self._pair_in_bulk(at)
                if at == len(self._quotes):
                    break
                # Where little fits, looking at many quotes at once is the slower way.
                alone = _SMALLEST_WINDOW if at - start > alone else min(alone * 2, _LARGEST_WINDOW)
                alone_until = at + alone if at - start < _SMALLEST_WINDOW else at
            following = self._decide(at)
            if following is None:
                break
            at = following
        return self

    def _pair_in_bulk(self, at: int) -> int:
        """Pair quotes from ``at`` on as long as they fit; the first that is not paired."""
        start, window = at, _SMALLEST_WINDOW
        while at + 1 < len(self._quotes):
            pairs = self._positions[at : at + window]
            pairs = pairs[: len(pairs) // 2 * 2]
            fits = self._fits(pairs[0::2], pairs[1::2], is_start=at == start)
            count = len(fits) if fits.all() else int(fits.argmin())
            self._mark(at, at + 2 * count, is_paired=True)
            at += 2 * count
            if count < len(fits):
                break
            window = min(window * 2, _LARGEST_WINDOW)
        # A pair that fails may be the rest of a cell with doubled quotes: decide it as a whole.
        while at > start and at < len(self._quotes) and self._is_doubled(at):
            at -= 2
            self._mark(at, at + 2, is_paired=False)
        return at

    def _mark(self, start: int, end: int, *, is_paired: bool) -> None:
        self._paired[start:end] = (b"\1" if is_paired else b"\0") * (end - start)

    def _is_doubled(self, at: int) -> bool:
        return self._quotes[at] == self._quotes[at - 1] + 1

    def _fits(self, opening: Positions, closing: Positions, *, is_start: bool) -> Mask:
        before = np.where(opening == 0, LINE_FEED, self._found[opening - 1])
        opens = (before == COMMA) | (before == LINE_FEED)
        doubled = before == QUOTE
        if is_start:
            doubled[0] = False  # the quote before it is text
        after, second = self._found[closing + 1], self._found[np.minimum(closing + 2, self._end)]
        closes = (after == COMMA) | (after == LINE_FEED) | (after == QUOTE)
        closes |= (after == RETURN) & (second == LINE_FEED)
        fits: Mask = (opens | doubled) & closes
        return fits

    @property
    def _end(self) -> int:
        return len(self._found) - 1

    def _decide(self, at: int) -> int | None:
        """Decide the quote ``at``, outside any quoted cell; the next one, or None at the end."""
        opening = self._quotes[at]
        if opening and self._padded[opening - 1] not in (COMMA, LINE_FEED):
            return at + 1  # text within an unquoted cell
        closing = at + 1
        while closing + 1 < len(self._quotes) and self._is_doubled(closing + 1):
            closing += 2
        is_closed = closing < len(self._quotes)
        end = self._quotes[closing] if is_closed else len(self._content)
        if opening < self.doomed_until:
            next_line = self._content.find(b"\n", opening, end) + 1
            if 0 < next_line <= self.doomed_until:
                return self._unbalance(at, self.doomed_until)
        if not is_closed and not self._is_last:
            self.consumed = self._row_start(at)
            return None
        if not is_closed or not self._closes(end):
            return self._unbalance(at, end)
        self._mark(at, closing + 1, is_paired=True)
        return closing + 1

    def _closes(self, quote: int) -> bool:
        after = self._padded[quote + 1]
        if after == RETURN:
            return self._padded[quote + 2] == LINE_FEED
        return after in (COMMA, LINE_FEED)

    def _row_start(self, at: int) -> int:
        """Where the row of the quote ``at`` begins: after the last line end outside of quotes."""
        while True:
            here = self._quotes[at]
            before = self._quotes[at - 1] if at else -1
            floor = max(before + 1, self._row_floor)
            line_feed = self._content.rfind(b"\n", floor, here)
            if line_feed >= 0:
                return line_feed + 1
            if before < self._row_floor:
                return self._row_floor
            at -= 1
            if self._paired[at]:
                at -= 1  # it closes a cell: what lies between it and its partner is inside

    def _unbalance(self, at: int, failed_at: int) -> int:
        """The row of the quote ``at`` is its first line alone; reading goes on with the next."""
        start = self._row_start(at)
        line_feed = self._content.find(b"\n", start)
        after_line = len(self._content) if line_feed < 0 else line_feed + 1
        self._unbalanced_starts.append(start)
        self._mark(bisect_left(self._quotes, start, 0, at), at + 1, is_paired=False)
        self._row_floor = after_line
        self.doomed_until = max(self.doomed_until, failed_at)
        return bisect_left(self._quotes, after_line)
