"""Progress for people, on standard error; nothing when a machine reads or nobody waits."""

from __future__ import annotations

import sys
import time
from typing import Protocol

# A counted step speaks up at most this often.
_SECONDS_BETWEEN_COUNTS = 2.0


class Progress(Protocol):
    """Where a run says what it is doing."""

    def step(self, name: str, detail: str = "") -> None:
        """A step begins."""

    def count(self, what: str, done: int, total: int) -> None:
        """So much of the step is done; ``what`` is at hand."""

    def note(self, line: str) -> None:
        """Something that people should know."""


class Silent:
    """Says nothing: for tests, and for steps of another's command."""

    def step(self, name: str, detail: str = "") -> None:
        """Nothing."""

    def count(self, what: str, done: int, total: int) -> None:
        """Nothing."""

    def note(self, line: str) -> None:
        """Nothing."""


class Notes(Silent):
    """No progress, but what people should know: for ``--json``."""

    def note(self, line: str) -> None:
        """Print the line on standard error."""
        from orchestration.screens import harmless

        print(harmless(line), file=sys.stderr)


class Told:
    """Lines on standard error, each with the seconds since the start."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._counted = self._begun = self._started

    def step(self, name: str, detail: str = "") -> None:
        """Print the step that begins; what is counted from here on is of this step."""
        self._begun = time.monotonic()
        self._tell(f"{name}{': ' if detail else ''}{detail}")

    def count(self, what: str, done: int, total: int) -> None:
        """Print how far the step is, every few seconds."""
        now = time.monotonic()
        if now - self._counted >= _SECONDS_BETWEEN_COUNTS:
            rate = done / max(now - self._begun, 0.001)
            self._counted = now
            each = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
            self._tell(f"  {done:,} of {total:,} ({each}/s), at {what}")

    def note(self, line: str) -> None:
        """Print the line."""
        self._tell(f"  {line}")

    def _tell(self, line: str) -> None:
        from orchestration.screens import harmless

        seconds = time.monotonic() - self._started
        print(f"[{seconds:6.1f} s] {harmless(line)}", file=sys.stderr)
