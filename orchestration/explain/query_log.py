"""The query log (Reg. Art. 20, 查询日志): who looked a natural person up, when, what and why.

An append-only file of JSON lines in the home. Every line carries the SHA-256 of the line before it,
so that a line that was changed or removed shows; the number and head of the chain are kept beside
it, so that lines cut off at the end show too.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.home import Home
from orchestration.publish.files import write_durably

_GENESIS = "0" * 64


def log_path(home: Home) -> Path:
    """The log's file."""
    return home.state / "query_log.jsonl"


def _head_path(home: Home) -> Path:
    return home.state / "query_log.head.json"


def append_query(home: Home, user: str, command: str, subject_id: str, reason: str | None) -> None:
    """Write one line, durably, before the answer is given.

    ``subject_id`` is a person's key; no name and no identity number is ever written.
    """
    home.create()
    descriptor = os.open(log_path(home), os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        lines = log.read().splitlines()
        entry = {
            "number": len(lines) + 1,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "user": user,
            "command": command,
            "subject_id": subject_id,
            "reason": reason,
            "previous": _digest(lines[-1]) if lines else _GENESIS,
        }
        line = json.dumps(entry, ensure_ascii=False, sort_keys=True)
        log.write(line + "\n")
        log.flush()
        os.fsync(log.fileno())
        head = {"lines": entry["number"], "head": _digest(line)}
        write_durably(_head_path(home), json.dumps(head).encode())


def count_entries(home: Home) -> int:
    """How many lines the log has."""
    try:
        return len(log_path(home).read_text(encoding="utf-8").splitlines())
    except FileNotFoundError:
        return 0


def verify_log(home: Home) -> list[str]:
    """Every break of the chain as a line for people; none if the log is whole."""
    try:
        lines = log_path(home).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    problems = []
    previous = _GENESIS
    for number, line in enumerate(lines, start=1):
        entry = _parsed(line)
        if entry is None:
            problems.append(f"line {number} is no entry")
        elif entry.get("number") != number:
            problems.append(f"line {number} says it is number {entry.get('number')}")
        elif entry.get("previous") != previous:
            problems.append(f"line {number} does not follow the line before it")
        previous = _digest(line)
    try:
        head = json.loads(_head_path(home).read_bytes())
    except FileNotFoundError:
        head = {"lines": 0, "head": _GENESIS}
    if head != {"lines": len(lines), "head": previous}:
        problems.append(
            f"the log has {len(lines)} lines, its head was kept for {head.get('lines')}:"
            " lines were cut off, or added past the log"
        )
    return problems


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
