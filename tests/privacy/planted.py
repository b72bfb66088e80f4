"""A landing zone with known persons in it: in every field, and in every way a file can be wrong."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

from orchestration.catalogue import CatalogueField, Item, load_catalogue
from orchestration.catalogue.model import FieldType

DAY = date(2020, 2, 10)
CATALOGUE = load_catalogue()
_TEXTS = {FieldType.TEXT, FieldType.PARTY_NAME}
PERSON, ORGANISATION = "自然人", "企业"

# Surnames and given names that stand nowhere else, neither in the demo's names nor in a codebook.
NAMES = tuple(
    f"{surname}{given}" for surname in ("亓官", "澹台", "毌丘") for given in ("璎珞", "骕骦")
)


def identity_number(body: str) -> str:
    """Seventeen digits with their check character (GB 11643-1999)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


NUMBERS = tuple(identity_number(f"3301061988{month:02d}17{serial}")
                for month, serial in ((1, "041"), (5, "118"), (9, "236"), (11, "357")))  # fmt: skip
NAME, NUMBER = NAMES[0], NUMBERS[0]


def uscc(body: str) -> str:
    """Seventeen characters with their check character (GB 32100-2015)."""
    charset = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    total = sum(charset.index(c) * weight for c, weight in zip(body, weights, strict=True))
    return body + charset[(31 - total % 31) % 31]


FIRM = uscc("91330106MA27XL3P6")


# ---------------------------------------------------------------- rows


def valid_value(item: Item, field: CatalogueField, subject: str, turn: int) -> str:
    """A value that the field takes, with a person in it wherever there is room for one."""
    name, number = NAMES[turn % len(NAMES)], NUMBERS[turn % len(NUMBERS)]
    if field.name == "legal_representative":
        return f"{name} {number}"
    if field.name == "indicator":
        return "tax_grade"
    if field.name in {"value", "measure_code"}:
        return {"value": "A", "measure_code": "X1"}[field.name]
    if field.name == "donor_name" or (field.name == "party_name" and subject == PERSON):
        return name if subject == PERSON else f"杭州某某{number}有限公司"
    match field.type:
        case FieldType.PERSON_NAME:
            return name
        case FieldType.PARTY_NAME:
            return name if subject == PERSON else f"杭州某某{number}有限公司"
        case FieldType.TEXT:
            return f"{turn}见{number}号"
        case FieldType.USCC:
            return "" if subject == PERSON and item.item_code != "social_order_case" else FIRM
        case FieldType.ORG_CODE:
            return ""
        case FieldType.IDENTITY_NUMBER:
            return number
        case FieldType.CODE:
            if field.name in {"subject_kind", "party_kind"}:
                return _kind(item, field, subject)
            return "01" if field.name == "id_kind" else CATALOGUE.codes_of(field)[0]
        case FieldType.CODE_LIST:
            return CATALOGUE.codes_of(field)[0]
        case FieldType.BOOLEAN:
            return "是"
        case FieldType.DATE | FieldType.UNTIL_DATE:
            return "2020-02-07"
        case FieldType.TIMESTAMP:
            return "2020-02-07 09:30"
        case FieldType.INTEGER:
            return "2019" if field.name == "year" else "6"
        case FieldType.DECIMAL:
            return "2.5"


def _kind(item: Item, field: CatalogueField, subject: str) -> str:
    codes = CATALOGUE.codes_of(field)
    return subject if subject in codes else codes[0]


def wrong_value(field: CatalogueField, turn: int) -> str:
    """A person where no person belongs, as in a row whose cells slipped."""
    if turn % 2:
        return NUMBERS[turn % len(NUMBERS)]
    return NAMES[turn % len(NAMES)] if field.type is not FieldType.TEXT else NAME * 3000


def rows_of(item: Item) -> list[dict[str, str]]:
    """Valid rows about a firm and about a person, and rows in which every value is a person."""
    rows = []
    for turn, subject in enumerate((ORGANISATION, PERSON)):
        rows.append({f.header: valid_value(item, f, subject, turn) for f in item.fields})
    for turn in range(4):
        rows.append({f.header: wrong_value(f, turn + place) for place, f in enumerate(item.fields)})
    for slipped in item.fields:
        # One wrong field each, so that no earlier fault hides what becomes of it. What may be any
        # text may be a name too, and nobody can tell: there the number stands alone.
        value = NUMBER if slipped.type in _TEXTS else NAME + NUMBER
        row = {f.header: valid_value(item, f, ORGANISATION, 9) for f in item.fields}
        rows.append({**row, slipped.header: value})
    return rows


# ---------------------------------------------------------------- formats


def csv_text(rows: Iterable[Mapping[str, str]]) -> str:
    listed = list(rows)
    lines = [list(listed[0]), *(list(row.values()) for row in listed)]
    return "\n".join(",".join('"' + c.replace('"', '""') + '"' for c in line) for line in lines)


def json_text(rows: Iterable[Mapping[str, str]]) -> str:
    return json.dumps(list(rows), ensure_ascii=False)


def xml_text(rows: Iterable[Mapping[str, str]]) -> str:
    def element(header: str, value: str) -> str:
        tag = header.translate(str.maketrans("", "", "()（）/%"))
        return f"<{tag}>{escape(value)}</{tag}>"

    records = "".join(
        "<record>" + "".join(element(*pair) for pair in row.items()) + "</record>" for row in rows
    )
    return f"<records>{records}</records>"


