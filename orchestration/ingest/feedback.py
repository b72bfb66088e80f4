"""What goes back to the units: faults to mend, and a receipt of every file.

    <home>/feedback/<unit_code>/<delivery date>.csv             one line per fault
    <home>/feedback/<unit_code>/<delivery date>.receipts.json   one receipt per file
    <home>/feedback/_unknown/…                                  files of units that are none

Both say what holds now: a folder is written again when the fate of one of its files changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.catalogue import Catalogue
from orchestration.ingest.ledger import Ledger, LedgerEntry, fates
from orchestration.ingest.quarantine import collect_faults, write_csv
from orchestration.ingest.raw import write_text
from orchestration.ingest.reasons import FILE_FAULTS

if TYPE_CHECKING:
    import duckdb

UNKNOWN_UNIT = "_unknown"
UNDATED = "undated"

Folder = tuple[str, str]


def _folder_of(entry: LedgerEntry) -> Folder:
    day = UNDATED if entry.delivery_date is None else entry.delivery_date.isoformat()
    return (entry.unit_code or UNKNOWN_UNIT, day)


def write_feedback(
    connection: duckdb.DuckDBPyConnection, home: Path, catalogue: Catalogue
) -> list[Path]:
    """Bring the feedback up to the ledger; the CSV files that were written or removed.

    Deliveries later than today's as-of date have their feedback too: a unit need not wait for it.
    """
    ledger = Ledger.of(home)
    if is_current(home, ledger):
        return []
    folders: dict[Folder, list[LedgerEntry]] = {}
    for entry in fates(ledger.entries.values()).values():
        folders.setdefault(_folder_of(entry), []).append(entry)
    states = {"/".join(folder): _state(entries) for folder, entries in folders.items()}
    known = _index(home)["folders"]
    changed = [
        folder for folder in folders if known.get("/".join(folder)) != states["/".join(folder)]
    ]
    written = _write_folders(connection, home, catalogue, {f: folders[f] for f in changed})
    index = {"ledger": _ledger_state(ledger), "folders": states}
    write_text(_index_path(home), json.dumps(index) + "\n")
    return written


def is_current(home: Path, ledger: Ledger) -> bool:
    """Whether the feedback was written after the last change of the ledger."""
    return bool(_index(home)["ledger"] == _ledger_state(ledger))


def _ledger_state(ledger: Ledger) -> list[int]:
    if not ledger.path.exists():
        return []
    return [ledger.whole_bytes, ledger.path.stat().st_mtime_ns]


def _index_path(home: Path) -> Path:
    return home / "work" / "feedback.json"


def _index(home: Path) -> dict[str, Any]:
    path = _index_path(home)
    if not path.exists():
        return {"ledger": [], "folders": {}}
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _write_folders(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    catalogue: Catalogue,
    folders: dict[Folder, list[LedgerEntry]],
) -> list[Path]:
    """Write the feedback and receipts of these folders; the CSV files written or removed."""
    if not folders:
        return []
    files = [entry for entries in folders.values() for entry in entries]
    collect_faults(connection, home, catalogue, [f for f in files if f.fault is None])
    _add_file_faults(connection, [f for f in files if f.fault is not None])
    counted = dict(
        connection.execute("select folder, count(*) from feedback_lines group by folder").fetchall()
    )
    written = []
    for folder in sorted(folders):
        unit, day = folder
        path = home / "feedback" / unit / f"{day}.csv"
        if counted.get("/".join(folder)):
            write_csv(connection, _lines(folder), path)
            written.append(path)
        elif path.exists():
            path.unlink()
            written.append(path)
        receipts = [_receipt(entry) for entry in folders[folder]]
        text = json.dumps(receipts, ensure_ascii=False, indent=1) + "\n"
        write_text(path.with_name(f"{day}.receipts.json"), text)
    return written


def _state(entries: Iterable[LedgerEntry]) -> str:
    # The file's status says nothing to the unit, and changes when it is looked at again.
    described = [replace(entry, status=None).to_json() for entry in entries]
    return hashlib.sha256("\n".join(sorted(described)).encode()).hexdigest()[:32]


def _add_file_faults(connection: duckdb.DuckDBPyConnection, refused: list[LedgerEntry]) -> None:
    """Make ``feedback_lines``: the row faults of ``fault_lines`` and the files' own."""
    import pyarrow as pa

    lines: dict[str, list[Any]] = {"folder": [], "source_file": [], "code": [], "reason": []}
    for entry in refused:
        lines["folder"].append("/".join(_folder_of(entry)))
        lines["source_file"].append(entry.source_file)
        lines["code"].append(entry.fault)
        lines["reason"].append(_file_reason(entry))
    schema = pa.schema([(name, pa.string()) for name in lines])
    connection.register("refused_files", pa.table(lines, schema))
    connection.execute(
        """
        create or replace temp table feedback_lines as
        select
            unit_code || '/' || delivery_date as folder,
            source_file, source_row, code, field, reason
        from fault_lines
        union all
        select
            folder, source_file, cast(null as bigint), code, cast(null as varchar), reason
        from refused_files
        """
    )
    connection.unregister("refused_files")


def _file_reason(entry: LedgerEntry) -> str:
    words = FILE_FAULTS[str(entry.fault)]
    return f"{words}: {entry.detail}" if entry.detail else words


def _lines(folder: Folder) -> str:
    # Unit codes come from the codebook and days from dates: neither can break the statement.
    name = "/".join(folder)
    return f"""
        select
            spreadsheet_safe(source_file) as source_file,
            source_row,
            code,
            field,
            spreadsheet_safe(reason) as reason
        from feedback_lines
        where folder = '{name}'
        order by source_file, source_row nulls first, code, field
    """


def _receipt(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "source_file": entry.source_file,
        "item_code": entry.item_code,
        "is_taken": entry.fault is None,
        "fault": entry.fault,
        "reason": None if entry.fault is None else _file_reason(entry),
        "sha256": entry.sha256,
        "rows_delivered": entry.rows_delivered,
        "rows_loaded": entry.rows_loaded if entry.fault is None else 0,
        "rows_quarantined": entry.rows_quarantined if entry.fault is None else 0,
        "rows_dropped": entry.rows_dropped if entry.fault is None else 0,
        "warnings": list(entry.warnings),
    }


def feedback_path(home: Path, unit_code: str | None, delivery_date: date | None) -> Path:
    """Where the faults of a unit's delivery are told."""
    day = UNDATED if delivery_date is None else delivery_date.isoformat()
    return home / "feedback" / (unit_code or UNKNOWN_UNIT) / f"{day}.csv"
