"""What a release says about a subject or record: each statement with its rule and its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from orchestration.explain.evidence import RecordVersion
from orchestration.explain.wording import bilingual
from orchestration.marts import MartTable, load_mart_tables
from orchestration.publish.digest import quoted
from orchestration.publish.products import literals

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# A statement without a record_id rests on its subject's records of these items.
_ITEMS_BEHIND = {
    "subjects": ("enterprise_register", "enterprise_scale"),
    "red_list": ("commendation",),
    "red_list_exclusions": ("commendation", "severe_dishonesty_determination"),
    "enterprise_evaluation": ("enterprise_register",),
    "evaluation_contributions": (),
    "financing_support_candidates": ("key_enterprise", "enterprise_scale"),
}

# The sums of an evaluation that stand on a row without a record_id, and the items they sum.
_ITEMS_SUMMED = {
    "E01": ("charity_donation", "direct_donation"),
    "E02": ("volunteer_service",),
    "E03": ("commendation",),
}

# The clause behind a positive record of each kind; the table serves both.
_CLAUSE_OF_KIND = {
    "charity_donation": 4,
    "direct_donation": 4,
    "volunteer_service": 4,
    "commendation": 5,
    "administrative_award": 5,
}

# Accounts of the loading, not statements about anyone.
_PROVENANCE_TABLES = frozenset({"record_disposition", "quarantined_rows", "ingested_files"})


def statement_tables() -> list[MartTable]:
    """The tables whose rows are statements about a subject or a record."""
    return [
        table
        for table in load_mart_tables()
        if table.name not in _PROVENANCE_TABLES
        and {"subject_id", "record_id"} & set(table.column_names)
    ]


def statements(
    connection: DuckDBPyConnection, identifier: str, kind: str, versions: Sequence[RecordVersion]
) -> list[dict[str, Any]]:
    """Every published row about the subject or record, with the rows of files behind it.

    For a record these are also the statements about its subject that rest on it.
    """
    standing = [version for version in versions if version.stands]
    used = [version for version in standing if version.disposition == "used"]
    found = []
    for table in statement_tables():
        if kind == "subject":
            conditions = _subject_conditions(table, identifier, used)
        else:
            conditions = _record_conditions(table, identifier, used)
        for column, wanted in conditions.items():
            for values in rows_where(connection, table, column, wanted):
                found.append(_statement(table, values, standing))
    _add_contributed(found, standing)
    return found


def _subject_conditions(
    table: MartTable, identifier: str, used: Sequence[RecordVersion]
) -> dict[str, str | list[str]]:
    if "subject_id" in table.column_names:
        return {"subject_id": identifier}
    return {"record_id": [version.record_id for version in used]} if used else {}


def _record_conditions(
    table: MartTable, identifier: str, used: Sequence[RecordVersion]
) -> dict[str, str | list[str]]:
    names = set(table.column_names)
    if "record_id" in names:
        return {
            column: identifier for column in ("record_id", "target_record_id") if column in names
        }
    behind = [
        version.subject_id
        for version in used
        if version.item_code in _ITEMS_BEHIND.get(table.name, ()) and version.subject_id
    ]
    return {"subject_id": sorted(set(behind))} if behind else {}


def rows_where(
    connection: DuckDBPyConnection, table: MartTable, column: str, wanted: str | list[str]
) -> list[dict[str, Any]]:
    """The rows of a published table in which ``column`` has one of the wanted values."""
    values = [wanted] if isinstance(wanted, str) else wanted
    cursor = connection.execute(
        f"select * from {table.product}.{table.relation}"
        f" where {quoted(column)} in {literals(values)} order by all nulls first"
    )
    names = [description[0] for description in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _statement(
    table: MartTable, values: dict[str, Any], standing: Sequence[RecordVersion]
) -> dict[str, Any]:
    clauses = clauses_of(table, values)
    return {
        "table": table.label,
        "values": values,
        "clause": clauses[0] if clauses else None,
        "clauses": clauses,
        "article": table.meta.get("article"),
        "rule": rule_in_words(table.meta) or table.description,
        "column_rules": {
            column.name: rule
            for column in table.columns
            if (rule := rule_in_words(column.meta)) and values.get(column.name) is not None
        },
        "sources": [version.as_source() for version in _behind(table, values, standing)],
    }


def clauses_of(table: MartTable, values: Mapping[str, Any]) -> list[int]:
    """The clauses of the notice behind a row: its own if it has one, else its table's."""
    if isinstance(values.get("clause"), int):
        return [values["clause"]]
    if table.name == "positive_records" and values.get("kind") in _CLAUSE_OF_KIND:
        return [_CLAUSE_OF_KIND[values["kind"]]]
    return list(table.meta.get("clause") or ())


def rule_in_words(meta: Mapping[str, Any]) -> str | None:
    """A rule in both languages, from the YAML beside the model."""
    rule = meta.get("rule")
    return bilingual((rule["zh"], rule["en"])) if rule else None


def _behind(
    table: MartTable, values: Mapping[str, Any], standing: Sequence[RecordVersion]
) -> list[RecordVersion]:
    record_ids = {values.get("record_id"), values.get("target_record_id")} - {None}
    if record_ids:
        return [version for version in standing if version.record_id in record_ids]
    items = _ITEMS_SUMMED.get(str(values.get("indicator_code"))) or _ITEMS_BEHIND.get(table.name)
    own = [
        version
        for version in standing
        if version.subject_id == values.get("subject_id") and version.subject_id is not None
    ]
    found = [
        version
        for version in own
        if version.disposition == "used" and version.item_code in (items or ())
    ]
    # Who is not in the register is a subject because of the records that name it.
    return found if found or table.name != "subjects" else own


def _add_contributed(found: list[dict[str, Any]], standing: Sequence[RecordVersion]) -> None:
    """An evaluation also rests on every record that its contributions name."""
    contributed = {
        statement["values"]["record_id"]
        for statement in found
        if statement["table"] == "gov.evaluation_contributions"
    } - {None}
    for statement in found:
        if statement["table"] == "gov.enterprise_evaluation":
            statement["sources"] += [
                version.as_source() for version in standing if version.record_id in contributed
            ]
