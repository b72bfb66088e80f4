"""The data files of the site: list chunks, subject shards and the search index, by DuckDB.

Every file is one aggregate of JSON text that DuckDB makes; Python only writes it down. Aggregates
are fetched some files at a time, so memory stays bounded whatever the size of the product.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

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

SUBJECTS_PER_SHARD = 256
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


def _write(path: Path, key: str, body: bytes) -> None:
    path.write_bytes(b'credit.take("%s",[\n%s\n]);\n' % (key.encode(), body))


def _write_files(rows: Iterable[tuple[int, bytes]], name: str, count: int, folder: Path) -> None:
    """Write ``data/<name>/<n>.js``; a number without rows has an empty file, never none."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    missing = set(range(count))
    for number, body in rows:
        _write(folder / name / f"{number}.js", f"{name}/{number}", body)
        missing.discard(number)
    for number in missing:
        _write(folder / name / f"{number}.js", f"{name}/{number}", b"")


# The lines of a file, in the order of their text: cheap, and the same whatever order they came in.
_BY_TEXT = "encode(array_to_string(list_sort(list(line)), ',\n'))"


def _joined(
    connection: DuckDBPyConnection, table: str, count: int, body: str = _BY_TEXT
) -> Iterator[tuple[int, bytes]]:
    """The lines of ``table`` (file, line, …) joined per file, so many files at a time."""
    step = max(1, count * _BATCH_ROWS // max(_count(connection, table), 1))
    for first in range(0, count, step):
        yield from connection.execute(
            f"select file, {body} from {table}"
            f" where file between {first} and {first + step - 1} group by file"
        ).fetchall()


# ------------------------------------------------------------------------------ lists


def _write_list(connection: DuckDBPyConnection, entry: OpenList, folder: Path) -> int:
    """Write the chunks of one list; returns the rows of the whole list."""
    rows = _count(connection, entry.name)
    files = connection.execute(
        f"select position // {CHUNK_ROWS}, encode(string_agg(line, ',\n' order by position)) from ("
        "select row_number() over () - 1 as position, line from ("
        f"select {entry.row} as line from {entry.relation} order by {entry.order_by}"
        f" limit {CHUNK_ROWS * MAX_CHUNKS})) group by 1 order by 1"
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
    """Write every line of the lists into the shard of its subject: ``["list", [cells]]``."""
    parts = " union all ".join(
        f"select {hash_of('subject_id', count)} as file,"
        f" '[\"{entry.name}\",' || {entry.row} || ']' as line"
        f" from {entry.relation} where subject_id is not null"
        for entry in lists
    )
    connection.execute(f"create or replace temp table lines as {parts}")
    _write_files(_joined(connection, "lines", count), name, count, folder)
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
    """Write ``[identifier, name]`` of every ordinal."""
    count = -(-subjects // NAMES_PER_FILE)
    connection.execute(
        "create or replace temp view name_lines as"
        f" select ordinal // {NAMES_PER_FILE} as file, ordinal,"
        " cast(json_array(subject_id, subject_name) as varchar) as line from subjects"
    )
    body = "encode(string_agg(line, ',\n' order by ordinal))"
    _write_files(_joined(connection, "name_lines", count, body), "names", count, folder)
    return count


def _write_codes(connection: DuckDBPyConnection, subjects: int, folder: Path) -> int:
    """Write the identifiers in order, and a directory of each file's first."""
    count = -(-subjects // CODES_PER_FILE)
    connection.execute(
        "create or replace temp table code_lines as"
        f" select (row_number() over (order by subject_id) - 1) // {CODES_PER_FILE} as file,"
        " subject_id, cast(json_array(subject_id, ordinal) as varchar) as line from subjects"
    )
    _write_files(_joined(connection, "code_lines", count), "codes", count, folder)
    found = connection.execute(
        "select encode(string_agg(cast(to_json(first_id) as varchar), ',\n' order by file))"
        " from (select file, min(subject_id) as first_id from code_lines group by file)"
    ).fetchone()
    directory = (found and found[0]) or b""
    _write(folder / "codes" / "directory.js", "codes/directory", directory)
    connection.execute("drop table code_lines")
    return count


# What search looks at: letters, marks and digits, in lower case; `search.js` folds the same way.
_FOLDED = r"regexp_replace(lower(subject_name), '[^\p{L}\p{M}\p{N}]+', '', 'g')"


def _write_grams(connection: DuckDBPyConnection, subjects: int, folder: Path) -> int:
    """Write the two-character pieces of names with the ordinals of the names that hold them.

    A line is ``["piece", occurrences, "ordinals"]``; the ordinals are ascending, each but the
    first as the distance from the one before, 0 where a name holds the piece twice. A piece of
    more than `MAX_POSTINGS` occurrences keeps few of them.
    """
    count = _shard_count(subjects)
    connection.execute(
        "create or replace temp table grams as"
        " select gram, list_sort(list(ordinal)) as ordinals from ("
        "select ordinal, substring(folded,"
        " cast(unnest(range(1, greatest(length(folded), 2))) as integer), 2) as gram"
        f" from (select cast(ordinal as integer) as ordinal, {_FOLDED} as folded from subjects"
        " where subject_name is not null) where folded <> '') group by gram"
    )
    connection.execute(
        f"create or replace temp table gram_lines as select {hash_of('gram', count)} as file,"
        " '[' || to_json(gram) || ',' || occurrences || ',\"' || array_to_string(list_transform("
        "list_zip(kept, [0] || kept[:-2]), pair -> pair[1] - pair[2]), ',') || '\"]' as line"
        " from (select gram, len(ordinals) as occurrences,"
        f" case when len(ordinals) > {MAX_POSTINGS} then ordinals[:{KEPT_POSTINGS}]"
        " else ordinals end as kept from grams)"
    )
    _write_files(_joined(connection, "gram_lines", count), "grams", count, folder)
    connection.execute("drop table grams")
    connection.execute("drop table gram_lines")
    return count
