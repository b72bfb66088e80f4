"""What every format is read into, and how delivered headers meet the agreed ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from .items import BANNED_IN_HEADERS, Field, Item
from .values import Cell, nfkc, without_white_space

MOST_ROWS = 2_000_000
MOST_COLUMNS = 200
MOST_CHARACTERS = 32_767


class FileFaultError(Exception):
    """The whole file is set aside; ``code`` is F00..F06."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code


@dataclass
class RawRow:
    """One delivered row: its number, its cells by delivered header, or Q06 / Q07."""

    number: int
    cells: dict[str, Cell] = field(default_factory=dict)
    code: str | None = None


@dataclass
class Table:
    """One file as read.

    ``columns`` maps each delivered header that matches to its agreed field.
    ``names`` are all headers in which nothing banned may stand.
    """

    names: list[str]
    columns: dict[str, Field]
    rows: list[RawRow]
    is_header_missing: bool
    has_double_header: bool
    control_total: Decimal | None = None


def normal_header(header: str) -> str:
    return without_white_space(nfkc(header))


def xml_name(header: str) -> str:
    return "".join(c for c in normal_header(header) if c not in "()/%")


def match_headers(
    item: Item, delivered: list[str], *, is_sheet: bool = False, is_xml: bool = False
) -> dict[int, Field]:
    """Position of each delivered header to the agreed field it names; others are ignored."""
    agreed = {
        xml_name(agreed_field.header)
        if is_xml
        else normal_header(agreed_field.header): agreed_field
        for agreed_field in item.fields
    }
    headers = [normal_header(header) for header in delivered]
    matched = {i: agreed[header] for i, header in enumerate(headers) if header in agreed}
    if not is_sheet:
        return matched
    exact = {agreed_field.name for agreed_field in matched.values()}
    for i, header in enumerate(headers):
        beginnings = [name for name in agreed if header.startswith(name)]
        if i in matched or not beginnings:
            continue
        longest = agreed[max(beginnings, key=len)]
        if longest.name not in exact:
            matched[i] = longest
    return matched


def lacks_required(item: Item, matched: dict[int, Field]) -> bool:
    present = {agreed_field.name for agreed_field in matched.values()}
    return any(f.required and f.name not in present for f in item.fields)


def has_double(matched: dict[int, Field]) -> bool:
    names = [agreed_field.name for agreed_field in matched.values()]
    return len(names) != len(set(names))


def holds_banned(names: list[str]) -> bool:
    return any(word in normal_header(name) for name in names for word in BANNED_IN_HEADERS)


def check_columns(count: int) -> None:
    if count > MOST_COLUMNS:
        raise FileFaultError("F06", f"{count} columns, at most {MOST_COLUMNS} are read")


def check_rows(count: int) -> None:
    if count > MOST_ROWS:
        raise FileFaultError("F06", f"{count} rows, at most {MOST_ROWS} are read")


def check_cell(cell: object) -> None:
    if isinstance(cell, str) and len(cell) > MOST_CHARACTERS:
        raise FileFaultError("F06", f"{len(cell)} characters in a cell, at most {MOST_CHARACTERS}")
