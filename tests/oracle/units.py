"""What the units delivered: scorecard, clause coverage, files, quarantine (section 10)."""

from __future__ import annotations

from typing import Any

from .days import first_of_month, working_day_after
from .items import ITEMS, codebook
from .model import DeliveredFile, Deliveries
from .results import Parameters, Table, group_by, rate, table
from .subjects import Record

UNIT_CODES = {row["unit_code"] for row in codebook("units")}
DECIDED_ON = {"administrative_penalty": "decision_date", "social_order_case": "determined_on"}
SCORECARD_COLUMNS = (
    "unit_code item_code month files_received files_rejected rows_received rows_loaded"
    " rows_quarantined compliance_rate timed_rows late_rows late_rate wrong_code_rows"
    " code_repaired_rows unresolved_rows corrected_rows last_delivery_date"
)
COVERAGE_COLUMNS = (
    "clause title responsible_units reporting_units coverage_rate records_loaded records_used"
    " last_delivery_date"
)
FILE_COLUMNS = (
    "source_file unit_code item_code delivery_date sha256 fault rows_delivered rows_loaded"
    " rows_quarantined rows_dropped"
)


def ingested_files(deliveries: Deliveries) -> Table:
    return table(FILE_COLUMNS, "source_file", [vars(file) for file in deliveries.files])


def quarantined_rows(deliveries: Deliveries) -> Table:
    rows = [
        {
            "source_file": row.source_file,
            "source_row": row.source_row,
            "codes": ";".join(sorted(set(row.codes))),
        }
        for row in deliveries.quarantined
    ]
    return table("source_file source_row codes", "source_file source_row", rows)


# ---------------------------------------------------------------- scorecard


def _group_of(unit_code: str | None, item_code: str | None, day: Any) -> tuple[Any, Any, Any]:
    return (unit_code, item_code, first_of_month(day))


def _has_scorecard_row(file: DeliveredFile) -> bool:
    is_known = file.unit_code in UNIT_CODES and file.item_code in ITEMS
    return is_known and file.delivery_date is not None and file.fault != "F00"


def _first_rows(records: list[Record]) -> list[Record]:
    """The first loaded row of each penalty and social order case."""
    timed = [record for record in records if record.item_code in DECIDED_ON]
    return [
        min(rows, key=lambda r: (r.row.delivery_date, r.row.file_name, r.row.source_row))
        for rows in group_by(timed, lambda r: r.record_id).values()
    ]


def is_late(record: Record, parameters: Parameters) -> bool:
    """Delivered after the last working day on which a unit may report its decision."""
    decided_on = record[DECIDED_ON[record.item_code]]
    return record.row.delivery_date > working_day_after(decided_on, parameters.report_working_days)


def unit_scorecard(
    deliveries: Deliveries, records: list[Record], parameters: Parameters
) -> list[dict[str, Any]]:
    of_record = lambda r: _group_of(r.row.unit_code, r.item_code, r.row.delivery_date)  # noqa: E731
    loaded_in = group_by(records, of_record)
    timed_in = group_by(_first_rows(records), of_record)
    wrong_codes: dict[str, int] = {}
    for row in deliveries.quarantined:
        if "Q04" in row.codes:
            wrong_codes[row.source_file] = wrong_codes.get(row.source_file, 0) + 1
    files_in = group_by(
        [file for file in deliveries.files if _has_scorecard_row(file)],
        lambda f: _group_of(f.unit_code, f.item_code, f.delivery_date),
    )
    rows = []
    for group, files in files_in.items():
        taken = [file for file in files if file.fault is None]
        loaded, timed = loaded_in.get(group, []), timed_in.get(group, [])
        rows_loaded = sum(file.rows_loaded for file in taken)
        rows_quarantined = sum(file.rows_quarantined for file in taken)
        late_rows = sum(1 for record in timed if is_late(record, parameters))
        rows.append(
            {
                "unit_code": group[0],
                "item_code": group[1],
                "month": group[2],
                "files_received": len(files),
                "files_rejected": len(files) - len(taken),
                "rows_received": sum(file.rows_delivered for file in taken),
                "rows_loaded": rows_loaded,
                "rows_quarantined": rows_quarantined,
                "compliance_rate": rate(rows_loaded, rows_loaded + rows_quarantined),
                "timed_rows": len(timed),
                "late_rows": late_rows,
                "late_rate": rate(late_rows, len(timed)),
                "wrong_code_rows": sum(wrong_codes.get(file.source_file, 0) for file in taken),
                "code_repaired_rows": sum(1 for r in loaded if r.row.code_repaired),
                "unresolved_rows": sum(1 for r in loaded if r.match_method == "unresolved"),
                "corrected_rows": sum(1 for r in loaded if r.row.operation in ("变更", "撤销")),
                "last_delivery_date": max(f.delivery_date for f in files if f.delivery_date),
            }
        )
    return rows


# ---------------------------------------------------------------- clauses


def clause_coverage(deliveries: Deliveries, records: list[Record]) -> list[dict[str, Any]]:
    responsibilities = codebook("responsibilities")
    rows = []
    for clause in codebook("clauses"):
        pairs = {
            (row["unit_code"], row["item_code"])
            for row in responsibilities
            if row["clause"] == clause["clause"]
        }
        units = {unit for unit, _ in pairs}
        taken = [
            file
            for file in deliveries.files
            if file.fault is None and (file.unit_code, file.item_code) in pairs
        ]
        loaded = [r for r in records if (r.row.unit_code, r.item_code) in pairs]
        reporting = {file.unit_code for file in taken}
        rows.append(
            {
                "clause": int(clause["clause"]),
                "title": clause["title"],
                "responsible_units": len(units),
                "reporting_units": len(reporting),
                "coverage_rate": rate(len(reporting), len(units)),
                "records_loaded": len(loaded),
                "records_used": sum(1 for r in loaded if r.is_used),
                "last_delivery_date": max(
                    (file.delivery_date for file in taken if file.delivery_date), default=None
                ),
            }
        )
    return rows
