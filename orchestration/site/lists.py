"""The open lists that name subjects: columns, order and SQL of each, for list and subject pages.

A row is one JSON array: ``[subject_id, subject_name, *columns]``. Expressions and relations are
constants of this module; values never become SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

CHUNK_ROWS = 500
# A list on its page is at most this long; the rest is found by search and in the downloads.
MAX_CHUNKS = 20

Kind = Literal["text", "paragraph", "date", "count", "yuan", "rate", "many"]


class Text(NamedTuple):
    """One text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class ListColumn:
    """One column: its heading, how it is shown, the SQL that gives it, the words for its codes."""

    name: str
    label: Text
    kind: Kind
    expression: str
    terms: dict[str, Text] | None = None
    is_filter: bool = False


@dataclass(frozen=True)
class OpenList:
    """One list: the open table behind it, the page that shows it, its columns and order."""

    name: str
    page: str
    title: Text
    introduction: Text
    stays: Text
    columns: tuple[ListColumn, ...]
    relation: str
    order_by: str
    shown_on: str
    key: str = "record_id"
    has_subjects: bool = True

    @property
    def row(self) -> str:
        """The SQL expression of a row as JSON text."""
        cells = ["subject_id", "subject_name"] if self.has_subjects else []
        cells += [column.expression for column in self.columns]
        return f"cast(json_array({', '.join(cells)}) as varchar)"


CITIES = {
    "3301": Text("杭州市", "Hangzhou"),
    "3302": Text("宁波市", "Ningbo"),
    "3303": Text("温州市", "Wenzhou"),
    "3304": Text("嘉兴市", "Jiaxing"),
    "3305": Text("湖州市", "Huzhou"),
    "3306": Text("绍兴市", "Shaoxing"),
    "3307": Text("金华市", "Jinhua"),
    "3308": Text("衢州市", "Quzhou"),
    "3309": Text("舟山市", "Zhoushan"),
    "3310": Text("台州市", "Taizhou"),
    "3311": Text("丽水市", "Lishui"),
}

LEVELS = {
    "national": Text("国家级", "National"),
    "provincial": Text("省级", "Provincial"),
    "city": Text("设区市级", "City"),
}

# A record_id is item:unit:key (catalogue section 5); the unit's name is in the open codebook.
_WITH_UNIT = (
    "{table} as records left join units on units.unit_code = split_part(records.record_id, ':', 2)"
)
_UNIT = ListColumn(
    "unit_name", Text("归集单位", "Delivering unit"), "text", "unit_name", None, True
)

RED_LIST = OpenList(
    name="red_list",
    page="red-list",
    title=Text("守信红名单", "Red list"),
    introduction=Text(
        "设区的市级以上人民政府表彰的疫情防控期间做出突出贡献的组织（通知第五条）。",
        "Organisations commended by a people's government of city level or above for outstanding"
        " contributions in the epidemic (clause 5).",
    ),
    stays=Text(
        "列入期限：表彰有效且未被列入严重失信名单期间。",
        "Shown for as long as a commendation stands and the subject is not on the severe list.",
    ),
    relation="red_list",
    columns=(
        ListColumn("document_nos", Text("表彰文件", "Commendation"), "many", "document_nos"),
        ListColumn(
            "highest_level",
            Text("最高级别", "Highest level"),
            "text",
            "highest_level",
            LEVELS,
            True,
        ),
        ListColumn("commendation_count", Text("表彰数", "Number"), "count", "commendation_count"),
        ListColumn("last_commended_on", Text("最近表彰", "Latest on"), "date", "last_commended_on"),
        ListColumn("city_code", Text("所在市", "City"), "text", "city_code", CITIES, True),
    ),
    order_by="last_commended_on desc, subject_id",
    shown_on="last_commended_on",
    key="subject_id",
)

