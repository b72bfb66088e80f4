"""The catalogue as typed models: what each item is, field by field.

One YAML file per item (``items/<item_code>.yml``) is the single source; the contract that ingest
compiles, the raw zone's columns, the dbt sources and the data dictionary all come from it. A wrong
catalogue does not load: every mistake is named with its item and field.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

VERSION_HEADER = "信息版本号"
OPERATION_HEADER = "更新类型"
OPERATIONS = ("新增", "变更", "撤销")


class FieldType(StrEnum):
    """The value types of catalogue section 2."""

    TEXT = "text"
    PARTY_NAME = "party_name"  # the name of an organisation, or of a person: then masked
    PERSON_NAME = "person_name"  # always the name of a natural person: masked before storage
    USCC = "uscc"
    ORG_CODE = "org_code"
    IDENTITY_NUMBER = "identity_number"  # becomes the person key, never stored
    CODE = "code"
    CODE_LIST = "code_list"
    BOOLEAN = "boolean"
    DATE = "date"
    UNTIL_DATE = "until_date"
    TIMESTAMP = "timestamp"
    INTEGER = "integer"
    DECIMAL = "decimal"


TEXT_TYPES = frozenset({FieldType.TEXT, FieldType.PARTY_NAME, FieldType.PERSON_NAME})


class Sensitivity(StrEnum):
    """What a field may hold of a person, and so where its values may go."""

    NONE = "none"  # no personal data: may be quoted in quarantine and feedback
    FREE_TEXT = "free_text"  # may name a person: stored typed, never quoted elsewhere
    PERSON_NAME = "person_name"  # masked before storage, never quoted
    IDENTITY_NUMBER = "identity_number"  # only becomes the person key
    NEVER_STORED = "never_stored"  # read past, written nowhere


class StrictModel(BaseModel):
    """Refuses what it does not know, and does not change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(StrictModel):
    """The name of a thing in both languages."""

    zh: str
    en: str


class Condition(StrictModel):
    """When a row rule applies.

    Exactly one form: ``field`` with ``in`` or ``contains_any``, ``present`` or ``absent``.
    """

    field: str | None = None
    in_: tuple[str | bool, ...] | None = Field(default=None, alias="in")
    contains_any: tuple[str, ...] | None = None
    present: str | None = None
    absent: str | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = [
            self.field is not None and self.in_ is not None,
            self.field is not None and self.contains_any is not None,
            self.present is not None,
            self.absent is not None,
        ]
        if sum(forms) != 1:
            raise ValueError("a condition is one of: field+in, field+contains_any, present, absent")
        return self

    @property
    def looks_at(self) -> str:
        """The field that the condition reads."""
        return str(self.field or self.present or self.absent)


class RequiredIf(StrictModel):
    """``field`` must be given (else Q01) where the condition holds."""

    rule: Literal["required_if"]
    field: str
    when: Condition


class RequiredUnless(StrictModel):
    """``field`` must be given (else Q01) unless one of the conditions holds."""

    rule: Literal["required_unless"]
    field: str
    unless: tuple[Condition, ...]


class RequiredAny(StrictModel):
    """``field``, or all of ``others``, must be given (else Q01 of ``field``)."""

    rule: Literal["required_any"]
    field: str
    others: tuple[str, ...]


class CodesIf(StrictModel):
    """Where the condition holds ``field`` is required (Q01) and one of ``codes`` (else Q03)."""

    rule: Literal["codes_if"]
    field: str
    when: Condition
    codes: tuple[str, ...]


class NotBefore(StrictModel):
    """``field`` must not lie before ``other`` (else Q10); tested where both are valid."""

    rule: Literal["not_before"]
    field: str
    other: str


Rule = Annotated[
    RequiredIf | RequiredUnless | RequiredAny | CodesIf | NotBefore, Field(discriminator="rule")
]


