"""Mutated and random files of every format: a table or a named fault, and nothing else.

A fixed sample runs with the other tests; ``-m fuzz`` runs at least 20,000 cases and the largest
bombs. The random numbers are seeded, so that a case that fails can be made again from its number.
"""

import gzip
import io
import os
import random
import resource
import subprocess
import sys
import time
import zipfile
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import duckdb
import pytest
import xlwt

from orchestration.ingest.delivered import DeliveredBytes, FileFault
from orchestration.ingest.readers import read_delivery
from orchestration.ingest.readers.table import let_go, show
from orchestration.settings import Limits
from tests.ingest.reading_rig import (
    CATALOGUE,
    DONATION_HEADERS,
    SCALE_HEADERS,
    delivery_of,
    fault_of,
    read,
    workbook,
)

SAMPLE, LONG = 600, 20_000
LONG_SECONDS = float(os.environ.get("CREDIT_FUZZ_SECONDS", "600"))
SLOWEST_SECONDS = 20
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030")
HEADER = ",".join(SCALE_HEADERS)
NASTY = [
    *(b"\0", b"\xff", b'"', b'""', b",", b"\n", b"\r", b"\r\n", b"\x81", b"\xef\xbb\xbf", b"\x1a"),
    *(b"<", b"&", b"]]>", b"<!--", b"<!DOCTYPE a>", b"&#0;", b"<![CDATA["),
    *(b"[", b"{", b"}", b'\\u0000"', b"\\ud800", b"1e999", b"NaN", b"9" * 5000, b"[" * 3000),
    *(b"PK\3\4", b"PK\5\6", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"A" * 40_000, b"\xf0\x9f\x98\x80"),
    *("合计".encode(), "核酸".encode(), "𠮷".encode("gb18030"), "\u2028".encode(), b"\xc2\x85"),
]


# ---------------------------------------------------------------- files to begin with


def old_workbook() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("一")
    for number, row in enumerate([DONATION_HEADERS, ["1", "2020.2.1", "甲公司", 12.5, "x"]]):
        for column, value in enumerate(row):
            sheet.write(number, column, value)
    sheet.row(2).set_cell_error(3, 0x2A)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


@dataclass(frozen=True)
class Seed:
    """A good file; what stands before ``body`` is its header, which is mutated less often."""

    extension: str
    content: bytes
    encoding: str = "utf-8"
    item: str = "enterprise_scale"
    body: int = 0


@lru_cache(maxsize=1)
def seeds() -> list[Seed]:
    """A good file of every format and encoding."""
    rows = 'A,2020,大型\n"B ""x""",2019,"小\n型"\n\n C ,1,\u3000\n' * 3
    csv = f"{HEADER}\n{rows}"
    record = dict(zip(SCALE_HEADERS, ("A", "2020", "大型"), strict=True))
    json = str([record, {**record, "年度": 2020}]).replace("'", '"')
    line = str(record).replace("'", '"')
    cells = "".join(f"<{name}>{value}</{name}>" for name, value in record.items())
    xml = f'<?xml version="1.0" encoding="utf-8"?><records><record>{cells}</record></records>'
    book = workbook(SCALE_HEADERS, ["A", 2020, "大型"], ["#N/A", 2019, True], ["合计", 1])
    chinese = xml.replace("utf-8", "gb18030").encode("gb18030")
    return [
        Seed("csv", csv.encode(), body=len(HEADER.encode()) + 1),
        Seed("csv", csv.encode("utf-8-sig"), "utf-8-sig", body=len(HEADER.encode()) + 4),
        Seed("csv", csv.encode("gb18030"), "gb18030", body=len(HEADER.encode("gb18030")) + 1),
        Seed("json", json.encode()),
        Seed("json", json.encode("gb18030"), "gb18030"),
        Seed("jsonl", f"{line}\n{line}\n".encode(), body=len(line.encode()) + 1),
        Seed("xml", xml.encode(), body=60),
        Seed("xml", chinese, body=60),
        Seed("xlsx", book),
        Seed("xls", old_workbook(), item="charity_donation", body=512),
    ]


# ---------------------------------------------------------------- mutations


def flip(chance: random.Random, content: bytearray) -> None:
    for _ in range(chance.randint(1, 8)):
        if content:
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def cut(chance: random.Random, content: bytearray) -> None:
    place = chance.randint(0, len(content))
    del content[place : place + chance.choice([1, 3, 50, len(content)])]


def insert(chance: random.Random, content: bytearray) -> None:
    place = chance.randint(0, len(content))
    content[place:place] = chance.choice(NASTY) * chance.choice([1, 1, 2, 50])


