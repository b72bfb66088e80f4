"""Unicode normalisation in bulk: white space, NFKC and cleaned names (catalogue sections 2 and 5).

DuckDB knows neither NFKC nor trimming by Unicode White_Space. Almost every delivered value is
already in its normal form, which one regular expression proves; only the others reach Python,
a vector at a time.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

# Unicode White_Space (PropList.txt); Python's str.strip() also takes U+001C to U+001F.
WHITE_SPACE = "".join(
    map(
        chr,
        (
            *range(0x09, 0x0E),
            0x20,
            0x85,
            0xA0,
            0x1680,
            *range(0x2000, 0x200B),
            0x2028,
            0x2029,
            0x202F,
            0x205F,
            0x3000,
        ),
    )
)

# Code points that NFKC leaves alone, wherever they stand: ASCII, the dashes and quotation marks of
# Chinese text, and CJK ideographs (3400-4DBF, 4E00-9FFF). They neither decompose nor compose.
_INERT_BEYOND_ASCII = (
    r"\x{2014}\x{2018}-\x{201D}\x{3001}-\x{3003}\x{3008}-\x{3011}"
    r"\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}"
)
_NOT_INERT = rf"[^\x00-\x7F{_INERT_BEYOND_ASCII}]"
_NOT_INERT_OR_SPACE = rf"[^!-~{_INERT_BEYOND_ASCII}]"
# The brackets of half of all firms' names, which become ASCII.
_NOR_BRACKETS = rf"[^!-~{_INERT_BEYOND_ASCII}\x{{FF08}}\x{{FF09}}]"
_SPACE_RUN = "[" + "".join(rf"\x{{{ord(space):04X}}}" for space in WHITE_SPACE) + "]+"


def _may_be_space(code: str) -> str:
    """SQL: whether a code point lies where white space can; no ASCII sign and no ideograph does.

    A few comparisons instead of twenty-five. Of an empty text the code is -1.
    """
    beyond = sorted(ord(space) for space in WHITE_SPACE if ord(space) > 0x7F)
    return f"({code} between 0 and 32 or {code} between {beyond[0]} and {beyond[-1]})"


def vectorised(
    connection: duckdb.DuckDBPyConnection, name: str, function: Callable[[str], str]
) -> None:
    """Give the connection ``name(text) -> text``, called a vector at a time, null for null."""
    import pyarrow as pa
    from duckdb.func import PythonUDFType

    def over_vector(texts: Any) -> Any:
        return pa.array(
            [None if text is None else function(text) for text in texts.to_pylist()], pa.string()
        )

    connection.create_function(name, over_vector, ["VARCHAR"], "VARCHAR", type=PythonUDFType.ARROW)


MACROS = (
    # Looking at the two ends first is many times as fast as trimming every value; substr(s, -1)
    # finds the last character from behind, which right(s, 1) does not.
    f"""
    create or replace temp macro trim_space(s) as
        case
            when {_may_be_space("unicode(s)")} or {_may_be_space("unicode(substr(s, -1))")}
                then trim(s, '{WHITE_SPACE}')
            else s
        end
    """,
    # As many bytes as characters: ASCII, which is its own NFKC.
    f"""
    create or replace temp macro nfkc_text(s) as
        case
            when strlen(s) = length(s) then s
            when regexp_matches(s, '{_NOT_INERT}') then nfkc(s)
            else s
        end
    """,
    # DuckDB has the simple case mapping, Unicode (and so a key made elsewhere) the full one.
    """
    create or replace temp macro upper_text(s) as
        case when strlen(s) = length(s) then upper(s) else full_upper(s) end
    """,
    f"""
    create or replace temp macro without_space(s) as
        regexp_replace(s, '{_SPACE_RUN}', '', 'g')
    """,
    """
    create or replace temp macro ascii_brackets(s) as
        replace(replace(s, '（', '('), '）', ')')
    """,
    f"""
    create or replace temp macro clean_name(s) as
        case
            when not regexp_matches(s, '{_NOT_INERT_OR_SPACE}') then s
            when not regexp_matches(s, '{_NOR_BRACKETS}') then ascii_brackets(s)
            else without_space(nfkc(s))
        end
    """,
)


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the connection ``nfkc`` and the macros above.

    ``trim_space``, ``nfkc_text``, ``upper_text``, ``without_space`` and ``clean_name`` (catalogue
    section 5: NFKC, then all white space removed) take a text, and are null for null.
    """
    vectorised(connection, "nfkc", lambda text: unicodedata.normalize("NFKC", text))
    vectorised(connection, "full_upper", str.upper)
    for macro in MACROS:
        connection.execute(macro)
