"""Rows of an item through its compiled contract, and made-up codes that pass their checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.catalogue import load_catalogue
from orchestration.ingest.batch import optimizer
from orchestration.ingest.compile import compile_contract
from orchestration.ingest.engine import install_contract, open_connection
from orchestration.ingest.vectors import NO_FACTS, everything, facts_of
from orchestration.settings import Settings

PERSON_KEY = "a key of made-up people"
DELIVERED_ON = date(2020, 3, 10)

USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def uscc(stem: str) -> str:
    """A stem of 17 characters with its check character."""
    total = sum(w * USCC_CHARACTERS.index(c) for w, c in zip(USCC_WEIGHTS, stem, strict=True))
    return stem + USCC_CHARACTERS[(31 - total % 31) % 31]


def organisation_code(stem: str) -> str:
    """Eight characters with their check character."""
    values = [int(c, 36) for c in stem]
    check = 11 - sum(w * v for w, v in zip(ORGANISATION_WEIGHTS, values, strict=True)) % 11
    return stem + ("X" if check == 10 else "0" if check == 11 else str(check))


def identity_number(stem: str) -> str:
    """Seventeen digits with their check character."""
    total = sum(w * int(c) for w, c in zip(IDENTITY_WEIGHTS, stem, strict=True))
    return stem + "10X98765432"[total % 11]


USCC = uscc("91330100MA27XYH2A")
OTHER_USCC = uscc("91330200MA2810BJ7")
IDENTITY = identity_number("11010119900307775")


@lru_cache(maxsize=1)
def connection() -> duckdb.DuckDBPyConnection:
    """One connection for all tests, taught the contracts."""
    made = open_connection(Settings(threads=1), Path("/tmp/credit-test-spill"))  # noqa: S108
    install_contract(made, PERSON_KEY)
    return made


def evaluate(expression: str, texts: Sequence[str | None]) -> list[Any]:
    """An SQL expression over ``s`` for every text, in order."""
    connection().register("texts", pa.table({"place": range(len(texts)), "s": list(texts)}))
    try:
        found = connection().execute(f"select {expression} from texts order by place").fetchall()
    finally:
        connection().unregister("texts")
    return [value for (value,) in found]


@dataclass
class Judged:
    """What a contract made of rows: those loaded, the codes of the others, their faults."""

    loaded: dict[int, dict[str, Any]] = field(default_factory=dict)
    codes: dict[int, str] = field(default_factory=dict)
    faults: dict[int, list[tuple[str, str | None, str | None]]] = field(default_factory=dict)
    dropped: list[int] = field(default_factory=list)


def judge(
    item_code: str,
    rows: Sequence[dict[str, str | None]],
    *,
    delivered_on: date = DELIVERED_ON,
    unit_code: str = "market_regulation",
    present: Sequence[str] | None = None,
    is_optimised: bool = False,
    are_columns_known: bool = False,
) -> Judged:
    """Judge rows, numbered from 1; ``row_fault`` and ``bad_cells`` may be among their names.

    ``are_columns_known``: with what holds for whole columns, as of many rows.
    """
    catalogue = load_catalogue()
    item = catalogue.items[item_code]
    names = tuple(
        present
        if present is not None
        else sorted({name for row in rows for name in row} - {"row_fault", "bad_cells"})
    )
    columns = {"file_number": pa.array([1] * len(rows), pa.int64())}
    columns["source_row"] = pa.array(range(1, len(rows) + 1), pa.int64())
    for name in ("row_fault", "bad_cells", *names):
        columns[name] = pa.array([row.get(name) for row in rows], pa.string())
    duck = connection()
    duck.register("delivered_rows", pa.table(columns))
    duck.execute(
        "create or replace temp table batch_files as select cast(1 as bigint) as file_number,"
        " $1 as unit_code, cast($2 as date) as delivery_date, 'd/u/f.csv' as source_file,"
        " 'f.csv' as file_name, 'ab' as sha256",
        [unit_code, delivered_on],
    )
    facts = NO_FACTS
    if are_columns_known:
        batch = pa.RecordBatch.from_pydict(columns)
        facts = facts_of(batch, names, everything(names))
    contract = compile_contract(item, catalogue, names, facts)
    # As in the product for few rows and for many.
    with optimizer(duck, wanted=is_optimised):
        duck.execute(contract.judge_sql("delivered_rows"))
    judged = Judged()
    loaded = duck.execute(contract.loaded_sql)
    described = [column[0] for column in loaded.description or ()]
    for values in loaded.fetchall():
        row = dict(zip(described, values, strict=True))
        judged.loaded[row["source_row"]] = row
    for _, _, row, codes, faults in duck.execute(contract.quarantined_sql).fetchall():
        judged.codes[row] = codes
        judged.faults[row] = [(f["code"], f["field"], f["value"]) for f in faults]
    judged.dropped = [
        row
        for (row,) in duck.execute(
            "select source_row from judged where fate = 'dropped' order by 1"
        ).fetchall()
    ]
    duck.unregister("delivered_rows")
    return judged


@contextmanager
def fresh_connection(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own, as commands open one."""
    with open_connection(Settings(threads=1), folder / "spill") as made:
        yield made
