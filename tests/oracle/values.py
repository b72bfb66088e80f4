"""Single values: from what stands in a cell to what is stored, or the code of its fault.

Catalogue section 2. Every function takes one cell and says either the typed value or raises
``RowFaultError`` with the row-fault code; nothing here knows of files or rows.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Context, Decimal
from zoneinfo import ZoneInfo

# Unicode property White_Space; str.strip() would also take U+001C..U+001F.
WHITE_SPACE = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
NULL_TOKENS = frozenset(
    ["", "-", "--", "—", "——", "— —", "/", "\\", "无", "暂无", "NULL", "null", "None", "N/A"]
)
FIRST_DATE, LAST_DATE = date(1900, 1, 2), date(2100, 12, 31)
NULL_DATE = date(1900, 1, 1)
OPEN_END = date(9999, 12, 31)
OPEN_END_DATES = frozenset([date(9999, 9, 9), date(2099, 12, 31), OPEN_END])
SHANGHAI = ZoneInfo("Asia/Shanghai")
LARGEST_INTEGER = 2**63 - 1
# Amounts may have thousands of digits as delivered: no rounding before the rule rounds.
EXACT = Context(prec=70_000, Emax=999_999, Emin=-999_999)

USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORG_CODE_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORG_CODE_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class RowFaultError(Exception):
    """A value that does not load; ``codes`` are its row-fault codes."""

    def __init__(self, *codes: str) -> None:
        super().__init__(*codes)
        self.codes = codes


class ErrorCell:
    """What can be no value of any type: a spreadsheet error, a json object or array."""


ERROR_CELL = ErrorCell()

# What the readers put into a cell: None is missing, numbers come as their text.
Cell = str | bool | date | datetime | ErrorCell | None


# ---------------------------------------------------------------- text


def trim(text: str) -> str:
    start, end = 0, len(text)
    while start < end and text[start] in WHITE_SPACE:
        start += 1
    while end > start and text[end - 1] in WHITE_SPACE:
        end -= 1
    return text[start:end]


def without_white_space(text: str) -> str:
    return "".join(character for character in text if character not in WHITE_SPACE)


def nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def clean_name(name: str) -> str:
    """Section 5: NFKC, then all white space removed."""
    return without_white_space(nfkc(name))


def masked_name(name: str) -> str:
    """Section 5, display name: the first code point, one ``*`` for each other."""
    cleaned = clean_name(name)
    return cleaned[:1] + "*" * (len(cleaned) - 1)


def text_of(cell: Cell) -> str:
    """A cell as text, before trimming; Q02 for what is no value at all."""
    if isinstance(cell, ErrorCell):
        raise RowFaultError("Q02")
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (date, datetime)):
        return cell.isoformat()
    return cell


def text(cell: Cell) -> str | None:
    """Type text: identity numbers masked first, trimmed, null tokens are null."""
    found = trim(mask_identity_numbers(text_of(cell)))
    return None if found in NULL_TOKENS else found


def normal(cell: Cell) -> str | None:
    """Every other type: NFKC, then trimmed, null tokens are null."""
    found = trim(nfkc(text_of(cell)))
    return None if found in NULL_TOKENS else found


def _weighted(digits: list[int], weights: tuple[int, ...]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True))


# ---------------------------------------------------------------- identity numbers


def identity_check_passes(number_: str) -> bool:
    """GB 11643-1999: 17 digits and the check character."""
    if re.fullmatch(r"[0-9]{17}[0-9X]", number_) is None:
        return False
    total = sum(
        int(digit) * weight for digit, weight in zip(number_, IDENTITY_WEIGHTS, strict=False)
    )
    return number_[17] == "10X98765432"[total % 11]


def _is_ascii_letter_or_digit(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _is_identity_number(candidate: str) -> bool:
    if re.fullmatch(r"[0-9]{17}[0-9Xx]", candidate) is None:
        return False
    try:
        born = date(int(candidate[6:10]), int(candidate[10:12]), int(candidate[12:14]))
    except ValueError:
        return False
    return 1900 <= born.year <= 2050 and identity_check_passes(candidate.upper())


def mask_identity_numbers(found: str) -> str:
    """Section 2, first rule: six digits stay, twelve become ``*``."""
    result = found
    for start in range(len(found) - 17):
        candidate = found[start : start + 18]
        if not _is_identity_number(candidate):
            continue
        before = found[start - 1] if start > 0 else " "
        after = found[start + 18] if start + 18 < len(found) else " "
        if not _is_ascii_letter_or_digit(before) and not _is_ascii_letter_or_digit(after):
            result = result[:start] + candidate[:6] + "*" * 12 + result[start + 18 :]
    return result


def identity_number(cell: Cell) -> str | None:
    """NFKC, white space removed, upper-cased; the check depends on the kind of identity."""
    found = normal(cell)
    return None if found is None else without_white_space(found).upper()


def keyed_hash(key: str, message: str) -> str:
    """The first 32 hex digits of HMAC-SHA256."""
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()[:32]


# ---------------------------------------------------------------- codes


def uscc(cell: Cell) -> tuple[str | None, bool]:
    """GB 32100-2015; the code and whether it had to be repaired; Q04."""
    found = normal(cell)
    if found is None:
        return None, False
    found = without_white_space(found).upper()
    if uscc_check_passes(found):
        return found, False
    repaired = found.replace("I", "1").replace("O", "0")
    if uscc_check_passes(repaired):
        return repaired, True
    raise RowFaultError("Q04")


def uscc_check_passes(code: str) -> bool:
    if len(code) != 18 or any(character not in USCC_CHARACTERS for character in code):
        return False
    total = _weighted([USCC_CHARACTERS.index(c) for c in code[:17]], USCC_WEIGHTS)
    return code[17] == USCC_CHARACTERS[(31 - total % 31) % 31]


def organisation_code(cell: Cell) -> str | None:
    """GB 11714; nine characters without the hyphen; Q04."""
    found = normal(cell)
    if found is None:
        return None
    if len(found) >= 2 and found[-2] == "-":
        found = found[:-2] + found[-1]
    found = found.upper()
    if len(found) != 9 or any(c not in ORG_CODE_CHARACTERS for c in found):
        raise RowFaultError("Q04")
    total = sum(
        ORG_CODE_CHARACTERS.index(c) * w for c, w in zip(found, ORG_CODE_WEIGHTS, strict=False)
    )
    check = 11 - total % 11
    if found[8] != {10: "X", 11: "0"}.get(check, str(check)):
        raise RowFaultError("Q04")
    return found


def code(cell: Cell, allowed: tuple[str, ...]) -> str | None:
    found = normal(cell)
    if found is not None and found not in allowed:
        raise RowFaultError("Q03")
    return found


def boolean(cell: Cell) -> bool | None:
    found = normal(cell)
    if found is None:
        return None
    if found in ("是", "true", "1", "Y"):
        return True
    if found in ("否", "false", "0", "N"):
        return False
    raise RowFaultError("Q02")


def category_list(cell: Cell, allowed: tuple[str, ...]) -> str | None:
    """Penalty categories in the order of the codebook, joined with ``;``; Q03."""
    found = normal(cell)
    if found is None:
        return None
    parts = [trim(part) for part in re.split("[;；、]", found)]
    named = {"其他" if part.startswith("其他-") else part for part in parts if part != ""}
    if any(part not in allowed for part in named):
        raise RowFaultError("Q03")
    return ";".join(category for category in allowed if category in named) or None


# ---------------------------------------------------------------- numbers


def number(cell: Cell) -> Decimal | None:
    """A number exactly as delivered; Q02."""
    if isinstance(cell, (bool, date)):
        raise RowFaultError("Q02")
    found = normal(cell)
    if found is None:
        return None
    plain, grouped = r"-?[0-9]+(\.[0-9]+)?", r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?"
    if re.fullmatch(plain, found) is None and re.fullmatch(grouped, found) is None:
        raise RowFaultError("Q02")
    return EXACT.create_decimal(found.replace(",", ""))


def integer(cell: Cell, lowest: int, highest: int | None) -> int | None:
    """An integer literal within its range; Q02, Q09."""
    found = number(cell)
    if found is None:
        return None
    if "." in nfkc(text_of(cell)):
        raise RowFaultError("Q02")
    whole = int(EXACT.to_integral_value(found))
    if whole < lowest or whole > (LARGEST_INTEGER if highest is None else highest):
        raise RowFaultError("Q09")
    return whole


def half_up(amount: Decimal, scale: int) -> Decimal:
    rounded = amount.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, EXACT)
    return rounded.copy_abs() if rounded.is_zero() else rounded


def decimal(
    cell: Cell,
    *,
    precision: int,
    scale: int,
    factor: int,
    above_zero: bool,
    highest: int | None,
) -> Decimal | None:
    """Multiplied, rounded half up, then tested for range and precision; Q02, Q09."""
    found = number(cell)
    if found is None:
        return None
    rounded = half_up(EXACT.multiply(found, Decimal(factor)), scale)
    too_low = rounded <= 0 if above_zero else rounded < 0
    too_high = highest is not None and rounded > highest
    if too_low or too_high or abs(rounded) >= 10 ** (precision - scale):
        raise RowFaultError("Q09")
    return rounded


# ---------------------------------------------------------------- dates and times

DATE_FORMS = (
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})",
    r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})",
    r"([0-9]{4})\.([0-9]{1,2})\.([0-9]{1,2})",
    r"([0-9]{4})([0-9]{2})([0-9]{2})",
    r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日",
)
TIMESTAMP_FORM = (
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)


def calendar_date(cell: Cell) -> date | None:
    """Any of the date forms; Q02."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool):
        raise RowFaultError("Q02")
    found = normal(cell)
    if found is None:
        return None
    for form in DATE_FORMS:
        match = re.fullmatch(form + "( 00:00:00)?", found)
        if match is not None:
            try:
                return date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError:
                raise RowFaultError("Q02") from None
    raise RowFaultError("Q02")


