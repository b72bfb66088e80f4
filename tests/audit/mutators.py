"""Changes to a valid build, each of which one expectation must refuse.

A mutation is SQL over a copy of the build. Those of the rules are written down (mutations.yml);
those of what follows from a schema - columns, keys, required values, code lists, contracts,
tables that re-derive - are made here from the expectation itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from orchestration.audit.project import stored_suites
from orchestration.audit.suites import audited_columns
from orchestration.catalogue import load_catalogue
from orchestration.catalogue.model import CatalogueField, FieldType, Item, NotBefore, Sensitivity

FOLDER = Path(__file__).parent
# The sample number of GB 11643-1999; nobody's.
IDENTITY_NUMBER = "11010519491231002X"

Mutation = tuple[str, str, str]  # schema.table, rule, SQL


def all_mutations() -> list[Mutation]:
    """Every mutation of every stored expectation, in the order of the suites."""
    written = yaml.safe_load((FOLDER / "mutations.yml").read_text(encoding="utf-8"))
    found: list[Mutation] = []
    for table, expectations in stored_suites().items():
        for one in expectations:
            rule = one["meta"]["rule"]
            given = written.get(table, {}).get(rule)
            statements = (
                [spelled_out(table, line) for line in given] if given else derived(table, one)
            )
            found += [(table, rule, statement) for statement in statements]
    return found


def unknown_entries() -> list[str]:
    """Entries of mutations.yml that are of no expectation."""
    known = {(t, one["meta"]["rule"]) for t, suite in stored_suites().items() for one in suite}
    written = yaml.safe_load((FOLDER / "mutations.yml").read_text(encoding="utf-8"))
    return [
        f"{t}: {rule}" for t, rules in written.items() for rule in rules if (t, rule) not in known
    ]


def spelled_out(table: str, line: str) -> str:
    """The shorthand of mutations.yml as SQL that changes one row."""
    verb, _, rest = line.partition(" ")
    if verb not in {"set", "delete", "duplicate"} or rest.startswith("from "):
        return line
    condition = re.search(r"(?:^|\s)where (.*)$", rest)
    change = rest[: condition.start()] if condition else rest
    where = condition.group(1) if condition else "true"
    row = f"rowid = (select min(rowid) from {table} where {where})"
    if verb == "set":
        return f"update {table} set {change} where {row}"
    if verb == "delete":
        return f"delete from {table} where {row}"
    return f"insert into {table} select * from {table} where {row}"


def derived(table: str, one: dict[str, Any]) -> list[str]:
    """Mutations of an expectation that a schema, the catalogue or a re-derivation gave."""
    rule, kwargs = one["meta"]["rule"], one["kwargs"]
    match one["type"], rule:
        case "expect_table_columns_to_match_ordered_list", _:
            last = kwargs["column_list"][-1]
            return [
                f"alter table {table} rename column {last} to stray",
                f"alter table {table} add column stray varchar",
                f"alter table {table} drop column {last}",
            ]
        case _, "key_is_unique":
            return [spelled_out(table, "duplicate")]
        case "expect_column_values_to_be_in_set", _:
            column = kwargs["column"]
            return [spelled_out(table, f"set {column} = 'no such code'")]
        case _, "required_values":
            columns = re.findall(r"(\w+) is null", kwargs["unexpected_rows_query"])
            return [spelled_out(table, f"set {column} = null") for column in columns]
        case _, "every_loaded_row_once":
            return [
                spelled_out(table, "delete"),
                spelled_out(table, "duplicate"),
                spelled_out(table, "set source_row = -1, source_file = 'x'"),
            ]
        case _, "no_identity_number":
            query = kwargs["unexpected_rows_query"]
            columns = re.findall(r"\w+", query.partition("concat_ws(' ', ")[2])
            value = f"'号码：{IDENTITY_NUMBER}。'"
            return [spelled_out(table, f"set {column} = {value}") for column in columns]
        case _, "values_keep_the_contract":
            item = load_catalogue().items[table.partition(".")[2]]
            return [spelled_out(table, f"set {change}") for change in broken_contracts(item)]
        case _:
            query = kwargs.get("unexpected_rows_query", "")
            return list(changed_tables(table, query))


def changed_tables(table: str, query: str) -> Iterator[str]:
    """A table that re-derives (same_as): a row too few, one too many, each column changed."""
    compared = re.search(r"select (.*), 1 as found from \{batch\}$", query, re.MULTILINE)
    if compared is None:
        return
    yield spelled_out(table, "delete")
    yield spelled_out(table, "duplicate")
    types = audited_columns()[table]
    for column in compared.group(1).split(", "):
        yield spelled_out(table, f"set {column} = {another(column, types[column])}")


def another(column: str, sql_type: str) -> str:
    """SQL for another value of a column."""
    kind = sql_type.upper().partition("(")[0]
    match kind:
        case "VARCHAR":
            return f"coalesce({column}, '') || 'x'"
        case "BOOLEAN":
            return f"not {column}"
        case "DATE":
            return f"coalesce({column} + 1, date '2020-02-02')"
        case "TIMESTAMP":
            return f"{column} + interval 1 second"
        case "DECIMAL":
            # A rate may stand at its maximum.
            return f"case when {column} > 0 then {column} / 2 else 0.5 end"
        case _:
            return f"coalesce({column}, 0) + 1"


def broken_contracts(item: Item) -> Iterator[str]:
    """Assignments, each of which breaks the contract of an item."""
    yield "item_code = 'x'"
    yield "unit_code = 'nobody'"
    yield "delivery_date = date '2099-01-01'"
    yield "record_id = 'x' || record_id"
    yield "sha256 = 'x'"
    if item.is_versioned:
        yield "version = 0"
        yield "operation = '删除'"
    for field in item.stored_fields:
        yield from broken_values(field)
    if item.person_when is not None and item.person_when.in_ is not None:
        for field in item.stored_fields:
            if field.type is FieldType.PARTY_NAME:
                kind = item.person_when.looks_at
                yield f"{field.name} = '王小明', {kind} = '{item.person_when.in_[0]}'"
    if item.has_identity:
        yield f"person_key = '{IDENTITY_NUMBER}'"
    for rule in item.rules:
        if isinstance(rule, NotBefore):
            yield f"{rule.field} = {rule.other} - interval 1 day where {rule.other} is not null"


def broken_values(field: CatalogueField) -> Iterator[str]:
    """Assignments that put a value outside the contract of one field."""
    name = field.name
    match field.type:
        case FieldType.USCC:
            yield f"{name} = '91330100MA27XA0000'"
            yield f"{name} = '9133'"
        case FieldType.ORG_CODE:
            yield f"{name} = '12345'"
            yield f"{name} = '1234567-8'"
        case FieldType.CODE:
            yield f"{name} = 'no such code'"
        case FieldType.CODE_LIST:
            yield f"{name} = '警告;别的'"
        case FieldType.PERSON_NAME:
            yield f"{name} = '王小明'"
        case _:
            pass
    if field.max_length is not None and field.sensitivity is not Sensitivity.PERSON_NAME:
        yield f"{name} = repeat('长', {field.max_length + 1})"
    if field.past:
        yield f"{name} = delivery_date + interval 1 day"
    if field.minimum is not None:
        yield f"{name} = {field.minimum - 1}"
    if field.maximum is not None:
        yield f"{name} = {field.maximum + 1}"
    if field.above is not None:
        yield f"{name} = {field.above}"


def listing() -> str:
    """Every mutation as one line, for people and for the comparison with the committed list."""
    lines = [
        "# Every expectation and the changes to a valid build that it is shown to refuse.",
        "# Written by `python -m tests.audit.mutators`.",
    ]
    before = ""
    for table, rule, statement in all_mutations():
        if f"{table}: {rule}" != before:
            before = f"{table}: {rule}"
            lines += ["", before]
        lines.append("    " + " ".join(statement.split()))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (FOLDER / "mutations.txt").write_text(listing(), encoding="utf-8")
