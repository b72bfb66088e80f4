"""The value types of catalogue section 2, as DuckDB macros over text.

Every macro takes text that is already normalised, trimmed and no null token, and gives the typed
value, or null where the text is not of the type. No number passes through a double. Casts of text
are all try_cast: the optimiser may evaluate a branch for rows that do not take it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

NULL_TOKENS = (
    "", "-", "--", "—", "——", "— —", "/", "\\", "无", "暂无", "NULL", "null", "None", "N/A",
)  # fmt: skip

_ORGANISATION_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
# Σ mod 11 → check character: 11 − Σ mod 11, where 10 is X and 11 is 0.
_ORGANISATION_CHECK = "0X987654321"

NULL_DATE = "date '1900-01-01'"
FIRST_DATE = "date '1900-01-02'"
LAST_DATE = "date '2100-12-31'"
FOR_EVER = "date '9999-12-31'"

_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?"
_ZONE = r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
_TIMESTAMP = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[ T]{_TIME}{_ZONE}?"
_DATE = (
    r"[0-9]{4}("
    r"-[0-9]{1,2}-[0-9]{1,2}|/[0-9]{1,2}/[0-9]{1,2}|\.[0-9]{1,2}\.[0-9]{1,2}"
    r"|[0-9]{4}|年[0-9]{1,2}月[0-9]{1,2}日"
    r")( 00:00:00)?"
)


def sql_text(value: str) -> str:
    """The value as an SQL string literal: for the catalogue's own words, never delivered ones."""
    return "'" + value.replace("'", "''") + "'"


def sql_list(values: tuple[str, ...]) -> str:
    """The values as comma-separated SQL string literals."""
    return ", ".join(map(sql_text, values))


def _weighted_sum(text: str, characters: str, weights: tuple[int, ...]) -> str:
    return " + ".join(
        f"{weight} * (strpos('{characters}', substr({text}, {place}, 1)) - 1)"
        for place, weight in enumerate(weights, start=1)
    )


_ORGANISATION_SUM = _weighted_sum("s", _ORGANISATION_CHARACTERS, _ORGANISATION_WEIGHTS)

_LONGEST_NULL_TOKEN = max(len(token.encode()) for token in NULL_TOKENS)

MACROS = (
    # Most texts are longer than any token, and their bytes are counted at no cost.
    f"""
    create or replace temp macro null_token(s) as
        case
            when strlen(s) > {_LONGEST_NULL_TOKEN} then s
            when s in ({sql_list(NULL_TOKENS)}) then null
            else s
        end
    """,
    # GB 32100-2015; the code is upper-cased and without white space.
    """
    create or replace temp macro is_uscc(s) as coalesce(uscc_passes(s), false)
    """,
    # GB 11714: nine characters, the hyphen before the last already removed.
    f"""
    create or replace temp macro is_organisation_code(s) as
        case
            when regexp_full_match(s, '[0-9A-Z]{{8}}[0-9X]')
                then substr(
                    '{_ORGANISATION_CHECK}',
                    ({_ORGANISATION_SUM}) % 11 + 1,
                    1
                ) = right(s, 1)
            else false
        end
    """,
    """
    create or replace temp macro without_hyphen(s) as
        case
            when length(s) = 10 and substr(s, 9, 1) = '-' then left(s, 8) || right(s, 1)
            else s
        end
    """,
    # Year 0 is none, though DuckDB counts it as 1 BC.
    f"""
    create or replace temp macro parse_date(s) as
        case
            when starts_with(s, '0000') then null
            when regexp_full_match(s, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') then try_cast(s as date)
            when regexp_full_match(s, '[0-9]{{8}}( 00:00:00)?') then try_cast(
                substr(s, 1, 4) || '-' || substr(s, 5, 2) || '-' || substr(s, 7, 2) as date
            )
            when regexp_full_match(s, '{_DATE}')
                then try_cast(translate(split_part(s, ' ', 1), '/.年月日', '----') as date)
        end
    """,
    # Asia/Shanghai is the default zone; the fraction of a second is cut off.
    f"""
    create or replace temp macro parse_timestamp(s) as
        case
            when starts_with(s, '0000') then null
            when regexp_full_match(s, '{_TIMESTAMP}') then
                case
                    when regexp_matches(s, '{_ZONE}$') then timezone(
                        'Asia/Shanghai',
                        timezone(
                            'UTC',
                            local_time(s)
                            - case
                                when right(s, 1) = 'Z' then interval 0 minute
                                else to_minutes(
                                    (case when substr(right(s, 6), 1, 1) = '-' then -1 else 1 end)
                                    * (
                                        60 * try_cast(substr(right(s, 6), 2, 2) as bigint)
                                        + try_cast(right(s, 2) as bigint)
                                    )
                                )
                            end
                        )
                    )
                    else local_time(s)
                end
        end
    """,
    r"""
    create or replace temp macro is_integer(s) as
        regexp_full_match(s, '-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)')
    """,
    r"""
    create or replace temp macro is_number(s) as
        regexp_full_match(s, '-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?')
    """,
    # The text of a decimal with zeros + scale digits behind its point.
    """
    create or replace temp macro move_point(s, zeros, scale) as
        left(s, strlen(s) - zeros - scale - 1)
        || substr(s, strlen(s) - zeros - scale + 1, zeros) || '.' || substr(s, -scale)
    """,
    """
    create or replace temp macro parse_boolean(s) as
        case
            when s in ('是', 'true', '1', 'Y') then true
            when s in ('否', 'false', '0', 'N') then false
        end
    """,
)

LOCAL_TIME = """
    create or replace temp macro local_time(s) as
        try_cast(
            substr(s, 1, 10) || ' ' || substr(s, 12, 5)
            || case
                when substr(s, 17, 1) = ':' then substr(s, 17, 3)
                else ':00'
            end
            as timestamp
        )
"""


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the connection the macros above.

    ``null_token(text)`` is null for the null tokens, else the text; ``parse_date``,
    ``parse_timestamp`` (Asia/Shanghai wall time) and ``parse_boolean`` are null for what is not of
    the type; ``is_integer``, ``is_number``, ``is_uscc`` and ``is_organisation_code`` test.
    """
    connection.execute(LOCAL_TIME)
    for macro in MACROS:
        connection.execute(macro)


def decimal_value(text: str, precision: int, scale: int, factor: int) -> str:
    """SQL for the text of a number as decimal(precision, scale), rounded half up after the factor.

    Null where the digits before the point are too many. The factor is a power of ten: rounding the
    delivered number at ``scale`` + its zeros is rounding the product at ``scale``, and the product
    is the number with its point moved.
    """
    zeros = len(str(factor)) - 1
    if factor != 10**zeros:
        raise ValueError(f"a factor must be a power of ten, found {factor}")
    rounded = f"try_cast(replace({text}, ',', '') as decimal({precision}, {scale + zeros}))"
    if not zeros:
        return rounded
    # The point is moved in the text: a product would leave 64 bits, at ten times the cost.
    moved = f"move_point(cast({rounded} as varchar), {zeros}, {scale})"
    return f"try_cast({moved} as decimal({precision}, {scale}))"
