"""Landing zones made at random, dense in the cases that rules are about.

Few subjects, documents and dates, so that versions, objections, repairs and listings collide; dates
on the boundaries of every rule; values in every form that is read, and in forms that are not. What
comes of it nobody knows beforehand: the product and the independent computation have to agree.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter

from orchestration.catalogue import Catalogue, CatalogueField, FieldType, Item, load_catalogue
from tests.oracle.aims import AIMS, Row

_CHARSET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_NULLS = ("", "-", "--", "—", "——", "— —", "/", "\\", "无", "暂无", "NULL", "null", "None", "N/A")
_SPACES = ("", "", "", "", " ", "\u3000", "\t", "\u00a0", " \u2003")
_NAMES = (
    "杭州甲乙科技有限公司",
    "杭州（甲乙）科技有限公司",
    "杭州(甲乙)科技有限公司",
    "宁波丙丁 贸易有限公司",
    "宁波丙丁贸易有限公司",
    "温州戊己医院",
    "个人独资企业庚辛",
    "台州壬癸合作社",
    "ＡＢＣ商行",
    "ABC商行",
)
_DONORS = (
    *_NAMES,
    "张三",
    "某公司员工李四",
    "王五转来甲公司捐款",
    "爱心市民",
    "某某小学学生",
    "甲公司 学生用品厂",
    "职工医院",
    "甲公司职工医院",
    "代理商乙公司",
    "个人独资丙厂",
    'A,"B"中心',
)


def uscc(prefix: str, region: str, organisation: str) -> str:
    """A code whose check character is right: ``prefix`` of 2, ``region`` of 6, 9 more."""
    body = f"{prefix}{region}{organisation}"
    total = sum(_CHARSET.index(c) * w for c, w in zip(body, _WEIGHTS, strict=True))
    return body + _CHARSET[(31 - total % 31) % 31]


def org_code(eight: str) -> str:
    """An organisation code of nine characters from its first eight."""
    total = sum(int(c, 36) * w for c, w in zip(eight, _ORG_WEIGHTS, strict=True))
    check = 11 - total % 11
    return eight + {10: "X", 11: "0"}.get(check, str(check))


def identity_number(first: str) -> str:
    """A resident identity number from its first 17 digits."""
    total = sum(int(c) * w for c, w in zip(first, _IDENTITY_WEIGHTS, strict=True))
    return first + "10X98765432"[total % 11]


class Chaos:
    """One random landing zone; the same seed gives the same deliveries."""

    def __init__(
        self,
        seed: int,
        as_of: date,
        subjects: int = 60,
        faults: float = 0.02,
        aimed: float = 0.0,
    ) -> None:
        self.random = random.Random(seed)
        self.as_of = as_of
        self.faults = faults
        # How many rows that may speak of a delivered one do, in dates that the rules are about.
        self.aimed = aimed
        self.delivered: dict[str, list[Row]] = {}
        self.catalogue: Catalogue = load_catalogue()
        pick = self.random
        self.codes = []
        for number in range(subjects):
            prefix = pick.choice(["91"] * 6 + ["92", "93", "51", "12", "A1"])
            region = pick.choice(["330102", "330106", "330282", "331000", "330000", "110101"])
            eight = f"{number:04d}{pick.choice('0123456789ABCDEF')}{pick.randrange(1000):03d}"
            self.codes.append(uscc(prefix, region, org_code(eight)))
        self.persons = [
            identity_number(f"330102{pick.choice(['19800229', '20491231', '19700101'])}{n:03d}")
            for n in range(8)
        ]
        self.documents = [
            f"浙{letter}〔2020〕{n}号" for letter in "罚定奖" for n in range(subjects)
        ]
        self.numbers = [f"N-{n}" for n in range(3 * subjects)]
        self.days = self._days()

    def _days(self) -> list[date]:
        anchors = [
            date(2020, 1, 20),
            date(2020, 12, 31),
            date(2020, 2, 29),
            date(2020, 1, 31),
            self.as_of,
            self.as_of - timedelta(30),
            *(self._years_before(self.as_of, n) for n in (1, 2, 3, 5, 10)),
            date(2020, 4, 24),
        ]
        near = [day + timedelta(n) for day in anchors for n in (-1, 0, 1)]
        inside = [date(2020, 1, 20) + timedelta(9 * n) for n in range(39)]
        return near + inside

    @staticmethod
    def _years_before(day: date, years: int) -> date:
        try:
            return day.replace(year=day.year - years)
        except ValueError:
            return day.replace(year=day.year - years, day=28)

    def near(self, day: date) -> str:
        """A date about another."""
        return (day + timedelta(self.random.choice([-1, 0, 1]))).isoformat()

    # ------------------------------------------------------------- deliveries

    def write(self, landing: Path, rows_per_file: int = 25, deliveries: int = 8) -> None:
        """Write every agreed pair (and a few others) on some dates up to past the as-of date."""
        span = (self.as_of - date(2020, 2, 1)).days
        dates = sorted(
            {
                date(2020, 2, 1) + timedelta(self.random.randrange(span + 4))
                for _ in range(deliveries)
            }
        )
        pairs = [(a.item_code, a.unit_code, a.format) for a in self.catalogue.agreements]
        pairs += [("joint_measure", "tax", "csv"), ("administrative_penalty", "tax", "jsonl")]
        for day in dates:
            for item_code, unit, agreed in pairs:
                is_aimed = bool(self.aimed) and item_code in AIMS
                if (
                    item_code != "enterprise_register"
                    and not is_aimed
                    and self.random.random() < 0.5
                ):
                    continue
                item = self.catalogue.items[item_code]
                form = agreed if self.random.random() < 0.7 else self._any_format()
                rows = [self._row(item, day) for _ in range(self.random.randrange(rows_per_file))]
                encoding = self.catalogue.encoding_of(item_code, unit) or "utf-8"
                if form == "xls":
                    form = "xlsx"
                self._write(landing / day.isoformat() / unit, item, form, encoding, rows)

    def _any_format(self) -> str:
        return self.random.choice(["csv", "xlsx", "json", "jsonl", "xml"])

    def _write(self, folder: Path, item: Item, form: str, encoding: str, rows: list[Row]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        headers = [header for header in item.headers if self._keeps(item, header)]
        self.random.shuffle(headers)
        content = _WRITERS[form](self, item, headers, rows, encoding)
        stem = item.item_code + self.random.choice(["", "__a", "__二"])
        chance = self.random.random()
        if chance < 0.06:
            (folder / f"{stem}.{form}.gz").write_bytes(gzip.compress(content, mtime=0))
        elif chance < 0.12:
            with zipfile.ZipFile(folder / f"{stem}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
                packed.writestr(f"x.{form}", content)
        else:
            (folder / f"{stem}.{form}").write_bytes(content)
            if chance < 0.2:
                control = {"rows": len(rows) + (chance < 0.13)}
                (folder / f"{stem}.{form}.control.json").write_text(json.dumps(control))

    def _keeps(self, item: Item, header: str) -> bool:
        field = item.headers[header]
        return field.required or self.random.random() < 0.93

    # ------------------------------------------------------------------- rows

    def _row(self, item: Item, day: date) -> Row:
        row = {header: self._value(item, field, day) for header, field in item.headers.items()}
        if item.item_code == "charity_donation" and self.random.random() < 0.4:
            row["捐赠日期"] = self.days[3].isoformat()
            row["捐赠金额(元)"] = "1000"
        aim = AIMS.get(item.item_code)
        if self.aimed and aim and self.random.random() < self.aimed:
            aimed = aim(self, day)
            row |= {h: aimed[f.name] for h, f in item.headers.items() if f.name in aimed}
        if self.aimed:
            named = {field.name: row[header] for header, field in item.headers.items()}
            self.delivered.setdefault(item.item_code, []).append(named)
        return row

    def one_of(self, *items: str) -> Row:
        """A row that was delivered before, by names of fields; an empty one if there is none."""
        found = [row for item in items for row in self.delivered.get(item, [])]
        return self.random.choice(found) if found else {}

    def _value(self, item: Item, field: CatalogueField, day: date) -> Any:
        if self.random.random() < self.faults:
            return self.random.choice(_FAULTY)
        if not field.required and self.random.random() < 0.25:
            return self.random.choice(_NULLS)
        special = _SPECIAL.get(field.name)
        value = special(self, day) if special else self._typed(field, day)
        if isinstance(value, str) and self.random.random() < 0.15:
            return self.random.choice(_SPACES) + value + self.random.choice(_SPACES)
        return value

    def _typed(self, field: CatalogueField, day: date) -> Any:
        match field.type:
            case FieldType.CODE:
                return self._code(field)
            case FieldType.CODE_LIST:
                codes = [*self.catalogue.codes_of(field), "其他-没收", "其他"]
                chosen = self.random.choices(codes, k=self.random.randrange(1, 4))
                return self.random.choice([";", "；", "、"]).join(chosen)
            case FieldType.DATE | FieldType.UNTIL_DATE:
                return self._date(day, past=field.past, until=field.type is FieldType.UNTIL_DATE)
            case FieldType.TIMESTAMP:
                return self._timestamp(day)
            case FieldType.BOOLEAN:
                return self.random.choice(["是", "是", "否", "true", "Y", "1", "0", "N", "Ｙ"])
            case FieldType.INTEGER:
                top = field.maximum or 3
                return str(self.random.choice([field.minimum or 1, 1, 2, 3, top]))
            case FieldType.DECIMAL:
                return self.random.choice(_AMOUNTS)
            case _:
                return self.random.choice(
                    ["某事", "说明，有", 'a"b', "x" * 5, self._identity_text()]
                )

    def _code(self, field: CatalogueField) -> str:
        return self.random.choice(list(self.catalogue.codes_of(field)))

    def _identity_text(self) -> str:
        number = self.random.choice(self.persons)
        return self.random.choice(
            [f"身份证{number}号", number, number.lower(), f"A{number}", f"{number}1", f"{number}，"]
        )

    def _date(self, day: date, *, past: bool = False, until: bool = False) -> str:
        if until and self.random.random() < 0.3:
            return self.random.choice(["长期", "9999-9-9", "2099-12-31", "9999/12/31"])
        chosen = self.random.choice(self.days)
        if past and chosen > day and self.random.random() < 0.97:
            chosen = day - timedelta(self.random.randrange(40))
        return self._date_text(chosen)

    def _date_text(self, chosen: date) -> str:
        y, m, d = chosen.year, chosen.month, chosen.day
        forms = [chosen.isoformat()] * 5
        forms += [f"{y}/{m}/{d}", f"{y}.{m}.{d}", f"{y}{m:02d}{d:02d}", f"{y}年{m}月{d}日"]
        return self.random.choice([*forms, f"{y}-{m}-{d} 00:00:00"])

    def _timestamp(self, day: date) -> str:
        chosen = min(self.random.choice(self.days), day - timedelta(self.random.randrange(3)))
        clock = self.random.choice(["00:00", "23:59:59", "12:30:15.999", "08:00"])
        zone = self.random.choice(["", "", "", "Z", "+08:00", "-05:00"])
        return f"{chosen.isoformat()}{self.random.choice([' ', 'T'])}{clock}{zone}"

    def code(self) -> str:
        """A subject's code, sometimes as hands write it."""
        code = self.random.choice(self.codes)
        chance = self.random.random()
        if chance < 0.05:
            return code.lower()
        if chance < 0.1:
            return code.replace("1", "I", 1).replace("0", "O", 1)
        if chance < 0.12:
            return code[:-1] + self.random.choice("0123456789")
        return code if chance < 0.97 else f"{code[:8]} {code[8:]}"

    def org_code_text(self) -> str:
        """The organisation code of a subject, with or without its hyphen."""
        nine = self.random.choice(self.codes)[8:17]
        return self.random.choice([nine, f"{nine[:8]}-{nine[8:]}"])


