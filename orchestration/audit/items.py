"""What the catalogue promises of every loaded row, as expectations over ``raw.<item>``.

Ingest tests each value before it loads; here the promise is held once more over what was really
stored, by other SQL: a contract that was compiled wrongly does not pass both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from orchestration.catalogue.model import CatalogueField, FieldType, Item, NotBefore, Sensitivity

if TYPE_CHECKING:
    from orchestration.audit.suites import Expectation

_TEXTS = frozenset({FieldType.TEXT, FieldType.PARTY_NAME, FieldType.PERSON_NAME})
_PROVENANCE = (
    "item_code", "unit_code", "record_id", "delivery_date", "source_file", "file_name",
    "source_row", "sha256", "is_code_repaired", "content_digest",
)  # fmt: skip


def item_expectations(item: Item) -> Iterable[Expectation]:
    """The suite of an item: required values, contract, conservation, no identity number."""
    from orchestration.audit.suites import unexpected_rows

    title = item.title
    required = [*_PROVENANCE, *(field.name for field in item.stored_fields if field.required)]
    # A row of a natural person loads without these (catalogue section 3).
    if item.hook == "penalty":
        required = [name for name in required if name not in _DROPPED_OF_PERSONS]
    if item.is_versioned:
        required += ["version", "operation"]
    yield unexpected_rows(
        "required_values",
        "catalogue 2, 3",
        f"{title.zh}：来源和必填字段没有空值。",
        f"{title.en}: provenance and required fields are never missing.",
        "select 1 as missing from {batch}\nwhere "
        + "\n  or ".join(f"{column} is null" for column in required),
    )
    yield unexpected_rows(
        "values_keep_the_contract",
        "catalogue 2, 3",
        f"{title.zh}：代码在代码表中，数值、日期和文本在约定范围内，统一社会信用代码校验通过。",
        f"{title.en}: codes are listed, numbers, dates and texts within their limits,"
        " unified social credit codes valid.",
        "select 1 as broken from {batch}\nwhere " + "\n  or ".join(contract_faults(item)),
    )
    yield unexpected_rows(
        "every_loaded_row_once",
        "catalogue 2",
        f"{title.zh}：守恒，每个采用的文件所记的入库行恰在此处，每行一次。",
        f"{title.en}: conservation, exactly the rows that its files loaded are here, each once.",
        _ROWS.format(item=item.item_code, batch="{batch}"),
    )
    texts = [f.name for f in item.stored_fields if f.type in _TEXTS]
    if texts:
        yield unexpected_rows(
            "no_identity_number",
            "Reg. Art. 14",
            f"{title.zh}：存储的文本中没有公民身份号码。",
            f"{title.en}: no stored text carries an identity number.",
            "select 1 as found from {batch}\n"
            f"where holds_identity_number(concat_ws(' ', {', '.join(texts)}))",
        )


_DROPPED_OF_PERSONS = frozenset({"party_name", "facts", "penalty_content", "remarks"})

_ROWS = """
select source_file
from (select source_file, count(*) as stored from {batch} group by source_file) as stored
full join (
    select source_file, rows_loaded from raw.ingested_files
    where item_code = '{item}' and fault is null and rows_loaded > 0
) as files using (source_file)
where stored is distinct from rows_loaded
union all
select source_file from {batch} group by source_file, source_row having count(*) > 1
"""


def contract_faults(item: Item) -> Iterator[str]:
    """SQL conditions, each true of a row that breaks the contract of the item."""
    yield f"item_code <> '{item.item_code}'"
    yield "unit_code not in (select unit_code from codebooks.units)"
    yield "delivery_date > as_of()"
    yield "not starts_with(record_id, item_code || ':' || unit_code || ':')"
    yield "length(sha256) <> 64"
    if item.is_versioned:
        yield "version < 1"
        yield "operation not in ('新增', '变更', '撤销')"
    for field in item.stored_fields:
        yield from _field_faults(field)
    if item.person_when is not None and item.person_when.in_ is not None:
        names = [f.name for f in item.stored_fields if f.type is FieldType.PARTY_NAME]
        kind, persons = item.person_when.looks_at, ", ".join(map(_literal, item.person_when.in_))
        yield from (f"{kind} in ({persons}) and not is_masked({name})" for name in names)
    if item.has_identity:
        yield "not is_person_key(person_key)"
    for rule in item.rules:
        if isinstance(rule, NotBefore):
            yield f"{rule.field} < {rule.other}"


def _field_faults(field: CatalogueField) -> Iterator[str]:
    name = field.name
    match field.type:
        case FieldType.USCC:
            yield f"not is_uscc({name})"
        case FieldType.ORG_CODE:
            yield f"not regexp_full_match({name}, '[0-9A-Z]+') or length({name}) <> 9"
        case FieldType.CODE | FieldType.CODE_LIST:
            yield _code_fault(field)
        case FieldType.PERSON_NAME:
            yield f"not is_masked({name})"
        case _:
            pass
    if field.max_length is not None and field.sensitivity is not Sensitivity.PERSON_NAME:
        yield f"length({name}) > {field.max_length}"
    if field.past:
        yield f"cast({name} as date) > delivery_date"
    if field.minimum is not None:
        yield f"{name} < {field.minimum}"
    if field.maximum is not None:
        yield f"{name} > {field.maximum}"
    if field.above is not None:
        yield f"{name} <= {field.above}"


def _code_fault(field: CatalogueField) -> str:
    if field.codebook is None:
        return f"{field.name} not in ({', '.join(map(_literal, field.codes or ()))})"
    table, _, column = field.codebook.partition(".")
    if field.type is FieldType.CODE_LIST:
        return (
            f"not list_has_all((select list({column}) from codebooks.{table}),"
            f" string_split({field.name}, ';'))"
        )
    extra = "".join(f" and {field.name} <> {_literal(code)}" for code in field.extra_codes)
    return f"{field.name} not in (select {column} from codebooks.{table}){extra}"


def _literal(value: Any) -> str:
    text = str(value).replace("'", "''")
    return f"'{text}'"
