"""All deliveries up to a date: the files, the rows that load, and the rows set aside.

>>> read_deliveries(Path("landing"), date(2020, 3, 1), "key").files  # doctest: +SKIP
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

from .items import ITEMS, Item, encoding_of
from .landing import LandedFile, control_matches, is_accepted, landed_files, read_table, sha256_of
from .model import DeliveredFile, Deliveries, QuarantinedRow, Row
from .rules import TypedRow, content, is_dropped_donor, key_parts, read_row, take_identity
from .sheets import amount_of
from .tables import FileFaultError, RawRow, Table, holds_banned
from .values import EXACT, Cell, clean_name, half_up


def read_deliveries(
    landing: Path, as_of: date, person_key: str, today: date | None = None
) -> Deliveries:
    """Read a landing zone as it answers for the end of ``as_of``.

    ``today`` changes nothing here: folders dated after it are read if they are not after
    ``as_of``, and are only reported besides.
    """
    deliveries = Deliveries([], [], [])
    taken: set[tuple[str | None, str | None, str | None]] = set()
    for file in landed_files(landing, as_of):
        sha256 = sha256_of(file.path) if file.is_regular else None
        delivered = DeliveredFile(
            source_file=file.source_file,
            file_name=file.file_name,
            unit_code=file.unit_code,
            item_code=file.item_code,
            delivery_date=file.delivery_date,
            sha256=sha256,
            fault=None,
            rows_delivered=0,
            rows_loaded=0,
            rows_quarantined=0,
            rows_dropped=0,
        )
        deliveries.files.append(delivered)
        bytes_of_pair = (file.item_code, file.unit_code, sha256)
        try:
            table = _accepted_table(file)
            if bytes_of_pair in taken:
                raise FileFaultError("F00", "the same bytes were taken before")
            _check_totals(file, str(sha256), table)
        except FileFaultError as fault:
            delivered.fault = fault.code
            continue
        taken.add(bytes_of_pair)
        _load(file, delivered, table, deliveries, person_key)
    return deliveries


# ---------------------------------------------------------------- file faults


def _accepted_table(file: LandedFile) -> Table:
    """The table of a file that has none of F04, F06, F01, F05, F02."""
    if not is_accepted(file):
        raise FileFaultError("F04", "unknown unit, item, pair, extension or date")
    assert file.item_code is not None and file.unit_code is not None
    encoding = encoding_of(file.item_code, file.unit_code)
    assert encoding is not None
    table = read_table(file, ITEMS[file.item_code], encoding)
    if holds_banned(table.names):
        raise FileFaultError("F05", "a header of what is never collected")
    if table.is_header_missing or table.has_double_header:
        raise FileFaultError("F02", "a required header is missing, or two columns match one")
    return table


def _check_totals(file: LandedFile, sha256: str, table: Table) -> None:
    if not control_matches(file, sha256, len(table.rows)):
        raise FileFaultError("F03", "the control file says otherwise")
    if table.control_total is None:
        return
    total = Decimal(0)
    for row in table.rows:
        amount = amount_of(_cells_by_name(table, row).get("amount_yuan"))
        if amount is not None:
            total = EXACT.add(total, amount)
    if half_up(total, 2) != half_up(table.control_total, 2):
        raise FileFaultError("F03", "the sheet's total is not the sum of its rows")


# ---------------------------------------------------------------- rows


def _cells_by_name(table: Table, raw: RawRow) -> dict[str, Cell]:
    return {table.columns[header].name: cell for header, cell in raw.cells.items()}


def _load(
    file: LandedFile,
    delivered: DeliveredFile,
    table: Table,
    deliveries: Deliveries,
    person_key: str,
) -> None:
    assert file.item_code is not None and file.delivery_date is not None
    item = ITEMS[file.item_code]
    occurrences: Counter[tuple[object, ...]] = Counter()
    for raw in table.rows:
        delivered.rows_delivered += 1
        cells = _cells_by_name(table, raw)
        if raw.code is None and item.code == "charity_donation" and is_dropped_donor(cells):
            delivered.rows_dropped += 1
            continue
        typed = TypedRow({}) if raw.code else read_row(item, cells, file.delivery_date)
        codes = [raw.code] if raw.code else typed.codes
        if codes:
            delivered.rows_quarantined += 1
            deliveries.quarantined.append(QuarantinedRow(file.source_file, raw.number, codes))
            continue
        delivered.rows_loaded += 1
        occurrence = _occurrence(item, typed, occurrences)
        deliveries.rows.append(_row(file, delivered, raw, item, typed, occurrence, person_key))


def _occurrence(item: Item, typed: TypedRow, occurrences: Counter[tuple[object, ...]]) -> int:
    """The how-manieth such row of equal version within its file this is, from 1."""
    if item.code != "charity_donation":
        return 1
    values = typed.values
    donor = clean_name(str(values["donor_name"]))
    same = (values["donated_on"], donor, values["amount_yuan"], values["version"])
    occurrences[same] += 1
    return occurrences[same]


def _row(
    file: LandedFile,
    delivered: DeliveredFile,
    raw: RawRow,
    item: Item,
    typed: TypedRow,
    occurrence: int,
    key: str,
) -> Row:
    assert file.unit_code is not None and file.delivery_date is not None
    record_id = ":".join(
        [item.code, file.unit_code, "|".join(key_parts(item, typed, key, occurrence))]
    )
    person_key = take_identity(item, typed, key)
    compared = content(item, typed, person_key)
    values = dict(typed.values)
    if item.code == "charity_donation":
        values["donor_name_cleaned"] = clean_name(str(values["donor_name"]))
        values["occurrence"] = occurrence
    if item.code == "enterprise_register":
        values["enterprise_name_cleaned"] = clean_name(str(values["enterprise_name"]))
    version, operation = values.get("version"), values.get("operation")
    return Row(
        item_code=item.code,
        unit_code=file.unit_code,
        delivery_date=file.delivery_date,
        source_file=file.source_file,
        file_name=file.file_name,
        source_row=raw.number,
        sha256=str(delivered.sha256),
        record_id=record_id,
        version=version if isinstance(version, int) else None,
        operation=operation if isinstance(operation, str) else None,
        values=values,
        content=compared,
        code_repaired=typed.code_repaired,
        person_key=person_key,
    )
