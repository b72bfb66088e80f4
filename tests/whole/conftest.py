"""Whole-system tests go through the ``credit`` command, as people and machines do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from orchestration.demo.feeds import write_demo_feeds
from orchestration.pipeline import Run, execute
from orchestration.publish.manifest import Manifest
from orchestration.settings import Settings
from tests.oracle.compare import compare
from tests.oracle.deliveries import read_deliveries
from tests.oracle.marts import compute_marts

PERSON_KEY = "a key for tests"
AS_OF = date(2020, 12, 31)

Credit = Callable[..., subprocess.CompletedProcess[str]]


def run_credit(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``credit``; a variable given as an empty text is taken out of the environment."""
    variables = {**os.environ, "CREDIT_PERSON_KEY": PERSON_KEY, **environment}
    return subprocess.run(
        [sys.executable, "-c", "from orchestration.cli import main; main()", *map(str, arguments)],
        env={name: value for name, value in variables.items() if value},
        text=True,
        capture_output=True,
        check=False,
        timeout=1500,
    )


def run_here(landing: Path | None, home: Path, as_of: date, with_pages: bool = False) -> Manifest:
    """The same steps in this process and without Dagster: warm, so much cheaper.

    Documents and site, which cost as much as the tables, only ``with_pages``.
    """
    settings = Settings(
        home=home,
        landing=landing,
        person_key=SecretStr(PERSON_KEY),
        with_documents=with_pages,
        with_site=with_pages,
    )
    run = Run(settings=settings, as_of=as_of)
    execute(run)
    assert run.published is not None
    return run.published.manifest


def differences(landing: Path, as_of: date, release: Path) -> list[str]:
    """Where a release differs from what is computed independently from the deliveries."""
    expected = compute_marts(read_deliveries(landing, as_of, PERSON_KEY), as_of)
    return compare(expected, release / "gov/credit.duckdb", release / "open/credit.duckdb")


@pytest.fixture(scope="session")
def credit() -> Credit:
    return run_credit


@pytest.fixture(scope="session")
def dirty_landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small landing zone of every item and unit, with every kind of defect."""
    landing = tmp_path_factory.mktemp("dirty") / "landing"
    write_demo_feeds(landing, enterprises=300, days=30, dirty=0.08)
    return landing


@pytest.fixture(scope="session")
def published(
    tmp_path_factory: pytest.TempPathFactory, dirty_landing: Path
) -> tuple[Path, dict[str, Any]]:
    """The home of a run over the dirty landing zone, and what the run said."""
    home = tmp_path_factory.mktemp("published") / "home"
    done = run_credit("run", "--landing", dirty_landing, "--home", home, "--as-of", AS_OF, "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    return home, json.loads(done.stdout)
