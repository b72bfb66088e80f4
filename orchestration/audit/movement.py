"""How the build moved against the release before it: warnings, for people to look at.

A jump refuses nothing - lists grow in an epidemic - but somebody should know before others do. What
shrinks without a reason is the removal guard's (orchestration.publish.guard).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.marts import MartTable, load_mart_tables
from orchestration.parquet import read_parquet
from orchestration.publish.manifest import Manifest

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# A table that changes by less than this is at work, not in trouble.
ROW_SHARE = 0.2
ROW_MINIMUM = 10
# Points of the share of values that are given; below so many rows chance does that.
FILL_SHARE = 0.1
FILL_MINIMUM = 50
# Points of the share of a grade among the evaluated enterprises.
GRADE_SHARE = 0.05


def movements(
    connection: DuckDBPyConnection, previous: tuple[Path, Manifest] | None
) -> Iterator[str]:
    """One line per jump in row counts, fill rates and grade shares; none without a release before.

    ``connection`` is to the build database; it only needs to read.
    """
    if previous is None:
        return
    folder, manifest = previous
    for table in load_mart_tables():
        entry = manifest.table(table.label)
        if entry is None or (table.product == "open" and table.schema_name == "codebooks"):
            continue
        source = read_parquet(folder / entry.path)
        before, after = _fill(connection, table, source), _fill(connection, table, table.relation)
        yield from _row_jump(table, before["*"], after["*"])
        yield from _fill_jumps(table, before, after)
        if table.label == "gov.enterprise_evaluation":
            yield from _grade_jumps(connection, source, table.relation)


def _fill(connection: DuckDBPyConnection, table: MartTable, source: str) -> dict[str, int]:
    """How many values each column has, and under ``*`` how many rows there are."""
    there = {row[0] for row in connection.execute(f"describe select * from {source}").fetchall()}
    columns = [name for name in table.column_names if name in there]
    counts = ", ".join(f'count("{name}")' for name in columns)
    counted = connection.execute(f"select count(*), {counts} from {source}").fetchall()[0]
    return dict(zip(["*", *columns], map(int, counted), strict=True))


def _row_jump(table: MartTable, before: int, after: int) -> Iterator[str]:
    moved = abs(after - before)
    if moved >= ROW_MINIMUM and moved > ROW_SHARE * before:
        yield f"{table.label} went from {before} to {after} rows"


def _fill_jumps(table: MartTable, before: dict[str, int], after: dict[str, int]) -> Iterator[str]:
    if min(before["*"], after["*"]) < FILL_MINIMUM:
        return
    for name in before.keys() & after.keys() - {"*"}:
        was, now = before[name] / before["*"], after[name] / after["*"]
        if abs(now - was) > FILL_SHARE:
            yield f"{table.label}.{name} is given in {now:.0%} of the rows, it was in {was:.0%}"


def _grade_jumps(connection: DuckDBPyConnection, before: str, after: str) -> Iterator[str]:
    rows = connection.execute(
        f"""
        with was as (
            select grade, count(*) / sum(count(*)) over () as share from {before} group by grade
        ),
        now as (
            select grade, count(*) / sum(count(*)) over () as share from {after} group by grade
        )
        select grade, coalesce(was.share, 0), coalesce(now.share, 0)
        from was full join now using (grade)
        order by grade
        """
    ).fetchall()
    for grade, was, now in rows:
        if abs(now - was) > GRADE_SHARE:
            yield f"grade {grade} has {now:.0%} of the evaluated enterprises, it had {was:.0%}"
