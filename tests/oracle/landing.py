"""The landing zone: which files there are, what their paths say, and their bytes.

Catalogue section 1. Files are found here, unpacked, and compared with their control file;
what stands in them is read by the formats' own modules.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import os
import re
import stat
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import IO

from .csv_text import read_csv
from .items import ITEMS, UNITS, Item, encoding_of
from .records import Literal, Pairs, parse_json, read_json, read_jsonl, read_xml
from .sheets import read_sheet
from .tables import FileFaultError, Table

MEBIBYTE = 1024 * 1024
MOST_DELIVERED = 200 * MEBIBYTE
MOST_INFLATED = 2048 * MEBIBYTE
MOST_RATIO = 200
RATIO_COUNTS_FROM = 10 * MEBIBYTE
FORMATS = ("csv", "xlsx", "xls", "json", "jsonl", "xml")
CONTROL_SUFFIX = ".control.json"


@dataclass
class LandedFile:
    """One entry of the landing zone that counts as a delivery, with what its path says."""

    path: Path
    source_file: str
    file_name: str
    delivery_date: date | None
    unit_code: str | None
    item_code: str | None
    extension: str | None  # without .gz; None: the path does not fit
    is_gzip: bool
    is_regular: bool


def _folder_date(name: str) -> date | None:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", name) is None:
        return None
    try:
        return date(int(name[:4]), int(name[5:7]), int(name[8:10]))
    except ValueError:
        return None


def _item_part(file_name: str) -> str:
    return file_name.split("__", 1)[0] if "__" in file_name else file_name.split(".", 1)[0]


def _extension(file_name: str) -> tuple[str | None, bool]:
    """The extension and whether the file is gzipped; None where the name does not fit."""
    rest = file_name[len(_item_part(file_name)) :]
    is_gzip = rest.endswith(".gz")
    match = re.fullmatch(r"(__.*)?\.([a-z]+)", rest.removesuffix(".gz"), re.DOTALL)
    if match is None:
        return None, is_gzip
    fits = match[2] in FORMATS or (match[2] == "zip" and not is_gzip)
    return (match[2] if fits else None), is_gzip


def landed_files(landing: Path, as_of: date) -> list[LandedFile]:
    """All deliveries up to a date in the order of delivery date and file name.

    An OSError (no permission, a broken disk) is no fault of a delivery and is raised.
    """

    def fail(error: OSError) -> None:
        raise error

    found = []
    for folder, folders, files in os.walk(landing, onerror=fail):
        here = Path(folder)
        parts = here.relative_to(landing).parts
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = [name for name in folders if name not in links and not _is_hidden(name)]
        if not parts:
            folders[:] = [n for n in folders if (_folder_date(n) or date.min) <= as_of]
        for name in files + links:
            if not _is_hidden(name) and not name.endswith(CONTROL_SUFFIX):
                found.append(_landed(here / name, (*parts, name)))
    return sorted(
        found, key=lambda file: (file.delivery_date or date.min, file.file_name, file.source_file)
    )


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$"))


def _landed(path: Path, parts: tuple[str, ...]) -> LandedFile:
    name = parts[-1]
    extension, is_gzip = _extension(name)
    item = _item_part(name)
    return LandedFile(
        path=path,
        source_file="/".join(parts),
        file_name=name,
        delivery_date=_folder_date(parts[0]) if len(parts) > 1 else None,
        unit_code=parts[1] if len(parts) > 2 and parts[1] in UNITS else None,
        item_code=item if item in ITEMS else None,
        extension=extension if len(parts) == 3 else None,
        is_gzip=is_gzip,
        is_regular=stat.S_ISREG(path.lstat().st_mode),
    )


def is_accepted(file: LandedFile) -> bool:
    """False for F04."""
    return (
        file.is_regular
        and file.delivery_date is not None
        and file.unit_code is not None
        and file.item_code is not None
        and file.extension is not None
        and encoding_of(file.item_code, file.unit_code) is not None
    )


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(MEBIBYTE):
            digest.update(block)
    return digest.hexdigest()


# ---------------------------------------------------------------- unpacking


def _inflate(stream: IO[bytes] | gzip.GzipFile, delivered_size: int) -> bytes:
    """All of a stream, stopped by the limits as it is read; F06."""
    by_ratio = max(RATIO_COUNTS_FROM, MOST_RATIO * delivered_size)
    limit = min(MOST_INFLATED, by_ratio)
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise FileFaultError("F06", f"more than {limit} bytes when inflated")
    return data


def _unzipped(data: bytes) -> tuple[bytes, str]:
    """The bytes and the extension of the one member of a zip; F06, F01."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) > 1:
            raise FileFaultError("F06", f"{len(members)} members in a zip")
        if not members:
            raise FileFaultError("F01", "a zip without a member")
        member = members[0]
        extension = PurePosixPath(member.filename).suffix.removeprefix(".")
        if member.flag_bits & 0x1 or extension not in FORMATS:
            raise FileFaultError("F01", "a zip member that is encrypted or of no agreed format")
        with archive.open(member) as stream:
            return _inflate(stream, len(data)), extension


