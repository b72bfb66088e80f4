"""Values as the catalogue's words decide them: the product and the oracle against a third reading.

Each line is one delivered value with the codes that section 2 and 3 of the catalogue give its row,
written down from the text alone: two programs that agree may both have misread it.
"""

import json
from datetime import date

import duckdb
import pytest

from orchestration.ingest.ingest import ingest
from orchestration.ingest.plan import plan
from orchestration.ingest.raw import raw_folder
from tests.ingest.landing_rig import SETTINGS, catalogue
from tests.oracle.made_up import (
    IDENTITY,
    ORG_CODE,
    SAMPLE_UNITS,
    USCC,
    changed,
    deliver,
    read,
)

DAY = "2020-03-10"
LOADS, DROPPED = "", "dropped"
OF_ONE_FIELD = {
    ("administrative_penalty", "decision_date"): {
        LOADS: [
            "2020-2-1",
            "2020/02/1",
            "2020.2.01",
            "20200201",
            20200201,
            "2020年2月1日",
            "2020年02月01日 00:00:00",
            "20200201 00:00:00",
            "２０２０－２－１",
            "2020．2．1",
            "\u30002020-02-01\u2003",
            "2020-03-10",
            "1900-01-02",
        ],
        "Q01": [
            "",
            "—",
            "— —",
            "／",
            "1900-01-01",
            "1900/1/1",
            "19000101",
            "1900年1月1日 00:00:00",
        ],
        "Q02": [
            "2020-02-01T00:00:00",
            "2020-02-01 00:00",
            "2020-02-01 10:00:00",
            "2020/2-1",
            "2020-02-01  00:00:00",
            "2020-2-30",
            "2020年2月1",
            "20-2-1",
            "2020-002-01",
            "43862",
            "长期",
            "0000-01-01",
            "2020—2—1",
            2020.0201,
            True,
            [1],
            {},
        ],
        "Q05": ["2020-03-11", "2099-12-31", "2100-12-31"],
        "Q05;Q09": ["2101-01-01", "9999-9-9", "9999-12-31"],
        "Q09": ["1899-12-31", "0001-01-01"],
    },
    ("administrative_penalty", "publish_until"): {
        LOADS: [
            "",
            "长期",
            "9999-9-9",
            "99990909",
            "9999/12/31",
            "2099-12-31",
            "2100-12-31",
            "2020-02-01",
            "1900-1-1",
        ],
        "Q02": ["永久", "长 期"],
        "Q09": ["9999-12-30", "2101-01-01", "1899-12-31"],
        "Q10": ["2020-01-31"],
    },
    ("administrative_penalty", "penalty_categories"): {
        LOADS: [
            "警告",
            "其他",
            "其他-",
            "其他－x；",
            "警告、、其他-罚款",
            "警告\n; 其他",
            "责令停产停业",
        ],
        "Q01": ["-", "；；", "、", "罚款;", "没收非法财物", "暂扣或者吊销执照", "罚款；警告"],
        "Q03": ["罚 款", "其它", "其他 -x", "警告,罚款", "警告;-", "其他-a、b"],
    },
    ("administrative_penalty", "fine_yuan"): {
        LOADS: [
            "1",
            "1,234.5",
            "1，000",
            "00001",
            "-0",
            "-0.00000049",
            "0." + "1" * 400,
            "999999999999.9999994",
            "无",
            1.5,
        ],
        "Q02": ["1,23", "1234,567", ".5", "5.", "+5", "1e2", "1 000", "−1", "1万", "١", False],
        "Q09": ["-1", "-0.00000051", "999999999999.9999995", "1000000000000", "1" * 400],
    },
    ("administrative_penalty", "is_public"): {
        LOADS: ["是", "true", "1", "Y", "Ｙ", 1, True, "", None, "暂无"],
        "Q01": ["否", "false", "0", "N", 0, False],
        "Q02": ["True", "TRUE", "yes", "y", "01", "1.0"],
    },
    ("administrative_penalty", "document_no"): {
        LOADS: [
            "x" * 128,
            "𠮷" * 128,
            f" {'x' * 128}\u3000",
            IDENTITY,
            "無",
            "Ｎ／Ａ",
            "Null",
            "\x1f",
        ],
        "Q01": ["无", "null", "\\", "\u3000"],
        "Q08": ["x" * 129, "e\u0301" * 65],
    },
    ("administrative_penalty", "uscc"): {
        LOADS: [USCC.lower(), f"{USCC[:9]}\t{USCC[9:]}", USCC.replace("1", "I").replace("0", "o")],
        "Q01": ["", "无"],
        "Q04": [USCC[:17], USCC + "0", f"{USCC[:9]}-{USCC[9:]}", USCC[:17] + "J", "l" + USCC[1:]],
    },
    ("administrative_penalty", "org_code"): {
        LOADS: [
            ORG_CODE,
            f"{ORG_CODE[:8]}-{ORG_CODE[8]}",
            f"{ORG_CODE[:8].lower()}－{ORG_CODE[8]}",
        ],
        "Q04": [
            f"{ORG_CODE[:4]}-{ORG_CODE[4:]}",
            f"{ORG_CODE[:8]}--{ORG_CODE[8]}",
            ORG_CODE[:8],
            f"{ORG_CODE[:8]} {ORG_CODE[8]}",
            f"{ORG_CODE[:8]}–{ORG_CODE[8]}",
        ],
    },
    ("administrative_penalty", "procedure"): {LOADS: ["01", "０２"], "Q03": ["1", 1]},
    ("social_order_case", "id_number"): {
        LOADS: [IDENTITY, IDENTITY.lower(), f"{IDENTITY[:6]} {IDENTITY[6:]}", IDENTITY[:17] + "Ｘ"],
        "Q01": ["", "无"],
        "Q11": [IDENTITY[:17], IDENTITY[:17] + "0", "110105491231002", "x" * 201],
    },
    ("credit_repair_application", "accepted_at"): {
        LOADS: [
            "2020-02-20 09:00",
            "2020-02-20T09:00:00.9999999",
            "2020-03-10T15:59:59Z",
            "2020-03-11 00:00+09:00",
            "1986-07-01T00:00Z",
            "２０２０-02-20 09：00",
        ],
        "Q01": ["", "1900-01-01T10:00", "1900-01-01 00:00:00", "1900-01-01"],
        "Q02": [
            "2020-02-20",
            "2020/02/20 09:00",
            "2020-02-20 9:00",
            "2020-02-20t09:00",
            "2020-02-20 24:00",
            "2020-02-20 23:59:60",
            "2020-02-20 09:00 +08:00",
            "2020-02-20 09:00+0800",
            "2020-02-20 09:00z",
            "2020-02-30 09:00",
            "2020-02-20 09:00:00.",
        ],
        "Q05": ["2020-03-11T00:00", "2020-03-10T16:00Z", "2100-12-31T15:59Z"],
        "Q05;Q09": ["2100-12-31T16:00Z", "9999-12-31 23:00-10:00"],
        "Q09": ["0001-01-01 00:00+10:00"],
    },
    ("enterprise_scale", "year"): {
        LOADS: [2000, "2100", "2,019", "２０１９", "02019"],
        "Q02": [2019.0, "2019.0", "+2019", "2e3", "20,19", "2019年"],
        "Q09": ["1999", "2101", "-2019", "①", "9" * 30],
    },
    ("credit_loan", "annual_rate_pct"): {
        LOADS: ["0", "36", "36.00004", "-0.00004"],
        "Q02": ["4.35%"],
        "Q09": ["36.00005", "-0.00005", "100"],
    },
    ("credit_loan", "amount_yuan"): {LOADS: ["0.0000005"], "Q09": ["0.00000049", "0"]},
    ("charity_donation", "donor_name"): {
        LOADS: [
            "某公司",
            "公\u3000司",
            "个人独资企业",
            "职工医院",
            "学生 用品厂",
            f"{IDENTITY}公司",
        ],
        DROPPED: [
            "张三",
            "个人独资",
            "某公司员工",
            "甲公司(个人)",
            "学会员",
            "企業",
            "张三" * 101,
            12,
        ],
        "Q01": ["", "无", None],
        "Q02": [["某公司"]],
        "Q08": ["某公司" + "x" * 198],
    },
}
OF_SEVERAL_FIELDS = [
    ("administrative_penalty", "Q05", {"publish_until": "2020-1-31", "decision_date": "2020-3-11"}),
    ("administrative_penalty", "Q01", {"publish_until": "2020-01-31", "decision_date": ""}),
    ("administrative_penalty", "Q02", {"penalty_categories": "罚款", "fine_yuan": "x"}),
    ("administrative_penalty", LOADS, {"penalty_categories": "罚款", "fine_yuan": "0"}),
    ("administrative_penalty", LOADS, {"uscc": "", "org_code": ORG_CODE}),
    ("administrative_penalty", "Q04", {"uscc": "", "org_code": "x"}),
    ("administrative_penalty", LOADS, {"uscc": "", "party_kind": "自然人"}),
    ("administrative_penalty", "Q03", {"uscc": "", "party_kind": "x"}),
    ("administrative_penalty", "Q08", {"party_kind": "自然人", "facts": "x" * 4001}),
    ("social_order_case", LOADS, {"id_kind": "02", "id_number": "E123"}),
    ("social_order_case", "Q08", {"id_kind": "02", "id_number": "x" * 201}),
    ("social_order_case", "Q03", {"id_kind": "06", "id_number": "x"}),
    ("regular_indicator", LOADS, {"value": "Ｍ"}),
    ("regular_indicator", "Q01", {"value": "无"}),
    ("regular_indicator", "Q03", {"value": "x" * 11}),
    ("regular_indicator", "Q02", {"value": ["A"]}),
    ("regular_indicator", "Q08", {"indicator": "bank_overdue", "value": "x" * 11}),
    ("regular_indicator", "Q03;Q08", {"indicator": "x", "value": "x" * 11}),
    ("credit_repair_application", "Q01", {"completed_at": "2020-02-21 09:00"}),
    ("credit_repair_application", "Q05", {"completed_at": "2020-03-11 09:00"}),
    ("credit_repair_application", "Q01;Q10", {"completed_at": "2020-02-20 08:59"}),
    ("objection", "Q01", {"uscc": "", "id_number": IDENTITY}),
    ("objection", LOADS, {"uscc": "", "id_kind": "01", "id_number": IDENTITY}),
    ("objection", "Q11", {"id_kind": "01", "id_number": "E1"}),
    ("objection", "Q04", {"uscc": "x"}),
    ("objection", "Q05", {"resolved_on": "2020-03-11"}),
    ("commendation", "Q01", {"subject_kind": "自然人"}),
    ("commendation", "Q03", {"subject_kind": "个人", "uscc": ""}),
    ("commendation", LOADS, {"id_number": "abc"}),
    ("publicity_material", "Q01", {"kind": "失信典型案例"}),
    ("publicity_material", "Q02", {"subject_kind": "自然人", "has_consent": "x"}),
    ("joint_measure", "Q10", {"ended_on": "2020-01-31"}),
    ("joint_measure", "Q09", {"ended_on": "9999-12-31"}),
    ("key_enterprise", "Q02", {"delisted_on": "长期"}),
    ("charity_donation", DROPPED, {"donor_name": "张三", "amount_yuan": "x", "donated_on": "x"}),
    ("charity_donation", LOADS, {"amount_yuan": "10,000.00"}),
]  # fmt: skip


