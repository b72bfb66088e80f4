"""A command whose processes end with whoever started it, however that one ends.

``python -m orchestration.guard COMMAND...`` is the head of a group of its own. Its standard input
is a pipe of which the starter holds the other end: when that closes, the starter is gone, killed
perhaps, and the group ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

_STOP_SECONDS = 8


def main(command: Sequence[str]) -> int:
    """Run the command; its exit code, or 128 and the signal that ended it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Unlike a signal that is ignored, one that is handled is not so for the command.
        signal.signal(number, lambda *_: None)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - as told
    starter_is_gone = threading.Event()

    def watch() -> None:
        sys.stdin.buffer.read()
        starter_is_gone.set()
        os.killpg(os.getpgrp(), signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
    status = process.wait()
    if starter_is_gone.is_set():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
