"""The models are written once: what DuckDB and Spark differ in silently is kept out of them.

What they spell differently belongs into a dispatched macro (dbt_project/macros/engine), which may
use anything; everywhere else the constructs below are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dbt_support import DBT_PROJECT

DATE = r"\w*(?:_date|_on|_until|_from|_at|day)\b"
FRACTION = r"\w*(?:_yuan|_pct|_rate|_share|hours|points|score)\b"

# What is refused, why, and one example of each; order by has its own function.
FORBIDDEN = {
    "qualify": (r"\bqualify\b", "Spark has none: rank in a subquery", "qualify row_number() = 1"),
    "union by name": (r"\bby\s+name\b", "Spark has none", "select 1 union all by name select 2"),
    "distinct on": (r"\bdistinct\s+on\b", "Spark has none", "select distinct on (a) a, b"),
    "asof join": (r"\basof\b", "Spark has none", "from a asof join b"),
    "a date less a date": (
        rf"\b{DATE}\s*-\s*(?:\w+\.)?{DATE}",
        "days in one engine, an interval in the other: days_between",
        "due_on - a.decision_date",
    ),
    "extract of a day or week": (
        r"\bextract\s*\(\s*(?:dow|isodow|dayofweek|week|doy|epoch|second)\b|\b(?:dayofweek|isodow|weekday|weekofyear)\s*\(",
        "weeks begin on other days",
        "extract(dow from due_on)",
    ),
    "a place in a list": (r"[\w)]\s*\[", "counted from 1 or from 0", "split_part_list[1]"),
    "a list literal": (r"(?<![\w)])\[", "Spark has array()", "select [1, 2]"),
    "a struct literal": (r"\{\s*'", "Spark has struct()", "select {'a': 1}"),
    "a fraction cast to an integer": (
        rf"\bcast\s*\(\s*(?:\w+\.)?{FRACTION}\s+as\s+(?:big|small|huge)?int(?:eger)?\b",
        "rounded in one engine, cut off in the other",
        "cast(fine_yuan as bigint)",
    ),
    "division": (r"(?<![/*])/(?![/*])", "rounds differently: exact_share", "amount / 3"),
    "integer division": (r"//", "Spark has div: integer_division", "7 // 2"),
    "an average": (r"\bavg\s*\(|\bmean\s*\(", "doubles add in any order", "avg(amount)"),
    "doubles": (
        r"\b(?:double|float|real)\b",
        "written out differently",
        "cast(amount as double)",
    ),
    "anything cast to text": (
        r"\bcast\s*\((?!\s*null\s+as\b)[^;]*?\bas\s+(?:string|varchar|text)\b",
        "numbers, booleans and times are written differently",
        "cast(amount as string)",
    ),
    "a cast of text to a date that may fail": (
        r"\btry_cast\s*\([^()]*\bas\s+(?:date|timestamp)\b",
        "reads other spellings",
        "try_cast(text as date)",
    ),
    "a timestamp with a zone": (
        r"\btimestamptz\b|\bat\s+time\s+zone\b",
        "it is the session's",
        "x::timestamptz",
    ),
    "the clock": (r"\bnow\s*\(|\bcurrent_(?:date|timestamp)\b", "D is a parameter", "current_date"),
    "a short cast": (r"::", "Spark has none", "a::date"),
    "concat of what may be null": (
        r"\bconcat\s*\((?!\s*';')",
        "null in Spark, left out in DuckDB: ||",
        "concat(a, b)",
    ),
    "regular expressions": (
        r"\bregexp_\w+|\brlike\b|\bsimilar\s+to\b",
        "other dialects",
        "regexp_replace(a, 'x', '')",
    ),
    "quoted identifiers": (r'"', "a text in Spark", 'select "name"'),
    "ilike or glob": (r"\bglob\b", "Spark has none", "a glob 'b*'"),
    "lists collected in any order": (
        r"\b(?:list|array_agg|collect_list|string_agg|listagg|group_concat|first|last|any_value|arg_max|mode)\s*\(",
        "in no order: sorted_join, or row_number",
        "array_agg(a)",
    ),
    "random": (r"\brandom\s*\(|\buuid\s*\(", "a run is a pure function", "random()"),
}  # fmt: skip


def _sources() -> list[Path]:
    """Every statement of the project that is not one engine's own."""
    folders = ("models", "tests", "macros/rules", "macros/tests")
    return sorted(path for folder in folders for path in (DBT_PROJECT / folder).rglob("*.sql"))


