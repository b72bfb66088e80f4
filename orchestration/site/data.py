"""The data files of the site: list chunks, subject shards and the search index, by DuckDB.

Every file is one aggregate of JSON text that DuckDB makes; Python only writes it down. Aggregates
are fetched some files at a time, so memory stays bounded whatever the size of the product.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publish.products import literal
from orchestration.site.lists import (
    CHUNK_ROWS,
    LISTS,
    MAX_CHUNKS,
    REPAIR_ANNOUNCEMENTS,
    SUBJECT_LISTS,
    OpenList,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SUBJECTS_PER_SHARD = 192
NAMES_PER_FILE = 256
CODES_PER_FILE = 512
# Names that share a piece beyond this are not told apart by it: its first ones only are kept.
MAX_POSTINGS = 20_000
KEPT_POSTINGS = 200
# How many rows of an aggregate's source are in memory at once.
_BATCH_ROWS = 500_000


@dataclass(frozen=True)
class DataShape:
    """How many files of each kind there are: what a page must know to find its own."""

    subjects: int
    subject_shards: int
    repaired_shards: int
    gram_shards: int
    name_files: int
    code_files: int
    list_rows: dict[str, int]

    def counts(self) -> dict[str, int]:
        """The numbers of files and subjects, without the lists."""
        return {name: value for name, value in asdict(self).items() if name != "list_rows"}


def chunk_count(rows: int) -> int:
    """How many chunk files a list of so many rows has."""
    return min(MAX_CHUNKS, -(-rows // CHUNK_ROWS))


def write_data(connection: DuckDBPyConnection, folder: Path) -> DataShape:
    """Write every data file below ``folder`` from the views that `open_product` made."""
    list_rows = {entry.name: _write_list(connection, entry, folder) for entry in LISTS}
    subjects = _make_subjects(connection)
    subject_shards = _shard_count(subjects)
    _write_lines(connection, SUBJECT_LISTS, "subjects", subject_shards, folder)
    repaired_shards = _shard_count(list_rows[REPAIR_ANNOUNCEMENTS.name])
    _write_lines(connection, (REPAIR_ANNOUNCEMENTS,), "repaired", repaired_shards, folder)
    return DataShape(
        subjects=subjects,
        subject_shards=subject_shards,
        repaired_shards=repaired_shards,
        gram_shards=_write_grams(connection, subjects, folder),
        name_files=_write_names(connection, subjects, folder),
        code_files=_write_codes(connection, subjects, folder),
        list_rows=list_rows,
    )


def hash_of(expression: str, count: int) -> str:
    """The SQL of the shard a text belongs to; ``site.js`` computes the same."""
    return f"cast('0x' || substring(md5({expression}), 1, 6) as integer) % {count}"


def _shard_count(rows: int) -> int:
    """Shards for so many rows: a power of two, so that few subjects move as the product grows."""
    return 1 << max(0, -(-rows // SUBJECTS_PER_SHARD) - 1).bit_length()


# ------------------------------------------------------------------------------ files


def _write(path: Path, key: str, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'credit.take("{key}",[\n{body}\n]);\n', encoding="utf-8")


def _write_files(rows: Iterable[tuple[int, str]], name: str, count: int, folder: Path) -> None:
    """Write ``data/<name>/<n>.js``; a number without rows has an empty file, never none."""
    missing = set(range(count))
    for number, body in rows:
        _write(folder / name / f"{number}.js", f"{name}/{number}", body)
        missing.discard(number)
    for number in missing:
        _write(folder / name / f"{number}.js", f"{name}/{number}", "")


def _aggregates(
    connection: DuckDBPyConnection, table: str, rows: int, count: int, order_by: str
) -> Iterator[tuple[int, str]]:
    """The rows of ``table`` (file, line, …, stored by file) joined per file, in file order."""
    step = max(1, count * _BATCH_ROWS // max(rows, 1))
    for first in range(0, count, step):
        yield from connection.execute(
            f"select file, string_agg(line, ',\n' order by {order_by}) from {table}"
            f" where file between {first} and {first + step - 1} group by file order by file"
        ).fetchall()


# ------------------------------------------------------------------------------ lists


def _write_list(connection: DuckDBPyConnection, entry: OpenList, folder: Path) -> int:
    """Write the chunks of one list; returns the rows of the whole list."""
    rows = _count(connection, entry.name)
    files = connection.execute(
        f"select position // {CHUNK_ROWS}, string_agg(line, ',\n' order by position) from ("
        f"select row_number() over (order by {entry.order_by}) - 1 as position, {entry.row} as line"
        f" from {entry.relation} order by {entry.order_by} limit {CHUNK_ROWS * MAX_CHUNKS})"
        " group by 1 order by 1"
    ).fetchall()
    _write_files(files, entry.name, len(files), folder)
    return rows


def _count(connection: DuckDBPyConnection, relation: str) -> int:
    found = connection.execute(f"select count(*) from {relation}").fetchone()
    return int(found[0]) if found else 0


# --------------------------------------------------------------------------- subjects


def _write_lines(
    connection: DuckDBPyConnection,
    lists: tuple[OpenList, ...],
    name: str,
    count: int,
    folder: Path,
) -> None:
    """Write every line of the lists into the shard of its subject: ``["list", [row]]``."""
    parts = [
        f"select {hash_of('subject_id', count)} as file, subject_id, {number} as list,"
        f" cast({entry.shown_on} as date) as shown_on,"
        f" {literal(f'[{chr(34)}{entry.name}{chr(34)},')} || {entry.row} || ']' as line"
        f" from (select * from {entry.relation}) where subject_id is not null"
        for number, entry in enumerate(lists)
    ]
    connection.execute(
        f"create or replace temp table lines as {' union all '.join(parts)} order by file"
    )
    rows = _count(connection, "lines")
    order = "subject_id, list, shown_on desc, line"
    _write_files(_aggregates(connection, "lines", rows, count, order), name, count, folder)
    connection.execute("drop table lines")


# ----------------------------------------------------------------------------- search


def _make_subjects(connection: DuckDBPyConnection) -> int:
    """Number the subjects of the lists by name: the ordinals that the index speaks of."""
    parts = " union all ".join(
        f"select subject_id, subject_name from {entry.name} where subject_id is not null"
        for entry in SUBJECT_LISTS
    )
    connection.execute(
        "create or replace temp table subjects as"
        " select row_number() over (order by subject_name nulls last, subject_id) - 1 as ordinal, *"
        f" from (select subject_id, max(subject_name) as subject_name from ({parts})"
        " group by subject_id) order by ordinal"
    )
    return _count(connection, "subjects")


def _write_names(connection: DuckDBPyConnection, subjects: int, folder: Path) -> int:
    count = -(-subjects // NAMES_PER_FILE)
    connection.execute(
        "create or replace temp view name_lines as"
        f" select ordinal // {NAMES_PER_FILE} as file, ordinal,"
        " cast(json_array(subject_id, subject_name) as varchar) as line from subjects"
    )
    rows = _aggregates(connection, "name_lines", subjects, count, "ordinal")
    _write_files(rows, "names", count, folder)
    return count


def _write_codes(connection: DuckDBPyConnection, subjects: int, folder: Path) -> int:
    """Write the identifiers in order, and a directory of each file's first."""
    count = -(-subjects // CODES_PER_FILE)
    connection.execute(
        "create or replace temp table code_lines as"
        f" select (row_number() over (order by subject_id) - 1) // {CODES_PER_FILE} as file,"
        " subject_id, cast(json_array(subject_id, ordinal) as varchar) as line from subjects"
        " order by subject_id"
    )
    rows = _aggregates(connection, "code_lines", subjects, count, "subject_id")
    _write_files(rows, "codes", count, folder)
    found = connection.execute(
        "select string_agg(cast(to_json(first_id) as varchar), ',\n' order by file)"
        " from (select file, min(subject_id) as first_id from code_lines group by file)"
    ).fetchone()
    _write(folder / "codes" / "directory.js", "codes/directory", (found and found[0]) or "")
    connection.execute("drop table code_lines")
    return count


# What search looks at: letters, marks and digits, in lower case; `search.js` folds the same way.
_FOLDED = r"regexp_replace(lower(subject_name), '[^\p{L}\p{M}\p{N}]+', '', 'g')"


def _write_grams(connection: DuckDBPyConnection, subjects: int, folder: Path) -> int:
    """Write the two-character pieces of names with the ordinals of the names that hold them.

    A line is ``["piece", names, "ordinals"]``; the ordinals are ascending, each but the first as
    the distance from the one before. A piece of more than `MAX_POSTINGS` names keeps few.
    """
    count = _shard_count(subjects)
    connection.execute(
        "create or replace temp table grams as"
        " select gram, count(*) as names, list(ordinal order by ordinal) as ordinals from ("
        "select distinct ordinal, substring(folded, cast(start as integer), 2) as gram"
        f" from (select ordinal, {_FOLDED} as folded from subjects where subject_name is not null),"
        " unnest(range(1, greatest(length(folded), 2))) as starts(start)"
        " where folded <> '') group by gram"
    )
    connection.execute(
        f"create or replace temp table gram_lines as select {hash_of('gram', count)} as file,"
        " gram, '[' || to_json(gram) || ',' || names || ',\"' || array_to_string("
        "list_transform(list_zip(kept, [0] || kept), pair -> pair[1] - pair[2]), ',')"
        " || '\"]' as line from (select gram, names, case when names >"
        f" {MAX_POSTINGS} then ordinals[:{KEPT_POSTINGS}] else ordinals end as kept from grams)"
        " order by file"
    )
    rows = _count(connection, "gram_lines")
    _write_files(_aggregates(connection, "gram_lines", rows, count, "gram"), "grams", count, folder)
    connection.execute("drop table grams")
    connection.execute("drop table gram_lines")
    return count
