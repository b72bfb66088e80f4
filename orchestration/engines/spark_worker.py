"""The process that runs dbt on Spark (spark.py starts it): ``python -m … <request.json>``.

Standard output carries one JSON object a line: ``{"at", "done", "total"}`` after every model, at
last ``{"nodes"}`` or ``{"error"}``. It ends when standard input closes: whoever waited is gone.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orchestration.telemetry  # noqa: F401 - imported is switched off
from orchestration.build import node_result, project_arguments

_LOOPBACK = ("127.", "localhost", "[::1]")
# A cluster that gives no executor for so long gives none.
_SECONDS_WITHOUT_EXECUTOR = 120
# Planning is the driver's, running the executors': several models keep both busy.
_MODELS_AT_ONCE = 4

Tell = Callable[[dict[str, Any]], None]


def session_conf(request: dict[str, Any]) -> dict[str, str]:
    """The configuration of the session.

    ``spark_conf`` of the settings may say anything but what equal results and whole tables rest on.
    """
    master = str(request["master"])
    conf = {
        "spark.app.name": "credit",
        # On a cluster, too: small sides of joins are gathered here before they are sent out, and
        # a gigabyte, Spark's own choice, ends at some ten million records.
        "spark.driver.memory": _java_size(str(request["memory_limit"])),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.parquet.compression.codec": "zstd",
        # Shuffles in as many parts as rows ask for: joined by the adaptive plan, not fixed.
        "spark.sql.adaptive.enabled": "true",
    }
    if master.startswith("local"):
        conf["spark.sql.shuffle.partitions"] = str(4 * (os.cpu_count() or 1))
    if _is_here(master):
        conf["spark.driver.host"] = conf["spark.driver.bindAddress"] = "127.0.0.1"
    conf |= {str(name): str(value) for name, value in request["conf"].items()}
    return conf | {
        "spark.master": master,
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": f"file:{request['warehouse']}",
        # Wall time without a zone, and a zone that no cast depends on.
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.session.timeZone": "Asia/Shanghai",
        # A backslash in a text is a backslash, as in DuckDB.
        "spark.sql.parser.escapedStringLiterals": "true",
        "spark.sql.caseSensitive": "false",
        # A task that dies leaves nothing: files appear when the job commits.
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "1",
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "true",
        "spark.speculation": "false",
    }


def _is_here(master: str) -> bool:
    return master.startswith("local") or (urlsplit(master).netloc.startswith(_LOOPBACK))


def _java_size(limit: str) -> str:
    """A DuckDB memory limit (4GB) as the JVM spells it (4g)."""
    return limit.strip().lower().replace(" ", "").removesuffix("ib").removesuffix("b")


def open_session(request: dict[str, Any]) -> Any:
    """The Spark session that dbt then finds, with every table of the request."""
    from pyspark.sql import SparkSession

    if _is_here(str(request["master"])):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder
    for name, value in session_conf(request).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("WARN")
    _mute(session, "org.apache.spark.sql.classic.SparkSession")  # tells dbt's every statement
    _watch_executors(session, str(request["master"]))
    for schema in sorted({table["schema"] for table in request["tables"]}):
        session.sql(f"create schema if not exists {_quoted(schema)}")
    for table in request["tables"]:
        columns = ", ".join(f"{_quoted(name)} {of_type}" for name, of_type in table["columns"])
        folder = f"file:{table['folder']}".replace("'", "''")
        session.sql(
            f"create table {_quoted(table['schema'])}.{_quoted(table['name'])} ({columns})"
            f" using parquet location '{folder}'"
        )
    return session


def _mute(session: Any, logger: str) -> None:
    log4j = session._jvm.org.apache.logging.log4j
    log4j.core.config.Configurator.setLevel(logger, log4j.Level.ERROR)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _watch_executors(session: Any, master: str) -> None:
    """End with a clear line where a cluster has no executor for us, instead of waiting for ever."""
    if master.startswith("local"):
        return
    tracker = session.sparkContext._jsc.sc().statusTracker()

    def watch() -> None:
        since = time.monotonic()
        while True:
            time.sleep(2)
            if len(tracker.getExecutorInfos()) > 1:  # the driver counts as one
                since = time.monotonic()
            elif time.monotonic() - since > _SECONDS_WITHOUT_EXECUTOR:
                _end(f"{master} had no worker for {_SECONDS_WITHOUT_EXECUTOR} s")

    threading.Thread(target=watch, daemon=True).start()


def run_models(request: dict[str, Any], tell: Tell) -> list[dict[str, Any]]:
    """Run every model and return what became of each.

    Raises:
        RuntimeError: dbt itself failed.
    """
    from dbt.cli.main import dbtRunner

    def heard(event: Any) -> None:
        if event.info.name == "LogModelResult":
            tell({"at": event.data.node_info.node_name, **_so_far(event.data)})

    outcome = dbtRunner(callbacks=[heard]).invoke(
        [
            "run",
            *project_arguments(
                Path(request["artifacts"]), target="spark", nodes_at_once=_MODELS_AT_ONCE
            ),
        ]
    )
    if outcome.exception is not None:
        raise RuntimeError(str(outcome.exception))
    result: Any = outcome.result
    return [asdict(node_result(one)) for one in result.results]


def _so_far(data: Any) -> dict[str, int]:
    return {"done": int(data.index), "total": int(data.total)}


_channel: Any = None


def _tell(what: dict[str, Any]) -> None:
    _channel.write(json.dumps(what) + "\n")
    _channel.flush()


def _end(error: str) -> None:
    """Say why and end at once, JVM and all: nothing here is worth saving."""
    try:
        _tell({"error": error})
    finally:
        os._exit(1)


def _end_with_parent() -> None:
    while os.read(0, 1024):  # not sys.stdin: a thread that waits in it crashes a normal end
        pass
    os._exit(1)


def main() -> int:
    """Build what the request names."""
    global _channel
    # What libraries print goes to the log; the channel is ours alone.
    _channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    try:
        session = open_session(request)
        nodes = run_models(request, _tell)
        session.stop()
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        _end(" ".join(lines[:2]) or type(error).__name__)
    _tell({"nodes": nodes})
    return 0


if __name__ == "__main__":
    sys.exit(main())
