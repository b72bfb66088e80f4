"""Values as constants of a query.

Everywhere else values are bound. Here that would be half of an explanation's time: a bound value
makes DuckDB's Python client import pandas.
"""

from __future__ import annotations

from collections.abc import Iterable


def constant(value: str) -> str:
    """A text as an SQL expression that is that text, whatever is in it."""
    return "'" + value.replace("'", "''").replace("\0", "' || chr(0) || '") + "'"


def constants(values: Iterable[str]) -> str:
    """Texts as the right side of ``in``; there must be one at least."""
    return f"({', '.join(map(constant, values))})"
