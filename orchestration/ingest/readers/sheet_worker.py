"""Reads workbooks in a process of its own: ``python -I sheet_worker.py``.

A workbook is a hostile file read by native code: it may panic, run out of memory or never end.
Here that costs one process, and the run goes on. The file stands alone, imports nothing of the
project, and so starts in some ten milliseconds.

Requests on standard input: a header line of JSON ``{"bytes", "inflated", "characters"}`` and then
that many bytes of the workbook. Replies on standard output: frames of four bytes of length and a
marshalled list. ``["rows", number of the first, rows]`` repeats; ``["end"]`` or ``["fault", code,
detail]`` is the last. A cell is a str, a number, a bool, None (empty), ``(iso text,)`` for a date
or time, or ``()`` for an error.

calamine shows an error cell as an empty one, so where errors stand is read from the file itself:
from the sheet's xml, or from the records of the BIFF stream ([MS-XLS] 2.4.24 and 2.4.127).
"""

from __future__ import annotations

import contextlib
import io
import json
import marshal
import posixpath
import re
import resource
import struct
import sys
import zipfile
from collections import deque
from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import IO, Any
from xml.parsers import expat

MOST_MEMORY = 4 * 1024**3
# calamine holds a sheet as a rectangle of this many cells at most, at 24 bytes each.
MOST_CELLS = 64_000_000
ROWS_PER_FRAME = 5_000
CHUNK = 1024 * 1024
CHECKED_PARTS = frozenset({"xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"})
XLS_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ERROR: tuple[str, ...] = ()
_ROOT_ENTRY = 5