_AMOUNTS = (
    "0", "0.00", "10", "10.0", "9.99999", "10000", "100,000", "1,000,000.005", "0.005", "0.0049",
    "12.3456789", "999999.99", "36", "１０", "5.25",
)  # fmt: skip
_FAULTY = (
    None, "", "abc", "-1", "1e3", "+5", "2020-13-01", "2020-02-30", "1899-12-31", "2101-01-01",
    "9" * 30, "x" * 600, "１２３", "1,00", ".", "1.", ".5", "是是", "长期", "1900-01-01",
)  # fmt: skip


def _finality(chaos: Chaos, _: date) -> str:
    return chaos.random.choice(["已生效"] * 8 + ["复议诉讼中", "已撤销"])


def _chosen(*values: str) -> Callable[[Chaos, date], str]:
    return lambda chaos, _: chaos.random.choice(values)


_SPECIAL: dict[str, Callable[[Chaos, date], Any]] = {
    "uscc": lambda chaos, _: chaos.code(),
    "authority_uscc": lambda chaos, _: chaos.codes[0],
    "employer_uscc": lambda chaos, _: chaos.code(),
    "org_code": lambda chaos, _: chaos.org_code_text(),
    "id_number": lambda chaos, _: chaos.random.choice([*chaos.persons, "E1234567", "x 9"]),
    "id_kind": _chosen("01", "01", "01", "02", "05", "１"),
    "person_name": _chosen("张三", "欧阳 娜娜", "李", "𠮷野"),
    "enterprise_name": _chosen(*_NAMES),
    "party_name": _chosen(*_NAMES, "张三"),
    "subject_name": _chosen(*_NAMES, "王小明"),
    "donor_name": _chosen(*_DONORS),
    "document_no": lambda chaos, _: chaos.random.choice(chaos.documents),
    "determination_no": lambda chaos, _: chaos.random.choice(chaos.documents),
    "penalty_document_no": lambda chaos, _: chaos.random.choice(chaos.documents),
    "list_determination_no": lambda chaos, _: chaos.random.choice(chaos.documents),
    "overdue_record_no": lambda chaos, _: chaos.random.choice(chaos.numbers[:40]),
    "record_no": lambda chaos, _: chaos.random.choice(chaos.numbers[:40]),
    "measure_code": _chosen("I01", "I02", "D01", "D06", "D08", "D09", "D99", "Z99"),
    "conduct_code": _chosen(
        "P01", "P02", "Q01", "Q03", "W01", "A01", "R01", "R05", "S10", "H01", "S20", "000"
    ),
    "procedure": _chosen("02", "02", "02", "02", "01"),
    "finality": _finality,
    "party_kind": _chosen(*["法人及非法人组织"] * 6, "个体工商户", "自然人"),
    "indicator": _chosen(
        *["tax_grade", "labour_grade", "environment_grade"] * 2,
        "bank_overdue",
        "unperformed_judgment",
        "wage_arrears",
        "safety_record",
    ),
    "value": _chosen("A", "B", "M", "C", "D", "绿", "蓝", "黄", "红", "黑"),
    "version": _chosen("1", "1", "1", "1", "2", "3"),
    "operation": _chosen(*["新增"] * 8, "变更", "撤销"),
    "fine_yuan": _chosen("0", "9.9999994", "9.99999949", "10", "9.999999", "0.5"),
    "confiscated_yuan": _chosen("0", "1.5"),
    "months": _chosen("1", "12", "36"),
    "year": _chosen("2019", "2020", "2021", "2025"),
    "register_status": _chosen(*["存续"] * 6, "注销", "吊销", "迁出"),
    "is_public": _chosen("是", "是", "是", "否"),
    "hours": _chosen("0.05", "0.04", "50", "99.95", "500", "1000"),
    "issuer_level": _chosen("国家级", "省级", "设区市级", "县级"),
    "annual_rate_pct": _chosen("4.35", "0", "36", "36.00001", "35.99999"),
}
for _name in (
    "inspection_no", "certificate_no", "service_no", "material_no", "application_no",
    "objection_no", "loan_no", "measure_no",
):  # fmt: skip
    _SPECIAL[_name] = lambda chaos, _: chaos.random.choice(chaos.numbers)


