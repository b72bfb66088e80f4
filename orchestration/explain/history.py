"""What changed about a subject or record from release to release, and why.

The chain of releases is followed through ``previous_release_id``; each release keeps what it
changed (``changes/``), so that nothing is compared anew. Tables whose digest did not change are not
opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from orchestration.explain.statements import statement_tables
from orchestration.explain.wording import bilingual, disposition_in_words
from orchestration.marts import MartTable, load_mart_tables
from orchestration.parquet import read_parquet
from orchestration.publish.changes import changes_path
from orchestration.publish.digest import quoted
from orchestration.publish.manifest import Manifest
from orchestration.publish.products import literal, literals
from orchestration.publish.store import ReleaseStore

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def chain(store: ReleaseStore, release_id: str) -> list[Manifest]:
    """The releases from ``release_id`` back, as far as they are kept; newest first."""
    known = set(store.release_ids())
    found: list[Manifest] = []
    here: str | None = release_id
    while here in known:
        found.append(store.manifest(str(here)))
        known.discard(str(here))
        here = found[-1].previous_release_id
    return found


def history(
    connection: DuckDBPyConnection,
    store: ReleaseStore,
    release_id: str,
    identifier: str,
    record_ids: Sequence[str],
) -> list[dict[str, Any]]:
    """Every step of the chain that changed a statement about the identifier, oldest first.

    The chain is the current release's where that one came after ``release_id``, so that a look
    back also shows what became of the statement since. What the oldest release kept says is where
    the history begins: earlier steps were retired.

    Returns:
        ``[{release_id, as_of_date, previous_release_id, changes: [{table, change, key, old, new}],
        why: [...]}]``; open tables name the key only.
    """
    releases = chain(store, release_id)
    current = store.current_id()
    if current and current != release_id:
        longer = chain(store, current)
        if release_id in {manifest.release_id for manifest in longer}:
            releases = longer
    steps = list(pairwise(releases))
    found: dict[str, list[dict[str, Any]]] = {}
    for table in statement_tables():
        for step_id, change in _changes(connection, store, table, steps, identifier, record_ids):
            found.setdefault(step_id, []).append(change)
    causes = _disposition_causes(connection, store, steps, identifier, record_ids)
    return [
        {
            "release_id": new.release_id,
            "as_of_date": new.as_of_date,
            "previous_release_id": old.release_id,
            "changes": found.get(new.release_id, []),
            "why": causes.get(new.release_id, []) + _release_causes(new, old),
        }
        for new, old in reversed(steps)
        if new.release_id in found or new.release_id in causes
    ]


def _changes(
    connection: DuckDBPyConnection,
    store: ReleaseStore,
    table: MartTable,
    steps: Sequence[tuple[Manifest, Manifest]],
    identifier: str,
    record_ids: Sequence[str],
) -> list[tuple[str, dict[str, Any]]]:
    paths = {}
    for new, old in steps:
        if new.digests.get(table.label) != old.digests.get(table.label):
            path = store.home.releases / new.release_id / changes_path(table)
            if path.is_file():
                paths[str(path)] = new.release_id
    if not paths:
        return []
    cursor = connection.execute(
        f"select * from {read_parquet(*paths, options='union_by_name = true, filename = true')}"
        f" where {_concerns(table, identifier, record_ids)}"
    )
    names = [description[0] for description in cursor.description or ()]
    rows = (dict(zip(names, row, strict=True)) for row in cursor.fetchall())
    return [(paths[row["filename"]], _change(table, row)) for row in rows]


def _concerns(table: MartTable, identifier: str, record_ids: Sequence[str]) -> str:
    """The condition on a changes file for rows about the identifier."""
    names = set(table.column_names)
    columns = []
    for name in ("subject_id", "record_id"):
        if name in table.key:
            columns.append(quoted(name))
        elif name in names and table.product == "gov":
            columns += [quoted(f"old_{name}"), quoted(f"new_{name}")]
    parts = [f"{column} = {literal(identifier)}" for column in columns]
    if "record_id" in table.key and record_ids:
        parts.append(f'"record_id" in {literals(record_ids)}')
    return " or ".join(parts) or "false"


def _change(table: MartTable, row: Mapping[str, Any]) -> dict[str, Any]:
    moved = [
        name for name in table.value_columns if row.get(f"old_{name}") != row.get(f"new_{name}")
    ]
    kind = row["change_kind"]
    return {
        "table": table.label,
        "change": kind,
        "key": {name: row[name] for name in table.key},
        "old": {name: row.get(f"old_{name}") for name in moved} if kind != "added" else None,
        "new": {name: row.get(f"new_{name}") for name in moved} if kind != "removed" else None,
    }


def _disposition_causes(
    connection: DuckDBPyConnection,
    store: ReleaseStore,
    steps: Sequence[tuple[Manifest, Manifest]],
    identifier: str,
    record_ids: Sequence[str],
) -> dict[str, list[str]]:
    """What arrived about the identifier in each step, and what became of earlier versions."""
    table = next(t for t in load_mart_tables() if t.label == "gov.record_disposition")
    found: dict[str, list[str]] = {}
    for step_id, change in _changes(connection, store, table, steps, identifier, record_ids):
        old, new = change["old"] or {}, change["new"] or {}
        where = f"{change['key']['source_file']} row {change['key']['source_row']}"
        if change["change"] == "added":
            words = disposition_in_words(new["disposition"], new.get("detail"))
            line = f"新到记录 new delivery: {where} ({words})"
        elif change["change"] == "removed":
            line = f"不再采用的来源 no longer a source: {where}"
        elif "disposition" in new:
            before = disposition_in_words(old["disposition"])
            after = disposition_in_words(new["disposition"], new.get("detail"))
            line = f"处理结果变化 disposition changed: {where}: {before} → {after}"
        else:
            line = f"主体匹配变化 subject matched anew: {where}"
        found.setdefault(step_id, []).append(line)
    return found


def _release_causes(new: Manifest, old: Manifest) -> list[str]:
    """What differs between two releases as a whole: the day, the rules, the parameters."""
    lines = []
    if new.as_of_date != old.as_of_date:
        moved = f"{old.as_of_date} → {new.as_of_date}"
        lines.append(bilingual((f"截至日期 {moved}", f"The as-of date moved, {moved}")))
    if new.code_version != old.code_version:
        moved = f"{old.code_version} → {new.code_version}"
        lines.append(bilingual((f"规则代码版本 {moved}", f"The code of the rules, {moved}")))
    for name in sorted({*new.parameters, *old.parameters}):
        before, after = old.parameters.get(name), new.parameters.get(name)
        if before != after:
            moved = f"{name} {before} → {after}"
            lines.append(bilingual((f"参数 {moved}", f"Parameter {moved}")))
    return lines
