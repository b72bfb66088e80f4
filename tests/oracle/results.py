"""The shapes that the oracle answers in, and the parameters of a build."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

Element = TypeVar("Element")


@dataclass(frozen=True)
class Parameters:
    """The parameters of marts.md with their defaults."""

    epidemic_start_date: date = date(2020, 1, 20)
    epidemic_end_date: date = date(2020, 12, 31)
    retention_years: int = 5
    report_working_days: int = 7
    green_channel_working_days: int = 1
    ordinary_repair_working_days: int = 10
    serious_fine_yuan: int = 100000
    model_version: str = "epidemic-2020.1"


@dataclass
class Table:
    """One expected table: its columns in the order of marts.md, its rows, its key."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    key: list[str]

    def dicts(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def by_key(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        return {tuple(row[name] for name in self.key): row for row in self.dicts()}


def table(columns: str, key: str, rows: Iterable[dict[str, Any]]) -> Table:
    """A table of the named columns; a key that is there twice is an error of the oracle."""
    names, key_names = columns.split(), key.split()
    made = Table(names, [tuple(row[name] for name in names) for row in rows], key_names)
    seen = set()
    for row in made.dicts():
        value = tuple(row[name] for name in key_names)
        if value in seen:
            raise ValueError(f"key {key} twice: {value}")
        seen.add(value)
    return made


def rate(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """part / whole to four decimals, half up; None when the denominator is 0."""
    if whole == 0:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def hundredths(points: int) -> Decimal:
    """A number of hundredths of a point as points."""
    return Decimal(points).scaleb(-2).quantize(Decimal("0.01"))


def group_by(rows: Iterable[Element], key: Callable[[Element], Any]) -> dict[Any, list[Element]]:
    groups: dict[Any, list[Element]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups
