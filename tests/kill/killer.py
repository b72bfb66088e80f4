"""The preloaded counter of ``killer.c``: built once, spoken to from inside the process."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("killer.c")


def compiler() -> str | None:
    """The machine's C compiler."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def build_killer(folder: Path) -> Path:
    """Compile the counter into ``folder``; its path goes into ``LD_PRELOAD``."""
    found = compiler()
    assert found is not None, "the kill tests need a C compiler"
    library = folder / "killer.so"
    subprocess.run([found, "-O2", "-shared", "-fPIC", "-o", library, _SOURCE, "-ldl"], check=True)
    return library


def arm(folder: Path, fatal_event: int = 0, trace: int = -1) -> None:
    """Count events below ``folder``; die at one of them, or tell all on a descriptor."""
    ctypes.CDLL(None).killer_arm(os.fsencode(folder), ctypes.c_long(fatal_event), trace)


def disarm() -> None:
    """Count no longer."""
    ctypes.CDLL(None).killer_disarm()
