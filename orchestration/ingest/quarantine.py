"""The rows that were set aside, with their reasons, read back from the raw zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.catalogue import Catalogue
from orchestration.ingest.ledger import Ledger, LedgerEntry, planned_files
from orchestration.ingest.raw import raw_folder, sync
from orchestration.ingest.reasons import reasons
from orchestration.parquet import read_parquet

if TYPE_CHECKING:
    import duckdb

_FORMULA_STARTS = "=+\\-@\\t\\r＝＋－＠"

# A text cell that a spreadsheet program would take for a formula gets a leading apostrophe.
GUARD = f"""
    create or replace temp macro spreadsheet_safe(s) as
        case when regexp_matches(s, '^[{_FORMULA_STARTS}]') then '''' || s else s end
"""

EXPORT_COLUMNS = (
    "unit_code", "item_code", "delivery_date", "source_file", "source_row", "code", "field",
    "value", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class QuarantineCount:
    """How many rows of a unit's item were set aside for one fault of a field, and what it is.

    ``field`` is None where the fault is the whole row's.
    """

    unit_code: str
    item_code: str
    code: str
    field: str | None
    reason: str | None
    rows: int


def collect_faults(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    catalogue: Catalogue,
    files: Iterable[LedgerEntry],
) -> None:
    """Make the temporary table ``fault_lines``: one row per fault of the files' quarantined rows.

    Columns: those of ``EXPORT_COLUMNS``; ``value`` is null where the field may hold personal data.
    ``expected`` is the reason without the value.
    """
    import pyarrow as pa

    connection.execute(GUARD)
    listed = [file for file in files if file.quarantined is not None]
    told = list(reasons(catalogue))
    columns = ("item_code", "field", "code", "reason")
    table = {name: [row[place] for row in told] for place, name in enumerate(columns)}
    connection.register("fault_reasons", pa.table(table))
    named = {
        "source_file": [file.source_file for file in listed],
        "unit_code": [file.unit_code for file in listed],
        "item_code": [file.item_code for file in listed],
        "delivery_date": [file.delivery_date for file in listed],
    }
    types = [pa.string(), pa.string(), pa.string(), pa.date32()]
    schema = pa.schema(list(zip(named, types, strict=True)))
    connection.register("quarantined_files", pa.table(named, schema))
    zone = raw_folder(home)
    paths = [zone / str(file.quarantined) for file in listed]
    rows = (
        read_parquet(*paths)
        if listed
        else (
            "(select '' as source_file, 0 as source_row,"
            " [{'code': '', 'field': '', 'value': ''}] as faults where false)"
        )
    )
    connection.execute(
        f"""
        create or replace temp table fault_lines as
        with
        faults as (
            select source_file, source_row, unnest(faults) as fault
            from {rows}
        )
        select
            files.unit_code,
            files.item_code,
            files.delivery_date,
            faults.source_file,
            cast(faults.source_row as bigint) as source_row,
            faults.fault.code as code,
            faults.fault.field as field,
            faults.fault.value as "value",
            told.reason as expected,
            told.reason
                || coalesce('；收到 / found: ' || faults.fault.value, '') as reason
        from faults
        inner join quarantined_files as files on faults.source_file = files.source_file
        left join fault_reasons as told
            on files.item_code = told.item_code
            and faults.fault.field is not distinct from told.field
            and faults.fault.code = told.code
        """
    )
    connection.unregister("fault_reasons")
    connection.unregister("quarantined_files")


def write_csv(connection: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    """Write the rows of a statement as CSV with a header, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    connection.execute(f"copy ({select}) to $path (format csv, header)", {"path": str(partial)})
    sync(partial)
    partial.replace(path)


def quarantine_counts(
    connection: duckdb.DuckDBPyConnection, home: Path, catalogue: Catalogue, as_of: date
) -> list[QuarantineCount]:
    """How many rows stand in quarantine on the as-of date, by unit, item, code and field."""
    collect_faults(connection, home, catalogue, _taken(home, as_of))
    found = connection.execute(
        "select unit_code, item_code, code, field, expected,"
        " count(distinct (source_file, source_row)) from fault_lines group by all order by all"
    ).fetchall()
    return [QuarantineCount(*row) for row in found]


def export_quarantine(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    catalogue: Catalogue,
    as_of: date,
    path: Path | None,
) -> int:
    """Write every fault of the quarantine as CSV, safe for spreadsheet programs; how many lines.

    Without a path it goes to standard output.
    """
    collect_faults(connection, home, catalogue, _taken(home, as_of))
    safe = {"source_file", "value", "reason"}
    listed = ", ".join(
        f'spreadsheet_safe("{name}") as "{name}"' if name in safe else name
        for name in EXPORT_COLUMNS
    )
    select = f"select {listed} from fault_lines order by source_file, source_row, code, field"
    if path is None:
        connection.execute(f"copy ({select}) to '/dev/stdout' (format csv, header)")
    else:
        write_csv(connection, select, path)
    (count,) = connection.execute("select count(*) from fault_lines").fetchone() or (0,)
    return int(count)


def _taken(home: Path, as_of: date) -> list[LedgerEntry]:
    entries = Ledger.of(home).entries.values()
    return [file for file in planned_files(entries, as_of) if file.fault is None]
