"""The landing zone being written: blocks of rows in, files in their agreed form out.

Text files grow block by block in their encoding; sheets, json and xml are spooled as JSON lines and
written at the end, file by file, because their formats cannot grow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from pathlib import Path

from orchestration.catalogue import Catalogue
from orchestration.demo.dirt import INVALID_BYTE, Defect, Spoiler
from orchestration.demo.formats import Cells, csv_line, write_rows
from orchestration.demo.population import MARK, FileBlock, columns_of

# Well under the limit of 200 MiB (catalogue section 1): a longer delivery comes in parts.
PART_BYTES = 120 * 1024 * 1024

_REPEATED_ROWS = 120
_MARKED_LINE = re.compile(f"{MARK}(.*)\n")


@dataclass
class DeliveryFile:
    """One file of the landing zone while it grows."""

    item_code: str
    unit_code: str
    delivered_on: date
    format: str
    encoding: str
    path: Path  # of the file as delivered
    spool: Path  # of its rows until it is written; a CSV has none
    rows: int = 0
    size: int = 0


class Landing:
    """Writes the files of a landing zone below ``out``; ``spool`` is a scratch folder.

    Args:
        out: an empty folder.
        spool: a folder for what cannot be written row by row; the caller removes it.
        catalogue: the agreed formats and encodings.
        seed: decides which defect a marked row gets.
    """

    def __init__(self, out: Path, spool: Path, catalogue: Catalogue, seed: int) -> None:
        self._out = out
        self._spool = spool
        self._catalogue = catalogue
        self._agreed = {(a.item_code, a.unit_code): a for a in catalogue.agreements}
        self._files: dict[tuple[str, str, date], list[DeliveryFile]] = {}
        self.spoiler = Spoiler(seed)
        self.rows_by_item: dict[str, int] = {}

    @property
    def files(self) -> list[DeliveryFile]:
        """Every file so far, by delivery date, unit and name."""
        files = [file for parts in self._files.values() for file in parts]
        return sorted(files, key=lambda file: (file.delivered_on, file.unit_code, file.path.name))

    def append(self, block: FileBlock) -> None:
        """Add a block's rows to their file; rows that are marked get a defect on the way."""
        file = self._file_of(block.item_code, block.unit_code, block.delivered_on)
        text = block.lines
        if MARK in text:
            text = _MARKED_LINE.sub(self._spoiling(file), text)
        self._grow(file, text, block.rows)

    def append_rows(
        self, item_code: str, unit_code: str, delivered_on: date, rows: list[Cells]
    ) -> None:
        """Add rows given cell by cell, in the order of ``columns_of`` the item."""
        file = self._file_of(item_code, unit_code, delivered_on)
        render = csv_line if file.format == "csv" else _spool_line
        self._grow(file, "".join(render(row) for row in rows), len(rows))

    def append_spoiled(
        self, item_code: str, unit_code: str, delivered_on: date, cells: Cells, defect: Defect
    ) -> bool:
        """Add a row with a certain defect; False, and no row, where the defect does not fit."""
        file = self._file_of(item_code, unit_code, delivered_on)
        item = self._catalogue.items[item_code]
        spoiled = self.spoiler.spoil_with(
            defect, item, columns_of(item), cells, file.format, delivered_on
        )
        if spoiled is None:
            return False
        self._grow(file, _line(file, *spoiled), 1)
        return True

    def _file_of(self, item_code: str, unit_code: str, delivered_on: date) -> DeliveryFile:
        parts = self._files.setdefault((item_code, unit_code, delivered_on), [])
        if not parts or parts[-1].size > PART_BYTES:
            parts.append(self._open(item_code, unit_code, delivered_on, len(parts)))
        return parts[-1]

    def _open(self, item_code: str, unit_code: str, delivered_on: date, parts: int) -> DeliveryFile:
        agreed = self._agreed.get((item_code, unit_code))
        extension = agreed.format if agreed else "csv"
        name = f"{item_code}__{parts + 1:03d}" if parts else item_code
        folder = self._out / delivered_on.isoformat() / unit_code
        folder.mkdir(parents=True, exist_ok=True)
        file = DeliveryFile(
            item_code=item_code,
            unit_code=unit_code,
            delivered_on=delivered_on,
            format=extension,
            encoding=agreed.encoding if agreed else "utf-8",
            path=folder / f"{name}.{extension}",
            spool=self._spool / f"{delivered_on}.{unit_code}.{name}",
        )
        if extension == "csv":
            columns = columns_of(self._catalogue.items[item_code])
            header = csv_line([field.header for field in columns])
            file.path.write_bytes(header.encode(file.encoding))
        return file

    def _spoiling(self, file: DeliveryFile) -> Callable[[re.Match[str]], str]:
        item = self._catalogue.items[file.item_code]
        columns = columns_of(item)

        def spoil(match: re.Match[str]) -> str:
            cells, line = self.spoiler.spoil(
                item, columns, json.loads(match[1]), file.format, file.delivered_on
            )
            return _line(file, cells, line)

        return spoil

    def _grow(self, file: DeliveryFile, text: str, rows: int) -> None:
        if file.format == "csv":
            codec = "utf-8" if file.encoding == "utf-8-sig" else file.encoding
            content = text.encode(codec)
            if INVALID_BYTE in text:
                content = content.replace(INVALID_BYTE.encode(codec), b"\xff")
            with file.path.open("ab") as grown:
                grown.write(content)
            file.size += len(content)
        else:
            with file.spool.open("a", encoding="utf-8", newline="\n") as spooled:
                spooled.write(text)
            file.size += len(text)
        file.rows += rows
        self.rows_by_item[file.item_code] = self.rows_by_item.get(file.item_code, 0) + rows

    def spooled_rows(self, file: DeliveryFile) -> Iterator[Cells]:
        """The rows of a file that is no CSV, in order."""
        with file.spool.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                yield json.loads(line)

    def render(self, file: DeliveryFile, repeated: DeliveryFile | None = None) -> None:
        """Write a spooled file in its format.

        Args:
            file: the file; nothing happens where it is a CSV, which has grown in place.
            repeated: an earlier sheet whose first rows this one publishes again.
        """
        if file.format == "csv":
            return
        rows = self.spooled_rows(file)
        if repeated is not None:
            again = list(islice(self.spooled_rows(repeated), _REPEATED_ROWS))
            file.rows += len(again)
            self.rows_by_item[file.item_code] += len(again)
            rows = chain(again, rows)
        item = self._catalogue.items[file.item_code]
        write_rows(file.path, file.format, item, columns_of(item), rows, file.delivered_on)
        file.size = file.path.stat().st_size


def _line(file: DeliveryFile, cells: Cells, line: str | None) -> str:
    """A row as it goes into its file or spool; ``line`` where its bytes are given already."""
    if line is not None:
        return line
    return csv_line(cells) if file.format == "csv" else _spool_line(cells)


def _spool_line(cells: Cells) -> str:
    return json.dumps(cells, ensure_ascii=False) + "\n"
