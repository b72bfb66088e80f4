"""The contracts of the items: which rows load, as what, and every fault of the others."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from contract_rig import (
    IDENTITY,
    OTHER_USCC,
    USCC,
    Judged,
    connection,
    judge,
    organisation_code,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.catalogue import load_catalogue
from orchestration.ingest.compile import compile_contract

Row = dict[str, str | None]

REGISTER: Row = {"enterprise_name": "杭州某某有限公司", "uscc": USCC, "established_on": "2010-1-2"}
PENALTY: Row = {
    "party_name": "杭州某某有限公司",
    "party_kind": "法人及非法人组织",
    "uscc": USCC,
    "document_no": "杭市监罚〔2020〕1号",
    "violation_type": "哄抬价格",
    "facts": "事实",
    "legal_basis": "依据",
    "penalty_categories": "罚款",
    "penalty_content": "内容",
    "fine_yuan": "1.5",
    "decision_date": "2020-02-20",
    "authority_name": "杭州市市场监管局",
    "source_name": "杭州市市场监管局",
    "procedure": "02",
    "finality": "已生效",
    "conduct_code": "P02",
}
INDICATOR: Row = {
    "uscc": USCC,
    "indicator": "tax_grade",
    "value": "A",
    "record_no": "2019",
    "recorded_on": "2020-01-01",
}
LOAN: Row = {
    "loan_no": "L1",
    "uscc": USCC,
    "bank_name": "银行",
    "city_code": "3301",
    "granted_on": "2020-03-01",
    "amount_yuan": "100",
    "is_credit_loan": "是",
    "annual_rate_pct": "4.35",
    "is_risk_compensated": "否",
}
REPAIR: Row = {
    "application_no": "A1",
    "enterprise_name": "杭州某某有限公司",
    "uscc": USCC,
    "document_no": "文",
    "site": "信用中国",
    "accepted_at": "2020-03-01T09:30",
    "has_commitment": "1",
    "has_performed": "Y",
    "has_training": "否",
    "has_report": "false",
}
COMMENDATION: Row = {
    "document_no": "D1",
    "commended_on": "2020-03-01",
    "issuer_name": "省政府",
    "issuer_level": "省级",
    "issuer_kind": "人民政府",
    "is_epidemic": "是",
    "subject_kind": "企业",
    "subject_name": "杭州某某有限公司",
    "uscc": USCC,
}
OBJECTION: Row = {
    "objection_no": "O1",
    "uscc": USCC,
    "document_no": "文",
    "accepted_on": "2020-03-01",
}
DETERMINATION: Row = {
    "determination_no": "S1",
    "enterprise_name": "杭州某某有限公司",
    "uscc": USCC,
    "months": "36",
}


def one(item_code: str, base: Row, **changes: str | None) -> Judged:
    return judge(item_code, [{**base, **changes}])


def value(item_code: str, base: Row, field: str, text: str | None) -> Any:
    """What is stored of a field; the row must load."""
    return one(item_code, base, **{field: text}).loaded[1][field]


def codes(item_code: str, base: Row, **changes: str | None) -> str | None:
    """The codes of the row; None if it loads."""
    return one(item_code, base, **changes).codes.get(1)


# ---------------------------------------------------------------- every item


@pytest.mark.parametrize("item", load_catalogue().items.values(), ids=lambda item: item.item_code)
def test_every_contract_gives_exactly_the_raw_columns(item: Any) -> None:
    row: Row = {field.name: None for field in item.fields}
    judge(item.item_code, [row])
    contract = compile_contract(item, load_catalogue(), row)
    described = connection().execute(f"describe {contract.loaded_sql}").fetchall()[1:]
    assert [(name, kind) for name, kind, *_ in described] == [
        (column.name, column.sql_type) for column in item.raw_columns
    ]


@pytest.mark.parametrize("item", load_catalogue().items.values(), ids=lambda item: item.item_code)
def test_an_empty_row_misses_what_is_required_and_a_header_may_be_absent(item: Any) -> None:
    whole = judge(item.item_code, [{field.name: None for field in item.fields}])
    bare = judge(item.item_code, [{}])
    assert whole.codes == bare.codes == {1: "Q01"}
    required = {field.name for field in item.fields if field.required}
    assert required <= {field for _, field, _ in whole.faults[1]}


def test_a_row_that_was_not_read_is_tested_no_further() -> None:
    row = {**PENALTY, "fine_yuan": "x", "uscc": None, "row_fault": "Q06"}
    judged = judge("administrative_penalty", [row])
    assert judged.codes == {1: "Q06"}
    assert judged.faults[1] == [("Q06", None, None)]


def test_a_row_is_set_aside_with_every_fault_it_has_and_the_others_load() -> None:
    bad = {**LOAN, "uscc": "x", "granted_on": "2020-13-01", "annual_rate_pct": "36.00005"}
    judged = judge("credit_loan", [LOAN, {**bad, "city_code": "3312", "loan_no": None}, LOAN])
    assert sorted(judged.loaded) == [1, 3]
    assert judged.codes == {2: "Q01;Q02;Q03;Q04;Q09"}
    assert [(code, field) for code, field, _ in judged.faults[2]] == [
        ("Q01", "loan_no"),
        ("Q04", "uscc"),
        ("Q03", "city_code"),
        ("Q02", "granted_on"),
        ("Q09", "annual_rate_pct"),
    ]


def test_a_code_stands_once_however_many_fields_have_it() -> None:
    judged = one("enterprise_register", REGISTER, enterprise_name="-", established_on="无")
    assert judged.codes == {1: "Q01"}
    assert len(judged.faults[1]) == 2


def test_an_error_cell_is_of_no_type_even_as_text() -> None:
    judged = one(
        "enterprise_register", REGISTER, enterprise_name=None, bad_cells=";enterprise_name;"
    )
    assert judged.codes == {1: "Q02"}
    optional = one("enterprise_register", REGISTER, address=None, bad_cells=";address;")
    assert optional.codes == {1: "Q02"}


def test_a_field_that_is_never_stored_is_read_past() -> None:
    judged = one(
        "enterprise_register",
        REGISTER,
        legal_representative="某" * 500,
        bad_cells=";legal_representative;",
    )
    assert "legal_representative" not in judged.loaded[1]
    assert "某某某" not in str(judged.loaded[1])


_ODD = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
    st.sampled_from(
        [
            "2020-02-01T10:00+99:99", "9999-12-31T23:59:59-23:59", "0001-01-01 00:00+14:00",
            "9" * 400, "-" + "9" * 400 + ".5", "1" + ",000" * 30, ".", "-", "1e999", "inf", "nan",
            "infinity", "epoch", "2020-02-01 (BC)", "294247-01-10", "长期", "20200231",
            "'; drop table judged; --", "{{ config() }}", "<script>", "=1+1", "\u202e", "\x1b[31m",
            "罚款;" * 500, "；", "I" * 18, "O0" * 9, IDENTITY, USCC, "I" + USCC[1:], "𠀀" * 9000,
        ]
    ),
)  # fmt: skip


@pytest.mark.parametrize("item", load_catalogue().items.values(), ids=lambda item: item.item_code)
@settings(max_examples=4)
@given(data=st.data())
def test_no_value_stops_a_contract_or_loses_a_row(item: Any, data: st.DataObject) -> None:
    names = [field.name for field in (*item.fields, *item.version_fields)]
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(names, _ODD)), max_size=8))
    for is_optimised in (False, True):
        judged = judge(item.item_code, rows, present=names, is_optimised=is_optimised)
        found = [*judged.loaded, *judged.codes, *judged.dropped]
        assert sorted(found) == list(range(1, len(rows) + 1))


# ---------------------------------------------------------------- values in their rows


def test_text_is_trimmed_kept_as_delivered_and_counted_in_code_points() -> None:
    kept = value("enterprise_register", REGISTER, "address", "\u3000（Ａ）　1 号\x85")
    assert kept == "（Ａ）　1 号"
    assert value("enterprise_register", REGISTER, "province", "𠀀" * 50) == "𠀀" * 50
    assert codes("enterprise_register", REGISTER, province="𠀀" * 51) == "Q08"
    assert codes("enterprise_register", REGISTER, province=" " * 60 + "浙" * 50) is None


def test_an_identity_number_is_masked_before_lengths_are_counted_and_in_keys() -> None:
    hidden = IDENTITY[:6] + "*" * 12
    judged = one("credit_loan", LOAN, loan_no=f" {IDENTITY} ", bank_name=f"张三{IDENTITY}")
    assert judged.loaded[1]["loan_no"] == hidden
    assert judged.loaded[1]["record_id"] == f"credit_loan:market_regulation:{hidden}"
    assert IDENTITY not in str(judged.loaded[1])


@pytest.mark.parametrize(
    "token", ["", "　", "-", "—", "— —", "/", "\\", "无", "暂无", "N/A", "None"]
)
def test_a_null_token_is_null_for_every_type(token: str) -> None:
    for field in ("enterprise_type", "register_status"):
        expected = "存续" if field == "register_status" else None
        assert value("enterprise_register", REGISTER, field, f" {token}") == expected
    assert codes("enterprise_register", REGISTER, uscc=token) == "Q01"
    assert codes("enterprise_register", REGISTER, established_on=token) == "Q01"
    assert codes("credit_loan", LOAN, amount_yuan=token) == "Q01"
    assert codes("credit_loan", LOAN, is_credit_loan=token) == "Q01"


def test_full_width_null_tokens_are_null_but_in_text() -> None:
    assert codes("credit_loan", LOAN, city_code="／") == "Q01"
    assert value("enterprise_register", REGISTER, "address", "／") == "／"


def test_nfkc_comes_first_for_all_but_text() -> None:
    judged = one(
        "credit_loan",
        LOAN,
        uscc=USCC.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}),
        granted_on="２０２０．３．１",
        amount_yuan="１，０００．５０",
        city_code="３３０１",
    )
    row = judged.loaded[1]
    assert (row["uscc"], row["granted_on"]) == (USCC, date(2020, 3, 1))
    assert (row["amount_yuan"], row["city_code"]) == (Decimal("10005000.00"), "3301")


def test_a_uscc_is_read_without_white_space_in_upper_case_and_repaired() -> None:
    spaced = f" {USCC[:8]} \u3000{USCC[8:].lower()}"
    row = one("enterprise_register", REGISTER, uscc=spaced).loaded[1]
    assert (row["uscc"], row["is_code_repaired"]) == (USCC, False)
    typed = USCC.replace("1", "I", 1).replace("0", "o", 1)
    row = one("enterprise_register", REGISTER, uscc=typed).loaded[1]
    assert (row["uscc"], row["is_code_repaired"]) == (USCC, True)
    assert row["record_id"] == f"enterprise_register:market_regulation:{USCC}"
    assert codes("enterprise_register", REGISTER, uscc=USCC[:-1]) == "Q04"


def test_a_repair_of_any_code_of_the_row_counts() -> None:
    row = one("administrative_penalty", PENALTY, authority_uscc=OTHER_USCC.replace("1", "I"))
    assert row.loaded[1]["authority_uscc"] == OTHER_USCC
    assert row.loaded[1]["is_code_repaired"] is True


def test_an_organisation_code_is_kept_without_its_hyphen() -> None:
    code = organisation_code("MA27XYH2")
    typed = f" {code[:8].lower()}-{code[8]}"
    row = one("administrative_penalty", PENALTY, uscc=None, org_code=typed).loaded[1]
    assert row["org_code"] == row["party_key"] == code
    assert row["record_id"].endswith(f":杭市监罚〔2020〕1号|{code}")
    assert codes("administrative_penalty", PENALTY, org_code=code[:4] + "-" + code[4:]) == "Q04"
    assert codes("administrative_penalty", PENALTY, org_code=USCC) == "Q04"


def test_dates_are_tested_against_the_delivery_date_and_the_range() -> None:
    assert codes("enterprise_register", REGISTER, established_on="2020-3-10") is None
    assert codes("enterprise_register", REGISTER, established_on="2020-3-11") == "Q05"
    assert codes("enterprise_register", REGISTER, established_on="1900-1-2") is None
    assert codes("enterprise_register", REGISTER, established_on="1899/12/31") == "Q09"
    assert codes("enterprise_register", REGISTER, established_on="2101-01-01") == "Q05;Q09"
    assert codes("enterprise_register", REGISTER, established_on="9999-12-31") == "Q05;Q09"
    assert codes("enterprise_register", REGISTER, established_on="长期") == "Q02"
    for form in ("1900-1-1", "1900/01/01", "19000101", "1900年1月1日", "1900.1.1 00:00:00"):
        assert codes("enterprise_register", REGISTER, established_on=form) == "Q01"
    assert codes("severe_dishonesty_determination", DETERMINATION, listed_on="2100-12-31") is None
    assert codes("severe_dishonesty_determination", DETERMINATION, listed_on="2101-01-01") == "Q09"


def test_until_dates_know_for_ever() -> None:
    for form in ("长期", "9999-9-9", "9999年9月9日", "2099-12-31", "2099.12.31", "99991231"):
        kept = value("administrative_penalty", PENALTY, "valid_until", form)
        assert kept == date(9999, 12, 31)
    assert value("administrative_penalty", PENALTY, "valid_until", "2099-12-30").year == 2099
    assert value("administrative_penalty", PENALTY, "valid_until", "2100-12-31").year == 2100
    assert value("administrative_penalty", PENALTY, "valid_until", "1900/1/1") is None
    assert codes("administrative_penalty", PENALTY, valid_until="2101-01-01") == "Q09"
    assert codes("administrative_penalty", PENALTY, valid_until="9999-12-30") == "Q09"


def test_timestamps_are_tested_by_their_day_in_shanghai() -> None:
    assert value("credit_repair_application", REPAIR, "accepted_at", "2020-03-10T15:59:59.9Z") == (
        datetime(2020, 3, 10, 23, 59, 59)
    )
    assert codes("credit_repair_application", REPAIR, accepted_at="2020-03-10T16:00Z") == "Q05"
    assert codes("credit_repair_application", REPAIR, accepted_at="1899-12-31 10:00") == "Q09"
    assert codes("credit_repair_application", REPAIR, accepted_at="2101-01-01 10:00") == "Q05;Q09"
    assert codes("credit_repair_application", REPAIR, accepted_at="1900-01-01 00:00:00") == "Q01"
    assert codes("credit_repair_application", REPAIR, accepted_at="2020-03-01") == "Q02"


def test_amounts_in_ten_thousand_are_kept_in_yuan() -> None:
    assert value("credit_loan", LOAN, "amount_yuan", "1,234.5678") == Decimal("12345678.00")
    assert value("credit_loan", LOAN, "amount_yuan", "0.0000005") == Decimal("0.01")
    assert codes("credit_loan", LOAN, amount_yuan="0.00000049") == "Q09"
    assert codes("credit_loan", LOAN, amount_yuan="1,23") == "Q02"
    assert codes("credit_loan", LOAN, amount_yuan="1e3") == "Q02"
    assert codes("credit_loan", LOAN, amount_yuan="-1") == "Q09"
    assert codes("credit_loan", LOAN, amount_yuan="9" * 12 + ".99999949") is None
    assert codes("credit_loan", LOAN, amount_yuan="9" * 12 + ".9999995") == "Q09"
    assert codes("credit_loan", LOAN, amount_yuan="9" * 5000) == "Q09"


def test_ranges_hold_after_rounding() -> None:
    assert value("credit_loan", LOAN, "annual_rate_pct", "36.00004") == Decimal("36.0000")
    assert codes("credit_loan", LOAN, annual_rate_pct="36.00005") == "Q09"
    assert value("credit_loan", LOAN, "annual_rate_pct", "0") == Decimal(0)
    assert codes("credit_loan", LOAN, annual_rate_pct="100") == "Q09"


def test_integers_are_whole_and_in_range() -> None:
    for text, expected in {"1": None, "36": None, "0": "Q09", "37": "Q09", "2.0": "Q02"}.items():
        assert codes("severe_dishonesty_determination", DETERMINATION, months=text) == expected
    assert codes("severe_dishonesty_determination", DETERMINATION, months="9" * 40) == "Q09"


def test_version_and_operation_have_their_defaults() -> None:
    row = one("credit_loan", LOAN).loaded[1]
    assert (row["version"], row["operation"]) == (1, "新增")
    row = one("credit_loan", LOAN, version="2", operation="撤销").loaded[1]
    assert (row["version"], row["operation"]) == (2, "撤销")
    assert codes("credit_loan", LOAN, version="0") == "Q09"
    assert codes("credit_loan", LOAN, version="9" * 30) == "Q09"
    assert codes("credit_loan", LOAN, operation="删除") == "Q03"
    row = one("enterprise_register", REGISTER).loaded[1]
    assert (row["version"], row["operation"]) == (None, None)


def test_penalty_categories_are_listed_once_in_the_codebooks_order() -> None:
    listed = value(
        "administrative_penalty",
        PENALTY,
        "penalty_categories",
        "其他－约谈；罚款、 警告 ;;罚款;其他",
    )
    assert listed == "警告;罚款;其他"
    assert codes("administrative_penalty", PENALTY, penalty_categories="罚款;无") == "Q03"
    assert codes("administrative_penalty", PENALTY, penalty_categories="；、") == "Q01"
    assert codes("administrative_penalty", PENALTY, penalty_categories="其他约谈") == "Q03"


# ---------------------------------------------------------------- rules over several fields


def test_what_a_penalty_must_give_follows_its_categories() -> None:
    assert codes("administrative_penalty", PENALTY, fine_yuan=None) == "Q01"
    assert (
        codes("administrative_penalty", PENALTY, fine_yuan=None, penalty_categories="警告") is None
    )
    assert codes("administrative_penalty", PENALTY, penalty_categories="没收非法财物") == "Q01"
    assert codes("administrative_penalty", PENALTY, penalty_categories="暂扣或者吊销执照") == "Q01"
    given = {"penalty_categories": "没收违法所得", "confiscated_yuan": "0"}
    assert codes("administrative_penalty", PENALTY, **given) is None
    # An unknown category: what it would require is not asked for.
    assert codes(
        "administrative_penalty", PENALTY, penalty_categories="罚款;x", fine_yuan=None
    ) == ("Q03")


def test_a_penalty_needs_a_code_unless_it_has_another_or_hits_a_person() -> None:
    none: Row = {"uscc": None}
    assert codes("administrative_penalty", PENALTY, **none) == "Q01"
    assert codes("administrative_penalty", PENALTY, **none, party_kind="自然人") is None
    assert (
        codes("administrative_penalty", PENALTY, **none, org_code=organisation_code("12345678"))
        is None
    )
    # The test looks at fields that are themselves at fault: it is not made.
    assert codes("administrative_penalty", PENALTY, **none, org_code="1") == "Q04"
    assert codes("administrative_penalty", PENALTY, **none, party_kind="公司") == "Q03"
    judged = one("administrative_penalty", PENALTY, **none, party_kind=None)
    assert {field for _, field, _ in judged.faults[1]} == {"uscc", "party_kind"}


def test_what_is_not_public_needs_a_ground() -> None:
    assert value("administrative_penalty", PENALTY, "is_public", None) is True
    assert codes("administrative_penalty", PENALTY, is_public="否") == "Q01"
    assert (
        codes("administrative_penalty", PENALTY, is_public="否", not_public_ground="涉密") is None
    )
    assert codes("administrative_penalty", PENALTY, is_public="不") == "Q02"


def test_an_end_before_its_beginning_contradicts() -> None:
    assert codes("administrative_penalty", PENALTY, publish_until="2020-02-19") == "Q10"
    assert codes("administrative_penalty", PENALTY, publish_until="2020-02-20") is None
    both = {"publish_until": "2020-02-19", "decision_date": "2021-01-01"}
    assert codes("administrative_penalty", PENALTY, **both) == "Q05"
    assert (
        codes(
            "credit_repair_application", REPAIR, completed_at="2020-03-01 09:29:59", result="同意"
        )
        == "Q10"
    )
    assert codes("credit_repair_application", REPAIR, completed_at="2020-03-01 09:30") == "Q01"


def test_the_three_grades_are_codes_and_the_other_indicators_text() -> None:
    grades = {"tax_grade": "ABMCD", "labour_grade": "ABC", "environment_grade": "绿蓝黄红黑"}
    for indicator, letters in grades.items():
        for letter in letters:
            assert codes("regular_indicator", INDICATOR, indicator=indicator, value=letter) is None
        for wrong, code in {"E": "Q03", None: "Q01", "-": "Q01", "A" * 11: "Q03"}.items():
            assert codes("regular_indicator", INDICATOR, indicator=indicator, value=wrong) == code
    assert value("regular_indicator", INDICATOR, "value", "Ａ") == "A"
    for text, code in {None: None, "E": None, "Ａ": None, "x" * 11: "Q08"}.items():
        assert codes("regular_indicator", INDICATOR, indicator="wage_arrears", value=text) == code
    assert codes("regular_indicator", INDICATOR, indicator="?", value="x" * 11) == "Q03;Q08"
    assert codes("regular_indicator", INDICATOR, indicator=None, value="E") == "Q01"


def test_an_objection_names_its_subject_by_code_or_by_identity() -> None:
    none: Row = {"uscc": None}
    assert codes("objection", OBJECTION, **none) == "Q01"
    assert codes("objection", OBJECTION, **none, id_kind="01") == "Q01"
    assert codes("objection", OBJECTION, **none, id_kind="02", id_number="E1") is None
    assert codes("objection", OBJECTION, **none, id_kind="09", id_number="E1") == "Q03"
    assert codes("objection", OBJECTION, id_kind="01", id_number="1") == "Q11"
    judged = one("objection", OBJECTION, **none)
    assert judged.faults[1] == [("Q01", "uscc", None)]
    assert codes("objection", OBJECTION, uscc="x", id_number=None) == "Q04"
    assert codes("objection", OBJECTION, resolved_on="2020-03-02") == "Q01"


def test_a_commendation_asks_for_the_code_or_the_identity_of_its_subject() -> None:
    assert codes("commendation", COMMENDATION, uscc=None) == "Q01"
    person = {**COMMENDATION, "subject_kind": "自然人", "uscc": None}
    judged = judge("commendation", [person])
    assert {field for _, field, _ in judged.faults[1]} == {"id_kind", "id_number"}
    given = {"id_kind": "01", "id_number": IDENTITY}
    assert codes("commendation", person, **given) is None
    assert codes("commendation", person, **given, uscc="x") == "Q04"
    assert codes("commendation", COMMENDATION, id_kind="01", id_number="x") == "Q11"


# ---------------------------------------------------------------- content


def test_equal_content_has_equal_digests_however_it_was_written() -> None:
    same = {**PENALTY, "decision_date": "2020年2月20日", "fine_yuan": "1.50", "facts": " 事实\t"}
    judged = judge("administrative_penalty", [PENALTY, {**same, "version": "2"}])
    first, second = (judged.loaded[row]["content_digest"] for row in (1, 2))
    assert first == second


@pytest.mark.parametrize(
    "change", [{"facts": "别的"}, {"fine_yuan": "1.51"}, {"operation": "变更"}, {"remarks": "又"}]
)
def test_other_content_has_another_digest(change: Row) -> None:
    judged = judge("administrative_penalty", [PENALTY, {**PENALTY, **change}])
    assert judged.loaded[1]["content_digest"] != judged.loaded[2]["content_digest"]


def test_content_does_not_run_from_one_field_into_the_next() -> None:
    rows = [{"facts": "甲|乙", "legal_basis": "丙"}, {"facts": "甲", "legal_basis": "乙|丙"}]
    judged = judge("administrative_penalty", [{**PENALTY, **row} for row in rows])
    assert judged.loaded[1]["content_digest"] != judged.loaded[2]["content_digest"]


def test_record_ids_hold_iso_dates_and_plain_numbers() -> None:
    row: Row = {
        "enterprise_name": "杭州某某有限公司",
        "uscc": USCC,
        "list_kind": "医疗保障",
        "listed_on": "2020/2/3",
        "is_authorised": "是",
    }
    found = judge("key_enterprise", [row]).loaded[1]["record_id"]
    assert found == f"key_enterprise:market_regulation:{USCC}|医疗保障|2020-02-03"


# ---------------------------------------------------------------- what people may see


def test_only_harmless_values_are_quoted() -> None:
    bad: Row = {
        "uscc": "9133010000000000",
        "granted_on": "2020-02-30",
        "amount_yuan": "张三",
        "city_code": IDENTITY,
        "annual_rate_pct": "=1+1",
    }
    judged = one("credit_loan", LOAN, **bad)
    assert {field: quoted for _, field, quoted in judged.faults[1]} == {
        "uscc": "9133010000000000",
        "granted_on": "2020-02-30",
        "amount_yuan": None,
        "city_code": None,
        "annual_rate_pct": "=1+1",
    }


def test_nothing_is_quoted_of_items_that_carry_identities() -> None:
    judged = one("objection", OBJECTION, accepted_on="E12345678")
    assert judged.faults[1] == [("Q02", "accepted_on", None)]
