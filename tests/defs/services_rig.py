"""The services as people start them: processes of their own, asked over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CREDIT = [sys.executable, "-c", "from orchestration.cli import main; main()"]
LOCATION = {"repositoryLocationName": "credit_zhejiang", "repositoryName": "__repository__"}

_LOADED = """{ workspaceOrError { ... on Workspace { locationEntries {
    loadStatus locationOrLoadError { __typename ... on PythonError { message } } } } } }"""
_LAUNCH = """mutation Launch($params: ExecutionParams!) {
    launchPipelineExecution(executionParams: $params) {
        __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
        ... on RunConfigValidationInvalid { errors { message } } } }"""
_RUNS = """{ runsOrError { ... on Runs { results { runId status tags { key value } } } } }"""
_RUN = """query Run($run: ID!) { runOrError(runId: $run) { ... on Run {
    status tags { key value } } } }"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def members(group: int) -> list[int]:
    """The processes of a group that still run."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(folder.name))
    return found


class Interface:
    """A web server of Dagster, asked as its pages ask it."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - http, here
            f"{self.address}/graphql",
            data=json.dumps({"query": query, "variables": variables}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            loaded: dict[str, Any] = json.load(answer)
        assert "errors" not in loaded, loaded
        return loaded["data"]

    def wait(self, seconds: float = 900) -> None:
        """Until the definitions are loaded."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                [entry] = self.ask(_LOADED)["workspaceOrError"]["locationEntries"]
                if entry["loadStatus"] == "LOADED":
                    assert entry["locationOrLoadError"]["__typename"] == "RepositoryLocation", entry
                    return
            except (urllib.error.URLError, OSError, ValueError):
                pass
            time.sleep(1)
        raise TimeoutError("the web interface did not come up")

    def launch(self, config: dict[str, Any] | None = None) -> str:
        params = {
            "selector": {**LOCATION, "jobName": "publish_release"},
            "runConfigData": {"resources": {"warehouse": {"config": config or {}}}},
            "mode": "default",
        }
        launched = self.ask(_LAUNCH, params=params)["launchPipelineExecution"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def started(self, seconds: float = 1800) -> tuple[str, dict[str, str]]:
        """Id and tags of a run whose first step has begun."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for run in self.ask(_RUNS)["runsOrError"]["results"]:
                tags = {tag["key"]: tag["value"] for tag in run["tags"]}
                if run["status"] == "STARTED" and "credit/process" in tags:
                    return run["runId"], tags
            time.sleep(0.5)
        raise TimeoutError("no run was started")

    def finished(self, run_id: str, seconds: float = 1800) -> tuple[str, dict[str, str]]:
        """Status and tags of a run, once it has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            run = self.ask(_RUN, run=run_id)["runOrError"]
            if run["status"] in {"SUCCESS", "FAILURE", "CANCELED"}:
                return run["status"], {tag["key"]: tag["value"] for tag in run["tags"]}
            time.sleep(1)
        raise TimeoutError(f"run {run_id} did not end")


@contextmanager
def running(
    command: list[str], log: Path, environment: dict[str, str], **given: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is the head of its own group; the whole group ends with the test."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            cwd=given.pop("cwd", ROOT),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **given,
        )
    try:
        yield process
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if process.poll() is None or members(process.pid):
                try:
                    os.killpg(process.pid, number)
                except ProcessLookupError:
                    break
                deadline = time.monotonic() + 15
                while time.monotonic() < deadline and members(process.pid):
                    process.poll()
                    time.sleep(0.1)
        process.wait(timeout=10)
