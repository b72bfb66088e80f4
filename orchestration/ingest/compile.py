"""The contract of an item, compiled into DuckDB SQL (catalogue section 2).

Two layers, as the catalogue has them: per field a value (``v_<field>``) and a fault
(``q_<field>``, and ``f_<field>`` for a date in the future, which can stand beside another), then
the rules over several fields, which only look at fields that are valid or missing. The statement
reads a delivered text table and the table of its files, and gives the *judged* rows: typed values,
the list of faults, and the fate of each row: loaded, quarantined or dropped.

Names and words in the SQL come from the catalogue; a delivered value is only ever data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestration.catalogue.load import Catalogue
from orchestration.catalogue.model import TEXT_TYPES, CatalogueField, FieldType, Item, Sensitivity
from orchestration.ingest.fields import FieldSql, field_sql
from orchestration.ingest.hooks import COMMON_DERIVED, HOOKS, Hook
from orchestration.ingest.rules import RuleSql, condition_sql, rule_sql
from orchestration.ingest.values import sql_text
from orchestration.ingest.vectors import NO_FACTS, TextFacts

_NO_HOOK = Hook()
_RELATION = "<relation>"


@dataclass(frozen=True)
class Contract:
    """The compiled contract of an item, for a delivered table with certain fields.

    ``loaded_sql`` selects the loaded rows of ``judged`` in the item's raw columns, after
    file_number; ``quarantined_sql`` those set aside: file_number, source_file, source_row, codes
    and faults.
    """

    item: Item
    judgement: str
    loaded_sql: str
    quarantined_sql: str

    def judge_sql(self, relation: str) -> str:
        """The statement that makes the temporary table ``judged``.

        It reads ``batch_files`` (file_number, unit_code, delivery_date, source_file, file_name,
        sha256) and ``relation``: file_number, and what ``DeliveredTable`` says.
        """
        return self.judgement.replace(_RELATION, relation)


def _layer(name: str, source: str, columns: Mapping[str, str]) -> str:
    listed = "".join(f",\n        {sql} as {column}" for column, sql in columns.items())
    return f"{name} as (\n    select\n        *{listed}\n    from {source}\n)"


def _layers(steps: Iterable[tuple[str, Mapping[str, str]]], source: str) -> tuple[list[str], str]:
    """The steps as common table expressions, each over the one before; empty ones left out."""
    parts = []
    for name, columns in steps:
        if columns:
            parts.append(_layer(name, source, columns))
            source = name
    return parts, source


def _fault_struct(code: str, field: str, value: str) -> str:
    return f"{{'code': {code}, 'field': {sql_text(field)}, 'value': {value}}}"


def _faults(fields: Mapping[str, FieldSql], rules: list[RuleSql]) -> str:
    """SQL for a row's list of faults, null where it has none; a row fault stands alone."""
    entries = []
    codes = []
    for name, sql in fields.items():
        for code in [f"q_{name}"] + ([f"f_{name}"] if sql.future else []):
            codes.append(code)
            entries.append(_fault_struct(code, name, sql.quoted))
    for number, rule in enumerate(rules):
        codes.append(f"rule_{number}")
        entries.append(_fault_struct(f"rule_{number}", rule.field, "cast(null as varchar)"))
    row_fault = (
        "{'code': row_fault, 'field': cast(null as varchar), 'value': cast(null as varchar)}"
    )
    listed = ",\n                ".join(entries)
    return f"""
        case
            when row_fault is not null then [{row_fault}]
            when coalesce({", ".join(codes)}) is not null then list_filter(
                [
                {listed}
                ],
                lambda fault: fault.code is not null
            )
        end
    """


