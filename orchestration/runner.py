"""What stands behind ``credit run`` and ``credit ui``: the Dagster job, and its web interface."""

from __future__ import annotations

import glob
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TYPE_CHECKING

from orchestration.errors import AuditRefused, CreditError, Failure, HomeIsHeld, WrongArguments
from orchestration.pipeline import Run
from orchestration.settings import PROJECT_FOLDER, Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance, ExecuteInProcessResult

    from orchestration.home import Home

_STOP_SECONDS = 8
# By SIGHUP a terminal that is closed tells.
_ENDING = (signal.SIGTERM, signal.SIGHUP)
_HOST = "127.0.0.1"


def execute(run: Run) -> None:
    """Run the main job in this process, on the home's own Dagster instance.

    Where nothing is new the job is not loaded: a small record is kept instead.

    Raises:
        CreditError: as the step raised it; the Dagster run is on record as failed.
        WrongArguments, HomeIsHeld: at once, before anything is begun.
    """
    started = time.time()
    run.check_arguments()
    as_of = run.as_of
    with run.home.held():
        run.store.sweep()
        try:
            is_nothing_new = _is_nothing_new(run)
        except Failure:
            is_nothing_new = False  # the job fails again, on the record
        if is_nothing_new:
            _record(run, started)
            return
        run.as_of = as_of
        _execute_job(run)


def _is_nothing_new(run: Run) -> bool:
    """Whether a release stands for just what is there; it is then made current if it may be."""
    from orchestration.defs.deliveries import unread

    landing = run.settings.landing
    if run.store.current_id() is None:
        return False
    run.fetch()
    if landing is not None and unread(
        landing.absolute(),
        run.home,
        run.catalogue,
        run.as_of or run.today,
        run.settings.person_key,
    ):
        return False
    run.ingest()
    if run.make_plan() is None:
        return True
    standing = run.standing_release()
    if standing is None:
        return False
    run.adopt(standing)
    return True


def _record(run: Run, started: float) -> None:
    from orchestration.defs.instance import open_instance
    from orchestration.defs.record import fail_dead_runs, record_unchanged

    with open_instance(run.home, run.settings) as instance:
        fail_dead_runs(instance)
        record_unchanged(instance, run.release_id, run.as_of, started)


def _execute_job(run: Run) -> None:
    """The job over the lent run; its error comes out as itself."""
    from orchestration.definitions import compose
    from orchestration.defs.instance import open_instance
    from orchestration.defs.jobs import PUBLISH
    from orchestration.defs.manifest import prepare
    from orchestration.defs.record import command_tags, fail_dead_runs
    from orchestration.defs.warehouse import lent

    prepare(run.settings)
    job = compose(run.settings).resolve_job_def(PUBLISH)
    with open_instance(run.home, run.settings) as instance, lent(run) as loan:
        fail_dead_runs(instance)
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            tags=command_tags(),
            # The terminal belongs to the command; the events are on record all the same.
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        error = loan.error or _incomplete(run, result)
        if error is not None:
            _alert(run, instance, result.run_id, error)
            raise error


def _incomplete(run: Run, result: ExecuteInProcessResult) -> Failure | None:
    """A run may end well although a step was skipped: what counts is what came of it."""
    if not result.success:
        return Failure(_why(result))
    if run.published is None and run.plan is not None:
        return Failure("the run ended without a release and without a reason; see `credit ui`")
    return None


def _why(result: ExecuteInProcessResult) -> str:
    """The first reason that Dagster gives for a failed run, without its stack."""
    for event in result.all_events:
        if event.is_failure:
            error = getattr(event.event_specific_data, "error", None)
            while error is not None and error.cause is not None:
                error = error.cause
            reason = error.message if error is not None else event.message
            return f"{event.step_key or 'the run'} failed: {' '.join((reason or '').split())}"
    return "the run failed, and Dagster gives no reason"


