"""What two releases differ in, table by table, and within a table row by row."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from orchestration.errors import WrongArguments
from orchestration.marts import load_mart_tables
from orchestration.publish.changes import difference_counts, difference_rows
from orchestration.publish.store import ReleaseStore


class TableDifference(BaseModel):
    """How one table differs: rows added, changed and removed on the way from A to B, by key."""

    model_config = ConfigDict(frozen=True)

    table: str
    added: int
    changed: int
    removed: int


def differences(store: ReleaseStore, first: str, second: str) -> list[TableDifference]:
    """Every table whose content digest differs between two releases.

    Raises:
        WrongArguments: one of them does not exist.
    """
    import duckdb

    old, new = store.manifest(first), store.manifest(second)
    found = []
    with duckdb.connect() as connection:
        for table in load_mart_tables():
            before, after = old.table(table.label), new.table(table.label)
            if before is None or after is None or before.content_digest == after.content_digest:
                continue
            counts = difference_counts(
                connection,
                table,
                store.folder(first) / before.path,
                store.folder(second) / after.path,
            )
            found.append(
                TableDifference(
                    table=table.label,
                    added=counts.get("added", 0),
                    changed=counts.get("changed", 0),
                    removed=counts.get("removed", 0),
                )
            )
    return found


class RowDifference(BaseModel):
    """How one row differs: its key, and for gov tables the values that changed."""

    model_config = ConfigDict(frozen=True)

    kind: str
    key: dict[str, Any]
    old: dict[str, Any]
    new: dict[str, Any]


def row_differences(
    store: ReleaseStore, first: str, second: str, label: str
) -> list[RowDifference]:
    """Every row of ``product.table`` that came, went or changed from one release to another.

    ``old`` and ``new`` hold the values that differ; they are empty for open tables, whose rows are
    told by key and kind only.

    Raises:
        WrongArguments: a release or the table does not exist.
    """
    import duckdb

    table = next((table for table in load_mart_tables() if table.label == label), None)
    entries = [store.manifest(release_id).table(label) for release_id in (first, second)]
    if table is None or None in entries:
        raise WrongArguments(f"{label} is no table of both releases; expected gov.… or open.…")
    old, new = (
        store.folder(release_id) / entry.path
        for release_id, entry in zip((first, second), entries, strict=True)
        if entry is not None
    )
    with duckdb.connect() as connection:
        rows = difference_rows(connection, table, old, new)
    found = []
    for row in rows:
        values = [
            (name, row[f"old_{name}"], row[f"new_{name}"])
            for name in (table.value_columns if table.product == "gov" else ())
        ]
        differing = [(name, was, now) for name, was, now in values if was != now]
        found.append(
            RowDifference(
                kind=str(row["change_kind"]),
                key={name: row[name] for name in table.key},
                old={name: was for name, was, _ in differing if row["change_kind"] != "added"},
                new={name: now for name, _, now in differing if row["change_kind"] != "removed"},
            )
        )
    return found
