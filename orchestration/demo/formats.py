"""Rows of text cells written as csv, xlsx, xls, json, jsonl and xml, to the same bytes each time.

Spreadsheets look like the real ones: a title and a unit line above the header, headers that drift,
dates now as text and now as date cells, and a 合计 row with the control total below.
"""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from orchestration.catalogue import CatalogueField, FieldType, Item
from orchestration.demo.dirt import INVALID_BYTE

Cells = list[Any]  # text or None; a defect may put a list where a value belongs

_FIXED_TIME = datetime(2020, 1, 1)
_NEEDS_QUOTES = re.compile('[",\r\n]')
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_ANY_NUMBER = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER_TYPES = {FieldType.DECIMAL, FieldType.INTEGER}
_DATE_TYPES = {FieldType.DATE, FieldType.UNTIL_DATE}
_LARGE = 20_000_000  # bytes from which speed counts more than size in compression


def csv_line(cells: Sequence[str | None]) -> str:
    """A row as a CSV line, quoted only where it must be."""
    return ",".join(csv_cell(cell) for cell in cells) + "\n"


def csv_cell(value: str | None) -> str:
    """A cell as it stands in a CSV line."""
    if not value:
        return ""
    if _NEEDS_QUOTES.search(value):
        return '"' + value.replace('"', '""') + '"'
    return value


def write_rows(
    path: Path,
    form: str,
    item: Item,
    columns: tuple[CatalogueField, ...],
    rows: Iterator[Cells],
    delivered_on: date,
) -> None:
    """Write a whole file that is no CSV.

    Args:
        path: where to.
        form: xlsx, xls, json, jsonl or xml.
        item: what the rows are of.
        columns: the field of each cell.
        rows: the rows, consumed one by one.
        delivered_on: decides which of the real sheets' habits the file shows.
    """
    match form:
        case "xlsx":
            _write_xlsx(path, _Sheet(item, columns, delivered_on), rows)
        case "xls":
            _write_xls(path, _Sheet(item, columns, delivered_on), rows)
        case "json":
            _write_json(path, columns, rows)
        case "jsonl":
            with path.open("wb") as out:
                for row in rows:
                    line = _json_object(columns, row) + "\n"
                    out.write(_with_invalid_bytes(line.encode("utf-8")))
        case "xml":
            _write_xml(path, columns, rows)
        case _:
            raise ValueError(f"no such format: {form}")


def _with_invalid_bytes(content: bytes) -> bytes:
    return content.replace(INVALID_BYTE.encode("utf-8"), b"\xff")


# ---------------------------------------------------------------- spreadsheets


class _Sheet:
    """The rows of one spreadsheet: title, header, typed cells, total."""

    def __init__(self, item: Item, columns: tuple[CatalogueField, ...], delivered_on: date) -> None:
        self.columns = columns
        self._item = item
        self._day = delivered_on
        self._has_date_cells = delivered_on.day % 2 == 0
        self._total_place = delivered_on.day % 3
        self.total_index = next(
            (i for i, field in enumerate(columns) if field.name == item.control_total), None
        )

    def head(self) -> list[list[str]]:
        """Title rows where the sheet has any, then the header."""
        width = len(self.columns)
        title = f"{self._item.title.zh}（截至{self._day.month}月{self._day.day}日24：00）"
        rows = []
        if self._item.hook == "charity":
            rows.append(["", title] + [""] * (width - 2))
            rows.append([""] * (width - 1) + ["单位：元"])
        elif self._day.day % 4 == 0:
            rows.append([title] + [""] * (width - 1))
        return [*rows, [self._header(field.header) for field in self.columns]]

    def _header(self, header: str) -> str:
        """The agreed header, or what it drifts to: full-width brackets, a word more, a blank."""
        if self._item.hook != "charity":
            return header
        if header == "捐赠(单位/姓名)":
            return "捐赠(单位/姓名）个人 " if self._day.day % 2 else "捐赠(单位/姓名）"
        return header.replace("(", "（").replace(")", "）")

    def cell(self, field: CatalogueField, value: Any) -> str | float | int | date:
        """A cell's value as a person would have typed it into the sheet."""
        if value is None:
            return ""
        text = str(value)
        if field.type in _NUMBER_TYPES and len(text) <= 15 and _PLAIN_NUMBER.fullmatch(text):
            return float(text) if "." in text else int(text)
        if self._has_date_cells and field.type in _DATE_TYPES and _ISO_DATE.fullmatch(text):
            try:
                day = date.fromisoformat(text)
            except ValueError:
                return text
            return day if 1900 < day.year < 2100 else text
        return text

    def total_row(self, total: Decimal) -> list[str | float]:
        """The row that ends the data: 合计 in one of the first three cells, the total, no more."""
        row: list[str | float] = [""] * len(self.columns)
        place = self._total_place
        if place == self.total_index:
            place = 0
        row[place] = "合计"
        if self.total_index is not None:
            row[self.total_index] = float(total)
        return row


