"""json and jsonl: records, numbers by their literal, names twice, bad characters (section 1)."""

import codecs
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.ingest.readers import json as json_reader
from orchestration.ingest.readers.json_text import (
    NoJson,
    _scan_deep,
    has_bad_character,
    scan_value,
)
from orchestration.ingest.readers.records import Nested
from orchestration.settings import Limits
from tests.ingest.reading_rig import fault_of, read

RECORD = '{"统一社会信用代码": "A", "年度": 2020, "规模": "大型"}'


def record(uscc="A", year="2020", scale="大型"):
    """A record of enterprise_scale; the values are json."""
    quoted = [v if v[:1] in '"[{' else f'"{v}"' for v in (uscc, scale)]
    return f'{{"统一社会信用代码": {quoted[0]}, "年度": {year}, "规模": {quoted[1]}}}'


def read_json(*records, **options):
    return read("json", f"[{','.join(records)}]".encode(), **options)


# ---------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2.0", "2.0"),
        ("1e3", "1e3"),
        ("-0", "-0"),
        ("1E+02", "1E+02"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("true", "true"),
        ("false", "false"),
        ('"２"', "２"),
        ('" 2 "', " 2 "),
    ],
)
def test_numbers_are_taken_by_their_literal_and_text_as_delivered(value, text):
    assert read_json(record(year=value)).rows[0]["year"] == text


@pytest.mark.parametrize("value", ["null", None])
def test_null_and_a_missing_name_are_missing_cells(value):
    text = '{"统一社会信用代码": "A"}' if value is None else record(year=value)
    assert "year" not in read_json(RECORD, text).rows[1]


@pytest.mark.parametrize("value", ["[]", "{}", '[{"a": [1]}]', '{"年度": 1}'])
def test_a_nested_value_is_named(value):
    row = read_json(record(year=value)).rows[0]
    assert row["bad_cells"] == ";year;"
    assert "year" not in row


@pytest.mark.parametrize("text", [r"\u0000", r"a\ud800b", r"\udc00", r"\ud800A", r"\udc00\ud800"])
def test_a_nul_or_a_lone_surrogate_is_q07_of_its_record(text):
    assert read_json(RECORD, record(scale=text), RECORD).faults == {2: "Q07"}
    assert read("jsonl", f"{record(scale=text)}\n{RECORD}".encode()).faults == {1: "Q07"}


def test_a_surrogate_pair_is_a_character_and_an_escaped_backslash_no_escape():
    rows = read_json(record(scale=r"\ud842\udfb7"), record(scale=r"\\u0000\\ud800")).rows
    assert [row["scale"] for row in rows] == ["𠮷", r"\u0000\ud800"]


def test_a_bad_character_counts_in_nested_strings_and_names_too():
    assert read_json(record(year=r'["\u0000"]')).faults == {1: "Q07"}
    assert read_json(RECORD, r'{"a\ud800": 1}').faults == {2: "Q07"}


# ---------------------------------------------------------------- records


def test_records_are_numbered_by_their_position():
    assert read_json(RECORD, "{}", "3", RECORD).numbers == [1, 2, 3, 4]


@pytest.mark.parametrize("element", ["3", '"x"', "null", "[]", "true"])
def test_an_element_that_is_no_object_is_q06(element):
    assert read_json(RECORD, element).faults == {2: "Q06"}


def test_if_no_element_is_an_object_no_header_is_missing():
    assert read_json("1", "2").faults == {1: "Q06", 2: "Q06"}
    assert read("jsonl", b"x\ny\n").faults == {1: "Q06", 2: "Q06"}


def test_no_record_lacks_no_header():
    assert read("json", b" [ ] \n").rows == []
    assert read("jsonl", b"\n \n").rows == []
    assert fault_of("json", b"[{}]") == "F02"


def test_a_required_header_that_one_record_has_is_not_missing():
    reading = read_json('{"统一社会信用代码": "A"}', '{"年度": 1}', '{"规模": "x"}')
    assert reading.fields == ("uscc", "year", "scale")
    assert reading.rows[0] == {"source_row": 1, "uscc": "A"}


def test_a_name_twice_in_one_record_is_f02():
    assert fault_of("json", b'[{"x": 1, "x": 1}, ' + RECORD.encode() + b"]") == "F02"
    assert fault_of("jsonl", RECORD.encode() + b'\n{"x": 1, "x": 1}') == "F02"


def test_a_name_twice_in_a_nested_object_is_none_of_the_records_names():
    assert read_json(record(year='{"a": 1, "a": 2}')).rows[0]["bad_cells"] == ";year;"


def test_two_names_that_match_one_header_are_f02_even_in_different_records():
    assert fault_of("json", f'[{RECORD}, {{"年 度": 1}}]'.encode()) == "F02"


def test_headers_of_json_have_no_prefixes_but_nfkc():
    row = '{"捐赠日期": "2020-01-01", "捐赠（单位/姓名）": "甲", "捐赠金额(元)": 1, "备注二": "x"}'
    reading = read("json", f"[{row}]".encode(), item="charity_donation")
    assert reading.fields == ("donated_on", "donor_name", "amount_yuan")
    assert reading.unknown_headers == ("备注二",)


def test_a_banned_name_in_any_record_is_f05_before_f02():
    assert fault_of("json", '[{"x": 1, "x": 1}, {"血 型": 1}]'.encode()) == "F05"


