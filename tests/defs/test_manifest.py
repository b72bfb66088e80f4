"""The manifest is ready before the definitions are loaded, and never stale."""

from pathlib import Path

import pytest
from orchestration_rig import Rig

from orchestration.defs import manifest as ready
from orchestration.errors import Failure
from orchestration.home import Home


def test_a_stale_manifest_is_a_missing_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models").mkdir()
    model = tmp_path / "models" / "a.sql"
    model.write_text("select 1")
    monkeypatch.setattr(ready, "DBT_FOLDER", tmp_path)
    first = ready.project_digest(tmp_path)
    assert ready.project_digest(tmp_path) == first
    model.write_text("select 2")
    assert ready.project_digest(tmp_path) != first


def test_what_dbt_writes_is_no_change_of_the_project(tmp_path: Path) -> None:
    first = ready.project_digest(tmp_path)
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "x.sql").write_text("select 1")
    (tmp_path / "rows.csv").write_text("a\n1\n")
    second = ready.project_digest(tmp_path)
    (tmp_path / "rows.csv").write_text("a\n2\n")
    assert ready.project_digest(tmp_path) == second != first


def test_the_manifest_is_made_once_and_the_old_one_goes(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def parse(home: Home, **_: object) -> Path:
        calls.append(home)
        path = home.work / "parsed.json"
        path.write_text('{"nodes": {}}')
        return path

    monkeypatch.setattr(ready, "parse", parse)
    path = ready.manifest_path(rig.home)
    path.rename(path.with_name("manifest-0123456789abcdef.json"))
    assert ready.prepare(rig.settings) == path
    assert ready.prepare(rig.settings) == path
    assert len(calls) == 1
    assert [found.name for found in path.parent.glob("manifest-*")] == [path.name]


def test_in_production_loading_never_parses(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "parse", lambda *_, **__: pytest.fail("dbt was started"))
    monkeypatch.delenv("DAGSTER_IS_DEV_CLI", raising=False)
    ready.manifest_path(rig.home).unlink()
    with pytest.raises(Failure, match=r"prepare it once: python -m orchestration\.defs\.deploy"):
        ready.load_manifest(rig.settings)


def test_a_developer_gets_it_made(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(home: Home, **_: object) -> Path:
        path = home.work / "parsed.json"
        path.write_text('{"nodes": {"made": {}}}')
        return path

    monkeypatch.setattr(ready, "parse", parse)
    monkeypatch.setenv("DAGSTER_IS_DEV_CLI", "1")
    ready.manifest_path(rig.home).unlink()
    assert ready.load_manifest(rig.settings) == {"nodes": {"made": {}}}
