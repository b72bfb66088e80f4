"""Watching a run from outside: an observer sees every step begin and end, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

from orchestration.failures import told_plainly

if TYPE_CHECKING:
    from orchestration.pipeline import Run

Given = ParamSpec("Given")
Gave = TypeVar("Gave")


class RunObserver(Protocol):
    """Whoever wants to know."""

    def step(self, run: Run, name: str) -> AbstractContextManager[None]:
        """Entered before a step of ``run`` and left after it, with the error if it raised one."""


def observed(
    step: Callable[Concatenate[Run, Given], Gave],
) -> Callable[Concatenate[Run, Given], Gave]:
    """A step of a run: its observer sees it, and a fault of the machine ends it in one line."""

    @wraps(step)
    def seen(run: Run, /, *args: Given.args, **kwargs: Given.kwargs) -> Gave:
        with run.observer.step(run, step.__name__), told_plainly(f"the step {step.__name__}"):
            return step(run, *args, **kwargs)

    return seen
