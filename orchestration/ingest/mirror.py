"""A landing zone in an object storage, brought into the folder that ingest reads.

Only what is new or changed comes, and nothing is ever removed: what an object was when it was
brought stays until another of its name comes. Names are from outside: one that is no path below a
folder is told and left. A copy carries its object's time, which with the size says whether it is
still the same.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

from orchestration.errors import Failure
from orchestration.ingest.landing import CONTROL_SUFFIX
from orchestration.ingest.objects import FoundObject, ObjectFolder, at_once, partial_in
from orchestration.ingest.persons import without_identities
from orchestration.settings import Settings

# Below the landing zone, where no delivery begins with a dot.
_HALF_WRITTEN = ".half-written"
_ABANDONED_SECONDS = 24 * 3600
# Storages tell times to the second, and their clock is not ours: a younger object may still be
# replaced without a sign, so it is brought again.
_SETTLED_SECONDS = 60

# What the file system says of a name that it cannot have, or where another file stands in the way.
_NO_NAME = frozenset(
    {errno.ENAMETOOLONG, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.EILSEQ}
)

# What is too large to be read is brought all the same: whole, so that it is set aside under its own
# digest (F06) and goes back to its unit. What is out of all proportion would only fill the disk.
_TIMES_THE_LIMIT = 10

Wanted = Callable[[str], bool]


def fetch_landing(settings: Settings, wanted: Wanted | None = None) -> list[str]:
    """Bring the landing zone up to its source, if it has one; what people should know.

    ``wanted`` says of a delivery's path, as it is told, whether it is brought.

    Raises:
        WrongArguments: the source is no address of a folder in a bucket.
        Failure: the storage does not answer, or the folder cannot be written.
    """
    if settings.landing_source is None or settings.landing is None:
        return []
    source = ObjectFolder(settings.landing_source.get_secret_value())
    key = settings.person_key.get_secret_value() if settings.person_key else None
    most = _TIMES_THE_LIMIT * settings.limits.max_file_bytes
    return mirror(source, settings.landing.absolute(), key, most, wanted)


def mirror(
    source: ObjectFolder,
    landing: Path,
    person_key: str | None,
    max_bytes: int,
    wanted: Wanted | None,
) -> list[str]:
    """Bring what is new or changed; a line for each object that did not come, with the reason."""
    landing.mkdir(parents=True, exist_ok=True)
    scratch = landing / _HALF_WRITTEN
    _forget_abandoned(scratch)
    objects = source.find()
    folders = {o.name[:place] for o in objects for place, sign in enumerate(o.name) if sign == "/"}

    def bring(found: FoundObject) -> str | None:
        told = without_identities(found.name, person_key)
        if wanted is not None and not wanted(told.removesuffix(CONTROL_SUFFIX)):
            return None
        if not is_path(found.name) or found.name in folders:
            return f"{told!r} in {source.told} is no name of a file here; it is left there"
        if found.size > max_bytes:
            return f"{told!r} in {source.told} has more than {max_bytes} bytes; it is left there"
        path, partial = landing / found.name, partial_in(scratch)
        try:
            if _is_there(path, found):
                return None
            if not source.fetch(found.name, partial):
                return f"{told!r} in {source.told} was replaced while it was read; run again"
            is_settled = time.time() - found.modified > _SETTLED_SECONDS
            # Another time than the object's: it is young all the same, and brought again.
            os.utime(partial, (found.modified, found.modified + (not is_settled)))
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.replace(path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            if error.errno not in _NO_NAME:
                raise Failure(
                    f"{told!r} of {source.told} cannot be written to {landing}"
                    f" ({error.strerror}); mend that and run again"
                ) from error
            return f"{told!r} in {source.told} cannot be a file here ({error.strerror})"
        return None

    lines = at_once(bring, objects)
    return [line for line in lines if line is not None]


def is_path(name: str) -> bool:
    """Whether the name of an object is a path below a folder, and means the same there."""
    parts = name.split("/")
    return "\0" not in name and not {"", ".", "..", _HALF_WRITTEN} & set(parts)


def _is_there(path: Path, found: FoundObject) -> bool:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    return (status.st_size, int(status.st_mtime)) == (found.size, found.modified)


def _forget_abandoned(scratch: Path) -> None:
    """Remove what a kill left; what is being written now is young."""
    if scratch.is_dir():
        for path in scratch.iterdir():
            if time.time() - path.lstat().st_mtime > _ABANDONED_SECONDS:
                path.unlink(missing_ok=True)
