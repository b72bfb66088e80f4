"""json (an array of objects) and jsonl (an object per line) (catalogue section 1)."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from orchestration.catalogue.model import Item
from orchestration.ingest.containers import Buffer
from orchestration.ingest.delivered import DeliveredTable, FileFault
from orchestration.ingest.readers.encoding import after_byte_order_mark
from orchestration.ingest.readers.json_text import (
    NoJson,
    ObjectPairs,
    has_bad_character,
    record_values,
    scan_value,
    skip_white_space,
)
from orchestration.ingest.readers.records import RecordTable
from orchestration.ingest.readers.text import trim
from orchestration.settings import Limits

if TYPE_CHECKING:
    import duckdb

_BYTES_AT_ONCE = 4 * 1024 * 1024
# A record within the limits, every character an escape, is smaller than this.
_LARGEST_RECORD = 64 * 1024 * 1024
# What is this near to the end of what was decoded may look different when more is: an error, or
# a number that goes on.
_LONGEST_TOKEN = 16


class _Window:
    """The text of a json file, as much of it as one value needs."""

    def __init__(self, buffer: Buffer, start: int, encoding: str) -> None:
        self._buffer = buffer
        self._place = start
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self.text = ""
        self.at = 0

    @property
    def is_complete(self) -> bool:
        """Whether the text goes to the end of the file."""
        return self._place >= len(self._buffer)

    def grow(self) -> None:
        """Forget what was read and decode more, at least as much as is left; F01, F06."""
        rest = self.text[self.at :]
        if len(rest) > _LARGEST_RECORD:
            raise FileFault("F06", f"a record of more than {_LARGEST_RECORD} characters")
        end = min(len(self._buffer), self._place + max(_BYTES_AT_ONCE, len(rest)))
        chunk = bytes(self._buffer[self._place : end])
        self._place = end
        try:
            self.text = rest + self._decoder.decode(chunk, final=self.is_complete)
        except UnicodeDecodeError as error:
            raise FileFault("F01", "bytes that are not valid in the agreed encoding") from error
        self.at = 0

    def peek(self) -> str:
        """The next character that is no white space; empty at the end of the file."""
        while True:
            self.at = skip_white_space(self.text, self.at)
            if self.at < len(self.text) or self.is_complete:
                return self.text[self.at : self.at + 1]
            self.grow()

    def value(self) -> tuple[Any, bool]:
        """The next value, and whether it holds a bad character (Q07); F01, F06."""
        while True:
            try:
                value, end = scan_value(self.text, self.at)
            except NoJson as error:
                may_go_on = error.may_go_on or error.position >= len(self.text) - _LONGEST_TOKEN
                if self.is_complete or not may_go_on:
                    raise FileFault("F01", "cannot be parsed as json") from error
            else:
                if end + _LONGEST_TOKEN < len(self.text) or self.is_complete:
                    is_bad = has_bad_character(self.text, self.at, end)
                    self.at = end
                    return value, is_bad
            self.grow()


def _elements(window: _Window) -> Iterator[tuple[Any, bool]]:
    """The elements of the array that a json file is; F01, F06."""
    if window.peek() != "[":
        raise FileFault("F01", "not an array of objects")
    window.at += 1
    if window.peek() == "]":
        window.at += 1
    else:
        while True:
            window.peek()
            yield window.value()
            mark = window.peek()
            window.at += 1
            if mark == "]":
                break
            if mark != ",":
                raise FileFault("F01", "cannot be parsed as json")
    if window.peek():
        raise FileFault("F01", "cannot be parsed as json: text after the array")


def _add(table: RecordTable, value: Any, *, is_bad: bool) -> None:
    if isinstance(value, ObjectPairs):
        table.add(record_values(value), "Q07" if is_bad else None)
    else:
        table.add_fault("Q06")


def read_json(
    connection: duckdb.DuckDBPyConnection,
    buffer: Buffer,
    item: Item,
    encoding: str,
    limits: Limits,
) -> DeliveredTable:
    """A json file as a text table; F06, then F01, F05, F02."""
    start, codec = after_byte_order_mark(buffer, encoding)
    with RecordTable(connection, item, limits) as table:
        for value, is_bad in _elements(_Window(buffer, start, codec)):
            _add(table, value, is_bad=is_bad)
        return table.finish()


def read_jsonl(
    connection: duckdb.DuckDBPyConnection,
    buffer: Buffer,
    item: Item,
    encoding: str,
    limits: Limits,
) -> DeliveredTable:
    """A jsonl file as a text table; F06, then F05, F02."""
    start, codec = after_byte_order_mark(buffer, encoding)
    with RecordTable(connection, item, limits) as table:
        while start < len(buffer):
            line_feed = buffer.find(b"\n", start)
            end = len(buffer) if line_feed < 0 else line_feed
            if end - start > _LARGEST_RECORD:
                raise FileFault("F06", f"a line of {end - start} bytes")
            _add_line(table, bytes(buffer[start:end]), codec)
            start = end + 1
        return table.finish()


def _add_line(table: RecordTable, line: bytes, codec: str) -> None:
    try:
        text = line.decode(codec)
    except UnicodeDecodeError:
        table.add_fault("Q07")
        return
    if not trim(text):
        return
    if "\0" in text:
        table.add_fault("Q07")
        return
    try:
        start = skip_white_space(text, 0)
        value, end = scan_value(text, start)
        if skip_white_space(text, end) != len(text):
            raise NoJson(end)
    except NoJson:
        table.add_fault("Q06")
        return
    _add(table, value, is_bad=has_bad_character(text, start, end))
