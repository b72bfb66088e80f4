"""A whole landing zone of made-up deliveries: every item, agreed unit, format and encoding."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.catalogue import load_catalogue
from orchestration.demo.broken_files import BrokenFiles
from orchestration.demo.formats import compress
from orchestration.demo.landing import DeliveryFile, Landing
from orchestration.demo.population import BLOCK, connect, file_blocks
from orchestration.demo.scenes import write_script
from orchestration.demo.schedule import Schedule
from orchestration.demo.script import Script
from orchestration.errors import WrongArguments

Progress = Callable[[str, int, int], None]  # what is done, how much of it, out of how much

ENTERPRISES_AT_MOST = 20_000_000  # more have no code left in the series


@dataclass(frozen=True)
class DemoSummary:
    """What was written.

    Attributes:
        out: the landing zone.
        last_delivery: the newest delivery date, the as-of date of a run by default.
        files: delivery files, refused ones included, control files not.
        rows: delivered rows of the good files, those of ``rows_by_item`` together.
        rows_by_item: rows per item code.
        defects: rows per kind of defect (``dirt.DEFECTS``).
        faulty_files: refused files per file fault (``broken_files``).
    """

    out: Path
    last_delivery: date
    files: int
    rows: int
    rows_by_item: dict[str, int]
    defects: dict[str, int]
    faulty_files: dict[str, int]

    @property
    def dirty_rows(self) -> int:
        """Rows that carry a defect, harmless ones included."""
        return sum(self.defects.values())


def write_demo_feeds(
    out: Path,
    enterprises: int = 2000,
    days: int = 40,
    start: date = date(2020, 2, 1),
    seed: int = 20200214,
    dirty: float = 0.0,
    records: int | None = None,
    progress: Progress | None = None,
) -> DemoSummary:
    """Write a landing zone; the same arguments give the same bytes.

    After the ``days`` of the window the quarters' ends of 2020 that are still to come bring what
    became of its records (repairs take three months). Memory does not grow with ``enterprises``.

    Args:
        out: a folder that is empty or not there yet.
        enterprises: registered organisations, next to a fixed cast of under a hundred.
        days: calendar days of daily deliveries.
        start: the first of them.
        seed: another seed, other subjects and records.
        dirty: share of the rows, 0 to 1, that carry a defect; over 0 some files are faulty, too.
        records: about how many rows there are besides the register (5 per enterprise).
        progress: called with what is done, how much of it, and out of how much
            (``orchestration.progress.Progress.count`` fits).

    Raises:
        WrongArguments: an argument is out of its range, or ``out`` holds something.
    """
    _check(out, enterprises, days, dirty, records)
    catalogue = load_catalogue()
    schedule = Schedule(start=start, days=days)
    report = progress or _silent
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="credit-demo-") as folder:
        scratch = Path(folder)
        landing = Landing(out, scratch, catalogue, seed)
        script = Script(catalogue, schedule)
        write_script(script)
        script.play(landing)
        if dirty > 0:
            script.show_defects(landing)
        connection = connect(schedule, seed, enterprises, records, dirty, catalogue, scratch)
        for first in range(0, enterprises, BLOCK):
            last = min(first + BLOCK, enterprises)
            for block in file_blocks(connection, catalogue, first, last):
                landing.append(block)
            report("enterprises", last, enterprises)
        connection.close()
        files = landing.files
        _finish(landing, files, report)
    broken = BrokenFiles(out, catalogue, schedule)
    if dirty > 0:
        broken.add(files, dirty, seed)
    return DemoSummary(
        out=out,
        last_delivery=schedule.last,
        files=len(files) + sum(broken.counts.values()),
        rows=sum(landing.rows_by_item.values()),
        rows_by_item=dict(sorted(landing.rows_by_item.items())),
        defects=dict(sorted(landing.spoiler.counts.items())),
        faulty_files=dict(sorted(broken.counts.items())),
    )


def _silent(what: str, done: int, total: int) -> None:
    """Progress for nobody."""


def _check(out: Path, enterprises: int, days: int, dirty: float, records: int | None) -> None:
    if not 1 <= enterprises <= ENTERPRISES_AT_MOST:
        raise WrongArguments(
            f"enterprises: {enterprises} given, expected 1 to {ENTERPRISES_AT_MOST:,}"
        )
    if not 1 <= days <= 3660:
        raise WrongArguments(f"days: {days} given, expected 1 to 3660")
    if not 0 <= dirty <= 1:
        raise WrongArguments(f"dirty: {dirty} given, expected a share from 0 to 1")
    if records is not None and records < 0:
        raise WrongArguments(f"records: {records} given, expected none or more")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise WrongArguments(f"{out} is not an empty folder: name one that is empty or new")


def _finish(landing: Landing, files: list[DeliveryFile], report: Progress) -> None:
    """Write what could not grow, pack some files, and give some their control file."""
    counts: Counter[str] = Counter()
    former_sheet: DeliveryFile | None = None
    for number, file in enumerate(files, start=1):
        repeated = None
        if file.item_code == "charity_donation":
            repeated, former_sheet = former_sheet, file
        landing.render(file, repeated if file.delivered_on.day % 2 else None)
        place = counts[file.format] % 17
        counts[file.format] += 1
        if place in (1, 2):
            file.path = compress(file.path, "gz" if place == 1 else "zip")
        if place in (0, 2, 9):
            _write_control(file.path, file.rows)
        if number % 100 == 0 or number == len(files):
            report("files", number, len(files))


def _write_control(path: Path, rows: int) -> None:
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while chunk := content.read(1 << 20):
            digest.update(chunk)
    control = json.dumps({"rows": rows, "sha256": digest.hexdigest()})
    path.with_name(path.name + ".control.json").write_text(control + "\n", encoding="utf-8")