# ------------------------------------------------------------------- formats


def _csv(chaos: Chaos, item: Item, headers: Sequence[str], rows: list[Row], encoding: str) -> bytes:
    out = io.StringIO()
    ending = chaos.random.choice(["\n", "\r\n"])
    writer = csv.writer(out, lineterminator=ending)
    writer.writerow(headers)
    for row in rows:
        writer.writerow([_text(row[header]) for header in headers])
        if chaos.random.random() < 0.02:
            out.write(chaos.random.choice(["", ",", " , "]) + ending)
        if chaos.random.random() < chaos.faults / 3:
            out.write(chaos.random.choice(['"open', "a,b", 'x,"y"z', '"a""b']) + ending)
    return out.getvalue().encode(encoding)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _xlsx(chaos: Chaos, item: Item, headers: Sequence[str], rows: list[Row], _: str) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        first = chaos.random.choice([0, 0, 2])
        if first:
            sheet.write_string(0, 0, "标题")
        sheet.write_row(first, 0, headers)
        for number, row in enumerate(rows, start=first + 1):
            for column, header in enumerate(headers):
                value = row[header]
                field = item.headers[header]
                if value is None or value == "":
                    continue
                if chaos.random.random() < 0.5 and _write_typed(
                    sheet, number, column, value, field, day
                ):
                    continue
                sheet.write_string(number, column, value)
    return out.getvalue()


