"""The production instance: PostgreSQL storage, daemon and web server as processes of their own."""

import getpass
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetKey, DagsterInstance, DagsterRunStatus
from orchestration_rig import KEY, deliver, make_rig
from services_rig import ROOT, Interface, free_port, running

from orchestration import runner
from orchestration.defs.instance import instance_folder

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """A server of our own on a free port of this machine; it refuses to run as root."""
    # Debian keeps them off the path.
    installed = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")))
    places = os.pathsep.join([os.environ.get("PATH", ""), *installed])
    programs = {name: shutil.which(name, path=places) for name in ("initdb", "pg_ctl")}
    if None in programs.values():
        pytest.skip("PostgreSQL (initdb, pg_ctl) is not installed")
    owner = getpass.getuser()
    as_owner: dict[str, Any] = {}
    if os.geteuid() == 0:
        owner = "postgres"
        if owner not in {entry.pw_name for entry in pwd.getpwall()}:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        as_owner = {"user": owner, "group": pwd.getpwnam(owner).pw_gid, "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="credit-pg-"))
    shutil.chown(folder, owner)
    port = free_port()
    data = str(folder / "data")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    # What is thrown away needs no disk to wait for.
    options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"

    def run(program: str, *arguments: str) -> None:
        command = [str(programs[program]), "-D", data, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_owner)

    try:
        run("initdb", "--no-sync", "--auth", "trust", "--username", "credit", "--encoding", "UTF8")
        run("pg_ctl", "-w", "-o", options, "-l", str(folder / "log"), "start")
        try:
            yield f"postgresql+psycopg2://credit@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def in_postgres(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("dagster_postgres")
    monkeypatch.setenv("CREDIT_POSTGRES_URL", postgres_url)


@pytest.mark.usefixtures("in_postgres", "few_tables")
def test_a_command_run_is_on_record_in_postgresql_and_nowhere_else(
    tmp_path: Path, small_manifest: Path, postgres_url: str
) -> None:
    rig = make_rig(tmp_path, small_manifest)
    deliver(rig.landing, "2020-03-02")
    runner.execute(rig.run())
    folder = instance_folder(rig.home)
    assert postgres_url not in "".join(path.read_text() for path in folder.glob("*.yaml"))
    assert not (folder / "history").exists()
    with DagsterInstance.from_config(str(folder)) as instance:
        assert "Postgres" in type(instance.event_log_storage).__name__
        assert instance.get_latest_materialization_event(AssetKey(["release"])) is not None
        run = instance.get_runs(limit=1)[0]
        assert run.status is DagsterRunStatus.SUCCESS
        assert run.tags["credit/outcome"] == "published"


@pytest.mark.usefixtures("in_postgres")
def test_daemon_and_web_server_apart(tmp_path: Path, manifest: Path, postgres_url: str) -> None:
    """As in production: what starts is told by the environment alone, and nothing is parsed.

    The sensor starts a run, which is killed and found; one from the web server then ends in a
    release.
    """
    rig = make_rig(tmp_path, manifest)
    path = deliver(rig.landing, "2020-03-02", rows=8)
    (path.parent / ".ready").touch()
    port = free_port()
    environment = {
        "CREDIT_HOME": str(rig.home.folder),
        "CREDIT_LANDING": str(rig.landing),
        "CREDIT_PERSON_KEY": KEY,
        "CREDIT_POSTGRES_URL": postgres_url,
        "CREDIT_AUTOMATION": "true",
        "CREDIT_SENSOR_SECONDS": "5",
        "CREDIT_WITH_DOCUMENTS": "false",
        "CREDIT_WITH_SITE": "false",
        "DAGSTER_IS_DEV_CLI": "",
    }
    deployed = subprocess.run(
        [sys.executable, "-m", "orchestration.defs.deploy"],
        env={**os.environ, **environment}, cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    folder = Path(deployed.stdout.strip())
    environment["DAGSTER_HOME"] = str(folder)
    workspace = ["--workspace", str(folder / "workspace.yaml")]
    daemon = [sys.executable, "-m", "dagster._daemon", "run", *workspace]
    server = [sys.executable, "-m", "dagster_webserver", *workspace]
    server += ["--host", "127.0.0.1", "--port", str(port)]
    interface = Interface(port)
    with (
        running(daemon, tmp_path / "daemon.log", environment),
        running(server, tmp_path / "server.log", environment),
    ):
        interface.wait()
        killed, tags = interface.started()
        assert tags["dagster/sensor_name"] == "new_deliveries"
        assert tags["credit/folders"] == "2020-03-02"
        os.kill(int(tags["credit/process"].partition("@")[0]), signal.SIGKILL)
        status, tags = interface.finished(killed)
        assert status == "FAILURE"
        assert "credit/outcome" not in tags
        assert not rig.home.current.exists()
        status, tags = interface.finished(interface.launch())
    assert (status, tags["credit/outcome"]) == ("SUCCESS", "published"), (
        tmp_path / "daemon.log"
    ).read_text()[-3000:]
    assert (rig.home.current / "gov" / "credit.duckdb").is_file()
