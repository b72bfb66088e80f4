"""``credit demo``: deliveries, a run, a release, and a screen that says where to look next."""

from __future__ import annotations

import secrets
from pathlib import Path

from pydantic import SecretStr

from orchestration.demo.feeds import write_demo_feeds
from orchestration.home import Home
from orchestration.pipeline import Run
from orchestration.progress import Told
from orchestration.publish.files import write_durably
from orchestration.settings import Settings

# A few rows in a hundred carry a defect, so that quarantine and feedback have something to show.
DEMO_DIRT = 0.02


def run_demo(settings: Settings) -> None:
    """Write demo deliveries below the home, run them and say what was published."""
    from orchestration import runner, screens

    home = Home(settings.home.absolute())
    home.create()
    landing = home.folder / "demo" / "landing"
    progress = Told()
    if not landing.is_dir():
        progress.step("deliveries", f"written to {landing}")
        write_demo_feeds(landing, dirty=DEMO_DIRT)
    demo_settings = settings.model_copy(
        update={"landing": landing, "person_key": settings.person_key or _demo_key(home)}
    )
    run = Run(settings=demo_settings, progress=progress)
    runner.execute(run)
    screens.show_run(run)
    screens.show_demo(run)


def _demo_key(home: Home) -> SecretStr:
    """The demo's own key: made once, kept in its home, readable by its owner only."""
    path: Path = home.state / "demo-person.key"
    if not path.is_file():
        write_durably(path, secrets.token_hex(32).encode(), mode=0o600)
    return SecretStr(path.read_text())
