"""json, jsonl and xml (catalogue section 1)."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from lxml import etree

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
from .values import ERROR_CELL, Cell, trim


class Pairs(list[tuple[str, object]]):
    """A json object as its name-value pairs, so that a name given twice is seen."""


class Literal(str):
    """A json number exactly as written."""


# Number, then the names and values, or the code of what holds none.
Record = tuple[int, Pairs | None, str | None]


def parse_json(text: str) -> object:
    """Json by the letter (no NaN), objects as ``Pairs``, numbers as ``Literal``; ValueError."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no json")

    try:
        return json.loads(
            text,
            object_pairs_hook=Pairs,
            parse_int=Literal,
            parse_float=Literal,
            parse_constant=refuse,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _has_bad_character(value: object) -> bool:
    """A NUL or a lone surrogate in any string of a record."""
    if isinstance(value, Pairs):
        return any(_has_bad_character(name) or _has_bad_character(v) for name, v in value)
    if isinstance(value, list):
        return any(_has_bad_character(element) for element in value)
    if isinstance(value, str):
        return any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value)
    return False


def _json_cell(value: object) -> Cell:
    if value is None or isinstance(value, (bool, str)):
        return value
    return ERROR_CELL


def _table_of_records(records: list[Record], item: Item, *, is_xml: bool = False) -> Table:
    with_names = [pairs for _, pairs, _ in records if pairs is not None]
    names = list(dict.fromkeys(name for pairs in with_names for name, _ in pairs))
    check_rows(len(records))
    check_columns(len(names))
    for pairs in with_names:
        for _, value in pairs:
            check_cell(value)
    matched = match_headers(item, names, is_xml=is_xml)
    columns = {names[place]: agreed_field for place, agreed_field in matched.items()}
    rows = []
    for number, record, code in records:
        if record is None or _has_bad_character(record):
            rows.append(RawRow(number, code=code or "Q07"))
            continue
        cells = {name: _json_cell(value) for name, value in record if name in columns}
        rows.append(RawRow(number, cells))
    name_twice = any(len(pairs) != len({name for name, _ in pairs}) for pairs in with_names)
    return Table(
        names=names,
        columns=columns,
        rows=rows,
        is_header_missing=bool(with_names) and lacks_required(item, matched),
        has_double_header=name_twice or has_double(matched),
    )


def _without_bom(data: bytes, encoding: str) -> bytes:
    return data[3:] if encoding == "utf-8" and data.startswith(b"\xef\xbb\xbf") else data


def read_json(data: bytes, encoding: str, item: Item) -> Table:
    """One array of objects."""
    try:
        elements = parse_json(_without_bom(data, encoding).decode(encoding))
    except ValueError as error:
        raise FileFaultError("F01", f"no json: {error}") from None
    if not isinstance(elements, list) or isinstance(elements, Pairs):
        raise FileFaultError("F01", "json, but no array")
    records: list[Record] = [
        (i, element, None) if isinstance(element, Pairs) else (i, None, "Q06")
        for i, element in enumerate(elements, start=1)
    ]
    return _table_of_records(records, item)


def _jsonl_record(line: bytes, encoding: str) -> tuple[Pairs | None, str | None]:
    try:
        text = line.decode(encoding)
    except UnicodeDecodeError:
        return None, "Q07"
    if "\0" in text:
        return None, "Q07"
    try:
        element = parse_json(text)
    except ValueError:
        return None, "Q06"
    return (element, None) if isinstance(element, Pairs) else (None, "Q06")


def read_jsonl(data: bytes, encoding: str, item: Item) -> Table:
    """One object per line; only lines that are not blank are counted."""
    lines = []
    for line in _without_bom(data, encoding).split(b"\n"):
        try:
            is_blank = trim(line.decode(encoding)) == ""
        except UnicodeDecodeError:
            is_blank = False
        if not is_blank:
            lines.append(line)
    records: list[Record] = [
        (i, *_jsonl_record(line, encoding)) for i, line in enumerate(lines, start=1)
    ]
    return _table_of_records(records, item)


# ---------------------------------------------------------------- xml


def _content(element: etree._Element) -> str:
    """All text of an element; comments and instructions inside say nothing."""
    return (element.text or "") + "".join(child.tail or "" for child in element)


def _is_element(node: etree._Element) -> bool:
    return isinstance(node.tag, str)


def _children(element: etree._Element, tag: str | None) -> list[etree._Element]:
    """The element children, all of this name, with nothing but white space between; F01."""
    children = [child for child in element if _is_element(child)]
    if trim(_content(element)) != "" or any(tag not in (None, child.tag) for child in children):
        raise FileFaultError("F01", f"xml of another structure within <{element.tag}>")
    return children


def _xml_record(record: etree._Element) -> Pairs:
    pairs = Pairs()
    for cell in _children(record, None):
        if any(_is_element(child) for child in cell) or "{" in cell.tag:
            raise FileFaultError("F01", f"xml of another structure within <{cell.tag}>")
        pairs.append((cell.tag, _content(cell)))
    return pairs


def read_xml(data: bytes, item: Item) -> Table:
    """<records><record><header>value</header>…; the encoding is the declared one."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, strip_cdata=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise FileFaultError("F01", f"no xml: {error}") from None
    document: Any = root.getroottree().docinfo
    if document.doctype or document.internalDTD is not None:
        raise FileFaultError("F01", "xml with a document type definition")
    if root.tag != "records" or any(e.attrib for e in root.iter() if _is_element(e)):
        raise FileFaultError("F01", "xml of another structure")
    records: list[Record] = [
        (i, _xml_record(record), None)
        for i, record in enumerate(_children(root, "record"), start=1)
    ]
    return _table_of_records(records, item, is_xml=True)
