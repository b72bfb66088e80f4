"""Pictures of every page for the documents.

``python -m tests.portal.screenshots OPEN_FOLDER OUT`` visits the site of a release's ``open``
folder, on a machine with a Chinese font.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from pathlib import Path

import duckdb
from PIL import Image
from playwright.sync_api import sync_playwright

from orchestration.site.pages import PAGES
from tests.portal.conftest import serve

WIDTH, MAX_HEIGHT, COLOURS = 1100, 1500, 32


def addresses(open_folder: Path) -> dict[str, str]:
    """Every page, with a search that finds something and the subject of the most lines."""
    found = duckdb.sql(
        f"select subject_id from (select subject_id from '{open_folder}/parquet/dishonesty.parquet'"
        f" union all select subject_id from '{open_folder}/parquet/severe_dishonesty_list.parquet'"
        f" union all select subject_id from '{open_folder}/parquet/role_models.parquet')"
        " where subject_id is not null group by 1 order by count(*) desc, 1 limit 1"
    ).fetchone()
    assert found
    pages = {name: f"{name}.html" for name in PAGES}
    pages |= {"search": "search.html?q=实业", "subject": f"subject.html?id={found[0]}"}
    return {**pages, "index-en": "en/index.html", "subject-en": f"en/{pages['subject']}"}


def main(open_folder: Path, out: Path) -> None:
    """Write a small picture of the top of every page."""
    out.mkdir(parents=True, exist_ok=True)
    base = f"{serve(open_folder)}/site"
    path = os.environ.get("CREDIT_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 900})
        for name, address in addresses(open_folder).items():
            page.goto(f"{base}/{address}", wait_until="networkidle")
            page.wait_for_timeout(300)
            height = min(MAX_HEIGHT, page.evaluate("document.documentElement.scrollHeight"))
            clip = {"x": 0, "y": 0, "width": WIDTH, "height": height}
            png = page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type]
            picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS)
            picture.save(out / f"{name}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
