"""The defects that real deliveries show, one in each row that is marked for one.

Harmless ones are read as if they were clean (catalogue section 2); the others are named after the
row fault that they lead to. Which defect a row gets depends on the seed and the row's content.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from orchestration.catalogue import CatalogueField, FieldType, Item
from orchestration.demo.identities import USCC_CHARACTERS, identity_number

# Stands in text for a byte that no agreed encoding has; replaced once the text is encoded.
INVALID_BYTE = "\U0010fffe"

_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_TEXTS = {FieldType.TEXT, FieldType.PARTY_NAME, FieldType.PERSON_NAME}
_DATES = {FieldType.DATE, FieldType.UNTIL_DATE}
_FULL_WIDTH = {ord("0") + digit: chr(ord("０") + digit) for digit in range(10)}


@dataclass
class Row:
    """A row about to be spoiled; ``line`` is set where its bytes are no longer its cells."""

    item: Item
    columns: tuple[CatalogueField, ...]
    cells: list[Any]
    format: str
    delivered_on: date
    random: random.Random
    line: str | None = None

    def given(self, wanted: Callable[[CatalogueField], bool]) -> list[int]:
        """Where the fields stand that are wanted and given in this row."""
        return [i for i, column in enumerate(self.columns) if self.cells[i] and wanted(column)]

    def of_type(self, *types: FieldType) -> list[int]:
        """Where the given fields of these types stand."""
        return self.given(lambda column: column.type in types)


def _change(row: Row, places: list[int], change: Callable[[str], Any]) -> bool:
    """Change one of the cells; False where none is there or the change leaves it as it was."""
    if not places:
        return False
    place = row.random.choice(places)
    before = row.cells[place]
    row.cells[place] = change(before)
    return bool(row.cells[place] != before)


# ---------------------------------------------------------------- harmless


def _full_width_digits(row: Row) -> bool:
    places = row.of_type(FieldType.USCC, FieldType.DATE, FieldType.DECIMAL, FieldType.INTEGER)
    return _change(row, places, lambda value: value.translate(_FULL_WIDTH))


def _letters_for_digits(row: Row) -> bool:
    return _change(
        row,
        row.of_type(FieldType.USCC),
        lambda code: code[:8] + code[8:].replace("0", "O").replace("1", "I"),
    )


def _lower_case_code(row: Row) -> bool:
    return _change(row, row.of_type(FieldType.USCC, FieldType.ORG_CODE), str.lower)


def _other_date_form(row: Row) -> bool:
    form = row.random.choice(
        ("{0}/{1}/{2}", "{0}.{1}.{2}", "{0}年{1}月{2}日", "{0}-{1}-{2} 00:00:00", "{y}{m}{d}")
    )

    def rewrite(value: str) -> str:
        match = _ISO_DATE.fullmatch(value)
        if match is None:
            return value
        year, month, day = match.groups()
        return form.format(int(year), int(month), int(day), y=year, m=month, d=day)

    return _change(row, row.of_type(*_DATES), rewrite)


def _thousands_commas(row: Row) -> bool:
    def rewrite(value: str) -> str:
        whole, point, fraction = value.partition(".")
        return f"{int(whole):,}{point}{fraction}" if whole.isdigit() else value

    return _change(row, row.of_type(FieldType.DECIMAL), rewrite)


def _white_space_around(row: Row) -> bool:
    space = row.random.choice((" ", "\u3000", "\t", "\u00a0"))
    return _change(row, row.given(lambda _: True), lambda value: f"{space}{value}{space}")


def _null_token(row: Row) -> bool:
    token = row.random.choice(("-", "——", "/", "无", "NULL", "N/A"))
    places = [
        i
        for i, column in enumerate(row.columns)
        if not row.cells[i] and not column.required and column.name not in {"version", "operation"}
    ]
    if not places:
        return False
    row.cells[row.random.choice(places)] = token
    return True


def _identity_in_text(row: Row) -> bool:
    number = identity_number(f"19{row.random.randrange(50, 99)}0615", row.random.randrange(10**5))
    places = row.given(
        lambda column: column.type is FieldType.TEXT and (column.max_length or 0) >= 500
    )
    return _change(row, places, lambda value: f"{value}（身份证号{number}）")


def _line_break_in_cell(row: Row) -> bool:
    if row.format != "csv":
        return False
    places = row.given(
        lambda column: column.type is FieldType.TEXT and (column.max_length or 0) >= 500
    )
    return _change(row, places, lambda value: value[:4] + "\n" + value[4:])


# ---------------------------------------------------------------- faults


def _missing_required(row: Row) -> bool:
    return _change(row, row.given(lambda column: column.required), lambda _: None)


def _impossible_date(row: Row) -> bool:
    wrong = row.random.choice(("2020-02-30", "2020-13-01", "20年2月3日", "2020-2", "44000"))
    return _change(row, row.of_type(*_DATES), lambda _: wrong)


def _exponent(row: Row) -> bool:
    return _change(row, row.of_type(FieldType.DECIMAL), lambda _: "1.5E+05")


def _unit_in_amount(row: Row) -> bool:
    return _change(row, row.of_type(FieldType.DECIMAL), lambda value: f"{value}元")


def _unknown_code(row: Row) -> bool:
    return _change(row, row.of_type(FieldType.CODE, FieldType.CODE_LIST), lambda _: "待定")


def _wrong_check_character(row: Row) -> bool:
    def rewrite(code: str) -> str:
        following = USCC_CHARACTERS[(USCC_CHARACTERS.find(code[-1]) + 1) % 31]
        return code[:-1] + following

    return _change(row, row.of_type(FieldType.USCC), rewrite)


def _registration_number_for_code(row: Row) -> bool:
    number = f"3301{row.random.randrange(10**8, 10**9)}"  # 13 digits, as before 2015
    return _change(row, row.of_type(FieldType.USCC), lambda _: number)


def _future_date(row: Row) -> bool:
    future = row.delivered_on + timedelta(days=row.random.randrange(1, 300))
    places = row.given(lambda column: column.past and column.type in _DATES)
    return _change(row, places, lambda _: future.isoformat())


def _open_quote(row: Row) -> bool:
    return _raw_line(
        row, lambda cells, place: [*cells[:place], '"' + cells[place], *cells[place + 1 :]]
    )


def _cell_too_many(row: Row) -> bool:
    return _raw_line(row, lambda cells, place: [*cells[:place], "多出", *cells[place:]])


def _cell_too_few(row: Row) -> bool:
    return _raw_line(row, lambda cells, place: cells[:place] + cells[place + 1 :])


def _raw_line(row: Row, change: Callable[[list[str], int], list[str]]) -> bool:
    """Break the line itself: a CSV only, and at a cell that needs no quotes of its own."""
    from orchestration.demo.formats import csv_cell

    places = row.of_type(FieldType.USCC, FieldType.DATE, FieldType.CODE, FieldType.INTEGER)
    if row.format != "csv" or not places:
        return False
    cells = [csv_cell(cell) for cell in row.cells]
    row.line = ",".join(change(cells, row.random.choice(places))) + "\n"
    return True


def _invalid_byte(row: Row) -> bool:
    if row.format not in {"csv", "jsonl"}:
        return False
    return _change(row, row.of_type(*_TEXTS), lambda value: value + INVALID_BYTE)


def _nul(row: Row) -> bool:
    if row.format not in {"csv", "json", "jsonl"}:
        return False
    return _change(row, row.of_type(*_TEXTS), lambda value: value[:1] + "\0" + value[1:])


def _over_long_text(row: Row) -> bool:
    places = row.given(
        lambda column: (
            column.type in _TEXTS and column.is_stored and (column.max_length or 9999) <= 500
        )
    )
    return _change(row, places, lambda value: value + "超" * 500)


def _out_of_range(row: Row) -> bool:
    return _change(
        row,
        row.of_type(FieldType.DECIMAL),
        lambda _: row.random.choice(("-1", "99999999999999999999")),
    )


def _date_out_of_range(row: Row) -> bool:
    return _change(
        row, row.of_type(*_DATES), lambda _: row.random.choice(("1899-12-31", "0202-02-14"))
    )


def _contradicting_dates(row: Row) -> bool:
    names = {column.name: i for i, column in enumerate(row.columns)}
    for rule in row.item.rules:
        if rule.rule == "not_before" and row.cells[names[rule.other]]:
            value = (
                "2019-01-02"
                if row.columns[names[rule.field]].type in _DATES
                else "2019-01-02 08:00"
            )
            row.cells[names[rule.field]] = value
            return True
    return False


def _wrong_identity(row: Row) -> bool:
    return _change(
        row,
        row.of_type(FieldType.IDENTITY_NUMBER),
        lambda number: number[:-1] + ("0" if number[-1] != "0" else "1"),
    )


@dataclass(frozen=True)
class Defect:
    """A kind of defect: the row fault that it leads to, None where the row is read all the same."""

    name: str
    fault: str | None
    apply: Callable[[Row], bool]


def _defect(apply: Callable[[Row], bool], fault: str | None = None) -> Defect:
    return Defect(name=apply.__name__.lstrip("_"), fault=fault, apply=apply)


DEFECTS = (
    _defect(_full_width_digits),
    _defect(_letters_for_digits),
    _defect(_lower_case_code),
    _defect(_other_date_form),
    _defect(_thousands_commas),
    _defect(_white_space_around),
    _defect(_null_token),
    _defect(_identity_in_text),
    _defect(_line_break_in_cell),
    _defect(_missing_required, "Q01"),
    _defect(_impossible_date, "Q02"),
    _defect(_exponent, "Q02"),
    _defect(_unit_in_amount, "Q02"),
    _defect(_unknown_code, "Q03"),
    _defect(_wrong_check_character, "Q04"),
    _defect(_registration_number_for_code, "Q04"),
    _defect(_future_date, "Q05"),
    _defect(_open_quote, "Q06"),
    _defect(_cell_too_many, "Q06"),
    _defect(_cell_too_few, "Q06"),
    _defect(_invalid_byte, "Q07"),
    _defect(_nul, "Q07"),
    _defect(_over_long_text, "Q08"),
    _defect(_out_of_range, "Q09"),
    _defect(_date_out_of_range, "Q09"),
    _defect(_contradicting_dates, "Q10"),
    _defect(_wrong_identity, "Q11"),
)


@dataclass
class Spoiler:
    """Gives marked rows their defects and counts them by name."""

    seed: int
    counts: Counter[str] = field(default_factory=Counter)

    def spoil(
        self,
        item: Item,
        columns: tuple[CatalogueField, ...],
        cells: list[Any],
        form: str,
        delivered_on: date,
    ) -> tuple[list[Any], str | None]:
        """The row's cells with one defect, or the whole line where its very bytes are broken."""
        row = self._row(item, columns, cells, form, delivered_on)
        for defect in row.random.sample(DEFECTS, len(DEFECTS)):
            if defect.apply(row):
                self.counts[defect.name] += 1
                return row.cells, row.line
        raise AssertionError(f"no defect fits a row of {item.item_code}")

    def spoil_with(
        self,
        defect: Defect,
        item: Item,
        columns: tuple[CatalogueField, ...],
        cells: list[Any],
        form: str,
        delivered_on: date,
    ) -> tuple[list[Any], str | None] | None:
        """The same with one certain defect; None where it does not fit the row."""
        row = self._row(item, columns, cells, form, delivered_on)
        if not defect.apply(row):
            return None
        self.counts[defect.name] += 1
        return row.cells, row.line

    def _row(
        self,
        item: Item,
        columns: tuple[CatalogueField, ...],
        cells: list[Any],
        form: str,
        delivered_on: date,
    ) -> Row:
        # Text seeds go through SHA-512: the same draw on every machine.
        drawn = random.Random(f"{self.seed}|{item.item_code}|{delivered_on}|{cells}")  # noqa: S311
        return Row(item, columns, list(cells), form, delivered_on, drawn)
