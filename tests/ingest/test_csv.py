"""CSV as catalogue section 1 splits it; the bulk reader gives what the strict one gives."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.ingest.delivered import FileFault
from orchestration.ingest.readers import csv as csv_reader
from orchestration.ingest.readers.csv_fast import read_blocks
from orchestration.ingest.readers.csv_strict import scan_row, strict_batches
from orchestration.settings import Limits
from tests.ingest.reading_rig import SCALE_HEADERS, fault_of, read

HEADER = ",".join(SCALE_HEADERS)
LIMITS = Limits()


def scale(text: str | bytes, encoding: str = "utf-8", **options):
    """A file of enterprise_scale with its header line in front."""
    body = text if isinstance(text, bytes) else text.encode(encoding)
    return read("csv", f"{HEADER}\n".encode(encoding) + body, encoding=encoding, **options)


def cells(reading):
    return [tuple(row.get(name) for name in ("uscc", "year", "scale")) for row in reading.rows]


# ---------------------------------------------------------------- rows and cells


def test_values_come_as_delivered():
    assert cells(scale(' A ,２０２０,"大\u3000型"\n')) == [(" A ", "２０２０", "大\u3000型")]


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_line_ends_with_lf_or_crlf_or_the_file(end):
    assert cells(scale(f"A,1,x\r\nB,2,y{end}")) == [("A", "1", "x"), ("B", "2", "y")]


def test_a_lone_cr_is_text():
    assert cells(scale("A\rB,1,x\r\ry\n")) == [("A\rB", "1", "x\r\ry")]


def test_inside_a_quoted_cell_everything_is_text_and_a_doubled_quote_is_one():
    assert cells(scale('"a,b\n""c""\r\nd",1,""\n')) == [('a,b\n"c"\r\nd', "1", "")]


def test_a_quote_that_is_not_the_first_byte_of_a_cell_is_text():
    assert cells(scale('5"x", "y" ,z"\n')) == [('5"x"', ' "y" ', 'z"')]


def test_a_row_has_the_number_of_its_first_physical_line():
    reading = scale('A,1,"x\n\ny"\n\n\nB,2,z\n')
    assert reading.numbers == [2, 7]


@pytest.mark.parametrize("row", ['"a"b,1,x', 'A,"b"\r,x', 'A,1,"x'])
def test_an_unbalanced_row_is_its_first_line_alone_and_reading_goes_on_with_the_next(row):
    reading = scale(f"{row}\nB,2,y\n")
    assert reading.faults == {2: "Q06"}
    assert cells(reading)[-1] == ("B", "2", "y")


def test_a_quote_open_to_the_end_of_the_file_loses_no_line():
    reading = scale('A,1,"x\nB,2,y\nC,3,z\n')
    assert reading.numbers == [2, 3, 4]
    assert reading.faults == {2: "Q06"}


def test_a_broken_quote_some_lines_on_makes_only_its_first_line_q06():
    reading = scale('A,"1\n2\n3"x,y\nB,2,y\n')
    assert reading.faults == {2: "Q06", 3: "Q06", 4: "Q06"}  # the rest has too few cells
    assert reading.numbers == [2, 3, 4, 5]


@pytest.mark.parametrize("row", ["A,1", "A,1,x,", "A"])
def test_a_row_with_another_number_of_cells_is_q06(row):
    assert scale(f"{row}\nB,2,y\n").faults == {2: "Q06"}


@pytest.mark.parametrize("blank", ["", ",,", " ,\u3000,\t", '"",,', ",", ",,,,,,", "\r", "\x85"])
def test_a_line_whose_cells_are_all_empty_after_trimming_is_no_row(blank):
    assert scale(f"{blank}\nB,2,y\n").numbers == [3]


def test_a_separator_character_that_is_no_white_space_makes_a_row():
    assert scale("\x1c,,\n").numbers == [2]


def test_bytes_that_are_wrong_in_the_encoding_are_q07_of_their_row_alone():
    reading = scale(b"A,1,x\nB,\xff,y\nC,3,z\n")
    assert reading.faults == {3: "Q07"}
    assert cells(reading)[2] == ("C", "3", "z")


def test_a_nul_is_q07_of_its_row():
    assert scale("A,1,x\nB,\0,y\n").faults == {3: "Q07"}


def test_a_lead_byte_does_not_swallow_the_separator_behind_it():
    reading = scale(b"A\x81,1,x\nB,2,y\n", encoding="gb18030")
    assert reading.faults == {2: "Q07"}
    assert cells(reading)[1] == ("B", "2", "y")


def test_gb18030_reads_four_byte_characters():
    assert cells(scale("𠮷,1,㐀\n", encoding="gb18030")) == [("𠮷", "1", "㐀")]


def test_a_wrong_number_of_cells_is_told_before_wrong_bytes():
    assert scale(b"\xff,1\n").faults == {2: "Q06"}


# ---------------------------------------------------------------- header and file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_a_byte_order_mark_is_accepted_and_never_required(encoding, mark):
    content = mark + f"{HEADER}\nA,1,x\n".encode()
    assert cells(read("csv", content, encoding=encoding)) == [("A", "1", "x")]


def test_blank_lines_before_the_header_are_counted_but_no_rows():
    reading = read("csv", f"\n , \n{HEADER}\nA,1,x\n".encode())
    assert reading.numbers == [4]


def test_a_header_may_be_quoted_and_go_over_lines():
    content = '"统一社会\n信用代码",年度,规模\nA,1,x\n'.encode()
    assert read("csv", content).numbers == [3]


@pytest.mark.parametrize("content", [b"", b"\n\n", b" , \r\n", codecs.BOM_UTF8])
def test_a_file_without_a_header_line_misses_its_required_headers(content):
    assert fault_of("csv", content) == "F02"


@pytest.mark.parametrize("line", [b'"a,b\n', b"a\xff\n", b"a\0b\n"])
def test_a_header_that_cannot_be_read_is_f01(line):
    assert fault_of("csv", line + HEADER.encode() + b"\n") == "F01"


def test_a_file_of_a_header_alone_has_no_rows():
    assert read("csv", HEADER.encode()).rows == []


def test_columns_that_are_not_agreed_are_ignored():
    reading = read("csv", f"x,{HEADER},x\n1,A,2,c,3\n".encode())
    assert cells(reading) == [("A", "2", "c")]
    assert reading.unknown_headers == ("x", "x")


# ---------------------------------------------------------------- limits and order of faults


def test_the_limits_of_rows_columns_and_characters_are_f06():
    limits = Limits(max_rows=2, max_columns=4, max_cell_characters=10)
    assert scale("A,1,x\nB,2,y\n\n", limits=limits).numbers == [2, 3]
    header = b"a,b,c,d"
    wide = fault_of("csv", header + b",e\n", limits=limits)
    too_many = fault_of("csv", f"{HEADER}\nA,1,x\nB\nC,\n".encode(), limits=limits)
    assert (wide, too_many) == ("F06", "F06")
    assert fault_of("csv", f"{HEADER}\nA,1,{'大' * 10}\n".encode(), limits=limits) is None
    assert fault_of("csv", f"{HEADER}\nA,1,{'大' * 11}\n".encode(), limits=limits) == "F06"


def test_characters_are_counted_and_not_bytes_or_quotes():
    assert fault_of("csv", f'{HEADER}\nA,1,"{"大" * 32_766}"""\n'.encode()) is None
    assert fault_of("csv", f'{HEADER}\nA,1,"{"大" * 32_767}"""\n'.encode()) == "F06"


