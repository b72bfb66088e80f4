"""The GX project in ``expectations/``: written from the suites, opened by Great Expectations.

::

    expectations/great_expectations.yml          stores, the datasource and its tables; no analytics
    expectations/rules/<schema>.yml              what no schema can say: edited by people
    expectations/suites/<schema>/<table>.json    one suite per table
    expectations/validation_definitions/         which suite judges which table
    expectations/checkpoints/release.json        all of them: what a release must pass

``python -m orchestration.audit`` writes the files, ``--check`` says whether they are up to date. An
expectation that somebody adds to a suite with Great Expectations' own tools stays there if its
``meta`` says ``by_hand: true`` beside what every ``meta`` says.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from orchestration.audit.suites import (
    PROJECT,
    Expectation,
    build_suites,
    identifier,
)

DATASOURCE = "build"
BATCH = "whole table"
CHECKPOINT = "release"
DATABASE_VARIABLE = "CREDIT_BUILD_DATABASE"

# Counts only: no value of a row goes into a result.
RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}

_HEADER = """\
# Written by `python -m orchestration.audit`; the rules are in rules/.
#
# To open the project with Great Expectations' own tools, over a build database:
#
#     CREDIT_BUILD_DATABASE=/absolute/path/of/build.duckdb python
#     >>> import orchestration.audit.engine            # the datasource type duckdb
#     >>> import great_expectations as gx
#     >>> context = gx.get_context(context_root_dir="expectations")
#     >>> context.checkpoints.get("release").run().describe()
"""


def suite_path(name: str) -> Path:
    """Where the suite of ``schema.table`` is stored."""
    return PROJECT / "suites" / Path(*name.split(".")).with_suffix(".json")


def stored_suites() -> dict[str, list[Expectation]]:
    """Every suite as it is stored, by the name of its table."""
    suites = {}
    for path in sorted((PROJECT / "suites").rglob("*.json")):
        suite = json.loads(path.read_text(encoding="utf-8"))
        suites[suite["name"]] = suite["expectations"]
    return suites


def project_files() -> dict[Path, str]:
    """The content of every file that is written, by its path."""
    stored = stored_suites()
    suites = build_suites()
    files = {PROJECT / "great_expectations.yml": _configuration(list(suites))}
    for name, expectations in suites.items():
        added = _added_by_hand(stored.get(name, []), expectations)
        files[suite_path(name)] = _json(
            {
                "name": name,
                "id": identifier("suite", name),
                "expectations": [*expectations, *added],
                "meta": {"great_expectations_version": "1.24.1"},
                "notes": None,
            }
        )
        files[PROJECT / "validation_definitions" / f"{name}.json"] = _json(_definition(name))
    files[PROJECT / "checkpoints" / f"{CHECKPOINT}.json"] = _json(
        {
            "name": CHECKPOINT,
            "id": identifier("checkpoint", CHECKPOINT),
            "validation_definitions": [
                {"name": name, "id": identifier("validation", name)} for name in suites
            ],
            "actions": [],
            "result_format": RESULT_FORMAT,
        }
    )
    return files


def out_of_date() -> list[Path]:
    """The files that are missing, differ from what would be written, or should not be there."""
    wanted = project_files()
    there = {
        path
        for folder in ("suites", "validation_definitions", "checkpoints")
        for path in (PROJECT / folder).rglob("*.json")
    }
    differing = {
        path
        for path, text in wanted.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    }
    return sorted(differing | (there - set(wanted)))


def write() -> list[Path]:
    """Write what is out of date and remove what should not be there; the paths touched."""
    wanted = project_files()
    touched = out_of_date()
    for path in touched:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    return touched


def _added_by_hand(stored: list[Expectation], written: list[Expectation]) -> list[Expectation]:
    """The stored expectations that people added: ours are known by their identifiers."""
    by_us = {one["id"] for one in written}
    return [
        one for one in stored if one["id"] not in by_us and (one.get("meta") or {}).get("by_hand")
    ]


def _definition(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "id": identifier("validation", name),
        "data": {
            "datasource": {"name": DATASOURCE, "id": identifier("datasource", DATASOURCE)},
            "asset": {"name": name, "id": identifier("asset", name)},
            "batch_definition": {"name": BATCH, "id": identifier("batch", name)},
        },
        "suite": {"name": name, "id": identifier("suite", name)},
    }


def _configuration(names: list[str]) -> str:
    folders = {
        "expectations_store": ("ExpectationsStore", "suites/"),
        "validation_definition_store": ("ValidationDefinitionStore", "validation_definitions/"),
        "checkpoint_store": ("CheckpointStore", "checkpoints/"),
    }
    stores: dict[str, Any] = {
        name: {
            "class_name": class_name,
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": folder,
                "suppress_store_backend_id": True,
            },
        }
        for name, (class_name, folder) in folders.items()
    }
    # Results speak of rows: they stay in memory and go nowhere but into our own report.
    stores["validation_results_store"] = {
        "class_name": "ValidationResultsStore",
        "store_backend": {"class_name": "InMemoryStoreBackend"},
    }
    configuration = {
        "config_version": 4.0,
        "analytics_enabled": False,
        "data_context_id": identifier("context"),
        "config_variables_file_path": None,
        "plugins_directory": None,
        "stores": stores,
        "expectations_store_name": "expectations_store",
        "validation_results_store_name": "validation_results_store",
        "checkpoint_store_name": "checkpoint_store",
        "data_docs_sites": {},
        "progress_bars": {"globally": False},
        "fluent_datasources": {DATASOURCE: _datasource(names)},
    }
    return _HEADER + yaml.safe_dump(configuration, sort_keys=False, allow_unicode=True)


def _datasource(names: list[str]) -> dict[str, Any]:
    assets = {}
    for name in names:
        schema, _, table = name.partition(".")
        assets[name] = {
            "type": "table",
            "id": identifier("asset", name),
            "schema_name": schema,
            "table_name": table,
            "batch_definitions": {BATCH: {"id": identifier("batch", name), "partitioner": None}},
        }
    return {
        "type": "duckdb",
        "id": identifier("datasource", DATASOURCE),
        "connection_string": f"duckdb:///${{{DATABASE_VARIABLE}}}",
        "assets": assets,
    }


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
