"""The valid build that every test of the audit begins with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

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


@pytest.fixture
def home(tmp_path: Path, valid: Path) -> Home:
    """A home whose build database is a copy of the valid one."""
    found = Home(tmp_path / "home")
    found.create()
    shutil.copyfile(valid, found.build_database)
    return found


def change(home: Home, *statements: str) -> None:
    """Change the build database of a home."""
    with duckdb.connect(str(home.build_database)) as connection:
        for statement in statements:
            connection.execute(statement)
