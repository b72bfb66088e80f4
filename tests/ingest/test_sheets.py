"""Spreadsheets: header search, typed cells, the 合计 row, error cells (catalogue section 1)."""

import io
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest
import xlsxwriter
import xlwt

from orchestration.ingest.readers.sheet import amount_of, number_text
from orchestration.settings import Limits
from tests.ingest.reading_rig import DONATION_HEADERS, SCALE_HEADERS, fault_of, read, workbook


def donation(*rows, **options):
    return read("xlsx", workbook(DONATION_HEADERS, *rows), item="charity_donation", **options)


def scale(*rows, **options):
    return read("xlsx", workbook(SCALE_HEADERS, *rows), **options)


def old_workbook(rows, write=None):
    book = xlwt.Workbook()
    sheet = book.add_sheet("一")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(number, column, value)
    if write is not None:
        write(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


# ---------------------------------------------------------------- which rows


def test_the_header_is_the_first_of_ten_rows_that_holds_every_required_header():
    rows = [["公示表"], ["统一社会信用代码"], SCALE_HEADERS, ["A", 2020, "大型"]]
    reading = read("xlsx", workbook(*rows))
    assert reading.rows == [{"source_row": 4, "uscc": "A", "year": "2020", "scale": "大型"}]


@pytest.mark.parametrize(("place", "fault"), [(9, None), (10, "F02")])
def test_the_tenth_row_is_the_last_that_may_be_the_header(place, fault):
    assert fault_of("xlsx", workbook(SCALE_HEADERS, ["A", 1, "x"], first_row=place)) == fault


def test_rows_are_numbered_as_in_the_sheet_and_blank_ones_are_none():
    reading = scale(["A", 1, "x"], [None, " ", "\u3000"], [], ["B", 2, "y"])
    assert reading.numbers == [2, 5]


def test_a_sheet_that_does_not_begin_in_its_corner_keeps_its_numbers():
    rows = [[None, None, *SCALE_HEADERS], [None, None, "A", 1, "x"]]
    reading = read("xlsx", workbook(*rows, first_row=3))
    assert reading.rows == [{"source_row": 5, "uscc": "A", "year": "1", "scale": "x"}]


def test_cells_right_of_the_last_header_are_ignored_and_missing_ones_are_empty():
    reading = scale(["A", 1, "x", "备忘"], [None, None, None, "note"], ["B"])
    assert reading.rows[0] == {"source_row": 2, "uscc": "A", "year": "1", "scale": "x"}
    assert reading.rows[1:] == [{"source_row": 4, "uscc": "B"}]


def test_only_the_first_sheet_is_read():
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    book.add_worksheet("空")
    book.add_worksheet("数据").write_row(0, 0, SCALE_HEADERS)
    book.close()
    assert fault_of("xlsx", buffer.getvalue()) == "F02"


def test_a_sheet_without_a_header_row_is_looked_through_for_banned_words():
    assert fault_of("xlsx", workbook(["x"], ["y", "核 酸"])) == "F05"
    assert fault_of("xlsx", workbook(["体温"], first_row=10)) == "F02"
    assert fault_of("xlsx", workbook()) == "F02"


def test_two_columns_of_one_header_are_f02_and_a_banned_one_is_f05():
    assert fault_of("xlsx", workbook([*SCALE_HEADERS, "年 度"])) == "F02"
    assert fault_of("xlsx", workbook([*SCALE_HEADERS, "年 度", "诊断结果"])) == "F05"


# ---------------------------------------------------------------- the 合计 row


@pytest.mark.parametrize("label", ["合计", "合 计：", "\u3000合计:", "合\n计"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_total_row_ends_the_data(label, place):
    total = [None] * place + [label]
    reading = donation([1, "2020.2.1", "甲公司", 10, None], total, [2, "2020.2.1", "乙公司", 5])
    assert reading.numbers == [2]


@pytest.mark.parametrize("row", [[None, None, None, "合计"], ["合计金额"], ["合计::"], ["小计"]])
def test_other_rows_do_not_end_the_data(row):
    assert donation(row, [1, "2020.2.1", "甲公司", 10]).numbers == [2, 3]


@pytest.mark.parametrize(
    ("total", "amounts", "holds"),
    [
        (30, [10, 20], True),
        (30.01, [10, 20], False),
        ("30.00", [10, 20], True),
        ("1,030", ["1,000", "30"], True),
        (0.3, [0.1, 0.2], True),
        (30, [10, "二十", 20], True),
        (30, [10, 20, None], True),
        (30.004, [10, 20], True),
        (25, [10, -5, 20], True),
        (3344331.1, ["3,344,331.10"], True),
    ],
)
def test_the_total_is_compared_to_the_cent_with_all_amounts_that_are_numbers(total, amounts, holds):
    rows = [[n, "2020.2.1", "甲公司", amount] for n, amount in enumerate(amounts)]
    reading = donation(*rows, ["合计", None, None, total])
    assert (reading.control_total_fault is None) is holds
    assert len(reading.rows) == len(amounts)


def test_a_total_row_with_two_numbers_or_none_controls_nothing():
    row = [1, "2020.2.1", "甲公司", 10]
    assert donation(row, ["合计", 1, None, 99]).control_total_fault is None
    assert donation(row, ["合计", None, None, "待定"]).control_total_fault is None


def test_a_number_right_of_the_last_header_is_no_total():
    row = [1, "2020.2.1", "甲公司", 10]
    assert donation(row, ["合计", None, None, 10, None, 99]).control_total_fault is None
    assert donation(row, ["合计", None, None, None, None, 99]).control_total_fault is None


def test_the_total_of_loans_is_in_the_unit_in_which_they_are_delivered():
    headers = ["贷款编号", "统一社会信用代码", "银行名称", "投放地", "发放日期", "贷款金额(万元)"]
    headers += ["是否信用贷款", "年利率(%)", "是否纳入风险补偿"]
    row = ["L1", "A", "甲银行", "3301", "2020-02-01", 12.5, "是", 4, "否"]
    book = workbook(headers, row, ["合计", None, None, None, None, 12.5])
    assert read("xlsx", book, item="credit_loan").control_total_fault is None


def test_an_item_without_control_total_ignores_the_number_of_the_total_row():
    assert scale(["A", 1, "x"], ["合计", 99]).control_total_fault is None


# ---------------------------------------------------------------- cells


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (5.0, "5"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e20, "1" + "0" * 20),
        (1e-7, "0.0000001"),
        (20200214.0, "20200214"),
        (1200.0, "1200"),
        (12345678.9, "12345678.9"),
    ],
)
def test_a_number_is_its_shortest_decimal_form(number, text):
    assert number_text(number) == text


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1,23", None),
        ("+1", None),
        ("1e3", None),
        (".5", None),
        ("１２", 12),
        (True, None),
        ("", None),
    ],
)
def test_an_amount_is_a_number_as_section_2_reads_it(cell, amount):
    assert amount_of(cell) == amount