def _write_typed(
    sheet: Any, row: int, column: int, value: str, field: CatalogueField, day: Any
) -> bool:
    """Write a cell as number or date where the text is one; False if it is none."""
    if field.type in {FieldType.DATE, FieldType.UNTIL_DATE}:
        try:
            sheet.write_datetime(row, column, date.fromisoformat(value), day)
        except ValueError:
            return False
        return True
    if field.type in {FieldType.DECIMAL, FieldType.INTEGER} and value.replace(".", "", 1).isdigit():
        if len(value) > 12 or not value.isascii():
            return False
        sheet.write_number(row, column, float(value))
        return True
    return False


def _json(
    chaos: Chaos, item: Item, headers: Sequence[str], rows: list[Row], encoding: str
) -> bytes:
    records = [_record(chaos, item, headers, row) for row in rows]
    return _dumped(records, ensure_ascii=chaos.random.random() < 0.3).encode(encoding)


def _dumped(value: Any, *, ensure_ascii: bool = False) -> str:
    """JSON text; a lone surrogate stays an escape, as no encoding has it."""
    return json.dumps(value, ensure_ascii=ensure_ascii).replace("\ud800", "\\ud800")


def _jsonl(
    chaos: Chaos, item: Item, headers: Sequence[str], rows: list[Row], encoding: str
) -> bytes:
    lines = []
    for row in rows:
        lines.append(_dumped(_record(chaos, item, headers, row)))
        if chaos.random.random() < chaos.faults:
            lines.append(chaos.random.choice(["", "{", "[]", "3", '{"a": ']))
    return "\n".join(lines).encode(encoding)


