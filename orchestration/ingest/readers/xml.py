"""xml: ``records`` of ``record`` of one element per header (catalogue section 1).

Read as a stream of events, so that memory is bounded. No entity is resolved, nothing is fetched; a
document type definition, an attribute, or any other structure is F01.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.catalogue.model import Item
from orchestration.ingest.containers import Buffer
from orchestration.ingest.delivered import DeliveredTable, FileFault
from orchestration.ingest.readers.csv_strict import long_cell
from orchestration.ingest.readers.records import RecordTable
from orchestration.ingest.readers.text import trim
from orchestration.settings import Limits

if TYPE_CHECKING:
    import duckdb
    from lxml import etree

_BYTES_AT_ONCE = 64 * 1024
# The parser holds a tag, a comment or an instruction until it ends; none has to be this long.
_LARGEST_MARK = 32 * 1024 * 1024
# libxml2's level of what is no mere warning.
_ERROR_LEVEL = 2
_RECORD_DEPTH, _CELL_DEPTH = 2, 3
_FAMILY = ("records", "record")

# What lxml's parser may hand over; in Python 3 it is always text.
_Text = str | bytes


def _other_structure(found: str) -> FileFault:
    return FileFault("F01", f"xml of another structure than records, record, headers: {found}")


class _Target:
    """Takes the parser's events and makes records of them."""

    def __init__(self, table: RecordTable, limits: Limits) -> None:
        self._table = table
        self._limits = limits
        self._depth = 0
        self.events = 0
        self._pairs: list[tuple[str, str | None]] = []
        self._parts: list[str] = []
        self._characters = 0

    def start(self, tag: _Text, attrib: dict[_Text, _Text]) -> None:
        self.events += 1
        tag = str(tag)
        if attrib or tag.startswith("{"):
            raise _other_structure("an attribute or a namespace")
        if self._depth >= _CELL_DEPTH:
            raise _other_structure("an element within a value")
        if self._depth < len(_FAMILY) and tag != _FAMILY[self._depth]:
            raise _other_structure(f"no element {_FAMILY[self._depth]} where one must be")
        self._depth += 1
        if self._depth == _CELL_DEPTH:
            self._parts, self._characters = [], 0

    def end(self, tag: _Text) -> None:
        self.events += 1
        if self._depth == _CELL_DEPTH:
            self._pairs.append((str(tag), "".join(self._parts) or None))
            if len(self._pairs) > 2 * self._limits.max_columns:
                raise FileFault("F06", f"more than {self._limits.max_columns} columns")
        elif self._depth == _RECORD_DEPTH:
            self._table.add(self._pairs)
            self._pairs = []
        self._depth -= 1

    def data(self, data: _Text) -> None:
        self.events += 1
        text = str(data)
        if self._depth < _CELL_DEPTH:
            if trim(text):
                raise _other_structure("text outside of values")
            return
        self._characters += len(text)
        if self._characters > self._limits.max_cell_characters:
            raise long_cell(self._limits)
        self._parts.append(text)

    def doctype(self, name: str, public_id: str | None, system: str | None) -> None:
        raise FileFault("F01", "a document type definition; deliver the xml without one")

    def comment(self, text: _Text) -> None:
        """Comments say nothing."""
        self.events += 1

    def pi(self, target: _Text, data: _Text | None = None) -> None:
        """Processing instructions say nothing."""
        self.events += 1

    def close(self) -> None:
        """The document is complete."""


def read_xml(
    connection: duckdb.DuckDBPyConnection, buffer: Buffer, item: Item, limits: Limits
) -> DeliveredTable:
    """An xml file as a text table; F06, then F01, F05, F02. The encoding is the declared one."""
    from lxml import etree

    with RecordTable(connection, item, limits, is_xml=True) as table:
        target = _Target(table, limits)
        parser = etree.XMLParser(
            target=target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        try:
            _feed(parser, target, buffer)
        except (etree.LxmlError, ValueError, LookupError, AssertionError) as error:
            raise FileFault("F01", "cannot be parsed as xml") from error
        return table.finish()


def _feed(parser: etree.XMLParser, target: _Target, buffer: Buffer) -> None:
    seen, seen_at = 0, 0
    for place in range(0, len(buffer), _BYTES_AT_ONCE):
        parser.feed(bytes(buffer[place : place + _BYTES_AT_ONCE]))
        if target.events != seen:
            seen, seen_at = target.events, place
        elif place - seen_at > _LARGEST_MARK:
            raise FileFault("F01", f"a tag or comment of more than {_LARGEST_MARK} bytes")
    # A prefix that nothing declares is an error that a parser with a target only notes: the tag
    # comes without it, and would pass for a header.
    if any(entry.level >= _ERROR_LEVEL for entry in parser.feed_error_log):
        raise FileFault("F01", "cannot be parsed as xml (a prefix that is not declared?)")
    parser.close()
