"""The plan of a build: which files count for an as-of date, and the database that dbt starts from.

A plan is a pure function of the ledger and the date: the order in which runs saw the files is
nowhere in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.catalogue import Catalogue
from orchestration.ingest.compact import compacted
from orchestration.ingest.ingest import refuse_stale
from orchestration.ingest.ledger import Ledger, LedgerEntry, planned_files
from orchestration.ingest.raw import held_fingerprint
from orchestration.parquet import read_parquet
from orchestration.settings import Parameters

if TYPE_CHECKING:
    import duckdb

INGESTED_FILES_COLUMNS = (
    ("source_file", "VARCHAR"),
    ("file_name", "VARCHAR"),
    ("unit_code", "VARCHAR"),
    ("item_code", "VARCHAR"),
    ("delivery_date", "DATE"),
    ("sha256", "VARCHAR"),
    ("fault", "VARCHAR"),
    ("rows_delivered", "BIGINT"),
    ("rows_loaded", "BIGINT"),
    ("rows_quarantined", "BIGINT"),
    ("rows_dropped", "BIGINT"),
)


@dataclass(frozen=True)
class BuildPlan:
    """What a build for ``as_of`` reads.

    ``files`` are all files up to the date, with the fault that holds among them (None = taken), by
    delivery date and file name. ``input_digest`` is that of marts.md (release_info): over the taken
    files' sha256, the fingerprint of the person key, and the parameters with the as-of date.
    ``state_digest`` adds the refused files, names and counts: equal means the same release.
    """

    home: Path
    as_of: date
    catalogue: Catalogue
    parameters: Parameters
    files: tuple[LedgerEntry, ...]
    input_digest: str
    state_digest: str

    @property
    def taken(self) -> tuple[LedgerEntry, ...]:
        """The files without a fault."""
        return tuple(file for file in self.files if file.fault is None)

    @property
    def newest_delivery_date(self) -> date | None:
        """The newest date of any file of the plan."""
        return max((file.delivery_date for file in self.files if file.delivery_date), default=None)


def plan(home: Path, as_of: date, catalogue: Catalogue, parameters: Parameters) -> BuildPlan:
    """The plan for an as-of date, from the home's ledger alone.

    Raises:
        Failure: the ledger is damaged, or of another version of the catalogue.
    """
    ledger = Ledger.of(home)
    refuse_stale(ledger, catalogue)
    files = planned_files(ledger.entries.values(), as_of)
    inputs = {
        "taken": sorted(str(file.sha256) for file in files if file.fault is None),
        "person_key": held_fingerprint(home),
        "parameters": parameters.model_dump(mode="json"),
        "as_of_date": as_of.isoformat(),
    }
    input_digest = _digest(inputs)
    described = [[str(value) for value in _described(file)] for file in files]
    return BuildPlan(
        home=home,
        as_of=as_of,
        catalogue=catalogue,
        parameters=parameters,
        files=files,
        input_digest=input_digest,
        state_digest=_digest([input_digest, described]),
    )


def _digest(values: object) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _described(file: LedgerEntry) -> tuple[object, ...]:
    """A file as a row of ``raw.ingested_files``: refused files have no rows."""
    is_taken = file.fault is None
    return (
        file.source_file,
        file.file_name,
        file.unit_code,
        file.item_code,
        file.delivery_date,
        file.sha256,
        file.fault,
        file.rows_delivered if is_taken else 0,
        file.rows_loaded if is_taken else 0,
        file.rows_quarantined if is_taken else 0,
        file.rows_dropped if is_taken else 0,
    )


def prepare_database(
    connection: duckdb.DuckDBPyConnection,
    build_plan: BuildPlan,
    *,
    release_id: str,
    built_at: datetime,
    code_version: str,
) -> None:
    """Create the schema ``raw`` that dbt's sources name, in the build database.

    ``raw.<item>`` for every item of the catalogue, ``raw.ingested_files``,
    ``raw.quarantined_rows`` and ``raw.run_parameters`` (one row). ``built_at`` is Asia/Shanghai
    wall time.
    """
    connection.execute("create schema if not exists raw")
    for item_code, item in build_plan.catalogue.items.items():
        paths = item_files(connection, build_plan, item_code)
        columns = tuple((column.name, column.sql_type) for column in item.raw_columns)
        _create(connection, item_code, "view", _select(columns, paths))
    quarantined = [
        (file.delivery_date, file.quarantined)
        for file in build_plan.taken
        if file.quarantined is not None
    ]
    cache = _cache(build_plan) / "quarantined_rows"
    paths = compacted(connection, build_plan.home, cache, quarantined)
    columns = (("source_file", "VARCHAR"), ("source_row", "BIGINT"), ("codes", "VARCHAR"))
    _create(connection, "quarantined_rows", "table", _select(columns, paths))
    _create_ingested_files(connection, build_plan)
    _create_run_parameters(connection, build_plan, release_id, built_at, code_version)


def item_files(
    connection: duckdb.DuckDBPyConnection, build_plan: BuildPlan, item_code: str
) -> list[Path]:
    """The Parquet files, absolute, that hold the rows of an item which the plan takes."""
    loaded = [
        (file.delivery_date, file.loaded)
        for file in build_plan.taken
        if file.item_code == item_code and file.loaded is not None
    ]
    return compacted(connection, build_plan.home, _cache(build_plan) / item_code, loaded)


def _cache(build_plan: BuildPlan) -> Path:
    return (build_plan.home / "work" / "compact").resolve()


def _select(columns: Iterable[tuple[str, str]], paths: list[Path]) -> str:
    if not paths:
        typed = ", ".join(f"cast(null as {sql_type}) as {name}" for name, sql_type in columns)
        return f"select {typed} where false"
    names = ", ".join(name for name, _ in columns)
    return f"select {names} from {read_parquet(*paths)}"


def _create(connection: duckdb.DuckDBPyConnection, name: str, kind: str, select: str) -> None:
    for other in ("view", "table"):
        found = connection.execute(
            "select count(*) from information_schema.tables where table_schema = 'raw'"
            " and table_name = $1 and table_type = $2",
            [name, {"view": "VIEW", "table": "BASE TABLE"}[other]],
        ).fetchone()
        if found and found[0]:
            connection.execute(f"drop {other} raw.{name}")
    connection.execute(f"create {kind} raw.{name} as {select}")


def _create_ingested_files(connection: duckdb.DuckDBPyConnection, build_plan: BuildPlan) -> None:
    import pyarrow as pa

    types = {"VARCHAR": pa.string(), "DATE": pa.date32(), "BIGINT": pa.int64()}
    rows = [_described(file) for file in build_plan.files]
    files = pa.table(
        {
            name: pa.array([row[place] for row in rows], types[sql_type])
            for place, (name, sql_type) in enumerate(INGESTED_FILES_COLUMNS)
        }
    )
    connection.register("planned_files", files)
    _create(connection, "ingested_files", "table", "select * from planned_files")
    connection.unregister("planned_files")


def _create_run_parameters(
    connection: duckdb.DuckDBPyConnection,
    build_plan: BuildPlan,
    release_id: str,
    built_at: datetime,
    code_version: str,
) -> None:
    rules = build_plan.parameters
    columns = {
        "as_of_date": ("date", build_plan.as_of),
        "epidemic_start_date": ("date", rules.epidemic_start_date),
        "epidemic_end_date": ("date", rules.epidemic_end_date),
        "retention_years": ("bigint", rules.retention_years),
        "report_working_days": ("bigint", rules.report_working_days),
        "green_channel_working_days": ("bigint", rules.green_channel_working_days),
        "ordinary_repair_working_days": ("bigint", rules.ordinary_repair_working_days),
        "serious_fine_yuan": ("decimal(18, 2)", rules.serious_fine_yuan),
        "model_version": ("varchar", rules.model_version),
        "release_id": ("varchar", release_id),
        "built_at": ("timestamp", built_at),
        "code_version": ("varchar", code_version),
        "input_digest": ("varchar", build_plan.input_digest),
    }
    declared = ", ".join(f"{name} {sql_type}" for name, (sql_type, _) in columns.items())
    connection.execute(f"create or replace table raw.run_parameters ({declared})")
    places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
    connection.execute(
        f"insert into raw.run_parameters values ({places})",
        [value for _, value in columns.values()],
    )
