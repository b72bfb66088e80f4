"""The limit: the deliveries as UTF-8, DuckDB's reader, the compiled SQL of the marts.

`write_plain` prepares, unmeasured, from a home that was run: one UTF-8 CSV per delivered file with
the columns that were delivered, canonical already, and the statements that dbt ran. `run_plain` is
what is measured: one process, one DuckDB file, no check of a value, no test, no audit, no
publication. What cannot be had from a CSV without our key (keys of persons and donors) stands in
it; what the marts' SQL needs besides (record_id, content_digest, provenance) is computed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import duckdb

from orchestration.catalogue import Item, load_catalogue
from orchestration.home import Home
from orchestration.ingest.ledger import Ledger, planned_files
from orchestration.ingest.values import sql_text
from orchestration.marts import DBT_FOLDER

QUIET = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
# What prepare_database knows from the ledger; a plain warehouse would have been told.
TOLD = ("ingested_files", "quarantined_rows", "run_parameters")


def _delivered(item: Item) -> list[tuple[str, str]]:
    """The columns of an item's plain CSV and their types."""
    computed = {
        "item_code", "unit_code", "record_id", "delivery_date", "source_file", "file_name",
        "source_row", "sha256", "is_code_repaired", "content_digest", "enterprise_name_cleaned",
    }  # fmt: skip
    if not item.is_versioned:
        computed |= {"version", "operation"}
    return [(c.name, c.sql_type) for c in item.raw_columns if c.name not in computed]


def write_plain(home: Home, out: Path) -> None:
    """Prepare ``run_plain`` from a home whose last run built, into ``out``."""
    catalogue = load_catalogue()
    out.mkdir(parents=True)
    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        as_of = connection.execute("select as_of_date from raw.run_parameters").fetchall()[0][0]
        for name in TOLD:
            connection.execute(
                f"copy (from raw.{name}) to {sql_text(str(out / name))} (format parquet)"
            )
        files = planned_files(Ledger.of(home.folder).entries.values(), as_of)
        for file in files:
            if file.fault is not None or file.loaded is None or file.item_code is None:
                continue
            folder = out / "landing" / str(file.delivery_date) / str(file.unit_code)
            folder.mkdir(parents=True, exist_ok=True)
            columns = ", ".join(n for n, _ in _delivered(catalogue.items[file.item_code]))
            stem = f"{file.item_code}__{Path(file.loaded).stem[-24:]}.csv"
            connection.execute(
                f"copy (select {columns} from read_parquet({sql_text(str(home.raw / file.loaded))})"
                f" order by source_row) to {sql_text(str(folder / stem))} (format csv, header)"
            )
    (out / "statements.json").write_text(json.dumps(_statements(home)), encoding="utf-8")


def _statements(home: Home) -> list[dict[str, str]]:
    """What dbt ran, in an order that its references allow: seeds, then models."""
    manifest = json.loads((home.work / "dbt" / "manifest.json").read_bytes())
    nodes = {k: n for k, n in manifest["nodes"].items() if n["resource_type"] in ("model", "seed")}
    ordered: list[dict[str, str]] = []
    done: set[str] = set()

    def add(key: str) -> None:
        if key in done or key not in nodes:
            return
        done.add(key)
        node = nodes[key]
        for parent in node["depends_on"].get("nodes", []):
            add(parent)
        relation = f'"{node["schema"]}"."{node["alias"]}"'
        if node["resource_type"] == "seed":
            path = DBT_FOLDER / node["original_file_path"]
            types = json.dumps(node["config"]["column_types"], ensure_ascii=False)
            typed = types.replace('"', "'")
            text = f"select * from read_csv({sql_text(str(path))}, header = true, types = {typed})"
            ordered.append({"relation": relation, "kind": "table", "sql": text})
        else:
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            compiled = home.work / "dbt" / "compiled" / node["package_name"]
            sql = (compiled / node["original_file_path"]).read_text(encoding="utf-8")
            ordered.append({"relation": relation, "kind": kind, "sql": sql})

    for key in sorted(nodes, key=lambda one: (nodes[one]["resource_type"] == "model", one)):
        add(key)
    return ordered


