"""The way back: an earlier release becomes current again, and stays until `resume`.

A rollback must not bring back into the open what left it since: a repaired, expired or withdrawn
record that is shown again harms someone. It is refused unless a person gives a reason.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.errors import AuditRefused, Failure
from orchestration.marts import MartTable, load_mart_tables
from orchestration.parquet import read_parquet
from orchestration.publish.digest import quoted
from orchestration.publish.store import ReleaseStore
from orchestration.publish.verify import verify_release

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# The open tables whose rows are statements about one subject.
_SUBJECT_KEYS = frozenset({"record_id", "subject_id"})


def rollback(store: ReleaseStore, release_id: str, user: str, reason: str | None) -> None:
    """Let ``current`` point at an earlier release and hold it there.

    Raises:
        WrongArguments: there is no such release.
        AuditRefused: it would show again what left the open lists, and no reason is given.
        Failure: the release does not verify.
    """
    folder = store.folder(release_id)
    problems = verify_release(folder)
    if problems:
        raise Failure(f"release {release_id} does not verify: {problems[0]}; nothing was changed")
    again = re_exposed(store, release_id)
    if again and not (reason and reason.strip()):
        listed = ", ".join(f"{count} in {label}" for label, count in again.items())
        raise AuditRefused(
            f"rolling back to {release_id} would show again what left the open lists: {listed};"
            " give --re-expose REASON if that is right"
        )
    store.sweep()
    # The hold comes first: killed in between, nothing has moved and nothing moves unasked.
    store.set_hold(release_id, user, reason)
    store.point_current(release_id)


def re_exposed(store: ReleaseStore, release_id: str) -> dict[str, int]:
    """Per open table the rows of a release that the current release no longer shows."""
    import duckdb

    current = store.current()
    if current is None or current[1].release_id == release_id:
        return {}
    found: dict[str, int] = {}
    with duckdb.connect() as connection:
        for table in load_mart_tables():
            if table.product != "open" or not _SUBJECT_KEYS & set(table.key):
                continue
            then = store.manifest(release_id).table(table.label)
            now = current[1].table(table.label)
            if then is None:
                continue
            shown_now = current[0] / now.path if now else None
            count = _left(connection, table, store.folder(release_id) / then.path, shown_now)
            if count:
                found[table.label] = count
    return found


def _left(connection: DuckDBPyConnection, table: MartTable, then: Path, now: Path | None) -> int:
    keys = ", ".join(quoted(name) for name in table.key)
    query = f"select {keys} from {read_parquet(then)}"
    if now is not None:
        query += f" except select {keys} from {read_parquet(now)}"
    return int(connection.execute(f"select count(*) from ({query})").fetchall()[0][0])
