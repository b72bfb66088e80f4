"""What is measured: demo deliveries, one day more of them, and one large file by itself."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.demo.feeds import write_demo_feeds

# Of no person: the deliveries are made up.
PERSON_KEY = "a key for made-up persons, 0123456789abcdef"
_SINGLE_ROWS = 400_000


@dataclass(frozen=True)
class Size:
    """How many enterprises; five records each besides the register."""

    enterprises: int


def make_landing(landing: Path, size: Size) -> date:
    """Write the demo deliveries unless they are there; the newest delivery date."""
    done = landing.with_name("landing.done")
    if not done.exists():
        shutil.rmtree(landing, ignore_errors=True)
        summary = write_demo_feeds(landing, enterprises=size.enterprises)
        done.write_text(summary.last_delivery.isoformat())
    return date.fromisoformat(done.read_text())


def make_day(landing: Path, out: Path, size: Size, day: date) -> None:
    """The landing zone with one folder more: the deliveries of a hundredth as many enterprises.

    They are of another seed, so other records of other subjects; those of one unit and item bear
    names of their own in the one folder.
    """
    if out.exists():
        return
    shutil.copytree(landing, out, copy_function=os.link)
    extra = out.with_name("extra")
    shutil.rmtree(extra, ignore_errors=True)
    write_demo_feeds(extra, enterprises=max(size.enterprises // 100, 1), days=1, seed=1)
    for number, path in enumerate(sorted(extra.rglob("*"))):
        if path.is_file() and not path.name.endswith(".control.json"):
            folder = out / day.isoformat() / path.parent.name
            folder.mkdir(parents=True, exist_ok=True)
            item, _, rest = path.name.partition(".")
            path.rename(folder / f"{item}__{number}.{rest}")
    shutil.rmtree(extra)


def make_single(landing: Path, out: Path) -> Path:
    """One GB18030 CSV of inspections: ``tidy``, with ``stray`` quotes, as ``utf8.csv``; and one
    small file in ``one``.

    The rows of all such files of the landing zone, one after the other and again until there are
    enough of them: of the same bytes in both encodings.
    """
    if (out / "one").exists():
        return out
    unit, item = "economy_it", "resumption_inspection"
    header, bodies = b"", []
    paths = sorted(landing.glob(f"*/{unit}/{item}*.csv"))
    for path in paths:
        header, _, body = path.read_bytes().partition(b"\n")
        bodies.append(body)
    body = b"".join(bodies)
    body = body * (_SINGLE_ROWS // body.count(b"\n") + 1)
    # A quote within an unquoted cell is text; it opens nothing.
    stray = [
        line.replace(b",", b'"",', 1) if number % 100 == 0 else line
        for number, line in enumerate(body.splitlines(keepends=True))
    ]
    for name, content in (("tidy", body), ("stray", b"".join(stray))):
        folder = out / name / "2020-12-31" / unit
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{item}.csv").write_bytes(header + b"\n" + content)
    decoded = (header + b"\n" + body).decode("gb18030")
    (out / "utf8.csv").write_bytes(decoded.encode())
    small = out / "one" / "2020-12-31" / unit
    small.mkdir(parents=True)
    (small / f"{item}.csv").write_bytes(header + b"\n" + bodies[0])
    return out
