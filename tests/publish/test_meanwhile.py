"""Tables are written while the audit judges: the same release, and nothing of a refused one."""

from __future__ import annotations

import copy
import errno
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr

from orchestration import pipeline
from orchestration.audit import run as audit_run
from orchestration.audit.result import ExpectationResult
from orchestration.demo.feeds import write_demo_feeds
from orchestration.errors import AuditRefused, Failure
from orchestration.pipeline import Run
from orchestration.publish import release as release_module
from orchestration.publish.meanwhile import Unwanted, written_meanwhile
from orchestration.publish.release import Content
from orchestration.publish.store import ReleaseStore
from orchestration.settings import Settings

AS_OF = date(2020, 12, 31)


@dataclass(frozen=True)
class Built:
    """A home whose build waits for its audit, and the run that built it."""

    run: Run
    kept: Path
    results: list[ExpectationResult]

    def again(self) -> Run:
        """The run as it was before the audit, over the home as it was then."""
        home = self.run.home.folder
        shutil.rmtree(home)
        shutil.copytree(self.kept, home, symlinks=True)
        return copy.copy(self.run)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("meanwhile")
    write_demo_feeds(folder / "landing", enterprises=60, days=10)
    settings = Settings(
        home=folder / "home",
        landing=folder / "landing",
        person_key=SecretStr("a key for tests"),
        with_site=False,
        with_documents=False,
    )
    run = Run(settings=settings, as_of=AS_OF)
    run.ingest()
    run.make_plan()
    run.build()
    results = audit_run.run_suites(run.home.build_database)
    shutil.copytree(folder / "home", folder / "kept", symlinks=True)
    return Built(run, folder / "kept", results)


_HONEST = audit_run.run_suites


@pytest.fixture(autouse=True)
def remembered(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Great Expectations says of the build does not change from test to test."""
    monkeypatch.setattr(audit_run, "run_suites", lambda *_, **__: built.results)


@pytest.fixture
def side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "ROWS_WORTH_A_THREAD", 0)


def staging(run: Run) -> list[str]:
    return (
        [path.name for path in run.home.releases.glob(".*")] if run.home.releases.is_dir() else []
    )


def published(run: Run) -> tuple[Any, ...]:
    """Everything of the release's tables: rows, digests, bytes of the Parquet, and the changes."""
    run.audit()
    run.publish()
    assert run.published is not None
    assert run.published.is_current
    changes = run.home.releases / run.published.manifest.release_id / "changes"
    return (
        run.published.manifest.tables,
        {path.name: path.read_bytes() for path in changes.iterdir()},
        staging(run),
    )


def test_release_written_while_the_audit_judges_is_the_same(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_order = published(built.again())
    monkeypatch.setattr(pipeline, "ROWS_WORTH_A_THREAD", 0)
    run = built.again()
    assert published(run) == in_order
    assert in_order[0]


def test_great_expectations_and_the_writing_read_one_file_at_once(
    built: Built, side_by_side: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_run, "run_suites", _HONEST)
    run = built.again()
    run.audit()
    assert run.audit_result is not None
    assert list(run.audit_result.results) == built.results
    assert run.content is not None
    assert run.content.result().standing is None


def test_content_is_there_when_the_audit_ends(built: Built, side_by_side: None) -> None:
    run = built.again()
    run.audit()
    assert run.content is not None
    assert run.content.done()
    assert run.store.current() is None
    assert staging(run) == [f".staging-{run.release_id}"]
    assert (run.home.releases / staging(run)[0]).stat().st_mode & 0o077 == 0


def test_nothing_stays_of_a_release_that_the_audit_refuses(
    built: Built, side_by_side: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = ExpectationResult(
        table="marts.red_list",
        type="unexpected_rows_expectation",
        column=None,
        rule="made_up",
        clause="4",
        severity="error",
        sentence={"zh": "不成立。", "en": "Is not so."},
        success=False,
        rows=1,
        unexpected=1,
        error=None,
    )

    def late(*_: Any, **__: Any) -> list[ExpectationResult]:
        deadline = time.monotonic() + 60
        while not list(run.home.releases.glob(".staging-*/open/csv/*.csv")):
            assert time.monotonic() < deadline, "nothing was written meanwhile"
            time.sleep(0.01)
        return [*built.results, refused]

    monkeypatch.setattr(audit_run, "run_suites", late)
    run = built.again()
    with pytest.raises(AuditRefused):
        run.audit()
    assert run.content is None
    assert staging(run) == []
    assert run.store.release_ids() == []


def test_disk_that_fills_up_meanwhile_is_told_when_it_is_published_and_a_second_try_writes_anew(
    built: Built, side_by_side: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    run = built.again()
    with monkeypatch.context() as patched:
        patched.setattr(release_module, "write_csv", full)
        run.audit()
        with pytest.raises(Failure, match="cannot be written: No space left"):
            run.publish()
    assert staging(run) == []
    assert ReleaseStore(run.home).current() is None
    run.publish()
    assert run.published is not None
    assert run.published.is_current


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        yield made


def test_statement_at_hand_is_interrupted_when_nobody_wants_it(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    def endless(progress: Any) -> Content:
        progress("a table", 0, 1)
        connection.execute("select count(*) from range(1000000) as a, range(1000000) as b")
        raise AssertionError("such a count has no end")

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), written_meanwhile(connection, endless) as content:
        time.sleep(0.3)
        raise KeyboardInterrupt
    assert time.monotonic() - began < 30
    assert isinstance(content.exception(), duckdb.InterruptException)


def test_no_further_table_is_begun_when_nobody_wants_it(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    begun: list[int] = []

    def tables(progress: Any) -> Content:
        for number in range(1000):
            progress("a table", number, 1000)
            begun.append(number)
            time.sleep(0.01)
        raise AssertionError("all were begun")

    with pytest.raises(AuditRefused), written_meanwhile(connection, tables) as content:
        time.sleep(0.1)
        raise AuditRefused("refused")
    assert isinstance(content.exception(), Unwanted)
    assert len(begun) < 1000