def past_and_range_codes(found: date, not_after: date | None) -> list[str]:
    codes = [] if FIRST_DATE <= found <= LAST_DATE else ["Q09"]
    if not_after is not None and found > not_after:
        codes.append("Q05")
    return codes


def dated(cell: Cell, *, until: bool, not_after: date | None) -> date | None:
    """A date within the calendar that the contract knows; Q02, Q05, Q09."""
    if until and isinstance(cell, str) and normal(cell) == "长期":
        return OPEN_END
    found = calendar_date(cell)
    if found is None or found == NULL_DATE:
        return None
    if until and found in OPEN_END_DATES:
        return OPEN_END
    codes = past_and_range_codes(found, not_after)
    if codes:
        raise RowFaultError(*codes)
    return found


def _is_null_date(found: str) -> bool:
    """1900-01-01 "in any form" is null for every type, also where a time is expected."""
    try:
        return calendar_date(found) == NULL_DATE
    except RowFaultError:
        return False


def timestamp(cell: Cell, not_after: date | None) -> datetime | None:
    """Asia/Shanghai wall time without fraction; Q02, Q05, Q09."""
    found = normal(cell)
    if found is None or _is_null_date(found):
        return None
    match = re.fullmatch(TIMESTAMP_FORM, found)
    if match is None:
        raise RowFaultError("Q02")
    try:
        wall = datetime(*(int(part or 0) for part in match.groups()[:6]))  # type: ignore[arg-type]
    except ValueError:
        raise RowFaultError("Q02") from None
    wall = _in_shanghai(wall, match[7])
    if wall.date() == NULL_DATE:
        return None
    codes = past_and_range_codes(wall.date(), not_after)
    if codes:
        raise RowFaultError(*codes)
    return wall


def _in_shanghai(wall: datetime, offset: str | None) -> datetime:
    if offset is None:
        return wall
    hours, minutes = (0, 0) if offset == "Z" else (int(offset[1:3]), int(offset[4:6]))
    if hours > 23 or minutes > 59:
        raise RowFaultError("Q02")
    difference = timedelta(hours=hours, minutes=minutes)
    zone = timezone(-difference if offset[0] == "-" else difference)
    try:
        return wall.replace(tzinfo=zone).astimezone(SHANGHAI).replace(tzinfo=None)
    except OverflowError:
        return wall  # the first or last day of all: out of range without conversion, too