class CatalogueField(StrictModel):
    """One field of an item: its header in the delivery, its type and its limits."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    header: str
    label: Label
    type: FieldType
    sensitivity: Sensitivity
    required: bool = False
    past: bool = False
    default: str | bool | int | None = None
    max_length: int | None = None
    codes: tuple[str, ...] | dict[str, str] | None = None
    codebook: str | None = None
    extra_codes: tuple[str, ...] = ()
    precision: int | None = None
    scale: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    above: int | None = None
    factor: int = 1

    @model_validator(mode="after")
    def _type_has_its_attributes(self) -> Self:
        if self.type in TEXT_TYPES and self.max_length is None:
            raise ValueError(f"field {self.name}: a text needs max_length")
        if self.type in {FieldType.CODE, FieldType.CODE_LIST} and not (self.codes or self.codebook):
            raise ValueError(f"field {self.name}: a code needs codes or codebook")
        if self.type is FieldType.DECIMAL and (self.precision is None or self.scale is None):
            raise ValueError(f"field {self.name}: a decimal needs precision and scale")
        if self.past and self.type not in {FieldType.DATE, FieldType.TIMESTAMP}:
            raise ValueError(f"field {self.name}: only dates and timestamps can be past")
        identity = self.type is FieldType.IDENTITY_NUMBER
        if identity != (self.sensitivity is Sensitivity.IDENTITY_NUMBER):
            raise ValueError(
                f"field {self.name}: identity numbers and their sensitivity go together"
            )
        return self

    @property
    def is_stored(self) -> bool:
        """Whether the typed value reaches the raw zone."""
        return self.sensitivity not in {Sensitivity.IDENTITY_NUMBER, Sensitivity.NEVER_STORED}

    @property
    def is_quotable(self) -> bool:
        """Whether a delivered value may be shown to people when it is at fault."""
        return self.sensitivity is Sensitivity.NONE

    @property
    def sql_type(self) -> str:
        """The column type of the typed value, in DuckDB's and Spark's common spelling."""
        match self.type:
            case FieldType.DATE | FieldType.UNTIL_DATE:
                return "DATE"
            case FieldType.TIMESTAMP:
                return "TIMESTAMP"
            case FieldType.INTEGER:
                return "BIGINT"
            case FieldType.DECIMAL:
                return f"DECIMAL({self.precision},{self.scale})"
            case FieldType.BOOLEAN:
                return "BOOLEAN"
            case _:
                return "VARCHAR"


class Column(StrictModel):
    """One column of an item's raw table."""

    name: str
    sql_type: str
    description: Label
    sensitivity: Sensitivity = Sensitivity.NONE