def _record(chaos: Chaos, item: Item, headers: Sequence[str], row: Row) -> Row:
    record: Row = {}
    for header in headers:
        value = row[header]
        field = item.headers[header]
        if chaos.random.random() < 0.03:
            continue
        if chaos.random.random() < chaos.faults / 3:
            record[header] = chaos.random.choice([{}, [1], 1.5, 2.0, True, "\ud800", "a\x00b"])
        elif value in ("true", "1") and field.type is FieldType.BOOLEAN:
            record[header] = True
        elif isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 6:
            is_number = field.type in {FieldType.DECIMAL, FieldType.INTEGER}
            record[header] = int(value) if is_number and value == str(int(value)) else value
        else:
            record[header] = value
    return record


def _xml(chaos: Chaos, item: Item, headers: Sequence[str], rows: list[Row], _: str) -> bytes:
    names = {header: "".join(c for c in header if c not in "()/%") for header in headers}
    encoding = chaos.random.choice(["utf-8", "gb18030"])
    parts = [f'<?xml version="1.0" encoding="{encoding}"?><records>']
    for row in rows:
        cells = "".join(
            f"<{names[header]}>{escape(_text(row[header]))}</{names[header]}>"
            for header in headers
            if row[header] is not None
        )
        parts.append(f"<record>{cells}</record>\n")
    return "".join([*parts, "</records>"]).encode(encoding)


_WRITERS: dict[str, Callable[[Chaos, Item, Sequence[str], list[Row], str], bytes]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "json": _json,
    "jsonl": _jsonl,
    "xml": _xml,
}
