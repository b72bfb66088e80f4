"""Explanation: from a published statement back to the row of a file.

An auditor asks which rule, which clause, which unit, which file and row, when it became known, what
was said before - and why another record is not there. Every answer is read from the releases
themselves: `record_disposition` ties each record to its row, `ingested_files` each file to its
SHA-256, and ``changes/`` each release to the one before.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from orchestration.errors import WrongArguments
from orchestration.home import Home
from orchestration.publish.products import literal
from orchestration.publish.store import ReleaseStore
from orchestration.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from orchestration.explain.evidence import RecordVersion
    from orchestration.publish.manifest import Manifest


def explain(
    settings: Settings, identifier: str, *, as_of: date | None = None, reason: str | None = None
) -> dict[str, Any]:
    """Everything that a release says about a subject or record, and why.

    Args:
        settings: name the home.
        identifier: a ``subject_id`` (a USCC or a person's ``P-`` key) or a ``record_id``.
        as_of: the release that answered on that date; the current one by default.
        reason: why a person is looked up; kept in the query log.

    Returns:
        ``{subject|record, release_id, as_of_date, statements, score, not_used, history}``, the
        first parts as interface.md has them; ``score`` only for an evaluated enterprise.

    Raises:
        WrongArguments: there is no such release, or the release does not know the identifier.
    """
    import duckdb

    try:
        identifier.encode()
    except UnicodeEncodeError:  # bytes on the command line that are no text
        raise _unknown(identifier) from None

    from orchestration.explain.evidence import record_versions
    from orchestration.explain.history import history
    from orchestration.explain.score import score_arithmetic
    from orchestration.explain.statements import statements

    home = Home(settings.home.absolute())
    store = ReleaseStore(home)
    manifest = _release(store, as_of)
    with duckdb.connect() as connection:
        _attach(connection, store, manifest)
        versions = record_versions(connection, identifier)
        _log_persons(home, identifier, versions, reason)
        kind = _kind(connection, identifier, versions)
        explanation = {
            kind: identifier,
            "release_id": manifest.release_id,
            "as_of_date": manifest.as_of_date,
            "statements": statements(connection, identifier, kind, versions),
            "not_used": [v.as_not_used() for v in versions if v.disposition != "used"],
        }
        if kind == "subject" and (score := score_arithmetic(connection, identifier)):
            explanation["score"] = score
        record_ids = sorted({version.record_id for version in versions})
        explanation["history"] = history(
            connection, store, manifest.release_id, identifier, record_ids
        )
        return explanation


def _release(store: ReleaseStore, as_of: date | None) -> Manifest:
    """The current release, or the newest one that had answered for ``as_of``."""
    if as_of is None:
        current = store.current()
        if current is None:
            raise WrongArguments(f"{store.home.folder} has no release yet; `credit run` makes one")
        return current[1]
    for manifest in reversed(list(store.manifests())):
        if manifest.as_of_date <= as_of:
            return manifest
    raise WrongArguments(
        f"there is no release as of {as_of} or before; `credit releases list` shows them"
    )


def _attach(connection: DuckDBPyConnection, store: ReleaseStore, manifest: Manifest) -> None:
    connection.execute("set autoinstall_known_extensions = false")
    connection.execute("set autoload_known_extensions = false")
    folder = store.home.releases / manifest.release_id
    for product in ("gov", "open"):
        path = folder / product / "credit.duckdb"
        connection.execute(f"attach {literal(path)} as {product} (read_only)")


def _kind(connection: DuckDBPyConnection, identifier: str, versions: list[RecordVersion]) -> str:
    """``subject`` or ``record``: what the identifier names."""
    if any(version.subject_id == identifier for version in versions):
        return "subject"
    if versions:
        return "record"
    found = connection.execute(
        f"select count(*) from gov.marts.subjects where subject_id = {literal(identifier)}"
    ).fetchall()
    if found[0][0]:
        return "subject"
    raise _unknown(identifier)


def _unknown(identifier: str) -> WrongArguments:
    return WrongArguments(
        f"the release knows no subject or record {identifier!r}; expected a USCC, a"
        " person's P- key (`credit subject-key`) or a record_id"
    )


def _log_persons(
    home: Home, identifier: str, versions: list[RecordVersion], reason: str | None
) -> None:
    """Put on record whose data is looked at, before any of it is shown (Reg. Art. 20)."""
    subjects = {identifier, *(version.subject_id for version in versions)}
    persons = sorted(subject for subject in subjects if subject and subject.startswith("P-"))
    if persons:
        from orchestration.explain.query_log import append_query
        from orchestration.pipeline import user_name

        for person in persons:
            append_query(home, user_name(), "explain", person, reason)
