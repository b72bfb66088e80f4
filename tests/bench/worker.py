"""What runs inside a measured process: `python -m tests.bench.worker KIND ...`, JSON on stdout.

The measured run is ``credit run`` itself, with an observer that notes the CPU of each step.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.home import Home


class Clock:
    """An observer of a run: seconds of wall and CPU of every step."""

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, float]] = {}

    @contextmanager
    def step(self, run: Any, name: str) -> Iterator[None]:
        wall, cpu = time.monotonic(), cpu_seconds()
        try:
            yield
        finally:
            spent = self.steps.setdefault(name, {"wall": 0.0, "cpu": 0.0})
            spent["wall"] += time.monotonic() - wall
            spent["cpu"] += cpu_seconds() - cpu


def cpu_seconds() -> float:
    """CPU of this process and the children it waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """``credit run`` without the site."""
    from orchestration import runner
    from orchestration.lineage.observer import OpenLineageObserver
    from orchestration.pipeline import Run
    from orchestration.settings import Settings

    clock = Clock()
    events = OpenLineageObserver()

    class Both:
        @contextmanager
        def step(self, run: Any, name: str) -> Iterator[None]:
            with clock.step(run, name), events.step(run, name):
                yield

    settings = Settings(
        home=arguments.home, landing=arguments.landing, with_site=False, _env_file=None
    )
    this = Run(settings=settings, as_of=arguments.as_of, observer=Both())
    runner.execute(this)
    report = this.report()
    digests = this.published.manifest.digests if this.published else {}
    return {
        "steps": clock.steps,
        "status": report["status"],
        "rows": report["rows"],
        "digests": {name: one for name, one in digests.items() if "release_info" not in name},
    }


def ingest(arguments: argparse.Namespace) -> dict[str, Any]:
    """The landing zone into the raw zone, and no more; the CPU without the start of Python."""
    from orchestration.catalogue import load_catalogue
    from orchestration.ingest.ingest import ingest as ingest_landing
    from orchestration.ingest.strays import marked
    from orchestration.settings import Settings

    settings = Settings(home=arguments.home, landing=arguments.landing, _env_file=None)
    catalogue = load_catalogue()
    cpu, wall = cpu_seconds(), time.monotonic()
    with Home(arguments.home).held(), marked(arguments.home):
        report = ingest_landing(
            arguments.landing, arguments.home, settings, catalogue, date(9999, 1, 1)
        )
    return {
        "cpu": cpu_seconds() - cpu,
        "wall": time.monotonic() - wall,
        "rows": sum(one.entry.rows_delivered for one in report.files),
    }


def prepare(arguments: argparse.Namespace) -> dict[str, Any]:
    """The build database of a home as a run prepares it, for ``dbt build`` alone."""
    from datetime import datetime

    import duckdb

    from orchestration.catalogue import load_catalogue
    from orchestration.ingest.plan import plan, prepare_database
    from orchestration.settings import Settings

    settings = Settings(home=arguments.home, _env_file=None)
    home = Home(arguments.home)
    made = plan(home.folder, date.max, load_catalogue(), settings.parameters)
    assert made.newest_delivery_date is not None
    made = plan(home.folder, made.newest_delivery_date, load_catalogue(), settings.parameters)
    for path in (home.build_database, home.build_database.with_suffix(".duckdb.wal")):
        path.unlink(missing_ok=True)
    with duckdb.connect(str(home.build_database)) as connection:
        prepare_database(
            connection,
            made,
            release_id="bench",
            built_at=datetime(2020, 1, 1),
            code_version="bench",
        )
    return {"as_of": made.as_of.isoformat()}


def plain(arguments: argparse.Namespace) -> dict[str, Any]:
    """The limit: DuckDB reads UTF-8 and runs the marts' SQL, in one process, nothing else."""
    from tests.bench.plain import run_plain

    return run_plain(arguments.home, arguments.landing)


def plain_read(arguments: argparse.Namespace) -> dict[str, Any]:
    """DuckDB reads one UTF-8 CSV into typed Parquet."""
    from orchestration.catalogue import load_catalogue
    from tests.bench.plain import read_one

    item = load_catalogue().items["resumption_inspection"]
    cpu, wall = cpu_seconds(), time.monotonic()
    rows = read_one(item, arguments.landing / "utf8.csv", arguments.home)
    return {"cpu": cpu_seconds() - cpu, "wall": time.monotonic() - wall, "rows": rows}


def _date(text: str) -> date:
    return date.fromisoformat(text)


def main() -> None:
    """Run one kind and print what it says as JSON, the last line of standard output."""
    kinds: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
        "run": run,
        "ingest": ingest,
        "prepare": prepare,
        "plain": plain,
        "plain-read": plain_read,
    }
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=kinds)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--landing", type=Path)
    parser.add_argument("--as-of", type=_date)
    arguments = parser.parse_args()
    print(json.dumps(kinds[arguments.kind](arguments)))


if __name__ == "__main__":
    main()