DISHONESTY = OpenList(
    name="dishonesty",
    page="dishonesty",
    title=Text("失信曝光", "Dishonesty exposure"),
    introduction=Text(
        "疫情防控期间已生效、可公开的组织失信记录（通知第一至三条、第六条）。",
        "Final records of organisations from the epidemic period that may be disclosed"
        " (clauses 1 to 3 and 6).",
    ),
    stays=Text(
        "公开期限见每行；修复、撤销、异议期间不公开。",
        "Each line says until when it stays; repair, withdrawal or an open objection ends it.",
    ),
    relation="dishonesty",
    columns=(
        ListColumn("conduct_name", Text("失信行为", "Conduct"), "text", "conduct_name", None, True),
        ListColumn("document_no", Text("文书号", "Document"), "text", "document_no"),
        ListColumn("penalty_categories", Text("处罚类别", "Penalty"), "many", "penalty_categories"),
        ListColumn("fine_yuan", Text("罚款（元）", "Fine (yuan)"), "yuan", "fine_yuan"),
        ListColumn("decision_date", Text("决定日期", "Decided on"), "date", "decision_date"),
        ListColumn(
            "authority_unit_name",
            Text("归集单位", "Delivering unit"),
            "text",
            "authority_unit_name",
            None,
            True,
        ),
        ListColumn("disclosure_until", Text("公开至", "Shown until"), "date", "disclosure_until"),
    ),
    order_by="decision_date desc, record_id",
    shown_on="decision_date",
)

SEVERE_LIST = OpenList(
    name="severe_dishonesty_list",
    page="severe-list",
    title=Text("严重失信名单", "Severe dishonesty list"),
    introduction=Text(
        "依法认定、在列期内的组织（通知第十条，条例第二十四条）。",
        "Organisations lawfully determined and still listed (clause 10; Regulation, Article 24).",
    ),
    stays=Text(
        "列入期满或移出后即不再公开；异议期间不公开。",
        "Shown until the listing ends; an open objection stops its disclosure.",
    ),
    relation=_WITH_UNIT.format(table="severe_dishonesty_list")
    + " left join severe_list_grounds using (ground_code)",
    columns=(
        ListColumn("ground_name", Text("认定依据", "Ground"), "text", "ground_name", None, True),
        ListColumn(
            "determination_no", Text("认定文书号", "Determination"), "text", "determination_no"
        ),
        ListColumn("decision_date", Text("认定日期", "Decided on"), "date", "decision_date"),
        ListColumn("listed_on", Text("列入日期", "Listed on"), "date", "listed_on"),
        _UNIT,
        ListColumn("exits_on", Text("移出日期", "Leaves on"), "date", "exits_on"),
    ),
    order_by="listed_on desc, record_id",
    shown_on="listed_on",
)

TYPICAL_CASES = OpenList(
    name="typical_cases",
    page="typical-cases",
    title=Text("失信典型案例", "Typical cases"),
    introduction=Text(
        "已发布的失信典型案例；所涉失信记录须可公开（通知第六条）。",
        "Published typical cases of dishonesty; the record behind each may be disclosed"
        " (clause 6).",
    ),
    stays=Text(
        "所涉失信记录不再公开时，案例同时撤下。",
        "A case leaves with the record behind it.",
    ),
    relation=_WITH_UNIT.format(table="typical_cases")
    + " left join (select subject_id as case_subject, document_no as case_document,"
    " max(disclosure_until) as stays_until from dishonesty group by all) as behind"
    " on behind.case_subject = records.subject_id and behind.case_document = records.document_no",
    columns=(
        ListColumn("title", Text("标题", "Title"), "text", "title"),
        ListColumn("summary", Text("摘要", "Summary"), "paragraph", "summary"),
        ListColumn("document_no", Text("文书号", "Document"), "text", "document_no"),
        ListColumn("released_on", Text("发布日期", "Released on"), "date", "released_on"),
        _UNIT,
        ListColumn("stays_until", Text("公开至", "Shown until"), "date", "stays_until"),
    ),
    order_by="released_on desc, record_id",
    shown_on="released_on",
)

