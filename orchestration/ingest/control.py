"""The control file that a unit may put beside a delivery: how many rows, which sha256.

``{"rows": <int>, "sha256": "<hex of the file as delivered>"}``; either key may be missing. What is
not such an object, holds a null, or is no regular file is F03 of its file (catalogue section 1).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.ingest.containers import read_regular_file
from orchestration.ingest.delivered import FileFault

_MOST_BYTES = 1024 * 1024
_MOST_DIGITS = 18
_HEX = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class Control:
    """What a control file promises; None where it says nothing.

    ``digest`` is the sha256 of the control file itself, ``fault`` says why it is no control file
    (then its delivery is F03).
    """

    rows: int | None = None
    sha256: str | None = None
    digest: str | None = None
    fault: str | None = None

    def contradiction(self, rows: int, sha256: str) -> str | None:
        """Why the delivery is F03, for people; None if all that is promised holds."""
        if self.fault is not None:
            return self.fault
        if self.sha256 is not None and self.sha256 != sha256:
            return f"sha256 is {sha256}, the control file says {self.sha256}"
        if self.rows is not None and self.rows != rows:
            return f"{rows} rows delivered, the control file says {self.rows}"
        return None


def read_control(path: Path | None) -> Control:
    """Read a control file; an empty Control where there is none.

    Raises:
        Failure: it is there and cannot be read (no permission, a broken disk).
    """
    if path is None:
        return Control()
    try:
        delivered = read_regular_file(path, _MOST_BYTES)
    except FileFault as fault:
        return Control(fault=f"the control file is {fault.detail}")
    if delivered.content is None:
        return Control(digest=delivered.sha256, fault="the control file is larger than 1 MiB")
    try:
        return _parse(delivered.content, delivered.sha256)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, _NoControl) else "no JSON object in UTF-8"
        return Control(digest=delivered.sha256, fault=f"the control file is unusable: {reason}")


class _NoControl(ValueError):
    pass


class _Number(str):
    __slots__ = ()


def _refuse(name: str) -> Any:
    raise _NoControl(f"{name} is no JSON number")


def _parse(content: bytes, digest: str) -> Control:
    pairs = json.loads(
        content.decode("utf-8-sig"),
        object_pairs_hook=_Pairs,
        parse_int=_Number,
        parse_float=_Number,
        parse_constant=_refuse,
    )
    if not isinstance(pairs, _Pairs):
        raise _NoControl("no JSON object")
    if _holds_null(pairs):
        raise _NoControl("a null in it")
    names = [name for name, _ in pairs]
    if names.count("rows") > 1 or names.count("sha256") > 1:
        raise _NoControl("a name twice in it")
    values = dict(pairs)
    return Control(rows=_rows(values), sha256=_sha256(values), digest=digest)


class _Pairs(list[tuple[str, Any]]):
    """An object with its names as delivered, also those that stand twice."""


def _holds_null(value: Any) -> bool:
    if isinstance(value, _Pairs):
        return any(_holds_null(element) for _, element in value)
    if isinstance(value, list):
        return any(map(_holds_null, value))
    return value is None


def _rows(values: dict[str, Any]) -> int | None:
    rows = values.get("rows")
    if rows is None:
        return None
    if not isinstance(rows, _Number) or len(rows) > _MOST_DIGITS or not rows.isdigit():
        raise _NoControl("rows is no whole number")
    return int(rows)


def _sha256(values: dict[str, Any]) -> str | None:
    found: Any = values.get("sha256")
    if found is None:
        return None
    if isinstance(found, _Number) or not isinstance(found, str) or not _HEX.fullmatch(found):
        raise _NoControl("sha256 is not 64 hex digits")
    return str(found).lower()
