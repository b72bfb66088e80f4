"""Files that are refused as a whole, one for each file fault (catalogue section 1).

They are extra copies of good files: what they would have brought has been delivered, so a dirty
landing zone differs from a clean one by its rows' defects and by what is refused.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from orchestration.catalogue import Catalogue
from orchestration.demo.landing import DeliveryFile
from orchestration.demo.schedule import Schedule

_SMALL = 256 * 1024  # bytes of a file that is worth copying
_CUT = 200  # bytes that are left of a packed file or sheet: less than any header
_BANNED_HEADER = "体温"
_COLUMNS_AT_MOST = 200


class BrokenFiles:
    """Adds refused files next to good ones.

    Args:
        out: the landing zone.
        catalogue: which headers are required.
        schedule: when a file is delivered again.
    """

    def __init__(self, out: Path, catalogue: Catalogue, schedule: Schedule) -> None:
        self._out = out
        self._catalogue = catalogue
        self._schedule = schedule
        self.counts: Counter[str] = Counter()

    def add(self, files: list[DeliveryFile], share: float, seed: int) -> None:
        """One file for each fault, and more at a fifth of the share of dirty rows."""
        kinds: tuple[tuple[str, Callable[[DeliveryFile], None]], ...] = (
            ("F00", self._delivered_twice),
            ("F01", self._cut_off),
            ("F02", self._header_missing),
            ("F03", self._control_wrong),
            ("F04", self._unit_unknown),
            ("F04", self._item_unknown),
            ("F04", self._extension_unknown),
            ("F04", self._pair_not_agreed),
            ("F05", self._header_banned),
            ("F06", self._columns_too_many),
        )
        drawn = random.Random(seed)  # noqa: S311  (made-up data)
        small = [file for file in files if file.rows and file.path.stat().st_size < _SMALL]
        plain = [file for file in small if file.path.suffix == ".csv"]
        if not plain:
            return
        wanted = max(len(kinds), round(len(files) * share / 5))
        for number in range(wanted):
            fault, make = kinds[number % len(kinds)]
            make(drawn.choice(small if fault in {"F00", "F01"} else plain))
            self.counts[fault] += 1

    def _copy_name(self, file: DeliveryFile, what: str) -> Path:
        """A new name for a copy of the file beside it; the extensions stay."""
        extensions = "".join(file.path.suffixes)
        number = sum(self.counts.values())
        return file.path.with_name(f"{file.item_code}__{what}{number}{extensions}")

    def _delivered_twice(self, file: DeliveryFile) -> None:
        """F00: the same bytes on a later day, or under another name."""
        target = self._copy_name(file, "again")
        later = self._schedule.on_or_after(file.delivered_on + timedelta(days=1))
        if later is not None:
            target = self._out / later.isoformat() / file.unit_code / target.name
            target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.path.read_bytes())

    def _cut_off(self, file: DeliveryFile) -> None:
        """F01: a transfer that broke off; of a text file the header is in no known encoding."""
        content = file.path.read_bytes()
        match file.path.suffix:
            case ".csv" | ".jsonl":
                header, _, rows = content.partition(b"\n")
                content = header[:-1] + b"\xff\xff\n" + rows
                if file.path.suffix == ".jsonl":
                    content = b"\x1f\x8b" + content[:_CUT]
            case ".json" | ".xml":
                content = content[:-12]
            case _:
                content = content[:_CUT]
        target = self._copy_name(file, "cut")
        if file.path.suffix == ".jsonl":  # a broken line is but a row: a broken archive is a file
            target = target.with_name(target.name + ".gz")
        target.write_bytes(content)

    def _header_missing(self, file: DeliveryFile) -> None:
        """F02: a required header went astray when the table was edited."""
        required = next(
            field.header for field in self._catalogue.items[file.item_code].fields if field.required
        )
        header, _, rows = file.path.read_bytes().partition(b"\n")
        codec = file.encoding
        text = header.decode(codec).replace(required, "列1", 1)
        self._copy_name(file, "edited").write_bytes(text.encode(codec) + b"\n" + rows)

    def _control_wrong(self, file: DeliveryFile) -> None:
        """F03: the control file counts a row more; a blank line at the end makes the bytes new."""
        target = self._copy_name(file, "counted")
        target.write_bytes(file.path.read_bytes() + b"\n")
        control = target.with_name(target.name + ".control.json")
        control.write_text(json.dumps({"rows": file.rows + 1}) + "\n", encoding="utf-8")

    def _unit_unknown(self, file: DeliveryFile) -> None:
        """F04: a unit that is not in the list."""
        folder = file.path.parent.parent / "bureau_of_tests"
        folder.mkdir(exist_ok=True)
        (folder / self._copy_name(file, "copy").name).write_bytes(file.path.read_bytes())

    def _item_unknown(self, file: DeliveryFile) -> None:
        """F04: an item that the catalogue does not have."""
        name = f"weekly_report__{sum(self.counts.values())}.csv"
        file.path.with_name(name).write_bytes(file.path.read_bytes())

    def _extension_unknown(self, file: DeliveryFile) -> None:
        """F04: a format that was never agreed."""
        self._copy_name(file, "text").with_suffix(".txt").write_bytes(file.path.read_bytes())

    def _pair_not_agreed(self, file: DeliveryFile) -> None:
        """F04: the register from a unit that does not keep it."""
        folder = file.path.parent.parent / "trade_union"
        folder.mkdir(exist_ok=True)
        name = f"enterprise_register__{sum(self.counts.values())}.csv"
        (folder / name).write_bytes(file.path.read_bytes())

    def _header_banned(self, file: DeliveryFile) -> None:
        """F05: a column that may never be collected (catalogue section 4)."""
        self._with_more_columns(file, "health", [_BANNED_HEADER])

    def _columns_too_many(self, file: DeliveryFile) -> None:
        """F06: more columns than a file may have."""
        names = [f"列{number}" for number in range(_COLUMNS_AT_MOST)]
        self._with_more_columns(file, "wide", names)

    def _with_more_columns(self, file: DeliveryFile, what: str, headers: list[str]) -> None:
        header = file.path.read_bytes().partition(b"\n")[0].decode(file.encoding)
        text = ",".join([header, *headers]) + "\n"
        self._copy_name(file, what).write_bytes(text.encode(file.encoding))
