"""Small made-up deliveries for the oracle's own tests."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import xlsxwriter

from .deliveries import read_deliveries
from .items import ITEMS
from .model import DeliveredFile, Deliveries

KEY = "a key for tests"
DAY = "2020-03-01"
USCC = "91330105MA27WLT54H"
ORG_CODE = "MA27WLT54"
IDENTITY = "11010519491231002X"

SAMPLES: dict[str, dict[str, object]] = {
    "enterprise_scale": {"统一社会信用代码": USCC, "年度": "2019", "规模": "小型"},
    "regular_indicator": {
        "统一社会信用代码": USCC,
        "指标代码": "tax_grade",
        "指标值": "A",
        "记录编号": "J-1",
        "认定日期": "2020-02-01",
    },
    "administrative_penalty": {
        "CF_XDR_MC": "某公司",
        "CF_XDR_LB": "法人及非法人组织",
        "CF_XDR_SHXYM": USCC,
        "CF_WSH": "浙1号",
        "CF_WFXW": "行为",
        "CF_SY": "事实",
        "CF_YJ": "依据",
        "CF_CFLB": "警告",
        "CF_NR": "内容",
        "CF_JDRQ": "2020-02-01",
        "CF_CFJG": "某局",
        "CF_SJLY": "某局",
        "案件程序类别": "02",
        "生效状态": "已生效",
        "疫情失信行为代码": "P02",
    },
    "social_order_case": {
        "认定文书号": "认1号",
        "处罚决定书文号": "罚1号",
        "姓名": "王 小明",
        "证件类型": "01",
        "证件号码": IDENTITY,
        "失信行为代码": "S20",
        "认定日期": "2020-02-10",
        "认定地": "3301",
        "认定机关": "某分局",
        "生效状态": "已生效",
    },
    "resumption_inspection": {
        "检查编号": "检1号",
        "企业名称": "某公司",
        "统一社会信用代码": USCC,
        "检查事项": "R02",
        "检查日期": "2020-02-20",
        "检查结果": "不合格",
    },
    "charity_donation": {
        "捐赠日期": "2020.02.01",
        "捐赠(单位/姓名)": "某某有限公司",
        "捐赠金额(元)": "10000",
    },
    "commendation": {
        "表彰文件号": "表1号",
        "表彰日期": "2020-02-20",
        "表彰机关": "省政府",
        "表彰级别": "省级",
        "机关类型": "人民政府",
        "是否疫情防控": "是",
        "对象类型": "企业",
        "对象名称": "某公司",
        "统一社会信用代码": USCC,
    },
    "publicity_material": {
        "材料编号": "材1号",
        "类型": "诚实守信事迹",
        "对象类型": "企业",
        "对象名称": "某公司",
        "标题": "标题",
        "摘要": "摘要",
        "发布日期": "2020-05-01",
    },
    "credit_repair_application": {
        "申请编号": "申1号",
        "企业名称": "某公司",
        "统一社会信用代码": USCC,
        "处罚决定书文号": "罚1号",
        "受理网站": "信用浙江",
        "受理时间": "2020-02-20T09:00:00",
        "信用修复承诺书": True,
        "已履行处罚": True,
        "信用修复培训": False,
        "信用报告": False,
    },
    "objection": {
        "异议编号": "异1号",
        "统一社会信用代码": USCC,
        "涉及文书号": "罚1号",
        "受理日期": "2020-02-20",
    },
    "key_enterprise": {
        "企业名称": "某公司",
        "统一社会信用代码": USCC,
        "名单类型": "医疗保障",
        "列入日期": "2020-02-01",
        "授权银行查询": "是",
    },
    "credit_loan": {
        "贷款编号": "贷1号",
        "统一社会信用代码": USCC,
        "银行名称": "某银行",
        "投放地": "3302",
        "发放日期": "2020-02-01",
        "贷款金额(万元)": "12.345678",
        "是否信用贷款": "是",
        "年利率(%)": "4.35",
        "是否纳入风险补偿": "否",
    },
    "direct_donation": {
        "认定编号": "捐1号",
        "企业名称": "某公司",
        "统一社会信用代码": USCC,
        "捐赠日期": "2020-02-01",
        "受赠单位": "某医院",
        "捐赠金额(元)": "10000",
    },
    "joint_measure": {
        "措施编号": "措1号",
        "措施代码": "D01",
        "统一社会信用代码": USCC,
        "依据层级": "2",
        "开始日期": "2020-02-01",
        "执行单位": "某厅",
    },
}
SAMPLE_UNITS = {
    "enterprise_scale": "market_regulation",
    "regular_indicator": "emergency_management",
    "administrative_penalty": "public_security",
    "social_order_case": "health_code_3301",
    "resumption_inspection": "commerce",
    "charity_donation": "civil_affairs",
    "direct_donation": "civil_affairs",
    "commendation": "finance",
    "publicity_material": "big_data",
    "credit_repair_application": "development_reform",
    "objection": "development_reform",
    "key_enterprise": "economy_it",
    "credit_loan": "local_finance",
    "joint_measure": "development_reform",
}


def changed(item_code: str, **changes: object) -> dict[str, object]:
    """The sample row of an item with some fields, by their English names, changed."""
    headers = {ITEMS[item_code].field(name).header: value for name, value in changes.items()}
    return SAMPLES[item_code] | headers


def csv_bytes(rows: list[dict[str, object]], encoding: str = "utf-8") -> bytes:
    headers = list(dict.fromkeys(header for row in rows for header in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, headers, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def json_bytes(rows: list[dict[str, object]]) -> bytes:
    return json.dumps(rows, ensure_ascii=False).encode()


def xlsx_bytes(rows: list[list[object]]) -> bytes:
    """A workbook of one sheet; dates become date cells, ``#…`` error cells."""
    data = io.BytesIO()
    workbook = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = workbook.add_worksheet()
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    for row_number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(row_number, column, cell, day)
            elif isinstance(cell, str) and cell.startswith("#"):
                sheet.write_formula(row_number, column, "=1/0", None, cell)
            elif cell is not None:
                sheet.write(row_number, column, cell)
    workbook.close()
    return data.getvalue()


def deliver(landing: Path, item_code: str, data: bytes, name: str = "", day: str = DAY) -> Path:
    """Put a file of an item where its sample unit delivers it."""
    folder = landing / day / SAMPLE_UNITS[item_code]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"{item_code}.csv")
    path.write_bytes(data)
    return path


def read(landing: Path, as_of: date = date(2020, 12, 31)) -> Deliveries:
    return read_deliveries(landing, as_of, KEY)


def read_rows(landing: Path, item_code: str, rows: list[dict[str, object]]) -> Deliveries:
    """Deliver rows of one item as json and read them."""
    deliver(landing, item_code, json_bytes(rows), f"{item_code}.json")
    return read(landing)


def codes(deliveries: Deliveries) -> dict[int, list[str]]:
    return {row.source_row: row.codes for row in deliveries.quarantined}


def faults(deliveries: Deliveries) -> dict[str, str | None]:
    return {file.file_name: file.fault for file in deliveries.files}


def counts(file: DeliveredFile) -> tuple[int, int, int, int]:
    """Delivered, loaded, quarantined, dropped."""
    return file.rows_delivered, file.rows_loaded, file.rows_quarantined, file.rows_dropped
