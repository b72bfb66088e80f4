"""The valid build that every test of the audit begins with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.audit import ExpectationResult
from orchestration.audit.run import run_suites
from orchestration.build import BuildResult
from orchestration.home import Home
from tests.audit.builds import Judge, judging, valid_build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BuildResult]:
    """The valid build's database and what dbt said of it."""
    return valid_build(tmp_path_factory.mktemp("audit"))


@pytest.fixture(scope="session")
def valid(built: tuple[Path, BuildResult]) -> Path:
    return built[0]


@pytest.fixture(scope="session")
def judge(valid: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    with judging(valid, tmp_path_factory.mktemp("changed")) as found:
        yield found


def home_of(database: Path, folder: Path) -> Home:
    """A home whose build database is a copy."""
    found = Home(folder)
    found.create()
    shutil.copyfile(database, found.build_database)
    return found


@pytest.fixture
def home(tmp_path: Path, valid: Path) -> Home:
    return home_of(valid, tmp_path / "home")


@pytest.fixture(scope="session")
def known_results(valid: Path) -> list[ExpectationResult]:
    """What the suites say of the valid build."""
    return run_suites(valid)


@pytest.fixture
def answered(
    monkeypatch: pytest.MonkeyPatch, known_results: list[ExpectationResult]
) -> list[ExpectationResult]:
    """The suites answer at once, as over the valid build: for what does not depend on them."""
    results = list(known_results)
    monkeypatch.setattr("orchestration.audit.run.run_suites", lambda *_, **__: list(results))
    return results


def change(home: Home, *statements: str) -> None:
    """Change the build database of a home."""
    with duckdb.connect(str(home.build_database)) as connection:
        for statement in statements:
            connection.execute(statement)