def lines():
    for (item, field), by_codes in OF_ONE_FIELD.items():
        for codes, values in by_codes.items():
            yield from ((item, codes, {field: value}) for value in values)
    yield from OF_SEVERAL_FIELDS


def in_the_product(landing, home):
    """The codes of every row that did not load, and the numbers of those that did."""
    ingest(landing, home, SETTINGS, catalogue(), date(2020, 12, 31))
    found = {}
    for file in plan(home, date(2020, 12, 31), catalogue(), SETTINGS.parameters).taken:
        for path, codes in ((file.loaded, "''"), (file.quarantined, "codes")):
            if path is not None:
                rows = duckdb.execute(
                    f"select source_row, {codes} from read_parquet($1)",
                    [str(raw_folder(home) / path)],
                ).fetchall()
                found |= {(file.item_code, row): code for row, code in rows}
    return found


def in_the_oracle(landing):
    deliveries = read(landing)
    found = {(row.item_code, row.source_row): LOADS for row in deliveries.rows}
    items = {file.source_file: file.item_code for file in deliveries.files}
    for row in deliveries.quarantined:
        found[items[row.source_file], row.source_row] = ";".join(row.codes)
    return found


@pytest.fixture(scope="module")
def delivered(tmp_path_factory):
    landing = tmp_path_factory.mktemp("letter") / "landing"
    by_item = {}
    for item, codes, changes in lines():
        by_item.setdefault(item, []).append((codes, changes))
    for item, rows in by_item.items():
        assert item in SAMPLE_UNITS
        records = [changed(item, **changes) for _, changes in rows]
        deliver(landing, item, json.dumps(records).encode(), f"{item}.json", DAY)
    return landing, by_item


@pytest.mark.parametrize("reader", ["product", "oracle"])
def test_every_value_is_what_the_words_of_the_catalogue_say(delivered, reader, tmp_path):
    landing, by_item = delivered
    found = in_the_oracle(landing) if reader == "oracle" else in_the_product(landing, tmp_path)
    wrong = []
    for item, rows in by_item.items():
        for number, (codes, changes) in enumerate(rows, start=1):
            got = found.get((item, number), DROPPED)
            if got != codes:
                wrong.append(f"{item} {changes}: {got or 'loads'}, not {codes or 'loads'}")
    assert wrong == []
