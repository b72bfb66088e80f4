"""`credit ui` as people meet it: headless Chromium over a home of demo deliveries.

With CREDIT_SCREENSHOTS=<folder> the pages that are looked at are kept as pictures.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from orchestration_rig import KEY, deliver
from services_rig import CREDIT, ROOT, Interface, free_port, members, running

from orchestration.demo.feeds import write_demo_feeds
from orchestration.home import Home
from orchestration.ingest.ledger import Ledger

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# A busy machine may take its time: what is waited for comes, or hangs.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(3600)]

JOB = "/locations/credit_zhejiang/jobs/publish_release"
LONG = 300_000
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]


@dataclass
class Served:
    """A home that is served, and its landing zone."""

    home: Path
    landing: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def current(self) -> str:
        """Where readers are sent."""
        return str(Home(self.home).current.readlink())

    @property
    def interface(self) -> Interface:
        return Interface(self.port)


@dataclass
class Visit:
    """A page that is looked at, with every address it asked for beyond this machine."""

    page: Page
    address: str
    strangers: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path, timeout=LONG)
        return self.page

    def keep(self, name: str) -> None:
        """A picture, where pictures are wanted."""
        folder = os.environ.get("CREDIT_SCREENSHOTS")
        if folder:
            self.page.wait_for_timeout(2_000)
            self.page.screenshot(path=Path(folder, f"{name}.png"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("web")
    home, landing, port = folder / "home", folder / "landing", free_port()
    write_demo_feeds(landing, enterprises=100, days=6)
    environment = {
        "CREDIT_PERSON_KEY": KEY,
        "CREDIT_QUIET_SECONDS": "0",
        # They have tests of their own.
        "CREDIT_WITH_DOCUMENTS": "false",
        "CREDIT_WITH_SITE": "false",
        # The lists of a small demo are short: one row that vanishes counts.
        "CREDIT_REMOVAL_MINIMUM": "1",
    }
    places = ["--home", str(home), "--landing", str(landing)]
    subprocess.run(
        [*CREDIT, "run", *places], env={**os.environ, **environment}, cwd=ROOT, check=True
    )
    command = [*CREDIT, "ui", *places, "--port", str(port)]
    with running(command, folder / "ui.log", environment) as process:
        Interface(port).wait()
        yield Served(home, landing, port, process)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if program is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=QUIET)
        yield started
        started.close()


@pytest.fixture
def visit(served: Served, browser: Browser) -> Iterator[Visit]:
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    page.set_default_timeout(LONG)
    found = Visit(page, served.interface.address)
    own = re.compile(rf"(https?|wss?)://127\.0\.0\.1:{served.port}/|data:|blob:")

    def look(address: str) -> None:
        if not own.match(address):
            found.strangers.append(address)

    page.on("request", lambda request: look(request.url))
    yield found
    page.close()
    assert found.strangers == []


def until(page: Page, there: Callable[[], bool], act: Callable[[], None]) -> None:
    """Act, wait a little and look, again and again."""
    deadline = time.monotonic() + LONG / 1000
    while not there():
        assert time.monotonic() < deadline, f"nothing came on {page.url}"
        act()
        page.wait_for_timeout(4_000)


def launch(visit: Visit) -> str:
    """Launch the job as a person does, and return the run's id."""
    page = visit.go(JOB)
    button = page.locator("button", has_text="Materialize all").first
    launchpad = page.get_by_role("menuitem", name="Open launchpad")

    def open_menu() -> None:
        box = button.bounding_box()
        if box is not None:  # beside the button; it moves while the page is drawn
            page.mouse.click(box["x"] + box["width"] + 15, box["y"] + box["height"] / 2)

    until(page, launchpad.is_visible, open_menu)
    launchpad.click()
    start = page.locator("button", has_text=re.compile(r"^Materialize$")).last
    start.wait_for()
    page.wait_for_timeout(2_000)
    start.click()
    # Without a partition every new delivery is read.
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(re.compile(r"/runs/[0-9a-f-]{36}"), wait_until="commit")
    return page.url.rpartition("/runs/")[2][:36]


