"""Building the marts: one dbt invocation, in this process, over the prepared build database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlparse

from orchestration.engine import kept_memory
from orchestration.errors import Failure
from orchestration.home import Home
from orchestration.marts import DBT_FOLDER

# Told what is next, how many are done, and of how many.
Progress = Callable[[str, int, int], None]

_PASSED = frozenset({"success", "pass", "warn", "no-op"})


@dataclass(frozen=True)
class NodeResult:
    """What became of one dbt node. ``failures`` counts the rows that a test found."""

    unique_id: str
    resource_type: str
    name: str
    status: str
    failures: int
    message: str
    seconds: float

    @property
    def is_passed(self) -> bool:
        """Whether the node did what it should; a test of severity warn may find rows."""
        return self.status in _PASSED


@dataclass(frozen=True)
class BuildResult:
    """The outcome of a build, node by node."""

    nodes: tuple[NodeResult, ...]

    @property
    def broken_rules(self) -> tuple[NodeResult, ...]:
        """The dbt tests that found what must not be, or could not be answered."""
        return tuple(n for n in self.nodes if n.resource_type == "test" and not n.is_passed)


def target_folder(home: Home, target: str = "duckdb") -> Path:
    """dbt's artifacts of a home: the manifest, the run results, the parse cache.

    Every target of profiles.yml has its own, as the parse cache of one is void for another. What
    documents and Dagster read is always that of DuckDB.
    """
    return home.work / ("dbt" if target == "duckdb" else f"dbt-{target}")


def build(
    home: Home,
    *,
    memory_limit: str,
    threads: int | None,
    progress: Progress | None = None,
) -> BuildResult:
    """Run every seed, model and data test over ``home``'s build database.

    The database must have been prepared (schema ``raw``). dbt unit tests belong to the project's
    own tests and are left out. ``progress(what, done, total)`` is told what comes next.

    Raises:
        Failure: a seed or model failed, or dbt itself did; the message names the first.
    """
    command = ["build", "--exclude-resource-type", "unit_test"]
    return BuildResult(run_nodes(home, command, memory_limit, threads, progress))


def run_nodes(
    home: Home,
    command: list[str],
    memory_limit: str,
    threads: int | None,
    progress: Progress | None = None,
) -> tuple[NodeResult, ...]:
    """Run one dbt command over ``home``'s build database; what became of its nodes.

    Raises:
        Failure: as `build`.
    """
    result = _invoke(home, command, memory_limit, threads, progress)
    nodes = tuple(map(node_result, result.results))
    refuse_unbuilt(nodes)
    return nodes


def refuse_unbuilt(nodes: Iterable[NodeResult]) -> None:
    """Stop where a seed or model failed; what only waited for it is not named.

    Raises:
        Failure: the message names the first.
    """
    for node in nodes:
        if node.resource_type != "test" and not node.is_passed and node.status != "skipped":
            raise Failure(f"{node.name} was not built: {node.message}")


def parse(home: Home, *, memory_limit: str, threads: int | None) -> Path:
    """Parse the dbt project and return the path of its manifest; a build afterwards need not.

    Raises:
        Failure: the project does not parse.
    """
    _invoke(home, ["parse"], memory_limit, threads)
    return target_folder(home) / "manifest.json"


def _invoke(
    home: Home,
    command: list[str],
    memory_limit: str,
    threads: int | None,
    progress: Progress | None = None,
) -> Any:
    """Run one dbt command in this process and return its result (of the command's own type)."""
    from dbt.cli.main import dbtRunner

    callbacks: list[Callable[[Any], None]] = []
    if progress is not None:
        callbacks.append(partial(_tell_start, progress))
    with (
        _plainly_named(home.build_database) as database,
        _environment(home, database, memory_limit, threads),
        _released_database(),
    ):
        outcome = dbtRunner(callbacks=callbacks).invoke(
            [*command, *project_arguments(target_folder(home))]
        )
    if outcome.exception is not None:
        raise Failure(f"dbt failed: {_first_line(outcome.exception)}") from outcome.exception
    return outcome.result


def _tell_start(progress: Progress, event: Any) -> None:
    """Pass on which node dbt begins, of how many; its other events say nothing to a person."""
    if event.info.name == "LogStartLine":
        progress(event.data.node_info.node_name, event.data.index - 1, event.data.total)


def project_arguments(
    artifacts: Path, *, target: str = "duckdb", nodes_at_once: int = 1
) -> list[str]:
    """The arguments of every dbt command: the project, silence, and where artifacts go."""
    return [
        "--project-dir",
        str(DBT_FOLDER),
        "--profiles-dir",
        str(DBT_FOLDER),
        "--target-path",
        str(artifacts),
        "--log-path",
        str(artifacts),
        "--target",
        target,
        "--log-level-file",
        "none",
        "--quiet",
        "--log-level",
        "none",  # what went wrong is raised; its stack would go to standard output
        "--no-use-colors",
        "--no-version-check",
        "--no-send-anonymous-usage-stats",
        "--threads",
        str(nodes_at_once),
    ]


def node_result(result: Any) -> NodeResult:
    """What became of one node, from dbt's own result of it."""
    node = result.node
    return NodeResult(
        unique_id=node.unique_id,
        resource_type=str(node.resource_type),
        name=node.name,
        status=str(result.status),
        failures=int(result.failures or 0),
        message=_first_line(result.message or ""),
        seconds=float(result.execution_time),
    )


def _first_line(what: object) -> str:
    lines: Sequence[str] = [line.strip() for line in str(what).splitlines() if line.strip()]
    return " ".join(lines[:3])


@contextmanager
def _plainly_named(database: Path) -> Iterator[Path]:
    """The database under a name that dbt-duckdb takes for a path.

    It reads the path as an address, which ends at the first ``#`` or ``;``.
    """
    if urlparse(str(database)).path == str(database):
        yield database
        return
    with TemporaryDirectory(prefix="credit-build-") as folder:
        link = Path(folder, "work")
        link.symlink_to(database.parent.absolute(), target_is_directory=True)
        yield link / database.name


@contextmanager
def _environment(
    home: Home, database: Path, memory_limit: str, threads: int | None
) -> Iterator[None]:
    """The variables that profiles.yml reads, for the time of the build."""
    wanted = {
        "CREDIT_BUILD_DATABASE": str(database),
        "CREDIT_MEMORY_LIMIT": memory_limit,
        "CREDIT_KEPT_MEMORY": kept_memory(memory_limit),
        "CREDIT_THREADS": str(threads or os.cpu_count() or 1),
        "CREDIT_TEMP_DIRECTORY": str(home.spill),
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _released_database() -> Iterator[None]:
    """dbt-duckdb keeps a read-write handle after a run; others need the file, so it is dropped."""
    try:
        yield
    finally:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        manager: Any = DuckDBConnectionManager
        manager.close_all_connections()
