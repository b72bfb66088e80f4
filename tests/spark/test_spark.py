"""Spark gives what DuckDB gives: in one process, on a cluster, and when a part of it dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration.errors import Failure
from orchestration.pipeline import execute
from orchestration.publish.verify import verify_release
from tests.spark.cluster import Cluster
from tests.spark.conftest import Delivered, Watched, digests_of, run_of

# A build in which every stage is planned, compiled and scheduled: minutes on a busy machine.
pytestmark = [pytest.mark.spark, pytest.mark.timeout(3600)]


def _java_of(folder: Path) -> list[str]:
    """The JVMs that were started for a folder: it is in what they were told."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                told = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"java" in told.split(b"\0")[0] and os.fsencode(folder) in told:
                found.append(entry.name)
    return found


def test_spark_gives_every_table_of_both_products_the_digest_of_duckdb(
    few: Delivered, tmp_path: Path
) -> None:
    home = few.raw_only(tmp_path / "a home's name 'and quotes'")
    run = run_of(home, engine="spark", spark_master="local[2]")
    assert digests_of(run) == few.digests
    assert run.build_result is not None
    assert {node.resource_type for node in run.build_result.nodes} == {"seed", "model", "test"}
    assert run.audit_result is not None
    assert run.audit_result.dbt_tests == few.dbt_tests
    assert _java_of(home) == []

    # Which engine built is no part of what was built: nothing is new to DuckDB.
    again = run_of(home)
    execute(again)
    assert again.published is not None
    assert not again.published.is_new


def test_a_cluster_gives_the_whole_demo_the_digests_of_duckdb(
    whole_demo: Delivered, cluster: Cluster, tmp_path: Path
) -> None:
    home = whole_demo.raw_only(tmp_path / "home")
    assert digests_of(run_of(home, engine="spark", spark_master=cluster.url)) == whole_demo.digests
    started = [path for path in (tmp_path / "cluster").glob("work*/app-*/*") if path.is_dir()]
    assert len({path.parent.parent for path in started}) == 2, "both workers had an executor"


def test_a_worker_that_dies_in_a_build_leaves_current_and_the_next_run_completes(
    few: Delivered, cluster: Cluster, tmp_path: Path
) -> None:
    home = few.published(tmp_path / "home")
    current = (home / "published" / "current").resolve()
    run = run_of(home, engine="spark", spark_master=cluster.url, parameters=_other_model())
    run.progress = killing = Watched(20, cluster.kill_worker)
    try:
        execute(run)
    except Failure:
        assert (home / "published" / "current").resolve() == current
        assert verify_release(current) == []
    assert killing.has_acted
    assert len(cluster.workers) == 1

    expected = run_of(few.raw_only(tmp_path / "beside"), parameters=_other_model())
    digests = digests_of(expected)
    after = run_of(home, engine="spark", spark_master=cluster.url, parameters=_other_model())
    execute(after)
    assert after.published is not None
    assert after.published.manifest.digests == digests
    assert verify_release((home / "published" / "current").resolve()) == []


def _other_model() -> dict[str, str]:
    """A parameter that changes what is published, so that there is something to build."""
    return {"model_version": "epidemic-2020.2"}


def test_a_cluster_that_is_not_there_fails_in_one_line_and_leaves_current(
    few: Delivered, tmp_path: Path
) -> None:
    home = few.published(tmp_path / "home")
    current = (home / "published" / "current").resolve()
    run = run_of(
        home, engine="spark", spark_master="spark://127.0.0.1:9", parameters=_other_model()
    )
    with pytest.raises(Failure, match="the build on Spark") as failed:
        execute(run)
    assert len(str(failed.value).splitlines()) == 1
    assert (home / "published" / "current").resolve() == current
    assert verify_release(current) == []
    assert _java_of(home) == []


_STARTED = """
import sys
from pathlib import Path
from tests.spark.conftest import run_of
from orchestration.pipeline import execute
execute(run_of(Path(sys.argv[1]), engine="spark", spark_master="local[1]"))
"""


def test_a_killed_run_takes_its_spark_with_it(few: Delivered, tmp_path: Path) -> None:
    home = few.raw_only(tmp_path / "home")
    process = subprocess.Popen([sys.executable, "-c", _STARTED, str(home)])
    try:
        deadline = time.monotonic() + 600
        while not list(home.glob("work/spark/*/warehouse/intermediate.db/*")):
            assert process.poll() is None, "the run ended before Spark wrote anything"
            assert time.monotonic() < deadline, "Spark wrote nothing"
            time.sleep(0.1)
        assert _java_of(home)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    deadline = time.monotonic() + 60
    while _java_of(home) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert _java_of(home) == []
    assert not (home / "published" / "current").exists()
    # What it left is no part of what the next run builds, on whatever engine.
    assert digests_of(run_of(home)) == few.digests
