"""dbt's own documentation as one page that needs nothing but itself.

dbt ships the page; what it would fetch - manifest and catalog - is written into it, as
``dbt docs generate --static`` does, but without a second run of dbt: the build has left the
manifest, and the YAML declares every published column. Unit tests, the macros of packages and
whatever names the machine are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestration.marts import DBT_FOLDER, load_mart_tables

_PROJECT = "credit_zhejiang"
_PLACES = ("manifest.json inline data", "catalog.json inline data")
# A page in a file system has no canonical address, and dbt's icon is a template never filled in.
_DEAD_LINKS = re.compile(r'<link rel="(?:canonical|shortcut icon)"[^>]*>')
# The browser asks for what a template has not filled in yet, unless Angular sets the attribute.
_TOO_EARLY = re.compile(r'(?<=\s)(xlink:href|src)="\{\{')
# A page without an icon of its own makes the browser look for one.
_NO_ICON = '<link rel="icon" href="data:,"></head>'


def static_page(manifest: Mapping[str, Any]) -> str:
    """The page over the manifest that a build left.

    Raises:
        ValueError: dbt's page is not as this version of dbt has it.
    """
    from dbt.task.docs import DOCS_INDEX_FILE_PATH

    page = _DEAD_LINKS.sub("", Path(DOCS_INDEX_FILE_PATH).read_text(encoding="utf-8"))
    page = _TOO_EARLY.sub(r'ng-attr-\1="{{', page).replace("</head>", _NO_ICON, 1)
    texts = (_embedded(_bare(manifest)), _embedded(_catalog(manifest)))
    for place, text in zip(_PLACES, texts, strict=True):
        found = re.search(f'"{re.escape(place)}"', page, re.IGNORECASE)
        if found is None:
            raise ValueError(f"dbt's page has no place for its {place}")
        page = page[: found.start()] + text + page[found.end() :]
    return page


_OVERVIEW = """# 疫情防控公共信用数据 · Public-credit data of the epidemic

由报送数据到发布的全部模型：staging 定名定型，intermediate 判定版本与处理结果，
marts 政务共享，open 社会公开。
Every model from the deliveries to the release: staging names and types, intermediate decides on
versions and dispositions, marts are shared within government, open is for everyone.
"""


def _bare(manifest: Mapping[str, Any]) -> dict[str, Any]:
    bare = {
        name: value
        for name, value in manifest.items()
        if name not in {"unit_tests", "disabled", "saved_queries", "semantic_models"}
    }
    metadata = manifest["metadata"]
    bare["metadata"] = {
        **{name: metadata[name] for name in ("dbt_schema_version", "dbt_version", "project_name")},
        "adapter_type": metadata.get("adapter_type"),
        "send_anonymous_usage_stats": False,
        "user_id": None,
        "project_id": None,
        "env": {},
    }
    bare["nodes"] = {
        name: {**node, "build_path": None, "compiled_path": None, "root_path": None}
        for name, node in manifest["nodes"].items()
    }
    bare["macros"] = {
        name: macro
        for name, macro in manifest["macros"].items()
        if macro["package_name"] == _PROJECT
    }
    overview = {"name": "__overview__", "package_name": "dbt", "block_contents": _OVERVIEW}
    bare["docs"] = {"doc.dbt.__overview__": overview}
    return bare


def _catalog(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that the YAML declares; what a catalog query would find in a built release."""
    tables = {(table.schema_name, table.name): table for table in load_mart_tables()}
    nodes = {}
    for unique_id, node in manifest["nodes"].items():
        table = tables.get((node["schema"], node["alias"]))
        if table is None or node["resource_type"] not in {"model", "seed"}:
            continue
        nodes[unique_id] = {
            "unique_id": unique_id,
            "metadata": {
                "type": "BASE TABLE",
                "schema": table.schema_name,
                "name": table.name,
                "database": None,
                "comment": table.description,
                "owner": None,
            },
            "columns": {
                column.name: {
                    "type": column.data_type,
                    "index": index,
                    "name": column.name,
                    "comment": column.description,
                }
                for index, column in enumerate(table.columns, start=1)
            },
            "stats": {},
        }
    return {"metadata": {}, "nodes": nodes, "sources": {}, "errors": None}


def _embedded(value: Mapping[str, Any]) -> str:
    """JSON that cannot end the script it stands in, and that names no folder of this machine."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = text.replace(str(DBT_FOLDER.parent), "")
    return text.replace("</", "<\\/").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