_ERROR_TYPE = re.compile(rb"""\bt\s*=\s*["']e["']""")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_WIDE_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{2,3})[0-9]""")
_LAST_ROW = re.compile(rb"""\br\s*=\s*["'][A-Z]{0,3}([0-9]{1,7})["']""")


class Fault(Exception):
    """The workbook is set aside: F06 or F01."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


Errors = dict[int, set[int]]  # row to columns, both from 0


# ---------------------------------------------------------------- xlsx: a zip of xml


def column_number(letters: str) -> int:
    """The column, from 0, that its letters name."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def check_inflated(archive: zipfile.ZipFile, most: int) -> None:
    """Raise F06 if the parts inflate beyond the limit, whatever their headers say."""
    size = 0
    for member in archive.infolist():
        parser = xml_checker() if member.filename in CHECKED_PARTS else None
        with archive.open(member) as stream:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > most:
                    raise Fault("F06", f"the workbook inflates to more than {most} bytes")
                if parser is not None:
                    parser.Parse(chunk, False)
        if parser is not None:
            parser.Parse(b"", True)


def xml_checker() -> expat.XMLParserType:
    """A parser that only refuses: calamine loses rows where xml is broken, and says nothing."""

    def refuse(*_: object) -> None:
        raise Fault("F01", "a document type definition in the workbook")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    return parser


def first_sheet_part(archive: zipfile.ZipFile) -> str:
    """The part of the first sheet, by the workbook's relations."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    workbook = etree.fromstring(archive.read("xl/workbook.xml"), parser)
    first = workbook.find("{*}sheets/{*}sheet")
    if first is None:
        raise Fault("F01", "the workbook has no sheet")
    relation = next((v for k, v in first.attrib.items() if str(k).endswith("}id")), None)
    for part in etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), parser):
        if part.get("Id") == relation:
            target = posixpath.join("/xl", part.get("Target", ""))
            return posixpath.normpath(target).lstrip("/")
    raise Fault("F01", "the workbook lacks its first sheet")


def check_extent(sheet: IO[bytes]) -> bool:
    """Whether the sheet may hold error cells; F01 if it is broken or spans too many cells."""
    may_hold_errors, width, height, rest = False, 26, 0, b""
    parser = xml_checker()
    while chunk := sheet.read(CHUNK):
        parser.Parse(chunk, False)
        text = rest + chunk
        may_hold_errors = may_hold_errors or _ERROR_TYPE.search(text) is not None
        for letters in set(_WIDE_REFERENCE.findall(text)):
            width = max(width, column_number(letters.decode()) + 1)
        rows = _LAST_ROW.findall(text, max(0, len(text) - 65_536))
        height = max([height, *map(int, rows)])
        rest = text[-64:]
    parser.Parse(b"", True)
    if width * height > MOST_CELLS:
        raise Fault("F01", f"the sheet spans {height} rows and {width} columns, too many to read")
    return may_hold_errors


def xlsx_errors(sheet: IO[bytes]) -> Errors:
    """Where the error cells of a sheet's xml stand."""
    from lxml import etree

    errors: Errors = {}
    row, column = -1, -1
    events = etree.iterparse(
        sheet, events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=True
    )
    for event, element in events:
        name = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if event == "start" and name == "row":
            row, column = int(element.get("r", row + 2)) - 1, -1
        elif event == "start" and name == "c":
            reference = _REFERENCE.fullmatch(element.get("r", ""))
            column = column + 1 if reference is None else column_number(reference[1])
            if element.get("t") == "e":
                place = row if reference is None else int(reference[2]) - 1
                errors.setdefault(place, set()).add(column)
        elif event == "end" and name == "row":
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return errors


def inspect_xlsx(content: bytes, most_inflated: int) -> Errors:
    """Check an xlsx against its limits and find its error cells; F06, F01."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            raise Fault("F01", "neither xls nor xlsx")
        check_inflated(archive, most_inflated)
        part = first_sheet_part(archive)
        with archive.open(part) as sheet:
            may_hold_errors = check_extent(sheet)
        if not may_hold_errors:
            return {}
        with archive.open(part) as sheet:
            return xlsx_errors(sheet)


# ---------------------------------------------------------------- xls: BIFF records in a CFB


def sector_chain(start: int, table: list[int]) -> Iterator[int]:
    """The sectors of a chain; F01 if it runs in a circle.

    calamine would follow it for ever, into all the memory there is.
    """
    seen = 0
    while start < len(table):
        if seen > len(table):
            raise Fault("F01", "the workbook is broken: its sectors run in a circle")
        yield start
        start, seen = table[start], seen + 1


def workbook_stream(content: bytes) -> bytes:
    """The stream ``Workbook`` (or ``Book``) of a compound file ([MS-CFB])."""
    shift, mini_shift = struct.unpack_from("<HH", content, 30)
    size, mini_size = 1 << min(shift, 12), 1 << min(mini_shift, 12)
    directory_start, cutoff, mini_fat_start = struct.unpack_from("<I4xII", content, 48)

    def sector(number: int) -> bytes:
        return content[(number + 1) * size : (number + 2) * size]

    def numbers(data: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))

    difat = numbers(content[76:512])
    more, count = struct.unpack_from("<II", content, 68)
    for _ in range(min(count, len(content) // size)):
        entries = numbers(sector(more))
        difat, more = difat + entries[:-1], entries[-1] if entries else 0xFFFFFFFE
    fat = [n for number in difat if number < 0xFFFFFFFA for n in numbers(sector(number))]
    fat = fat[: len(content) // size + 1]

    def stream(start: int) -> bytes:
        return b"".join(map(sector, sector_chain(start, fat)))

    directory, root = stream(directory_start), b""
    mini_fat = numbers(stream(mini_fat_start))
    found: tuple[int, int] | None = None
    for at in range(0, len(directory) - 127, 128):
        length, kind = struct.unpack_from("<HB", directory, at + 64)
        start, stream_size = struct.unpack_from("<II", directory, at + 116)
        name = directory[at : at + max(0, length - 2)].decode("utf-16-le", "replace")
        if kind == _ROOT_ENTRY:
            root = stream(start)
        elif name.lower() in {"workbook", "book"}:
            found = found or (start, stream_size)
        elif stream_size >= cutoff:
            deque(sector_chain(start, fat), maxlen=0)
    if found is None:
        return b""
    start, stream_size = found
    if stream_size >= cutoff:
        return stream(start)[:stream_size]
    parts = (root[n * mini_size :][:mini_size] for n in sector_chain(start, mini_fat))
    return b"".join(parts)[:stream_size]


def biff_records(stream: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Kind and place of the records from a BOF to its EOF, without embedded substreams."""
    place, depth = start, 0
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        depth += kind in {0x0009, 0x0209, 0x0409, 0x0809}
        if depth == 1:
            yield kind, place + 4
        if kind == 0x000A:
            depth -= 1
            if depth <= 0:
                return
        place += 4 + size


def xls_errors(content: bytes) -> Errors:
    """Where the error cells of the first sheet of an xls stand."""
    stream = workbook_stream(content)
    boundsheets = (place for kind, place in biff_records(stream, 0) if kind == 0x0085)
    first = next(boundsheets, None)
    start = 0 if first is None else struct.unpack_from("<I", stream, first)[0]
    errors: Errors = {}
    for kind, place in biff_records(stream, start):
        is_error = kind == 0x0205 and stream[place + 7 : place + 8] == b"\1"
        if kind in {0x0006, 0x0206, 0x0406}:
            result = stream[place + 6 : place + 14]
            is_error = result[6:] == b"\xff\xff" and result[0] == 2
        if is_error:
            row, column = struct.unpack_from("<HH", stream, place)
            errors.setdefault(row, set()).add(column)
    return errors


# ---------------------------------------------------------------- rows


def plain(cell: Any) -> Any:
    """A cell in a form that can be marshalled."""
    if cell == "" and isinstance(cell, str):
        return None
    if isinstance(cell, (str, bool, int, float)):
        return cell
    if isinstance(cell, (date, time)):
        return (cell.isoformat(),)
    if isinstance(cell, timedelta):
        return (str(cell),)
    return ERROR


def sheet_rows(content: bytes, most_inflated: int) -> Iterator[tuple[int, list[Any]]]:
    """Number, from 1, and cells from column A of every row of the first sheet."""
    from python_calamine import CalamineWorkbook

    errors: Errors = {}
    if content.startswith(XLS_SIGNATURE):
        # What calamine can read and this cannot still loads, its error cells as empty ones.
        with contextlib.suppress(struct.error, IndexError, ValueError):
            errors = xls_errors(content)
    else:
        errors = inspect_xlsx(content, most_inflated)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    top, left = sheet.start or (0, 0)
    bottom = max([top + sheet.height, *(row + 1 for row in errors)])
    # calamine begins with the first row of the sheet, but with the first column that is used.
    rows = sheet.iter_rows() if sheet.start else iter(())
    for number in range(bottom):
        cells = [None] * left + [plain(cell) for cell in next(rows, [])]
        for column in errors.get(number, ()):
            cells.extend([None] * (column + 1 - len(cells)))
            cells[column] = ERROR
        yield number + 1, cells


def send(reply: list[Any]) -> None:
    """One frame to whoever asked."""
    data = marshal.dumps(reply)
    sys.stdout.buffer.write(struct.pack("<I", len(data)) + data)
    sys.stdout.buffer.flush()


def answer(content: bytes, most_inflated: int, most_characters: int) -> None:
    """All frames of one workbook but the last."""
    rows: list[Any] = []
    first, size = 1, 0
    for number, cells in sheet_rows(content, most_inflated):
        if any(isinstance(cell, str) and len(cell) > most_characters for cell in cells):
            raise Fault("F06", f"a cell of more than {most_characters} characters")
        if not rows:
            first = number
        rows.append(cells)
        size += len(cells)
        if size >= 20 * ROWS_PER_FRAME or len(rows) == ROWS_PER_FRAME:
            send(["rows", first, rows])
            rows, size = [], 0
    send(["rows", first, rows])


def serve() -> None:
    """Answer requests until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        content = sys.stdin.buffer.read(request["bytes"])
        try:
            answer(content, request["inflated"], request["characters"])
            send(["end"])
        except Fault as fault:
            send(["fault", fault.code, fault.detail])
        except BaseException as error:  # a panic of native code is no Exception
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
            send(["fault", "F01", "cannot be read as xls or xlsx"])


if __name__ == "__main__":
    serve()
