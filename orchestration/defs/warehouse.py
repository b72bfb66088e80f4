"""The run behind the ops: one `Run` per Dagster run, holding the home from its first step on.

`credit run` lends its own run, whose home it already holds; a run that Dagster starts makes one
from the environment's settings. Every op is a thin wrapper of a step of `orchestration.pipeline`.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any

from dagster import (
    AssetExecutionContext,
    ConfigurableResource,
    DagsterLogManager,
    Failure,
    InitResourceContext,
    MetadataValue,
    RetryRequested,
)
from pydantic import Field, PrivateAttr

from orchestration.defs.deliveries import Completeness
from orchestration.defs.record import (
    AS_OF_TAG,
    OUTCOME_TAG,
    RELEASE_TAG,
    process_tags,
    unchanged,
)
from orchestration.errors import AuditRefused, CreditError, HomeIsHeld, WrongArguments
from orchestration.ingest.delivered import DeliveryFile
from orchestration.pipeline import Run
from orchestration.settings import Settings

# What may pass by itself: another run holds the home, or the machine was short of something.
_PASSING_ERRNOS = frozenset(
    {errno.EAGAIN, errno.EBUSY, errno.EIO, errno.EINTR, errno.ENOSPC, errno.ESTALE, errno.ETIMEDOUT}
)
MAX_RETRIES = 5
RETRY_SECONDS = 60

_lent: ContextVar[LentRun | None] = ContextVar("lent", default=None)


class LentRun:
    """A run of `credit run`, and the error that ended it."""

    def __init__(self, run: Run) -> None:
        """Lend ``run``, whose home is held."""
        self.run = run
        self.error: BaseException | None = None


@contextmanager
def lent(run: Run) -> Iterator[LentRun]:
    """Let the Dagster job of this thread work on ``run`` instead of one of its own."""
    loan = LentRun(run)
    token = _lent.set(loan)
    try:
        yield loan
    finally:
        _lent.reset(token)


class LoggedProgress:
    """Progress as lines of the Dagster run's log."""

    def __init__(self, log: DagsterLogManager) -> None:
        """Write to ``log``."""
        self._log = log

    def step(self, name: str, detail: str = "") -> None:
        """A step begins."""
        self._log.info(f"{name}{': ' if detail else ''}{detail}")

    def count(self, what: str, done: int, total: int) -> None:
        """Nothing: a log is not watched file by file."""

    def note(self, line: str) -> None:
        """Something that people should know."""
        self._log.info(line)


class Warehouse(ConfigurableResource[Any]):
    """What a launch may ask for. Home, landing zone and key come from the environment."""

    as_of: str | None = Field(
        default=None,
        description="截至日期，YYYY-MM-DD；缺省为最新报送日期，且不早于当前发布。"
        "As-of date; by default that of the newest delivery, but not before the current release.",
    )
    approve_removals: str | None = Field(
        default=None,
        description="名单大幅减少的理由。Why the lists may shrink so much.",
    )
    even_incomplete: bool = Field(
        default=False,
        description="也接收尚未收齐的文件夹。Read folders, too, that may still be being filled.",
    )

    _run: Run | None = PrivateAttr(default=None)
    _loan: LentRun | None = PrivateAttr(default=None)
    _stack: ExitStack = PrivateAttr(default_factory=ExitStack)
    _log: DagsterLogManager | None = PrivateAttr(default=None)

    def setup_for_execution(self, context: InitResourceContext) -> None:
        """Nothing is held yet: a resource that fails could not be retried."""
        self._loan = _lent.get()
        self._log = context.log
        if self._loan is None and context.instance is not None and context.run_id is not None:
            context.instance.add_run_tags(context.run_id, process_tags())

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        """Let the home go."""
        self._stack.close()
        self._run = None

    @contextmanager
    def step(self) -> Iterator[Run]:
        """The run, for one step; its errors as people and Dagster should see them.

        Raises:
            RetryRequested: the step may succeed later, and nobody waits at a terminal.
            Failure: it will not; the message is that of the `CreditError`.
        """
        try:
            yield self._begun()
        except Exception as error:
            if self._loan is not None:
                self._loan.error = error
            elif may_pass(error):
                raise RetryRequested(MAX_RETRIES, RETRY_SECONDS) from error
            if isinstance(error, CreditError):
                raise failure_of(error, self._run) from error
            raise

    def restrict(self, run: Run, asked: tuple[date, date] | None) -> None:
        """Read the delivery dates that were asked for, and no folder that is being filled."""
        if self._loan is not None:
            return
        is_complete = Completeness.of(run.settings)

        def is_wanted(delivery: DeliveryFile) -> bool:
            day = delivery.delivery_date
            if asked is not None and not (day is not None and asked[0] <= day <= asked[1]):
                return False
            return self.even_incomplete or is_complete(delivery)

        run.wanted = is_wanted

    def settle_as_of(self, run: Run) -> None:
        """A launch without a date never steps back behind the current release's."""
        current = run.store.current()
        if self._loan is not None or self.as_of is not None or current is None:
            return
        newest = run.make_plan()
        if newest is None or (run.as_of and run.as_of < current[1].as_of_date):
            run.as_of = current[1].as_of_date

    def is_settled(self, context: AssetExecutionContext) -> bool:
        """Whether there is nothing to build: no delivery yet, or a release that stands for it."""
        run = self._begun()
        if run.make_plan() is None:
            self.conclude(context, "nothing_to_do")
            return True
        standing = run.standing_release()
        if standing is None:
            return False
        run.adopt(standing)
        context.log_event(unchanged(standing))
        self.conclude(context, "unchanged")
        return True

    def conclude(self, context: AssetExecutionContext, outcome: str) -> None:
        """Say on the run's record what came of it: an end without an outcome is no good end."""
        run = self._begun()
        tags = {OUTCOME_TAG: outcome}
        tags |= {RELEASE_TAG: run.release_id} if run.release_id else {}
        tags |= {AS_OF_TAG: run.as_of.isoformat()} if run.as_of else {}
        context.instance.add_run_tags(context.run_id, tags)

    def _begun(self) -> Run:
        if self._run is None:
            run = self._loan.run if self._loan is not None else self._own_run()
            if self._loan is None:
                self._stack.enter_context(run.home.held())
                run.store.sweep()
            self._run = run
        return self._run

    def _own_run(self) -> Run:
        assert self._log is not None  # noqa: S101
        return Run(
            settings=Settings(),
            as_of=_date(self.as_of),
            approve_removals=self.approve_removals,
            progress=LoggedProgress(self._log),
        )


def may_pass(error: BaseException) -> bool:
    """Whether the same step may succeed later. A refused release never does."""
    if isinstance(error, HomeIsHeld):
        return True
    if isinstance(error, (AuditRefused, WrongArguments)):
        return False
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in _PASSING_ERRNOS:
            return True
        cause = cause.__cause__
    return False


def failure_of(error: CreditError, run: Run | None) -> Failure:
    """The error as Dagster shows it: one line, and why the audit refused."""
    metadata: dict[str, Any] = {"exit_code": MetadataValue.int(error.exit_code)}
    if run is not None and run.audit_result is not None and run.audit_result.refusals:
        lines = "\n".join(f"* {line}" for line in run.audit_result.refusals)
        metadata["refusals"] = MetadataValue.md(lines)
    return Failure(description=str(error), metadata=metadata, allow_retries=False)


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongArguments(f"{text} is no date; expected YYYY-MM-DD") from error