def test_a_date_cell_is_a_date_in_date_fields_and_iso_text_elsewhere():
    moment = datetime(2020, 2, 14, 13, 30)
    book = workbook(DONATION_HEADERS, [moment, moment, date(2020, 2, 14), 1])
    assert read("xlsx", book, item="charity_donation").rows[0] == {
        "source_row": 2,
        "serial_no": "2020-02-14T13:30:00",
        "donated_on": "2020-02-14",
        "donor_name": "2020-02-14",
        "amount_yuan": "1",
    }


def test_a_number_that_is_not_formatted_as_a_date_stays_a_number():
    assert donation([1, 43875, "甲公司", 1]).rows[0]["donated_on"] == "43875"


def test_a_time_cell_is_no_date():
    book = workbook(DONATION_HEADERS, [1, time(12, 30), "甲公司", 1])
    found = read("xlsx", book, item="charity_donation").rows[0]
    assert not found["donated_on"].startswith("2")


def test_booleans_are_true_and_false():
    found = donation([True, "2020.2.1", False, 1]).rows[0]
    assert (found["serial_no"], found["donor_name"]) == ("true", "false")


def test_a_formula_is_its_stored_value():
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, SCALE_HEADERS)
    sheet.write_formula(1, 0, '="A"', None, "A")
    sheet.write_formula(1, 1, "=2000+20", None, 2020)
    book.close()
    assert read("xlsx", buffer.getvalue()).rows == [{"source_row": 2, "uscc": "A", "year": "2020"}]


def test_error_cells_are_named_and_the_row_is_no_blank_one():
    reading = scale(["A", 1, "x"], [None, "#N/A", None], ["#N/A", 3, "#N/A"])
    assert [row.get("bad_cells") for row in reading.rows] == [None, ";year;", ";uscc;scale;"]
    assert reading.numbers == [2, 3, 4]


def test_error_cells_of_xls_are_named():
    def write(sheet):
        sheet.row(1).set_cell_error(1, 0x2A)

    reading = read("xls", old_workbook([SCALE_HEADERS, ["A"], ["B", 2.0, "x"]], write))
    assert reading.rows == [
        {"source_row": 2, "bad_cells": ";year;", "uscc": "A"},
        {"source_row": 3, "uscc": "B", "year": "2", "scale": "x"},
    ]


