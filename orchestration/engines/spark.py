"""Building the marts on Apache Spark: the same dbt models, over the same raw zone.

::

    <home>/work/spark/driver.log                    what Spark and its driver said
    <home>/work/spark/<as-of>-<8 hex>/inputs/       the raw zone's Parquet by table, small tables
    <home>/work/spark/<as-of>-<8 hex>/warehouse/    what Spark wrote, by schema and table

Three steps. DuckDB loads the codebooks and lays out what Spark reads. A process of its own
(spark_worker.py) runs dbt on Spark into a folder that is new with every build, so nobody ever sees
a table that is being replaced. Then every table appears in the build database as a view over
Spark's Parquet, and DuckDB adds the models that are views and asks every data test: audit,
documents and publication go on as if DuckDB had built. No metastore is needed: the catalogue lives
as long as the process.

On a cluster the home must lie where every worker sees it at the same path.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.build import (
    BuildResult,
    NodeResult,
    refuse_unbuilt,
    run_nodes,
    target_folder,
)
from orchestration.engine import engine_config
from orchestration.errors import Failure, WrongArguments
from orchestration.home import Home
from orchestration.parquet import read_parquet
from orchestration.publish.digest import quoted
from orchestration.publish.products import literal

if TYPE_CHECKING:
    import duckdb

    from orchestration.ingest.plan import BuildPlan
    from orchestration.settings import Settings

Count = Callable[[str, int, int], None]

OLDEST_JAVA = 17
_STOP_SECONDS = 20
_SPARK_TYPES = {"VARCHAR": "string", "INTEGER": "int", "TIMESTAMP": "timestamp_ntz"}


@dataclass(frozen=True)
class SourceTable:
    """A table that Spark finds: its schema and name, its columns with Spark's types, its folder."""

    schema: str
    name: str
    columns: tuple[tuple[str, str], ...]
    folder: str


def spark_type(duckdb_type: str) -> str:
    """The Spark type of a column whose Parquet DuckDB wrote; the same name but for three."""
    return _SPARK_TYPES.get(duckdb_type, duckdb_type.lower())


# ------------------------------------------------------------------ what is needed


def check_installation() -> None:
    """Refuse to begin without Spark or Java.

    Raises:
        WrongArguments: with what to install.
    """
    if any(_is_missing(name) for name in ("pyspark", "dbt.adapters.spark")):
        raise WrongArguments(
            "the engine spark is not installed; install the extra `spark`"
            " (pip install --require-hashes -r requirements-extras.lock)"
        )
    found = java_version()
    if found is None or found < OLDEST_JAVA:
        raise WrongArguments(
            f"the engine spark needs Java {OLDEST_JAVA} or newer, in JAVA_HOME or on the PATH;"
            f" found {'none' if found is None else f'Java {found}'}"
        )


