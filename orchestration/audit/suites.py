"""What every table promises, as expectations of Great Expectations.

Three sources, none written twice: the dbt YAML gives the columns, keys, required values and code
lists of a published table; the catalogue gives the contract of a raw item; ``expectations/rules/``
gives what no schema can say, in readable SQL. An expectation is a plain dict in the form in which
Great Expectations stores it; its ``meta`` says what it means:

``rule``
    its name, unique within the table;
``clause``
    of the notice, of the regulation (Reg. Art. N), or section of the specification;
``severity``
    ``error`` refuses the release, ``warning`` is told;
``sentence``
    the promise in Chinese (``zh``) and English (``en``).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from orchestration.audit.items import item_expectations
from orchestration.catalogue import load_catalogue
from orchestration.catalogue.run_tables import RUN_TABLES
from orchestration.marts import MartTable, load_mart_tables
from orchestration.settings import PROJECT_FOLDER

Expectation = dict[str, Any]
Severity = Literal["error", "warning"]

PROJECT = PROJECT_FOLDER / "expectations"
RULES = PROJECT / "rules"

# Identifiers are derived from names: the same suite is the same file on every machine.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "expectations.credit-zhejiang")

# Great Expectations' own words for the severity.
_NATIVE = {"error": "critical", "warning": "warning"}


def identifier(*names: str) -> str:
    """The UUID that stands for a name in the GX project."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(names)))


def expectation(
    rule: str,
    clause: str,
    zh: str,
    en: str,
    kind: str,
    kwargs: Mapping[str, Any],
    severity: Severity = "error",
) -> Expectation:
    """One expectation with its meaning; the identifier comes with its table."""
    return {
        "type": kind,
        "kwargs": dict(kwargs),
        "severity": _NATIVE[severity],
        "meta": {
            "rule": rule,
            "clause": clause,
            "severity": severity,
            "sentence": {"zh": zh, "en": en},
        },
    }


def unexpected_rows(
    rule: str, clause: str, zh: str, en: str, query: str, severity: Severity = "error"
) -> Expectation:
    """An expectation that fails if ``query`` returns a row."""
    kwargs = {"unexpected_rows_query": query.strip()}
    return expectation(rule, clause, zh, en, "unexpected_rows_expectation", kwargs, severity)


@lru_cache(maxsize=1)
def published_tables() -> dict[str, MartTable]:
    """``schema.table`` to its declaration; a codebook, which both products carry, once."""
    return {f"{t.schema_name}.{t.name}": t for t in load_mart_tables()}


@lru_cache(maxsize=1)
def audited_columns() -> dict[str, dict[str, str]]:
    """Every table that must have a suite, ``schema.table``: its columns and their SQL types."""
    raw = {code: item.raw_columns for code, item in load_catalogue().items.items()}
    tables = {
        f"raw.{name}": {column.name: column.sql_type for column in columns}
        for name, columns in {**raw, **RUN_TABLES}.items()
    }
    for name, table in published_tables().items():
        tables[name] = {column.name: column.data_type for column in table.columns}
    return dict(sorted(tables.items()))


def build_suites() -> dict[str, list[Expectation]]:
    """Every suite by the name of its table, its expectations in reading order.

    Raises:
        ValueError: a rule names no table, or two rules of a table have one name.
    """
    rules = _rules()
    unknown = sorted(set(rules) - set(audited_columns()))
    if unknown:
        raise ValueError(f"expectations/rules: there is no table {unknown[0]}")
    suites: dict[str, list[Expectation]] = {}
    for name in audited_columns():
        found = [*_derived(name), *rules.get(name, [])]
        names = [one["meta"]["rule"] for one in found]
        twice = sorted({rule for rule in names if names.count(rule) > 1})
        if twice:
            raise ValueError(f"expectations/rules: {name} has two rules {twice[0]}")
        for one in found:
            one["id"] = identifier(name, one["meta"]["rule"])
        suites[name] = found
    return suites


def _derived(name: str) -> Iterable[Expectation]:
    schema, _, table = name.partition(".")
    if schema != "raw":
        return _published(published_tables()[name])
    item = load_catalogue().items.get(table)
    return item_expectations(item) if item is not None else []


