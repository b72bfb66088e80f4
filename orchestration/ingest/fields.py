"""One field of a delivery as SQL: its typed value and its fault (catalogue section 2).

Columns that a field's expressions use: ``n_`` normalised, ``s_`` trimmed, ``t_`` the cleaned text
(null for a null token), ``u_``, ``p_`` and ``w_`` its parsed forms, ``v_`` the value, ``q_`` the
fault, ``f_`` the fault of a date in the future.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestration.catalogue.load import Catalogue
from orchestration.catalogue.model import TEXT_TYPES, CatalogueField, FieldType, Item
from orchestration.ingest.values import (
    FIRST_DATE,
    FOR_EVER,
    LAST_DATE,
    NULL_DATE,
    decimal_value,
    sql_list,
    sql_text,
)
from orchestration.ingest.vectors import TextFacts

# Catalogue section 3: an identity number has no length of its own, so that of other text.
IDENTITY_MAX_LENGTH = 200
_NOT_QUOTED = "cast(null as varchar)"
_LONGEST_QUOTE = 60


@dataclass(frozen=True)
class FieldSql:
    """The SQL expressions of a field.

    ``normal`` reads the delivered column and ``trimmed`` what that gave; each of ``steps`` adds
    columns over the ones before; ``value`` and ``fault`` are over all of them, and so is ``future``
    (the fault Q05, or None for a field that may lie in the future); ``quoted`` is the delivered
    value where people may see it.
    """

    normal: str
    trimmed: str
    value: str
    fault: str
    steps: tuple[dict[str, str], ...] = ()
    future: str | None = None
    quoted: str = _NOT_QUOTED


@dataclass(frozen=True)
class _TypeSql:
    """What a type says of a field: how a given text is parsed, its value, and its own fault."""

    value: str
    fault: str
    steps: tuple[dict[str, str], ...] = ()
    is_missing: str | None = None
    day: str | None = None
    vocabulary: str = ""


def _range_fault(field: CatalogueField, value: str) -> str:
    tests = []
    if field.minimum is not None:
        tests.append(f"{value} < {field.minimum}")
    if field.maximum is not None:
        tests.append(f"{value} > {field.maximum}")
    if field.above is not None:
        tests.append(f"{value} <= {field.above}")
    return " or ".join(tests) or "false"


def _text(field: CatalogueField) -> _TypeSql:
    text = f"t_{field.name}"
    # Bytes are counted first: they are never fewer than code points, and cheaper to count.
    too_long = f"strlen({text}) > {field.max_length} and length({text}) > {field.max_length}"
    return _TypeSql(value=text, fault=f"case when {too_long} then 'Q08' end")


def _number(field: CatalogueField, parsed: str, is_one: str) -> _TypeSql:
    value = f"w_{field.name}"
    fault = f"""
        case
            when {value} is not null
                then case when {_range_fault(field, value)} then 'Q09' end
            when {is_one}(t_{field.name}) then 'Q09'
            else 'Q02'
        end
    """
    step = {value: f"case when {is_one}(t_{field.name}) then {parsed} end"}
    return _TypeSql(value=value, fault=fault, steps=(step,))


def _day_fault(day: str, exception: str = "") -> str:
    return f"case when {day} < {FIRST_DATE} or ({day} > {LAST_DATE}{exception}) then 'Q09' end"


def _date(field: CatalogueField) -> _TypeSql:
    parsed, until = f"p_{field.name}", field.type is FieldType.UNTIL_DATE
    parse = f"parse_date(t_{field.name})"
    value, exception = parsed, ""
    if until:
        parse = f"case when t_{field.name} = '长期' then {FOR_EVER} else {parse} end"
        value = f"""
            case
                when {parsed} in (date '9999-09-09', date '2099-12-31') then {FOR_EVER}
                else {parsed}
            end
        """
        exception = f" and {parsed} not in (date '9999-09-09', {FOR_EVER})"
    return _TypeSql(
        steps=({parsed: parse},),
        value=value,
        is_missing=f"{parsed} = {NULL_DATE}",
        fault=f"case when {parsed} is null then 'Q02' else {_day_fault(parsed, exception)} end",
        day=parsed,
        vocabulary="年月日长期",
    )


def _timestamp(field: CatalogueField) -> _TypeSql:
    parsed = f"p_{field.name}"
    day = f"cast({parsed} as date)"
    return _TypeSql(
        steps=({parsed: f"parse_timestamp(t_{field.name})"},),
        value=parsed,
        # 1900-01-01 "in any form" is null: with a time of day, or as a bare date.
        is_missing=f"({day} = {NULL_DATE} or parse_date(t_{field.name}) = {NULL_DATE})",
        fault=f"case when {parsed} is null then 'Q02' else {_day_fault(day)} end",
        day=day,
    )


def _uscc(field: CatalogueField, is_known: bool) -> _TypeSql:
    text, upper, checked = f"t_{field.name}", f"u_{field.name}", f"p_{field.name}"
    if is_known:
        return _TypeSql(steps=({upper: text},), value=text, fault="null")
    plain = f"regexp_full_match({text}, '[0-9A-Z]*')"
    repaired = f"translate({upper}, 'IO', '10')"
    check = f"""
        case
            when is_uscc({upper}) then {upper}
            when regexp_matches({upper}, '[IO]') and is_uscc({repaired}) then {repaired}
        end
    """
    return _TypeSql(
        steps=(
            {upper: f"case when {plain} then {text} else upper_text(without_space({text})) end"},
            {checked: check},
        ),
        value=checked,
        fault=f"case when {checked} is null then 'Q04' end",
    )


def _organisation_code(field: CatalogueField) -> _TypeSql:
    upper = f"u_{field.name}"
    return _TypeSql(
        steps=({upper: f"without_hyphen(upper_text(t_{field.name}))"},),
        value=upper,
        fault=f"case when not is_organisation_code({upper}) then 'Q04' end",
    )


def _identity_number(field: CatalogueField) -> _TypeSql:
    upper = f"u_{field.name}"
    return _TypeSql(
        steps=({upper: f"upper_text(without_space(t_{field.name}))"},),
        value=upper,
        # Only 01 (resident identity card) has a check; an unknown kind is a fault of its own.
        fault=f"""
            case
                when t_id_kind = '01' and not {_is_bad("id_kind")}
                    then case when not is_identity_number({upper}) then 'Q11' end
                when length({upper}) > {IDENTITY_MAX_LENGTH} then 'Q08'
            end
        """,
    )


def _code(field: CatalogueField, codes: tuple[str, ...]) -> _TypeSql:
    text = f"t_{field.name}"
    return _TypeSql(
        value=text,
        fault=f"case when {text} not in ({sql_list(codes)}) then 'Q03' end",
        vocabulary="".join(codes),
    )


def _code_list(field: CatalogueField, codes: tuple[str, ...]) -> _TypeSql:
    """A list of codes: 其他-… counts as 其他, in the codebook's order, each once."""
    parts, listed = f"u_{field.name}", f"p_{field.name}"
    known = f"[{sql_list(codes)}]"
    return _TypeSql(
        steps=(
            {parts: f"regexp_split_to_array(t_{field.name}, '[;、]')"},
            {parts + "_trimmed": f"list_transform({parts}, lambda part: trim_space(part))"},
            {
                listed: f"""
                    list_transform(
                        list_filter({parts}_trimmed, lambda part: part <> ''),
                        lambda part:
                            case when starts_with(part, '其他-') then '其他' else part end
                    )
                """
            },
        ),
        value=f"""
            array_to_string(
                list_filter({known}, lambda code: list_contains({listed}, code)), ';'
            )
        """,
        is_missing=f"len({listed}) = 0",
        fault=f"case when not list_has_all({known}, {listed}) then 'Q03' end",
        vocabulary="".join(codes) + "、；",
    )


