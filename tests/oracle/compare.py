"""Compares the expected tables with the DuckDB files of a release, cell by cell."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .items import codebook
from .results import Table

if TYPE_CHECKING:
    import duckdb

SHOWN_ROWS = 5
SHOWN_CELLS = 8
COUNTS = (
    "version|source_row|clause|inspected|failed|rectified|penalised|cases|commendation_count"
    "|applications|on_time|late|pending|overdue|loans|credit_loans|compensated_loans"
    "|candidate_loans|files_received|files_rejected|rows_received|rows_loaded"
    "|rows_quarantined|timed_rows|late_rows|wrong_code_rows|code_repaired_rows"
    "|unresolved_rows|corrected_rows|responsible_units|reporting_units|records_loaded"
    "|records_used|rows_delivered|rows_dropped|enterprises"
)
# Pattern of a column name to its type; the first that matches decides, else VARCHAR.
TYPES = [
    (r"is_.*|has_open_objection", "BOOLEAN"),
    (r"accepted_at|completed_at|built_at", "TIMESTAMP"),
    (r".*_yuan", "DECIMAL(18,2)"),
    (r"hours", "DECIMAL(9,1)"),
    (r".*_rate|.*_share", "DECIMAL(5,4)"),
    (r"score|points|d[1-5]_points", "DECIMAL(6,2)"),
    (r"median_working_days", "DECIMAL(6,1)"),
    (COUNTS, "BIGINT"),
    (r".*_on|.*_until|.*_date|month", "DATE"),
]
# release_info says more than follows from the deliveries.
FURTHER_COLUMNS = {
    "release_info": {"release_id", "built_at", "code_version", "input_digest"},
}
# What later contracts add to the products, beyond marts.md.
FURTHER_TABLES = {"marts.column_lineage"}
CODEBOOKS = (
    "clauses",
    "conduct_codes",
    "evaluation_dimensions",
    "evaluation_grades",
    "evaluation_indicators",
    "legal_basis_levels",
    "measures",
    "penalty_categories",
    "responsibilities",
    "severe_list_grounds",
    "units",
    "working_days",
)


def expected_type(column: str) -> str:
    for pattern, type_name in TYPES:
        if re.fullmatch(pattern, column):
            return type_name
    return "VARCHAR"


def compare(
    expected: dict[str, Table],
    duckdb_path_gov: Path | str,
    duckdb_path_open: Path | str,
) -> list[str]:
    """Every difference between the expected tables and a release, one line each, [] if none.

    ``expected`` is the answer of ``compute_marts``. The codebooks are compared in both
    files too.
    """
    import duckdb

    differences: list[str] = []
    for schema, path in (("marts", duckdb_path_gov), ("open", duckdb_path_open)):
        if not Path(path).is_file():
            differences.append(f"{schema}: no database at {path}")
            continue
        with duckdb.connect(str(path), read_only=True) as connection:
            wanted = {
                name.split(".", 1)[1]: made
                for name, made in expected.items()
                if name.split(".", 1)[0] == schema
            }
            differences += _compare_schema(connection, schema, wanted)
            differences += _compare_codebooks(connection, schema)
    return differences


def _columns_of(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, dict[str, str]]:
    """Table to column to type."""
    found: dict[str, dict[str, str]] = {}
    rows = connection.execute(
        "select table_name, column_name, data_type from information_schema.columns"
        " where table_schema = ? order by ordinal_position",
        [schema],
    ).fetchall()
    for table_name, column_name, data_type in rows:
        found.setdefault(table_name, {})[column_name] = data_type
    return found


def _compare_schema(
    connection: duckdb.DuckDBPyConnection, schema: str, wanted: dict[str, Table]
) -> list[str]:
    differences = []
    found = _columns_of(connection, schema)
    for name in sorted(found.keys() - wanted.keys()):
        if f"{schema}.{name}" not in FURTHER_TABLES:
            differences.append(f"{schema}.{name}: a table that marts.md does not name")
    for name, made in wanted.items():
        if name not in found:
            differences.append(f"{schema}.{name}: missing")
            continue
        further = FURTHER_COLUMNS.get(name, set())
        differences += _compare_columns(f"{schema}.{name}", made, found[name], further)
        if set(made.columns) <= found[name].keys():
            columns = ", ".join(f'"{column}"' for column in made.columns)
            rows = connection.execute(f'select {columns} from "{schema}"."{name}"').fetchall()
            actual = Table(made.columns, rows, made.key)
            differences += compare_rows(f"{schema}.{name}", made, actual)
    return differences


def _compare_columns(name: str, made: Table, found: dict[str, str], further: set[str]) -> list[str]:
    wanted = set(made.columns) | further
    differences = [f"{name}: column {c} is missing" for c in sorted(wanted - found.keys())]
    differences += [f"{name}: column {c} is not in marts.md" for c in sorted(found.keys() - wanted)]
    for column in sorted(wanted & found.keys()):
        if found[column] != expected_type(column):
            differences.append(
                f"{name}: column {column} is {found[column]}, not {expected_type(column)}"
            )
    return differences


# ---------------------------------------------------------------- rows


def _keyed(made: Table) -> tuple[dict[tuple[Any, ...], tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Key to row, and the keys that are there more than once."""
    places = [made.columns.index(column) for column in made.key]
    keys = [tuple(row[place] for place in places) for row in made.rows]
    repeated = [key for key, count in Counter(keys).items() if count > 1]
    return dict(zip(keys, made.rows, strict=True)), repeated


