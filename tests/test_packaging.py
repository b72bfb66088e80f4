"""The project stands on exact versions, installs from any registry, and keeps its layers apart."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from orchestration.engine import kept_memory, memory_bytes
from orchestration.settings import MEMORY_LIMIT

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {"requirements.lock": {"dev"}, "requirements-extras.lock": {"dev", "postgres", "spark"}}
PYTHONS = ("3.11", "3.12", "3.13")

# Spelled in parts, so that this file does not find itself.
ADDRESSES = re.compile(
    "|".join(["index" + "-url", "find" + "-links", "files." + "pythonhosted", "pypi" + r"\.org"])
)
# An absolute path begins a word; `<home>/work/` and `{home}/work/` are relative to a home.
MACHINE_PATHS = re.compile(r"(?:^|[^A-Za-z0-9_.>}])/(?:work|farm|root|opt|home)/")


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def direct_requirements(extras: set[str]) -> list[Requirement]:
    lines = list(project()["dependencies"])
    for extra in sorted(extras):
        lines += project()["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


def locked(name: str) -> dict[str, list[tuple[Requirement, int]]]:
    """Read a lock: distribution → its requirements, each with the number of its hashes."""
    entries: dict[str, list[tuple[Requirement, int]]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8").strip()):
        head, *hashes = block.split(" \\\n")
        requirement = Requirement(head)
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}", line) for line in hashes), head
        entries.setdefault(canonicalize_name(requirement.name), []).append(
            (requirement, len(hashes))
        )
    return entries


def tracked_files() -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: which files are tracked is not known")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


# ---------------------------------------------------------------- versions


def test_dbt_alone_has_the_memory_limit_of_a_run() -> None:
    profiles = (ROOT / "dbt_project" / "profiles.yml").read_text()
    assert f"env_var('CREDIT_MEMORY_LIMIT', '{MEMORY_LIMIT}')" in profiles
    kept = re.search(r"env_var\('CREDIT_KEPT_MEMORY', '(.+?)'\)", profiles)
    assert kept and memory_bytes(kept[1]) == memory_bytes(kept_memory(MEMORY_LIMIT))


@pytest.mark.parametrize(
    "requirement", direct_requirements({"dev", "postgres", "spark"}), ids=lambda r: r.name
)
def test_every_direct_requirement_is_pinned_exactly(requirement: Requirement) -> None:
    specifiers = list(requirement.specifier)
    assert [specifier.operator for specifier in specifiers] == ["=="]
    assert "*" not in specifiers[0].version


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_the_version_of_every_direct_requirement(lock: str) -> None:
    entries = locked(lock)
    for requirement in direct_requirements(LOCKS[lock]):
        found = entries.get(canonicalize_name(requirement.name), [])
        assert [str(entry.specifier) for entry, _ in found] == [str(requirement.specifier)], (
            f"{requirement.name}: make lock after a change in pyproject.toml"
        )


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_version_is_exact_and_has_hashes(lock: str) -> None:
    entries = locked(lock)
    assert len(entries) > 100
    for name, found in entries.items():
        for requirement, hashes in found:
            assert [specifier.operator for specifier in requirement.specifier] == ["=="], name
            assert hashes > 0, f"{name} has no hash"


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_one_version_of_a_package_on_each_python(lock: str, python: str) -> None:
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    for name, found in locked(lock).items():
        chosen = [
            requirement
            for requirement, _ in found
            if requirement.marker is None or requirement.marker.evaluate(environment)
        ]
        assert len(chosen) <= 1, f"{name} on {python}: {[str(one) for one in chosen]}"


def test_both_locks_agree_on_what_they_share() -> None:
    small, large = (
        {name: {str(one.specifier) for one, _ in found} for name, found in locked(lock).items()}
        for lock in LOCKS
    )
    assert small == {name: large[name] for name in small}


# ---------------------------------------------------------------- no addresses, no machine


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address_path_or_comment(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert not re.search(r"://|^\s*#|^-|(^|\s)@\s|(?<![a-z0-9=])/", text, re.MULTILINE)


def test_no_tracked_file_names_a_registry_or_a_path_of_a_machine() -> None:
    found = []
    for path in tracked_files():
        if path.suffix == ".lock" or path.name == "LICENSE":
            continue
        try:
            lines = path.read_text("utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, start=1):
            if ADDRESSES.search(line) or MACHINE_PATHS.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_there_is_no_lock_that_records_addresses() -> None:
    names = {path.name for path in tracked_files()}
    assert names.isdisjoint({"uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock"})


# ---------------------------------------------------------------- layers


def ruff_on(source: str, pretended_path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID251",
            "--output-format", "concise", "--stdin-filename", pretended_path, "-",
        ],
        cwd=ROOT, input=source, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("package", ["ingest", "audit", "publish", "demo", "catalogue"])
@pytest.mark.parametrize(
    "source",
    [
        "import dagster\n",
        "from dagster import asset\n",
        "def late():\n    import dagster_dbt\n",
        "import dagster as dg\n",
    ],
)
def test_the_core_cannot_import_dagster(package: str, source: str) -> None:
    result = ruff_on(source, f"orchestration/{package}/anything.py")
    assert result.returncode == 1, result.stdout + result.stderr
    assert "TID251" in result.stdout


@pytest.mark.parametrize(
    "path",
    ["orchestration/defs/assets.py", "orchestration/definitions.py", "orchestration/runner.py"],
)
def test_where_dagster_belongs_it_may_be_imported(path: str) -> None:
    result = ruff_on("import dagster\n", path)
    assert result.returncode == 0, result.stdout + result.stderr


# ---------------------------------------------------------------- entry points


def test_the_console_script_is_credit() -> None:
    assert project()["scripts"] == {"credit": "orchestration.cli:main"}
    result = subprocess.run(
        [sys.executable, "-c", "from orchestration.cli import main; assert callable(main)"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


def test_workspace_and_dg_load_the_same_definitions() -> None:
    workspace = yaml.safe_load((ROOT / "workspace.yaml").read_text("utf-8"))
    dg = tomllib.loads((ROOT / "dg.toml").read_text("utf-8"))
    module = workspace["load_from"][0]["python_module"]
    assert module["module_name"] == dg["project"]["code_location_target_module"]
    assert module["module_name"] == "orchestration.definitions"
    assert (ROOT / "orchestration" / "definitions.py").is_file()
    assert dg["cli"]["telemetry"]["enabled"] is False


def test_every_hook_before_a_commit_runs_from_the_checkout() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    assert {entry["repo"] for entry in config["repos"]} == {"local"}
    hooks = [hook for entry in config["repos"] for hook in entry["hooks"]]
    assert {hook["language"] for hook in hooks} == {"system"}
    assert all(hook["entry"].startswith(".venv/bin/") for hook in hooks)


def test_every_marker_of_long_tests_has_a_target_and_is_left_out_by_default() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]
    markers = {line.split(":")[0] for line in options["ini_options"]["markers"]}
    makefile = (ROOT / "Makefile").read_text("utf-8")
    left_out = options["ini_options"]["addopts"][-1]
    for marker in markers:
        assert f"not {marker}" in left_out
        assert re.search(rf"^{marker}: .*\n\t.*pytest .*-m {marker} ", makefile, re.MULTILINE)
