"""The process that reads workbooks (``sheet_worker.py``): started once, replaced when it dies."""

from __future__ import annotations

import atexit
import json
import marshal
import os
import selectors
import struct
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

from orchestration.ingest.containers import Buffer
from orchestration.ingest.delivered import FileFault
from orchestration.settings import Limits

_WORKER = Path(__file__).with_name("sheet_worker.py")
_SILENT_SECONDS = 180


class SheetProcess:
    """Reads one workbook at a time; whatever happens in it is at most F01 of that workbook."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()

    def rows(self, buffer: Buffer, limits: Limits) -> Generator[tuple[int, list[Any]], None, None]:
        """Number and cells of every row of the first sheet; F06, F01."""
        with self._lock:
            is_complete = False
            try:
                self._ask(buffer, limits)
                while (frame := self._frame())[0] == "rows":
                    yield from enumerate(frame[2], start=frame[1])
                is_complete = True
            except (OSError, EOFError, struct.error) as error:
                raise FileFault("F01", "the workbook cannot be read: its reader gave up") from error
            finally:
                if not is_complete:
                    self.stop()  # it may be anywhere in its answer
            if frame[0] == "fault":
                raise FileFault(frame[1], frame[2])

    def _ask(self, buffer: Buffer, limits: Limits) -> None:
        if self._owner != os.getpid():
            self._process, self._owner = None, os.getpid()  # after a fork it is our parent's
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", str(_WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
        request = {
            "bytes": len(buffer),
            "inflated": limits.max_inflated_bytes,
            "characters": limits.max_cell_characters,
        }
        stdin = self._process.stdin
        if stdin is None:
            raise EOFError
        rest = memoryview(json.dumps(request).encode() + b"\n" + bytes(buffer))
        while rest:
            rest = rest[stdin.write(rest) or 0 :]

    def _frame(self) -> list[Any]:
        (length,) = struct.unpack("<I", self._read(4))
        frame: list[Any] = marshal.loads(self._read(length))  # noqa: S302 (our own process)
        return frame

    def _read(self, length: int) -> bytes:
        stdout = None if self._process is None else self._process.stdout
        if stdout is None:
            raise EOFError
        parts: list[bytes] = []
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while length:
                if not selector.select(_SILENT_SECONDS):
                    raise EOFError
                part = stdout.read(min(length, 1024 * 1024))
                if not part:
                    raise EOFError
                parts.append(part)
                length -= len(part)
        return b"".join(parts)

    def stop(self) -> None:
        """End the process; the next workbook starts another."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


SHEET_PROCESS = SheetProcess()
atexit.register(SHEET_PROCESS.stop)