def _boolean(field: CatalogueField) -> _TypeSql:
    parsed = f"p_{field.name}"
    return _TypeSql(
        steps=({parsed: f"parse_boolean(t_{field.name})"},),
        value=parsed,
        fault=f"case when {parsed} is null then 'Q02' end",
        vocabulary="是否",
    )


def _type_sql(field: CatalogueField, catalogue: Catalogue, facts: TextFacts) -> _TypeSql:
    match field.type:
        case FieldType.TEXT | FieldType.PARTY_NAME | FieldType.PERSON_NAME:
            return _text(field)
        case FieldType.USCC:
            return _uscc(field, is_known=field.name in facts.codes)
        case FieldType.ORG_CODE:
            return _organisation_code(field)
        case FieldType.IDENTITY_NUMBER:
            return _identity_number(field)
        case FieldType.CODE:
            return _code(field, catalogue.codes_of(field))
        case FieldType.CODE_LIST:
            return _code_list(field, catalogue.codes_of(field))
        case FieldType.BOOLEAN:
            return _boolean(field)
        case FieldType.DATE | FieldType.UNTIL_DATE:
            return _date(field)
        case FieldType.TIMESTAMP:
            return _timestamp(field)
        case FieldType.INTEGER:
            parsed = f"try_cast(replace(t_{field.name}, ',', '') as bigint)"
            return _number(field, parsed, "is_integer")
        case FieldType.DECIMAL:
            precision, scale = field.precision or 18, field.scale or 0
            parsed = decimal_value(f"t_{field.name}", precision, scale, field.factor)
            return _number(field, parsed, "is_number")


