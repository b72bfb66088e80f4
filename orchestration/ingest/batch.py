"""Rows of several files through one compiled contract, and on into the raw zone.

Compiling, binding and planning a contract costs as much as typing ten thousand rows, so the rows
of small files of the same item and columns are judged together; a large file goes alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from operator import and_
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.catalogue import Catalogue, Item
from orchestration.errors import Failure
from orchestration.ingest.compile import Contract, compile_contract
from orchestration.ingest.delivered import DeliveredTable, DeliveryFile
from orchestration.ingest.raw import (
    QUARANTINED_COLUMNS,
    declared_columns,
    raw_folder,
    raw_stem,
    sync,
    write_parquet,
    write_split,
)
from orchestration.ingest.readers.table import let_go, show
from orchestration.ingest.vectors import TextFacts

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

BatchKey = tuple[str, frozenset[str]]
RowFault = tuple[int, str, str | None, str | None]

MOST_FILES = 256
MOST_ROWS = 50_000
# Optimising a contract costs 0.05 s and saves 20 microseconds a row.
FEW_ROWS = 2_000
_TOGETHER = "delivered_together"


@dataclass(frozen=True)
class ReadFile:
    """A delivered file whose rows were read as text and wait for their contract."""

    delivery: DeliveryFile
    item: Item
    table: DeliveredTable
    sha256: str

    @property
    def batch_key(self) -> BatchKey:
        """Files with equal keys can be judged together."""
        return self.item.item_code, frozenset(self.table.fields)


@dataclass(frozen=True)
class JudgedFile:
    """What became of a file's rows; paths are below the raw zone, None where nothing was written.

    ``codes`` counts the quarantined rows by fault code. Where nothing is written, ``rows`` lists
    them (source_row, codes) and ``faults`` what is wrong (source_row, code, field, value).
    """

    rows_loaded: int
    rows_quarantined: int
    rows_dropped: int
    loaded: str | None = None
    quarantined: str | None = None
    codes: dict[str, int] = field(default_factory=dict)
    rows: tuple[tuple[int, str], ...] = ()
    faults: tuple[RowFault, ...] = ()


class Judge:
    """Judges batches on one connection; writes the raw zone of ``home``, or nothing without one.

    ``staging`` is a folder on the same file system, of nobody else.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        catalogue: Catalogue,
        contract_version: str,
        home: Path | None,
        staging: Path | None,
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._contract_version = contract_version
        self._home = home
        self._staging = staging
        self._contracts: dict[tuple[BatchKey, TextFacts], Contract] = {}

    def judge(self, files: Sequence[ReadFile]) -> list[JudgedFile]:
        """Judge the rows of files with equal batch keys, in their order.

        Raises:
            Failure: rows were lost or doubled between delivery and fate (conservation).
        """
        facts = reduce(and_, (file.table.facts for file in files))
        key = (files[0].batch_key, facts)
        if key not in self._contracts:
            item, fields = files[0].item, files[0].table.fields
            self._contracts[key] = compile_contract(item, self._catalogue, fields, facts)
        contract = self._contracts[key]
        self._tell_files(files)
        rows = self._gather(files)
        with optimizer(self._connection, wanted=sum(f.table.rows for f in files) > FEW_ROWS):
            self._connection.execute(contract.judge_sql(rows))
        self._connection.unregister(_TOGETHER)
        for file in files:
            let_go(self._connection, file.table)
        counts = self._counts()
        for number, file in enumerate(files, start=1):
            _conserve(file, counts.get(number, {}))
        return self._written(contract, files, counts)

    def _tell_files(self, files: Sequence[ReadFile]) -> None:
        import pyarrow as pa

        deliveries = [file.delivery for file in files]
        told = {
            "file_number": pa.array(range(1, len(files) + 1), pa.int64()),
            "unit_code": pa.array([d.unit_code for d in deliveries], pa.string()),
            "delivery_date": pa.array([d.delivery_date for d in deliveries], pa.date32()),
            "source_file": pa.array([d.source_file for d in deliveries], pa.string()),
            "file_name": pa.array([d.file_name for d in deliveries], pa.string()),
            "sha256": pa.array([file.sha256 for file in files], pa.string()),
        }
        self._connection.register("told_files", pa.table(told))
        self._connection.execute(
            "create or replace temp table batch_files as select * from told_files"
        )
        self._connection.unregister("told_files")

    def _gather(self, files: Sequence[ReadFile]) -> str:
        """SQL of the relation that holds the rows of all the files, with their file_number.

        Those in memory are put together there: a relation and a branch of a union for each of
        hundreds of small files would cost more than their contract.
        """
        if len(files) == 1:
            relation = show(self._connection, files[0].table)
            return f"(select cast(1 as bigint) as file_number, * from {relation})"
        columns = ("source_row", "row_fault", "bad_cells", *files[0].table.fields)
        listed = ", ".join(columns)
        numbered = list(enumerate((file.table for file in files), start=1))
        parts = [
            f"select cast({number} as bigint) as file_number, {listed} from {table.relation}"
            for number, table in numbered
            if table.texts is None
        ]
        in_memory = [(number, table.texts) for number, table in numbered if table.texts is not None]
        if in_memory:
            self._connection.register(_TOGETHER, _together(in_memory, columns))
            parts.append(f"select file_number, {listed} from {_TOGETHER}")
        return f"({' union all '.join(parts)})"

    def _counts(self) -> dict[int, dict[str, int]]:
        found: dict[int, dict[str, int]] = {}
        for number, fate, count in self._connection.execute(
            "select file_number, fate, count(*) from judged group by all"
        ).fetchall():
            found.setdefault(number, {})[fate] = count
        return found

    def _written(
        self, contract: Contract, files: Sequence[ReadFile], counts: dict[int, dict[str, int]]
    ) -> list[JudgedFile]:
        has_quarantined = any("quarantined" in fates for fates in counts.values())
        codes: dict[int, dict[str, int]] = {}
        rows: dict[int, list[tuple[int, str]]] = {}
        faults: dict[int, list[RowFault]] = {}
        if has_quarantined:
            self._connection.execute(
                f"create or replace temp table quarantined as {contract.quarantined_sql}"
            )
            codes = self._code_counts()
            if self._home is None:
                rows, faults = self._quarantined_rows()
        paths = self._write_raw(contract, files, counts)
        judged = []
        for number, _ in enumerate(files, start=1):
            fates = counts.get(number, {})
            judged.append(
                JudgedFile(
                    rows_loaded=fates.get("loaded", 0),
                    rows_quarantined=fates.get("quarantined", 0),
                    rows_dropped=fates.get("dropped", 0),
                    loaded=paths.get((number, "loaded")),
                    quarantined=paths.get((number, "quarantined")),
                    codes=codes.get(number, {}),
                    rows=tuple(rows.get(number, ())),
                    faults=tuple(faults.get(number, ())),
                )
            )
        return judged

    def _code_counts(self) -> dict[int, dict[str, int]]:
        found: dict[int, dict[str, int]] = {}
        for number, code, count in self._connection.execute(
            "select file_number, code, count(*) from ("
            " select file_number, unnest(string_split(codes, ';')) as code from quarantined"
            ") group by all order by all"
        ).fetchall():
            found.setdefault(number, {})[code] = count
        return found

    def _quarantined_rows(
        self,
    ) -> tuple[dict[int, list[tuple[int, str]]], dict[int, list[RowFault]]]:
        rows: dict[int, list[tuple[int, str]]] = {}
        faults: dict[int, list[RowFault]] = {}
        for number, row, codes in self._connection.execute(
            "select file_number, source_row, codes from quarantined order by all"
        ).fetchall():
            rows.setdefault(number, []).append((row, codes))
        for number, *fault in self._connection.execute(
            "select file_number, source_row, fault.code, fault.field, fault.value"
            " from (select file_number, source_row, unnest(faults) as fault from quarantined)"
            " order by all"
        ).fetchall():
            faults.setdefault(number, []).append((fault[0], fault[1], fault[2], fault[3]))
        return rows, faults

    def _write_raw(
        self, contract: Contract, files: Sequence[ReadFile], counts: dict[int, dict[str, int]]
    ) -> dict[tuple[int, str], str]:
        """Write a Parquet per file and fate that has rows; their paths below the raw zone."""
        if self._home is None or self._staging is None:
            return {}
        loaded = (contract.loaded_sql, declared_columns(contract.item))
        quarantined = ("select * from quarantined", QUARANTINED_COLUMNS)
        paths: dict[tuple[int, str], str] = {}
        for fate, (sql, columns) in {"loaded": loaded, "quarantined": quarantined}.items():
            expected = {n: fates[fate] for n, fates in counts.items() if fates.get(fate)}
            if not expected:
                continue
            below = {n: f"{self._stem(files[n - 1])}.{fate}.parquet" for n in expected}
            targets = {n: raw_folder(self._home) / path for n, path in below.items()}
            if len(files) == 1:
                listed = ", ".join(name for name, _ in columns)
                one = f"select {listed} from ({sql})"
                written = {1: write_parquet(self._connection, one, columns, targets[1])}
            else:
                written = write_split(self._connection, sql, columns, targets, self._staging)
            if written != expected:
                names = ", ".join(files[n - 1].delivery.source_file for n in expected)
                raise Failure(f"rows {fate} and rows written differ: {names}")
            for folder in {path.parent for path in targets.values()}:
                sync(folder)
            paths |= {(n, fate): path for n, path in below.items()}
        return paths

    def _stem(self, file: ReadFile) -> str:
        delivery = file.delivery
        return raw_stem(
            file.item.item_code,
            str(delivery.unit_code),
            str(delivery.delivery_date),
            delivery.source_file,
            file.sha256,
            self._contract_version,
        )