def read_item(item: Item, landing: Path) -> str:
    """SQL that reads all plain CSV files of an item into its raw columns."""
    delivered = _delivered(item)
    types = ", ".join(f"{sql_text(name)}: {sql_text(sql_type)}" for name, sql_type in delivered)
    given = {name for name, _ in delivered}
    paths = sorted(str(path) for path in landing.glob(f"*/*/{item.item_code}__*.csv"))
    if not paths:
        columns = ", ".join(f"cast(null as {c.sql_type}) as {c.name}" for c in item.raw_columns)
        return f"select {columns} where false"
    below = f"substr(filename, {len(str(landing)) + 2})"
    content = [n for n in (item.content or [c.name for c in item.raw_columns]) if n in given]
    key = " || '|' || ".join(f"cast({name} as varchar)" for name in item.key)
    unit = f"split_part({below}, '/', 2)"
    computed = {
        "item_code": sql_text(item.item_code),
        "unit_code": unit,
        "record_id": f"{sql_text(item.item_code + ':')} || {unit} || ':' || {key}",
        "delivery_date": f"cast(split_part({below}, '/', 1) as date)",
        "source_file": below,
        "file_name": f"split_part({below}, '/', 3)",
        # The reader knows no line numbers; a window over the files costs less than reading them.
        "source_row": "row_number() over (partition by filename)",
        "sha256": "right(filename, 64)",
        "is_code_repaired": "false",
        "content_digest": f"md5(concat_ws('|', {', '.join(content)}))",
        "enterprise_name_cleaned": "enterprise_name",
    }
    columns = ", ".join(
        f"cast({c.name if c.name in given else computed.get(c.name, 'null')} as {c.sql_type})"
        f" as {c.name}"
        for c in item.raw_columns
    )
    listed = ", ".join(map(sql_text, paths))
    return (
        f"select {columns} from read_csv([{listed}], auto_detect = false, header = true,"
        f" delim = ',', quote = '\"', escape = '\"', columns = {{{types}}}, filename = true)"
    )


def run_plain(folder: Path, database: Path) -> dict[str, Any]:
    """Read and build; ``folder`` is of ``write_plain``, ``database`` the file to write anew."""
    for path in (database, database.with_name(database.name + ".wal")):
        path.unlink(missing_ok=True)
    statements = json.loads((folder / "statements.json").read_text(encoding="utf-8"))
    began = os.times()
    with duckdb.connect(str(database), config=QUIET) as connection:
        connection.execute("create schema raw")
        for name in TOLD:
            source = sql_text(str(folder / name))
            connection.execute(f"create table raw.{name} as from read_parquet({source})")
        for item_code, item in load_catalogue().items.items():
            select = read_item(item, folder / "landing")
            connection.execute(f"create table raw.{item_code} as {select}")
        read = os.times()
        for one in statements:
            schema = one["relation"].partition(".")[0]
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(f"create {one['kind']} {one['relation']} as\n{one['sql']}")
        done = os.times()
        (rows,) = connection.execute("select count(*) from marts.record_disposition").fetchall()[0]
    return {
        "rows": rows,
        "steps": {
            "read": {"wall": read.elapsed - began.elapsed, "cpu": _cpu(read) - _cpu(began)},
            "build": {"wall": done.elapsed - read.elapsed, "cpu": _cpu(done) - _cpu(read)},
        },
    }


def _cpu(times: os.times_result) -> float:
    return times.user + times.system


def read_one(item: Item, source: Path, parquet: Path) -> int:
    """One UTF-8 CSV under the item's own headers into typed Parquet; its rows."""
    columns = ", ".join(
        f"{sql_text(field.header)}: {sql_text(field.sql_type)}" for field in item.headers.values()
    )
    with duckdb.connect(config=QUIET) as connection:
        (rows,) = connection.execute(
            f"copy (from read_csv({sql_text(str(source))}, auto_detect = false, header = true,"
            f" delim = ',', quote = '\"', escape = '\"', columns = {{{columns}}}))"
            f" to {sql_text(str(parquet))} (format parquet, compression zstd, compression_level 1)"
        ).fetchall()[0]
    return int(rows)
