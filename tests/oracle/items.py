"""The item table of catalogue section 3 as plain data.

One ``Field`` per line of the table, in its order; what concerns two fields is in ``rules.py``.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def codebook(name: str) -> list[dict[str, str]]:
    path = REPOSITORY / "dbt_project" / "seeds" / f"{name}.csv"
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@dataclass(frozen=True)
class Field:
    """One field. ``kind`` is its type; the other attributes concern only some kinds."""

    name: str
    header: str
    kind: str
    required: bool = False
    key: bool = False
    length: int = 200
    codes: tuple[str, ...] = ()
    default: object = None
    past: bool = False
    lowest: int = 0
    highest: int | None = None
    precision: int = 18
    scale: int = 2
    factor: int = 1
    above_zero: bool = False


@dataclass(frozen=True)
class Item:
    code: str
    fields: tuple[Field, ...]
    has_versions: bool = True

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)

    @property
    def keys(self) -> list[str]:
        return [field.name for field in self.fields if field.key]


def _text(name: str, header: str, length: int = 200, *, required: bool = False) -> Field:
    return Field(name, header, "text", required=required, length=length)


def _key(name: str, header: str, length: int = 128) -> Field:
    return Field(name, header, "text", required=True, key=True, length=length)


def _code(
    name: str, header: str, codes: str, *, required: bool = False, default: str | None = None
) -> Field:
    allowed = tuple(codes.split())
    return Field(name, header, "code", required=required, codes=allowed, default=default)


def _uscc(*, required: bool = True, key: bool = False) -> Field:
    return Field("uscc", "统一社会信用代码", "uscc", required=required, key=key)


def _date(name: str, header: str, *, required: bool = False, past: bool = False) -> Field:
    return Field(name, header, "date", required=required, past=past)


def _boolean(name: str, header: str, *, required: bool = True) -> Field:
    return Field(name, header, "boolean", required=required)


ENTERPRISE_NAME = _text("enterprise_name", "企业名称", required=True)
CITY_CODES = " ".join(str(city) for city in range(3301, 3312))
FINALITY = "已生效 复议诉讼中 已撤销"
SUBJECT_KINDS = "企业 其他法人 自然人"
ID_KINDS = "01 02 03 04 05"
CONDUCT_CODES = " ".join([row["conduct_code"] for row in codebook("conduct_codes")] + ["000"])
PENALTY_CATEGORIES = tuple(row["penalty_category"] for row in codebook("penalty_categories"))
VERSION_FIELDS = (
    Field("version", "信息版本号", "integer", default=1, lowest=1),
    Field("operation", "更新类型", "code", codes=("新增", "变更", "撤销"), default="新增"),
)

_ITEMS = [
    Item(
        "enterprise_register",
        (
            ENTERPRISE_NAME,
            _uscc(key=True),
            _date("established_on", "注册日期", required=True, past=True),
            _text("enterprise_type", "企业类型", 100),
            Field("legal_representative", "法人代表", "never stored"),
            _text("registered_capital", "注册资金", 100),
            _text("business_scope", "经营范围", 8000),
            _text("province", "所在省份", 50),
            _text("city_name", "地区", 50),
            _text("address", "注册地址", 500),
            _code("register_status", "登记状态", "存续 注销 吊销 迁出", default="存续"),
        ),
        has_versions=False,
    ),
    Item(
        "enterprise_scale",
        (
            _uscc(key=True),
            Field("year", "年度", "integer", required=True, key=True, lowest=2000, highest=2100),
            _code("scale", "规模", "大型 中型 小型 微型", required=True),
        ),
    ),
    Item(
        "regular_indicator",
        (
            _uscc(key=True),
            Field(
                "indicator",
                "指标代码",
                "code",
                required=True,
                key=True,
                codes=(
                    "tax_grade",
                    "labour_grade",
                    "environment_grade",
                    "bank_overdue",
                    "unperformed_judgment",
                    "wage_arrears",
                    "safety_record",
                ),
            ),
            _text("value", "指标值", 10),
            _key("record_no", "记录编号", 100),
            _date("recorded_on", "认定日期", required=True, past=True),
        ),
    ),
    Item(
        "administrative_penalty",
        (
            _text("party_name", "CF_XDR_MC", required=True),
            _code("party_kind", "CF_XDR_LB", "法人及非法人组织 个体工商户 自然人", required=True),
            Field("uscc", "CF_XDR_SHXYM", "uscc"),
            _text("registration_no", "CF_XDR_GSZC", 50),
            Field("org_code", "CF_XDR_ZZJG", "org_code"),
            Field("legal_representative", "CF_FRDB", "never stored"),
            _key("document_no", "CF_WSH"),
            _text("violation_type", "CF_WFXW", 500, required=True),
            _text("facts", "CF_SY", 4000, required=True),
            _text("legal_basis", "CF_YJ", 2000, required=True),
            Field(
                "penalty_categories",
                "CF_CFLB",
                "category list",
                required=True,
                codes=PENALTY_CATEGORIES,
            ),
            _text("penalty_content", "CF_NR", 4000, required=True),
            Field("fine_yuan", "CF_NR_FK", "decimal", factor=10_000),
            Field("confiscated_yuan", "CF_NR_WFFF", "decimal", factor=10_000),
            _text("suspended_licence", "CF_NR_ZKDX", 200),
            _date("decision_date", "CF_JDRQ", required=True, past=True),
            Field("valid_until", "CF_YXQ", "until"),
            Field("publish_until", "CF_GSJZQ", "until"),
            _text("authority_name", "CF_CFJG", required=True),
            Field("authority_uscc", "CF_CFJGDM", "uscc"),
            _text("source_name", "CF_SJLY", required=True),
            _text("remarks", "BZ", 2000),
            _code("procedure", "案件程序类别", "01 02", required=True),
            _code("finality", "生效状态", FINALITY, required=True),
            _code("conduct_code", "疫情失信行为代码", CONDUCT_CODES, required=True),
            Field("is_public", "是否公开", "boolean", default=True),
            _text("not_public_ground", "不公开依据", 500),
        ),
    ),
    Item(
        "social_order_case",
        (
            _key("determination_no", "认定文书号"),
            _text("penalty_document_no", "处罚决定书文号", 128, required=True),
            _text("person_name", "姓名", required=True),
            _code("id_kind", "证件类型", ID_KINDS, required=True),
            Field("id_number", "证件号码", "identity", required=True),
            _code("conduct_code", "失信行为代码", "S10 S20 S30 H01", required=True),
            _date("determined_on", "认定日期", required=True, past=True),
            _code("city_code", "认定地", CITY_CODES, required=True),
            _text("authority_name", "认定机关", required=True),
            _code("finality", "生效状态", FINALITY, required=True),
            _text("employer_name", "所在单位名称"),
            Field("employer_uscc", "所在单位统一社会信用代码", "uscc"),
        ),
    ),
    Item(
        "resumption_inspection",
        (
            _key("inspection_no", "检查编号"),
            ENTERPRISE_NAME,
            _uscc(),
            Field(
                "duty_code",
                "检查事项",
                "code",
                required=True,
                key=True,
                codes=("R01", "R02", "R03", "R04", "R05", "R06"),
            ),
            _date("inspected_on", "检查日期", required=True, past=True),
            _code("finding", "检查结果", "合格 不合格", required=True),
            _date("rectified_on", "整改完成日期", past=True),
            _text("penalty_document_no", "处罚决定书文号"),
        ),
    ),
    Item(
        "charity_donation",
        (
            _text("serial_no", "序号"),
            _date("donated_on", "捐赠日期", required=True, past=True),
            _text("donor_name", "捐赠(单位/姓名)", required=True),
            Field("amount_yuan", "捐赠金额(元)", "decimal", required=True, above_zero=True),
            _text("remarks", "备注"),
        ),
    ),
    Item(
        "direct_donation",
        (
            _key("certificate_no", "认定编号"),
            ENTERPRISE_NAME,
            _uscc(),
            _date("donated_on", "捐赠日期", required=True, past=True),
            _text("recipient", "受赠单位", 200, required=True),
            _code("kind", "捐赠类型", "资金 物资"),
            Field("amount_yuan", "捐赠金额(元)", "decimal", required=True, above_zero=True),
            _text("certified_by", "认定单位"),
            _date("certified_on", "认定日期", past=True),
        ),
    ),
    Item(
        "volunteer_service",
        (
            _key("service_no", "服务编号"),
            ENTERPRISE_NAME,
            _uscc(),
            _date("served_on", "服务日期", required=True, past=True),
            Field(
                "hours",
                "服务时长(小时)",
                "decimal",
                required=True,
                precision=9,
                scale=1,
                above_zero=True,
            ),
            _text("activity", "活动名称"),
            _text("certified_by", "认定单位"),
            _date("certified_on", "认定日期"),
        ),
    ),
    Item(
        "commendation",
        (
            _key("document_no", "表彰文件号"),
            _date("commended_on", "表彰日期", required=True, past=True),
            _text("issuer_name", "表彰机关", required=True),
            _code("issuer_level", "表彰级别", "国家级 省级 设区市级 县级", required=True),
            _code("issuer_kind", "机关类型", "人民政府 党委和人民政府 部门 其他", required=True),
            _boolean("is_epidemic", "是否疫情防控"),
            _code("subject_kind", "对象类型", SUBJECT_KINDS, required=True),
            _text("subject_name", "对象名称", required=True),
            _uscc(required=False),
            _code("id_kind", "证件类型", ID_KINDS),
            Field("id_number", "证件号码", "identity"),
            _text("honour", "荣誉称号"),
        ),
    ),
    Item(
        "administrative_award",
        (
            _key("document_no", "奖励文件号"),
            _date("awarded_on", "奖励日期", required=True, past=True),
            _text("authority_name", "奖励机关", required=True),
            _code("authority_level", "机关级别", "省级 设区市级 县级", required=True),
            _boolean("is_epidemic", "是否疫情防控"),
            ENTERPRISE_NAME,
            _uscc(key=True),
            _text("award", "奖励名称"),
        ),
    ),
    Item(
        "publicity_material",
        (
            _key("material_no", "材料编号"),
            _code("kind", "类型", "失信典型案例 防疫先进事迹 诚实守信事迹", required=True),
            _code("subject_kind", "对象类型", SUBJECT_KINDS, required=True),
            _text("subject_name", "对象名称", required=True),
            _uscc(required=False),
            _text("document_no", "关联文书号"),
            _text("title", "标题", 200, required=True),
            _text("summary", "摘要", 2000, required=True),
            _date("released_on", "发布日期", required=True),
            _boolean("has_consent", "本人同意", required=False),
        ),
    ),
    Item(
        "credit_repair_application",
        (
            _key("application_no", "申请编号"),
            ENTERPRISE_NAME,
            _uscc(),
            _text("document_no", "处罚决定书文号", required=True),
            _code("site", "受理网站", "信用中国 信用浙江", required=True),
            Field("accepted_at", "受理时间", "timestamp", required=True, past=True),
            Field("completed_at", "办结时间", "timestamp", past=True),
            _code("result", "办理结果", "同意 不同意"),
            _boolean("has_commitment", "信用修复承诺书"),
            _boolean("has_performed", "已履行处罚"),
            _boolean("has_training", "信用修复培训"),
            _boolean("has_report", "信用报告"),
        ),
    ),
    Item(
        "objection",
        (
            _key("objection_no", "异议编号"),
            _uscc(required=False),
            _code("id_kind", "证件类型", ID_KINDS),
            Field("id_number", "证件号码", "identity"),
            _text("document_no", "涉及文书号", required=True),
            _date("accepted_on", "受理日期", required=True, past=True),
            _date("resolved_on", "办结日期", past=True),
            _code("outcome", "处理结果", "更正 删除 不成立"),
        ),
    ),
    Item(
        "key_enterprise",
        (
            ENTERPRISE_NAME,
            _uscc(key=True),
            Field(
                "list_kind",
                "名单类型",
                "code",
                required=True,
                key=True,
                codes=("防控物资生产", "医疗保障", "生活物资保障", "受疫情影响较大"),
            ),
            Field("listed_on", "列入日期", "date", required=True, key=True, past=True),
            _date("delisted_on", "移出日期"),
            _boolean("is_authorised", "授权银行查询"),
        ),
    ),
    Item(
        "credit_loan",
        (
            _key("loan_no", "贷款编号"),
            _uscc(),
            _text("bank_name", "银行名称", required=True),
            _code("city_code", "投放地", CITY_CODES, required=True),
            _date("granted_on", "发放日期", required=True, past=True),
            Field(
                "amount_yuan",
                "贷款金额(万元)",
                "decimal",
                required=True,
                factor=10_000,
                above_zero=True,
            ),
            _boolean("is_credit_loan", "是否信用贷款"),
            Field(
                "annual_rate_pct",
                "年利率(%)",
                "decimal",
                required=True,
                precision=6,
                scale=4,
                highest=36,
            ),
            _boolean("is_risk_compensated", "是否纳入风险补偿"),
        ),
    ),
    Item(
        "overdue_relief",
        (
            _key("overdue_record_no", "逾期记录编号"),
            _uscc(),
            _text("institution", "接入机构名称", required=True),
            _date("overdue_on", "逾期日期", required=True, past=True),
            _date("recognised_on", "认定日期", past=True),
            _code("action", "处理方式", "暂缓报送 已报送调整", required=True),
        ),
    ),
    Item(
        "severe_dishonesty_determination",
        (
            _key("determination_no", "认定决定书文号"),
            ENTERPRISE_NAME,
            _uscc(),
            _code("ground_code", "认定情形", "G1 G2 G3 G4"),
            _date("decision_date", "决定日期", past=True),
            _boolean("signed_by_head", "负责人签署", required=False),
            _date("notified_on", "事先告知日期", past=True),
            _code("defence_handled", "陈述申辩处理", "无陈述申辩 已听取未采纳 已听取部分采纳"),
            _date("listed_on", "列入日期"),
            Field("months", "期限(月)", "integer", required=True, lowest=1, highest=36),
            _date("delisted_on", "移出日期"),
        ),
    ),
    Item(
        "joint_measure",
        (
            _key("measure_no", "措施编号"),
            _text("measure_code", "措施代码", 10, required=True),
            _uscc(),
            _text("list_determination_no", "关联认定文书号"),
            _text("legal_basis", "依据", 500),
            _code("legal_basis_level", "依据层级", "1 2 3 4 5 6", required=True),
            _date("notified_on", "告知日期"),
            _date("started_on", "开始日期", required=True, past=True),
            _date("ended_on", "结束日期"),
            _text("executing_unit", "执行单位", required=True),
        ),
    ),
]


def _with_versions(item: Item) -> Item:
    return Item(item.code, item.fields + VERSION_FIELDS) if item.has_versions else item


ITEMS: dict[str, Item] = {item.code: _with_versions(item) for item in _ITEMS}
UNITS: tuple[str, ...] = tuple(row["unit_code"] for row in codebook("units"))
# A unit of the codebook may deliver these without an agreement, as utf-8 (section 1).
OPEN_TO_ALL_UNITS = (
    "administrative_penalty",
    "administrative_award",
    "severe_dishonesty_determination",
    "joint_measure",
    "commendation",
)
CONTROL_TOTAL_ITEMS = ("charity_donation", "direct_donation", "credit_loan")
BANNED_IN_HEADERS = (
    "病史",
    "诊断",
    "症状",
    "体温",
    "核酸",
    "血型",
    "基因",
    "指纹",
    "宗教",
    "存款",
    "个人收入",
)
GRADES = {
    "tax_grade": ("A", "B", "M", "C", "D"),
    "labour_grade": ("A", "B", "C"),
    "environment_grade": ("绿", "蓝", "黄", "红", "黑"),
}


def agreed_encodings() -> dict[tuple[str, str], str]:
    """(item, unit) to encoding, from the agreed deliveries.

    utf-8-sig is utf-8 here: a BOM is accepted in both and required in neither.
    """
    path = REPOSITORY / "orchestration" / "catalogue" / "deliveries.csv"
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return {
            (row["item_code"], row["unit_code"]): row["encoding"].removesuffix("-sig")
            for row in csv.DictReader(lines)
        }


def encoding_of(item_code: str, unit_code: str) -> str | None:
    """The encoding of a pair's csv, json and jsonl; None if the pair is not accepted."""
    agreed = agreed_encodings().get((item_code, unit_code))
    if agreed is None and unit_code in UNITS and item_code in OPEN_TO_ALL_UNITS:
        return "utf-8"
    return agreed