def _number_of(value: Any) -> Decimal:
    """The amount that a cell adds to the control total: nothing where it is no number."""
    text = unicodedata.normalize("NFKC", str(value)).strip() if value is not None else ""
    return Decimal(text.replace(",", "")) if _ANY_NUMBER.fullmatch(text) else Decimal(0)


def _write_xlsx(path: Path, sheet: _Sheet, rows: Iterator[Cells]) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"created": _FIXED_TIME, "author": ""})
    day_format = book.add_format({"num_format": "yyyy-mm-dd"})
    page = book.add_worksheet("Sheet1")
    number = 0
    for head in sheet.head():
        page.write_row(number, 0, head)
        number += 1
    total = Decimal(0)
    for row in rows:
        for place, (field, value) in enumerate(zip(sheet.columns, row, strict=True)):
            cell = sheet.cell(field, value)
            if isinstance(cell, date):
                page.write_datetime(number, place, cell, day_format)
            elif isinstance(cell, str):
                if cell:
                    page.write_string(number, place, cell)
            else:
                page.write_number(number, place, cell)
        if sheet.total_index is not None:
            total += _number_of(row[sheet.total_index])
        number += 1
    if sheet.total_index is not None:
        page.write_row(number, 0, sheet.total_row(total))
    book.close()


def _write_xls(path: Path, sheet: _Sheet, rows: Iterator[Cells]) -> None:
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("公示")
    day_style = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    number = 0
    for head in sheet.head():
        for place, text in enumerate(head):
            page.write(number, place, text)
        number += 1
    total = Decimal(0)
    for row in rows:
        for place, (field, value) in enumerate(zip(sheet.columns, row, strict=True)):
            cell = sheet.cell(field, value)
            if isinstance(cell, date):
                page.write(number, place, cell, day_style)
            elif cell != "":
                page.write(number, place, cell)
        if sheet.total_index is not None:
            total += _number_of(row[sheet.total_index])
        number += 1
    if sheet.total_index is not None:
        if number % 2:
            number += 1  # real sheets leave a blank row above the total
        for place, cell in enumerate(sheet.total_row(total)):
            page.write(number, place, cell)
    book.save(str(path))


# ---------------------------------------------------------------- json and xml


def _json_object(columns: tuple[CatalogueField, ...], row: Cells) -> str:
    """A record as a JSON object: numbers by their literal, yes and no as booleans."""
    members = []
    for field, value in zip(columns, row, strict=True):
        if isinstance(value, str) and field.type in _NUMBER_TYPES:
            literal = value if _PLAIN_NUMBER.fullmatch(value) else _json_text(value)
        elif field.type is FieldType.BOOLEAN and value in ("是", "否"):
            literal = "true" if value == "是" else "false"
        else:
            literal = _json_text(value)
        members.append(f"{_json_text(field.header)}: {literal}")
    return "{" + ", ".join(members) + "}"


def _json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _write_json(path: Path, columns: tuple[CatalogueField, ...], rows: Iterator[Cells]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        separator = "[\n"
        for row in rows:
            out.write(separator + _json_object(columns, row))
            separator = ",\n"
        out.write("[]\n" if separator == "[\n" else "\n]\n")


def _write_xml(path: Path, columns: tuple[CatalogueField, ...], rows: Iterator[Cells]) -> None:
    from xml.sax.saxutils import escape

    names = [field.header.translate({ord(c): None for c in "()/%"}) for field in columns]
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<records>\n')
        for row in rows:
            cells = "".join(
                f"<{name}>{escape(str(value))}</{name}>"
                for name, value in zip(names, row, strict=True)
                if value is not None
            )
            out.write(f"<record>{cells}</record>\n")
        out.write("</records>\n")


# ---------------------------------------------------------------- compression


def compress(path: Path, kind: str) -> Path:
    """Replace a file by its .gz or .zip, without a time stamp; returns the new path."""
    target = path.with_name(path.name + ".gz") if kind == "gz" else path.with_suffix(".zip")
    level = 1 if path.stat().st_size > _LARGE else 6
    with path.open("rb") as plain:
        if kind == "gz":
            with (
                target.open("wb") as raw,
                gzip.GzipFile("", "wb", compresslevel=level, fileobj=raw, mtime=0) as packed,
            ):
                _copy(plain, packed)
        else:
            member = zipfile.ZipInfo(path.name, (1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # whatever the machine
            member.file_size = path.stat().st_size
            with (
                zipfile.ZipFile(target, "w", compresslevel=level) as archive,
                archive.open(member, "w") as packed_member,
            ):
                _copy(plain, packed_member)
    path.unlink()
    return target


def _copy(source: BinaryIO, target: Any) -> None:
    while chunk := source.read(1 << 20):
        target.write(chunk)