def test_a_run_that_is_launched_here_ends_in_a_release(served: Served, visit: Visit) -> None:
    deliver(served.landing, "2020-12-30", rows=4)
    before = served.current
    run_id = launch(visit)
    status, tags = served.interface.finished(run_id)
    assert (status, tags["credit/outcome"]) == ("SUCCESS", "published")
    after = served.current
    assert after == f"releases/{tags['credit/release']}" != before
    page = visit.go(f"/runs/{run_id}")
    page.get_by_text("Success", exact=True).first.wait_for()
    page.get_by_text("Loading run logs").wait_for(state="hidden")
    visit.keep("run")
    page.set_viewport_size({"width": 2200, "height": 1100})
    page = visit.go("/assets/release?view=overview")
    page.get_by_text(tags["credit/release"]).first.wait_for()
    page.get_by_text("content_digest").first.evaluate("header => header.scrollIntoView()")
    visit.keep("release")


def test_the_asset_graph_loads(visit: Visit) -> None:
    # What is out of sight is not drawn.
    visit.page.set_viewport_size({"width": 2200, "height": 1100})
    page = visit.go(JOB)
    groups = ("raw", "staging", "intermediate", "marts", "open", "codebooks", "release")
    page.get_by_text("marts", exact=True).first.wait_for()
    # On a slow machine the graph is fitted to a page that is not laid out yet; a double click on
    # the empty canvas fits it again.
    until(
        page,
        lambda: all(page.get_by_text(group, exact=True).count() for group in groups),
        lambda: page.mouse.dblclick(600, 1020),
    )
    page.get_by_text(re.compile(r"View 1\d\d assets")).wait_for()
    page.get_by_text("Latest run:").wait_for()
    visit.keep("asset-graph")


def test_an_asset_shows_its_columns_their_lineage_and_its_checks(visit: Visit) -> None:
    page = visit.go("/assets/marts/red_list?view=overview")
    page.get_by_text("The red list (clause 5)").wait_for()
    page.get_by_text("highest_level", exact=True).first.wait_for()
    visit.keep("asset")
    page.get_by_text("marts/positive_records.level").first.scroll_into_view_if_needed()
    visit.keep("asset-lineage")
    page = visit.go("/assets/marts/red_list?view=checks")
    page.get_by_text("audit", exact=True).first.click()
    page.get_by_text(re.compile("This is a blocking asset check")).wait_for()
    page.get_by_text("Passed").first.wait_for()
    visit.keep("asset-checks")


def test_lineage_ends_in_the_raw_asset_and_that_knows_its_days(visit: Visit) -> None:
    page = visit.go("/assets/staging/stg_commendation?view=overview")
    page.get_by_text("raw/commendation.document_no").first.wait_for(state="attached")
    page = visit.go("/assets/raw/commendation?view=overview")
    page.get_by_text("Freshness policy").first.wait_for()
    page.get_by_text("Passing").first.wait_for()
    visit.keep("raw")
    page = visit.go("/assets/raw/commendation?view=partitions")
    page.get_by_text(re.compile(r"Materialized \([1-9]\d*\)")).wait_for()
    visit.keep("raw-partitions")
    page = visit.go("/assets/raw/commendation?view=checks")
    page.get_by_text("delivered_in_time").first.click()
    page.get_by_text("never_delivered").first.wait_for()
    visit.keep("duty")


def test_a_refused_run_shows_why(served: Served, visit: Visit) -> None:
    """Deliveries that are lost from raw zone and landing zone take rows with them."""
    for path in served.landing.rglob("commendation*"):
        path.unlink()
    ledger = Ledger.of(served.home)
    ledger.rewrite(e for e in list(ledger.entries.values()) if e.item_code != "commendation")
    before = served.current
    run_id = launch(visit)
    status, _ = served.interface.finished(run_id)
    assert status == "FAILURE"
    assert served.current == before
    page = visit.go(f"/runs/{run_id}")
    page.get_by_text(re.compile("the audit refuses the release")).first.wait_for()
    visit.keep("run-refused")
    page = visit.go("/assets/marts/release_info?view=checks")
    page.get_by_text("gate", exact=True).first.click()
    told = page.locator("tr", has_text="refusals").last
    told.get_by_text("Show Markdown").click()
    page.get_by_text(re.compile("red_list.*--approve-removals")).first.wait_for()
    visit.keep("refusal")


def test_the_services_end_with_the_command(served: Served) -> None:
    group = subprocess.run(
        ["ps", "-o", "pgid=", "--ppid", str(served.process.pid)],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert group and len(members(int(group[0]))) >= 3
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(timeout=60) == 0
    time.sleep(0.5)
    assert members(int(group[0])) == []
