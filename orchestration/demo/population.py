"""The mass of the deliveries: SQL over hashes, block by block, never more than a block in memory.

Each item is one ``sql/<item_code>.sql`` over the block's ``organisation`` table and, where records
refer to others, over the items before it. A block's rows depend on the seed and the organisations'
numbers alone, so neither threads nor block size nor machine change a byte. (DuckDB's ``hash`` is
the same everywhere in one version of DuckDB, and the version is pinned.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.catalogue import Catalogue, CatalogueField, FieldType, Item
from orchestration.demo.names import CITIES, COUNTY_NAMES, word_lists
from orchestration.demo.schedule import Schedule
from orchestration.engine import engine_config

if TYPE_CHECKING:
    import duckdb

# In this order: later ones look at earlier ones.
ITEM_ORDER = (
    "enterprise_register",
    "enterprise_scale",
    "regular_indicator",
    "administrative_penalty",
    "social_order_case",
    "resumption_inspection",
    "charity_donation",
    "direct_donation",
    "volunteer_service",
    "commendation",
    "administrative_award",
    "publicity_material",
    "credit_repair_application",
    "objection",
    "key_enterprise",
    "credit_loan",
    "overdue_relief",
    "severe_dishonesty_determination",
    "joint_measure",
)

# Their sheets and lists carry no version columns: what is delivered again is version 1.
WITHOUT_VERSIONS = frozenset(
    {"enterprise_register", "enterprise_scale", "charity_donation", "key_enterprise"}
)

BLOCK = 50_000

# Records per organisation that the rules need whatever is asked for; inspections and loans fill
# up to the wanted number (5 per organisation by default), two of three being inspections.
RECORDS_PER_ENTERPRISE = 5
_RECORDS_WITHOUT_FILLERS = 2.97
_INSPECTION_SHARE = 0.65
_CHARITY_ROWS_AT_MOST = 60_000

MARK = "\x01"  # begins the line of a row that is to carry a defect


@dataclass(frozen=True)
class FileBlock:
    """The rows of one file out of one block: lines, each ended by a line feed."""

    item_code: str
    unit_code: str
    delivered_on: date
    lines: str
    rows: int


def columns_of(item: Item) -> tuple[CatalogueField, ...]:
    """The columns that the demo's files of an item have, in order."""
    if item.item_code in WITHOUT_VERSIONS:
        return item.fields
    return item.fields + item.version_fields


def sql_of(name: str) -> str:
    """The text of ``sql/<name>.sql``."""
    return (resources.files("orchestration.demo") / "sql" / f"{name}.sql").read_text("utf-8")


def connect(
    schedule: Schedule,
    seed: int,
    enterprises: int,
    records: int | None,
    dirty: float,
    catalogue: Catalogue,
    scratch: Path,
) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection that knows the macros, the words, the calendar and the shares.

    Args:
        schedule: the delivery dates.
        seed: decides every draw.
        enterprises: how many organisations there are in all.
        records: how many rows are wanted besides the register.
        dirty: share of the rows that are marked for a defect.
        catalogue: units and codes.
        scratch: where DuckDB may put what does not fit into its memory.
    """
    import duckdb

    connection = duckdb.connect(
        config={
            **engine_config("400MB", scratch),
            "preserve_insertion_order": False,
        }
    )
    wanted = RECORDS_PER_ENTERPRISE if records is None else records / enterprises
    fillers = max(wanted - _RECORDS_WITHOUT_FILLERS, 0.02)
    variables = {
        "seed": seed,
        "inspections_ppm": round(fillers * _INSPECTION_SHARE * 1e6),
        "loans_ppm": round(fillers * (1 - _INSPECTION_SHARE) * 1e6),
        "charity_ppm": min(35_000, _CHARITY_ROWS_AT_MOST * 1_000_000 // enterprises),
        "dirty_ppm": round(dirty * 1e6),
        **word_lists(),
        **schedule.variables(),
    }
    for name, value in variables.items():
        connection.execute(f"set variable {name} = ?", [value])
    connection.execute(sql_of("macros"))
    _load_small_tables(connection, catalogue)
    return connection


def _load_small_tables(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    tables = {
        "county": (("county_code", "county_name"), list(COUNTY_NAMES.items())),
        "city": (("city_code", "city_name"), list(CITIES.items())),
        "unit": (
            ("unit_code", "unit_name", "office_name", "short_name"),
            [
                (unit["unit_code"], unit["unit_name"], *_office(unit["unit_name"]))
                for unit in catalogue.codebooks["units"]
            ],
        ),
        "conduct": (
            ("conduct_code", "conduct_name"),
            [
                (row["conduct_code"], row["conduct_name"])
                for row in catalogue.codebooks["conduct_codes"]
            ],
        ),
    }
    for name, (columns, rows) in tables.items():
        typed = ", ".join(f"{column} varchar" for column in columns)
        connection.execute(f"create temp table {name} ({typed})")
        places = ", ".join("?" for _ in columns)
        connection.executemany(f"insert into {name} values ({places})", rows)  # noqa: S608


def _office(unit_name: str) -> tuple[str, str]:
    """What the unit's office in a city is called, and its sign in document numbers."""
    plain = unit_name.removeprefix("省").removeprefix("浙江")
    return f"市{plain}", plain[:1]


