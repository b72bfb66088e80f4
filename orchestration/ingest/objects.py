"""A folder of an object storage: what is in it, one object down, one object up.

PyArrow speaks to it, so nothing more is installed. Credentials, region and endpoint come from the
environment, as AWS's own tools read them (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL``, …), or from
the address (``s3://bucket/folder?region=…&endpoint_override=…``). An object is there whole or not
at all: one whose upload has not ended is not listed.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from orchestration.errors import Failure, WrongArguments
from orchestration.ingest.persons import without_identities
from orchestration.ingest.raw import sync

# A request waits for the network, not for the processor.
_AT_ONCE = 16
_CHUNK = 1024**2

Work = TypeVar("Work")
Done = TypeVar("Done")


@dataclass(frozen=True)
class FoundObject:
    """An object by its name below the folder; ``modified`` in seconds since the epoch."""

    name: str
    size: int
    modified: int


class ObjectFolder:
    """A folder of a bucket; ``told`` is its address without what may be secret in it."""

    def __init__(self, address: str) -> None:
        """Open it; nothing is asked of the network yet.

        Raises:
            WrongArguments: this is no address of a folder in a bucket.
        """
        from pyarrow.fs import FileSystem

        try:
            parts = urlsplit(address)
            self.told = f"{parts.scheme}://{parts.hostname}{parts.path}"
            if parts.scheme != "s3" or not parts.hostname:
                raise ValueError("no bucket")
            self._files, root = FileSystem.from_uri(address)
        except (OSError, ValueError) as error:
            raise WrongArguments(
                "an object storage is given as s3://bucket/folder, perhaps with ?region=… behind;"
                f" another address was found, or one that cannot be used ({type(error).__name__})"
            ) from error
        self._root = root.rstrip("/")

    def find(self, below: str = "") -> list[FoundObject]:
        """Every object below a folder of this one, in no particular order.

        Raises:
            Failure: the storage does not answer, or refuses.
        """
        from pyarrow.fs import FileSelector, FileType

        folder = f"{self._root}/{below}".rstrip("/")
        with self._plainly("listed"):
            bucket = self._files.get_file_info(self._root.partition("/")[0])
            if bucket.type == FileType.NotFound:
                raise OSError("no such bucket")
            infos = self._files.get_file_info(
                FileSelector(folder, recursive=True, allow_not_found=True)
            )
        start = len(self._root) + 1
        return [
            FoundObject(info.path[start:], info.size, info.mtime_ns // 10**9)
            for info in infos
            if info.type == FileType.File
        ]

    def fetch(self, name: str, path: Path) -> bool:
        """Write an object to a new file; there is none where that does not succeed.

        False if it went or was replaced while it was read.

        Raises:
            Failure: the storage does not answer, or refuses.
            OSError: the file cannot be made.
        """
        is_whole = False
        try:
            with path.open("wb") as target, self._plainly("read"):
                try:
                    with self._open(name) as source:
                        before = source.metadata()
                        shutil.copyfileobj(source, target, _CHUNK)
                    with self._open(name) as source:
                        after = source.metadata()
                except FileNotFoundError:
                    return False
            is_whole = before == after and path.stat().st_size == int(before["Content-Length"])
            if is_whole:
                sync(path)
        finally:
            if not is_whole:
                path.unlink(missing_ok=True)
        return is_whole

    def store(self, path: Path, name: str) -> None:
        """Make a file an object, if there is none of that name and size yet.

        Who lists the folder sees it whole or not at all.

        Raises:
            Failure: the storage does not answer, or refuses.
        """
        with path.open("rb") as source, self._plainly("written"):
            place, size = f"{self._root}/{name}", path.stat().st_size
            if self._files.get_file_info(place).size == size:
                return
            try:
                with self._files.open_output_stream(place, compression=None) as target:
                    shutil.copyfileobj(source, target, _CHUNK)
            except BaseException:
                # The stream ends what was sent as if it were all.
                with suppress(OSError):
                    self._files.delete_file(place)
                raise
            stored = self._files.get_file_info(place).size
            if stored != size:
                raise OSError(f"{name} has {stored} bytes there")

    def _open(self, name: str) -> Any:
        return self._files.open_input_stream(f"{self._root}/{name}", compression=None)

    @contextmanager
    def _plainly(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            # The name of an object stands in it, which is from outside.
            reason = without_identities(str(error).splitlines()[0])
            raise Failure(
                f"the object storage {self.told} could not be {doing} ({reason}); what was"
                " published stays as it was, run again when it is mended"
            ) from error


def at_once(act: Callable[[Work], Done], work: Iterable[Work]) -> list[Done]:
    """What ``act`` gives for each, several at a time, in their order."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(act, work))


def partial_in(folder: Path) -> Path:
    """A new name in a folder that is made for half-written files."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder / secrets.token_hex(8)
