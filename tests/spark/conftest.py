"""Builds on Spark beside DuckDB's: one ingest, then the same raw zone for every engine."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from orchestration import runner
from orchestration.demo.command import DEMO_DIRT
from orchestration.demo.feeds import write_demo_feeds
from orchestration.engines.spark import check_installation
from orchestration.errors import WrongArguments
from orchestration.pipeline import Run
from orchestration.settings import Settings
from tests.spark.cluster import QUICK, Cluster, running_cluster

AS_OF = date(2020, 12, 31)


@pytest.fixture(scope="session", autouse=True)
def spark_is_there() -> None:
    try:
        check_installation()
    except WrongArguments as error:
        pytest.skip(str(error))


def run_of(home: Path, **others: Any) -> Run:
    """A run over the raw zone of a home, without the parts that no engine has to do with."""
    settings = Settings(
        home=home,
        person_key=SecretStr("a key for tests"),
        with_documents=False,
        with_site=False,
        **{"spark_conf": QUICK, **others},
    )
    return Run(settings=settings, as_of=AS_OF)


def digests_of(run: Run) -> dict[str, str]:
    """The content digest of every table of both products, by the job that ``credit run`` runs."""
    runner.execute(run)
    assert run.published is not None
    assert run.published.is_new
    return run.published.manifest.digests


class Delivered:
    """A home in which DuckDB ingested and published, and its digests."""

    def __init__(self, folder: Path, **feeds: Any) -> None:
        write_demo_feeds(folder / "landing", **feeds)
        self._home = folder / "home"
        run = run_of(self._home, landing=folder / "landing")
        self.digests = digests_of(run)
        assert run.audit_result is not None
        self.dbt_tests = run.audit_result.dbt_tests

    def raw_only(self, home: Path) -> Path:
        """A new home with the same raw zone and nothing published."""
        shutil.copytree(self._home / "raw", home / "raw")
        return home

    def published(self, home: Path) -> Path:
        """A new home with the same raw zone and release."""
        shutil.copytree(self._home, home, symlinks=True)
        return home


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """Every item, unit and defect, as few rows as the scenes of the demo allow."""
    return Delivered(tmp_path_factory.mktemp("few"), enterprises=60, days=12, dirty=0.08)


@pytest.fixture(scope="session")
def whole_demo(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """The landing zone of `credit demo`."""
    return Delivered(tmp_path_factory.mktemp("demo"), dirty=DEMO_DIRT)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with running_cluster(tmp_path / "cluster") as running:
        yield running


class Watched:
    """Progress that does something once, when so many models are built."""

    def __init__(self, models: int, act: Callable[[], None]) -> None:
        self._models, self._act = models, act
        self.has_acted = False

    def step(self, name: str, detail: str = "") -> None:
        """Nothing."""

    def count(self, what: str, done: int, total: int) -> None:
        """Act when it is time."""
        if done >= self._models and not self.has_acted:
            self.has_acted = True
            self._act()

    def note(self, line: str) -> None:
        """Nothing."""
