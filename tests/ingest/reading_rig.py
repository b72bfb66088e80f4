"""Made-up deliveries, and what reading one of them gives."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from orchestration.catalogue import Catalogue, load_catalogue
from orchestration.ingest.delivered import DeliveredBytes, DeliveryFile, FileFault
from orchestration.ingest.landing import format_of_name
from orchestration.ingest.readers import read_delivery
from orchestration.ingest.readers.table import let_go, show
from orchestration.settings import Limits

CATALOGUE: Catalogue = load_catalogue()
SCALE_HEADERS = ("统一社会信用代码", "年度", "规模")
DONATION_HEADERS = ("序号", "捐赠日期", "捐赠(单位/姓名)", "捐赠金额(元)", "备注")
AS_OF = date(2020, 3, 31)


@dataclass(frozen=True)
class Reading:
    """What a reader made of a file. ``rows`` are dicts without the fields that are null."""

    fields: tuple[str, ...]
    rows: list[dict[str, Any]]
    unknown_headers: tuple[str, ...]
    control_total_fault: str | None

    @property
    def numbers(self) -> list[int]:
        return [row["source_row"] for row in self.rows]

    @property
    def faults(self) -> dict[int, str]:
        return {r["source_row"]: r["row_fault"] for r in self.rows if "row_fault" in r}


def delivery_of(name: str, content: bytes, path: Path = Path("absent")) -> DeliveryFile:
    file_format, compression = format_of_name(name)
    return DeliveryFile(
        path=path,
        source_file=f"2020-03-10/market_regulation/{name}",
        file_name=name,
        folder_name="market_regulation",
        delivery_date=date(2020, 3, 10),
        unit_code="market_regulation",
        item_code="enterprise_scale",
        encoding="utf-8",
        format=file_format,
        compression=compression,
        control_path=None,
        size=len(content),
    )


def read(
    extension: str,
    content: bytes,
    *,
    item: str = "enterprise_scale",
    encoding: str = "utf-8",
    limits: Limits | None = None,
) -> Reading:
    """Read made-up bytes; the file fault is raised."""
    delivered = DeliveredBytes(content, hashlib.sha256(content).hexdigest(), len(content))
    delivery = delivery_of(f"{item}.{extension}", content)
    with duckdb.connect() as connection:
        table = read_delivery(
            connection, delivery, CATALOGUE.items[item], encoding, limits or Limits(), delivered
        )
        columns = ["source_row", "row_fault", "bad_cells", *table.fields]
        found = connection.execute(
            f"select {', '.join(columns)} from {show(connection, table)} order by source_row"
        ).fetchall()
        let_go(connection, table)
    assert table.rows == len(found)
    rows = [
        {name: value for name, value in zip(columns, row, strict=True) if value is not None}
        for row in found
    ]
    return Reading(table.fields, rows, table.unknown_headers, table.control_total_fault)


def fault_of(extension: str, content: bytes, **options: Any) -> str | None:
    """The code of the file fault, None if the file is taken."""
    try:
        read(extension, content, **options)
    except FileFault as fault:
        assert fault.detail
        return fault.code
    return None


def workbook(*rows: Sequence[Any], first_row: int = 0, date_format: str = "yyyy-mm-dd") -> bytes:
    """An xlsx of one sheet: dates as date cells, ``#N/A`` as an error cell, the rest as given."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet, as_date = book.add_worksheet(), book.add_format({"num_format": date_format})
    for number, row in enumerate(rows, start=first_row):
        for column, value in enumerate(row):
            if value == "#N/A":
                sheet.write_formula(number, column, "=na()", None, "#N/A")
            elif isinstance(value, date):
                sheet.write_datetime(number, column, value, as_date)
            elif isinstance(value, str):
                sheet.write_string(number, column, value)
            elif value is not None:
                sheet.write(number, column, value)
    book.close()
    return buffer.getvalue()
