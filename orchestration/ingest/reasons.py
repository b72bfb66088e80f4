"""What people are told about a fault: what was expected, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.catalogue import Catalogue, CatalogueField, FieldType, Item
from orchestration.catalogue.model import NotBefore
from orchestration.ingest.fields import IDENTITY_MAX_LENGTH

_MOST_CODES = 12

FILE_FAULTS = {
    "F00": "文件与此前已收取的文件完全相同，未重复收取 / the same bytes were taken before",
    "F01": "文件无法按其格式读取 / cannot be read as its format",
    "F02": "缺少必需的表头，或两列对应同一表头 / a required header is missing, or given twice",
    "F03": "与校验信息不符 / does not match its control file or control total",
    "F04": "路径、单位、事项、扩展名或日期不符合约定 / unknown unit, item, extension or date",
    "F05": "含有禁止采集的表头 / a header that must never be collected",
    "F06": "超过规模上限 / over a limit of size",
}

ROW_FAULTS = {
    "Q06": "单元格数不符或引号不配对 / wrong number of cells, unbalanced quote, or no object",
    "Q07": "字节不符合约定编码，或含空字符 / bytes not valid in the agreed encoding, or a NUL",
}

_TYPE_WORDS = {
    FieldType.DATE: "日期，如 2020-02-14 / a date such as 2020-02-14",
    FieldType.UNTIL_DATE: "日期或 长期 / a date such as 2020-02-14, or 长期",
    FieldType.TIMESTAMP: "时间，如 2020-02-14 09:30 / a time such as 2020-02-14 09:30",
    FieldType.INTEGER: "整数 / a whole number",
    FieldType.DECIMAL: "数值，如 1234.50 / a number such as 1234.50",
    FieldType.BOOLEAN: "是 或 否 / 是 (yes) or 否 (no)",
}


def _range(field: CatalogueField) -> str:
    if field.type in {FieldType.DATE, FieldType.UNTIL_DATE, FieldType.TIMESTAMP}:
        return "1900-01-02 … 2100-12-31"
    parts = []
    if field.minimum is not None:
        parts.append(f"≥ {field.minimum}")
    if field.above is not None:
        parts.append(f"> {field.above}")
    if field.maximum is not None:
        parts.append(f"≤ {field.maximum}")
    if field.precision is not None:
        digits = field.precision - (field.scale or 0)
        parts.append(f"整数部分至多 {digits} 位 / at most {digits} digits before the point")
    return ", ".join(parts) or "整数 / a whole number that fits 64 bits"


def _codes(codes: tuple[str, ...]) -> str:
    shown = "、".join(codes[:_MOST_CODES])
    return f"代码表中的值 / one of: {shown}{'…' if len(codes) > _MOST_CODES else ''}"


def expected(item: Item, field: CatalogueField, code: str, catalogue: Catalogue) -> str:
    """What the field should have held, for a fault of it. Never a delivered value."""
    match code:
        case "Q01":
            return "必填 / a value is required"
        case "Q02":
            return _TYPE_WORDS.get(field.type, "文本，而非错误值 / a text, no error value")
        case "Q03":
            conditional = tuple(c for rule in item.rules for c in _codes_of(rule, field))
            return _codes(catalogue.codes_of(field) or conditional)
        case "Q04" if field.type is FieldType.ORG_CODE:
            return "有效的组织机构代码 / a valid organisation code (GB 11714)"
        case "Q04":
            return "有效的统一社会信用代码 / a valid unified social credit code (GB 32100)"
        case "Q05":
            return "不晚于报送日期 / not after the delivery date"
        case "Q08":
            most = field.max_length or IDENTITY_MAX_LENGTH
            return f"不超过 {most} 字 / at most {most} characters"
        case "Q09":
            return f"取值范围 / within: {_range(field)}"
        case "Q10":
            others = [
                rule.other
                for rule in item.rules
                if isinstance(rule, NotBefore) and rule.field == field.name
            ]
            headers = "、".join(item.field(name).header for name in others)
            return f"不早于 {headers} / not before {', '.join(others)}"
        case "Q11":
            return "有效的公民身份号码 / a valid resident identity number (GB 11643)"
    raise ValueError(f"no fault of a field: {code}")


def _codes_of(rule: object, field: CatalogueField) -> tuple[str, ...]:
    codes = getattr(rule, "codes", ()) if getattr(rule, "field", None) == field.name else ()
    return tuple(codes)


def reasons(catalogue: Catalogue) -> Iterator[tuple[str, str | None, str, str]]:
    """Every (item_code, field or None, code, reason) that a row can be set aside for."""
    codes = ("Q01", "Q02", "Q03", "Q04", "Q05", "Q08", "Q09", "Q10", "Q11")
    for item in catalogue.items.values():
        for code, words in ROW_FAULTS.items():
            yield item.item_code, None, code, words
        for field in (*item.fields, *item.version_fields):
            for code in codes:
                words = expected(item, field, code, catalogue)
                yield item.item_code, field.name, code, f"{field.header}：{words}"
