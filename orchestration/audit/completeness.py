"""Whether everything is there that a release must hold, and everything was judged.

A run can end well although something on the way was skipped; so the audit counts for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from orchestration.audit.project import stored_suites
from orchestration.audit.suites import audited_columns

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from orchestration.audit.result import ExpectationResult

# Schemas in which a table that nobody declared must not lie: they are published whole.
_PUBLISHED = ("marts", "open", "codebooks")


def suite_gaps() -> Iterator[str]:
    """Tables of a release without a suite, and suites without a table."""
    suites, tables = set(stored_suites()), set(audited_columns())
    for name in sorted(tables - suites):
        yield f"{name} has no suite in expectations/suites"
    for name in sorted(suites - tables):
        yield f"the suite {name} is of no table"


def table_gaps(connection: DuckDBPyConnection) -> Iterator[str]:
    """Declared tables that are missing or of another form, and tables that nobody declared."""
    built: dict[str, dict[str, str]] = {}
    for schema, table, column, data_type in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        " where not internal order by column_index"
    ).fetchall():
        built.setdefault(f"{schema}.{table}", {})[column] = data_type
    for name, declared in audited_columns().items():
        columns = built.get(name)
        if columns is None:
            yield f"{name} was not built"
            continue
        wanted = {column: _spelling(data_type) for column, data_type in declared.items()}
        for column in sorted(wanted.keys() ^ columns.keys()):
            yield f"{name}: column {column} is {'missing' if column in wanted else 'not declared'}"
        for column in sorted(wanted.keys() & columns.keys()):
            if wanted[column] != columns[column]:
                yield f"{name}.{column} is {columns[column]}, declared is {wanted[column]}"
    for name in sorted(set(built) - set(audited_columns())):
        if name.partition(".")[0] in _PUBLISHED:
            yield f"{name} was built, but is declared nowhere"


def unanswered(results: Iterable[ExpectationResult]) -> Iterator[str]:
    """Expectations of the stored suites that have no result."""
    answered = {(one.table, one.rule) for one in results}
    suites_in_error = {one.table for one in results if one.type == "suite"}
    for name, expectations in stored_suites().items():
        if name in suites_in_error:
            continue
        for one in expectations:
            rule = one["meta"]["rule"]
            if (name, rule) not in answered:
                yield f"{name}: the expectation {rule} was not run"


def _spelling(data_type: str) -> str:
    return data_type.upper().replace(", ", ",")