def _judge_sql(
    item: Item, catalogue: Catalogue, present: frozenset[str], hook: Hook, facts: TextFacts
) -> str:
    fields = {
        field.name: field_sql(item, field, catalogue, facts)
        for field in (*item.fields, *item.version_fields)
        if field.sensitivity is not Sensitivity.NEVER_STORED
    }
    rules = [rule_sql(rule, item) for rule in item.rules]
    overrides = [rule for rule in rules if rule.replaces]
    judged_rules = [rule for rule in rules if not rule.replaces]
    absent = {name: "cast(null as varchar)" for name in fields if name not in present}
    depth = max(len(sql.steps) for sql in fields.values())
    steps: list[tuple[str, Mapping[str, str]]] = [
        ("complete", absent),
        ("normal", {f"n_{name}": sql.normal for name, sql in fields.items()}),
        ("trimmed", {f"s_{name}": sql.trimmed for name, sql in fields.items()}),
        ("cleaned", {f"t_{name}": f"null_token(s_{name})" for name in fields}),
    ]
    for number in range(depth):
        step: dict[str, str] = {}
        for sql in fields.values():
            if number < len(sql.steps):
                step |= sql.steps[number]
        steps.append((f"parsed_{number + 1}", step))
    typed: dict[str, str] = {}
    for name, sql in fields.items():
        typed |= {f"v_{name}": sql.value, f"q_{name}": sql.fault}
        if sql.future:
            typed[f"f_{name}"] = sql.future
    steps.append(("typed", typed))
    parts, source = _layers(steps, "delivered")
    for rule in overrides:
        replaced = ", ".join(f"{sql} as {column}" for column, sql in rule.replaces.items())
        name = f"{source}_coded"
        parts.append(f"{name} as (\n    select * replace ({replaced})\n    from {source}\n)")
        source = name
    ruled = {f"rule_{number}": rule.fault for number, rule in enumerate(judged_rules)}
    more, source = _layers(
        [
            ("ruled", ruled | hook.typed),
            ("faulted", {"faults": _faults(fields, judged_rules)}),
        ],
        source,
    )
    drops = f"when {hook.drops} then 'dropped'" if hook.drops else ""
    repaired = " or ".join(
        f"coalesce(v_{field.name} <> u_{field.name}, false)"
        for field in item.fields
        if field.type is FieldType.USCC
    )
    kept = [f"v_{name}" for name in fields] + list(hook.typed)
    return f"""
create or replace temp table judged as
with
delivered as (
    select rows.*, files.delivery_date
    from {_RELATION} as rows
    inner join batch_files as files on rows.file_number = files.file_number
),
{",".join(chr(10) + part for part in parts + more)}
select
    file_number, source_row,
    case
        when row_fault is not null then 'quarantined'
        {drops}
        when faults is not null then 'quarantined'
        else 'loaded'
    end as fate,
    faults,
    {repaired or "false"} as is_code_repaired,
    {", ".join(kept)}
from {source}
"""


def _stored(item: Item, hook: Hook) -> dict[str, str]:
    """What is stored of every field: the typed value, unless it says too much of a person."""
    person = condition_sql(item.person_when, item) if item.person_when else "true"
    stored = {}
    for field in item.stored_fields:
        value = f"v_{field.name}"
        masked = f"mask_name(clean_name({value}))"
        if field.name in hook.stored:
            stored[field.name] = hook.stored[field.name]
        elif field.type is FieldType.PERSON_NAME:
            stored[field.name] = masked
        elif field.type is FieldType.PARTY_NAME:
            stored[field.name] = f"case when {person} then {masked} else {value} end"
        elif field.name == "id_kind" and item.person_when and item.person_when.absent:
            # A subject with a code is no natural person: its identity is not stored at all.
            stored[field.name] = f"case when {person} then {value} end"
        else:
            stored[field.name] = value
    return stored


def _person_key(item: Item) -> dict[str, str]:
    if not item.has_identity:
        return {}
    (number,) = (f.name for f in item.fields if f.type is FieldType.IDENTITY_NUMBER)
    person = condition_sql(item.person_when, item) if item.person_when else "true"
    return {
        "person_key": f"case when {person} then "
        f"'P-' || keyed_digest(v_id_kind || ':' || v_{number}) end"
    }


