"""What two releases differ in, table by table."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from orchestration.marts import load_mart_tables
from orchestration.publish.changes import difference_counts
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
