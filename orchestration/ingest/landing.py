"""The landing zone: which deliveries there are, judged by their paths alone (catalogue 1).

    <landing>/<delivery date YYYY-MM-DD>/<unit_code>/<item_code>[__<anything>].<ext>[.gz]
    <landing>/<delivery date YYYY-MM-DD>/<unit_code>/<same file name>.control.json

Names beginning with ``.`` or ``~$`` and control files are no deliveries; whatever else does not
fit is a delivery with the fault F04. Links and pipes are never opened. A folder that cannot be
listed is no fault of a delivery: the run stops. Names are told without the identity numbers that
some carry: only ``path`` and ``control_path`` have them.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.catalogue.load import Catalogue
from orchestration.errors import Failure, WrongArguments
from orchestration.ingest.delivered import DeliveryFile
from orchestration.ingest.persons import without_identities

CONTROL_SUFFIX = ".control.json"
FORMATS = {
    "csv": "csv",
    "xlsx": "sheet",
    "xls": "sheet",
    "json": "json",
    "jsonl": "jsonl",
    "xml": "xml",
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def item_of_name(file_name: str) -> str:
    """The part that names the item: up to the first ``__`` or, without one, the first ``.``."""
    head, separator, _ = file_name.partition("__")
    return head if separator else file_name.partition(".")[0]


def format_of_name(file_name: str) -> tuple[str | None, str | None]:
    """The format and the compression that a file name says; the format is None if it says none."""
    rest = file_name[len(item_of_name(file_name)) :]
    compression = "gz" if rest.endswith(".gz") else None
    rest = rest.removesuffix(".gz")
    if not rest.startswith("__") and rest.count(".") != 1:
        return None, compression
    _, dot, extension = rest.rpartition(".")
    if dot and extension == "zip" and compression is None:
        return "zip", "zip"
    return (FORMATS.get(extension) if dot else None), compression


def folder_date(name: str) -> date | None:
    """The delivery date that a folder of the landing zone is named after."""
    if _DATE.fullmatch(name) is None:
        return None
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


@dataclass(frozen=True)
class _Entry:
    path: Path
    parts: tuple[str, ...]
    is_regular: bool
    size: int


def scan(
    landing: Path, catalogue: Catalogue, as_of: date, person_key: str | None = None
) -> list[DeliveryFile]:
    """Every delivery up to the as-of date, by delivery date, unit and file name.

    Without a person key two files that differ by an identity number alone are told the same.

    Raises:
        WrongArguments: the landing zone is not there.
        Failure: a folder cannot be read (no permission, a broken disk).
    """
    if not landing.is_dir():
        raise WrongArguments(f"The landing zone {landing} is not a folder; give --landing one.")
    found = list(_entries(landing, as_of))
    names = {entry.parts for entry in found}
    controls = {
        (*parts[:-1], parts[-1].removesuffix(CONTROL_SUFFIX))
        for parts in names
        if parts[-1].endswith(CONTROL_SUFFIX)
    }
    files = [
        _judge(entry, catalogue, person_key, has_control=entry.parts in controls)
        for entry in found
        if not entry.parts[-1].endswith(CONTROL_SUFFIX)
    ]
    return sorted(files, key=lambda f: (f.delivery_date or date.min, f.folder_name, f.source_file))


def future_folders(landing: Path, today: date) -> list[str]:
    """The folders dated after today, which are reported (`future_line`) and not looked at."""
    try:
        with os.scandir(landing) as entries:
            names = sorted(e.name for e in entries if e.is_dir(follow_symlinks=False))
    except OSError as error:
        raise unreadable(str(landing), error) from error
    return [name for name in names if (folder_date(name) or date.min) > today]


def future_line(folder: str) -> str:
    """How people are told of a folder dated after today."""
    return f"not looked at, dated after today: {folder}"


def _is_no_delivery(name: str) -> bool:
    return name.startswith((".", "~$"))


def _entries(landing: Path, as_of: date) -> Iterator[_Entry]:
    """Every entry that is no folder, control files included, in no particular order."""
    folders: list[tuple[Path, tuple[str, ...]]] = [(landing, ())]
    while folders:
        folder, parts = folders.pop()
        for entry in _listing(folder):
            if _is_no_delivery(entry.name):
                continue
            below = (*parts, _as_text(entry.name))
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # moved away while we looked
            except OSError as error:
                raise unreadable(entry.path, error) from error
            if is_folder and not parts and (folder_date(entry.name) or date.min) > as_of:
                continue
            if is_folder:
                folders.append((folder / entry.name, below))
            if not is_folder or entry.name.endswith(CONTROL_SUFFIX):
                yield _Entry(
                    folder / entry.name, below, stat.S_ISREG(status.st_mode), status.st_size
                )


def _listing(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as listing:
            return list(listing)
    except OSError as error:
        raise unreadable(str(folder), error) from error


def _as_text(name: str) -> str:
    """A file name with the bytes that are no UTF-8 written out in hexadecimal."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def unreadable(path: str, error: OSError) -> Failure:
    """The failure to read what is there: no fault of the delivery, so the run stops."""
    reason = error.strerror or str(error)
    told = without_identities(path)
    return Failure(f"{told} cannot be read ({reason}); mend that and run again, nothing was lost.")


def _judge(
    entry: _Entry, catalogue: Catalogue, person_key: str | None, *, has_control: bool
) -> DeliveryFile:
    """What the path of one entry says, with its fault."""
    parts, name = entry.parts, entry.parts[-1]
    day = folder_date(parts[0]) if len(parts) > 1 else None
    folder_name = parts[1] if len(parts) > 2 else ""
    unit = folder_name if folder_name in catalogue.unit_codes else None
    item_name = item_of_name(name)
    item = item_name if item_name in catalogue.items else None
    file_format, compression = format_of_name(name)
    encoding = catalogue.encoding_of(item, unit) if item and unit else None
    detail = None
    if not entry.is_regular:
        detail = "no regular file (links and pipes are never opened); deliver the file itself"
    elif len(parts) != 3:
        detail = "not in <delivery date>/<unit_code>/ of the landing zone"
    elif day is None:
        detail = "the folder is no delivery date YYYY-MM-DD"
    elif unit is None:
        detail = "the unit is not in units.csv"
    elif item is None:
        detail = "the file name begins with no item of the catalogue"
    elif file_format is None:
        detail = "the extension is none of csv, xlsx, xls, json, jsonl, xml (.gz), zip"
    elif encoding is None:
        detail = f"{unit} is not agreed to deliver {item}"
    return DeliveryFile(
        path=entry.path,
        source_file=without_identities("/".join(parts), person_key),
        file_name=without_identities(name, person_key),
        folder_name=folder_name,
        delivery_date=day,
        unit_code=unit,
        item_code=item,
        encoding=encoding,
        format=file_format,
        compression=compression,
        control_path=entry.path.with_name(entry.path.name + CONTROL_SUFFIX)
        if has_control
        else None,
        size=entry.size,
        fault=None if detail is None else "F04",
        detail=detail,
    )
