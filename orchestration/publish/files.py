"""Small file operations that survive a crash: written aside, synced, renamed."""

from __future__ import annotations

import grp
import hashlib
import os
import shutil
import stat
from pathlib import Path

from orchestration.errors import WrongArguments

_BLOCK = 1 << 20


def sync_file(path: Path) -> None:
    """Bring a file's bytes to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Bring a folder's entries to the disk."""
    sync_file(path)


def sync_tree(folder: Path) -> None:
    """Bring every file and folder below ``folder``, and itself, to the disk."""
    for root, _, names in os.walk(folder):
        for name in names:
            sync_file(Path(root, name))
        sync_folder(Path(root))


def write_durably(path: Path, content: bytes, mode: int = 0o640) -> None:
    """Replace ``path`` by ``content`` at once: readers see the old bytes or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    sync_folder(path.parent)


def point_link(link: Path, target: str) -> None:
    """Let ``link`` point at ``target`` (relative), atomically."""
    aside = link.with_name(f".{link.name}.{os.getpid()}.tmp")
    aside.unlink(missing_ok=True)
    aside.symlink_to(target)
    aside.replace(link)
    sync_folder(link.parent)


def make_public_folder(path: Path) -> None:
    """Make a folder that the public passes through, whatever the writer's umask."""
    if not path.is_dir():
        path.mkdir(parents=True)
        path.chmod(0o755)
        sync_folder(path.parent)


def set_mode(path: Path, mode: int) -> None:
    """Set a mode that is not set yet: a hard link of another owner's file may have it already."""
    if stat.S_IMODE(path.stat().st_mode) != mode:
        path.chmod(mode)


def give_to(path: Path, group: int | None) -> None:
    """Give a path to the group of this number; None leaves it."""
    if group is not None and path.stat().st_gid != group:
        os.chown(path, -1, group)


def group_number(name: str | None) -> int | None:
    """The number of the group that a setting names.

    Raises:
        WrongArguments: the machine has no such group.
    """
    if name is None:
        return None
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError as error:
        raise WrongArguments(
            f"CREDIT_GOV_GROUP names the group {name}, which this machine does not have"
        ) from error


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def remove_tree(folder: Path) -> None:
    """Remove a folder whatever its modes; a half-removed one has a dotted name and goes later."""
    if not folder.exists():
        return
    doomed = folder.with_name(f".removed-{folder.name.lstrip('.')}")
    if doomed.exists():
        shutil.rmtree(doomed)
    if not folder.name.startswith("."):
        folder.rename(doomed)
        folder = doomed
    for root, names, _ in os.walk(folder):
        for name in names:
            path = Path(root, name)
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder)
