"""What a release changed against the one before it, table by table and key by key.

For gov tables every row names the key, the kind (``added``, ``changed``, ``removed``) and the old
and new values; for open tables the key and the kind only: what left must not stay readable.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.marts import MartTable
from orchestration.parquet import read_parquet
from orchestration.publish.digest import quoted
from orchestration.publish.manifest import Manifest
from orchestration.publish.products import PARQUET, literal, parquet_path, sound_parquet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def changes_path(table: MartTable) -> str:
    """Where a table's changes lie in a release."""
    return f"changes/{table.label}.parquet"


def write_changes(
    connection: DuckDBPyConnection,
    table: MartTable,
    staging: Path,
    previous: tuple[Path, Manifest] | None,
) -> None:
    """Write the changes of one table; without a previous release every row is ``added``."""
    path = staging / changes_path(table)
    path.parent.mkdir(parents=True, exist_ok=True)
    old_entry = previous[1].table(table.label) if previous else None
    new = staging / parquet_path(table)
    if previous is None or old_entry is None:
        difference = _all_added(table, new)
    elif (previous[0] / old_entry.path).samefile(new):
        difference = f"{_all_added(table, new)} limit 0"  # hard links of one file: no change
    else:
        old = sound_parquet(previous[0], old_entry)
        difference = _difference(table, _rows(table, old), _rows(table, new))
    connection.execute(f"copy ({difference}) to {literal(path)} ({PARQUET})")


def _rows(table: MartTable, path: Path) -> str:
    """A table's rows; a release of another code version may lack a column: null then."""
    declared = ", ".join(
        f"cast(null as {column.data_type}) as {quoted(column.name)}" for column in table.columns
    )
    return f"select * from {read_parquet(path)} union all by name select {declared} where false"


def _all_added(table: MartTable, path: Path) -> str:
    """Every row of the table's new file as ``added``, in the order of the file: by key."""
    columns = [quoted(name) for name in table.key]
    if table.product == "gov":
        for column in table.columns:
            if column.name not in table.key:
                old, new = quoted(f"old_{column.name}"), quoted(f"new_{column.name}")
                columns.append(f"cast(null as {column.data_type}) as {old}")
                columns.append(f"{quoted(column.name)} as {new}")
    listed = ", ".join(columns)
    return f"select 'added' as change_kind, {listed} from read_parquet({literal(path)})"


def _difference(table: MartTable, old: str, new: str) -> str:
    """The full outer join of both states by key.

    Key columns may be null (an evaluation's summed row, a summary without city), hence the
    null-safe join.
    """
    keys = [quoted(name) for name in table.key]
    values = [quoted(name) for name in table.value_columns]
    join = " and ".join(f"o.{key} is not distinct from n.{key}" for key in keys)
    changed = " or ".join(f"o.{value} is distinct from n.{value}" for value in values) or "false"
    columns = [f"coalesce(n.{key}, o.{key}) as {key}" for key in keys]
    if table.product == "gov":
        for name in table.value_columns:
            columns.append(f"o.{quoted(name)} as {quoted('old_' + name)}")
            columns.append(f"n.{quoted(name)} as {quoted('new_' + name)}")
    order = ", ".join(f"{position} nulls first" for position in range(2, len(keys) + 2))
    return (
        f"with old_rows as (select *, true as is_there from ({old})),"
        f" new_rows as (select *, true as is_there from ({new}))"
        " select case when o.is_there is null then 'added'"
        " when n.is_there is null then 'removed' else 'changed' end as change_kind,"
        f" {', '.join(columns)}"
        f" from old_rows as o full outer join new_rows as n on {join}"
        f" where o.is_there is null or n.is_there is null or {changed}"
        f" order by {order}"
    )


def difference_counts(
    connection: DuckDBPyConnection, table: MartTable, old: Path, new: Path
) -> dict[str, int]:
    """Rows ``added``, ``changed`` and ``removed`` between two Parquet files of one table."""
    sources = (_rows(table, path) for path in (old, new))
    return {
        str(kind): int(count)
        for kind, count in connection.execute(
            f"select change_kind, count(*) from ({_difference(table, *sources)}) group by 1"
        ).fetchall()
    }


def difference_rows(
    connection: DuckDBPyConnection, table: MartTable, old: Path, new: Path
) -> list[dict[str, object]]:
    """The rows of `write_changes` between two Parquet files of one table, by column name."""
    sources = (_rows(table, path) for path in (old, new))
    found = connection.execute(_difference(table, *sources))
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
