"""Explanation: from a published statement back to the row of a file.

An auditor asks which rule, which clause, which unit, which file and row - and why another record
is not there. Every answer is read from the release itself: `record_disposition` ties each record
to its row, `ingested_files` each file to its SHA-256.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.errors import WrongArguments
from orchestration.home import Home
from orchestration.marts import MartTable, load_mart_tables
from orchestration.publish.digest import quoted
from orchestration.publish.store import ReleaseStore
from orchestration.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# The statements about a subject that carry no record_id rest on its records of these items.
_ITEMS_BEHIND = {
    "subjects": ("enterprise_register", "enterprise_scale"),
    "red_list": ("commendation",),
    "red_list_exclusions": ("commendation", "severe_dishonesty_determination"),
    "enterprise_evaluation": ("enterprise_register",),
    "financing_support_candidates": ("key_enterprise", "enterprise_scale"),
}

# What a record version is tied to; never a statement of its own.
_PROVENANCE_TABLES = frozenset({"record_disposition", "quarantined_rows", "ingested_files"})

# Versions that do not stand: they never support a statement.
_NOT_STANDING = ("duplicate", "conflicting_version", "superseded")


def explain(
    settings: Settings, identifier: str, *, as_of: date | None = None, reason: str | None = None
) -> dict[str, Any]:
    """Everything that a release says about a subject or record, and why.

    Args:
        settings: name the home.
        identifier: a ``subject_id`` (a USCC or a person's ``P-`` key) or a ``record_id``.
        as_of: the release of that date; the current one by default.
        reason: why a person is looked up; kept in the query log.

    Returns:
        ``{subject|record, release_id, as_of_date, statements, not_used}`` as interface.md has it.

    Raises:
        WrongArguments: there is no such release, or the release does not know the identifier.
    """
    import duckdb

    home = Home(settings.home.absolute())
    folder, release_id = _release(ReleaseStore(home), as_of)
    with duckdb.connect() as connection:
        for product in ("gov", "open"):
            connection.execute(
                f"attach '{_escaped(folder / product / 'credit.duckdb')}' as {product} (read_only)"
            )
        kind, subject_ids = _kind_of(connection, identifier)
        _log_persons(home, subject_ids, reason)
        return {
            kind: identifier,
            "release_id": release_id,
            "statements": _statements(connection, identifier, kind),
            "not_used": _not_used(connection, identifier, kind),
        }


def _release(store: ReleaseStore, as_of: date | None) -> tuple[Path, str]:
    if as_of is None:
        current = store.current()
        if current is None:
            raise WrongArguments(f"{store.home.folder} has no release yet; `credit run` makes one")
        return current[0], current[1].release_id
    for manifest in reversed(list(store.manifests())):
        if manifest.as_of_date == as_of:
            return store.folder(manifest.release_id), manifest.release_id
    raise WrongArguments(f"there is no release as of {as_of}; `credit releases list` shows them")


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")


def _kind_of(connection: DuckDBPyConnection, identifier: str) -> tuple[str, list[str]]:
    """Whether the identifier is a subject's or a record's, and whose subjects it concerns."""
    found = connection.execute(
        "select bool_or(subject_id = $1), list(distinct subject_id)"
        " from gov.marts.record_disposition where subject_id = $1 or record_id = $1",
        [identifier],
    ).fetchall()[0]
    if found[0] is None and found[1] is None:
        registered = connection.execute(
            "select count(*) from gov.marts.subjects where subject_id = $1", [identifier]
        ).fetchall()[0][0]
        if not registered:
            raise WrongArguments(
                f"the release knows no subject or record {identifier!r}; expected a USCC, a"
                " person's P- key (`credit subject-key`) or a record_id"
            )
        return "subject", [identifier]
    subjects = [subject for subject in found[1] or [] if subject is not None]
    return ("subject" if found[0] else "record"), subjects


def _log_persons(home: Home, subject_ids: list[str], reason: str | None) -> None:
    from orchestration.explain.query_log import append_query
    from orchestration.pipeline import user_name

    for subject_id in subject_ids:
        if subject_id.startswith("P-"):
            append_query(home, user_name(), "explain", subject_id, reason)


def _statements(connection: DuckDBPyConnection, identifier: str, kind: str) -> list[dict[str, Any]]:
    column = f"{kind}_id"
    found = []
    for table in load_mart_tables():
        if table.name in _PROVENANCE_TABLES or column not in table.column_names:
            continue
        cursor = connection.execute(
            f"select * from {table.product}.{table.relation} where {quoted(column)} = $1",
            [identifier],
        )
        names = [description[0] for description in cursor.description or ()]
        for row in cursor.fetchall():
            values = dict(zip(names, row, strict=True))
            found.append(
                {
                    "table": table.label,
                    "values": values,
                    "clause": table.meta.get("clause"),
                    "rule": table.meta.get("rule") or table.description,
                    "sources": _sources(connection, table, values),
                }
            )
    return found


def _sources(
    connection: DuckDBPyConnection, table: MartTable, values: dict[str, Any]
) -> list[dict[str, Any]]:
    """The rows behind a statement: of its record, else of the subject's records of the items."""
    record_id = values.get("record_id")
    if record_id is not None:
        condition, arguments = "d.record_id = $1", [record_id]
    else:
        items = _ITEMS_BEHIND.get(table.name)
        if items is None:
            return []
        listed = ", ".join(f"'{item}'" for item in items)
        condition = f"d.subject_id = $1 and d.item_code in ({listed})"
        arguments = [values.get("subject_id")]
    cursor = connection.execute(
        "select d.source_file, d.source_row, f.sha256, d.delivery_date"
        " from gov.marts.record_disposition as d"
        " left join gov.marts.ingested_files as f on d.source_file = f.source_file"
        f" where {condition} and d.disposition not in {_NOT_STANDING!r}"
        " order by d.delivery_date, d.source_file, d.source_row",
        arguments,
    )
    return [
        {"source_file": file, "source_row": row, "sha256": sha256, "delivery_date": delivered}
        for file, row, sha256, delivered in cursor.fetchall()
    ]


def _not_used(connection: DuckDBPyConnection, identifier: str, kind: str) -> list[dict[str, Any]]:
    cursor = connection.execute(
        "select record_id, disposition, detail, source_file, source_row"
        f" from gov.marts.record_disposition where {kind}_id = $1 and disposition <> 'used'"
        " order by record_id, delivery_date, source_file, source_row",
        [identifier],
    )
    names = ("record_id", "disposition", "detail", "source_file", "source_row")
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
