"""The warm process behind the kill tests: it has imported everything, and forks for every point.

A run is rehearsed stage by stage. Before each stage the home is kept; for a point of the stage the
home is put back, a child repeats the run and is killed at the point, and another child is the next
run, undisturbed. What dbt and Great Expectations give for the same plan is remembered, except in
the stages where they themselves are killed: they read the plan and write the build database, which
every run begins anew. Site and documents are made where the publication is what is killed.

A child is not hurried: one that uses no processor for a quarter of an hour hangs, and so does one
that used half an hour of it.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import pickle
import pkgutil
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import orchestration
from orchestration import build as build_module
from orchestration import pipeline, runner
from orchestration.audit import run as audit_run
from orchestration.catalogue import load_catalogue
from orchestration.demo.feeds import write_demo_feeds
from orchestration.errors import CreditError
from orchestration.home import Home
from orchestration.ingest.shares import Share, ingest_share
from orchestration.marts import load_mart_tables
from orchestration.pipeline import Run
from orchestration.publish.rollback import rollback
from orchestration.publish.store import ReleaseStore
from orchestration.settings import Settings
from orchestration.version import code_version
from tests.kill import killer
from tests.kill.state import differences, problems_of_current, state_of

FIRST, SECOND = date(2020, 12, 30), date(2020, 12, 31)
_IDLE_SECONDS, _LOOK_SECONDS, _CPU_SECONDS = 900.0, 30.0, 1800


@dataclass
class Memory:
    """What dbt and Great Expectations gave for a plan."""

    state_digest: str
    built: Path
    build_result: Any
    audit_results: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Stage:
    """A part of a run: the home before it, what is done, and which steps of it are counted."""

    before: str
    action: Callable[[Rehearsal, Stage], None]
    landing: str = "first"
    as_of: date = FIRST
    keep: int = 30
    counted: tuple[str, ...] = ()
    real: tuple[str, ...] = ()
    execute: Callable[[Run], None] = pipeline.execute

    @property
    def shows_all(self) -> bool:
        """Whether its releases have a site and documents."""
        return not self.counted or "publish" in self.counted


def publish(rehearsal: Rehearsal, stage: Stage) -> None:
    """One run."""
    stage.execute(rehearsal.run(stage))


def go_back(rehearsal: Rehearsal, _: Stage) -> None:
    """One rollback to the first release."""
    store = ReleaseStore(rehearsal.home)
    with rehearsal.home.held():
        rollback(store, store.release_ids()[0], "somebody", "rehearsed")


def resume(rehearsal: Rehearsal, stage: Stage) -> None:
    """The hold is lifted, and the next run moves ``current`` and retires."""
    with rehearsal.home.held():
        ReleaseStore(rehearsal.home).lift_hold()
    publish(rehearsal, stage)


def read_a_share(rehearsal: Rehearsal, stage: Stage, *, is_armed: bool = False) -> None:
    """A worker reads its share, as another host would."""
    run = rehearsal.run(stage)
    landing, share = rehearsal.folder / stage.landing, Share.of("1/2")
    if is_armed:
        rehearsal.arm()
    ingest_share(landing, run.home, run.settings, run.catalogue, stage.as_of, share)
    killer.disarm()


def work_and_publish(rehearsal: Rehearsal, stage: Stage) -> None:
    """A worker, and the run that takes over what it read; the worker is what is counted."""
    read_a_share(rehearsal, stage, is_armed=True)
    publish(rehearsal, stage)


_SECOND: dict[str, Any] = {"landing": "second", "as_of": SECOND}
STAGES = {
    "ingest": Stage("nothing", publish, counted=("ingest",)),
    "worker": Stage("nothing", work_and_publish, counted=("worker",)),
    "folding": Stage("half_read", publish, counted=("ingest",)),
    "build": Stage("ingested", publish, counted=("build",), real=("build",)),
    "audit": Stage("built", publish, counted=("audit",)),
    "publish": Stage("built", publish, counted=("publish",)),
    "second_ingest": Stage("published", publish, counted=("ingest",), **_SECOND),
    "second_publish": Stage("published", publish, counted=("publish",), keep=1, **_SECOND),
    "rollback": Stage("two_releases", go_back),
    "resume": Stage("rolled_back", resume, keep=1, **_SECOND),
    "dagster": Stage(
        "published", publish, keep=1, execute=lambda run: runner.execute(run), **_SECOND
    ),
}


class RehearsedRun(Run):
    """A run that remembers what dbt and Great Expectations said, and counts the steps it should."""

    rehearsal: Rehearsal
    stage: Stage

    def ingest(self) -> None:
        self._counted("ingest", super().ingest)

    def build(self) -> None:
        if "build" in self.stage.real:
            with _lighter_dbt():
                self._counted("build", super().build)
        else:
            self._counted("build", self._remember)

    def audit(self) -> None:
        remembered = self.rehearsal.memory[self.plan.state_digest].audit_results  # type: ignore[union-attr]
        honest = audit_run.run_suites
        if "audit" not in self.stage.real:
            audit_run.run_suites = lambda *_, **__: remembered
        try:
            self._counted("audit", super().audit)
        finally:
            audit_run.run_suites = honest

    def publish(self) -> None:
        self._counted("publish", super().publish)

    def _counted(self, name: str, step: Callable[[], Any]) -> None:
        if not self.stage.counted:
            step()
            return
        if name in self.stage.counted:
            self.rehearsal.arm()
        step()
        killer.disarm()

    def _remember(self) -> None:
        assert self.plan is not None and self.as_of is not None
        memory = self.rehearsal.memory[self.plan.state_digest]
        self.release_id = self.store.next_id(self.as_of)
        self.built_at = pipeline.datetime.now()
        subprocess.run(["cp", "-a", f"{memory.built}/.", self.home.work], check=True)
        self.build_result = memory.build_result


class Rehearsal:
    """The homes, what is remembered, and the children."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home(folder / "home")
        self.memory: dict[str, Memory] = {}
        self.events: dict[str, list[str]] = {}
        self.expected: dict[str, dict[str, Any]] = {}
        self._fatal = 0
        self._trace = -1

    def run(self, stage: Stage) -> RehearsedRun:
        """The run of a stage, not begun."""
        run = RehearsedRun(
            Settings(
                home=self.home.folder,
                landing=self.folder / stage.landing,
                person_key="a key for tests",  # type: ignore[arg-type]
                memory_limit="1GB",
                threads=1,
                keep_releases=stage.keep,
                with_site=stage.shows_all,
                with_documents=stage.shows_all,
                grace_seconds=0,
            ),
            as_of=stage.as_of,
        )
        run.rehearsal, run.stage = self, stage
        return run

    def arm(self) -> None:
        """Count from here; in a child that is to be killed or traced."""
        killer.arm(self.home.folder, self._fatal, self._trace)

    # ------------------------------------------------------------ rehearsal

    def prepare(self) -> dict[str, int]:
        """Rehearse both runs whole, keep the home before every stage, and list its events."""
        write_demo_feeds(self.folder / "second", enterprises=5, days=2, dirty=0.05)
        self._split_landing()
        load_catalogue(), load_mart_tables(), code_version()
        self._keep("nothing")
        self._must(lambda: read_a_share(self, STAGES["worker"]))
        self._keep("half_read")
        self._put_back("nothing")
        self._rehearse_whole("first", FIRST, ("ingested", "built", "published"))
        self._rehearse_whole("second", SECOND, (None, None, "two_releases"))
        self._put_back("two_releases")
        self._must(lambda: go_back(self, STAGES["rollback"]))
        self._keep("rolled_back")
        for name, stage in STAGES.items():
            self._put_back(stage.before)
            self.events[name] = self._traced(stage)
            self.expected[name] = state_of(self.home)
        return {name: len(events) for name, events in self.events.items()}

    def _split_landing(self) -> None:
        """The first landing zone is the second without its last day of deliveries."""
        days = sorted(path.name for path in (self.folder / "second").iterdir() if path.is_dir())
        shutil.copytree(
            self.folder / "second",
            self.folder / "first",
            ignore=lambda folder, names: days[-1:] if folder.endswith("second") else [],
        )
        time.sleep(2.1)  # a file's status is trusted once it is two seconds old

    def _rehearse_whole(
        self, landing: str, as_of: date, keep: tuple[str | None, str | None, str]
    ) -> None:
        """Run with every test and expectation; remember what they said."""
        stage = Stage("", publish, landing=landing, as_of=as_of)
        memory, built = self.folder / f"{landing}.memory", self.folder / f"{landing}.built"

        def body() -> None:
            run = self.run(stage)
            with run.home.held():
                run.ingest()
                made = run.make_plan()
                # dbt's parsed project lies in the home: reading it again costs a tenth.
                build_module.parse(run.home, memory_limit="1GB", threads=1)
                self._keep(keep[0])
                Run.build(run)
                said: list[Any] = []
                honest = audit_run.run_suites

                def listening(*arguments: Any, **options: Any) -> list[Any]:
                    said.extend(honest(*arguments, **options))
                    return said

                audit_run.run_suites = listening
                self._keep(keep[1])
                self._copy(run.home.work, built)
                Run.audit(run)
                remembered = Memory(made.state_digest, built, run.build_result, said)  # type: ignore[union-attr]
                memory.write_bytes(pickle.dumps(remembered))
                Run.publish(run)

        self._must(body)
        remembered = pickle.loads(memory.read_bytes())  # noqa: S301 - written a moment ago
        self.memory[remembered.state_digest] = remembered
        self._keep(keep[2])

    # --------------------------------------------------------------- points

    def point(self, name: str, index: int, count: int) -> dict[str, Any]:
        """Kill at one of ``count`` points spread over a stage, run again, and compare."""
        stage, events = STAGES[name], self.events[name]
        number = index * len(events) // count
        self._put_back(stage.before)
        had_current = ReleaseStore(self.home).current_id()
        began = time.monotonic()
        status = self._child(lambda: stage.action(self, stage), fatal=number + 1, stage=stage)
        problems = [] if was_killed(status) else [f"not killed (status {status}): {self._log()}"]
        if had_current and ReleaseStore(self.home).current_id() is None:
            problems.append("current is gone")
        problems += [f"after the kill: {line}" for line in problems_of_current(self.home)]
        status = self._child(lambda: stage.action(self, stage))
        if status:
            problems.append(f"the next run ends with status {status}: {self._log()}")
        problems += [f"after the next run: {line}" for line in problems_of_current(self.home)]
        problems += differences(state_of(self.home), self.expected[name])
        return {
            "event": f"{number + 1} of {len(events)}: {events[number]}",
            "problems": problems,
            "seconds": round(time.monotonic() - began, 2),
        }

    # ------------------------------------------------------------- children

    def _traced(self, stage: Stage) -> list[str]:
        path = self.folder / "events"
        with path.open("wb") as file:
            status = self._child(
                lambda: stage.action(self, stage), trace=file.fileno(), stage=stage
            )
        if status:
            raise RuntimeError(f"status {status}: {self._log()}")
        return path.read_text(errors="replace").splitlines()

    def _must(self, body: Callable[[], None]) -> None:
        if self._child(body):
            raise RuntimeError(self._log())

    def _child(
        self,
        body: Callable[[], None],
        fatal: int = 0,
        trace: int = -1,
        stage: Stage | None = None,
    ) -> int:
        """Fork, do it, and return the status. Without steps to count, everything is counted."""
        child = os.fork()
        if child == 0:
            self._be_child(body, fatal, trace, stage)
        return status_of(child)

    def _be_child(
        self, body: Callable[[], None], fatal: int, trace: int, stage: Stage | None
    ) -> None:
        log = os.open(self.folder / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        faulthandler.enable()  # where it hung is in the log
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, resource.RLIM_INFINITY))
        try:
            self._fatal, self._trace = fatal, trace
            if stage is not None and not stage.counted:
                self.arm()
            elif stage is None:
                self._fatal, self._trace = 0, -1
                killer.arm(Path("/nowhere"))
            body()
        except CreditError as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        except BaseException:
            traceback.print_exc()
            os._exit(2)
        os._exit(0)

    def _log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-3000:]

    def _keep(self, name: str | None) -> None:
        if name is not None:
            self._copy(self.home.folder, self.folder / "kept" / name)

    def _put_back(self, name: str) -> None:
        self._copy(self.folder / "kept" / name, self.home.folder)

    def _copy(self, source: Path, target: Path) -> None:
        """Copy a home, hard links as such; what is not there is not there afterwards."""
        subprocess.run(["rm", "-rf", target], check=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.exists():
            subprocess.run(["cp", "-a", source, target], check=True)


def was_killed(status: int) -> bool:
    """Whether a child ended as it should at its point."""
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def status_of(child: int) -> int:
    """The status a child ends with; one that does nothing any more is ended with SIGABRT."""
    ended = os.pidfd_open(child)
    used, idle_since = -1, time.monotonic()
    while not select.select([ended], [], [], _LOOK_SECONDS)[0]:
        if used != (now := _cpu_of(child)):
            used, idle_since = now, time.monotonic()
        elif time.monotonic() - idle_since > _IDLE_SECONDS:
            os.kill(child, signal.SIGABRT)
            break
    os.close(ended)
    return os.waitpid(child, 0)[1]


def _cpu_of(process: int) -> int:
    """Ticks of the processor that a process and what it waited for have used."""
    fields = Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


def _own_modules() -> Iterator[str]:
    """Everything that a run imports on its way."""
    for found in pkgutil.walk_packages(orchestration.__path__, "orchestration."):
        if not found.name.endswith(("__main__", "sheet_worker")):
            yield found.name


@contextmanager
def _lighter_dbt() -> Iterator[None]:
    """Leave dbt's generic tests out of a rehearsed build: they read only, by the hundred."""
    honest = build_module._invoke

    def lighter(home: Home, command: list[str], *settings: Any) -> Any:
        left_out = ["--exclude", "test_type:generic"] if command[0] == "build" else []
        return honest(home, [*command, *left_out], *settings)

    build_module._invoke = lighter
    try:
        yield
    finally:
        build_module._invoke = honest


def main(folder: Path) -> None:
    """Answer requests, a JSON object per line: ``prepare``, or a point."""
    for module in ("dbt.cli.main", "great_expectations", *_own_modules()):
        importlib.import_module(module)
    rehearsal = Rehearsal(folder)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "stage" in request:
                answer: Any = rehearsal.point(request["stage"], request["index"], request["count"])
            else:
                answer = rehearsal.prepare()
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