def _together(numbered: Sequence[tuple[int, pa.Table]], columns: Sequence[str]) -> pa.Table:
    """The rows of several files in one table, with their file_number first."""
    import numpy as np
    import pyarrow as pa

    numbers = np.repeat([number for number, _ in numbered], [t.num_rows for _, t in numbered])
    rows = pa.concat_tables([table.select(columns) for _, table in numbered]).combine_chunks()
    return rows.add_column(0, "file_number", pa.array(numbers, pa.int64()))


@contextmanager
def optimizer(connection: duckdb.DuckDBPyConnection, *, wanted: bool) -> Iterator[None]:
    """Optimise as much as pays; lists of constants are tested in place, not by a join for each."""
    off = "set disabled_optimizers = 'in_clause'" if wanted else "pragma disable_optimizer"
    on = "reset disabled_optimizers" if wanted else "pragma enable_optimizer"
    connection.execute(off)
    try:
        yield
    finally:
        connection.execute(on)


def _conserve(file: ReadFile, fates: dict[str, int]) -> None:
    """Rows delivered = loaded + quarantined + dropped (catalogue section 2), or the run stops."""
    if sum(fates.values()) != file.table.rows:
        shares = ", ".join(f"{count} {fate}" for fate, count in sorted(fates.items()))
        raise Failure(
            f"{file.delivery.source_file}: {file.table.rows} rows delivered, but "
            f"{shares or 'none came through'}: rows were lost or doubled; nothing of it is kept. "
            "This is an error of the program: report it with the file's sha256."
        )