# ---------------------------------------------------------------- json that is none


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{}",
        "3",
        RECORD,
        "[",
        "[{}",
        "[{},]",
        "[,{}]",
        "[{} {}]",
        "[{}]]",
        "[{}] x",
        "[{a:1}]",
        "[{'a':1}]",
        "[01]",
        "[1.]",
        "[+1]",
        "[NaN]",
        "[-Infinity]",
        '["\t"]',
        '["\\x"]',
        "[tru]",
    ],
)
def test_json_that_cannot_be_parsed_is_f01_and_such_a_line_q06(text):
    assert fault_of("json", text.encode()) == "F01"
    if text.strip() and text not in (RECORD, "{}"):
        assert read("jsonl", f"{RECORD}\n{text}\n".encode()).faults == {2: "Q06"}


@pytest.mark.parametrize("place", [0, 20, -3])
def test_wrong_bytes_are_f01_in_json_and_q07_of_their_line_in_jsonl(place):
    content = bytearray(f"[{RECORD}]".encode())
    content[place] = 0xFF
    assert fault_of("json", bytes(content)) == "F01"
    lines = f"{RECORD}\n".encode() + bytes(content) + b"\n" + RECORD.encode()
    assert read("jsonl", lines).faults == {2: "Q07"}


def test_a_nul_is_f01_in_json_and_q07_of_its_line_in_jsonl():
    assert fault_of("json", b'[{"a": "\0"}]') == "F01"
    assert read("jsonl", RECORD.encode() + b'\n{"a": "\0"}\n').faults == {2: "Q07"}


def test_lines_of_jsonl_are_numbered_without_blank_ones():
    text = f"\n{RECORD}\r\n \u3000\n\n{RECORD}\n{{\n"
    reading = read("jsonl", text.encode())
    assert (reading.numbers, reading.faults) == ([1, 2, 3], {3: "Q06"})


@pytest.mark.parametrize("extension", ["json", "jsonl"])
def test_the_agreed_encoding_and_the_byte_order_mark_hold_for_json_too(extension):
    text = f"[{RECORD}]" if extension == "json" else RECORD
    assert read(extension, text.encode("gb18030"), encoding="gb18030").numbers == [1]
    assert read(extension, codecs.BOM_UTF8 + text.encode()).numbers == [1]
    assert read(extension, codecs.BOM_UTF8 + text.encode(), encoding="utf-8-sig").numbers == [1]


# ---------------------------------------------------------------- depth, size, windows


@pytest.mark.parametrize("depth", [100, 5_000, 200_000])
def test_how_deep_a_value_is_does_not_matter(depth):
    deep = "[" * depth + "]" * depth
    reading = read_json(record(year=deep), deep, RECORD)
    assert (reading.rows[0]["bad_cells"], reading.faults) == (";year;", {2: "Q06"})
    objects = '{"a":' * depth + "1" + "}" * depth
    assert read("jsonl", record(year=objects).encode()).rows[0]["bad_cells"] == ";year;"


@pytest.mark.parametrize("text", ["[" * 200_000, '[{"a":' * 100_000, "[" * 100_000 + "x"])
def test_deep_json_that_is_none_is_f01_and_such_a_line_q06(text):
    assert fault_of("json", text.encode()) == "F01"
    assert read("jsonl", text.encode()).faults == {1: "Q06"}


def test_limits_are_f06_also_when_the_end_cannot_be_parsed():
    limits = Limits(max_rows=2, max_columns=3, max_cell_characters=8)
    for text in (
        f"[{RECORD}, 1, 2, x",
        '[{"a": 1, "b": 1, "c": 1, "d": 1}',
        '[{"a": "123456789"}, x',
        '[{"a": 123456789}, x',
    ):
        assert fault_of("json", text.encode(), limits=limits) == "F06"


@given(st.integers(1, 40))
def test_where_the_windows_are_cut_does_not_matter(size):
    text = f' [ {RECORD} , {record(scale="𠮷")},3,-1.5e3 , [1, "x"], true ] '.encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_reader, "_BYTES_AT_ONCE", size)
        reading = read("json", text)
    assert reading.faults == {3: "Q06", 4: "Q06", 5: "Q06", 6: "Q06"}
    assert reading.rows[1]["scale"] == "𠮷"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=3), json_values, min_size=1), st.booleans())
def test_the_scanner_without_recursion_gives_what_pythons_gives(value, is_ascii):
    text = json.dumps(value, ensure_ascii=is_ascii) + ","
    shallow, end = scan_value(text, 0)
    deep, deep_end = _scan_deep(text, 0)
    assert deep_end == end == len(text) - 1
    for (name, left), (deep_name, right) in zip(shallow, deep, strict=True):
        assert name == deep_name
        assert isinstance(right, Nested) if isinstance(left, list) else left == right


@given(st.text('[]{}",:a1 \\', max_size=12))
def test_the_scanner_without_recursion_refuses_what_pythons_refuses(text):
    def outcome(scan):
        try:
            return scan("{" + text, 0)[1]
        except NoJson:
            return None

    assert outcome(_scan_deep) == outcome(scan_value)


@given(st.text(st.characters(), max_size=6))
def test_a_bad_character_is_found_exactly_where_there_is_one(text):
    escaped = json.dumps(text)
    expected = "\0" in text or any("\ud800" <= c <= "\udfff" for c in json.loads(escaped))
    assert has_bad_character(escaped, 0, len(escaped)) is expected