def _published(table: MartTable) -> Iterable[Expectation]:
    """Columns, key, required values and code lists, as the dbt YAML declares them."""
    yield expectation(
        "columns",
        "interface, The home",
        "列名及其顺序与发布约定一致。",
        "The columns are those that are published, in their order.",
        "expect_table_columns_to_match_ordered_list",
        {"column_list": list(table.column_names)},
    )
    required = [column.name for column in table.columns if column.is_required]
    yield _key(table)
    if required:
        yield unexpected_rows(
            "required_values",
            _clause(table),
            f"必填列没有空值：{'、'.join(required)}。",
            f"No required value is missing: {', '.join(required)}.",
            "select 1 as missing from {batch}\nwhere "
            + "\n  or ".join(f"{column} is null" for column in required),
        )
    for column in table.columns:
        if column.accepted_values:
            yield expectation(
                f"{column.name}_is_known",
                _clause(table),
                f"{column.name} 只取规定的代码。",
                f"{column.name} is one of its codes.",
                "expect_column_values_to_be_in_set",
                {"column": column.name, "value_set": list(column.accepted_values)},
            )


def _clause(table: MartTable) -> str:
    """The clauses of the notice that a table carries out, the specification if it serves all."""
    clauses = table.meta.get("clause") or []
    return ", ".join(map(str, clauses)) or "marts"


def _key(table: MartTable) -> Expectation:
    zh = f"每行由 {'、'.join(table.key)} 唯一确定。"
    en = f"A row is identified by {', '.join(table.key)}."
    rule = ("key_is_unique", "marts 11", zh, en)
    if len(table.key) == 1:
        return expectation(*rule, "expect_column_values_to_be_unique", {"column": table.key[0]})
    # Not GX's own for compound columns: it joins each row with the count of its key, where counting
    # is enough. And a part of the key may be null: two nulls are the same city.
    columns = ", ".join(table.key)
    return unexpected_rows(
        *rule, f"select {columns} from {{batch}} group by {columns} having count(*) > 1"
    )


@lru_cache(maxsize=1)
def _rules() -> dict[str, list[Expectation]]:
    """The rules of ``expectations/rules/``, by ``schema.table``."""
    found: dict[str, list[Expectation]] = {}
    for path in sorted(RULES.glob("*.yml")):
        declared = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for table, rules in declared.items():
            found[f"{path.stem}.{table}"] = [_rule(path, table, rule) for rule in rules]
    return found


def _rule(path: Path, table: str, rule: dict[str, Any]) -> Expectation:
    known = {"rule", "clause", "severity", "zh", "en", "columns"}
    forms = set(rule) - known
    missing = {"rule", "clause", "zh", "en"} - set(rule)
    if missing or len(forms) != 1 or not forms <= {"unexpected_rows", "same_as", "expectation"}:
        raise ValueError(
            f"{path.name}: a rule of {table} needs rule, clause, zh, en and exactly one of"
            f" unexpected_rows, same_as, expectation; it has {sorted(rule)}"
        )
    meaning = (rule["rule"], str(rule["clause"]), rule["zh"].strip(), rule["en"].strip())
    severity: Severity = rule.get("severity", "error")
    if "expectation" in rule:
        native = rule["expectation"]
        return expectation(*meaning, native["type"], native["kwargs"], severity)
    query = rule.get("unexpected_rows") or _difference(rule["columns"], rule["same_as"])
    return unexpected_rows(*meaning, query, severity)


def _difference(columns: str, expected: str) -> str:
    """The rows that the table and the expected query do not give equally often.

    Counted in one pass: ``except all`` numbers the equal rows of both sides, once for each side.
    """
    indented = "\n".join(f"    {line}" for line in expected.strip().splitlines())
    return (
        f"with expected as (\n{indented}\n),\n"
        f"both_sides as (\n    select {columns}, 1 as found from {{batch}}\n"
        f"    union all\n    select {columns}, -1 as found from expected\n)\n"
        f"select {columns} from both_sides group by {columns} having sum(found) <> 0"
    )
