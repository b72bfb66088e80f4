"""The pages of the site: each template once in Chinese and once in English."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.catalogue import load_catalogue
from orchestration.site.data import DataShape, chunk_count
from orchestration.site.lists import (
    CHUNK_ROWS,
    CITIES,
    LISTS,
    MAX_CHUNKS,
    NAMING_LISTS,
    SUBJECT_LISTS,
    ListColumn,
    OpenList,
    Text,
)
from orchestration.site.product import open_tables, rows_of
from orchestration.site.text import shown

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FOLDER = Path(__file__).parent
TEMPLATES = _FOLDER / "templates"

CHANNELS = {
    "green": Text("绿色通道", "Green channel"),
    "ordinary": Text("普通", "Ordinary"),
    "ineligible": Text("不符合条件", "Ineligible"),
}

# Page name -> its title; the order is the navigation's. Pages without a place in it come last.
PAGES = {
    "index": Text("首页", "Home"),
    "search": Text("查询", "Search"),
    **{entry.page: entry.title for entry in LISTS},
    "statistics": Text("统计", "Statistics"),
    "clauses": Text("条款覆盖", "Clauses"),
    "dictionary": Text("数据字典", "Data dictionary"),
    "downloads": Text("数据下载", "Downloads"),
    "rights": Text("异议与修复", "Objection and repair"),
    "terms": Text("使用条款", "Terms of use"),
    "subject": Text("主体信息", "Subject"),
}
MAX_FILTER_VALUES = 200
_NOT_IN_NAVIGATION = {"subject"}


@dataclass(frozen=True)
class Download:
    """One file of the open product that a visitor may take away."""

    path: str
    bytes: int
    sha256: str
    title: str


@dataclass(frozen=True)
class SiteContent:
    """What the pages are made of besides the open product's aggregates."""

    shape: DataShape
    stale_days: int
    downloads: tuple[Download, ...]
    changes: Mapping[str, Mapping[str, int]]
    is_first: bool


