"""The manifest is parsed once for all of these tests."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from orchestration_rig import Rig, make_rig

from orchestration.marts import load_mart_tables
from orchestration.settings import Settings

FEW_MODELS = (
    "stg_credit_loan",
    "stg_commendation",
    "subjects",
    "release_info",
    "open_release_info",
    "open_red_list",
    "red_list",
)


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from orchestration.defs.manifest import prepare

    return prepare(Settings(home=tmp_path_factory.mktemp("parsed")))


@pytest.fixture(scope="session")
def small_manifest(manifest: Path) -> Path:
    """A few models and the tests of one: events cost milliseconds, thousands of them minutes."""
    path = manifest.with_name("small.json")
    path.write_text(json.dumps(only(FEW_MODELS, json.loads(manifest.read_bytes()))))
    return path


def only(names: Collection[str], manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with these models alone, and the tests of the last."""
    models = [f"model.credit_zhejiang.{name}" for name in names]
    nodes = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if unique_id in models or node.get("attached_node") == models[-1]
    }
    for node in nodes.values():
        parents = node["depends_on"]["nodes"]
        node["depends_on"]["nodes"] = [p for p in parents if p in nodes or p[:6] == "source"]
    return {**manifest, "nodes": nodes}


@pytest.fixture
def few_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Audit and release know the tables of the small manifest alone."""
    tables = [table for table in load_mart_tables() if table.name in FEW_MODELS]
    monkeypatch.setattr("orchestration.definitions.load_mart_tables", lambda: tables)


@pytest.fixture
def rig(tmp_path: Path, small_manifest: Path, few_tables: None) -> Rig:
    return make_rig(tmp_path, small_manifest)