def repeat(chance: random.Random, content: bytearray) -> None:
    start = chance.randint(0, len(content))
    piece = content[start : start + chance.choice([1, 10, 200])]
    content[start:start] = piece * chance.choice([1, 5, 300])


def recode(chance: random.Random, content: bytearray) -> None:
    codec = chance.choice(["utf-8", "gb18030", "utf-16", "big5", "latin-1"])
    content[:] = content.decode("utf-8", "replace").encode(codec, "replace")


def splice(chance: random.Random, content: bytearray) -> None:
    other = chance.choice(seeds()).content
    place = chance.randint(0, len(content))
    content[place:] = other[chance.randint(0, len(other)) :]


def noise(chance: random.Random, content: bytearray) -> None:
    content[:] = chance.randbytes(chance.choice([0, 1, 30, 3000]))


def inside_a_workbook(chance: random.Random, content: bytearray) -> None:
    """Mutate one part of an xlsx, so that the zip around it stays whole."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    sheet = next(n for n, (name, _) in enumerate(parts) if name.endswith("sheet1.xml"))
    victim = chance.choice([sheet, chance.randrange(len(parts))])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, (name, part) in enumerate(parts):
            mutated = bytearray(part)
            if number == victim:
                chance.choice([flip, cut, insert, repeat])(chance, mutated)
            archive.writestr(name, bytes(mutated))
    content[:] = buffer.getvalue()


MUTATIONS = [flip, flip, cut, cut, insert, insert, insert, repeat, repeat, recode, splice, noise]


def mutated(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        chance.choice(MUTATIONS)(chance, changed)
    return bytes(changed)


def case(number: int) -> tuple[str, bytes, str, str]:
    """Extension, content, item and encoding of the case with this number."""
    chance = random.Random(number)
    seed = chance.choice(seeds())
    if seed.extension == "xlsx" and chance.random() < 0.7:
        book = bytearray(seed.content)
        inside_a_workbook(chance, book)
        return "xlsx", bytes(book), seed.item, seed.encoding
    start = seed.body if chance.random() < 0.7 else 0
    content = seed.content[:start] + mutated(chance, seed.content[start:])
    extension = seed.extension
    packing = chance.random()
    if packing < 0.15:
        content, extension = gzip.compress(content, mtime=0), f"{extension}.gz"
    elif packing < 0.3:
        content, extension = zipped(f"x.{extension}", content), "zip"
    if packing < 0.3 and chance.random() < 0.3:
        content = mutated(chance, content)
    encoding = seed.encoding if chance.random() < 0.9 else chance.choice(ENCODINGS)
    return extension, content, seed.item, encoding


def run(numbers: range, seconds: float) -> Counter[str]:
    """Read the cases; counts the outcomes."""
    outcomes: Counter[str] = Counter()
    started = time.monotonic()
    with duckdb.connect() as connection:
        for number in numbers:
            outcomes[outcome(connection, number)] += 1
            if time.monotonic() - started > seconds:
                break
        left = connection.execute(
            "select view_name from duckdb_views() where view_name like 'delivered%' "
            "union all select table_name from duckdb_tables()"
        ).fetchall()
        assert left == [], "a relation outlived its file"
    return outcomes


def outcome(connection: duckdb.DuckDBPyConnection, number: int) -> str:
    extension, content, item, encoding = case(number)
    delivered = DeliveredBytes(content, "", len(content))
    delivery = delivery_of(f"{item}.{extension}", content)
    started = time.monotonic()
    try:
        table = read_delivery(
            connection, delivery, CATALOGUE.items[item], encoding, Limits(), delivered
        )
    except FileFault as fault:
        assert fault.code in {"F06", "F01", "F05", "F02"}, f"case {number}: {fault}"
        assert fault.detail, f"case {number}"
        return fault.code
    except BaseException as error:
        raise AssertionError(f"case {number}: {error!r}") from error
    columns = ", ".join(("source_row", "row_fault", "bad_cells", *table.fields))
    rows = connection.execute(f"select {columns} from {show(connection, table)}").fetchall()
    let_go(connection, table)
    assert len(rows) == table.rows, f"case {number}"
    assert len({row[0] for row in rows}) == len(rows), f"case {number}: a row number twice"
    assert {row[1] for row in rows} <= {None, "Q06", "Q07"}, f"case {number}"
    assert time.monotonic() - started < SLOWEST_SECONDS, f"case {number} is too slow"
    return "taken"


def test_no_mutated_file_does_more_than_fail_by_name():
    outcomes = run(range(SAMPLE), 120)
    assert outcomes.total() == SAMPLE
    assert {"taken", "F01", "F02"} <= outcomes.keys()


@pytest.mark.fuzz
@pytest.mark.timeout(LONG_SECONDS * 2)
def test_no_mutated_file_does_more_than_fail_by_name_in_many_cases():
    outcomes = run(range(SAMPLE, SAMPLE + LONG), LONG_SECONDS)
    print(dict(outcomes))
    assert outcomes.total() == LONG, f"only {outcomes.total()} cases within the time"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2 * 1024**2  # KiB


# ---------------------------------------------------------------- bombs


def sheet_with(rows: str) -> bytes:
    """An xlsx with the header of enterprise_scale and these rows of xml below it."""
    cells = "".join(
        f'<c r="{column}1" t="inlineStr"><is><t>{header}</t></is></c>'
        for column, header in zip("ABC", SCALE_HEADERS, strict=True)
    )
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    data = f'<sheetData><row r="1">{cells}</row>{rows}</sheetData>'
    sheet = f'<worksheet xmlns="{space}">{data}</worksheet>'
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["x"]))) as archive,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as changed,
    ):
        for name in archive.namelist():
            part = sheet.encode() if name.endswith("sheet1.xml") else archive.read(name)
            changed.writestr(name, part)
    return buffer.getvalue()


def test_a_million_empty_rows_of_a_sheet_are_no_rows():
    empty = "".join(f'<row r="{number}"/>' for number in range(2, 1_000_001))
    assert read("xlsx", sheet_with(empty)).rows == []
    last = '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    assert read("xlsx", sheet_with(last)).numbers == [1_048_576]


@pytest.mark.parametrize(
    "cell",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        "<row r='1048576'><c  r = 'XFD1048576' ><v>1</v></c></row>",
        '<row r="4294967295"><c r="ZZZZZZ4294967295"><v>1</v></c></row>',
        '<row r="1048576"><c r="XF&#68;1048576"><v>1</v></c></row>',
    ],
)
def test_a_sheet_that_would_not_fit_into_memory_is_f01_and_the_next_one_is_read(cell):
    assert fault_of("xlsx", sheet_with(cell)) == "F01"
    assert read("xlsx", sheet_with("")).rows == []


def test_a_hundred_thousand_columns_are_f06_in_every_format():
    names = [f"h{number}" for number in range(100_000)]
    json = "[{" + ",".join(f'"{name}":1' for name in names) + "}]"
    xml = "<records><record>" + "".join(f"<{name}/>" for name in names) + "</record></records>"
    assert fault_of("csv", ",".join(names).encode()) == "F06"
    assert fault_of("json", json.encode()) == "F06"
    assert fault_of("jsonl", json[1:-1].encode()) == "F06"
    assert fault_of("xml", xml.encode()) == "F06"
    assert fault_of("xlsx", workbook([*SCALE_HEADERS, *names[:16_000]])) == "F06"


@pytest.mark.parametrize("extension", ["csv", "json", "jsonl", "xml"])
def test_an_inflation_bomb_is_f06_within_a_moment(extension):
    bomb = gzip.compress(b"x" * 300 * 1024**2, compresslevel=1)
    started = time.monotonic()
    assert fault_of(f"{extension}.gz", bomb) == "F06"
    assert time.monotonic() - started < SLOWEST_SECONDS


# What stands in front of 1 GiB of one byte, and what the file then is.
GIANTS = {
    "csv line": ("csv", f"{HEADER}\n", "x", "F06"),
    "csv header": ("csv", "", "x", "F06"),
    "csv cells": ("csv", f"{HEADER}\n", ",", "F06"),
    "csv open quote": ("csv", f'{HEADER}\n"', "x", "None"),
    "jsonl line": ("jsonl", '{"a": "', "x", "F06"),
    "json string": ("json", '[{"a": "', "x", "F06"),
    "json after an error": ("json", "[{x", "x", "F01"),
    "xml text": ("xml", "<records><record><a>", "x", "F06"),
    "xml attribute": ("xml", '<records a="', "x", "F01"),
    "xml comment": ("xml", "<records><!--", "x", "F01"),
}


@pytest.mark.fuzz
@pytest.mark.parametrize("giant", GIANTS)
def test_a_line_of_a_gibibyte_is_judged_in_little_memory(giant):
    extension, start, byte, expected = GIANTS[giant]
    script = f"""
import io, gzip, resource
from orchestration.settings import Limits
from tests.ingest.reading_rig import fault_of
packed = io.BytesIO()
with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as stream:
    stream.write({start!r}.encode())
    for _ in range(1024):
        stream.write({byte.encode()!r} * 1024 ** 2)
# What is mapped from a file is not counted here: it can be dropped at any time.
resource.setrlimit(resource.RLIMIT_DATA, (3 * 1024**3 // 2, 3 * 1024**3 // 2))
print(fault_of({extension + ".gz"!r}, packed.getvalue(), limits=Limits(max_inflation_ratio=10**6)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout.split() == [expected]
