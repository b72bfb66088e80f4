"""The Dagster instance of a home: where every run is on record.

::

    <home>/state/dagster/dagster.yaml     for daemon, web server and the runs they start
    <home>/state/dagster/command.yaml     for `credit run`: the same, but the terminal stays its own

SQLite below the same folder, or PostgreSQL where ``CREDIT_POSTGRES_URL`` names one. Both files are
written anew at every start: what they say is decided by the settings alone.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef

from orchestration.errors import Failure
from orchestration.home import Home
from orchestration.settings import PROJECT_FOLDER, Settings
from orchestration.telemetry import DAGSTER_YAML

SERVICE_CONFIG = "dagster.yaml"
COMMAND_CONFIG = "command.yaml"
WRITER_POOL = "home"
# The same in workspace.yaml and dg.toml.
LOCATION = "credit_zhejiang"


def instance_folder(home: Home) -> Path:
    """``DAGSTER_HOME`` of a home."""
    return home.state / "dagster"


def instance_config(home: Home, settings: Settings) -> dict[str, Any]:
    """What ``dagster.yaml`` says: one writer, killed runs are found, nothing leaves the machine."""
    config: dict[str, Any] = {
        "telemetry": dict(DAGSTER_YAML["telemetry"]),
        "nux": {"enabled": False},
        # Events are recorded whatever their level; this is what a terminal shows of them.
        "python_logs": {"python_log_level": "INFO"},
        "run_coordinator": {
            "module": "dagster._core.run_coordinator",
            "class": "QueuedRunCoordinator",
        },
        # A home has one writer: runs that publish share a pool of one and wait in the queue, those
        # that only read a share run beside each other. The lock of the home has the last word.
        "concurrency": {
            "runs": {"max_concurrent_runs": settings.ingest_shares},
            "pools": {"granularity": "run", "default_limit": 1},
        },
        "run_monitoring": {
            "enabled": True,
            "start_timeout_seconds": 300,
            "max_runtime_seconds": settings.max_run_seconds,
            "poll_interval_seconds": 30,
        },
        "freshness": {"enabled": True},
        "retention": {
            "schedule": {"purge_after_days": 365},
            "sensor": {
                "purge_after_days": {"skipped": 7, "failure": 90, "success": 365, "started": 7}
            },
        },
    }
    if settings.postgres_url is not None:
        # The address stays in the environment: no secret in a file.
        config["storage"] = {"postgres": {"postgres_url": {"env": "CREDIT_POSTGRES_URL"}}}
    else:
        config["event_log_storage"] = {
            "module": "orchestration.defs.event_log",
            "class": "KeptSqliteEventLogStorage",
            "config": {"base_dir": str(instance_folder(home) / "history" / "runs")},
        }
    return config


def _command_config(service: dict[str, Any]) -> dict[str, Any]:
    # Capturing would redirect this process's own standard error away from who is watching it.
    noop = {
        "module": "dagster.core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    }
    return {**service, "compute_logs": noop}


def write_instance(home: Home, settings: Settings) -> Path:
    """Write the instance's configuration and return its folder.

    Raises:
        Failure: the folder cannot be written.
    """
    home.create()
    folder = instance_folder(home)
    service = instance_config(home, settings)
    command = _command_config(service)
    try:
        folder.mkdir(exist_ok=True, mode=0o750)
        for name, config in ((SERVICE_CONFIG, service), (COMMAND_CONFIG, command)):
            _write_if_new(folder / name, yaml.safe_dump(config, sort_keys=False))
    except OSError as error:
        raise Failure(f"{folder} cannot be written: {error.strerror}") from error
    return folder


def write_services(home: Home, settings: Settings) -> Path:
    """The instance's folder with the workspace that web server and daemon load.

    Raises:
        Failure: the folder cannot be written.
    """
    folder = write_instance(home, settings)
    module = {
        "module_name": "orchestration.definitions",
        "location_name": LOCATION,
        "working_directory": str(PROJECT_FOLDER),
    }
    workspace = {"load_from": [{"python_module": module}]}
    _write_if_new(folder / "workspace.yaml", yaml.safe_dump(workspace, sort_keys=False))
    return folder


def _write_if_new(path: Path, text: str) -> None:
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    partial = path.with_suffix(f".{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def open_instance(home: Home, settings: Settings) -> DagsterInstance:
    """The instance as `credit run` uses it; the caller closes it (``with``)."""
    folder = write_instance(home, settings)
    # Given, and not only named: Dagster takes the name for a pattern, and where it finds no file it
    # goes on with its defaults, telemetry among them.
    config = _command_config(instance_config(home, settings))
    ref = InstanceRef.from_dir(str(folder), config_filename=COMMAND_CONFIG, overrides=config)
    return DagsterInstance.from_ref(ref)
