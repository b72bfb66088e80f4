"""The manifest is parsed once for all of these tests."""

import json
from pathlib import Path

import pytest
from orchestration_rig import Rig, make_rig

from orchestration.settings import Settings


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from orchestration.defs.manifest import prepare

    return prepare(Settings(home=tmp_path_factory.mktemp("parsed")))


@pytest.fixture(scope="session")
def small_manifest(manifest: Path) -> Path:
    """Every model, but only the tests of one: an event costs a millisecond, hundreds add up."""
    whole = json.loads(manifest.read_bytes())
    whole["nodes"] = {
        unique_id: node
        for unique_id, node in whole["nodes"].items()
        if node["resource_type"] != "test"
        or node.get("attached_node") == "model.credit_zhejiang.red_list"
    }
    path = manifest.with_name("small.json")
    path.write_text(json.dumps(whole))
    return path


@pytest.fixture
def rig(tmp_path: Path, small_manifest: Path) -> Rig:
    return make_rig(tmp_path, small_manifest)
