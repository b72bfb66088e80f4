"""Landing zones of small deliveries, and what a home made of them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from contract_rig import PERSON_KEY

from orchestration.catalogue import Catalogue, load_catalogue
from orchestration.ingest.ingest import IngestReport, ingest
from orchestration.ingest.ledger import Ledger
from orchestration.ingest.plan import BuildPlan, plan
from orchestration.ingest.raw import raw_folder
from orchestration.settings import Settings

LATEST = date(2020, 12, 31)
SETTINGS = Settings(person_key=PERSON_KEY, threads=1)  # type: ignore[arg-type]

Row = Mapping[str, str | None]


def csv_bytes(item_code: str, rows: Sequence[Row], encoding: str = "utf-8") -> bytes:
    """Rows by field name as a delivery of the item: all its headers that any row has."""
    headers = {field.name: header for header, field in catalogue().items[item_code].headers.items()}
    required = [field.name for field in catalogue().items[item_code].fields if field.required]
    names = list(dict.fromkeys([*required, *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([headers[name] for name in names])
    writer.writerows([[row.get(name) or "" for name in names] for row in rows])
    return text.getvalue().encode(encoding)


def catalogue() -> Catalogue:
    """The catalogue of the project."""
    return load_catalogue()


def deliver(
    landing: Path,
    day: str,
    unit_code: str,
    file_name: str,
    content: bytes,
    control: Mapping[str, Any] | None = None,
) -> Path:
    """Put one file into a landing zone."""
    path = landing / day / unit_code / file_name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if control is not None:
        path.with_name(file_name + ".control.json").write_text(json.dumps(control))
    return path


def run(landing: Path, home: Path, as_of: date = LATEST) -> IngestReport:
    """Ingest what is new."""
    return ingest(landing, home, SETTINGS, catalogue(), as_of)


def planned(home: Path, as_of: date = LATEST) -> BuildPlan:
    """The plan of a build."""
    return plan(home, as_of, catalogue(), SETTINGS.parameters)


def raw_content(build_plan: BuildPlan) -> dict[str, str]:
    """A digest of the raw rows of every item that the plan reads, whatever their order."""
    zone = raw_folder(build_plan.home)
    found: dict[str, list[str]] = {}
    with duckdb.connect() as connection:
        for file in build_plan.taken:
            for path in (file.loaded, file.quarantined):
                if path is not None:
                    rows = connection.execute(
                        "select to_json(rows) from read_parquet($1) as rows", [str(zone / path)]
                    ).fetchall()
                    found.setdefault(str(file.item_code), []).extend(row for (row,) in rows)
    return {
        item: hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()
        for item, rows in found.items()
    }


def fate_of(build_plan: BuildPlan) -> dict[str, str | None]:
    """The fault of every file of the plan, None where it was taken."""
    return {file.source_file: file.fault for file in build_plan.files}


def outcome(home: Path) -> dict[str, Any]:
    """All that a build and the units are given, apart from times; nothing else may lie about."""
    plan = planned(home)
    entries = Ledger.of(home).entries.values()
    named = {path for entry in entries for path in (entry.loaded, entry.quarantined) if path}
    zone = home / "raw"
    assert {p.relative_to(zone).as_posix() for p in zone.glob("items/**/*.parquet*")} == named
    assert {p.name for p in zone.iterdir()} <= {
        "items",
        "ledger.jsonl",
        "person_key.json",
        "shares",
    }
    assert list(zone.glob("shares/*")) == []
    return {
        "ledger": sorted(replace(entry, status=None).to_json() for entry in entries),
        "digests": (plan.input_digest, plan.state_digest),
        "rows": raw_content(plan),
        "feedback": {
            path.relative_to(home).as_posix(): path.read_bytes()
            for path in (home / "feedback").rglob("*")
            if path.is_file()
        },
    }
