"""The feed: what the last releases showed or changed, as far as it is still public.

Entries are carried from release to release in ``data/feed.json``, which holds no name: each is a
list, the digest of a row's key, the kind of change and the release. What is said of an entry is
read from this release's tables, so what left them leaves the feed, and its digest too.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.parquet import read_parquet
from orchestration.site.lists import NAMING_LISTS, OpenList
from orchestration.site.pages import make_environment
from orchestration.site.product import rows_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MAX_ENTRIES = 200
DAYS = 30
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "credit-zhejiang.invalid")
# The columns of an entry as it is carried; ``built_at`` is the release's, Asia/Shanghai wall time.
_CARRIED = ("list", "digest", "kind", "release_id", "built_at")


def change_counts(connection: DuckDBPyConnection, changes: Path) -> dict[str, dict[str, int]]:
    """Rows added, changed and removed of every list that names subjects: numbers only."""
    return {
        entry.name: {
            row["change_kind"]: row["rows"]
            for row in rows_of(
                connection,
                "select change_kind, count(*) as rows from"
                f" {_changes_of(entry, changes)} group by 1 order by 1",
            )
        }
        for entry in NAMING_LISTS
    }


def write_feed(
    connection: DuckDBPyConnection,
    site: Path,
    changes: Path,
    previous_site: Path | None,
    counts: Mapping[str, Mapping[str, int]],
) -> None:
    """Write ``changes.atom`` and ``data/feed.json``."""
    release = rows_of(connection, "select * from release_info")[0]
    _carry(connection, previous_site)
    entries = _entries(connection, changes, release)
    carried = [{name: entry[name] for name in _CARRIED} for entry in entries]
    (site / "data").mkdir(parents=True, exist_ok=True)
    (site / "data" / "feed.json").write_text(
        json.dumps(carried, ensure_ascii=False, indent=0) + "\n", encoding="utf-8"
    )
    lists = {entry.name: entry for entry in NAMING_LISTS}
    feed = (
        make_environment("zh")
        .get_template("changes.atom.j2")
        .render(
            release=release,
            updated=_moment(release["built_at"]),
            feed_id=uuid.uuid5(_NAMESPACE, "feed").urn,
            summary_id=uuid.uuid5(_NAMESPACE, release["release_id"]).urn,
            entries=[
                {
                    **entry,
                    "list": lists[entry["list"]],
                    "updated": _moment(datetime.fromisoformat(entry["built_at"])),
                    "id": uuid.uuid5(
                        _NAMESPACE,
                        "/".join(entry[name] for name in ("list", "digest", "release_id")),
                    ).urn,
                }
                for entry in entries
            ],
            naming_lists=NAMING_LISTS,
            counts=counts,
        )
    )
    (site / "changes.atom").write_text(feed, encoding="utf-8")


def _moment(built_at: datetime) -> str:
    """Wall time in Shanghai as RFC 3339."""
    return f"{built_at:%Y-%m-%dT%H:%M:%S}+08:00"


def _changes_of(entry: OpenList, changes: Path) -> str:
    return read_parquet(changes / f"open.{entry.name}.parquet")


def _carry(connection: DuckDBPyConnection, previous_site: Path | None) -> None:
    """The entries of the previous site as the table ``carried``; none if it has no feed."""
    columns = ", ".join(f'"{name}" varchar' for name in _CARRIED)
    connection.execute(f"create or replace temp table carried ({columns})")
    source = previous_site / "data" / "feed.json" if previous_site else None
    if source is None or not source.is_file():
        return
    rows = [[entry[name] for name in _CARRIED] for entry in json.loads(source.read_bytes())]
    if rows:
        connection.executemany("insert into carried values (?, ?, ?, ?, ?)", rows)


def _entries(
    connection: DuckDBPyConnection, changes: Path, release: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The newest entries whose row this release still shows; of a row its newest change."""
    built_at: datetime = release["built_at"]
    oldest = (built_at - timedelta(days=DAYS)).isoformat()
    for name, value in (("built_at", built_at.isoformat()), ("oldest", oldest)):
        connection.execute(f"set variable {name} = ?", [value])
    connection.execute("set variable release_id = ?", [release["release_id"]])
    new = " union all ".join(f"({_new_entries(entry, changes)})" for entry in NAMING_LISTS)
    old = " union all ".join(_old_entries(entry) for entry in NAMING_LISTS)
    order = "built_at desc, release_id desc, shown_on desc, list, digest"
    return rows_of(
        connection,
        "select * exclude (newness) from (select *, row_number() over"
        f" (partition by list, digest order by {order}) as newness"
        f" from ({new} union all {old})) where newness = 1 order by {order} limit {MAX_ENTRIES}",
    )


def _new_entries(entry: OpenList, changes: Path) -> str:
    """What this release added or changed in a list; no more than the feed can hold."""
    return (
        f"select '{entry.name}' as list, md5({entry.key}) as digest, change_kind as kind,"
        " getvariable('release_id') as release_id, getvariable('built_at') as built_at,"
        f" subject_id, subject_name, cast({entry.shown_on} as date) as shown_on"
        f" from {_changes_of(entry, changes)} join {entry.name} using ({entry.key})"
        f" where change_kind <> 'removed' order by shown_on desc, digest limit {MAX_ENTRIES}"
    )


def _old_entries(entry: OpenList) -> str:
    """What earlier releases added or changed in a list, and it still shows."""
    return (
        f"select list, digest, carried.kind, release_id, built_at, subject_id, subject_name,"
        f" cast({entry.shown_on} as date) as shown_on from carried join {entry.name}"
        f" on digest = md5({entry.key})"
        f" where list = '{entry.name}' and built_at > getvariable('oldest')"
    )