class Item(StrictModel):
    """One kind of delivery (归集事项)."""

    item_code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Label
    description: str
    clauses: tuple[int, ...]
    legal_ground: str
    key: tuple[str, ...]
    is_versioned: bool = True
    hook: Literal["penalty", "charity"] | None = None
    control_total: str | None = None
    person_when: Condition | None = None
    derived: tuple[str, ...] = ()
    content: tuple[str, ...] | None = None
    fields: tuple[CatalogueField, ...]
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        names = [field.name for field in self.fields]
        headers = [field.header for field in self.fields]
        for what, values in (("field name", names), ("header", headers)):
            twice = {value for value in values if values.count(value) > 1}
            if twice:
                raise ValueError(f"item {self.item_code}: {what} given twice: {sorted(twice)}")
        known = set(names)
        for key in self.key:
            if key not in known | set(self.derived):
                raise ValueError(f"item {self.item_code}: key {key} is no field")
        for rule in self.rules:
            for name in _fields_of(rule):
                if name not in known:
                    raise ValueError(f"item {self.item_code}: rule {rule.rule} names {name}")
        if self.control_total is not None and self.control_total not in known:
            raise ValueError(
                f"item {self.item_code}: control_total {self.control_total} is no field"
            )
        has_identity = any(field.type is FieldType.IDENTITY_NUMBER for field in self.fields)
        if has_identity and "id_kind" not in known:
            raise ValueError(f"item {self.item_code}: an identity number needs the field id_kind")
        return self

    @property
    def has_identity(self) -> bool:
        """Whether rows may carry the identity number of a natural person."""
        return any(field.type is FieldType.IDENTITY_NUMBER for field in self.fields)

    def field(self, name: str) -> CatalogueField:
        """The field of that name; KeyError if the item has none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.item_code} has no field {name}")

    @property
    def headers(self) -> dict[str, CatalogueField]:
        """Every agreed header (as agreed, before NFKC) with its field, version headers included."""
        return {field.header: field for field in (*self.fields, *self.version_fields)}

    @property
    def version_fields(self) -> tuple[CatalogueField, ...]:
        """``version`` and ``operation``, which every versioned item has (catalogue section 3)."""
        return VERSION_FIELDS if self.is_versioned else ()

    @property
    def stored_fields(self) -> tuple[CatalogueField, ...]:
        """The fields whose typed values reach the raw zone, in catalogue order."""
        return tuple(field for field in self.fields if field.is_stored)

    @property
    def raw_columns(self) -> tuple[Column, ...]:
        """The columns of the item's raw table in order: provenance, fields, derived, person key.

        Grain: one row per loaded row of a delivered file.
        """
        stored = tuple(
            Column(
                name=field.name,
                sql_type=field.sql_type,
                description=field.label,
                sensitivity=field.sensitivity,
            )
            for field in self.stored_fields
        )
        derived = tuple(DERIVED_COLUMNS[name] for name in self.derived)
        person = (DERIVED_COLUMNS["person_key"],) if self.has_identity else ()
        return PROVENANCE_COLUMNS + stored + derived + person


def _fields_of(rule: Rule) -> tuple[str, ...]:
    """Every field that a rule reads."""
    match rule:
        case RequiredIf():
            return (rule.field, rule.when.looks_at)
        case RequiredUnless():
            return (rule.field, *(condition.looks_at for condition in rule.unless))
        case RequiredAny():
            return (rule.field, *rule.others)
        case CodesIf():
            return (rule.field, rule.when.looks_at)
        case NotBefore():
            return (rule.field, rule.other)


VERSION_FIELDS = (
    CatalogueField(
        name="version",
        header=VERSION_HEADER,
        label=Label(zh=VERSION_HEADER, en="Version of the record"),
        type=FieldType.INTEGER,
        sensitivity=Sensitivity.NONE,
        default=1,
        minimum=1,
    ),
    CatalogueField(
        name="operation",
        header=OPERATION_HEADER,
        label=Label(zh=OPERATION_HEADER, en="Operation: added, changed or withdrawn"),
        type=FieldType.CODE,
        sensitivity=Sensitivity.NONE,
        default="新增",
        codes=OPERATIONS,
    ),
)


def _column(name: str, sql_type: str, zh: str, en: str) -> Column:
    return Column(name=name, sql_type=sql_type, description=Label(zh=zh, en=en))


PROVENANCE_COLUMNS = (
    _column("item_code", "VARCHAR", "归集事项代码", "Catalogue item"),
    _column("unit_code", "VARCHAR", "归集单位代码", "Delivering unit"),
    _column("record_id", "VARCHAR", "记录标识", "Identifier of the record: item, unit, key"),
    _column("version", "BIGINT", "信息版本号", "Version of the record, null for the register"),
    _column("operation", "VARCHAR", "更新类型", "Operation, null for the register"),
    _column("delivery_date", "DATE", "报送日期", "Date of the delivery"),
    _column("source_file", "VARCHAR", "来源文件", "Delivered file, relative to the landing zone"),
    _column("file_name", "VARCHAR", "文件名", "Name of the delivered file"),
    _column("source_row", "BIGINT", "来源行号", "Row number in the delivered file"),
    _column("sha256", "VARCHAR", "文件摘要", "SHA-256 of the file as delivered"),
    _column("is_code_repaired", "BOOLEAN", "是否修复代码", "Whether any USCC was repaired"),
    _column("content_digest", "VARCHAR", "内容摘要", "MD5 over the content that versions compare"),
)

DERIVED_COLUMNS = {
    column.name: column
    for column in (
        _column("enterprise_name_cleaned", "VARCHAR", "规范化名称", "Cleaned name (section 5)"),
        _column("donor_name_cleaned", "VARCHAR", "规范化捐赠人名称", "Cleaned donor name"),
        _column("donor_key", "VARCHAR", "捐赠人键", "D- and HMAC of the cleaned donor name"),
        _column("occurrence", "BIGINT", "同一文件内次序", "n-th equal row within its file"),
        _column("party_key", "VARCHAR", "当事人键", "USCC, else organisation code, else P- key"),
        _column("subject_key", "VARCHAR", "对象键", "Person key for persons, else the USCC"),
        _column("person_key", "VARCHAR", "自然人键", "P- and HMAC of the identity, else null"),
    )
}
