"""How the cost of a build grows: DuckDB, Spark in one process, Spark on a standalone cluster.

    python -m tests.spark.bench --records 100000 --records 1000000 --folder /a/large/disk

Deliveries of that many records are made and ingested once (a home that is there already is taken
as it is); then every engine builds the same raw zone. What counts are seconds of CPU over all
processes of a build: on a shared machine the wall says little. The slope is that of CPU over rows
between two sizes, on logarithmic scales: 1 is linear. The result is a table in Markdown.
"""

from __future__ import annotations

import argparse
import math
import shutil
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import SecretStr

from orchestration.demo.feeds import write_demo_feeds
from orchestration.marts import load_mart_tables
from orchestration.pipeline import Run
from orchestration.publish.digest import table_digest
from orchestration.settings import Settings
from tests.bench.process import ProcessTree
from tests.spark.cluster import Cluster, running_cluster

AS_OF = date(2020, 12, 31)
ENGINES = ("duckdb", "spark local[*]", "spark cluster")
_RECORDS_PER_ENTERPRISE = 5


@dataclass(frozen=True)
class Measured:
    """One build: rows that it read, seconds of CPU and wall, memory in MB at its highest."""

    engine: str
    rows: int
    cpu_seconds: float
    wall_seconds: float
    peak_megabytes: int


def measure(folder: Path, records: int, engines: list[str]) -> list[Measured]:
    """Build one size on every engine; equal digests or it ends.

    Raises:
        RuntimeError: an engine gives another content.
    """
    landing, home = folder / f"landing-{records}", folder / f"home-{records}"
    is_ingested = (home / "raw" / "ledger.jsonl").is_file()
    if not is_ingested and not landing.is_dir():
        enterprises = max(1, records // _RECORDS_PER_ENTERPRISE)
        write_demo_feeds(landing, enterprises=enterprises, records=records)
    found: list[Measured] = []
    expected: dict[str, str] = {}
    for engine in engines:
        with _cluster_for(engine, folder / "cluster") as cluster:
            settings = Settings(
                home=home,
                landing=None if is_ingested else landing,
                person_key=SecretStr("bench"),
                engine="duckdb" if engine == "duckdb" else "spark",
                spark_master=cluster.url if cluster else "local[*]",
                spark_conf={"spark.executor.memory": "1g"} if cluster else {},
            )
            run = Run(settings=settings, as_of=AS_OF)
            with run.home.held():
                run.ingest()
                plan = run.make_plan()
                assert plan is not None
                tree = ProcessTree(cluster.process_groups if cluster else [])
                started = time.monotonic()
                run.build()
                wall, cpu = time.monotonic() - started, tree.stop()
        rows = sum(file.rows_loaded for file in plan.taken)
        found.append(Measured(engine, rows, cpu, wall, tree.peak_bytes >> 20))
        print(found[-1], file=sys.stderr, flush=True)
        digests = _digests(run)
        if (expected or digests) != digests:
            raise RuntimeError(f"{engine} gives another content than {engines[0]}")
        expected = digests
    shutil.rmtree(folder / "cluster", ignore_errors=True)
    return found


def _cluster_for(engine: str, folder: Path) -> AbstractContextManager[Cluster | None]:
    return running_cluster(folder) if "cluster" in engine else nullcontext()


def _digests(run: Run) -> dict[str, str]:
    import duckdb

    with duckdb.connect(str(run.home.build_database), read_only=True) as connection:
        return {
            table.label: table_digest(connection, table.relation, table.digested_columns)[1]
            for table in load_mart_tables()
        }


def as_table(found: list[Measured]) -> str:
    """The measurements as Markdown, the slope beside the next smaller size of the engine."""
    lines = [
        "| engine | rows | CPU s | wall s | peak MB | slope |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for one in sorted(found, key=lambda each: (ENGINES.index(each.engine), each.rows)):
        smaller = [o for o in found if o.engine == one.engine and o.rows < one.rows]
        slope = ""
        if smaller:
            last = max(smaller, key=lambda each: each.rows)
            steps = math.log(one.rows / last.rows)
            slope = f"{math.log(one.cpu_seconds / last.cpu_seconds) / steps:.2f}"
        lines.append(
            f"| {one.engine} | {one.rows:,} | {one.cpu_seconds:.0f} | {one.wall_seconds:.0f}"
            f" | {one.peak_megabytes:,} | {slope} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure what is asked for, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--records", type=int, action="append")
    parser.add_argument("--engine", choices=ENGINES, action="append")
    parser.add_argument("--folder", type=Path, required=True, help="a large disk; kept")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    found: list[Measured] = []
    for records in chosen.records or [100_000, 1_000_000, 10_000_000]:
        found += measure(chosen.folder.absolute(), records, chosen.engine or list(ENGINES))
        print(as_table(found), flush=True)


if __name__ == "__main__":
    main()
