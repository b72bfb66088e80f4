"""Every value type of the catalogue's section 2, against the same rule written out in Python."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from zoneinfo import ZoneInfo

import pytest
from contract_rig import (
    IDENTITY,
    OTHER_USCC,
    USCC,
    USCC_CHARACTERS,
    evaluate,
    identity_number,
    organisation_code,
    uscc,
)
from hypothesis import given
from hypothesis import strategies as st

from orchestration.ingest.values import NULL_TOKENS, decimal_value

SPACES = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000"
)
# Neither NUL (a row fault) nor half a surrogate pair (no Unicode text) reaches a value.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
SPACED = st.text(st.sampled_from(SPACES + "a中Ａ１-　\x1c\x1f\u200b"), max_size=12)


# ---------------------------------------------------------------- text


@given(st.lists(st.one_of(TEXT, SPACED), min_size=1))
def test_text_is_trimmed_by_unicode_white_space_and_nothing_else(texts: list[str]) -> None:
    assert evaluate("trim_space(s)", texts) == [text.strip(SPACES) for text in texts]


@given(st.lists(st.one_of(TEXT, SPACED), min_size=1))
def test_nfkc_is_that_of_unicode(texts: list[str]) -> None:
    expected = [unicodedata.normalize("NFKC", text) for text in texts]
    assert evaluate("nfkc_text(s)", texts) == expected


def test_no_character_is_wrongly_taken_as_normal() -> None:
    characters = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    # Beside a letter and a mark that composes, so that neighbours matter.
    texts = [f"e{character}\u0301" for character in characters]
    found = evaluate("nfkc_text(s)", texts)
    wrong = [
        text
        for text, normal in zip(texts, found, strict=True)
        if normal != unicodedata.normalize("NFKC", text)
    ]
    assert wrong == []


@given(st.lists(st.one_of(TEXT, SPACED), min_size=1))
def test_a_cleaned_name_is_nfkc_without_white_space(texts: list[str]) -> None:
    expected = [
        "".join(c for c in unicodedata.normalize("NFKC", text) if c not in SPACES) for text in texts
    ]
    assert evaluate("clean_name(s)", texts) == expected


@given(st.lists(st.one_of(TEXT, st.just("ßǰ ŉa")), min_size=1))
def test_upper_case_is_that_of_unicode(texts: list[str]) -> None:
    assert evaluate("upper_text(s)", texts) == [text.upper() for text in texts]


def test_null_tokens_are_null_and_their_likes_are_not() -> None:
    assert evaluate("null_token(s)", list(NULL_TOKENS)) == [None] * len(NULL_TOKENS)
    likes = ["---", "Null", "NONE", "n/a", "没有", "0", "－", "—  —"]
    assert evaluate("null_token(s)", likes) == likes


IDENTITY_IN_TEXT = re.compile("(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")


def _masked(text: str) -> str:
    def mask(candidate: re.Match[str]) -> str:
        found = candidate.group()
        try:
            born = date(int(found[6:10]), int(found[10:12]), int(found[12:14]))
        except ValueError:
            return found
        passes = identity_number(found[:17]) == found.upper()
        return found[:6] + "*" * 12 if passes and 1900 <= born.year <= 2050 else found

    return IDENTITY_IN_TEXT.sub(mask, text)


IDENTITY_LIKE = st.builds(
    lambda region, day, number, spoil: spoil(identity_number(f"{region}{day:%Y%m%d}{number:03d}")),
    st.integers(110000, 659999),
    st.dates(date(1880, 1, 1), date(2070, 1, 1)),
    st.integers(0, 999),
    st.sampled_from(
        [str, str, str.lower, lambda n: "9" + n[1:], lambda n: n[:6] + "20200230" + n[14:]]
    ),
)


@given(
    st.lists(
        st.lists(
            st.one_of(IDENTITY_LIKE, st.sampled_from(["", "号", " ", "a", "7", "\n", "é", "１"])),
            max_size=6,
        ).map("".join),
        min_size=1,
    )
)
def test_identity_numbers_in_text_are_masked_and_only_they(texts: list[str]) -> None:
    assert evaluate("mask_identity(s)", texts) == [_masked(text) for text in texts]


def test_an_identity_number_is_masked_wherever_it_stands() -> None:
    text = f"{IDENTITY},{IDENTITY}\n身份证{IDENTITY}号"
    hidden = IDENTITY[:6] + "*" * 12
    assert evaluate("mask_identity(s)", [text]) == [f"{hidden},{hidden}\n身份证{hidden}号"]
    longer = [f"x{IDENTITY}", f"{IDENTITY}0"]
    assert evaluate("mask_identity(s)", longer) == longer


# ---------------------------------------------------------------- dates and times

DATE_TEXT = st.one_of(
    st.dates(date(1, 1, 1)).flatmap(
        lambda day: st.sampled_from(
            [
                f"{day.year:04d}-{day.month}-{day.day}",
                day.isoformat(),
                f"{day.year:04d}/{day.month:02d}/{day.day}",
                f"{day.year:04d}.{day.month}.{day.day:02d}",
                f"{day.year:04d}{day.month:02d}{day.day:02d}",
                f"{day.year:04d}年{day.month}月{day.day}日",
                f"{day.year:04d}年{day.month}月{day.day}日 00:00:00",
                f"{day.isoformat()} 00:00:00",
                f"{day.isoformat()}T00:00:00",
                f"{day.isoformat()} 00:00",
            ]
        )
    ),
    st.from_regex(r"\A[0-9]{3,5}[-/.年]?[0-9]{1,2}[-/.月]?[0-9]{1,2}日?( 00:00:00)?\Z"),
)
DATE_FORMS = (
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})",
    r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})",
    r"([0-9]{4})\.([0-9]{1,2})\.([0-9]{1,2})",
    r"([0-9]{4})([0-9]{2})([0-9]{2})",
    r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日",
)


def _date(text: str) -> date | None:
    for form in DATE_FORMS:
        found = re.fullmatch(form + "(?: 00:00:00)?", text)
        if found:
            try:
                return date(*map(int, found.groups()))
            except ValueError:
                return None
    return None


@given(st.lists(DATE_TEXT, min_size=1))
def test_dates_are_read_in_the_agreed_forms_and_no_other(texts: list[str]) -> None:
    assert evaluate("parse_date(s)", texts) == [_date(text) for text in texts]


@pytest.mark.parametrize(
    "text", ["2020-2", "2020-02-30", "0000-01-01", "20-02-02", "2020-1/1", "2020年2月1", "2020210"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert evaluate("parse_date(s)", [text]) == [None]


def _timestamp(text: str) -> datetime | None:
    form = (
        r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:(?<=:..)(?<=:..:..)"
        r"\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?"
    )
    found = re.fullmatch(form, text)
    if not found:
        return None
    day, time, seconds, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day} {time}{seconds or ':00'}")
        if zone is None:
            return moment
        aware = datetime.fromisoformat(moment.isoformat() + zone.replace("Z", "+00:00"))
    except ValueError:
        return None
    return aware.astimezone(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None, microsecond=0)


TIMESTAMP_TEXT = st.builds(
    lambda moment, between, seconds, zone: (
        f"{moment:%Y-%m-%d}{between}{moment:%H:%M}{seconds.format(moment)}{zone}"
    ),
    st.datetimes(datetime(1900, 1, 2), datetime(2099, 12, 30)),
    st.sampled_from([" ", "T", "  ", "t"]),
    st.sampled_from(["", "{0:%S}", ":{0:%S}", ":{0:%S}.9", ":{0:%S}.123456789", ":{0:%S}.", ":60"]),
    st.sampled_from(["", "", "Z", "z", "+08:00", "-05:30", "+23:59", "+24:00", "+0800", " Z"]),
)


@given(st.lists(TIMESTAMP_TEXT, min_size=1))
def test_timestamps_become_wall_time_of_shanghai(texts: list[str]) -> None:
    assert evaluate("parse_timestamp(s)", texts) == [_timestamp(text) for text in texts]


def test_the_fraction_is_cut_off_not_rounded() -> None:
    text = "2020-02-01 10:00:59.999999999"
    assert evaluate("parse_timestamp(s)", [text]) == [datetime(2020, 2, 1, 10, 0, 59)]


def test_shanghai_had_summer_time_in_1988() -> None:
    text = "1988-07-01T00:00Z"
    assert evaluate("parse_timestamp(s)", [text]) == [datetime(1988, 7, 1, 9)]
    assert timedelta(hours=9) == ZoneInfo("Asia/Shanghai").utcoffset(datetime(1988, 7, 1))


# ---------------------------------------------------------------- numbers and booleans

NUMBER = re.compile(r"-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")
NUMBER_TEXT = st.one_of(
    st.from_regex(r"\A-?[0-9]{1,20}(\.[0-9]{1,12})?\Z"),
    st.from_regex(r"\A-?[0-9]{1,3}(,[0-9]{3}){1,4}(\.[0-9]{0,8})?\Z"),
    st.from_regex(r"\A[+-]?[0-9,]{0,8}\.?[0-9]{0,4}(e[0-9])?\Z"),
    st.integers(0, 10**18).map(lambda n: f"{n // 1000}.{n % 1000:03d}5"),
    st.sampled_from(["9" * 400, "0" * 400 + "1.005", "1." + "0" * 400 + "5", "-0", "1e5", "."]),
)


def _decimal(text: str, precision: int, scale: int, factor: int) -> Decimal | None:
    value = Decimal(text.replace(",", "")) * factor
    if abs(value) >= Decimal(10) ** precision:
        return None
    value = value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    return value if abs(value) < Decimal(10) ** (precision - scale) else None


@pytest.mark.parametrize(
    ("precision", "scale", "factor"), [(18, 2, 1), (18, 2, 10_000), (9, 1, 1), (6, 4, 1)]
)
@given(st.lists(NUMBER_TEXT, min_size=1))
def test_decimals_are_exact_and_rounded_half_up(
    precision: int, scale: int, factor: int, texts: list[str]
) -> None:
    with localcontext(prec=1000):
        expected = [
            (True, _decimal(text, precision, scale, factor))
            if NUMBER.fullmatch(text)
            else (False, None)
            for text in texts
        ]
    value = decimal_value("s", precision, scale, factor)
    typed = f"case when is_number(s) then {value} end"
    found = evaluate(f"{{'is_number': is_number(s), 'value': {typed}}}", texts)
    assert [(row["is_number"], row["value"]) for row in found] == expected


def test_booleans_are_the_agreed_words() -> None:
    words = ["是", "true", "1", "Y", "否", "false", "0", "N", "TRUE", "y", "对", "2"]
    expected = [True] * 4 + [False] * 4 + [None] * 4
    assert evaluate("parse_boolean(s)", words) == expected


# ---------------------------------------------------------------- codes


@given(st.text(st.sampled_from(USCC_CHARACTERS), min_size=17, max_size=17), st.integers(0, 17))
def test_a_uscc_passes_with_its_check_character_alone(stem: str, place: int) -> None:
    code = uscc(stem)
    others = [code[:17] + c for c in USCC_CHARACTERS if c != code[17]]
    broken = [code[:place] + c + code[place + 1 :] for c in "IOSVZ-a中"]
    assert evaluate("is_uscc(s)", [code, *others, *broken]) == [True] + [False] * 38


def test_the_standards_own_examples_pass() -> None:
    assert evaluate("is_uscc(s)", ["91350100M000100Y43", USCC, OTHER_USCC]) == [True] * 3
    assert evaluate("is_organisation_code(s)", ["D2143569X"]) == [True]
    assert evaluate("is_identity_number(s)", ["11010519491231002X"]) == [True]


@given(st.text(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"), min_size=8, max_size=8))
def test_an_organisation_code_passes_with_its_check_character_alone(stem: str) -> None:
    code = organisation_code(stem)
    others = [stem + c for c in "0123456789X" if c != code[8]]
    assert evaluate("is_organisation_code(s)", [code, *others]) == [True] + [False] * 10


@given(st.text(st.sampled_from("0123456789"), min_size=17, max_size=17))
def test_an_identity_number_passes_with_its_check_character_alone(stem: str) -> None:
    number = identity_number(stem)
    others = [stem + c for c in "0123456789X" if c != number[17]]
    assert evaluate("is_identity_number(s)", [number, *others]) == [True] + [False] * 10
