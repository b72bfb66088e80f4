"""What can be promised of the engine spark without Spark: what it asks for, and what it reads."""

from __future__ import annotations

import importlib.util
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr

from orchestration.demo.feeds import write_demo_feeds
from orchestration.engines import spark
from orchestration.engines.spark_worker import session_conf
from orchestration.errors import Failure, WrongArguments
from orchestration.ingest.plan import prepare_database
from orchestration.pipeline import Run
from orchestration.settings import Settings

REQUEST: dict[str, Any] = {
    "master": "local[2]",
    "warehouse": "/a/warehouse",
    "memory_limit": "6 GB",
    "conf": {},
}


def test_a_run_on_spark_without_java_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(WrongArguments, match=r"needs Java 17 or newer.* found none"):
        Run(settings=Settings(engine="spark")).check_arguments()


def test_a_run_on_spark_without_the_extra_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WrongArguments, match="install the extra `spark`"):
        Run(settings=Settings(engine="spark")).check_arguments()


def test_an_older_java_is_refused_by_its_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    assert spark.java_version() == 8
    with pytest.raises(WrongArguments, match="found Java 8"):
        spark.check_installation()


def test_no_setting_of_spark_changes_what_equal_results_rest_on() -> None:
    given = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parser.escapedStringLiterals": "false",
        "spark.executor.memory": "8g",
    }
    conf = session_conf({**REQUEST, "conf": given})
    assert conf["spark.sql.session.timeZone"] == "Asia/Shanghai"
    assert conf["spark.sql.parser.escapedStringLiterals"] == "true"
    assert conf["spark.executor.memory"] == "8g"


def test_spark_on_this_machine_listens_on_loopback_only_and_keeps_to_the_memory_limit() -> None:
    conf = session_conf(REQUEST)
    assert conf["spark.driver.bindAddress"] == conf["spark.driver.host"] == "127.0.0.1"
    assert conf["spark.driver.memory"] == "6g"
    assert conf["spark.ui.enabled"] == "false"
    far = session_conf({**REQUEST, "master": "spark://a.cluster:7077"})
    assert "spark.driver.host" not in far
    assert far["spark.driver.memory"] == "6g"  # small sides of joins are gathered in the driver


def test_spark_reads_the_parquet_of_the_raw_zone_itself(tmp_path: Path) -> None:
    write_demo_feeds(tmp_path / "landing", enterprises=20, days=5)
    home, landing = tmp_path / "home", tmp_path / "landing"
    settings = Settings(home=home, landing=landing, person_key=SecretStr("a key for tests"))
    run = Run(settings=settings, as_of=date(2020, 12, 31))
    run.home.create()
    run.ingest()
    plan = run.make_plan()
    assert plan is not None
    with duckdb.connect() as connection:
        prepare_database(
            connection,
            plan,
            release_id="20201231-1",
            built_at=datetime(2020, 12, 31),
            code_version="1",
        )
        tables = {table.name: table for table in spark._sources(connection, plan, tmp_path / "in")}
    assert tables.keys() == plan.catalogue.items.keys() | {
        "ingested_files",
        "quarantined_rows",
        "run_parameters",
    }
    linked = [path for item in plan.catalogue.items for path in Path(tables[item].folder).iterdir()]
    assert linked
    assert all(path.is_symlink() for path in linked)
    assert all(path.resolve().is_relative_to(home.resolve()) for path in linked)
    assert dict(tables["run_parameters"].columns)["built_at"] == "timestamp_ntz"
    assert dict(tables["run_parameters"].columns)["serious_fine_yuan"] == "decimal(18,2)"


@pytest.mark.parametrize("left", ["_SUCCESS", "part-0.parquet"])
def test_a_table_that_spark_left_half_written_is_refused(tmp_path: Path, left: str) -> None:
    place = tmp_path / "marts.db" / "subjects"
    place.mkdir(parents=True)
    (place / left).touch()
    with (
        duckdb.connect() as connection,
        pytest.raises(Failure, match=r"marts\.subjects unfinished"),
    ):
        spark._show_tables(connection, tmp_path)
