"""Single values, by examples worked by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from . import values as v

# The example of GB 11643-1999 and made-up neighbours of it.
IDENTITY = "11010519491231002X"
DELIVERED = date(2020, 3, 1)


def codes_of(function, *arguments, **options) -> list[str]:
    with pytest.raises(v.RowFaultError) as caught:
        function(*arguments, **options)
    return sorted(caught.value.codes)


def test_white_space_is_the_unicode_property_and_nothing_else() -> None:
    assert v.trim("\u3000\x85 甲 乙\u2029\t") == "甲 乙"
    assert v.trim("\x1c甲\ufeff\u200b") == "\x1c甲\ufeff\u200b"


@pytest.mark.parametrize(
    "token",
    ["", " ", "-", "--", "—", "——", "— —", "/", "\\", "无", "暂无", "NULL", "null", "None", "N/A"],
)
def test_null_tokens_are_null_for_every_type(token: str) -> None:
    assert v.text(f" {token} ") is None
    assert v.number(token) is None
    assert v.dated(token, until=False, not_after=None) is None
    assert v.boolean(token) is None
    assert v.uscc(token) == (None, False)


def test_only_text_is_kept_as_delivered() -> None:
    assert v.text(" Ａ１ ") == "Ａ１"
    assert v.text("－") == "－"
    assert v.normal("－") is None
    assert v.code("Ｓ１０", ("S10",)) == "S10"
    assert codes_of(v.code, "s10", ("S10",)) == ["Q03"]


def test_an_identity_number_in_a_text_keeps_six_digits() -> None:
    assert v.text(f"（身份证{IDENTITY}）") == "（身份证110105************）"
    assert v.text(IDENTITY.lower()) == "110105************"
    assert v.text(f"{IDENTITY}和{IDENTITY}") == "110105************和110105************"


@pytest.mark.parametrize(
    "kept",
    [
        "110105194912310021",  # wrong check character
        f"A{IDENTITY}",  # a letter on one side
        f"{IDENTITY}7",
        "１１０１０５１９４９１２３１００２Ｘ",  # not ASCII
        IDENTITY[:17] + " X",
    ],
)
def test_what_is_no_identity_number_stays(kept: str) -> None:
    assert v.text(kept) == kept


def with_check(seventeen: str) -> str:
    total = sum(int(d) * w for d, w in zip(seventeen, v.IDENTITY_WEIGHTS, strict=True))
    return seventeen + "10X98765432"[total % 11]


def test_only_a_real_date_of_1900_to_2050_makes_an_identity_number() -> None:
    for born, is_masked in [
        ("19000101", True),
        ("20501231", True),
        ("18991231", False),
        ("20510101", False),
        ("19490230", False),
    ]:
        number = with_check(f"110105{born}002")
        assert (v.text(number) != number) is is_masked, born


def test_identity_check_needs_no_real_date() -> None:
    assert v.identity_check_passes(IDENTITY)
    assert v.identity_check_passes(with_check("11010519490230002"))
    assert not v.identity_check_passes("110105194912310021")


@pytest.mark.parametrize(
    "form",
    [
        "2020-2-1",
        "2020-02-01",
        "2020/2/01",
        "2020.02.1",
        "20200201",
        "2020年2月1日",
        " ２０２０-2-1 ",
        "2020-2-1 00:00:00",
        date(2020, 2, 1),
        datetime(2020, 2, 1, 13, 5),
    ],
)
def test_date_forms(form: v.Cell) -> None:
    assert v.dated(form, until=False, not_after=DELIVERED) == date(2020, 2, 1)


@pytest.mark.parametrize(
    "form",
    ["2020-02-30", "2020-2-1 01:00:00", "2020-2", "2020211", "43862", "长期", "0000-1-1", True],
)
def test_what_is_no_date(form: v.Cell) -> None:
    assert codes_of(v.dated, form, until=False, not_after=None) == ["Q02"]


def test_dates_have_a_range_and_a_null() -> None:
    assert v.dated("1900.1.1", until=False, not_after=DELIVERED) is None
    assert v.dated("1900-01-02", until=False, not_after=None) == date(1900, 1, 2)
    assert v.dated("2100-12-31", until=False, not_after=None) == date(2100, 12, 31)
    assert codes_of(v.dated, "1899-12-31", until=False, not_after=DELIVERED) == ["Q09"]
    assert codes_of(v.dated, "2101-01-01", until=False, not_after=None) == ["Q09"]
    assert codes_of(v.dated, "2101-01-01", until=False, not_after=DELIVERED) == ["Q05", "Q09"]
    assert v.dated("2020-03-01", until=False, not_after=DELIVERED) == DELIVERED
    assert codes_of(v.dated, "2020-03-02", until=False, not_after=DELIVERED) == ["Q05"]


@pytest.mark.parametrize("form", ["9999-9-9", "长期", "2099/12/31", "9999年12月31日"])
def test_open_ends(form: str) -> None:
    assert v.dated(form, until=True, not_after=None) == date(9999, 12, 31)


def test_an_open_end_is_no_ordinary_date() -> None:
    assert codes_of(v.dated, "9999-12-30", until=True, not_after=None) == ["Q09"]
    assert codes_of(v.dated, "9999-12-31", until=False, not_after=None) == ["Q09"]
    assert v.dated("2099-12-31", until=False, not_after=None) == date(2099, 12, 31)


@pytest.mark.parametrize(
    ("form", "wall"),
    [
        ("2020-03-01 09:30", datetime(2020, 3, 1, 9, 30)),
        ("2020-03-01T09:30:15", datetime(2020, 3, 1, 9, 30, 15)),
        ("2020-02-29T23:30:15.999Z", datetime(2020, 3, 1, 7, 30, 15)),
        ("2020-03-01T09:30:15+09:00", datetime(2020, 3, 1, 8, 30, 15)),
        ("2020-02-29 23:30-00:30", datetime(2020, 3, 1, 8, 0)),
    ],
)
def test_timestamps_are_shanghai_wall_time(form: str, wall: datetime) -> None:
    assert v.timestamp(form, DELIVERED) == wall


def test_a_timestamp_is_judged_by_its_shanghai_date() -> None:
    assert codes_of(v.timestamp, "2020-03-01T16:00:00Z", DELIVERED) == ["Q05"]
    assert codes_of(v.timestamp, "2020-3-1 09:30", DELIVERED) == ["Q02"]
    assert codes_of(v.timestamp, "2020-03-01", DELIVERED) == ["Q02"]
    assert codes_of(v.timestamp, "2020-03-01 24:00", DELIVERED) == ["Q02"]
    assert codes_of(v.timestamp, "9999-12-31T23:00:00Z", DELIVERED) == ["Q05", "Q09"]
    for null in ("1900-01-01 00:00:00", "1900-01-01", "1900/1/1"):
        assert v.timestamp(null, DELIVERED) is None, null


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ("1,234,567.8", "1234567.8"),
        ("-1,234", "-1234"),
        ("１２３", "123"),
        ("007", "7"),
        ("1234", "1234"),
    ],
)
def test_numbers(form: str, found: str) -> None:
    assert v.number(form) == Decimal(found)


@pytest.mark.parametrize("form", ["+1", "1e3", ".5", "5.", "1,23", "12345,678", "1 000", "٣", True])
def test_what_is_no_number(form: v.Cell) -> None:
    assert codes_of(v.number, form) == ["Q02"]


def yuan(cell: str, factor: int = 1, *, above_zero: bool = True) -> Decimal | None:
    return v.decimal(
        cell, precision=18, scale=2, factor=factor, above_zero=above_zero, highest=None
    )


def test_amounts_are_multiplied_then_rounded_half_up_then_tested() -> None:
    assert yuan("1.005") == Decimal("1.01")
    assert yuan("0.0000005", 10_000) == Decimal("0.01")
    assert codes_of(yuan, "0.00000049", 10_000) == ["Q09"]
    assert yuan("-0.004", above_zero=False) == Decimal("0.00")
    assert codes_of(yuan, "-0.005", above_zero=False) == ["Q09"]
    assert yuan("9999999999999999.99") == Decimal("9999999999999999.99")
    assert codes_of(yuan, "9999999999999999.995") == ["Q09"]
    assert codes_of(yuan, "1" * 5000) == ["Q09"]


def test_precision_bounds_the_digits_before_the_point() -> None:
    def hours(cell: str) -> Decimal | None:
        return v.decimal(cell, precision=9, scale=1, factor=1, above_zero=True, highest=None)

    def rate(cell: str) -> Decimal | None:
        return v.decimal(cell, precision=6, scale=4, factor=1, above_zero=False, highest=36)

    assert hours("99999999.94") == Decimal("99999999.9")
    assert codes_of(hours, "99999999.95") == ["Q09"]
    assert codes_of(hours, "0.04") == ["Q09"]
    assert rate("36.00004") == Decimal("36.0000")
    assert codes_of(rate, "36.00005") == ["Q09"]
    assert rate("0") == 0


def test_integers_are_integers_by_their_letters() -> None:
    assert v.integer("1,000", 1, None) == 1000
    assert codes_of(v.integer, "2.0", 1, None) == ["Q02"]
    assert codes_of(v.integer, "0", 1, None) == ["Q09"]
    assert codes_of(v.integer, "37", 1, 36) == ["Q09"]
    assert codes_of(v.integer, str(2**63), 1, None) == ["Q09"]


def test_booleans() -> None:
    assert [v.boolean(x) for x in ("是", "true", "1", "Y", True, "Ｙ")] == [True] * 6
    assert [v.boolean(x) for x in ("否", "false", "0", "N", False)] == [False] * 5
    assert codes_of(v.boolean, "TRUE") == codes_of(v.boolean, "2") == ["Q02"]


def test_uscc_is_repaired_only_where_that_makes_it_pass() -> None:
    assert v.uscc(" 9133 0105MA27WLT54h") == ("91330105MA27WLT54H", False)
    assert v.uscc("9I33OI05MA27WLT54H") == ("91330105MA27WLT54H", True)
    assert codes_of(v.uscc, "91330105MA27WLT54J") == ["Q04"]
    assert codes_of(v.uscc, "330105000012345") == ["Q04"]


def test_organisation_codes() -> None:
    # 56758003-1: 5*3+6*7+7*9+5*10+8*5+0*8+0*4+3*2 = 216, 216 mod 11 = 7, 11 - 7 = 4.
    assert v.organisation_code("56758003-4") == "567580034"
    assert v.organisation_code("ma27wlt54") == "MA27WLT54"
    # 00000000: the sum is 0, 11 becomes 0. 00000006: 12 mod 11 = 1, 10 becomes X.
    assert v.organisation_code("000000000") == "000000000"
    assert v.organisation_code("00000006X") == "00000006X"
    assert codes_of(v.organisation_code, "567580031") == ["Q04"]
    assert codes_of(v.organisation_code, "567-580034") == ["Q04"]


def test_names_are_cleaned_and_masked_by_code_point() -> None:
    assert v.clean_name(" 杭州（甲）\t公司\u3000") == "杭州(甲)公司"
    assert v.masked_name("欧阳 某某") == "欧***"
    assert v.masked_name("𠮷田") == "𠮷*"


def test_penalty_categories_are_a_set_in_the_codebooks_order() -> None:
    allowed = ("警告", "罚款", "其他")
    assert v.category_list("罚款；警告、;罚款", allowed) == "警告;罚款"
    assert v.category_list("其他－责令改正", allowed) == "其他"
    assert v.category_list("；", allowed) is None
    assert codes_of(v.category_list, "罚款,警告", allowed) == ["Q03"]
