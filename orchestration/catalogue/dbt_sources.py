"""What the dbt project takes from the catalogue: sources and staging models, generated.

    python -m orchestration.catalogue.dbt_sources          writes dbt_project/models/staging
    python -m orchestration.catalogue.dbt_sources --check  names the files that differ, exit 1

The files are committed, so that the project can be read as it stands; a test holds them equal to
what the catalogue gives.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from orchestration.catalogue.load import load_catalogue
from orchestration.catalogue.model import PROVENANCE_COLUMNS, Column, Item, Label
from orchestration.catalogue.run_tables import RUN_TABLE_DESCRIPTIONS, RUN_TABLES

STAGING_FOLDER = Path(__file__).parents[2] / "dbt_project" / "models" / "staging"
SOURCES_FILE = "_raw__sources.yml"
HEADING = (
    "# Generated from the catalogue by `python -m orchestration.catalogue.dbt_sources`;"
    " change it there.\n"
)


def both_languages(label: Label) -> str:
    """A description as dbt and COMMENT ON carry it: Chinese, then English."""
    return f"{label.zh}。{label.en}."


def generated_files() -> dict[str, str]:
    """Every generated file: its name under models/staging and its text."""
    items = load_catalogue().items
    files = {SOURCES_FILE: _sources(items)}
    for code, item in items.items():
        files[f"stg_{code}.sql"] = _staging_sql(code, _item_groups(item))
        staged = [column for group in _item_groups(item).values() for column in group]
        files[f"stg_{code}.yml"] = _staging_yaml(code, _item_label(item), staged)
    for name, columns in RUN_TABLES.items():
        files[f"stg_{name}.sql"] = _staging_sql(name, {"": columns})
        files[f"stg_{name}.yml"] = _staging_yaml(name, RUN_TABLE_DESCRIPTIONS[name], columns)
    return files


def differing_files(folder: Path = STAGING_FOLDER) -> list[str]:
    """The names of files that are missing, stale, or that the catalogue does not give."""
    expected = generated_files()
    present = {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(folder.iterdir())
        if path.suffix in {".sql", ".yml"}
    }
    return sorted(
        name for name in expected.keys() | present.keys() if expected.get(name) != present.get(name)
    )


def _item_label(item: Item) -> Label:
    return Label(
        zh=f"{item.title.zh}，每个入库的报送行一行",
        en=f"{item.title.en}: one row per loaded row of a delivered file",
    )


def _item_groups(item: Item) -> dict[str, tuple[Column, ...]]:
    """The item's raw columns under the headings of its staging model.

    All but the digest of the file: it would be kept with every row, and stands once in
    stg_ingested_files, by the same source_file.
    """
    stored = {field.name for field in item.stored_fields}
    rest = item.raw_columns[len(PROVENANCE_COLUMNS) :]
    return {
        "provenance": tuple(column for column in PROVENANCE_COLUMNS if column.name != "sha256"),
        "fields as delivered": tuple(column for column in rest if column.name in stored),
        "derived at ingest": tuple(column for column in rest if column.name not in stored),
    }


def _columns_yaml(columns: Iterable[Column]) -> list[dict[str, Any]]:
    return [
        {
            "name": column.name,
            "description": both_languages(column.description),
            "data_type": column.sql_type.lower(),
        }
        for column in columns
    ]


def _dump(document: dict[str, Any]) -> str:
    body = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)
    return HEADING + body


def _sources(items: dict[str, Item]) -> str:
    tables = [
        {
            "name": code,
            "description": both_languages(_item_label(item)),
            "columns": _columns_yaml(item.raw_columns),
        }
        for code, item in items.items()
    ]
    tables += [
        {
            "name": name,
            "description": both_languages(RUN_TABLE_DESCRIPTIONS[name]),
            "columns": _columns_yaml(columns),
        }
        for name, columns in RUN_TABLES.items()
    ]
    source = {
        "name": "raw",
        "schema": "raw",
        "description": both_languages(
            Label(
                zh="截至日期前入库的归集数据及本次构建的参数",
                en="What was taken from the deliveries up to the as-of date, and the parameters",
            )
        ),
        "tables": tables,
    }
    return _dump({"version": 2, "sources": [source]})


def _staging_yaml(name: str, label: Label, columns: Iterable[Column]) -> str:
    model = {
        "name": f"stg_{name}",
        "description": both_languages(label),
        "columns": _columns_yaml(columns),
    }
    return _dump({"version": 2, "models": [model]})


def _staging_sql(name: str, groups: dict[str, tuple[Column, ...]]) -> str:
    blocks = []
    for heading, columns in groups.items():
        if not columns:
            continue
        lines = [f"        ---------- {heading}"] if heading else []
        lines += [f"        {column.name}," for column in columns]
        blocks.append("\n".join(lines))
    selected = "\n\n".join(blocks).removesuffix(",")
    return (
        "with\n\n"  # noqa: S608 - every name comes from the catalogue
        "source as (\n\n"
        f"    select * from {{{{ source('raw', '{name}') }}}}\n\n"
        "),\n\n"
        "final as (\n\n"
        f"    select\n{selected}\n\n"
        "    from source\n\n"
        ")\n\n"
        "select * from final\n"
    )


def main(arguments: list[str] | None = None) -> int:
    """Writes the generated files, or with ``--check`` only compares them."""
    stale = differing_files()
    if "--check" in (sys.argv[1:] if arguments is None else arguments):
        for name in stale:
            sys.stderr.write(
                f"dbt_project/models/staging/{name} is not what the catalogue gives: "
                "run python -m orchestration.catalogue.dbt_sources\n"
            )
        return 1 if stale else 0
    files = generated_files()
    for name in stale:
        path = STAGING_FOLDER / name
        if name in files:
            path.write_text(files[name], encoding="utf-8")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
