"""Every dispatched macro gives the same value on both engines, at its edges too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from decimal import Decimal
from multiprocessing import get_context
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from jinja2 import Environment

from orchestration.engines.spark_worker import open_session
from tests.dbt_support import DBT_PROJECT
from tests.spark.cluster import QUICK

pytestmark = [pytest.mark.spark, pytest.mark.timeout(900)]

Expand = Callable[..., str]
Ask = Callable[[str], Any]


def _macros(engine: str) -> dict[str, Expand]:
    """The macros of both engines' spelling, as dbt dispatches them."""
    found: dict[str, Expand] = {}

    def dispatch(name: str) -> Expand:
        return found.get(f"{engine}__{name}") or found[f"default__{name}"]

    for path in sorted((DBT_PROJECT / "macros" / "engine").glob("*.sql")):
        environment = Environment(autoescape=False)  # noqa: S701 - SQL
        environment.globals |= {
            "adapter": SimpleNamespace(dispatch=dispatch),
            "return": lambda text: text,
        }
        module = environment.from_string(path.read_text("utf-8")).make_module(found)
        found |= {
            name: macro
            for name, macro in vars(module).items()
            if callable(macro) and not name.startswith("_")
        }
    return found


@pytest.fixture(scope="module")
def ask_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Spark in a process of its own: what dbt and pyspark keep of it would meet other tests."""
    warehouse = str(tmp_path_factory.mktemp("macros") / "warehouse")
    with ProcessPoolExecutor(1, get_context("spawn"), _open_session, (warehouse,)) as spark:
        yield lambda statement: spark.submit(_ask_spark, statement).result()


def _open_session(warehouse: str) -> None:
    request = {
        "tables": [],
        "warehouse": warehouse,
        "master": "local[1]",
        "memory_limit": "1GB",
        # dbt switches it off for every statement.
        "conf": {**QUICK, "spark.sql.ansi.enabled": "false"},
    }
    open_session(request)


def _ask_spark(statement: str) -> Any:
    from pyspark.sql import SparkSession

    return SparkSession.active().sql(statement).collect()[0][0]


def _ask_duckdb(statement: str) -> Any:
    found = duckdb.sql(statement).fetchone()
    assert found is not None
    return found[0]


def _day(text: str) -> str:
    return f"cast('{text}' as date)"


HALF = "select {} from (values ('b'), ('A'), ('啊'), ('b'), (cast(null as string))) as rows_of (v)"

CASES = {
    "add_months: the month's last day": (
        "select {}",
        "add_months",
        (_day("2020-11-30"), "3"),
        date(2021, 2, 28),
    ),
    "add_months: from the last day stays": (
        "select {}",
        "add_months",
        (_day("2020-02-29"), "1"),
        date(2020, 3, 29),
    ),
    "add_months: backwards": (
        "select {}",
        "add_months",
        (_day("2020-03-31"), "-1"),
        date(2020, 2, 29),
    ),
    "add_years: leap day": ("select {}", "add_years", (_day("2020-02-29"), "5"), date(2025, 2, 28)),
    "days_between: forwards": (
        "select {}",
        "days_between",
        (_day("2020-02-28"), _day("2020-03-01")),
        2,
    ),
    "days_between: backwards": (
        "select {}",
        "days_between",
        (_day("2020-03-01"), _day("2020-02-28")),
        -2,
    ),
    "days_between: null": (
        "select {}",
        "days_between",
        ("cast(null as date)", _day("2020-02-28")),
        None,
    ),
    "month_start": ("select {}", "month_start", (_day("2020-02-29"),), date(2020, 2, 1)),
    "integer_division: cut off": ("select {}", "integer_division", ("7", "2"), 3),
    "integer_division: large": (
        "select {}",
        "integer_division",
        ("100 * cast(900 as bigint) * 1826", "1827"),
        89950,
    ),
    "points": ("select {}", "points", ("-4005",), Decimal("-40.05")),
    "points: null": ("select {}", "points", ("cast(null as bigint)",), None),
    "exact_share: half up": ("select {}", "exact_share", ("1", "32"), Decimal("0.0313")),
    "exact_share: below half": ("select {}", "exact_share", ("1", "3"), Decimal("0.3333")),
    "exact_share: all": ("select {}", "exact_share", ("7", "7"), Decimal("1.0000")),
    "exact_share: of nothing": ("select {}", "exact_share", ("0", "0"), None),
    "exact_share: large amounts": (
        "select {}",
        "exact_share",
        (
            "cast('1234567890123456.78' as decimal(18, 2))",
            "cast('9999999999999999.99' as decimal(18, 2))",
        ),
        Decimal("0.1235"),
    ),
    "sorted_join: code points, once each, no null": (HALF, "sorted_join", ("v",), "A;b;啊"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_macro_gives_the_same_on_both_engines(name: str, ask_spark: Ask) -> None:
    statement, macro, arguments, expected = CASES[name]
    on_duckdb = _ask_duckdb(statement.format(_macros("duckdb")[macro](*arguments)))
    on_spark = ask_spark(statement.format(_macros("spark")[macro](*arguments)))
    assert (on_duckdb, on_spark) == (expected, expected)


def test_every_macro_of_the_engines_is_tried() -> None:
    written = {
        name.partition("__")[2] or name for name in _macros("spark") if not name.startswith("_")
    }
    assert written == {macro for _, macro, *_ in CASES.values()}
