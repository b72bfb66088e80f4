"""A demo release, made once, to ask."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr

from orchestration.demo.feeds import write_demo_feeds
from orchestration.home import Home
from orchestration.pipeline import Run, execute
from orchestration.publish.store import ReleaseStore
from orchestration.settings import Settings


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a run over the demo deliveries, defects among them, to the year's end."""
    folder = tmp_path_factory.mktemp("cookbook")
    write_demo_feeds(folder / "landing", dirty=0.02)
    settings = Settings(
        home=folder / "home", landing=folder / "landing", person_key=SecretStr("a key for tests")
    )
    run = Run(settings=settings, as_of=date(2020, 12, 31))
    execute(run)
    assert run.published is not None
    return folder / "home"


@pytest.fixture(scope="session")
def demo_store(demo_home: Path) -> ReleaseStore:
    return ReleaseStore(Home(demo_home))
