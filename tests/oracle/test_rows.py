"""The rules of the items, row by row, by examples worked by hand."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from .made_up import (
    IDENTITY,
    KEY,
    ORG_CODE,
    SAMPLES,
    USCC,
    changed,
    codes,
    counts,
    read,
    read_rows,
)
from .rules import is_organisation_donor

WRONG_USCC = "91330105MA27WLT54J"


def hashed(message: str) -> str:
    return hmac.new(KEY.encode(), message.encode(), hashlib.sha256).hexdigest()[:32]


@pytest.mark.parametrize("item_code", sorted(SAMPLES))
def test_every_sample_loads(tmp_path: Path, item_code: str) -> None:
    found = read_rows(tmp_path, item_code, [SAMPLES[item_code]])
    assert (found.files[0].fault, codes(found)) == (None, {})
    assert counts(found.files[0]) == (1, 1, 0, 0)


# Changes to a sample, and the codes of the row then; none: it loads.
EXAMPLES: list[tuple[str, dict[str, object], list[str]]] = [
    ("enterprise_scale", {"year": 2020}, []),
    ("enterprise_scale", {"year": "1999"}, ["Q09"]),
    ("enterprise_scale", {"scale": "特大"}, ["Q03"]),
    ("enterprise_scale", {"uscc": WRONG_USCC, "year": "去年"}, ["Q02", "Q04"]),
    ("enterprise_scale", {"version": "0"}, ["Q09"]),
    ("enterprise_scale", {"operation": "删除"}, ["Q03"]),
    ("enterprise_scale", {"uscc": {"a": 1}}, ["Q02"]),
    ("regular_indicator", {"value": None}, ["Q01"]),
    ("regular_indicator", {"value": "绿"}, ["Q03"]),
    ("regular_indicator", {"indicator": "environment_grade", "value": "绿"}, []),
    ("regular_indicator", {"indicator": "bank_overdue", "value": None}, []),
    ("regular_indicator", {"indicator": "bank_overdue", "value": "1" * 11}, ["Q08"]),
    ("regular_indicator", {"indicator": "weather", "value": "Z"}, ["Q03"]),
    ("regular_indicator", {"record_no": "9" * 100}, []),
    ("regular_indicator", {"record_no": "9" * 101}, ["Q08"]),
    ("regular_indicator", {"recorded_on": "2020-03-02"}, ["Q05"]),
    ("administrative_penalty", {"uscc": None}, ["Q01"]),
    ("administrative_penalty", {"uscc": None, "org_code": ORG_CODE}, []),
    ("administrative_penalty", {"uscc": None, "org_code": "123456789"}, ["Q04"]),
    ("administrative_penalty", {"uscc": None, "party_kind": "自然人"}, []),
    ("administrative_penalty", {"uscc": None, "party_kind": "无名"}, ["Q03"]),
    ("administrative_penalty", {"penalty_categories": "罚款"}, ["Q01"]),
    ("administrative_penalty", {"penalty_categories": "罚款", "fine_yuan": "0"}, []),
    ("administrative_penalty", {"fine_yuan": "-1"}, ["Q09"]),
    ("administrative_penalty", {"penalty_categories": "罚款;批评"}, ["Q03"]),
    ("administrative_penalty", {"penalty_categories": "没收非法财物"}, ["Q01"]),
    ("administrative_penalty", {"penalty_categories": "暂扣或者吊销执照"}, ["Q01"]),
    ("administrative_penalty", {"penalty_categories": "暂扣"}, ["Q03"]),
    ("administrative_penalty", {"penalty_categories": "；"}, ["Q01"]),
    ("administrative_penalty", {"is_public": "否"}, ["Q01"]),
    ("administrative_penalty", {"is_public": "否", "not_public_ground": "依据"}, []),
    ("administrative_penalty", {"is_public": "也许"}, ["Q02"]),
    ("administrative_penalty", {"publish_until": "2020-01-31"}, ["Q10"]),
    ("administrative_penalty", {"publish_until": "2020-02-01"}, []),
    ("administrative_penalty", {"publish_until": "1800-01-01"}, ["Q09"]),
    (
        "administrative_penalty",
        {"publish_until": "2020-02-28", "decision_date": "2020-03-05"},
        ["Q05"],  # the date that is wrong is not compared
    ),
    ("administrative_penalty", {"conduct_code": "000"}, []),
    ("administrative_penalty", {"conduct_code": "P04"}, ["Q03"]),
    ("administrative_penalty", {"procedure": "1"}, ["Q03"]),
    ("administrative_penalty", {"legal_representative": "王" * 3000}, []),
    ("administrative_penalty", {"authority_uscc": WRONG_USCC}, ["Q04"]),
    ("social_order_case", {"id_number": "110105194912310021"}, ["Q11"]),
    ("social_order_case", {"id_kind": "02", "id_number": "E1234"}, []),
    ("social_order_case", {"id_kind": "06", "id_number": "E1234"}, ["Q03"]),
    ("social_order_case", {"id_kind": None, "id_number": "E1234"}, ["Q01"]),
    ("social_order_case", {"city_code": 3312}, ["Q03"]),
    ("social_order_case", {"city_code": 3311}, []),
    ("social_order_case", {"conduct_code": "P01"}, ["Q03"]),
    ("resumption_inspection", {"rectified_on": "2020-02-19"}, ["Q10"]),
    ("resumption_inspection", {"rectified_on": "2020-03-02"}, ["Q05"]),
    ("commendation", {"uscc": None}, ["Q01"]),
    ("commendation", {"subject_kind": "自然人"}, ["Q01"]),
    (
        "commendation",
        {"subject_kind": "自然人", "uscc": WRONG_USCC, "id_kind": "01", "id_number": IDENTITY},
        ["Q04"],
    ),
    ("commendation", {"id_kind": "01", "id_number": "123"}, ["Q11"]),
    ("publicity_material", {"kind": "失信典型案例"}, ["Q01"]),
    ("publicity_material", {"subject_kind": "自然人"}, ["Q01"]),
    ("publicity_material", {"subject_kind": "自然人", "has_consent": False}, []),
    ("credit_repair_application", {"completed_at": "2020-02-21 09:00"}, ["Q01"]),
    ("credit_repair_application", {"completed_at": "2020-02-20 08:59", "result": "同意"}, ["Q10"]),
    ("credit_repair_application", {"completed_at": "昨天"}, ["Q02"]),
    ("objection", {"uscc": None}, ["Q01"]),
    ("objection", {"uscc": None, "id_kind": "01"}, ["Q01"]),
    ("objection", {"uscc": None, "id_kind": "01", "id_number": IDENTITY}, []),
    ("objection", {"uscc": None, "id_kind": "01", "id_number": "123"}, ["Q11"]),
    ("objection", {"uscc": WRONG_USCC}, ["Q04"]),
    ("objection", {"resolved_on": "2020-02-21"}, ["Q01"]),
    ("key_enterprise", {"delisted_on": "2020-01-31"}, ["Q10"]),
    ("credit_loan", {"amount_yuan": "0.0000001"}, ["Q09"]),
    ("credit_loan", {"annual_rate_pct": "36.1"}, ["Q09"]),
    ("direct_donation", {"certified_on": "2020-01-31"}, ["Q10"]),
    ("joint_measure", {"ended_on": "2020-01-31"}, ["Q10"]),
    ("joint_measure", {"legal_basis_level": "7"}, ["Q03"]),
    ("joint_measure", {"measure_code": "D" * 11}, ["Q08"]),
]


@pytest.mark.parametrize(("item_code", "changes", "expected"), EXAMPLES)
def test_a_row_is_set_aside_with_every_fault_it_has(
    tmp_path: Path, item_code: str, changes: dict[str, object], expected: list[str]
) -> None:
    found = read_rows(tmp_path, item_code, [changed(item_code, **changes)])
    assert found.files[0].fault is None
    assert codes(found) == ({1: expected} if expected else {})


def test_values_are_typed_and_defaults_stand_for_null(tmp_path: Path) -> None:
    loan = read_rows(tmp_path, "credit_loan", [SAMPLES["credit_loan"]]).rows[0]
    assert loan.values == {
        "loan_no": "贷1号",
        "uscc": USCC,
        "bank_name": "某银行",
        "city_code": "3302",
        "granted_on": date(2020, 2, 1),
        "amount_yuan": Decimal("123456.78"),
        "is_credit_loan": True,
        "annual_rate_pct": Decimal("4.3500"),
        "is_risk_compensated": False,
        "version": 1,
        "operation": "新增",
    }
    assert loan.record_id == "credit_loan:local_finance:贷1号"
    assert (loan.version, loan.operation, loan.person_key) == (1, "新增", None)


def test_a_repair_application_holds_wall_times(tmp_path: Path) -> None:
    row = changed("credit_repair_application", accepted_at="2020-02-20T01:00:00Z")
    found = read_rows(tmp_path, "credit_repair_application", [row]).rows[0]
    assert found.values["accepted_at"] == datetime(2020, 2, 20, 9)


def test_a_repaired_code_is_used_and_flagged(tmp_path: Path) -> None:
    rows = [
        changed("enterprise_scale", uscc=USCC.replace("1", "I").lower()),
        changed("enterprise_scale", uscc=USCC.lower()),
    ]
    found = read_rows(tmp_path, "enterprise_scale", rows).rows
    assert [(row.values["uscc"], row.code_repaired) for row in found] == [
        (USCC, True),
        (USCC, False),
    ]


def test_equal_values_have_equal_content_however_they_are_written(tmp_path: Path) -> None:
    rows = [
        changed("key_enterprise", listed_on="2020/2/1", is_authorised="Y") | {"别的": "1"},
        changed("key_enterprise", listed_on="2020年02月01日", is_authorised=True, version="1"),
        changed("key_enterprise", operation="撤销"),
        changed("key_enterprise", enterprise_name="某 公司"),
    ]
    found = read_rows(tmp_path, "key_enterprise", rows).rows
    assert {row.record_id for row in found} == {
        f"key_enterprise:economy_it:{USCC}|医疗保障|2020-02-01"
    }
    assert found[0].content == found[1].content
    assert len({row.content for row in found}) == 3


def test_a_penalty_is_known_by_its_code_or_by_a_hash_of_the_name(tmp_path: Path) -> None:
    rows = [
        changed("administrative_penalty", org_code=ORG_CODE),
        changed("administrative_penalty", uscc=None, org_code="MA27WLT5-4"),
        changed("administrative_penalty", uscc=None, party_kind="自然人", party_name="王 小明"),
    ]
    found = read_rows(tmp_path, "administrative_penalty", rows).rows
    assert [row.record_id.split("|")[1] for row in found] == [
        USCC,
        ORG_CODE,
        "P-" + hashed("name:王小明"),
    ]


def test_what_a_natural_persons_penalty_says_of_him_is_not_kept(tmp_path: Path) -> None:
    rows = [
        changed("administrative_penalty", party_kind="自然人", facts=facts, remarks=facts)
        for facts in ("甲事", "乙事")
    ]
    found = read_rows(tmp_path, "administrative_penalty", rows).rows
    for name in ("party_name", "facts", "penalty_content", "remarks"):
        assert [row.values[name] for row in found] == [None, None]
    assert found[0].content == found[1].content
    assert found[0].person_key is None


def test_a_person_is_a_key_and_a_masked_name(tmp_path: Path) -> None:
    other = changed("social_order_case", id_number=IDENTITY.lower(), person_name="王大明")
    passport = changed("social_order_case", id_kind="02", id_number="ｅ 12 34")
    found = read_rows(
        tmp_path, "social_order_case", [SAMPLES["social_order_case"], other, passport]
    ).rows
    assert [row.person_key for row in found] == [
        "P-" + hashed(f"01:{IDENTITY}"),
        "P-" + hashed(f"01:{IDENTITY}"),
        "P-" + hashed("02:E1234"),
    ]
    assert [row.values["person_name"] for row in found] == ["王**"] * 3
    assert found[0].content == found[1].content != found[2].content
    assert IDENTITY not in repr(found)
    assert "小明" not in repr(found)


def test_who_is_commended_decides_which_identity_counts(tmp_path: Path) -> None:
    identity: dict[str, object] = {"id_kind": "01", "id_number": IDENTITY}
    rows = [
        changed("commendation", subject_kind="自然人", subject_name="王小明", **identity),
        changed("commendation", **identity),
    ]
    person, firm = read_rows(tmp_path, "commendation", rows).rows
    key = "P-" + hashed(f"01:{IDENTITY}")
    assert (person.record_id, person.person_key) == (f"commendation:finance:表1号|{key}", key)
    assert person.values["subject_name"] == "王**"
    assert (firm.record_id, firm.person_key) == (f"commendation:finance:表1号|{USCC}", None)
    assert firm.values["subject_name"] == "某公司"
    assert "id_number" not in firm.values


def test_an_objection_with_a_uscc_keeps_no_identity(tmp_path: Path) -> None:
    rows = [
        changed("objection", id_kind="01", id_number=IDENTITY),
        changed("objection", uscc=None, id_kind="01", id_number=IDENTITY),
        SAMPLES["objection"],
    ]
    firm, person, plain = read_rows(tmp_path, "objection", rows).rows
    assert (firm.person_key, firm.values["id_kind"]) == (None, None)
    assert person.person_key == "P-" + hashed(f"01:{IDENTITY}")
    assert firm.content == plain.content


def test_an_identity_number_in_a_key_is_masked_before_the_key_is_made(tmp_path: Path) -> None:
    row = changed("direct_donation", certificate_no=f"捐-{IDENTITY}")
    found = read_rows(tmp_path, "direct_donation", [row]).rows[0]
    assert found.record_id == "direct_donation:civil_affairs:捐-110105************"


@pytest.mark.parametrize(
    ("donor", "is_organisation"),
    [
        ("某某有限公司", True),
        ("某某 有 限 公\t司", True),
        ("王小明", False),
        ("李红星转来中国人寿资产管理有限公司全体员工捐款", False),
        ("某某公司职工医院", True),
        ("某某公司职工", False),
        ("某某商行（个人独资）", True),
        ("某某公司（个人）", False),
        ("某学生用品商店", True),
        ("某大学学生会", False),
        ("江苏省南通市小学王宏", True),
    ],
)
def test_donors(donor: str, is_organisation: bool) -> None:
    assert is_organisation_donor(donor) is is_organisation


def test_natural_person_donors_are_dropped_whatever_else_is_wrong(tmp_path: Path) -> None:
    rows = [
        changed("charity_donation", donor_name="王小明", donated_on="?", amount_yuan="-1"),
        changed("charity_donation", donor_name="王" * 300),
        changed("charity_donation", donor_name=None),
        changed("charity_donation", donor_name="王\0明"),
        changed("charity_donation", amount_yuan="0"),
        SAMPLES["charity_donation"],
    ]
    found = read_rows(tmp_path, "charity_donation", rows)
    assert counts(found.files[0]) == (6, 1, 3, 2)
    assert codes(found) == {3: ["Q01"], 4: ["Q07"], 5: ["Q09"]}


def test_equal_donations_of_a_file_are_numbered_by_version(tmp_path: Path) -> None:
    rows = [
        SAMPLES["charity_donation"],
        changed("charity_donation", donor_name="某某 有限公司", serial_no="7", remarks="又"),
        changed("charity_donation", amount_yuan="?"),
        changed("charity_donation", version="2"),
        changed("charity_donation", amount_yuan="10,000.00"),
    ]
    found = read_rows(tmp_path, "charity_donation", rows).rows
    donor = "D-" + hashed("donor:某某有限公司")
    start = f"charity_donation:civil_affairs:2020-02-01|{donor}|10000.00|"
    assert [row.record_id for row in found] == [start + n for n in "1213"]
    assert [row.values["occurrence"] for row in found] == [1, 2, 1, 3]
    assert found[1].values["donor_name_cleaned"] == "某某有限公司"
    assert {row.content for row in found} == {("新增",)}


def test_lengths_are_counted_after_trimming(tmp_path: Path) -> None:
    rows = [
        changed(
            "direct_donation", certificate_no=" " + "捐" * 128, recipient="院" * 200 + "\u3000"
        ),
        changed("direct_donation", certificate_no="捐" * 129, recipient="院" * 201),
    ]
    assert codes(read_rows(tmp_path, "direct_donation", rows)) == {2: ["Q08"]}


def test_numbers_of_json_are_taken_by_their_letters(tmp_path: Path) -> None:
    folder = tmp_path / "2020-03-01" / "market_regulation"
    folder.mkdir(parents=True)
    text = json.dumps([changed("enterprise_scale", year=2019)])
    (folder / "enterprise_scale__1.json").write_text(text)
    (folder / "enterprise_scale__2.json").write_text(text.replace("2019", "2019.0"))
    found = read(tmp_path)
    assert [file.rows_loaded for file in found.files] == [1, 0]
    assert codes(found) == {1: ["Q02"]}
