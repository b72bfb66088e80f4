"""What commands show to people: plain tables on standard error, nothing that a file could forge.

Every text that comes from a delivery is shown with its control and direction characters made
visible, so that a name can neither move the cursor nor turn the line around.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from orchestration.ingest.check import CheckReport
    from orchestration.ingest.quarantine import QuarantineCount
    from orchestration.pipeline import Run
    from orchestration.publish.manifest import Manifest
    from orchestration.publish.store import Hold

# Categories that change how a terminal shows the rest: controls, formats (bidi), surrogates.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def harmless(value: object) -> str:
    r"""A value as text that a terminal shows as itself: unsafe characters as ``\u{…}``."""
    return "".join(
        f"\\u{{{ord(character):x}}}"
        if unicodedata.category(character) in _UNSAFE_CATEGORIES
        else character
        for character in ("" if value is None else str(value))
    )


def console() -> Console:
    """Standard error; values are shown as they are, never as markup."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A plain table; every cell is made harmless."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(Text(harmless(value)) for value in row))
    return made


def show_run(run: Run) -> None:
    """What a run did, in a few lines."""
    screen = console()
    report = run.report()
    if report["status"] == "nothing_to_do":
        screen.print("Nothing to do: no delivery up to today.")
        return
    release_id = report["release_id"]
    if report["status"] == "unchanged":
        screen.print(f"Nothing new: release {release_id} already says all of this.")
    else:
        screen.print(f"Published release {release_id} as of {report['as_of_date']}.")
    if not report["is_current"]:
        screen.print(f"`current` stays at {run.store.current_id()}.")
    files, rows = report["files"], report["rows"]
    screen.print(
        f"Files: {files['taken']} taken, {files['refused']} refused, {files['skipped']} skipped."
    )
    screen.print(
        f"Rows: {rows['delivered']} delivered, {rows['loaded']} loaded,"
        f" {rows['quarantined']} quarantined, {rows['dropped']} dropped (natural-person donors)."
    )


# The lists that the demo's screen counts, with their Chinese names.
_LISTS = (
    ("gov.dishonesty_records", "失信记录"),
    ("open.dishonesty", "失信公示"),
    ("gov.severe_dishonesty_list", "严重失信名单"),
    ("gov.red_list", "红名单"),
    ("gov.positive_records", "守信记录"),
    ("gov.credit_repair_cases", "信用修复"),
    ("gov.overdue_relief", "征信权益保护"),
    ("gov.financing_support_candidates", "信易贷支持对象"),
    ("gov.joint_measures", "联合奖惩措施"),
    ("gov.joint_measure_violations", "联合奖惩违规"),
    ("open.typical_cases", "失信典型案例"),
    ("open.role_models", "先进事迹"),
)


def show_demo(run: Run) -> None:
    """Rows per list, grades, what was set aside and why, where it lies, what to ask next."""
    import duckdb

    screen = console()
    current = run.home.current
    tables = run.report()["tables"]
    screen.print()
    screen.print(table("", ("list", "", "rows"), [(n, zh, tables[n]) for n, zh in _LISTS]))
    with duckdb.connect(str(current / "gov" / "credit.duckdb"), read_only=True) as connection:
        grades = connection.execute(
            "select grade, grade_name, count(*), round(100.0 * count(*) / sum(count(*)) over (), 1)"
            " from marts.enterprise_evaluation group by all order by 1"
        ).fetchall()
        reasons = connection.execute(
            "select disposition, count(*) from marts.record_disposition"
            " where disposition <> 'used' group by 1 order by 2 desc, 1"
        ).fetchall()
        codes = connection.execute(
            "select code, count(*) from (select unnest(string_split(codes, ';')) as code"
            " from marts.quarantined_rows) group by 1 order by 1"
        ).fetchall()
    screen.print(table("\nEvaluation", ("grade", "", "enterprises", "%"), grades))
    screen.print(table("\nLoaded, not used", ("reason", "rows"), reasons))
    screen.print(table("\nSet aside", ("fault", "rows"), codes))
    _show_where(screen, run)