def _alert(run: Run, instance: DagsterInstance, run_id: str, error: BaseException) -> None:
    """Tell those who must know, from here: no daemon may be watching."""
    from orchestration.alerts import Alert, is_configured, send
    from orchestration.defs.record import ALERTED_TAG

    if isinstance(error, (WrongArguments, HomeIsHeld)) or not is_configured(run.settings.alerts):
        return
    is_known = isinstance(error, CreditError)
    refusals = run.audit_result.refusals if run.audit_result is not None else ()
    alert = Alert(
        kind="refused" if isinstance(error, AuditRefused) else "failed",
        summary=str(error) if is_known else f"unexpected error: {type(error).__name__}",
        lines=refusals,
        run_id=run_id,
        home=str(run.home.folder),
    )
    problems = send(alert, run.settings.alerts)
    for problem in problems:
        run.progress.note(problem)
    if not problems:
        instance.add_run_tags(run_id, {ALERTED_TAG: alert.kind})


# ---------------------------------------------------------------- credit ui


def serve(settings: Settings, port: int) -> None:
    """Dagster's web interface and daemon over the home, until interrupted; port 0: any free one.

    Raises:
        WrongArguments: the port is taken.
        Failure: the services stopped by themselves.
    """
    from orchestration.defs.instance import write_services
    from orchestration.defs.manifest import prepare
    from orchestration.home import Home

    chosen = _free_port(port)
    home = Home(settings.home.absolute())
    prepare(settings)
    folder = write_services(home, settings)
    with _plainly_named(folder) as services:
        _serve(home, settings, services, chosen)


@contextmanager
def _plainly_named(folder: Path) -> Iterator[Path]:
    """The folder under a name in which Dagster's services find their files.

    They take its path for a pattern and, where it matches nothing, go on without configuration.
    """
    if glob.escape(str(folder)) == str(folder):
        yield folder
        return
    with TemporaryDirectory(prefix="credit-ui-") as temporary:
        link = Path(temporary, "dagster")
        link.symlink_to(folder, target_is_directory=True)
        yield link


def _serve(home: Home, settings: Settings, folder: Path, chosen: int) -> None:
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(folder),
        "CREDIT_HOME": str(home.folder),
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(PROJECT_FOLDER), os.environ.get("PYTHONPATH")])
        ),
    }
    if settings.landing is not None:
        environment["CREDIT_LANDING"] = str(settings.landing.absolute())
    command = [sys.executable, "-W", "ignore", "-m", "dagster", "dev"]
    command += ["--workspace", str(folder / "workspace.yaml")]
    command += ["--host", _HOST, "--port", str(chosen), "--log-level", "warning"]
    print(
        f"credit ui: http://{_HOST}:{chosen} over {home.folder} (Ctrl-C ends it)", file=sys.stderr
    )
    status = _run_group(command, environment, folder)
    if status not in {0, 128 + signal.SIGTERM, 128 + signal.SIGINT}:
        raise Failure(f"the web interface stopped by itself (status {status})")


def _free_port(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            raise WrongArguments(f"port {port} cannot be used: {error.strerror}") from error
        return int(probe.getsockname()[1])


def _run_group(command: list[str], environment: dict[str, str], folder: Path) -> int:
    """Run a command as a group of its own, and end the whole group with it.

    Web server, daemon and code servers outlive a signal to their parent; the guard ends them, too,
    when this process is killed.
    """
    guarded = [sys.executable, "-m", "orchestration.guard", *command]
    with subprocess.Popen(  # noqa: S603 - the command is built above
        guarded, env=environment, cwd=folder, stdin=subprocess.PIPE, start_new_session=True
    ) as process:

        def stop(_number: int, _frame: FrameType | None) -> None:
            raise KeyboardInterrupt

        before = {number: signal.signal(number, stop) for number in _ENDING}
        try:
            return process.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            _end_group(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Ask the group to end, then see to it."""
    for number, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGKILL, _STOP_SECONDS)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            process.poll()
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.1)