ROLE_MODELS = OpenList(
    name="role_models",
    page="role-models",
    title=Text("先进典型", "Role models"),
    introduction=Text(
        "防疫先进和诚实守信事迹（通知第六条）。自然人经本人同意，姓名脱敏。",
        "Deeds of the epidemic's front line and of honesty (clause 6). Natural persons appear with"
        " their consent and a masked name.",
    ),
    stays=Text(
        "发布单位撤回材料或本人撤回同意时撤下。",
        "Shown until the unit withdraws the material or the person the consent.",
    ),
    relation=_WITH_UNIT.format(table="role_models"),
    columns=(
        ListColumn("kind", Text("类型", "Kind"), "text", "kind", None, True),
        ListColumn("title", Text("标题", "Title"), "text", "title"),
        ListColumn("summary", Text("摘要", "Summary"), "paragraph", "summary"),
        ListColumn("document_no", Text("文书号", "Document"), "text", "document_no"),
        ListColumn("released_on", Text("发布日期", "Released on"), "date", "released_on"),
        _UNIT,
    ),
    order_by="released_on desc, record_id",
    shown_on="released_on",
)

REPAIR_ANNOUNCEMENTS = OpenList(
    name="repair_announcements",
    page="repair",
    title=Text("信用修复公告", "Repair announcements"),
    introduction=Text(
        "近三十日完成的信用修复（通知第六、七条；条例第二十八条）。",
        "Repairs completed within the last thirty days (clauses 6 and 7; Regulation, Article 28).",
    ),
    stays=Text(
        "公告三十日；被修复的失信记录不再公开。",
        "Announced for thirty days; the repaired record itself is no longer shown.",
    ),
    relation="repair_announcements",
    columns=(
        ListColumn("document_no", Text("文书号", "Document"), "text", "document_no"),
        ListColumn("repaired_on", Text("修复日期", "Repaired on"), "date", "repaired_on"),
        ListColumn(
            "announced_until", Text("公告至", "Announced until"), "date", "repaired_on + 30"
        ),
    ),
    order_by="repaired_on desc, subject_id, document_no, record_id",
    shown_on="repaired_on",
)

_COUNT_COLUMNS = (
    ("files_received", Text("收到文件", "Files")),
    ("files_rejected", Text("退回文件", "Files refused")),
    ("rows_received", Text("收到行", "Rows")),
    ("rows_loaded", Text("入库行", "Rows loaded")),
    ("rows_quarantined", Text("隔离行", "Rows set aside")),
)

SCORECARD = OpenList(
    name="unit_scorecard",
    page="scorecard",
    title=Text("归集质量", "Unit scorecard"),
    introduction=Text(
        "各归集单位的报送质量：合规率、迟报率（不含社会管理秩序事项）。",
        "The quality of what each unit delivers: compliance and lateness (without social order"
        " cases).",
    ),
    stays=Text("", ""),
    relation="unit_scorecard left join units using (unit_code)",
    columns=(
        ListColumn(
            "unit_name",
            Text("归集单位", "Unit"),
            "text",
            "coalesce(unit_name, unit_code)",
            None,
            True,
        ),
        ListColumn("item_code", Text("归集事项", "Item"), "text", "item_code", None, True),
        ListColumn("month", Text("月份", "Month"), "date", "month"),
        *(ListColumn(name, label, "count", name) for name, label in _COUNT_COLUMNS),
        ListColumn("compliance_rate", Text("合规率", "Compliance"), "rate", "compliance_rate"),
        ListColumn("late_rate", Text("迟报率", "Late"), "rate", "late_rate"),
        ListColumn("wrong_code_rows", Text("错码行", "Wrong codes"), "count", "wrong_code_rows"),
    ),
    order_by="unit_code, item_code, month",
    shown_on="month",
    has_subjects=False,
)

# Lines of these lists make a subject's page and the search index.
SUBJECT_LISTS = (RED_LIST, DISHONESTY, SEVERE_LIST, TYPICAL_CASES, ROLE_MODELS)
NAMING_LISTS = (*SUBJECT_LISTS, REPAIR_ANNOUNCEMENTS)
LISTS = (*NAMING_LISTS, SCORECARD)
