"""A standalone Spark cluster on loopback: a master and workers, each a JVM of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

START_SECONDS = 240

# What keeps small builds cheap: most of a short JVM's time is compiling what runs once.
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
QUICK = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",
    "spark.driver.extraJavaOptions": QUICK_JAVA,
    "spark.executor.extraJavaOptions": QUICK_JAVA,
    "spark.executor.memory": "1g",
}


class Cluster:
    """One master; workers come with ``add_worker`` and go with ``kill_worker``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.workers: list[subprocess.Popen[bytes]] = []
        self.master = self._start(
            "master.Master", ["--port", str(self.port)], "I have been elected leader"
        )

    @property
    def url(self) -> str:
        """What ``CREDIT_SPARK_MASTER`` is set to."""
        return f"spark://127.0.0.1:{self.port}"

    @property
    def process_groups(self) -> list[int]:
        """Master and workers, each with the executors that it started."""
        return [process.pid for process in (self.master, *self.workers)]

    def add_worker(self) -> None:
        """A worker with one core, registered when this returns."""
        sizes = ["--cores", "1", "--memory", "1g"]
        place = ["--work-dir", str(self.folder / f"work{len(self.workers)}")]
        self.workers.append(
            self._start("worker.Worker", [*sizes, *place, self.url], "Successfully registered")
        )

    def kill_worker(self) -> None:
        """Kill a worker and its executor, as a machine that is switched off."""
        _kill(self.workers.pop(0))

    def stop(self) -> None:
        """End every process of the cluster."""
        for process in (*self.workers, self.master):
            _kill(process)

    def _start(self, name: str, arguments: list[str], ready: str) -> subprocess.Popen[bytes]:
        import pyspark

        log_path = self.folder / f"{name}-{len(self.workers)}-{time.monotonic_ns()}.log"
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [
                    str(Path(pyspark.__file__).parent / "bin" / "spark-class"),
                    f"org.apache.spark.deploy.{name}",
                    *("--host", "127.0.0.1", "--webui-port", "0", *arguments),
                ],
                env={
                    **os.environ,
                    "SPARK_LOCAL_IP": "127.0.0.1",
                    "SPARK_LOCAL_DIRS": str(self.folder / "scratch"),
                    "SPARK_DAEMON_MEMORY": "256m",
                    "SPARK_DAEMON_JAVA_OPTS": QUICK_JAVA,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while ready not in log_path.read_text(errors="replace"):
            if process.poll() is not None or time.monotonic() > deadline:
                _kill(process)
                raise RuntimeError(f"{name} did not start:\n{log_path.read_text()[-2000:]}")
            time.sleep(0.2)
        return process


@contextlib.contextmanager
def running_cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """A cluster for the time of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(folder)
    try:
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        cluster.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