def sheet_bytes(rows: Iterable[Iterable[str]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def zipped(member: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return buffer.getvalue()


# ---------------------------------------------------------------- files


def plant(landing: Path) -> None:
    """Add the planted deliveries to a landing zone."""
    day = landing / DAY.isoformat()
    for item in CATALOGUE.items.values():
        unit, encoding = _agreed(item)
        folder = day / unit
        folder.mkdir(parents=True, exist_ok=True)
        text = csv_text(rows_of(item))
        (folder / f"{item.item_code}__planted.csv").write_bytes(text.encode(encoding))
    _plant_faults(day, *_agreed(CATALOGUE.items["social_order_case"]))
    _plant_names(landing, day)


def _agreed(item: Item) -> tuple[str, str]:
    for unit in sorted(CATALOGUE.unit_codes):
        encoding = CATALOGUE.encoding_of(item.item_code, unit)
        if encoding is not None:
            return unit, encoding
    raise AssertionError(f"nobody delivers {item.item_code}")


def _plant_faults(day: Path, unit: str, encoding: str) -> None:
    """Files of persons, each wrong in its own way."""
    item = CATALOGUE.items["social_order_case"]
    rows, said = rows_of(item)[:2], f"{NAME} {NUMBER}"
    headers = list(rows[0])
    good = csv_text(rows).encode(encoding)
    short = [{k: v for k, v in row.items() if k != "姓名"} for row in rows]
    broken = f'"{said}\n{said},"{said}"x,{said}\n'.encode(encoding)
    files: dict[str, bytes] = {
        "f01_header.csv": f'"{said},{said}\n'.encode(encoding) + good,
        "f01_encoding.csv": said.encode() + b"\xff\xff," + good,
        "f01.json": f'[{{"姓名": "{said}", {said}'.encode(encoding),
        "f01_text.json": f'"{said}"'.encode(encoding),
        "f01.xml": f"<records><record><姓名>{said}".encode(),
        "f01_dtd.xml": f'<!DOCTYPE r [<!ENTITY e "{said}">]>{xml_text(rows)}'.encode(),
        "f01_other.xml": f"<{NAME}><record>{said}</record></{NAME}>".encode(),
        "f01.xlsx": zipped("xl/workbook.xml", said.encode()),
        "f01_text.xls": said.encode(),
        "f01.csv.gz": gzip.compress(good, mtime=0)[:-9],
        "f01_member.zip": zipped(f"{said}.docx", good),
        "f02.csv": csv_text(short).encode(encoding),
        "f02_headers.csv": f"{said},{NAME}\n{said},{NAME}\n".encode(encoding),
        "f02_twice.csv": f"姓名,姓 名,{said}\n{NAME},{NAME},1\n".encode(encoding),
        "f02_twice.json": f'[{{"{said}": "1", "{said}": "{said}"}}]'.encode(encoding),
        "f02.xlsx": sheet_bytes([[said, NAME, NUMBER], [said, NAME, NUMBER]]),
        "f03_rows.csv": good,
        "f03_text.csv": good + b"\n",
        "f03_null.csv": good + b"\n\n",
        "f05.csv": f"{NAME}体温,{said}\n{said},{said}\n".encode(encoding),
        "f05.xlsx": sheet_bytes([[said, f"{NAME}血型"], [NAME, NUMBER]]),
        "f06_columns.csv": ",".join([said] * 300).encode(encoding),
        "f06_cell.csv": csv_text([{**rows[0], "姓名": said * 3000}]).encode(encoding),
        "good.zip": zipped(f"{said}.csv", good + b"\n\n\n"),
        "good.json": json_text(rows).encode(encoding),
        "good.xml": xml_text(rows).encode(),
        "good.xlsx": sheet_bytes([headers, *(row.values() for row in rows)]),
        "q06.csv": good + b"\n" + broken,
        "q06.jsonl": f'"{said}"\n[{said}\n{json.dumps(rows[1], ensure_ascii=False)}\n'.encode(
            encoding
        ),
        "q07.csv": good + b"\n" + said.encode(encoding) + b"\x00,\xff\n",
        "q07.jsonl": f'{{"姓名": "{said}\\u0000"}}\n'.encode(encoding),
        "q02.json": json.dumps([{**rows[0], "姓名": [said], "证件号码": {said: said}}]).encode(),
    }
    controls = {
        "f03_rows.csv": {"rows": 99, "sha256": NUMBER, said: said},
        "f03_text.csv": said,
        "f03_null.csv": {"rows": None, NAME: said},
    }
    for name, content in files.items():
        (day / unit / f"social_order_case__{name}").write_bytes(content)
    for name, content in controls.items():
        path = day / unit / f"social_order_case__{name}.control.json"
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _plant_names(landing: Path, day: Path) -> None:
    """Identity numbers in the names of files and folders; good files among them."""
    unit, encoding = _agreed(CATALOGUE.items["social_order_case"])
    row = rows_of(CATALOGUE.items["social_order_case"])[1]
    for turn, number in enumerate(NUMBERS):
        own = {**row, "认定文书号": f"案{turn}", "证件号码": number}
        content = csv_text([own]).encode(encoding)
        (day / unit / f"social_order_case__{number}.csv").write_bytes(content)
        (day / unit / f"social_order_case__{number} again.csv").write_bytes(content)
    for path in (
        day / unit / f"{NUMBER}.csv",
        day / unit / f"social_order_case__{NUMBER}.docx",
        day / f"case of {NUMBER}" / "social_order_case.csv",
        day / unit / NUMBER / "social_order_case.csv",
        landing / f"about {NUMBER}" / unit / "social_order_case.csv",
    ):
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(csv_text([row]).encode(encoding))
    (day / unit / f"social_order_case__link {NUMBER}.csv").symlink_to(f"/{NUMBER}")