def _is_bad(name: str) -> str:
    """SQL: the cell of this field was an error or a nested value (Q02 whatever its type)."""
    return f"(bad_cells is not null and contains(bad_cells, ';{name};'))"


def _default(field: CatalogueField) -> str | None:
    match field.default:
        case None:
            return None
        case bool() | int():
            return str(field.default).lower()
        case str():
            return sql_text(field.default)


def quoted(text: str, vocabulary: str) -> str:
    """SQL for a delivered text that people may see, else null.

    Shown are short texts of printable ASCII and the field's own words, without anything that
    looks like an identity number, old or new: a shifted column may hold what it should not.
    """
    letters = "".join(sorted(set(re.sub(r"[ -~]", "", vocabulary))))
    # No counted repetition: {1,60} of a class takes longer to compile than a batch to judge.
    shape = f"length({text}) <= {_LONGEST_QUOTE} and not regexp_matches({text}, '[^ -~{letters}]')"
    return f"case when {shape} and not looks_like_identity({text}) then {text} end"


def _normal(field: CatalogueField, facts: TextFacts) -> str:
    """SQL for a delivered text without identity numbers, or in its normal form."""
    name = field.name
    if field.type in TEXT_TYPES:
        return name if name in facts.short else f"mask_identity({name})"
    return name if name in facts.plain else f"nfkc_text({name})"


def field_sql(
    item: Item, field: CatalogueField, catalogue: Catalogue, facts: TextFacts
) -> FieldSql:
    """The SQL of one field of an item; what is known of all its values is not asked again.

    Per field: a missing value that is required is Q01; else one of Q02, Q03, Q04, Q11; only a value
    of its type is tested for Q08, Q09 and, as ``future``, Q05.
    """
    name = field.name
    typed = _type_sql(field, catalogue, facts)
    missing = f"t_{name} is null" + (f" or {typed.is_missing}" if typed.is_missing else "")
    default = _default(field)
    value = typed.value
    if typed.is_missing or default is not None:
        value = f"case when {missing} then {default or 'null'} else {typed.value} end"
    future = None
    if field.past:
        # Not "not missing": a date that cannot be parsed makes that neither true nor false.
        late = f"when {typed.day} > delivery_date then 'Q05'"
        future = f"case when {_is_bad(name)} or {missing} then null {late} end"
    may_quote = field.is_quotable and field.type not in TEXT_TYPES and not item.has_identity
    return FieldSql(
        normal=_normal(field, facts),
        trimmed=f"n_{name}" if name in facts.plain else f"trim_space(n_{name})",
        steps=typed.steps,
        value=value,
        fault=f"""
            case
                when {_is_bad(name)} then 'Q02'
                when {missing} then {"'Q01'" if field.required else "null"}
                else {typed.fault}
            end
        """,
        future=future,
        quoted=quoted(f"t_{name}", typed.vocabulary) if may_quote else _NOT_QUOTED,
    )
