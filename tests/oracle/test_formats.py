"""How each format is split into rows, by small files."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlwt
from hypothesis import given
from hypothesis import strategies as st

from . import tables
from .csv_text import byte_rows
from .made_up import (
    SAMPLES,
    USCC,
    changed,
    codes,
    counts,
    csv_bytes,
    deliver,
    faults,
    json_bytes,
    read,
    xlsx_bytes,
)
from .model import Deliveries

SCALE = "enterprise_scale"
HEADER = "统一社会信用代码,年度,规模"
GOOD = f"{USCC},2019,小型"


def read_one(landing: Path, data: bytes, extension: str = "csv", item: str = SCALE) -> Deliveries:
    deliver(landing, item, data, f"{item}.{extension}")
    return read(landing)


def fault_of(landing: Path, data: bytes, extension: str = "csv", item: str = SCALE) -> str | None:
    return read_one(landing, data, extension, item).files[0].fault


# ---------------------------------------------------------------- csv


def test_a_quote_opens_a_cell_only_as_its_first_byte() -> None:
    rows = byte_rows(b'a"b"c,"d ""e"",\r\nf",\r\n"g"\n\nh')
    assert [(row.number, row.cells) for row in rows] == [
        (1, [b'a"b"c', b'd "e",\r\nf', b""]),
        (3, [b"g"]),
        (4, [b""]),
        (5, [b"h"]),
    ]


def test_an_unbalanced_row_is_its_first_line_alone() -> None:
    rows = byte_rows(b'"a"x,b\n"c,d\ne,"f"')
    assert [(row.number, row.cells) for row in rows] == [
        (1, None),
        (2, None),
        (3, [b"e", b"f"]),
    ]


@given(
    st.lists(st.lists(st.text('a",\r\n '), min_size=1), min_size=1), st.sampled_from(["\n", "\r\n"])
)
def test_what_is_quoted_comes_back(grid: list[list[str]], line_end: str) -> None:
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in grid]
    rows = byte_rows(line_end.join(lines).encode())
    assert [[cell.decode() for cell in row.cells or []] for row in rows] == grid
    heights = [line.count("\n") + 1 for line in lines]
    assert [row.number for row in rows] == [1 + sum(heights[:i]) for i in range(len(lines))]


@given(st.text('a",\r\n').map(str.encode))
def test_no_line_is_lost_or_read_twice(data: bytes) -> None:
    rows = byte_rows(data)
    starts = [row.number for row in rows]
    assert starts == sorted(set(starts))
    unbalanced = [row for row in rows if row.cells is None]
    lines = data.split(b"\n")
    assert [row.line.removesuffix(b"\n") for row in unbalanced] == [
        lines[row.number - 1] for row in unbalanced
    ]
    assert all(b'"' in row.line for row in unbalanced)


def test_a_carriage_return_alone_ends_no_line() -> None:
    assert [row.cells for row in byte_rows(b"a\rb\n")] == [[b"a\rb"]]
    assert [row.cells for row in byte_rows(b'"a"\r')] == [None]


def test_csv_rows_are_numbered_by_their_first_line_and_blank_ones_are_none(tmp_path: Path) -> None:
    lines = [
        "",
        " , ,\u3000",
        HEADER,
        GOOD,
        ",,",
        f'"{USCC}","20\r\n19",小型',
        "x,2019,小型",
        f"{GOOD},",
        f'"{USCC}"x,2019,小型',
        ",,,,,,",
        f"{USCC},2019,小\0型",
        GOOD,
    ]
    data = "\n".join(lines).encode() + b"\n" + GOOD.encode()[:-1] + b"\n"
    found = read_one(tmp_path, data)
    assert codes(found) == {
        6: ["Q02"],
        8: ["Q04"],
        9: ["Q06"],
        10: ["Q06"],
        12: ["Q07"],
        14: ["Q07"],
    }
    assert [row.source_row for row in found.rows] == [4, 13]
    assert counts(found.files[0]) == (8, 2, 6, 0)


def test_wrong_cells_are_not_tested_for_bytes(tmp_path: Path) -> None:
    data = f"{HEADER}\n".encode() + b"\xff,2019\n"
    assert codes(read_one(tmp_path, data)) == {2: ["Q06"]}


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (b"\xef\xbb\xbf" + HEADER.encode(), None),
        (b"\xef\xbb\xbf\n" + HEADER.replace("年度", '"年度"').encode(), None),
        ("统一 社会信用代码,年度,规模,Ａ".encode(), None),
        (HEADER.encode() + b",\xff", "F01"),
        (HEADER.encode() + b",a\0", "F01"),
        (b'"' + HEADER.encode(), "F01"),
        (HEADER.encode() + ",家庭病 史".encode(), "F05"),
        ("年度,规模,病史".encode(), "F05"),
        ("年度,规模".encode(), "F02"),
        (HEADER.encode() + ",年 度".encode(), "F02"),
        (HEADER.encode() + ",别的,别的".encode(), None),
        (b"", "F02"),
    ],
)
def test_csv_headers(tmp_path: Path, header: bytes, fault: str | None) -> None:
    assert fault_of(tmp_path, header + b"\n") == fault


def test_headers_are_compared_case_sensitively(tmp_path: Path) -> None:
    row = changed("administrative_penalty")
    lower = {header.lower(): value for header, value in row.items()}
    assert fault_of(tmp_path, csv_bytes([lower]), item="administrative_penalty") == "F02"


def test_only_spreadsheet_headers_match_by_their_beginning(tmp_path: Path) -> None:
    data = f"{HEADER}度\n{GOOD}\n".encode()
    assert fault_of(tmp_path, data) == "F02"


def test_csv_is_decoded_in_the_agreed_encoding(tmp_path: Path) -> None:
    folder = tmp_path / "2020-03-01" / "tax"
    folder.mkdir(parents=True)
    row = changed("regular_indicator", record_no="〇镕㐂")
    (folder / "regular_indicator.csv").write_bytes(
        csv_bytes([row], "gb18030") + b"\x81,1,1,1,1\r\n"
    )
    (folder / "regular_indicator.json").write_bytes(json_bytes([row]))
    found = read(tmp_path)
    assert faults(found) == {"regular_indicator.csv": None, "regular_indicator.json": "F01"}
    assert [row.values["record_no"] for row in found.rows] == ["〇镕㐂"]
    assert codes(found) == {3: ["Q07"]}


# ---------------------------------------------------------------- json, jsonl, xml


@pytest.mark.parametrize(
    ("text", "fault", "rows"),
    [
        ("[]", None, {}),
        ("", "F01", {}),
        ("{}", "F01", {}),
        ("[{}]", "F02", {}),
        ("[1, null, []]", None, {1: ["Q06"], 2: ["Q06"], 3: ["Q06"]}),
        ("[GOOD, {}, 5]", None, {2: ["Q01"], 3: ["Q06"]}),
        ('[{"年度": NaN}]', "F01", {}),
        ('[GOOD, {"别的": 1, "别的": 2}]', "F02", {}),
        ('[GOOD, {"年度": 1, "年 度": 2}]', "F02", {}),
        ('[GOOD, {"年 度": 2}]', "F02", {}),
        ('[GOOD, {"别的": {"a": 1, "a": 2}}]', None, {2: ["Q01"]}),
        ('[GOOD, {"体温": null}]', "F05", {}),
        ('[GOOD, {"别的": "\\u0000"}]', None, {2: ["Q07"]}),
        ('[GOOD, {"年度": "\\ud800"}]', None, {2: ["Q07"]}),
        ('[GOOD, {"别的": "\\ud83d\\ude00"}]', None, {2: ["Q01"]}),
        ('[GOOD, {"规模": [1]}]', None, {2: ["Q01", "Q02"]}),
        ('[GOOD, {"规模": true}]', None, {2: ["Q01", "Q03"]}),
        ("[" * 100_000, "F01", {}),
    ],
)
def test_json(tmp_path: Path, text: str, fault: str | None, rows: dict[int, list[str]]) -> None:
    good = json.dumps(SAMPLES[SCALE], ensure_ascii=False)
    found = read_one(tmp_path, text.replace("GOOD", good).encode(), "json")
    assert (found.files[0].fault, codes(found)) == (fault, rows)


def test_jsonl_counts_lines_that_are_not_blank(tmp_path: Path) -> None:
    good = json.dumps(SAMPLES[SCALE], ensure_ascii=False).encode()
    data = b"\xef\xbb\xbf" + b"\n".join(
        [good, b"\xe3\x80\x80\r", b"{", b"[]", b"\xff", b'{"a": "\0"}', b"", good + b"\r"]
    )
    found = read_one(tmp_path, data, "jsonl")
    assert codes(found) == {2: ["Q06"], 3: ["Q06"], 4: ["Q07"], 5: ["Q07"]}
    assert [row.source_row for row in found.rows] == [1, 6]


def xml(body: str, head: str = "") -> bytes:
    return f"{head}<records>{body}</records>".encode()


XML_GOOD = (
    f"<record><统一社会信用代码>{USCC}</统一社会信用代码>\n<年度><![CDATA[2019]]></年度>"
    "<规模>小<!-- 型 -->型</规模><别的/></record>"
)


@pytest.mark.parametrize(
    ("data", "fault", "rows"),
    [
        (xml(XML_GOOD), None, {}),
        (xml(""), None, {}),
        (xml("<!-- nothing -->"), None, {}),
        (xml(XML_GOOD + "<record/>"), None, {2: ["Q01"]}),
        (xml(XML_GOOD, "<!DOCTYPE records>"), "F01", {}),
        (xml(XML_GOOD, '<!DOCTYPE records SYSTEM "a.dtd">'), "F01", {}),
        (xml(XML_GOOD + "<row/>"), "F01", {}),
        (xml(XML_GOOD + "text"), "F01", {}),
        (xml(XML_GOOD.replace("2019", "<a>2019</a>").replace("<![CDATA[", "")), "F01", {}),
        (xml(f"<record>text{XML_GOOD[8:]}"), "F01", {}),
        (xml(XML_GOOD.replace("别的", "a:别的")), "F01", {}),
        (b"<rows/>", "F01", {}),
        (b"", "F01", {}),
        (xml(XML_GOOD)[:-3], "F01", {}),
        (xml(XML_GOOD + "<record><年度>1</年度><年度>1</年度></record>"), "F02", {}),
        (xml("<record/>"), "F02", {}),
        (xml(XML_GOOD.replace("别的", "指纹")), "F05", {}),
        (xml(XML_GOOD).replace("小".encode(), b"\xff"), "F01", {}),
    ],
)
def test_xml(tmp_path: Path, data: bytes, fault: str | None, rows: dict[int, list[str]]) -> None:
    found = read_one(tmp_path, data, "xml")
    assert (found.files[0].fault, codes(found)) == (fault, rows)


def test_xml_follows_its_declaration_and_names_headers_without_brackets(tmp_path: Path) -> None:
    cells = {
        "".join(c for c in header if c not in "()/%"): value
        for header, value in SAMPLES["credit_loan"].items()
    }
    body = "".join(f"<{name}>{value}</{name}>" for name, value in cells.items())
    text = f'<?xml version="1.0" encoding="gb18030"?><records><record>{body}</record></records>'
    found = read_one(tmp_path, text.encode("gb18030"), "xml", "credit_loan")
    assert counts(found.files[0]) == (1, 1, 0, 0)
    assert found.rows[0].values["bank_name"] == "某银行"


# ---------------------------------------------------------------- spreadsheets

DONATION_HEADER: list[object] = ["序号", "捐赠日期", "捐赠（单位/姓名）个人 ", "捐赠金额（元）"]


def read_sheet(landing: Path, rows: list[list[object]]) -> Deliveries:
    return read_one(landing, xlsx_bytes(rows), "xlsx", "charity_donation")


def test_a_sheet_is_read_from_its_header_to_its_total(tmp_path: Path) -> None:
    found = read_sheet(
        tmp_path,
        [
            ["公示"],
            [],
            DONATION_HEADER,
            [1, "2020.01.23", "甲公司", 100.1, None, "right of the last header"],
            [None, " ", None, None, "right of the last header"],
            ["2", date(2020, 1, 24), "乙公司\t", "1,000.20"],
            [3, 20200125, "丙公司", "未知"],
            [4, "2020-01-26", "王小明", 0.1],
            [5, 43856, "丁公司", 5],
            ["", " 合 计：", "", 1105.4],
            [6, "2020-01-26", "戊公司", 1],
        ],
    )
    assert found.files[0].fault is None
    assert counts(found.files[0]) == (5, 2, 2, 1)
    assert codes(found) == {7: ["Q02"], 9: ["Q02"]}
    assert [(row.source_row, row.values["donated_on"]) for row in found.rows] == [
        (4, date(2020, 1, 23)),
        (6, date(2020, 1, 24)),
    ]
    assert [row.values["serial_no"] for row in found.rows] == ["1", "2"]


@pytest.mark.parametrize(
    ("total_row", "fault"),
    [
        (["合计", None, None, 100.104], None),
        (["合计", None, None, 100.11], "F03"),
        (["合计", None, None, "100.10"], None),
        (["合计", 7, None, 100.11], None),  # two numbers: no control total
        (["合计", None, None, None], None),
    ],
)
def test_the_control_total_is_compared_to_the_cent(
    tmp_path: Path, total_row: list[object], fault: str | None
) -> None:
    rows = [DONATION_HEADER, [1, "2020-01-23", "甲公司", 100.1], total_row]
    assert read_sheet(tmp_path, rows).files[0].fault == fault


def test_only_three_items_have_a_control_total(tmp_path: Path) -> None:
    rows: list[list[object]] = [HEADER.split(","), [USCC, 2019, "小型"], ["合计", 5]]
    assert fault_of(tmp_path, xlsx_bytes(rows), "xlsx") is None


def test_a_total_of_loans_is_compared_as_delivered(tmp_path: Path) -> None:
    headers: list[object] = list(SAMPLES["credit_loan"])
    row: list[object] = list(changed("credit_loan", amount_yuan=12.34).values())
    total: list[object] = ["合计", None, None, None, None, 12.34]
    found = read_one(tmp_path, xlsx_bytes([headers, row, total]), "xlsx", "credit_loan")
    assert counts(found.files[0]) == (1, 1, 0, 0)


def test_cells_of_a_sheet(tmp_path: Path) -> None:
    headers: list[object] = [*SAMPLES["direct_donation"], "认定单位"]
    good: list[object] = list(SAMPLES["direct_donation"].values())
    found = read_one(
        tmp_path,
        xlsx_bytes(
            [
                headers,
                ["捐1号", "某公司", USCC, date(2020, 2, 1), 12.0, 10000, date(2020, 1, 2)],
                [1e20, True, USCC, datetime(2020, 2, 1, 13), 1e-7, 10000, None],
                ["#DIV/0!", *good[1:]],
                [*good[:4], "#N/A", good[5]],
                [*good, "#N/A"],
            ]
        ),
        "xlsx",
        "direct_donation",
    )
    assert codes(found) == {4: ["Q02"], 5: ["Q02"], 6: ["Q02"]}
    first, second = (row.values for row in found.rows)
    assert (first["recipient"], first["certified_by"]) == ("12", "2020-01-02")
    assert (second["certificate_no"], second["recipient"]) == ("1" + "0" * 20, "0.0000001")
    assert (second["enterprise_name"], second["donated_on"]) == ("true", date(2020, 2, 1))


def test_an_old_workbook_is_known_by_its_content_and_shows_its_errors(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for column, header in enumerate(HEADER.split(",")):
        sheet.write(0, column, header)
    for row in (1, 2, 3):
        sheet.write(row, 0, USCC)
        sheet.write(row, 1, 2019)
        sheet.write(row, 2, "小型")
    sheet.row(2).set_cell_error(3, "#DIV/0!")  # right of the last header: ignored
    sheet.row(4).set_cell_error(2, "#DIV/0!")
    data = io.BytesIO()
    book.save(data)
    found = read_one(tmp_path, data.getvalue(), "xlsx")
    assert counts(found.files[0]) == (4, 3, 1, 0)
    assert codes(found) == {5: ["Q01", "Q02"]}


def test_the_header_stands_in_the_first_ten_rows(tmp_path: Path) -> None:
    header: list[object] = list(HEADER.split(","))
    row: list[object] = [USCC, 2019, "小型"]
    assert fault_of(tmp_path, xlsx_bytes([[]] * 9 + [header, row]), "xlsx") is None
    assert fault_of(tmp_path, xlsx_bytes([[]] * 10 + [header, row]), "xlsx") == "F02"
    assert fault_of(tmp_path, xlsx_bytes([["说明"], ["核酸检测"]]), "xlsx") == "F05"
    assert fault_of(tmp_path, xlsx_bytes([["核酸检测"], header, row]), "xlsx") is None
    assert fault_of(tmp_path, xlsx_bytes([[*header, "核酸"], row]), "xlsx") == "F05"
    assert fault_of(tmp_path, b"no workbook", "xlsx") == "F01"


def test_two_headers_that_begin_alike_are_one_too_many(tmp_path: Path) -> None:
    header: list[object] = list(HEADER.split(","))
    assert fault_of(tmp_path, xlsx_bytes([[*header, "规模类型"]]), "xlsx") is None
    assert fault_of(tmp_path, xlsx_bytes([["统一社会信用代码", "年度", "规模甲"]]), "xlsx") is None
    alike: list[object] = ["统一社会信用代码", "年度", "规模甲", "规模乙"]
    assert fault_of(tmp_path, xlsx_bytes([alike]), "xlsx") == "F02"


# ---------------------------------------------------------------- packed files and limits


def zipped(*members: tuple[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


PLAIN = f"{HEADER}\n{GOOD}\n".encode()
TEN_MEBIBYTES = (b" " * 1023 + b"\n") * 10 * 1024


@pytest.mark.parametrize(
    ("data", "extension", "fault"),
    [
        (gzip.compress(PLAIN), "csv.gz", None),
        (gzip.compress(PLAIN)[:-9], "csv.gz", "F01"),
        (PLAIN, "csv.gz", "F01"),
        (b"", "csv.gz", "F01"),
        (gzip.compress(PLAIN), "csv", "F01"),
        (zipped(("any.csv", PLAIN)), "zip", None),
        (zipped(("folder/", b""), ("folder/any.csv", PLAIN)), "zip", None),
        (zipped(("a.csv", PLAIN), ("b.csv", PLAIN)), "zip", "F06"),
        (zipped(), "zip", "F01"),
        (zipped(("any.csv.gz", gzip.compress(PLAIN))), "zip", "F01"),
        (zipped(("any.zip", zipped())), "zip", "F01"),
        (zipped(("any.CSV", PLAIN)), "zip", "F01"),
        (zipped(("any", PLAIN)), "zip", "F01"),
        (gzip.compress(TEN_MEBIBYTES), "csv.gz", "F02"),
        (gzip.compress(TEN_MEBIBYTES + b" "), "csv.gz", "F06"),
        (zipped(("any.csv", TEN_MEBIBYTES + b" ")), "zip", "F06"),
    ],
)
def test_packed_files(tmp_path: Path, data: bytes, extension: str, fault: str | None) -> None:
    assert fault_of(tmp_path, data, extension) == fault


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    most = tables.MOST_CHARACTERS
    long_cell = f"{HEADER},别的\n{GOOD},".encode()
    assert fault_of(tmp_path, long_cell + b"x" * most) is None
    assert fault_of(tmp_path, long_cell + b"x" * (most + 1)) == "F06"
    undecodable = f"{HEADER},别的\n".encode() + b"\xff,2019," + b"x" * (most + 1)
    assert fault_of(tmp_path, undecodable + b",\n") == "F06"
    assert fault_of(tmp_path, b" " * (most + 1) + f"\n{HEADER}\n".encode()) == "F06"
    many = ",".join([HEADER, *(f"c{i}" for i in range(197))])
    assert fault_of(tmp_path, many.encode()) is None
    assert fault_of(tmp_path, f"{many},d".encode()) == "F06"
    assert fault_of(tmp_path, f"{many},d,\0".encode()) == "F06"  # F06 before F01
    wide: list[object] = ["x"] * 201
    assert fault_of(tmp_path.with_name("wide"), xlsx_bytes([wide]), "xlsx") == "F06"
    assert fault_of(tmp_path.with_name("sheet"), xlsx_bytes([wide[1:]]), "xlsx") == "F02"
    monkeypatch.setattr(tables, "MOST_ROWS", 2)
    assert fault_of(tmp_path, f"{HEADER}\n{GOOD}\n\n{GOOD}".encode()) is None
    assert fault_of(tmp_path, f"{HEADER}\n{GOOD}\nx\n{GOOD}".encode()) == "F06"
    assert fault_of(tmp_path.with_name("json"), b"[1,2,3]", "json") == "F06"