def test_a_nul_in_a_cell_is_q07():
    reading = read("xls", old_workbook([SCALE_HEADERS, ["A\0", 1, "x"], ["B", 2, "y"]]))
    assert reading.faults == {2: "Q07"}


# ---------------------------------------------------------------- files


def test_the_content_decides_between_xls_and_xlsx():
    new, old = workbook(SCALE_HEADERS), old_workbook([SCALE_HEADERS])
    assert read("xls", new).fields == read("xlsx", old).fields == ("uscc", "year", "scale")


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, b"<html></html>"],
)
def test_what_is_no_workbook_is_f01_and_the_next_one_is_read(content):
    assert fault_of("xlsx", content) == "F01"
    assert scale(["A", 1, "x"]).numbers == [2]


def altered(part: str, old: bytes, new: bytes) -> bytes:
    """A sheet of two rows with one place of one part changed."""
    book = workbook(SCALE_HEADERS, ["A", 2020, "x"], ["B", 2019, "y"])
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book)) as archive,
        zipfile.ZipFile(buffer, "w") as changed,
    ):
        for name in archive.namelist():
            content = archive.read(name)
            if name == part:
                assert old in content
                content = content.replace(old, new)
            changed.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/worksheets/sheet1.xml", b"<v>2020", b"<v>&lol;"),
        ("xl/worksheets/sheet1.xml", b"</sheetData>", b""),
        ("xl/worksheets/sheet1.xml", b"<worksheet", b"<!DOCTYPE x><worksheet"),
        ("xl/sharedStrings.xml", b"<t>x", b"<t>&lol;"),
        ("xl/sharedStrings.xml", b"</sst>", b""),
        ("xl/_rels/workbook.xml.rels", b"sheet1.xml", b"sheet9.xml"),
        ("xl/workbook.xml", b"<sheets>", b"<sheet>"),
    ],
)
def test_a_workbook_with_broken_xml_is_f01_and_loses_no_row_silently(part, old, new):
    assert fault_of("xlsx", altered(part, old, new)) == "F01"


def test_a_date_cell_in_iso_form_is_a_date_cell():
    buffer = io.BytesIO()
    book = openpyxl.Workbook(iso_dates=True)
    book.iso_dates = True
    book.active.append(list(DONATION_HEADERS))
    book.active.append([datetime(2020, 2, 14, 13), datetime(2020, 2, 14, 13), "甲公司", 5])
    book.save(buffer)
    row = read("xlsx", buffer.getvalue(), item="charity_donation").rows[0]
    assert (row["serial_no"], row["donated_on"]) == ("2020-02-14T13:00:00", "2020-02-14")


def test_limits_of_a_workbook_are_f06():
    limits = Limits(max_rows=1, max_columns=3, max_cell_characters=8)
    book = workbook(SCALE_HEADERS, ["A", 1, "x"], ["B", 2, "y"])
    assert fault_of("xlsx", book, limits=limits) == "F06"
    wide = workbook([*SCALE_HEADERS, "x"])
    assert fault_of("xlsx", wide, limits=limits) == "F06"
    long = workbook(SCALE_HEADERS, ["A", 1, "x" * 9])
    assert fault_of("xlsx", long, limits=limits) == "F06"
    assert fault_of("xlsx", long, limits=Limits(max_inflated_bytes=100)) == "F06"


def test_a_cell_over_the_limit_counts_wherever_it_stands():
    limits = Limits(max_cell_characters=8)
    below = workbook(SCALE_HEADERS, ["合计"], [None, None, None, "x" * 9])
    assert fault_of("xlsx", below, limits=limits) == "F06"
    assert fault_of("xlsx", workbook(["x" * 9, "体温"]), limits=limits) == "F06"


# The last rows and the totals were compared with the sheets by eye.
@pytest.mark.parametrize(
    ("name", "rows", "last"),
    [
        ("donate01.xls", 8, 11),
        ("donate02.xls", 85, 88),
        ("donate05.xls", 297, 300),
        ("donate09-2020-02-02.xls", 80, 83),
    ],
)
def test_the_real_donation_sheets_are_read_and_their_totals_hold(shared, name, rows, last):
    content = (shared / "data" / "donations" / name).read_bytes()
    reading = read("xls", content, item="charity_donation")
    assert (len(reading.rows), reading.numbers[-1]) == (rows, last)
    assert reading.control_total_fault is None
    assert all({"donated_on", "donor_name", "amount_yuan"} <= row.keys() for row in reading.rows)