def _text(column: str) -> str:
    return f"cast({column} as varchar)"


def _csv_line(columns: tuple[CatalogueField, ...], known: set[str]) -> str:
    """SQL of a row as a CSV line; free text is quoted always, other values never need it."""
    cells = []
    for field in columns:
        if field.name not in known:
            cells.append("''")
        elif field.type is FieldType.TEXT and (field.max_length or 0) >= 500:
            cells.append(f"""'"' || replace({_text(field.name)}, '"', '""') || '"'""")
        else:
            cells.append(_text(field.name))
    return "concat(" + ", ',', ".join(cells) + ")"


def _json_line(columns: tuple[CatalogueField, ...], known: set[str]) -> str:
    """SQL of a row as a JSON array of its cells as text."""
    cells = [_text(field.name) if field.name in known else "null" for field in columns]
    return f"cast(to_json([{', '.join(cells)}]) as varchar)"


_AGAIN = "roll('again', n, 1000)"
_AGAIN_DAY = "delivery_from(delivered_on + 1 + roll('again day', n, 9))"


def _delivered(item_code: str) -> str:
    """SQL of all rows of an item in the block, with version, operation and place in the file.

    1.8 % of records come again later: 0.6 % unchanged, 1 % as a change, 0.2 % withdrawn.
    """
    if item_code in WITHOUT_VERSIONS:
        return f"select *, n as position from {item_code}"  # noqa: S608
    return f"""
        select *, 1 as version, '新增' as operation, n * 2 as position from {item_code}
        union all by name
        select
            * replace ({_AGAIN_DAY} as delivered_on),
            if({_AGAIN} < 6, 1, 2) as version,
            case
                when {_AGAIN} < 6 then '新增' when {_AGAIN} < 16 then '变更' else '撤销'
            end as operation,
            n * 2 + 1 as position
        from {item_code}
        where {_AGAIN} < 18
    """  # noqa: S608


def _files_of(
    connection: duckdb.DuckDBPyConnection, item: Item, csv_units: tuple[str, ...]
) -> Iterator[FileBlock]:
    code = item.item_code
    connection.execute(f"create or replace temp table {code} as {sql_of(code)}")
    described = connection.execute(f"describe {code}").fetchall()
    known = {row[0] for row in described}
    if code not in WITHOUT_VERSIONS:
        known |= {"version", "operation"}
    columns = columns_of(item)
    json_line = _json_line(columns, known)
    units = ", ".join(f"'{unit}'" for unit in csv_units) or "''"
    rows = connection.execute(
        f"""
        select
            unit_code,
            delivered_on,
            string_agg(line, chr(10) order by position) || chr(10) as lines,
            count(*) as delivered_rows
        from (
            select
                unit_code,
                delivered_on,
                position,
                case
                    when roll('dirt {code}', position, 1000000) < getvariable('dirty_ppm')
                        then chr(1) || {json_line}
                    when unit_code in ({units}) then {_csv_line(columns, known)}
                    else {json_line}
                end as line
            from ({_delivered(code)})
            where delivered_on is not null
        )
        group by unit_code, delivered_on
        order by delivered_on, unit_code
        """  # noqa: S608  (item, column and unit names come from the catalogue)
    )
    while batch := rows.fetchmany(64):
        for unit_code, delivered_on, lines, count in batch:
            yield FileBlock(code, unit_code, delivered_on, lines, count)


def file_blocks(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    first: int,
    last: int,
) -> Iterator[FileBlock]:
    """All rows about the organisations ``first`` <= number < ``last``, file by file.

    The connection may not be used for anything else while the blocks are read.
    """
    connection.execute("set variable block_first = ?", [first])
    connection.execute("set variable block_last = ?", [last])
    connection.execute(sql_of("population"))
    for item_code in ITEM_ORDER:
        csv_units = tuple(
            agreement.unit_code
            for agreement in catalogue.agreements
            if agreement.item_code == item_code and agreement.format == "csv"
        )
        yield from _files_of(connection, catalogue.items[item_code], csv_units)
