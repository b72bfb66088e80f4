"""xml: records of record of one element per header; anything else is F01 (catalogue section 1)."""

import pytest

from orchestration.settings import Limits
from tests.ingest.reading_rig import fault_of, read

CELLS = "<统一社会信用代码>A</统一社会信用代码><年度>2020</年度><规模>大型</规模>"
RECORD = f"<record>{CELLS}</record>"


def document(*records: str) -> str:
    return f"<records>{''.join(records)}</records>"


def rows(text: str):
    return read("xml", text.encode()).rows


def test_a_record_has_one_element_per_header():
    assert rows(document(RECORD, RECORD)) == [
        {"source_row": 1, "uscc": "A", "year": "2020", "scale": "大型"},
        {"source_row": 2, "uscc": "A", "year": "2020", "scale": "大型"},
    ]


def test_headers_stand_without_brackets_slash_and_percent():
    cells = (
        "<捐赠日期>2020-02-01</捐赠日期><捐赠单位姓名>甲</捐赠单位姓名><捐赠金额元>5</捐赠金额元>"
    )
    reading = read("xml", document(f"<record>{cells}</record>").encode(), item="charity_donation")
    assert reading.fields == ("donated_on", "donor_name", "amount_yuan")


def test_an_empty_element_is_a_missing_cell_and_a_record_may_be_empty():
    text = document(RECORD, "<record><年度/><规模></规模></record>", "<record/>")
    assert rows(text)[1:] == [{"source_row": 2}, {"source_row": 3}]


def test_values_keep_their_white_space_and_structure_may_have_some():
    text = (
        "<records>\n <record>\n  <年度> 2020\n</年度>"
        + CELLS.replace("年度", "x")
        + "</record>\n</records>\n"
    )
    assert rows(text)[0]["year"] == " 2020\n"


def test_character_references_cdata_and_comments_inside_values():
    text = document(
        RECORD.replace(">A<", ">&lt;&#x7532;<!-- 注 --><![CDATA[<b>&amp;]]>&#21495;<?p?><")
    )
    assert rows(text)[0]["uscc"] == "<甲<b>&amp;号"


def test_the_declared_encoding_is_followed_whatever_is_agreed():
    for encoding in ("GB18030", "GBK", "UTF-16", "utf-8"):
        text = f'<?xml version="1.0" encoding="{encoding}"?>{document(RECORD)}'
        reading = read("xml", text.encode(encoding), encoding="utf-8")
        assert reading.rows[0]["scale"] == "大型"
    assert read("xml", b"\xef\xbb\xbf" + document(RECORD).encode(), encoding="gb18030").rows


def test_no_record_lacks_no_header_and_a_record_does():
    assert rows("<records/>") == []
    assert fault_of("xml", b"<records><record/></records>") == "F02"


def test_an_element_twice_in_one_record_is_f02():
    assert fault_of("xml", document(f"<record>{CELLS}<年度/></record>").encode()) == "F02"
    assert fault_of("xml", document(RECORD, "<record><x/><x/></record>").encode()) == "F02"


def test_a_banned_header_in_any_record_is_f05():
    assert fault_of("xml", document(RECORD, "<record><体温/></record>").encode()) == "F05"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "<record/>",
        "<Records/>",
        "<records>",
        "<records></record>",
        "<records/><records/>",
        "<records/>x",
        document("x"),
        document(RECORD, "x"),
        document("<row/>"),
        document("<record>x</record>"),
        document("<record><年度><b/></年度></record>"),
        document("<record><年度>1<b>2</b></年度></record>"),
        document('<record id="1"/>'),
        '<records a="b"/>',
        document('<record><年度 unit="y">1</年度></record>'),
        '<records xmlns="urn:x"/>',
        document("<record><a:年度>1</a:年度></record>"),
        document(RECORD.replace("</record>", "<a:b/></record>")),
        document('<record><年度 a:b="1">1</年度></record>'),
        document("<record><年度>&unknown;</年度></record>"),
        document("<record><年度>&#0;</年度></record>"),
        document("<record><年度>\x01</年度></record>"),
        document("<record><捐赠(单位)>1</捐赠(单位)></record>"),
        '<?xml version="1.0" encoding="klingon"?><records/>',
    ],
)
def test_any_other_structure_is_f01(text):
    assert fault_of("xml", text.encode()) == "F01"


def test_bytes_that_are_wrong_in_the_declared_encoding_are_f01():
    assert fault_of("xml", document(RECORD).encode("gb18030")) == "F01"
    assert fault_of("xml", document(RECORD).encode().replace(b"A<", b"\xff<")) == "F01"


@pytest.mark.parametrize(
    "dtd",
    [
        "<!DOCTYPE records>",
        '<!DOCTYPE records SYSTEM "file:///etc/hostname">',
        '<!DOCTYPE records PUBLIC "a" "http://localhost:1/x.dtd">',
        '<!DOCTYPE records [<!ENTITY a "b">]>',
        '<!DOCTYPE records [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE records [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]>',
    ],
)
def test_a_document_type_definition_is_f01_and_nothing_is_fetched(dtd):
    used = RECORD.replace(">A<", ">&a;<")
    assert fault_of("xml", f"{dtd}{document(RECORD)}".encode()) == "F01"
    assert fault_of("xml", f"{dtd}{document(used)}".encode()) == "F01"


def test_entity_expansion_is_f01_at_once():
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE records [<!ENTITY e0 "boom">{lines}]>' + document(
        RECORD.replace("A", "&e11;")
    )
    assert fault_of("xml", bomb.encode()) == "F01"


def test_limits_are_f06():
    limits = Limits(max_rows=1, max_columns=3, max_cell_characters=8)
    assert fault_of("xml", document(RECORD, RECORD).encode(), limits=limits) == "F06"
    wide = document(RECORD, "<record><x/></record>")
    assert fault_of("xml", wide.encode(), limits=limits) == "F06"
    long = RECORD.replace(">A<", f">{'大' * 9}<")
    assert fault_of("xml", document(long).encode(), limits=limits) == "F06"
    assert fault_of("xml", document(long).encode() + b"x", limits=limits) == "F06"


def test_deep_xml_is_f01():
    assert fault_of("xml", ("<records><record>" + "<a>" * 100_000).encode()) == "F01"


def test_a_text_beyond_the_parsers_own_limit_is_f06():
    assert (
        fault_of("xml", document(RECORD.replace(">A<", f">{'x' * 11_000_000}<")).encode()) == "F06"
    )
