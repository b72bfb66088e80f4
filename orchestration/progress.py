"""Progress for people, on standard error; nothing when a machine reads or nobody waits."""

from __future__ import annotations

import sys
import time
from typing import Protocol


class Progress(Protocol):
    """Where a run says what it is doing."""

    def step(self, name: str, detail: str = "") -> None:
        """A step begins."""

    def note(self, line: str) -> None:
        """Something that people should know."""


class Silent:
    """Says nothing but notes nothing either: for ``--json`` and for tests."""

    def step(self, name: str, detail: str = "") -> None:
        """Nothing."""

    def note(self, line: str) -> None:
        """Nothing."""


class Told:
    """Lines on standard error, each step with the seconds since the start."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def step(self, name: str, detail: str = "") -> None:
        """Print the step that begins."""
        seconds = time.monotonic() - self._started
        print(f"[{seconds:6.1f} s] {name}{': ' if detail else ''}{detail}", file=sys.stderr)

    def note(self, line: str) -> None:
        """Print the line."""
        print(f"           {line}", file=sys.stderr)