def _unpacked(file: LandedFile, data: bytes) -> tuple[bytes, str]:
    """The bytes to read and the format's extension; F06, F01."""
    assert file.extension is not None
    try:
        if file.is_gzip:
            if not data.startswith(b"\x1f\x8b"):
                raise FileFaultError("F01", "no gzip file")
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
                return _inflate(stream, len(data)), file.extension
        if file.extension == "zip":
            return _unzipped(data)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError) as error:
        raise FileFaultError("F01", f"cannot be unpacked: {error}") from None
    except (NotImplementedError, RuntimeError, ValueError) as error:
        raise FileFaultError("F01", f"cannot be unpacked: {error}") from None
    return data, file.extension


def read_table(file: LandedFile, item: Item, encoding: str) -> Table:
    """A delivered file as a table; F06, F01."""
    if file.path.stat().st_size > MOST_DELIVERED:
        raise FileFaultError("F06", f"more than {MOST_DELIVERED} bytes")
    data, extension = _unpacked(file, file.path.read_bytes())
    if len(data) > MOST_INFLATED:
        raise FileFaultError("F06", f"more than {MOST_INFLATED} bytes")
    if extension == "csv":
        return read_csv(data, encoding, item)
    if extension == "json":
        return read_json(data, encoding, item)
    if extension == "jsonl":
        return read_jsonl(data, encoding, item)
    if extension == "xml":
        return read_xml(data, item)
    return read_sheet(data, item)


# ---------------------------------------------------------------- control file


def control_matches(file: LandedFile, sha256: str, rows: int) -> bool:
    """Whether the control file, if there is one, says what was read (else F03)."""
    path = file.path.with_name(file.file_name + CONTROL_SUFFIX)
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return True
    if not stat.S_ISREG(mode):
        return False
    try:
        control = parse_json(path.read_bytes().decode("utf-8-sig"))
    except ValueError:
        return False
    if not isinstance(control, Pairs) or _holds_null(control):
        return False
    names = [name for name, _ in control if name in ("rows", "sha256")]
    if len(names) != len(set(names)):
        return False
    for name, value in control:
        if name == "rows" and not _is_literal_of(value, rows):
            return False
        if name == "sha256" and not _is_hex_of(value, sha256):
            return False
    return True


def _holds_null(value: object) -> bool:
    if isinstance(value, Pairs):
        return any(_holds_null(element) for _, element in value)
    if isinstance(value, list):
        return any(_holds_null(element) for element in value)
    return value is None


def _is_literal_of(value: object, rows: int) -> bool:
    return isinstance(value, Literal) and str(value) == str(rows)


def _is_hex_of(value: object, sha256: str) -> bool:
    return isinstance(value, str) and not isinstance(value, Literal) and value.lower() == sha256