def _digested(field: CatalogueField | None, column: str) -> str:
    """SQL for one part of a content digest; texts carry their length, so no two look alike."""
    if field is None or field.type in TEXT_TYPES:
        return f"strlen({column}), ':', {column}"
    return column


def _content_digest(item: Item) -> str:
    """MD5 over the content. One n-ary concat, which takes null as empty: a text never is."""
    fields = {field.name: field for field in item.stored_fields}
    names = item.content or (
        *fields,
        *(["person_key"] if item.has_identity else []),
        *(["operation"] if item.is_versioned else []),
    )
    parts = [
        _digested(fields.get(name), f"s_{name}" if name in fields else _unfielded(name))
        for name in names
    ]
    return "md5(concat(" + ", '|', ".join(parts) + "))"


def _unfielded(name: str) -> str:
    return f"v_{name}" if name in {"version", "operation"} else name


def _cleaned(sql: str, facts: TextFacts) -> str:
    """An expression, with the names cleaned as little as their column needs."""
    for name in facts.bracketed:
        sql = sql.replace(f"clean_name(v_{name})", f"ascii_brackets(v_{name})")
    return sql


def _loaded_sql(item: Item, hook: Hook, facts: TextFacts) -> str:
    stored = _stored(item, hook)
    derived = COMMON_DERIVED | hook.derived
    parts, source = _layers(
        [
            ("keyed", _person_key(item)),
            ("derived", {name: _cleaned(derived[name], facts) for name in item.derived}),
            ("stored", {f"s_{name}": sql for name, sql in stored.items()}),
        ],
        "loaded",
    )
    key = " || '|' || ".join(
        f"cast({f's_{name}' if name in stored else name} as varchar)" for name in item.key
    )
    provenance = {
        "item_code": sql_text(item.item_code),
        "record_id": f"{sql_text(item.item_code + ':')} || files.unit_code || ':' || {key}",
        "version": "v_version" if item.is_versioned else "cast(null as bigint)",
        "operation": "v_operation" if item.is_versioned else "cast(null as varchar)",
        "content_digest": _content_digest(item),
        **{name: f"files.{name}" for name in _FILE_COLUMNS},
    }
    columns = []
    for column in item.raw_columns:
        sql = f"s_{column.name}" if column.name in stored else column.name
        sql = provenance.get(column.name, sql)
        columns.append(f"cast({sql} as {column.sql_type}) as {column.name}")
    listed = ",\n    ".join(columns)
    ctes = ["loaded as (\n    select * from judged where fate = 'loaded'\n)", *parts]
    return f"""
with
{("," + chr(10)).join(ctes)}
select
    rows.file_number,
    {listed}
from {source} as rows
inner join batch_files as files on rows.file_number = files.file_number
"""


_FILE_COLUMNS = ("unit_code", "delivery_date", "source_file", "file_name", "sha256")

QUARANTINED_SQL = """
select
    rows.file_number,
    files.source_file,
    rows.source_row,
    array_to_string(
        list_sort(list_distinct(list_transform(rows.faults, lambda fault: fault.code))), ';'
    ) as codes,
    rows.faults
from judged as rows
inner join batch_files as files on rows.file_number = files.file_number
where rows.fate = 'quarantined'
"""


def compile_contract(
    item: Item, catalogue: Catalogue, present: Iterable[str], facts: TextFacts = NO_FACTS
) -> Contract:
    """Compile the contract of an item for a delivered table with the fields ``present``.

    What ``facts`` say of a column need not be tested value by value: the rows that come out are
    the same. The SQL needs the macros of ``normalise``, ``persons``, ``values`` and ``vectors``.
    """
    hook = HOOKS[item.hook] if item.hook else _NO_HOOK
    return Contract(
        item=item,
        judgement=_judge_sql(item, catalogue, frozenset(present), hook, facts),
        loaded_sql=_loaded_sql(item, hook, facts),
        quarantined_sql=QUARANTINED_SQL,
    )
