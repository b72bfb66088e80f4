"""A release with a site, and a browser that looks at it from this machine only."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orchestration.site import write_site
from tests.portal import products

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MARKUP = "<img src=x onerror=alert(1)>有限公司"
REVERSED = "\u202e司公限有海"
FORMULA = "=cmd|' /C calc'!A0"
BUSY = "91330100MA0000001X"
NOBODY = "91330100MA9999999X"


def example_rows() -> products.Rows:
    """Rows of every list, strange names among them; more than a page of dishonesty."""
    return {
        "red_list": [
            products.red_list(BUSY, "杭州海创科技有限公司"),
            products.red_list("91330200MA0000002X", "宁波海创贸易有限公司", "3302"),
        ],
        "dishonesty": [
            products.dishonesty(BUSY, "杭州海创科技有限公司", "浙市监罚〔2020〕1号"),
            products.dishonesty("91330100MA0000003X", MARKUP, "D3", conduct_name="囤积居奇"),
            products.dishonesty("91330100MA0000004X", REVERSED, "D4", fine_yuan="99.50"),
            products.dishonesty("91330100MA0000005X", FORMULA, "D5", fine_yuan=None),
            *(
                products.dishonesty(f"91330300MA{n:07d}X", f"温州第{n}包装有限公司", f"W{n}")
                for n in range(120)
            ),
        ],
        "severe_dishonesty_list": [products.severe(BUSY, "杭州海创科技有限公司")],
        "typical_cases": [
            products.material(
                "T1",
                "失信典型案例",
                BUSY,
                "杭州海创科技有限公司",
                document_no="浙市监罚〔2020〕1号",
            )
        ],
        "role_models": [
            products.material("R1", "防疫先进事迹", None, "王**"),
            products.material("R2", "诚实守信事迹", "91330200MA0000002X", "宁波海创贸易有限公司"),
        ],
        "repair_announcements": [products.repair("91330400MA0000006X", "嘉兴修复有限公司", "D6")],
        "repair_service_level": [
            {
                "site": "信用浙江",
                "channel": "green",
                "month": "2020-06-01",
                "applications": 7,
                "on_time": 4,
                "late": 1,
                "pending": 1,
                "overdue": 1,
                "median_working_days": "1.0",
            }
        ],
        "unit_scorecard": [
            products.scorecard("market_regulation", 90, 10),
            products.scorecard("health", 50, 0),
        ],
        "evaluation_summary": [
            {"city_code": city, "grade": grade, "enterprises": number}
            for city in ("3301", "3302", None)
            for grade, number in (("A", 5), ("B", 50), ("D", 1))
        ],
        "clause_coverage": [
            {
                "clause": clause,
                "title": f"第{clause}条",
                "responsible_units": 4,
                "reporting_units": clause % 5,
                "coverage_rate": clause % 5 / 4,
                "records_loaded": 100,
                "records_used": 90,
                "last_delivery_date": "2020-06-30",
            }
            for clause in range(1, 11)
        ],
        "social_order_statistics": [
            {"city_code": "3301", "conduct_code": "S10", "month": "2020-02-01", "cases": None},
            {"city_code": "3302", "conduct_code": "S10", "month": "2020-02-01", "cases": 12},
        ],
    }


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release folder with a site of the example rows."""
    folder = tmp_path_factory.mktemp("release")
    products.make_release(folder, example_rows())
    (folder / "open" / "csv").mkdir()
    (folder / "open" / "csv" / "red_list.csv").write_text("subject_id\n", encoding="utf-8")
    write_site(folder, scratch=tmp_path_factory.mktemp("scratch"))
    return folder


# ------------------------------------------------------------------------- browser


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A visitor who leaves in the middle is no error."""


@functools.cache
def serve(folder: Path) -> str:
    """The address of a plain static server over a folder; it ends with the process."""
    handler = functools.partial(_Quiet, directory=str(folder))
    server = _Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium: the machine's own, or Playwright's."""
    from playwright.sync_api import Error, sync_playwright

    path = os.environ.get("CREDIT_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error as error:
            pytest.skip(f"no Chromium: {error.message.splitlines()[0]}")
        yield launched
        launched.close()


@dataclass
class Visit:
    """A page and what it asked for."""

    page: Page
    base: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    bytes_received: int = 0

    def open(self, address: str) -> Page:
        """Go to a page of the site and wait until it is still."""
        self.page.goto(f"{self.base}/{address}", wait_until="networkidle")
        return self.page


def visit_of(browser: Browser, base: str, **context: object) -> Visit:
    """A fresh visitor of the site at ``base``, watched."""
    page = browser.new_context(**context).new_page()  # type: ignore[arg-type]
    visit = Visit(page, base)
    page.on("request", lambda request: visit.requests.append(request.url))
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on("console", lambda message: visit.complaints.append(message.text))
    return visit


def assert_nothing_left(visit: Visit) -> None:
    """No request elsewhere, no cookie, nothing stored, not a word on the console."""
    elsewhere = [url for url in visit.requests if not url.startswith(visit.base.split("/site")[0])]
    assert not elsewhere
    assert visit.complaints == []
    assert visit.page.context.cookies() == []
    assert visit.page.evaluate("localStorage.length + sessionStorage.length") == 0


@pytest.fixture
def visit(browser: Browser, release: Path) -> Iterator[Visit]:
    """A visitor of the example site; leaving, everything the visit did is judged."""
    made = visit_of(browser, serve(release / "open") + "/site")
    yield made
    assert_nothing_left(made)
    made.page.context.close()
