"""The bytes of a delivery: read once, hashed, and unpacked under limits counted while reading.

A link or a pipe is never opened; a file that changes while it is read is read again, so that what
is hashed is what is parsed. Nothing that a header claims about a size is believed.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import lzma
import mmap
import os
import stat
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from orchestration.errors import Failure
from orchestration.ingest.delivered import DeliveredBytes, DeliveryFile, FileFault
from orchestration.ingest.landing import FORMATS, unreadable
from orchestration.settings import Limits

_CHUNK = 1024 * 1024
_IN_MEMORY = 64 * 1024 * 1024
_READ_AGAIN = 5
_PAUSE_SECONDS = 0.2
_ENCRYPTED = 0x1

Buffer = bytes | mmap.mmap


@dataclass(frozen=True)
class Content:
    """The unpacked content of a delivery: its format and its bytes, in memory or mapped."""

    format: str
    buffer: Buffer


def take_bytes(delivery: DeliveryFile, limits: Limits) -> DeliveredBytes:
    """Read and hash a delivery as delivered; over the limit only the hash is taken.

    Raises:
        FileFault: F04, it is no regular file.
        Failure: it cannot be read, or does not stop changing.
    """
    return read_regular_file(delivery.path, limits.max_file_bytes)


def read_regular_file(path: Path, most_bytes: int) -> DeliveredBytes:
    """The bytes of a regular file and their sha256; ``content`` is None over ``most_bytes``.

    Raises:
        FileFault: F04, it is no regular file.
        Failure: it cannot be read, or does not stop changing.
    """
    for attempt in range(_READ_AGAIN):
        if attempt:
            time.sleep(_PAUSE_SECONDS)
        try:
            delivered = _read_once(path, most_bytes)
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.ENXIO, errno.EISDIR}:
                raise _no_regular_file() from error
            raise unreadable(str(path), error) from error
        if delivered is not None:
            return delivered
    raise Failure(f"{path} is still being written; run again when its delivery is complete.")


def _no_regular_file() -> FileFault:
    return FileFault("F04", "no regular file (links and pipes are never opened)")


def _read_once(path: Path, most_bytes: int) -> DeliveredBytes | None:
    """None if the file changed while it was read."""
    # Without O_NONBLOCK, opening a pipe that took the file's place would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        before = os.fstat(stream.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise _no_regular_file()
        digest, size = hashlib.sha256(), 0
        kept: list[bytes] = []
        while size <= before.st_size and (chunk := stream.read(_CHUNK)):
            digest.update(chunk)
            size += len(chunk)
            if size <= most_bytes:
                kept.append(chunk)
            else:
                kept.clear()
        after = os.fstat(stream.fileno())
    if size != before.st_size or _state(before) != _state(after):
        return None
    content = None if size > most_bytes else b"".join(kept)
    return DeliveredBytes(content=content, sha256=digest.hexdigest(), size=size)


def _state(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


@contextmanager
def open_content(
    delivery: DeliveryFile, delivered: DeliveredBytes, limits: Limits
) -> Iterator[Content]:
    """The unpacked content of a delivery, for as long as the context lasts.

    Raises:
        FileFault: F06 over a limit, F01 no such container.
    """
    if delivered.content is None:
        raise FileFault("F06", f"{delivered.size} bytes, at most {limits.max_file_bytes} are read")
    if delivery.format is None:
        raise ValueError(f"{delivery.source_file} has no format: it is F04")
    if delivery.compression is None:
        yield Content(delivery.format, delivered.content)
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        inflate = _inflate_gzip if delivery.compression == "gz" else _inflate_zip
        try:
            member_format = inflate(delivered.content, spool, limits)
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise Failure(f"No room to unpack {delivery.source_file}: {error}.") from error
            raise _no_container(delivery) from error
        except (NotImplementedError, RuntimeError, ValueError, IndexError, KeyError) as error:
            raise _no_container(delivery) from error
        with _buffer_of(spool) as buffer:
            yield Content(member_format or delivery.format, buffer)


def _no_container(delivery: DeliveryFile) -> FileFault:
    return FileFault("F01", f"cannot be unpacked as {delivery.compression}; pack it again")


@contextmanager
def _buffer_of(spool: tempfile.SpooledTemporaryFile[bytes]) -> Iterator[Buffer]:
    size = spool.tell()
    spool.seek(0)
    if size <= _IN_MEMORY:
        yield spool.read()
        return
    spool.flush()
    with mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        yield mapped


def _most_inflated(delivered_size: int, limits: Limits) -> int:
    """The ratio counts only above its floor, so small files may inflate that far."""
    by_ratio = max(limits.inflation_ratio_floor_bytes, limits.max_inflation_ratio * delivered_size)
    return min(limits.max_inflated_bytes, by_ratio)


def _copy(stream: IO[bytes] | gzip.GzipFile, spool: IO[bytes], most: int) -> None:
    size = 0
    while chunk := stream.read(min(_CHUNK, most - size + 1)):
        size += len(chunk)
        if size > most:
            raise FileFault("F06", f"more than {most} bytes when inflated")
        spool.write(chunk)


def _inflate_gzip(content: bytes, spool: IO[bytes], limits: Limits) -> str | None:
    if not content:
        raise EOFError("an empty file is no gzip")
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
        _copy(stream, spool, _most_inflated(len(content), limits))
    return None


def _inflate_zip(content: bytes, spool: IO[bytes], limits: Limits) -> str | None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) > 1:
            raise FileFault("F06", f"{len(members)} files in the zip, exactly one is read")
        if not members:
            raise FileFault("F01", "the zip holds no file")
        member = members[0]
        extension = PurePosixPath(member.filename).suffix.removeprefix(".")
        if extension not in FORMATS:
            raise FileFault("F01", "the zip's member has no extension of a format that is read")
        if member.flag_bits & _ENCRYPTED:
            raise FileFault("F01", "the zip's member is encrypted; deliver it without a password")
        with archive.open(member) as stream:
            _copy(stream, spool, _most_inflated(len(content), limits))
    return FORMATS[extension]
