"""What the site promises, read from its bytes."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lxml import etree, html

from orchestration.pipeline import Run
from orchestration.settings import Settings
from orchestration.site import write_site
from orchestration.site.pages import PAGES
from orchestration.site.text import shown
from tests.portal import products
from tests.portal.conftest import BUSY, FORMULA, MARKUP, NOBODY, REVERSED

ATOM = {"a": "http://www.w3.org/2005/Atom"}
ASSETS = Path(__file__).parents[2] / "orchestration" / "site" / "assets"


def files_of(release: Path) -> Iterator[tuple[str, bytes]]:
    site = release / "open" / "site"
    for path in sorted(site.rglob("*")):
        if path.is_file():
            yield path.relative_to(site).as_posix(), path.read_bytes()


def files_with(release: Path, text: str) -> set[str]:
    """The files that hold a text, as it stands or escaped in any of the ways files escape."""
    forms = {text, json.dumps(text)[1:-1], html_escaped(text), shown(text)}
    return {
        name for name, content in files_of(release) if any(f.encode() in content for f in forms)
    }


def html_escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def value_of(release: Path, key: str) -> list[Any]:
    """The JSON value of a data file, which is nothing but a call with it."""
    text = (release / "open" / "site" / "data" / f"{key}.js").read_text(encoding="utf-8")
    call = f'credit.take("{key}",'
    assert text.startswith(call) and text.endswith(");\n")
    return json.loads(text[len(call) : -3])


def made(folder: Path, rows: products.Rows, previous: Path | None = None, **release: str) -> Path:
    products.make_release(folder, rows, **release)
    write_site(folder, scratch=folder / "scratch", previous=previous)
    return folder


# ------------------------------------------------------------------- what leaves is gone


def test_what_was_repaired_has_expired_or_is_withdrawn_or_objected_to_is_gone_from_every_file(
    tmp_path: Path,
) -> None:
    leaving = {
        "repaired": products.dishonesty("91330100MA000000R1", "杭州已修复有限公司", "DOC-R"),
        "expired": products.dishonesty("91330100MA000000E1", "杭州已到期有限公司", "DOC-E"),
        "withdrawn": products.dishonesty("91330100MA000000W1", "杭州已撤销有限公司", "DOC-W"),
        "objected": products.dishonesty("91330100MA000000O1", "杭州异议中有限公司", "DOC-O"),
    }
    listed = products.severe("91330100MA000000S1", "杭州移出中有限公司", "DOC-S")
    staying = products.dishonesty(BUSY, "杭州海创科技有限公司", "KEPT-1")
    first = made(
        tmp_path / "first",
        {"dishonesty": [*leaving.values(), staying], "severe_dishonesty_list": [listed]},
    )
    second = made(
        tmp_path / "second",
        {
            "dishonesty": [staying],
            "repair_announcements": [
                products.repair("91330100MA000000R1", "杭州已修复有限公司", "DOC-R")
            ],
        },
        previous=first,
        release_id="20200701-1",
        built_at="2020-07-02 02:30:00",
    )

    for row in [*leaving.values(), listed]:
        for name in ("subject_id", "subject_name", "record_id"):
            if name != "record_id":
                assert files_with(first, row[name]), f"{name} was never there: the test is blind"
            found = files_with(second, row[name])
            if row is leaving["repaired"] and name != "record_id":
                assert found == {
                    "changes.atom",
                    "data/repair_announcements/0.js",
                    "data/repaired/0.js",
                }
            else:
                assert found == set()
    for number in ("DOC-E", "DOC-W", "DOC-O", "DOC-S"):
        assert files_with(first, number) and not files_with(second, number)
    assert files_with(second, "DOC-R") == {"data/repair_announcements/0.js", "data/repaired/0.js"}
    assert files_with(second, "KEPT-1")


def test_pieces_of_a_name_that_left_are_not_in_the_index(tmp_path: Path) -> None:
    row = products.dishonesty(BUSY, "杭州鹮鹭有限公司")
    first = made(tmp_path / "first", {"dishonesty": [row]})
    second = made(tmp_path / "second", {}, previous=first)
    assert "data/grams/0.js" in files_with(first, "鹮鹭")
    assert files_with(second, "鹮鹭") == set()


def test_of_a_repair_only_subject_document_and_date_are_told(release: Path) -> None:
    assert value_of(release, "repaired/0") == [
        [
            "repair_announcements",
            ["91330400MA0000006X", "嘉兴修复有限公司", "D6", "2020-06-20", "2020-07-20"],
        ]
    ]
    assert "data/names/0.js" not in files_with(release, "嘉兴修复有限公司")


# --------------------------------------------------------------------------- persons


def test_a_natural_person_is_a_masked_name_in_a_list_and_nowhere_else(release: Path) -> None:
    assert files_with(release, "王**") == {"data/role_models/0.js", "changes.atom"}
    named = [row for row in value_of(release, "role_models/0") if row[1] == "王**"]
    assert [row[0] for row in named] == [None]


# ----------------------------------------------------------------------- strange names


def test_strange_names_are_json_text_in_data_and_named_characters_in_the_feed(
    release: Path,
) -> None:
    names = {row[1] for row in value_of(release, "dishonesty/0")}
    assert {MARKUP, REVERSED, FORMULA} <= names
    feed = (release / "open" / "site" / "changes.atom").read_text(encoding="utf-8")
    assert "\u202e" not in feed and "[U+202E]" in feed
    titles = [
        e.findtext("a:title", namespaces=ATOM)
        for e in etree.fromstring(feed.encode()).iterfind("a:entry", ATOM)
    ]
    assert any(MARKUP in (title or "") for title in titles)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("平常有限公司", "平常有限公司"),
        ("a\u202eb", "a[U+202E]b"),
        ("a\u200bb\x00", "a[U+200B]b[U+0000]"),
        ("两\n行", "两\n行"),
        (None, ""),
    ],
)
def test_what_reorders_or_hides_is_named(text: str | None, expected: str) -> None:
    assert shown(text) == expected


def test_no_page_holds_the_name_of_a_subject(release: Path) -> None:
    for name in ("杭州海创科技有限公司", MARKUP, BUSY):
        assert not [file for file in files_with(release, name) if file.endswith(".html")]


# ------------------------------------------------------------------ the site by itself


def test_the_same_product_gives_the_same_bytes(release: Path, tmp_path: Path) -> None:
    before = dict(files_of(release))
    again = tmp_path / "again"
    (again / "open").mkdir(parents=True)
    for name in ("open/parquet", "open/csv", "changes"):
        shutil.copytree(release / name, again / name)
    write_site(again, scratch=tmp_path / "scratch")
    assert dict(files_of(again)) == before
    assert list((tmp_path / "scratch").iterdir()) == []


def test_no_file_names_another_host(release: Path) -> None:
    own = {b"http://www.w3.org/2005/Atom", b"http://www.w3.org/2000/svg"}
    for name, content in files_of(release):
        if name.startswith("assets/vendor/"):
            continue  # unchanged files of a library; its banner names its home in a comment
        found = set(re.findall(rb"(?:https?:)?//[\w.-]+\.\w+[^\s\"'<)]*", content)) - own
        assert not found, f"{name} names {found}"


def test_every_page_forbids_what_is_not_the_sites_own_and_has_nothing_inline(
    release: Path,
) -> None:
    site = release / "open" / "site"
    pages = [*site.glob("*.html"), *site.glob("en/*.html")]
    assert {page.stem for page in pages} == set(PAGES)
    assert len(pages) == 2 * len(PAGES)
    for page in pages:
        tree = html.fromstring(page.read_bytes())
        policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert tree.xpath("//style | //*[@style]") == []
        assert tree.xpath("//@*[starts-with(name(), 'on')]") == []
        assert all(script.get("src") and not script.text for script in tree.iter("script"))


def test_every_link_leads_to_a_file(release: Path) -> None:
    site = release / "open" / "site"
    (release / "open" / "manifest.json").touch()  # written after the site
    for page in [*site.glob("*.html"), *site.glob("en/*.html")]:
        tree = html.fromstring(page.read_bytes())
        for address in tree.xpath("//@href | //@src | //form/@action"):
            path, _, anchor = address.partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.is_file(), f"{page.name}: {address}"
            assert not anchor or html.fromstring(target.read_bytes()).xpath(f"//*[@id='{anchor}']")


NAMING_PAGES = ("index", "search", "subject", "red-list", "dishonesty", "severe-list")


@pytest.mark.parametrize("page", [*NAMING_PAGES, "typical-cases", "role-models", "repair"])
def test_every_page_that_names_a_subject_states_its_rights(release: Path, page: str) -> None:
    for folder, words in (("", "可以提出异议"), ("en/", "may object")):
        text = (release / "open" / "site" / f"{folder}{page}.html").read_text(encoding="utf-8")
        assert words in text and 'href="rights.html"' in text


def test_downloads_are_told_with_their_digests(release: Path) -> None:
    page = (release / "open" / "site" / "downloads.html").read_text(encoding="utf-8")
    for name in ("csv/red_list.csv", "parquet/dishonesty.parquet", "parquet/units.parquet"):
        content = (release / "open" / name).read_bytes()
        assert name in page and hashlib.sha256(content).hexdigest() in page


def test_a_product_without_rows_has_a_site(tmp_path: Path) -> None:
    empty = made(tmp_path, {})
    assert value_of(empty, "subjects/0") == []
    assert list((empty / "open" / "site" / "data" / "dishonesty").iterdir()) == []


def test_libraries_are_what_their_list_says() -> None:
    table = (ASSETS / "vendor" / "README.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"\| (\S+) \| ([0-9a-f]{64}) \|", table))
    there = {
        path.relative_to(ASSETS / "vendor").as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in (ASSETS / "vendor").rglob("*")
        if path.is_file() and path.name != "README.md"
    }
    assert told == there


# ------------------------------------------------------------------------ data files


def test_every_line_of_a_subject_is_in_the_shard_its_identifier_hashes_to(tmp_path: Path) -> None:
    rows = [products.dishonesty(f"913301{n:012d}", f"公司{n}", f"D{n}") for n in range(600)]
    many = made(tmp_path, {"dishonesty": rows})
    shards = sorted((many / "open" / "site" / "data" / "subjects").glob("*.js"))
    assert len(shards) == 4
    for row in rows:
        digest = hashlib.md5(row["subject_id"].encode(), usedforsecurity=False).hexdigest()
        shard = int(digest[:6], 16) % 4
        ids = [line[1][0] for line in value_of(many, f"subjects/{shard}")]
        assert ids.count(row["subject_id"]) == 1


def test_postings_are_the_ordinals_of_the_names(release: Path) -> None:
    names = [name for _, name in value_of(release, "names/0")]
    pieces = {piece: (count, steps) for piece, count, steps in value_of(release, "grams/0")}
    count, steps = pieces["海创"]
    ordinals, last = [], 0
    for step in steps.split(","):
        last += int(step)
        ordinals.append(last)
    assert count == len(ordinals) == 2
    assert {names[ordinal] for ordinal in ordinals} == {
        "杭州海创科技有限公司",
        "宁波海创贸易有限公司",
    }


def test_a_list_in_chunks_keeps_its_order(tmp_path: Path) -> None:
    rows = [
        products.dishonesty(
            f"913301{n:012d}", f"公司{n}", f"D{n}", decision_date=f"20{n:02d}-01-01"
        )
        for n in range(10, 99)
    ]
    many = made(tmp_path, {"dishonesty": rows})
    dates = [row[6] for row in value_of(many, "dishonesty/0")]
    assert dates == sorted(dates, reverse=True) and len(dates) == 89


# ----------------------------------------------------------------------------- feed


def entries_of(release: Path) -> list[str]:
    feed = etree.parse(release / "open" / "site" / "changes.atom")
    return [e.findtext("a:title", namespaces=ATOM) or "" for e in feed.iterfind("a:entry", ATOM)]


def test_the_feed_carries_what_earlier_releases_changed_and_is_still_public(
    tmp_path: Path,
) -> None:
    old = products.dishonesty("91330100MA00000001", "旧有限公司", "D1")
    gone = products.dishonesty("91330100MA00000002", "离开有限公司", "D2")
    new = products.dishonesty("91330100MA00000003", "新有限公司", "D3")
    first = made(tmp_path / "first", {"dishonesty": [old, gone]})
    second = products.make_release(
        tmp_path / "second",
        {"dishonesty": [old, new]},
        release_id="20200702-1",
        built_at="2020-07-03 02:30:00",
    )
    products.keep_changes(second, "dishonesty", [("added", new["record_id"])])
    write_site(second, scratch=tmp_path, previous=first)
    named = {"失信曝光新增：离开有限公司", "失信曝光新增：旧有限公司"}
    assert set(entries_of(first)[1:]) == named
    assert entries_of(second)[1:] == ["失信曝光新增：新有限公司", "失信曝光新增：旧有限公司"]

    third = products.make_release(
        tmp_path / "third",
        {"dishonesty": [old, new]},
        release_id="20200820-1",
        built_at="2020-08-21 02:30:00",
    )
    products.keep_changes(third, "dishonesty", [])
    write_site(third, scratch=tmp_path, previous=second)
    assert entries_of(third)[1:] == []


def test_the_front_page_counts_what_changed_without_naming_what_left(tmp_path: Path) -> None:
    folder = products.make_release(tmp_path, {"red_list": [products.red_list(BUSY, "甲")]})
    products.keep_changes(folder, "red_list", [("added", BUSY), ("removed", NOBODY)])
    write_site(folder, scratch=tmp_path / "scratch")
    assert files_with(folder, NOBODY) == set()
    tree = html.parse(folder / "open" / "site" / "index.html")
    row = tree.xpath("//tr[th/text()='守信红名单']/td/text()")
    assert row == ["1", "0", "1"]


# ----------------------------------------------------------------------------- in a run


@pytest.mark.parametrize("with_site", [True, False])
def test_a_run_makes_the_site_unless_told_otherwise(tmp_path: Path, with_site: bool) -> None:
    home = tmp_path / "home"
    settings = Settings(home=home, with_site=with_site, with_documents=False)
    run = Run(settings=settings, as_of=date(2020, 6, 30), release_id="20200630-1")
    run.audit_result = SimpleNamespace(report_folder=tmp_path)  # type: ignore[assignment]
    staging = products.make_release(tmp_path / "staging")
    (home / "work").mkdir(parents=True)
    for part in run._parts()[1:]:
        part(staging)
    assert (staging / "open" / "site" / "index.html").is_file() is with_site
    assert list((home / "work").iterdir()) == []
