"""The audit's report for people: one page that opens offline, in Chinese and English.

It shows what was promised, by which clause, and how many rows break it - never which: a report is
read by more people than the rows are.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from orchestration.audit.result import AuditResult, ExpectationResult
from orchestration.audit.suites import published_tables
from orchestration.catalogue import load_catalogue
from orchestration.catalogue.run_tables import RUN_TABLE_DESCRIPTIONS

_SCHEMAS = {
    "open": ("社会公开", "Open product"),
    "marts": ("政务共享", "Gov product"),
    "codebooks": ("代码表", "Codebooks"),
    "raw": ("入库数据", "Loaded deliveries"),
}
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class TableReport:
    """One table's part of the page."""

    name: str
    description: str
    results: tuple[ExpectationResult, ...]

    @property
    def failed(self) -> tuple[ExpectationResult, ...]:
        """Its promises that are not kept."""
        return tuple(one for one in self.results if not one.success)

    @property
    def state(self) -> str:
        """refused, warned or kept."""
        if any(one.is_refused for one in self.results):
            return "refused"
        return "warned" if self.failed else "kept"


def write_report(result: AuditResult, database: Path, config: Mapping[str, str]) -> None:
    """Write ``index.html`` and ``results.json`` into the report's folder, replacing what is there.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = result.report_folder
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    release = _release(database, config)
    page = _page(result, release)
    (folder / "index.html").write_text(page, encoding="utf-8")
    machine = {"release": release, **result.to_json()}
    text = json.dumps(machine, ensure_ascii=False, indent=1) + "\n"
    (folder / "results.json").write_text(text, encoding="utf-8")


def _page(result: AuditResult, release: Mapping[str, str]) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        result=result, release=release, schemas=_sections(result), summary=result.summary()
    )


def _sections(result: AuditResult) -> list[tuple[str, str, list[TableReport]]]:
    """The tables by schema, in the order in which people ask for them."""
    descriptions = _descriptions()
    tables: dict[str, list[TableReport]] = {schema: [] for schema in _SCHEMAS}
    for name, results in groupby(
        sorted(result.results, key=lambda one: one.table), key=lambda one: one.table
    ):
        schema = name.partition(".")[0]
        tables[schema].append(TableReport(name, descriptions.get(name, ""), tuple(results)))
    return [(zh, en, tables[schema]) for schema, (zh, en) in _SCHEMAS.items()]


def _descriptions() -> dict[str, str]:
    found = {name: table.description for name, table in published_tables().items()}
    for code, item in load_catalogue().items.items():
        found[f"raw.{code}"] = f"{item.title.zh}。{item.title.en}."
    for name, label in RUN_TABLE_DESCRIPTIONS.items():
        found[f"raw.{name}"] = f"{label.zh}。{label.en}."
    return found


def _release(database: Path, config: Mapping[str, Any]) -> dict[str, str]:
    """Which release was judged; unknown if the build is too broken to say."""
    import duckdb

    names = ("release_id", "as_of_date", "built_at", "code_version")
    with duckdb.connect(str(database), read_only=True, config=dict(config)) as connection:
        try:
            row = connection.execute(
                f"select {', '.join(names)} from raw.run_parameters"
            ).fetchone()
        except duckdb.Error:
            row = None
    return dict(zip(names, map(str, row or ["?"] * len(names)), strict=True))