def _shown(keys: list[tuple[Any, ...]]) -> str:
    ordered = sorted(keys, key=str)
    text = ", ".join(
        "(" + ", ".join(str(part) for part in key) + ")" for key in ordered[:SHOWN_ROWS]
    )
    return text + (", …" if len(ordered) > SHOWN_ROWS else "")


def is_equal(wanted: object, found: object) -> bool:
    """Equal in value and in kind: True is not 1, a date is not a timestamp."""
    if isinstance(wanted, bool) != isinstance(found, bool) or (wanted is None) != (found is None):
        return False
    return wanted == found


def compare_rows(name: str, wanted: Table, found: Table) -> list[str]:
    """Missing, extra and different rows by key; both tables have the same columns."""
    wanted_rows, _ = _keyed(wanted)
    found_rows, repeated = _keyed(found)
    missing = [key for key in wanted_rows if key not in found_rows]
    extra = [key for key in found_rows if key not in wanted_rows]
    differences = []
    if repeated:
        differences.append(f"{name}: {len(repeated)} keys more than once: {_shown(repeated)}")
    if missing:
        differences.append(f"{name}: {len(missing)} rows missing: {_shown(missing)}")
    if extra:
        differences.append(f"{name}: {len(extra)} rows too many: {_shown(extra)}")
    cells = []
    for key in sorted(wanted_rows.keys() & found_rows.keys(), key=str):
        pairs = zip(wanted.columns, wanted_rows[key], found_rows[key], strict=True)
        cells += [(key, c, a, b) for c, a, b in pairs if not is_equal(a, b)]
    by_column = Counter(column for _, column, _, _ in cells)
    for column, count in by_column.items():
        differences.append(f"{name}: {count} cells differ in {column}")
    for key, column, a, b in _few_of_each(cells):
        differences.append(f"{name}: {_shown([key])} {column}: expected {a!r}, found {b!r}")
    return differences


def _few_of_each(cells: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    shown: Counter[str] = Counter()
    few = []
    for cell in cells:
        shown[cell[1]] += 1
        if shown[cell[1]] <= SHOWN_CELLS:
            few.append(cell)
    return few


# ---------------------------------------------------------------- codebooks


def _compare_codebooks(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    """The codebooks as text: their types are the product's choice."""
    differences = []
    found = _columns_of(connection, "codebooks")
    for name in CODEBOOKS:
        label = f"codebooks.{name} beside {schema}"
        rows = codebook(name)
        columns = list(rows[0])
        if name not in found:
            differences.append(f"{label}: missing")
        elif set(found[name]) != set(columns):
            differences.append(f"{label}: columns {sorted(found[name])}, not {sorted(columns)}")
        else:
            casts = ", ".join(f'cast("{column}" as varchar)' for column in columns)
            read = connection.execute(f"select {casts} from codebooks.{name}").fetchall()
            wanted = Counter(tuple(row[column] for column in columns) for row in rows)
            if Counter(read) != wanted:
                differences.append(f"{label}: {len(read)} rows that differ from {len(rows)}")
    return differences
