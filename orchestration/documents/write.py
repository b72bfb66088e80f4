"""Writing the documents into a release that is being made."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.build import target_folder
from orchestration.catalogue import load_catalogue
from orchestration.documents.dbt_docs import static_page
from orchestration.documents.graph import Graph, ancestors, model_graph
from orchestration.documents.picture import picture
from orchestration.home import Home
from orchestration.lineage import LineageRow, load_lineage
from orchestration.marts import DBT_FOLDER, MartTable, load_mart_tables
from orchestration.version import code_version

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"

SENSITIVITY = {
    "none": "无个人信息 none",
    "pseudonym": "可含自然人加密键 may hold a person's keyed hash",
    "masked_name": "自然人姓名已脱敏 persons' names are masked",
    "free_text": "自由文本 free text",
}

PRODUCTS = {
    "marts": "政务共享 gov",
    "open": "社会公开 open",
    "codebooks": "代码表 codebooks",
}


def documents(home: Home, release_id: str, as_of_date: date) -> Callable[[Path], None]:
    """A part of a release that fills ``docs/`` from the project and the home's last build."""

    def part(staging: Path) -> None:
        write_documents(
            staging / "docs",
            manifest_path=target_folder(home) / "manifest.json",
            release={"release_id": release_id, "as_of_date": as_of_date},
        )

    return part


def write_documents(folder: Path, *, manifest_path: Path, release: Mapping[str, Any]) -> None:
    """Every page; takes about a second.

    Raises:
        OSError: the folder cannot be written, or the build left no manifest.
    """
    environment = _environment()
    manifest = json.loads(manifest_path.read_bytes())
    graph = model_graph(manifest)
    shared = {"release": release, "code_version": code_version()}
    tables = _tables()

    def write(path: str, template: str, **values: Any) -> None:
        page = folder / path
        page.parent.mkdir(parents=True, exist_ok=True)
        root = "../" * path.count("/")
        text = environment.get_template(template).render(root=root, **shared, **values)
        page.write_text(text, encoding="utf-8")

    write("index.html", "index.html.j2", tables=tables, products=PRODUCTS)
    write("clauses.html", "clauses.html.j2", clauses=_clauses(tables))
    write("items.html", "items.html.j2", items=load_catalogue().items.values())
    lineage = _lineage()
    for table in tables:
        write(
            f"tables/{_label(table)}.html",
            "table.html.j2",
            table=table,
            label=_label(table),
            product=PRODUCTS[table.schema_name],
            sensitivity=SENSITIVITY,
            lineage=lineage.get((table.schema_name, table.name), {}),
            svg=_picture(table, graph),
        )
    page = folder / "dbt" / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(static_page(manifest), encoding="utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _label(table: MartTable) -> str:
    return f"{table.schema_name}.{table.name}"


def _tables() -> list[MartTable]:
    """Every table once: codebooks are in both products."""
    once = {_label(table): table for table in load_mart_tables()}
    order = list(PRODUCTS)
    return sorted(once.values(), key=lambda table: (order.index(table.schema_name), table.name))


def _lineage() -> dict[tuple[str, str], dict[str, list[LineageRow]]]:
    found: dict[tuple[str, str], dict[str, list[LineageRow]]] = {}
    for row in load_lineage():
        columns = found.setdefault((row.schema_name, row.table_name), {})
        columns.setdefault(row.column_name, []).append(row)
    return found


def _model(table: MartTable, graph: Graph) -> str:
    """The model's name in dbt; open tables may have a prefixed one."""
    prefixed = f"{table.schema_name}_{table.name}"
    return prefixed if prefixed in graph else table.name


def _picture(table: MartTable, graph: Graph) -> str:
    pages = {_model(other, graph): other for other in _tables()}
    parents = ancestors(graph, _model(table, graph))
    kinds = {
        name: "raw"
        if name.startswith("raw.")
        else pages[name].schema_name
        if name in pages
        else "inner"
        for name in parents
    }
    links = {name: f"{_label(pages[name])}.html" for name in parents if name in pages}
    return picture(parents, kinds, links)


def _seed(name: str) -> list[dict[str, str]]:
    with (DBT_FOLDER / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _clauses(tables: list[MartTable]) -> list[dict[str, Any]]:
    """Each clause with who delivers what under it, and the tables that show it."""
    units = {row["unit_code"]: row["unit_name"] for row in _seed("units")}
    items = load_catalogue().items
    found = []
    for clause in _seed("clauses"):
        duties: dict[str, list[str]] = {}
        for row in _seed("responsibilities"):
            if row["clause"] == clause["clause"]:
                title = items[row["item_code"]].title.zh
                duties.setdefault(title, []).append(units[row["unit_code"]])
        number = int(clause["clause"])
        shown = [table for table in tables if number in (table.meta.get("clause") or ())]
        found.append({"number": number, "title": clause["title"], "duties": duties, "shown": shown})
    return found