def test_a_cell_over_the_limit_is_told_before_every_fault_of_the_header():
    long = f"A,1,{'x' * 40_000}\n"
    for header in ("统一社会信用代码,核酸,x", "a,b,c", '"', "a\0,b,c"):
        assert fault_of("csv", f"{header}\n{long}".encode()) == "F06"


def test_a_banned_header_is_told_before_a_missing_one():
    assert fault_of("csv", "统一社会信用代码,体温\n".encode()) == "F05"
    assert fault_of("csv", "统一社会信用代码,规模\n".encode()) == "F02"


def test_a_line_of_many_cells_is_no_row_and_no_burden():
    assert scale("," * 300_000 + "x\nB,2,y\n").faults == {2: "Q06"}


# ---------------------------------------------------------------- bulk and strict agree

PIECES = [
    *(b'"', b'"', b'""', b'"a"', b'"\n', b",", b",", b"\n", b"\n", b"\r\n", b"\r", b"\0"),
    *(b"a", b" ", b'x"y', b"\xff", b"\x81", b"\x84\x31\x95\x33", b"\x85", b"\x1c"),
    *("中".encode(), "　".encode(), "𠮷".encode(), "中".encode("gb18030"), codecs.BOM_UTF8),
]


def rows_of(batches):
    return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


