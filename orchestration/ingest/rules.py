"""The rules over several fields of a row, from the catalogue's closed set, as SQL.

A rule is tested only if the fields it looks at are valid or missing (catalogue section 2): their
own fault is none, or Q01.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from orchestration.catalogue.model import (
    CodesIf,
    Condition,
    Item,
    NotBefore,
    RequiredAny,
    RequiredIf,
    RequiredUnless,
    Rule,
)
from orchestration.ingest.values import sql_list, sql_text


@dataclass(frozen=True)
class RuleSql:
    """A rule as SQL: the ``fault`` it finds in ``field`` (or null).

    ``replaces`` are columns that the rule redefines instead: a code list that holds only for some
    rows makes the text a code there.
    """

    field: str
    fault: str
    replaces: dict[str, str] = dataclasses.field(default_factory=dict)


def _sound(item: Item, *names: str) -> str:
    """SQL: these fields are valid or missing."""
    tests = []
    for name in names:
        tests.append(f"coalesce(q_{name}, 'Q01') = 'Q01'")
        if item.field(name).past:
            tests.append(f"f_{name} is null")
    return " and ".join(tests)


def _literal(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else sql_text(value)


def condition_sql(condition: Condition, item: Item) -> str:
    """SQL for a condition over typed values; a missing value fulfils only ``absent``."""
    if condition.present is not None:
        return f"v_{condition.present} is not null"
    if condition.absent is not None:
        return f"v_{condition.absent} is null"
    value = f"v_{condition.field}"
    if condition.in_ is not None:
        listed = ", ".join(map(_literal, condition.in_))
        return f"coalesce({value} in ({listed}), false)"
    words = sql_list(condition.contains_any or ())
    return f"coalesce(list_has_any(string_split({value}, ';'), [{words}]), false)"


def rule_sql(rule: Rule, item: Item) -> RuleSql:
    """The SQL of one rule of an item."""
    name = rule.field
    missing = f"q_{name} is null and v_{name} is null"
    match rule:
        case RequiredIf():
            when = condition_sql(rule.when, item)
            tested = _sound(item, rule.when.looks_at)
            return RuleSql(name, f"case when {tested} and {missing} and {when} then 'Q01' end")
        case RequiredUnless():
            tested = _sound(item, *(condition.looks_at for condition in rule.unless))
            excused = " or ".join(condition_sql(condition, item) for condition in rule.unless)
            return RuleSql(
                name, f"case when {tested} and {missing} and not ({excused}) then 'Q01' end"
            )
        case RequiredAny():
            tested = _sound(item, *rule.others)
            given = " and ".join(f"v_{other} is not null" for other in rule.others)
            return RuleSql(
                name, f"case when {tested} and {missing} and not ({given}) then 'Q01' end"
            )
        case NotBefore():
            tested = _sound(item, name, rule.other)
            return RuleSql(name, f"case when {tested} and v_{name} < v_{rule.other} then 'Q10' end")
        case CodesIf():
            return _codes_if(rule, item)


def _codes_if(rule: CodesIf, item: Item) -> RuleSql:
    """Where the condition holds the field is a required code: read by NFKC, no longer a text."""
    name = rule.field
    applies = f"({_sound(item, rule.when.looks_at)} and {condition_sql(rule.when, item)})"
    code = f"null_token(trim_space(nfkc_text({name})))"
    bad = f"(bad_cells is not null and contains(bad_cells, ';{name};'))"
    fault = f"""
        case
            when {applies} and not {bad} then
                case
                    when {code} is null then 'Q01'
                    when {code} not in ({sql_list(rule.codes)}) then 'Q03'
                end
            else q_{name}
        end
    """
    value = f"case when {applies} then {code} else v_{name} end"
    return RuleSql(name, "null", replaces={f"v_{name}": value, f"q_{name}": fault})