def _statement(text: str) -> str:
    """The SQL of a model: comments and texts blanked, Jinja's own expressions taken out."""
    text = re.sub(r"\{#.*?#\}", " ", text, flags=re.S)
    text = re.sub(r"\{%-? endmacro -?%\}", ";", text)
    text = re.sub(r"\{%.*?%\}", " ", text, flags=re.S)
    text = re.sub(r"\{\{\s*(?:ref|source|config|return)\(.*?\}\}", " relation ", text, flags=re.S)
    # Of a macro's call the arguments are SQL, without Jinja's quotes around them.
    text = re.sub(r"\{\{(.*?)\}\}", lambda call: re.sub("['\"]", " ", call[1]), text, flags=re.S)
    return re.sub(r"--[^\n]*", " ", text)


def _found(text: str) -> list[str]:
    """What a statement holds that it must not."""
    statement = _statement(text)
    found = [name for name, (pattern, *_) in FORBIDDEN.items() if re.search(pattern, statement)]
    unsettled = [
        key for key in _order_keys(statement) if not re.search(r"\bnulls (first|last)$", key)
    ]
    return [*found, *(f"order by {key} without nulls first or last" for key in unsettled)]


def _order_keys(statement: str) -> Iterator[str]:
    """Every key of every `order by`, its white space made single."""
    for begin in re.finditer(r"\border\s+by\b", statement):
        depth, key = 0, ""
        for character in statement[begin.end() :]:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if (
                depth < 0
                or character == ";"
                or (depth == 0 and re.search(r"\b(rows|range|limit)\s$", key + character))
            ):
                break
            if character == "," and depth == 0:
                yield " ".join(key.split())
                key = ""
            else:
                key += character
        key = re.sub(r"\b(rows|range|limit)\s*$", "", key)
        yield " ".join(key.split())


@pytest.mark.parametrize("path", _sources(), ids=lambda path: path.stem)
def test_no_statement_means_something_else_on_another_engine(path: Path) -> None:
    why = {name: reason for name, (_, reason, _) in FORBIDDEN.items()}
    found = [
        f"{name} ({why.get(name, 'nulls come first or last')})"
        for name in _found(path.read_text("utf-8"))
    ]
    assert found == [], f"{path.relative_to(DBT_PROJECT)}: {'; '.join(found)}"


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_engines_differ_in_is_seen(name: str) -> None:
    assert name in _found(FORBIDDEN[name][2])


@pytest.mark.parametrize(
    "clause",
    [
        "row_number() over (order by a)",
        "select a order by a asc nulls last, b desc",
        "sum(a) over (order by b asc rows between 1 preceding and current row)",
        "order by case when a then coalesce(b, 1) end desc",
    ],
)
def test_an_order_that_leaves_nulls_open_is_seen(clause: str) -> None:
    assert any("without nulls" in line for line in _found(clause))


@pytest.mark.parametrize(
    "statement",
    [
        "select a || b as c from {{ ref('x') }} -- a / b, qualify",
        "sum(a) over (order by b asc nulls last rows between 1 preceding and current row)",
        "{{ exact_share('rows_loaded', '(rows_loaded + rows_quarantined)') }} as rate",
        "select cast(null as string) as level, repaired_on + 30 >= as_of_date as is_recent",
        "completion_days.working_day_number - acceptance_days.working_day_number as taken",
    ],
)
def test_what_means_the_same_everywhere_is_let_through(statement: str) -> None:
    assert _found(statement) == []


def test_every_engine_macro_that_differs_is_written_for_both() -> None:
    missing = []
    for path in sorted((DBT_PROJECT / "macros" / "engine").rglob("*.sql")):
        text = path.read_text("utf-8")
        for name in re.findall(r"adapter\.dispatch\('(\w+)'\)", text):
            missing += [
                f"{engine}__{name}"
                for engine in ("default", "spark")
                if f"macro {engine}__{name}(" not in text
            ]
    assert missing == []