def _is_missing(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is None
    except ModuleNotFoundError:
        return True


def java_version() -> int | None:
    """The major version of the Java that Spark would start; None without one."""
    home = os.environ.get("JAVA_HOME")
    command = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if command is None:
        return None
    try:
        told = subprocess.run(  # noqa: S603 - the machine's own Java
            [command, "-version"], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', told.stderr)
    return int(found[1]) if found else None


# ------------------------------------------------------------------ the build


def build_on_spark(home: Home, plan: BuildPlan, settings: Settings, count: Count) -> BuildResult:
    """Build every model on Spark and put the tables into ``home``'s prepared build database.

    ``count`` is told after every model.

    Raises:
        Failure: a model failed, Spark could not be reached, or it took longer than
            ``max_run_seconds``; nothing but the work folder was touched.
    """
    import duckdb

    folder = _new_folder(home, plan)
    config = engine_config(settings.memory_limit, home.spill)
    seeds = run_nodes(home, ["seed"], settings.memory_limit, settings.threads)
    with duckdb.connect(str(home.build_database), config=config) as connection:
        tables = list(_sources(connection, plan, folder / "inputs"))
    models = _run_worker(home, settings, folder, tables, count)
    refuse_unbuilt(models)
    with duckdb.connect(str(home.build_database), config=config) as connection:
        _show_tables(connection, folder / "warehouse")
    views = [
        *("build", "--exclude-resource-type", "unit_test"),
        *("--select", "config.materialized:view", "test_type:data"),
    ]
    rest = run_nodes(home, views, settings.memory_limit, settings.threads)
    built: dict[str, NodeResult] = {}
    for node in (*seeds, *models, *rest):  # what both built is Spark's; parents come first
        built.setdefault(node.unique_id, node)
    return BuildResult(tuple(built.values()))


def _new_folder(home: Home, plan: BuildPlan) -> Path:
    """A folder that no build before had; those of earlier builds go."""
    parent = home.work / "spark"
    if parent.exists():
        for old in parent.iterdir():
            if old.is_dir():
                shutil.rmtree(old, ignore_errors=True)
    folder = parent.absolute() / f"{plan.as_of:%Y%m%d}-{secrets.token_hex(4)}"
    (folder / "inputs").mkdir(parents=True)
    return folder


# ------------------------------------------------------------------ what Spark reads


def _sources(
    connection: duckdb.DuckDBPyConnection, plan: BuildPlan, folder: Path
) -> Iterator[SourceTable]:
    """The items as they lie in the raw zone, by links; small tables of the run and the codebooks.

    Spark reads the codebooks as DuckDB read them: a text is no number in one of two engines only.
    """
    from orchestration.ingest.plan import item_files

    for item_code, item in plan.catalogue.items.items():
        place = folder / "raw" / item_code
        place.mkdir(parents=True)
        for path in item_files(connection, plan, item_code):
            (place / path.name).symlink_to(path)
        columns = tuple((column.name, spark_type(column.sql_type)) for column in item.raw_columns)
        yield SourceTable("raw", item_code, columns, str(place))
    described: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, column, data_type in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        " semi join duckdb_tables() using (schema_name, table_name)"
        " order by schema_name, table_name, column_index"
    ).fetchall():
        described.setdefault((schema, table), []).append((column, spark_type(data_type)))
    for (schema, table), columns_found in described.items():
        place = folder / schema / table
        place.mkdir(parents=True)
        connection.execute(
            f"copy {quoted(schema)}.{quoted(table)} to {literal(place / 'all.parquet')}"
            " (format parquet)"
        )
        yield SourceTable(schema, table, tuple(columns_found), str(place))


# ------------------------------------------------------------------ the worker


def _run_worker(
    home: Home, settings: Settings, folder: Path, tables: Sequence[SourceTable], count: Count
) -> tuple[NodeResult, ...]:
    """Run dbt on Spark in a process of its own, which ends when this one does."""
    request = folder / "request.json"
    request.write_text(
        json.dumps(
            {
                "tables": [asdict(table) for table in tables],
                "warehouse": str(folder / "warehouse"),
                "artifacts": str(target_folder(home, "spark").absolute()),
                "master": settings.spark_master,
                "conf": settings.spark_conf,
                "memory_limit": settings.memory_limit,
            }
        ),
        encoding="utf-8",
    )
    log_path = home.work / "spark" / "driver.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - this program's own module
            [sys.executable, "-P", "-m", "orchestration.engines.spark_worker", str(request)],
            stdin=subprocess.PIPE,  # closed by our death: the worker then ends, too
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
        try:
            answer = _answer(process, settings.max_run_seconds, count)
        finally:
            _stop(process)
    if answer is None:
        raise Failure(
            f"the build on Spark ended without a result (exit {process.returncode}); see {log_path}"
        )
    if "error" in answer:
        raise Failure(f"the build on Spark failed: {answer['error']}; see {log_path}")
    return tuple(NodeResult(**node) for node in answer["nodes"])


def _answer(
    process: subprocess.Popen[bytes], most_seconds: float, count: Count
) -> dict[str, Any] | None:
    """The last line of the worker; the lines before it are told to ``count``."""
    is_late = threading.Event()

    def stop_late() -> None:
        is_late.set()
        _signal(process, signal.SIGKILL)

    timer = threading.Timer(most_seconds, stop_late)
    timer.daemon = True
    timer.start()
    last: dict[str, Any] | None = None
    try:
        for line in process.stdout or ():
            told: dict[str, Any] = json.loads(line)
            if "done" in told:
                count(told["at"], told["done"], told["total"])
            else:
                last = told
    finally:
        timer.cancel()
    if is_late.is_set():
        raise Failure(
            f"the build on Spark took longer than CREDIT_MAX_RUN_SECONDS ({most_seconds:g} s)"
            " and was stopped"
        )
    return last


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the worker and its JVM, however far they are."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    deadline = time.monotonic() + _STOP_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    _signal(process, signal.SIGKILL)  # the group: the JVM outlives no build
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


# ------------------------------------------------------------------ what Spark wrote


def _show_tables(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    """Every table of Spark as a view over its Parquet, in the schema and under the name it has.

    Raises:
        Failure: a table has no file, so that it was not written whole.
    """
    for place in sorted(warehouse.glob("*.db/*")):
        schema, table = place.parent.name.removesuffix(".db"), place.name
        files = sorted(place.glob("*.parquet"))
        if not files or not (place / "_SUCCESS").is_file():
            raise Failure(f"Spark left {schema}.{table} unfinished; run again")
        connection.execute(f"create schema if not exists {quoted(schema)}")
        connection.execute(
            f"create view {quoted(schema)}.{quoted(table)} as select * from {read_parquet(*files)}"
        )
