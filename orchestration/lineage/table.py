"""The traced columns as a file of the dbt project: computed when the rules change, read by all.

``dbt_project/lineage/traced_columns.csv`` is a seed; ``marts.column_lineage`` publishes it, so that
both engines have it and no run pays for tracing. A test traces anew and compares.
"""

from __future__ import annotations

import csv
import io
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from orchestration.marts import DBT_FOLDER

TRACED_COLUMNS = DBT_FOLDER / "lineage" / "traced_columns.csv"

SourceKind = Literal["header", "arrival", "rows", "run", "codebook", "project", "rule"]


class LineageRow(BaseModel):
    """One source of one published column. One row per published column and source column.

    ``source_kind`` says what the source is:

    * ``header``: a typed raw column, read from the ``source_headers`` of a delivered file;
    * ``arrival``: a raw column that tells how the row arrived - its file, row, day, digest;
    * ``rows``: the rows of a raw table, counted;
    * ``run``: what the run knows: its parameters, the files and the rows set aside;
    * ``codebook``: a column of a codebook;
    * ``project``: the project itself;
    * ``rule``: no source: the rule gives the value, ``note`` says which.
    """

    model_config = ConfigDict(frozen=True)

    schema_name: str
    table_name: str
    column_name: str
    source_kind: SourceKind
    source_table: str | None = None
    source_column: str | None = None
    source_headers: str | None = None  # agreed headers, sorted, joined with ``;``
    path: str | None = None  # schema.relation.column, from the source to the published column
    note: str | None = None  # in Chinese and English

    @property
    def headers(self) -> tuple[str, ...]:
        """The agreed headers that the source column is read from."""
        return tuple((self.source_headers or "").split(";")) if self.source_headers else ()


COLUMNS = tuple(LineageRow.model_fields)


def to_csv(rows: list[LineageRow]) -> str:
    """The file's text: sorted, so that the same lineage is the same text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    lines = [[value or "" for value in row.model_dump().values()] for row in rows]
    writer.writerows(sorted(lines))
    return text.getvalue()


@lru_cache(maxsize=1)
def load_lineage(path: Path = TRACED_COLUMNS) -> tuple[LineageRow, ...]:
    """Every source of every published column, as last traced."""
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(
            LineageRow.model_validate({name: value or None for name, value in line.items()})
            for line in csv.DictReader(lines)
        )