def both(content: bytes, encoding: str, width: int):
    wanted = {f"field_{place}": place for place in range(width)}
    strict = rows_of(strict_batches(content, 0, 1, encoding, width, wanted, LIMITS))
    blocks = csv_reader.split_blocks(content, 0, 1, LIMITS)
    return strict, rows_of(read_blocks(blocks, encoding, width, wanted, LIMITS))


@given(
    st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join),
    st.sampled_from(["utf-8", "gb18030"]),
    st.integers(1, 3),
    st.sampled_from([1, 7, 64, 8 * 1024 * 1024]),
)
def test_the_bulk_reader_gives_the_rows_of_the_strict_one(content, encoding, width, block_bytes):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_reader, "BLOCK_BYTES", block_bytes)
        strict, fast = both(content, encoding, width)
    assert fast == strict


@given(st.binary(max_size=200), st.sampled_from(["utf-8", "gb18030"]))
def test_the_bulk_reader_gives_the_rows_of_the_strict_one_for_any_bytes(content, encoding):
    strict, fast = both(content, encoding, 2)
    assert fast == strict


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join), st.integers(1, 20))
def test_a_row_beyond_every_limit_is_f06_if_it_is_balanced_and_else_q06(content, largest):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_reader, "BLOCK_BYTES", 1)
        patch.setattr(csv_reader, "_largest_row", lambda limits: largest)
        try:
            strict, fast = both(content, "utf-8", 2)
        except FileFault as fault:
            assert fault.code == "F06"
            assert any(
                row.end - row.start > largest and not row.is_unbalanced for row in scanned(content)
            )
        else:
            assert fast == strict


def scanned(content: bytes):
    start = 0
    while start < len(content):
        yield (row := scan_row(content, start, 2))
        start = row.end


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join), st.integers(0, 3))
def test_cells_beyond_those_asked_for_are_counted(content, most):
    few, all_cells = scan_row(content, 0, most), scan_row(content, 0, len(content) + 1)
    assert (few.end, few.count, few.failed_at) == (
        all_cells.end,
        all_cells.count,
        all_cells.failed_at,
    )
    assert few.cells == all_cells.cells[:most]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))
def test_every_byte_belongs_to_exactly_one_row(content):
    rows = list(scanned(content))
    assert [row.start for row in rows] == [0, *(row.end for row in rows)][: len(rows)]
    assert not content or rows[-1].end == len(content)


def test_quotes_that_would_cost_the_square_of_their_number_cost_their_number():
    few, many = b'x","\n' * 200, b'x","\n' * 20_000
    strict, fast = both(few, "utf-8", 3)
    assert fast == strict
    rows = rows_of(read_blocks(csv_reader.split_blocks(many, 0, 1, LIMITS), "utf-8", 3, {}, LIMITS))
    assert [row[0] for row in rows] == list(range(1, 20_001))


@pytest.mark.parametrize(
    ("year", "count"), [(1998, 7102), (2005, 9922), (2009, 13700), (2012, 9336), (2015, 11090)]
)
def test_the_real_register_is_read_to_its_last_row(shared, year, count):
    content = (shared / "data" / "register" / f"zhejiang-{year}.csv").read_bytes()
    reading = read("csv", content, item="enterprise_register")
    assert len(reading.rows) == count
    assert reading.faults == {}
    assert all(len(row["uscc"]) == 18 for row in reading.rows)
