"""Spreadsheets, xlsx and xls (catalogue section 1).

Values come from calamine; it shows error cells as empty ones, so where these stand is read
here from the file itself: the sheet's xml, or the records of the BIFF stream.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
from datetime import date, time, timedelta
from decimal import Decimal

from lxml import etree
from python_calamine import CalamineWorkbook

from .items import CONTROL_TOTAL_ITEMS, Item
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
from .values import ERROR_CELL, Cell, RowFaultError, number, trim, without_white_space

HEADER_ROWS = 10
XLS_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _number_text(found: float) -> str:
    """The shortest decimal form, without exponent or trailing ``.0``."""
    shortest = format(Decimal(repr(found)), "f")
    shortest = re.sub(r"\.0+$", "", shortest)
    return "0" if shortest == "-0" else shortest


def _cell(found: object) -> Cell:
    if isinstance(found, (bool, str, date)):
        return found
    if isinstance(found, (int, float)):
        return _number_text(found)
    if isinstance(found, time):
        return found.isoformat()
    if isinstance(found, timedelta):
        return str(found)
    raise FileFaultError("F01", f"a cell of unknown type {type(found).__name__}")


def _grid(data: bytes) -> list[list[Cell]]:
    """The first sheet from A1 on, rectangular, error cells in their places; F01."""
    is_xls = data.startswith(XLS_SIGNATURE)
    if not is_xls and not _is_xlsx(data):
        raise FileFaultError("F01", "neither xls nor xlsx")
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        found = sheet.to_python(skip_empty_area=False)
        errors = xls_error_cells(data) if is_xls else xlsx_error_cells(data)
    except FileFaultError:
        raise
    except BaseException as error:
        # calamine's panics are no Exceptions; whatever it cannot read is F01.
        if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError)):
            raise
        raise FileFaultError("F01", f"no spreadsheet: {error}") from None
    grid = [[_cell(cell) for cell in row] for row in found]
    for row, column in errors:
        while len(grid) <= row:
            grid.append([])
        grid[row].extend([""] * (column + 1 - len(grid[row])))
        grid[row][column] = ERROR_CELL
    return grid


def _is_xlsx(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False


# ---------------------------------------------------------------- rows of the item


def _is_empty(cell: Cell) -> bool:
    return isinstance(cell, str) and trim(cell) == ""


def _header_text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell.isoformat() if isinstance(cell, date) else ""


def _is_total(row: list[Cell]) -> bool:
    for cell in row[:3]:
        if isinstance(cell, str):
            label = without_white_space(cell)
            if label.endswith((":", "：")):
                label = label[:-1]
            if label == "合计":
                return True
    return False


def _control_total(row: list[Cell]) -> Decimal | None:
    numbers = [amount for amount in map(amount_of, row) if amount is not None]
    return numbers[0] if len(numbers) == 1 else None


def amount_of(cell: Cell) -> Decimal | None:
    """The number that stands in a cell, None if none does."""
    try:
        return number(cell)
    except RowFaultError:
        return None


def _width(headers: list[str]) -> int:
    """Columns up to the last header."""
    return max((i + 1 for i, header in enumerate(headers) if trim(header) != ""), default=0)


def _without_header(grid: list[list[Cell]]) -> Table:
    rows = [[_header_text(cell) for cell in row] for row in grid[:HEADER_ROWS]]
    check_columns(max(map(_width, rows), default=0))
    names = [name for row in rows for name in row]
    return Table(names, {}, [], is_header_missing=True, has_double_header=False)


def read_sheet(data: bytes, item: Item) -> Table:
    """The first sheet of a workbook."""
    grid = _grid(data)
    for row in grid:
        for cell in row:
            check_cell(cell)
    for place, row in enumerate(grid[:HEADER_ROWS]):
        headers = [_header_text(cell) for cell in row]
        if not lacks_required(item, match_headers(item, headers, is_sheet=True)):
            return _table(grid, place, headers[: _width(headers)], item)
    return _without_header(grid)


def _table(grid: list[list[Cell]], header_place: int, headers: list[str], item: Item) -> Table:
    check_columns(len(headers))
    matched = match_headers(item, headers, is_sheet=True)
    columns = {headers[place]: agreed_field for place, agreed_field in matched.items()}
    rows: list[RawRow] = []
    total = None
    for row_number, row in enumerate(grid[header_place + 1 :], start=header_place + 2):
        cells = row[: len(headers)] + [""] * (len(headers) - len(row))
        if _is_total(row):
            total = _control_total(cells) if item.code in CONTROL_TOTAL_ITEMS else None
            break
        if all(_is_empty(cell) for cell in cells):
            continue
        has_nul = any(isinstance(cell, str) and "\0" in cell for cell in cells)
        by_header: dict[str, Cell] = {headers[place]: cells[place] for place in matched}
        rows.append(RawRow(row_number, by_header, "Q07" if has_nul else None))
    check_rows(len(rows))
    return Table(
        names=headers,
        columns=columns,
        rows=rows,
        is_header_missing=False,
        has_double_header=has_double(matched),
        control_total=total,
    )


# ---------------------------------------------------------------- where error cells stand


def xlsx_error_cells(data: bytes) -> list[tuple[int, int]]:
    """Row and column, from 0, of the error cells of the first sheet of an xlsx."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = etree.fromstring(archive.read(_first_sheet_part(archive)))
    errors, row = [], -1
    for row_element in sheet.iterfind("{*}sheetData/{*}row"):
        row = int(row_element.get("r", row + 2)) - 1
        column = -1
        for cell in row_element.iterfind("{*}c"):
            reference = re.match(r"([A-Z]+)([0-9]+)", cell.get("r", ""))
            column = column + 1 if reference is None else _column(reference[1])
            if cell.get("t") == "e":
                errors.append((row if reference is None else int(reference[2]) - 1, column))
    return errors


