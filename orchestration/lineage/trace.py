"""Tracing every published column through the dbt project, back to what it is made of.

The statements are those that dbt compiled; the schemas below them are the catalogue's. Run as
``python -m orchestration.lineage`` after a change of the models; ``--check`` only compares.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestration.catalogue import load_catalogue
from orchestration.catalogue.run_tables import RUN_TABLES
from orchestration.errors import Failure
from orchestration.lineage.headers import arrival_columns, header_columns
from orchestration.lineage.sql import ROWS, Origin, column_origins
from orchestration.lineage.table import LineageRow, SourceKind
from orchestration.marts import DBT_FOLDER, MartColumn, MartTable, load_mart_tables

Origins = Mapping[Origin, frozenset[Origin]]


def compiled_manifest() -> dict[str, Any]:
    """dbt's manifest with every statement compiled; no database is read.

    Raises:
        Failure: the project does not compile.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    before = os.environ.get("CREDIT_BUILD_DATABASE")
    with tempfile.TemporaryDirectory(prefix="credit-lineage-") as folder:
        os.environ["CREDIT_BUILD_DATABASE"] = str(Path(folder, "build.duckdb"))
        places = {"project-dir": DBT_FOLDER, "profiles-dir": DBT_FOLDER, "target-path": folder}
        arguments = [f"--{name}={place}" for name, place in {**places, "log-path": folder}.items()]
        try:
            outcome = dbtRunner().invoke(["--quiet", "compile", *arguments])
            if not outcome.success:
                raise Failure(f"the dbt project does not compile: {outcome.exception}")
            loaded: dict[str, Any] = json.loads(Path(folder, "manifest.json").read_bytes())
            return loaded
        finally:
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
            if before is None:
                del os.environ["CREDIT_BUILD_DATABASE"]
            else:
                os.environ["CREDIT_BUILD_DATABASE"] = before


def project_origins(manifest: Mapping[str, Any]) -> dict[Origin, frozenset[Origin]]:
    """Every column of every model with the columns of its parents that it is made of."""
    schema: dict[str, dict[str, dict[str, str]]] = {"raw": _raw_tables()}
    found: dict[Origin, frozenset[Origin]] = {}
    for node in _parents_first(manifest):
        relation = f"{node['schema']}.{node['alias']}"
        if node["resource_type"] == "seed":
            columns = {name: str(c["data_type"]) for name, c in node["columns"].items()}
        else:
            try:
                origins = column_origins(node["compiled_code"], schema)
            except Exception as error:
                raise Failure(f"the columns of {relation} cannot be traced: {error}") from error
            found |= {Origin(relation, name): sources for name, sources in origins.items()}
            columns = {name: "varchar" for name in origins if name != ROWS}
        schema.setdefault(node["schema"], {})[node["alias"]] = columns
    return found


def _raw_tables() -> dict[str, dict[str, str]]:
    items = {code: item.raw_columns for code, item in load_catalogue().items.items()}
    return {
        name: {column.name: column.sql_type for column in columns}
        for name, columns in {**items, **RUN_TABLES}.items()
    }


def _parents_first(manifest: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    nodes = {
        name: node
        for name, node in manifest["nodes"].items()
        if node["resource_type"] in {"model", "seed"}
    }
    done: set[str] = set()

    def visit(name: str) -> Iterator[dict[str, Any]]:
        if name in done or name not in nodes:
            return
        done.add(name)
        for parent in nodes[name]["depends_on"].get("nodes", ()):
            yield from visit(parent)
        yield nodes[name]

    for name in sorted(nodes):
        yield from visit(name)


def trace(manifest: Mapping[str, Any]) -> list[LineageRow]:
    """Every published column with all its sources.

    Where a rule gives the value itself - a code, a day of the calendar - its YAML says so
    (``config.meta.source``), and that stands as the note.
    """
    origins = project_origins(manifest)
    rows: list[LineageRow] = []
    seen: set[str] = set()
    for table in load_mart_tables():
        if table.relation in seen:
            continue  # codebooks are tables of both products
        seen.add(table.relation)
        for column in table.columns:
            rows += _traced(table, column, origins)
    return rows


def _traced(table: MartTable, column: MartColumn, origins: Origins) -> list[LineageRow]:
    names = {
        "schema_name": table.schema_name,
        "table_name": table.name,
        "column_name": column.name,
    }
    published = Origin(f"{table.schema_name}.{table.name}", column.name)
    if table.schema_name == "codebooks":
        return [_source(names, (published,))]
    found = [_source(names, path) for path in _paths(published, origins)]
    given = column.meta.get("source")
    if not found or given:
        note = f"{given['zh']}。{given['en']}." if given else None
        found.append(LineageRow(**names, source_kind="rule", note=note))
    return found


def _paths(published: Origin, origins: Origins) -> list[tuple[Origin, ...]]:
    """The shortest path from each source to the published column, breadth first."""
    found: list[tuple[Origin, ...]] = []
    reached: dict[Origin, tuple[Origin, ...]] = {published: (published,)}
    queue = deque([published])
    while queue:
        here = queue.popleft()
        if here not in origins:
            found.append(reached[here])
            continue
        for parent in sorted(origins[here]):
            if parent not in reached:
                reached[parent] = (parent, *reached[here])
                queue.append(parent)
    return found


def _source(names: Mapping[str, str], path: tuple[Origin, ...]) -> LineageRow:
    source = path[0]
    schema_name, _, relation = source.relation.partition(".")
    kind: SourceKind
    headers: tuple[str, ...] = ()
    note = None
    if schema_name == "codebooks":
        kind = "codebook"
    elif schema_name != "raw":
        kind = "project"
    elif source.column == ROWS:
        kind = "rows"
    elif relation in RUN_TABLES:
        kind = "run"
    else:
        item = load_catalogue().items[relation]
        headers = header_columns(item).get(source.column, ())
        kind = "header" if headers else "arrival"
        note = None if headers else arrival_columns()[source.column]
    return LineageRow(
        **names,
        source_kind=kind,
        source_table=source.relation,
        source_column=None if source.column == ROWS else source.column,
        source_headers=";".join(sorted(headers)) or None,
        path=" > ".join(map(_step, path)),
        note=note,
    )


def _step(origin: Origin) -> str:
    """Staging and intermediate models are known by their names alone: ``stg_…``, ``int_…``."""
    schema_name, _, _ = origin.relation.partition(".")
    is_inner = schema_name in {"staging", "intermediate"}
    return str(origin).partition(".")[2] if is_inner else str(origin)
