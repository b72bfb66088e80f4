"""Headers: which column is which field (catalogue sections 1 and 4)."""

import pytest

from orchestration.ingest.delivered import FileFault
from orchestration.ingest.headers import (
    BANNED_WORDS,
    match_headers,
    normalise_header,
    refuse_banned,
)
from tests.ingest.reading_rig import CATALOGUE, DONATION_HEADERS, SCALE_HEADERS

DONATION = CATALOGUE.items["charity_donation"]
SCALE = CATALOGUE.items["enterprise_scale"]
PENALTY = CATALOGUE.items["administrative_penalty"]


def names(matched):
    return {place: field.name for place, field in matched.columns.items()}


def test_headers_are_compared_after_nfkc_and_without_white_space():
    matched = match_headers(DONATION, ["捐赠（单位/姓名）", " 捐 赠\u3000日期\n", "捐赠金额(元)"])
    assert names(matched) == {0: "donor_name", 1: "donated_on", 2: "amount_yuan"}
    assert matched.missing == ()


def test_headers_are_compared_case_sensitively():
    assert match_headers(PENALTY, ["cf_wsh", "CF_WSH"]).columns.keys() == {1}


def test_full_width_letters_are_the_same_header():
    assert names(match_headers(PENALTY, ["ＣＦ＿ＷＳＨ"])) == {0: "document_no"}


def test_unknown_headers_are_named_and_ignored():
    matched = match_headers(SCALE, [*SCALE_HEADERS, "联系人", ""])
    assert matched.unknown == ("联系人",)
    matched.refuse()


def test_a_required_header_that_is_missing_is_f02():
    with pytest.raises(FileFault, match=r"F02.*规模"):
        match_headers(SCALE, SCALE_HEADERS[:2]).refuse()


def test_a_missing_header_of_an_optional_field_is_no_fault():
    match_headers(DONATION, DONATION_HEADERS[1:4]).refuse()


def test_two_columns_that_match_one_header_are_f02():
    with pytest.raises(FileFault, match=r"F02.*年度"):
        match_headers(SCALE, [*SCALE_HEADERS, "年 度"]).refuse()


def test_in_sheets_a_header_matches_the_longest_agreed_one_it_starts_with():
    delivered = ["捐赠日期", "捐赠(单位/姓名)个人", "捐赠金额(元)人民币"]
    assert names(match_headers(DONATION, delivered, is_sheet=True)) == {
        0: "donated_on",
        1: "donor_name",
        2: "amount_yuan",
    }
    assert names(match_headers(DONATION, delivered)) == {0: "donated_on"}


def test_the_longest_agreed_header_wins_among_prefixes():
    objection = CATALOGUE.items["social_order_case"]
    matched = match_headers(objection, ["所在单位统一社会信用代码甲"], is_sheet=True)
    assert names(matched) == {0: "employer_uscc"}


def test_a_prefix_match_yields_to_a_column_that_has_the_header_exactly():
    matched = match_headers(DONATION, ["备注", "备注二"], is_sheet=True)
    assert names(matched) == {0: "remarks"}
    assert matched.unknown == ("备注二",)


def test_two_prefix_matches_of_one_header_are_two_columns():
    matched = match_headers(DONATION, ["备注一", "备注二"], is_sheet=True)
    assert matched.twice == ("备注",)


def test_in_xml_headers_stand_without_brackets_slash_and_percent():
    matched = match_headers(DONATION, ["捐赠单位姓名", "捐赠金额元"], is_xml=True)
    assert names(matched) == {0: "donor_name", 1: "amount_yuan"}
    assert match_headers(DONATION, ["捐赠单位姓名"]).columns == {}


@pytest.mark.parametrize("word", BANNED_WORDS)
def test_every_banned_word_is_f05_wherever_it_stands_in_a_header(word):
    spaced = " ".join(word)
    with pytest.raises(FileFault, match=f"F05.*{word}"):
        refuse_banned([f"本人{spaced}情况"])


def test_a_banned_header_comes_before_a_missing_one():
    with pytest.raises(FileFault, match="F05"):
        match_headers(SCALE, ["体温"]).refuse()


def test_the_fault_names_the_word_and_not_what_stands_around_it():
    with pytest.raises(FileFault) as caught:
        refuse_banned(["王小明有病史"])
    assert "王小明" not in caught.value.detail


def test_version_headers_belong_to_every_item_but_the_register():
    headers = ["信息版本号", "更新类型"]
    assert names(match_headers(SCALE, headers)) == {0: "version", 1: "operation"}
    assert match_headers(CATALOGUE.items["enterprise_register"], headers).columns == {}


def test_only_unicode_white_space_is_removed():
    assert normalise_header("年\u2003\x85度") == "年度"
    assert normalise_header("年\u200b度") != "年度"
