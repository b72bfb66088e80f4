"""``credit check``: read the deliveries as a run would, load nothing, and tell every fault."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.catalogue import Catalogue
from orchestration.ingest.batch import RowFault
from orchestration.ingest.engine import install_contract, open_connection
from orchestration.ingest.ingest import Progress
from orchestration.ingest.intake import Intake, Reading
from orchestration.ingest.landing import future_folders, scan
from orchestration.ingest.ledger import LedgerEntry, fates
from orchestration.ingest.reasons import FILE_FAULTS, ROW_FAULTS, expected
from orchestration.settings import Settings


@dataclass(frozen=True)
class CheckedFile:
    """One delivered file with its fate among all of the landing zone, and its faulty rows.

    ``faults`` are (source_row, code, field or None, value or None); a value stands there only if
    its field holds no personal data.
    """

    entry: LedgerEntry
    rows: tuple[tuple[int, str], ...]
    faults: tuple[RowFault, ...]

    @property
    def is_clean(self) -> bool:
        """Whether neither the file nor a row of it has a fault."""
        return self.entry.fault is None and not self.rows


@dataclass(frozen=True)
class CheckReport:
    """What ``check`` found, by delivery date and file name."""

    files: tuple[CheckedFile, ...]
    future_folders: tuple[str, ...]
    catalogue: Catalogue

    @property
    def is_clean(self) -> bool:
        """Whether no file and no row has a fault: the command's exit code 0."""
        return all(file.is_clean for file in self.files)

    def to_json(self) -> dict[str, Any]:
        """The object that ``--json`` prints (interface.md)."""
        return {"files": [_file_json(file) for file in self.files]}

    def lines(self) -> Iterator[str]:
        """Every fault for people, per unit."""
        by_unit = sorted(self.files, key=lambda f: (f.entry.unit_code or "", f.entry.source_file))
        for file in by_unit:
            entry = file.entry
            if entry.fault is not None:
                detail = f": {entry.detail}" if entry.detail else ""
                yield f"{entry.source_file}: {entry.fault} {FILE_FAULTS[entry.fault]}{detail}"
            for row, code, field, value in file.faults:
                yield f"{entry.source_file}: {self._row_line(entry, row, code, field, value)}"

    def _row_line(
        self, entry: LedgerEntry, row: int, code: str, field: str | None, value: str | None
    ) -> str:
        if field is None or entry.item_code is None:
            return f"row {row}: {code} {ROW_FAULTS.get(code, '')}"
        item = self.catalogue.items[entry.item_code]
        (known,) = (f for f in (*item.fields, *item.version_fields) if f.name == field)
        words = expected(item, known, code, self.catalogue)
        found = f"; found {value}" if value is not None else ""
        return f"row {row}: {code} {known.header} ({field}): {words}{found}"


def _file_json(file: CheckedFile) -> dict[str, Any]:
    entry, is_taken = file.entry, file.entry.fault is None
    return {
        "source_file": entry.source_file,
        "unit_code": entry.unit_code,
        "item_code": entry.item_code,
        "fault": entry.fault,
        "rows_delivered": entry.rows_delivered if is_taken else 0,
        "rows_loaded": entry.rows_loaded if is_taken else 0,
        "rows_quarantined": entry.rows_quarantined if is_taken else 0,
        "rows": [{"source_row": row, "codes": codes} for row, codes in file.rows],
    }


def check(
    landing: Path,
    settings: Settings,
    catalogue: Catalogue,
    as_of: date,
    progress: Progress | None = None,
) -> CheckReport:
    """Read every delivery up to the as-of date and keep nothing of it. Needs no person key.

    Raises:
        WrongArguments: no landing zone.
        Failure: a file cannot be read, or rows were lost.
    """
    key = settings.person_key.get_secret_value() if settings.person_key else secrets.token_hex(16)
    deliveries = scan(landing, catalogue, as_of, key)
    readings: dict[str, Reading] = {}
    with (
        tempfile.TemporaryDirectory(prefix="credit-check-") as folder,
        open_connection(settings, Path(folder) / "spill") as connection,
    ):
        install_contract(connection, key)
        intake = Intake(connection, catalogue, settings.limits)
        for done, reading in enumerate(intake.read(deliveries), start=1):
            readings[reading.entry.source_file] = reading
            if progress is not None:
                progress(reading.entry.source_file, done, len(deliveries))
    decided = fates(reading.entry for reading in readings.values())
    files = tuple(
        CheckedFile(
            entry=entry,
            rows=readings[source_file].rows if entry.fault is None else (),
            faults=readings[source_file].faults if entry.fault is None else (),
        )
        for source_file, entry in decided.items()
    )
    return CheckReport(files, tuple(future_folders(landing, as_of)), catalogue)