def _show_where(screen: Console, run: Run) -> None:
    current, home = run.home.current, run.home.folder
    database = current / "gov" / "credit.duckdb"
    lines = (
        "",
        f"The release:        {current}",
        f"The audit's report: {current / 'quality' / 'index.html'}",
        f"Back to the units:  {run.home.feedback}",
        "",
        f"Three questions to ask of {database}",
        "  select grade, count(*) from marts.enterprise_evaluation group by 1 order by 1;",
        "  select subject_name, highest_level, document_nos from marts.red_list limit 10;",
        "  select item_code, disposition, count(*) from marts.record_disposition group by 1, 2;",
        "",
        f"Next: credit explain ID --home {home}   ·   credit ui --home {home}",
    )
    for line in lines:
        screen.print(line, soft_wrap=True)


def show_check(report: CheckReport) -> None:
    """Every fault of a landing zone, per unit, then the sums."""
    for line in report.lines():
        print(harmless(line), file=sys.stderr)
    entries = [file.entry for file in report.files]
    taken = [entry for entry in entries if entry.fault is None]
    print(
        f"{len(entries)} files, {sum(not file.is_clean for file in report.files)} with faults;"
        f" {sum(entry.rows_loaded for entry in taken):,} rows would load,"
        f" {sum(entry.rows_quarantined for entry in taken):,} would be set aside.",
        file=sys.stderr,
    )


def show_releases(rows: Sequence[dict[str, Any]], current: str | None, hold: Hold | None) -> None:
    """Every release, the current one marked."""
    screen = console()
    lines = [
        (
            "→" if row["release_id"] == current else "",
            row["release_id"],
            row["as_of_date"],
            row["built_at"],
        )
        for row in rows
    ]
    screen.print(table("", ("", "release", "as of", "built at"), lines))
    if hold is not None:
        screen.print(
            f"held at {hold.release_id} since {hold.held_at:%Y-%m-%d %H:%M} by {hold.user};"
            " `credit releases resume` ends it"
        )


def show_release(manifest: Manifest) -> None:
    """One release: tables with rows and digests."""
    screen = console()
    screen.print(
        f"{manifest.release_id} as of {manifest.as_of_date}, built {manifest.built_at},"
        f" code {manifest.code_version}, after {manifest.previous_release_id or 'none'}"
    )
    lines = [(entry.label, entry.rows, entry.content_digest[:16]) for entry in manifest.tables]
    screen.print(table("", ("table", "rows", "content digest"), lines))
    for approval in manifest.approvals:
        screen.print(harmless(f"approved: {approval}"))


def show_differences(found: Sequence[dict[str, Any]]) -> None:
    """Changed tables with their counts."""
    screen = console()
    if not found:
        screen.print("No difference in any table.")
        return
    lines = [(row["table"], row["added"], row["changed"], row["removed"]) for row in found]
    screen.print(table("", ("table", "added", "changed", "removed"), lines))


def show_row_differences(found: Sequence[dict[str, Any]]) -> None:
    """Changed rows of one table: the key, and what was and is."""
    screen = console()
    if not found:
        screen.print("No difference.")
        return
    lines = [
        (
            row["kind"],
            ", ".join(f"{name}={value}" for name, value in row["key"].items()),
            "; ".join(
                f"{name}: {row['old'].get(name, '–')} → {row['new'].get(name, '–')}"
                for name in {**row["old"], **row["new"]}
            ),
        )
        for row in found
    ]
    screen.print(table("", ("kind", "key", "values"), lines))


def show_quarantine(counts: Sequence[QuarantineCount]) -> None:
    """Rows set aside, counted by unit, item, fault and field, with the reason."""
    lines = [(one.unit_code, one.item_code, one.code, one.rows, one.reason or "") for one in counts]
    console().print(table("", ("unit", "item", "fault", "rows", "reason"), lines))
