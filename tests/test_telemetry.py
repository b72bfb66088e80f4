"""Nothing leaves the machine: asked for their own opinion, the libraries say they are silent."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration import telemetry

ROOT = Path(__file__).resolve().parent.parent


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in telemetry.SWITCHES}


def ask(question: str) -> object:
    """Run Python in an environment without the switches and read the JSON it prints."""
    result = subprocess.run(
        [sys.executable, "-c", question],
        cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("module", ["orchestration.telemetry", "orchestration.cli"])
def test_importing_the_entry_point_sets_every_switch(module: str) -> None:
    seen = ask(
        f"import json, os, {module}\n"
        f"print(json.dumps({{name: os.environ.get(name) for name in {list(telemetry.SWITCHES)}}}))"
    )
    assert seen == dict(telemetry.SWITCHES)


def test_a_switch_that_was_turned_on_is_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in telemetry.SWITCHES:
        monkeypatch.setenv(name, "true")
    monkeypatch.delenv("DAGSTER_DISABLE_TELEMETRY")
    telemetry.switch_off()
    telemetry.switch_off()
    assert {name: os.environ[name] for name in telemetry.SWITCHES} == dict(telemetry.SWITCHES)


def test_dagster_uploads_nothing() -> None:
    assert ask(
        "import orchestration.telemetry, json\n"
        "from dagster._core.telemetry_upload import is_running_in_test\n"
        "print(json.dumps(is_running_in_test()))"
    )


def test_dbt_sends_no_usage() -> None:
    sends = ask(
        "import orchestration.telemetry, json\n"
        "from dbt.cli.flags import Flags\n"
        "from dbt.cli.main import cli\n"
        "context = cli.make_context('dbt', ['parse'])\n"
        "print(json.dumps(bool(Flags(context).SEND_ANONYMOUS_USAGE_STATS)))"
    )
    assert sends is False


def test_without_the_switches_dbt_would_send() -> None:
    """The question of the test above can be answered with yes."""
    assert ask(
        "import json\n"
        "from dbt.cli.flags import Flags\n"
        "from dbt.cli.main import cli\n"
        "context = cli.make_context('dbt', ['parse'])\n"
        "print(json.dumps(bool(Flags(context).SEND_ANONYMOUS_USAGE_STATS)))"
    )