class Pages:
    """Renders every page from the views of one connection."""

    def __init__(self, connection: DuckDBPyConnection, content: SiteContent) -> None:
        """Nothing is read yet."""
        self._connection = connection
        self._content = content

    def write(self, folder: Path) -> None:
        """Write every page below ``folder``, Chinese at the top, English in ``en/``."""
        for language, subfolder, root in (("zh", folder, ""), ("en", folder / "en", "../")):
            subfolder.mkdir(parents=True, exist_ok=True)
            environment = make_environment(language)
            for name, title in PAGES.items():
                template = environment.get_template(_template_of(name))
                html = template.render(
                    **self._shared, **self._own(name), page=name, page_title=title, root=root
                )
                (subfolder / f"{name}.html").write_text(html, encoding="utf-8")

    # ---------------------------------------------------------------- contexts

    @cached_property
    def _shared(self) -> dict[str, Any]:
        release = self._rows("select * from release_info")[0]
        return {
            "release": release,
            "built_on": _date_of(release["built_at"]),
            "content": self._content,
            "shape": self._content.shape.counts(),
            "list_rows": self._content.shape.list_rows,
            "navigation": {
                name: title for name, title in PAGES.items() if name not in _NOT_IN_NAVIGATION
            },
            "lists": {entry.name: entry for entry in LISTS},
            "naming_lists": NAMING_LISTS,
            "subject_lists": SUBJECT_LISTS,
            "cities": CITIES,
            "channels": CHANNELS,
            "chunk_count": chunk_count,
            "longest_list": CHUNK_ROWS * MAX_CHUNKS,
            "terms_of": self._terms_of,
            "filters": {entry.name: self._filters(entry) for entry in LISTS},
        }

    def _own(self, name: str) -> dict[str, Any]:
        """What one page shows beyond the shared context."""
        makers: dict[str, Callable[[], dict[str, Any]]] = {
            "index": self._index,
            "repair": lambda: {"service_levels": self._service_levels()},
            "scorecard": lambda: {"units": self._units()},
            "statistics": self._statistics,
            "clauses": lambda: {"clauses": self._rows("select * from clause_coverage order by 1")},
            "dictionary": lambda: {"tables": open_tables()},
        }
        listed = {entry.page: entry for entry in LISTS}
        return {"list": listed.get(name), **(makers[name]() if name in makers else {})}

    def _rows(self, query: str) -> list[dict[str, Any]]:
        return rows_of(self._connection, query)

    @cached_property
    def _items(self) -> dict[str, Text]:
        items = load_catalogue().items
        return {code: Text(item.title.zh, item.title.en) for code, item in items.items()}

    def _terms_of(self, column: ListColumn) -> Mapping[str, Text]:
        return self._items if column.name == "item_code" else column.terms or {}

    def _filters(self, entry: OpenList) -> dict[str, list[str]]:
        """The values a list can be filtered by, column by column; codebooks keep them few."""
        return {
            column.name: [
                row["value"]
                for row in self._rows(
                    f"select distinct {column.expression} as value from {entry.relation}"
                    f" where {column.expression} is not null order by 1 limit {MAX_FILTER_VALUES}"
                )
            ]
            for column in entry.columns
            if column.is_filter
        }

    def _grades(self) -> dict[str | None, dict[str, int]]:
        """Enterprises by city and grade."""
        found: dict[str | None, dict[str, int]] = {}
        for row in self._rows("select * from evaluation_summary order by 1 nulls last, 2"):
            found.setdefault(row["city_code"], {})[row["grade"]] = row["enterprises"]
        return found

    def _index(self) -> dict[str, Any]:
        by_city = self._rows(
            "select city_code, count(*) as subjects from red_list group by 1 order by 1 nulls last"
        )
        return {
            "grades": self._rows("select * from evaluation_grades order by min_points desc"),
            "enterprises": self._grades(),
            "red_list_by_city": {row["city_code"]: row["subjects"] for row in by_city},
        }

    def _statistics(self) -> dict[str, Any]:
        return {
            "social_order": self._rows(
                "select city_code, conduct_name, month, cases from social_order_statistics"
                " left join conduct_codes using (conduct_code)"
                " order by month desc, city_code, conduct_name"
            ),
            "conducts": self._rows(
                "select conduct_name, count(*) as records, sum(fine_yuan) as fine_yuan"
                " from dishonesty group by 1 order by 2 desc, 1"
            ),
        }

    def _service_levels(self) -> list[dict[str, Any]]:
        return self._rows("select * from repair_service_level order by month desc, site, channel")

    def _units(self) -> list[dict[str, Any]]:
        """The scorecard by unit, over all items and months."""
        return self._rows(
            "select coalesce(unit_name, unit_code) as unit_name,"
            " sum(files_received) as files_received, sum(files_rejected) as files_rejected,"
            " sum(rows_received) as rows_received, sum(rows_loaded) as rows_loaded,"
            " sum(rows_quarantined) as rows_quarantined, sum(timed_rows) as timed_rows,"
            " sum(late_rows) as late_rows, max(last_delivery_date) as last_delivery_date"
            " from unit_scorecard left join units using (unit_code) group by unit_code, unit_name"
            " order by unit_code"
        )


def _template_of(name: str) -> str:
    plain = {"red-list", "dishonesty", "severe-list", "typical-cases", "role-models"}
    return "list.html.j2" if name in plain else f"{name}.html.j2"


def _date_of(moment: datetime) -> date:
    return moment.date()


def make_environment(language: str) -> Environment:
    """The templates in one language; every value is escaped, an unknown name is an error."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    position = 0 if language == "zh" else 1
    environment.filters["shown"] = shown
    environment.filters["count"] = lambda number: f"{number:,}"
    environment.filters["share"] = _share
    environment.globals["language"] = language
    environment.globals["t"] = lambda zh, en: (zh, en)[position]
    environment.globals["say"] = lambda text: text[position]
    return environment


def _share(part: float | None, whole: float | None = 1) -> str:
    """A share as a percentage of one decimal; a dash where there is nothing to share."""
    if part is None or not whole:
        return "—"
    return f"{100 * float(part) / float(whole):.1f}%"
