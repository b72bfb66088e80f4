"""The documents of a release open from a file system, and ask nobody for anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from orchestration.audit import AuditResult
from orchestration.documents import dbt_docs
from orchestration.documents.graph import ancestors, model_graph
from orchestration.documents.picture import picture
from orchestration.documents.write import write_documents
from orchestration.lineage.trace import compiled_manifest
from orchestration.marts import DBT_FOLDER, load_mart_tables
from orchestration.pipeline import Run
from orchestration.settings import Settings


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return compiled_manifest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, manifest: dict[str, Any]) -> Path:
    """A release folder with its documents, and an audit report in its place."""
    release = tmp_path_factory.mktemp("release")
    path = release / "manifest.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    about = {"release_id": "20200301-1", "as_of_date": "2020-03-01"}
    write_documents(release / "docs", manifest_path=path, release=about)
    (release / "quality").mkdir()
    (release / "quality" / "index.html").write_text("<!doctype html><title>audit</title>")
    return release / "docs"


class Links(HTMLParser):
    """Every address that a page names, and the scripts that it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.scripts = 0
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.addresses += [value for name, value in attrs if name in {"href", "src"} and value]


def own_pages(folder: Path) -> Iterator[Path]:
    return (page for page in folder.rglob("*.html") if page.parent.name != "dbt")


def test_every_published_table_has_its_page(folder: Path) -> None:
    expected = {f"{table.schema_name}.{table.name}.html" for table in load_mart_tables()}
    assert {page.name for page in (folder / "tables").iterdir()} == expected


def test_every_link_leads_to_a_file_of_the_release(folder: Path) -> None:
    for page in own_pages(folder):
        for address in Links(page).addresses:
            if not address.startswith("data:"):
                assert (page.parent / address.partition("#")[0]).resolve().is_file(), address


def test_our_pages_have_no_script_and_forbid_any(folder: Path) -> None:
    for page in own_pages(folder):
        assert Links(page).scripts == 0
        assert "default-src 'none'" in page.read_text(encoding="utf-8")


def test_a_table_s_page_says_key_rule_clause_ground_codes_and_sensitivity(folder: Path) -> None:
    text = (folder / "tables" / "marts.dishonesty_records.html").read_text(encoding="utf-8")
    for expected in (
        "record_id",
        "第1条",
        "浙江省公共信用信息管理条例第十一条",
        "specially_serious",
        "codebooks.conduct_codes.html",
        "persons&#39; names are masked",
        "CF_NR_FK",
    ):
        assert expected in text


def test_dbt_s_page_names_no_folder_of_the_machine(folder: Path) -> None:
    text = (folder / "dbt" / "index.html").read_text(encoding="utf-8")
    assert str(DBT_FOLDER.parent) not in text
    assert '"build_path":null' in text


def test_what_a_model_says_cannot_end_the_script_of_dbt_s_page(manifest: dict[str, Any]) -> None:
    name = "model.credit_zhejiang.red_list"
    hostile = {**manifest["nodes"][name], "description": "</script><script>alert(1)</script>"}
    page = dbt_docs.static_page({**manifest, "nodes": {**manifest["nodes"], name: hostile}})
    assert "</script><script>alert(1)" not in page


def test_a_run_may_leave_the_documents_out(tmp_path: Path) -> None:
    def parts(**settings: bool) -> int:
        run = Run(settings=Settings(home=tmp_path, **settings))
        run.release_id, run.as_of = "20200301-1", date(2020, 3, 1)
        run.audit_result = AuditResult((), (), (), (), 0, 0, tmp_path)
        return len(run._parts())

    assert parts() == parts(with_documents=False) + 1


# ---------------------------------------------------------------- pictures


def test_a_picture_shows_what_filters_too(manifest: dict[str, Any]) -> None:
    graph = model_graph(manifest)
    assert "raw.severe_dishonesty_determination" in ancestors(graph, "red_list")


def test_every_table_leads_back_to_deliveries_or_codebooks(manifest: dict[str, Any]) -> None:
    graph = model_graph(manifest)
    for name in graph:
        ends = {one for one, parents in ancestors(graph, name).items() if not parents}
        seeds = {one.rsplit(".", 1)[1] for one in manifest["nodes"] if one.startswith("seed.")}
        assert all(one.startswith("raw.") or one in seeds for one in ends), (name, ends)


def test_boxes_stand_right_of_what_they_are_made_from_and_never_on_each_other() -> None:
    svg = picture({"a": (), "b": (), "c": ("a", "b"), "d": ("a", "c")}, {}, {})
    places = {
        name: (int(x), int(y))
        for x, y, name in re.findall(r'<text x="(\d+)" y="(\d+)">(\w)</text>', svg)
    }
    assert places["a"][0] == places["b"][0] < places["c"][0] < places["d"][0]
    assert len(set(places.values())) == 4


def test_a_name_in_a_picture_is_text_and_nothing_else() -> None:
    assert "<script>" not in picture({"<script>": ()}, {"<script>": '"><b>'}, {})


# ---------------------------------------------------------------- in a browser


@pytest.mark.browser
def test_no_page_asks_the_network_or_complains(folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    starts = ["index.html", "clauses.html", "items.html", "dbt/index.html"]
    pages = [folder / name for name in starts] + sorted((folder / "tables").iterdir())
    addresses = [page.as_uri() for page in pages]
    model = "#!/model/model.credit_zhejiang.red_list"
    addresses.append((folder / "dbt" / "index.html").as_uri() + model)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page()
        asked: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        for address in addresses:
            page.goto("about:blank")
            asked.clear()
            page.goto(address)
            page.wait_for_load_state("networkidle")
            assert page.inner_text("body").strip()
            assert [url.partition("#")[0] for url in asked] == [address.partition("#")[0]]
        assert "Red list" in page.content() or "红名单" in page.content()
        browser.close()
    assert complaints == []
