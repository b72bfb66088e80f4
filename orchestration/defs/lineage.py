"""Column lineage of the assets, from the traced columns of the dbt project.

Tracing is done when the rules change (`python -m orchestration.lineage`), so a run pays nothing for
it. Each traced path leads from a raw column to a published one; its steps are the edges.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

from dagster import (
    AssetKey,
    MetadataValue,
    TableColumn,
    TableColumnDep,
    TableColumnLineage,
    TableMetadataValue,
    TableRecord,
    TableSchema,
)

from orchestration.lineage import load_lineage

# "schema.relation.column", or "model.column" for a model that is not published.
_ROWS = "*"
_TABLE = TableSchema(columns=[TableColumn("column"), TableColumn("made_of")])


class ColumnLineage:
    """The edges between the columns of assets; ``keys`` maps relations and models to assets."""

    def __init__(self, keys: Mapping[str, AssetKey]) -> None:
        """Read the traced columns, and know each relation by its asset."""
        self._edges: dict[AssetKey, dict[str, set[TableColumnDep]]] = {}
        for path in _paths():
            steps = [self._column(step, keys) for step in path.split(" > ")]
            for (parent, source), (child, column) in pairwise(steps):
                if parent is None or child is None or _ROWS in (source, column):
                    continue
                columns = self._edges.setdefault(child, {})
                columns.setdefault(column, set()).add(TableColumnDep(parent, source))

    @staticmethod
    def _column(step: str, keys: Mapping[str, AssetKey]) -> tuple[AssetKey | None, str]:
        relation, _, column = step.rpartition(".")
        return keys.get(relation), column

    def of(self, key: AssetKey) -> TableColumnLineage | None:
        """The columns of an asset with those that they are made of; None if none is traced."""
        columns = self._edges.get(key)
        if not columns:
            return None
        return TableColumnLineage(
            {
                column: sorted(deps, key=lambda dep: (dep.asset_key, dep.column_name))
                for column, deps in sorted(columns.items())
            }
        )

    def table_of(self, key: AssetKey) -> TableMetadataValue | None:
        """The same as a table: the open-source web interface draws no column lineage."""
        lineage = self.of(key)
        if lineage is None:
            return None
        records = [
            TableRecord(
                {
                    "column": column,
                    "made_of": ", ".join(
                        f"{dep.asset_key.to_user_string()}.{dep.column_name}" for dep in deps
                    ),
                }
            )
            for column, deps in lineage.deps_by_column.items()
        ]
        return MetadataValue.table(records, _TABLE)


@lru_cache(maxsize=1)
def _paths() -> tuple[str, ...]:
    return tuple(row.path for row in load_lineage() if row.path is not None)
