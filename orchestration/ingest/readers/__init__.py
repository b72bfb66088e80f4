"""Reading a delivered file of any agreed format into a text table in DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.catalogue.model import Item
from orchestration.ingest.containers import Content, open_content, take_bytes
from orchestration.ingest.delivered import (
    DeliveredBytes,
    DeliveredTable,
    DeliveryFile,
    FileFault,
)
from orchestration.ingest.readers.table import let_go, show
from orchestration.settings import Limits

if TYPE_CHECKING:
    import duckdb

__all__ = ["DeliveredTable", "FileFault", "let_go", "read_delivery", "show", "take_bytes"]


def read_delivery(
    connection: duckdb.DuckDBPyConnection,
    delivery: DeliveryFile,
    item: Item,
    encoding: str,
    limits: Limits,
    delivered: DeliveredBytes | None = None,
) -> DeliveredTable:
    """Read one delivered file; ``delivered`` are its bytes where they were taken before.

    The table lives until ``let_go``. A value that cannot be what its row says stays in it: the
    contract judges it.

    Raises:
        FileFault: F04 no regular file, else the first of F06, F01, F05, F02.
        Failure: the file cannot be read for want of permission or a broken disk.
    """
    if delivery.fault is not None:
        raise FileFault(delivery.fault, delivery.detail or "the path does not fit")
    if delivered is None:
        delivered = take_bytes(delivery, limits)
    with open_content(delivery, delivered, limits) as content:
        return _read_content(connection, content, item, encoding, limits)


def _read_content(
    connection: duckdb.DuckDBPyConnection,
    content: Content,
    item: Item,
    encoding: str,
    limits: Limits,
) -> DeliveredTable:
    buffer = content.buffer
    match content.format:
        case "csv":
            from orchestration.ingest.readers.csv import read_csv

            return read_csv(connection, buffer, item, encoding, limits)
        case "sheet":
            from orchestration.ingest.readers.sheet import read_sheet

            return read_sheet(connection, buffer, item, limits)
        case "json":
            from orchestration.ingest.readers.json import read_json

            return read_json(connection, buffer, item, encoding, limits)
        case "jsonl":
            from orchestration.ingest.readers.json import read_jsonl

            return read_jsonl(connection, buffer, item, encoding, limits)
        case "xml":
            from orchestration.ingest.readers.xml import read_xml

            return read_xml(connection, buffer, item, limits)
        case _:
            raise ValueError(f"no reader for {content.format}")
