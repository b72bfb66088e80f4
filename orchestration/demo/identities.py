"""Codes of made-up subjects: valid by their check characters, given to nobody.

Sources: GB 32100-2015 (unified social credit code), GB 11714-1997 (organisation code),
GB 11643-1999 (resident identity number).
"""

from __future__ import annotations

USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORG_CODE_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORG_CODE_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

# No division of the country has a code that begins with 3399: no living person has such a number.
SYNTHETIC_DIVISION = "3399"

# The eighth-last character of an organisation code says who made the subject up, so that the
# population (sql/population.sql) and the cast never meet.
POPULATION_SERIES = "0"
CAST_SERIES = "C"
UNREGISTERED_SERIES = "U"


def org_code_check(body: str) -> str:
    """The check character of an organisation code's first 8 characters."""
    total = sum(
        weight * ORG_CODE_CHARACTERS.index(character)
        for weight, character in zip(_ORG_CODE_WEIGHTS, body, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def uscc_check(body: str) -> str:
    """The check character of a USCC's first 17 characters."""
    total = sum(
        weight * USCC_CHARACTERS.index(character)
        for weight, character in zip(_USCC_WEIGHTS, body, strict=True)
    )
    return USCC_CHARACTERS[(31 - total % 31) % 31]


def identity_check(body: str) -> str:
    """The check character of a resident identity number's first 17 digits."""
    total = sum(weight * int(digit) for weight, digit in zip(_IDENTITY_WEIGHTS, body, strict=True))
    return "10X98765432"[total % 11]


def _base31(number: int, length: int) -> str:
    text = ""
    for _ in range(length):
        number, digit = divmod(number, 31)
        text = USCC_CHARACTERS[digit] + text
    return text


def org_code(series: str, number: int) -> str:
    """The 9-character organisation code of the number-th subject of a series."""
    body = "MA" + series + _base31(number, 5)
    return body + org_code_check(body)


def uscc(kind: str, county_code: str, series: str, number: int) -> str:
    """The USCC of the number-th subject of a series; ``kind`` is its first two characters."""
    body = kind + county_code + org_code(series, number)
    return body + uscc_check(body)


def identity_number(birth: str, number: int) -> str:
    """The identity number of a made-up person born on ``birth`` (YYYYMMDD)."""
    body = f"{SYNTHETIC_DIVISION}{number // 1000 % 100:02d}{birth}{number % 1000:03d}"
    return body + identity_check(body)
