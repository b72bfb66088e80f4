"""The production instance: PostgreSQL storage, daemon and web server as processes of their own."""

import getpass
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance, DagsterRunStatus
from orchestration_rig import KEY, Rig, deliver, make_rig
from services_rig import Interface, free_port, running

from orchestration import runner
from orchestration.defs.instance import instance_folder, write_services

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """A server of our own on a free port of this machine; it refuses to run as root."""
    programs = {name: shutil.which(name) for name in ("initdb", "pg_ctl")}
    if None in programs.values():
        pytest.skip("PostgreSQL (initdb, pg_ctl) is not installed")
    owner = getpass.getuser()
    as_owner: dict[str, str] = {}
    if os.geteuid() == 0:
        owner = "postgres"
        if owner not in {entry.pw_name for entry in pwd.getpwall()}:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        as_owner = {"user": owner}
    folder = Path(tempfile.mkdtemp(prefix="credit-pg-"))
    shutil.chown(folder, owner)
    port = free_port()
    data = str(folder / "data")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"

    def run(program: str, *arguments: str) -> None:
        command = [str(programs[program]), "-D", data, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_owner)

    try:
        run("initdb", "--auth", "trust", "--username", "credit", "--encoding", "UTF8")
        run("pg_ctl", "-w", "-o", options, "-l", str(folder / "log"), "start")
        try:
            yield f"postgresql+psycopg2://credit@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def served(
    tmp_path: Path, manifest: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> Rig:
    pytest.importorskip("dagster_postgres")
    monkeypatch.setenv("CREDIT_POSTGRES_URL", postgres_url)
    return make_rig(tmp_path, manifest)


def test_a_command_run_is_on_record_in_postgresql_and_nowhere_else(
    served: Rig, postgres_url: str
) -> None:
    deliver(served.landing, "2020-03-02")
    runner.execute(served.run())
    folder = instance_folder(served.home)
    assert postgres_url not in "".join(path.read_text() for path in folder.glob("*.yaml"))
    assert not (folder / "history").exists()
    with DagsterInstance.from_config(str(folder)) as instance:
        assert "Postgres" in type(instance.event_log_storage).__name__
        assert instance.get_latest_materialization_event(AssetKey(["release"])) is not None
        run = instance.get_runs(limit=1)[0]
        assert run.status is DagsterRunStatus.SUCCESS
        assert run.tags["credit/outcome"] == "published"


def test_daemon_and_web_server_apart_end_a_run_in_a_release(
    served: Rig, postgres_url: str, tmp_path: Path
) -> None:
    path = deliver(served.landing, "2020-03-02", rows=8)
    (path.parent / ".ready").touch()
    folder = write_services(served.home, served.settings)
    port = free_port()
    environment = {
        "DAGSTER_HOME": str(folder),
        "CREDIT_HOME": str(served.home.folder),
        "CREDIT_LANDING": str(served.landing),
        "CREDIT_PERSON_KEY": KEY,
        "CREDIT_POSTGRES_URL": postgres_url,
    }
    environment |= {"DAGSTER_IS_DEV_CLI": ""}  # as in production: loading never parses
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
        status, tags = interface.finished(interface.launch())
    assert (status, tags["credit/outcome"]) == ("SUCCESS", "published"), (
        tmp_path / "daemon.log"
    ).read_text()[-3000:]
    assert (served.home.current / "gov" / "credit.duckdb").is_file()
