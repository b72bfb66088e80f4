"""One json value at a time: numbers by their literal, names as delivered, any depth.

Python's own scanner reads all but the deepest values; where it runs out of stack, a scanner
without recursion takes over, so that how deep a value may be does not depend on who called.
"""

from __future__ import annotations

import json
import re
from json import decoder
from typing import Any, NoReturn

from orchestration.ingest.readers.records import NESTED, Value

_WHITE_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORD = re.compile(r"true|false|null")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)


class ObjectPairs(list[tuple[str, Any]]):
    """An object: its names and values in order, names that stand twice included."""


class Literal(str):
    """A number as it was written."""

    __slots__ = ()


class NoJson(ValueError):
    """The text is no json; ``position`` is where that shows."""

    def __init__(self, position: int, *, may_go_on: bool = False) -> None:
        super().__init__(f"no json at character {position}")
        self.position = position
        self.may_go_on = may_go_on


def _refuse_constant(name: str) -> NoReturn:
    raise NoJson(0)  # NaN and Infinity are no json


_DECODER = json.JSONDecoder(
    object_pairs_hook=ObjectPairs,
    parse_int=Literal,
    parse_float=Literal,
    parse_constant=_refuse_constant,
)


def skip_white_space(text: str, at: int) -> int:
    """The next place that is no white space of json."""
    match = _WHITE_SPACE.match(text, at)
    return at if match is None else match.end()


def scan_value(text: str, at: int) -> tuple[Any, int]:
    """The value that begins at ``at`` and where it ends; raises NoJson.

    Objects are ObjectPairs, numbers Literal; a value too deep for the stack comes as
    ObjectPairs with NESTED for what is nested, or as NESTED.
    """
    try:
        return _DECODER.raw_decode(text, at)
    except RecursionError:
        return _scan_deep(text, at)
    except json.JSONDecodeError as error:
        raise NoJson(error.pos, may_go_on=error.msg.startswith("Unterminated")) from None
    except NoJson:
        raise NoJson(at) from None


def record_values(pairs: ObjectPairs) -> list[tuple[str, Value]]:
    """The names of an object with their values as text; what is nested as NESTED."""
    return [(name, _value_text(value)) for name, value in pairs]


def _value_text(value: Any) -> Value:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return NESTED


def has_bad_character(text: str, start: int, end: int) -> bool:
    r"""Whether a string in ``text[start:end]`` holds ``\u0000`` or a lone surrogate (Q07)."""
    if text.find("\\u", start, end) < 0:
        return False
    high_at = -1
    for escape in _ESCAPE.finditer(text, start, end):
        code = int(escape[1], 16) if escape[1] else -1
        follows_high = high_at == escape.start()
        if high_at >= 0 and not (follows_high and 0xDC00 <= code <= 0xDFFF):
            return True
        if code == 0 or (0xDC00 <= code <= 0xDFFF and not follows_high):
            return True
        high_at = escape.end() if 0xD800 <= code <= 0xDBFF else -1
    return high_at >= 0


# ---------------------------------------------------------------- without recursion


def _scan_deep(text: str, at: int) -> tuple[Any, int]:
    if text[at] == "[":
        return NESTED, _skip_nested(text, at)
    pairs = ObjectPairs()
    at = skip_white_space(text, at + 1)
    if text[at : at + 1] == "}":
        return pairs, at + 1
    while True:
        name, at = _string(text, at)
        at = skip_white_space(text, _expect(text, skip_white_space(text, at), ":"))
        if text[at : at + 1] in ("{", "["):
            value: Any = NESTED
            at = _skip_nested(text, at)
        else:
            value, at = scan_value(text, at)
        pairs.append((name, value))
        at = skip_white_space(text, at)
        if text[at : at + 1] == "}":
            return pairs, at + 1
        at = skip_white_space(text, _expect(text, at, ","))


def _expect(text: str, at: int, mark: str) -> int:
    if text[at : at + 1] != mark:
        raise NoJson(at)
    return at + 1


def _string(text: str, at: int) -> tuple[str, int]:
    at = _expect(text, at, '"')
    try:
        found: tuple[str, int] = decoder.scanstring(text, at, True)  # type: ignore[attr-defined]
        return found
    except json.JSONDecodeError as error:
        raise NoJson(error.pos, may_go_on=error.msg.startswith("Unterminated")) from None


def _skip_nested(text: str, at: int) -> int:
    """Where the object or array that begins at ``at`` ends; its marks are on a stack of bytes."""
    open_marks = bytearray()
    while True:
        at = _open_values(text, at, open_marks)
        while True:  # a value has ended: what may follow it?
            at = skip_white_space(text, at)
            mark = text[at : at + 1]
            if not open_marks:
                return at
            is_object = open_marks[-1] == ord("{")
            if mark == ",":
                at = skip_white_space(text, at + 1)
                at = _name(text, at) if is_object else at
                break
            if mark != ("}" if is_object else "]"):
                raise NoJson(at)
            open_marks.pop()
            at += 1


def _open_values(text: str, at: int, open_marks: bytearray) -> int:
    """Go into objects and arrays until a value ends; where that is."""
    while True:
        mark = text[at : at + 1]
        if mark not in ("{", "["):
            return _scalar(text, at)
        after = skip_white_space(text, at + 1)
        if text[after : after + 1] == ("}" if mark == "{" else "]"):
            return after + 1
        open_marks.append(ord(mark))
        at = _name(text, after) if mark == "{" else after


def _name(text: str, at: int) -> int:
    _, at = _string(text, at)
    return skip_white_space(text, _expect(text, skip_white_space(text, at), ":"))


def _scalar(text: str, at: int) -> int:
    if text[at : at + 1] == '"':
        return _string(text, at)[1]
    match = _NUMBER.match(text, at) or _WORD.match(text, at)
    if match is None:
        raise NoJson(at)
    return match.end()