def _column(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _first_sheet_part(archive: zipfile.ZipFile) -> str:
    workbook = etree.fromstring(archive.read("xl/workbook.xml"))
    first = workbook.find("{*}sheets/{*}sheet")
    if first is None:
        raise FileFaultError("F01", "a workbook without sheets")
    relation = next(value for name, value in first.attrib.items() if str(name).endswith("}id"))
    for part in etree.fromstring(archive.read("xl/_rels/workbook.xml.rels")):
        if part.get("Id") == relation:
            target = part.get("Target", "")
            return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    raise FileFaultError("F01", "a workbook without its first sheet")


def xls_error_cells(data: bytes) -> list[tuple[int, int]]:
    """Row and column, from 0, of the error cells of the first sheet of an xls."""
    stream = _workbook_stream(data)
    first_sheet = None
    for kind, place, _ in _biff_records(stream, 0):
        if kind == 0x0085 and first_sheet is None:  # BOUNDSHEET
            first_sheet = struct.unpack_from("<I", stream, place)[0]
    if first_sheet is None:
        raise FileFaultError("F01", "a workbook without sheets")
    errors = []
    for kind, place, _ in _biff_records(stream, first_sheet):
        if kind == 0x0205 and stream[place + 7] == 1:  # BOOLERR that is an error
            errors.append(struct.unpack_from("<HH", stream, place))
        result = stream[place + 6 : place + 14]
        if kind == 0x0006 and result[6:] == b"\xff\xff" and result[0] == 2:  # FORMULA
            errors.append(struct.unpack_from("<HH", stream, place))
    return [(row, column) for row, column in errors]


def _biff_records(stream: bytes, start: int) -> list[tuple[int, int, int]]:
    """Kind, place and size of the records from BOF to its EOF, without embedded streams."""
    records, place, depth = [], start, 0
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        if kind == 0x0809:
            depth += 1
        if depth == 1:
            records.append((kind, place + 4, size))
        if kind == 0x000A:
            depth -= 1
            if depth <= 0:
                break
        place += 4 + size
    return records


def _workbook_stream(data: bytes) -> bytes:
    """The stream ``Workbook`` of a compound file ([MS-CFB])."""
    sector_size = 1 << struct.unpack_from("<H", data, 30)[0]
    mini_size = 1 << struct.unpack_from("<H", data, 32)[0]
    directory_start, cutoff, mini_fat_start = struct.unpack_from("<I4xII", data, 48)
    more_fat, more_fat_count = struct.unpack_from("<II", data, 68)

    def sector(number_: int) -> bytes:
        return data[(number_ + 1) * sector_size : (number_ + 2) * sector_size]

    def integers(block: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(block) // 4}I", block[: len(block) // 4 * 4]))

    fat_sectors = integers(data[76:512])
    for _ in range(more_fat_count):
        block = integers(sector(more_fat))
        fat_sectors, more_fat = fat_sectors + block[:-1], block[-1]
    fat = [entry for n in fat_sectors if n < 0xFFFFFFFA for entry in integers(sector(n))]

    def chain(start: int, table: list[int]) -> list[int]:
        numbers: list[int] = []
        while start < len(table) and len(numbers) <= len(table):
            numbers.append(start)
            start = table[start]
        return numbers

    def stream(start: int) -> bytes:
        return b"".join(sector(n) for n in chain(start, fat))

    directory = stream(directory_start)
    entries = [directory[i : i + 128] for i in range(0, len(directory), 128)]
    ministream = stream(struct.unpack_from("<I", entries[0], 116)[0])
    for entry in entries:
        name = entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le")
        if name in ("Workbook", "Book"):
            start, size = struct.unpack_from("<II", entry, 116)
            if size >= cutoff:
                return stream(start)[:size]
            places = chain(start, integers(stream(mini_fat_start)))
            return b"".join(ministream[n * mini_size : (n + 1) * mini_size] for n in places)[:size]
    raise FileFaultError("F01", "a compound file without a workbook")
