"""What stays of natural persons: keys, masked names, and nothing else."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest
from contract_rig import DELIVERED_ON, IDENTITY, PERSON_KEY, USCC, identity_number, judge
from test_contract import COMMENDATION, OBJECTION, PENALTY, Row

from orchestration.errors import WrongArguments
from orchestration.ingest.persons import person_key_fingerprint, person_subject_id
from orchestration.ingest.raw import hold_person_key

CASE: Row = {
    "determination_no": "S1",
    "penalty_document_no": "P1",
    "person_name": "张　三丰",
    "id_kind": "01",
    "id_number": IDENTITY,
    "conduct_code": "S10",
    "determined_on": "2020-03-01",
    "city_code": "3301",
    "authority_name": "公安局",
    "finality": "已生效",
}
MATERIAL: Row = {
    "material_no": "M1",
    "kind": "防疫先进事迹",
    "subject_kind": "自然人",
    "subject_name": "欧阳 修",
    "title": "标题",
    "summary": "摘要",
    "released_on": "2020-03-01",
    "has_consent": "是",
}
DONATION: Row = {
    "donated_on": "2020-02-01",
    "donor_name": "杭州某某有限公司",
    "amount_yuan": "10,000",
}


def digest(message: str) -> str:
    return hmac.new(PERSON_KEY.encode(), message.encode(), hashlib.sha256).hexdigest()[:32]


# ---------------------------------------------------------------- identities


def test_the_person_key_is_the_hmac_of_kind_and_number() -> None:
    row = judge("social_order_case", [CASE]).loaded[1]
    assert row["person_key"] == f"P-{digest('01:' + IDENTITY)}"
    assert row["person_key"] == person_subject_id(PERSON_KEY, "01", IDENTITY)
    assert "id_number" not in row
    assert row["person_name"] == "张**"


def test_a_number_is_taken_by_nfkc_without_white_space_in_upper_case() -> None:
    number = identity_number("11010519491231002")
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number.lower())
    spaced = f"{wide[:6]} {wide[6:14]}\u3000{wide[14:]}"
    rows: list[Row] = [{**CASE, "id_number": number}, {**CASE, "id_number": spaced}]
    judged = judge("social_order_case", rows)
    assert judged.loaded[1]["person_key"] == judged.loaded[2]["person_key"]
    assert person_subject_id(PERSON_KEY, "01", spaced) == judged.loaded[1]["person_key"]


def test_only_identity_cards_have_a_check() -> None:
    wrong = IDENTITY[:-1] + ("0" if IDENTITY[-1] != "0" else "1")
    rows = [{**CASE, "id_kind": kind, "id_number": wrong} for kind in ("01", "02", "05", "9", None)]
    judged = judge("social_order_case", rows)
    assert judged.codes == {1: "Q11", 4: "Q03", 5: "Q01"}
    assert sorted(judged.loaded) == [2, 3]


def test_no_fault_ever_quotes_a_person() -> None:
    rows = [{**CASE, "person_name": "某" * 201, "id_number": "1", "determined_on": "张三"}]
    judged = judge("social_order_case", rows)
    assert judged.codes == {1: "Q02;Q08;Q11"}
    assert {quoted for _, _, quoted in judged.faults[1]} == {None}


def test_a_commended_person_is_named_by_key_and_an_organisation_by_code() -> None:
    identity: Row = {"id_kind": "01", "id_number": IDENTITY}
    person: Row = {**COMMENDATION, "subject_kind": "自然人", "subject_name": "李四", **identity}
    judged = judge("commendation", [person, {**COMMENDATION, **identity}])
    first, second = judged.loaded[1], judged.loaded[2]
    assert first["subject_key"] == first["person_key"] == f"P-{digest('01:' + IDENTITY)}"
    assert first["subject_name"] == "李*"
    assert first["record_id"].endswith(f":D1|{first['person_key']}")
    assert (second["subject_key"], second["person_key"]) == (USCC, None)
    assert second["subject_name"] == "杭州某某有限公司"
    assert IDENTITY not in str(judged.loaded)


def test_with_a_code_the_identity_of_an_objection_is_not_stored() -> None:
    identity: Row = {"id_kind": "01", "id_number": IDENTITY}
    judged = judge(
        "objection", [{**OBJECTION, **identity}, {**OBJECTION, **identity, "uscc": None}]
    )
    assert (judged.loaded[1]["id_kind"], judged.loaded[1]["person_key"]) == (None, None)
    assert judged.loaded[2]["id_kind"] == "01"
    assert judged.loaded[2]["person_key"] == f"P-{digest('01:' + IDENTITY)}"


def test_another_person_is_other_content() -> None:
    rows = [CASE, {**CASE, "id_number": identity_number("33010219850101123")}]
    judged = judge("social_order_case", rows)
    assert judged.loaded[1]["content_digest"] != judged.loaded[2]["content_digest"]


def test_materials_keep_a_masked_name_and_no_key() -> None:
    rows: list[Row] = [MATERIAL, {**MATERIAL, "subject_kind": "企业", "subject_name": "甲 公司"}]
    judged = judge("publicity_material", rows)
    assert judged.loaded[1]["subject_name"] == "欧**"
    assert judged.loaded[2]["subject_name"] == "甲 公司"
    assert "person_key" not in judged.loaded[1]


# ---------------------------------------------------------------- penalties of persons


def test_a_penalty_of_a_person_keeps_neither_name_nor_story() -> None:
    person: Row = {
        **PENALTY,
        "party_kind": "自然人",
        "party_name": "王　五",
        "uscc": None,
        "remarks": "备注",
    }
    retold = {**person, "facts": "别的事实", "penalty_content": "别的", "remarks": None}
    judged = judge("administrative_penalty", [person, retold])
    first, second = judged.loaded[1], judged.loaded[2]
    for field in ("party_name", "facts", "penalty_content", "remarks"):
        assert first[field] is None
    assert first["party_key"] == f"P-{digest('name:王五')}"
    assert first["record_id"].endswith(f"|{first['party_key']}")
    assert first["content_digest"] == second["content_digest"]
    assert "王" not in str(first)


def test_a_penalised_person_with_a_code_is_keyed_by_it() -> None:
    judged = judge("administrative_penalty", [{**PENALTY, "party_kind": "自然人"}])
    assert judged.loaded[1]["party_key"] == USCC
    assert judged.loaded[1]["party_name"] is None


def test_a_person_still_needs_what_is_dropped() -> None:
    judged = judge("administrative_penalty", [{**PENALTY, "party_kind": "自然人", "facts": None}])
    assert judged.codes == {1: "Q01"}


# ---------------------------------------------------------------- donors


@pytest.mark.parametrize(
    "name",
    [
        "杭州某某有限公司",
        "某\t某（杭州）\u3000集团",
        "某 公 司",
        "某某个人独资企业",
        "浙江某某职工医院",
        "杭州学生用品厂",
        "某某大学",
    ],
)
def test_organisations_load(name: str) -> None:
    judged = judge("charity_donation", [{**DONATION, "donor_name": name}])
    cleaned = "".join(name.split()).replace("（", "(").replace("）", ")")
    assert judged.loaded[1]["donor_name_cleaned"] == cleaned
    assert judged.loaded[1]["donor_key"] == f"D-{digest('donor:' + cleaned)}"
    expected = f"2020-02-01|D-{digest('donor:' + cleaned)}|10000.00|1"
    assert judged.loaded[1]["record_id"] == f"charity_donation:market_regulation:{expected}"


@pytest.mark.parametrize(
    "name",
    [
        "张三",
        "李四转来某某公司捐款",
        "某某公司员工",
        "某某大学学生会",
        "爱心人士",
        "代理商某某公司",
    ],
)
def test_natural_persons_are_dropped_and_counted(name: str) -> None:
    rows = [DONATION, {**DONATION, "donor_name": name}]
    judged = judge("charity_donation", rows)
    assert sorted(judged.loaded) == [1]
    assert judged.dropped == [2]
    assert judged.codes == {}


def test_a_natural_person_is_dropped_whatever_else_is_wrong() -> None:
    rows: list[Row] = [
        {**DONATION, "donor_name": "张三", "amount_yuan": "x", "donated_on": None},
        {**DONATION, "donor_name": "张三", "row_fault": "Q07"},
        {**DONATION, "donor_name": "某" * 300},
        {**DONATION, "donor_name": "公司" * 150},
        {**DONATION, "donor_name": None},
        {**DONATION, "donor_name": "无"},
        {**DONATION, "donor_name": None, "bad_cells": ";donor_name;"},
    ]
    judged = judge("charity_donation", rows)
    assert judged.dropped == [1, 3]
    assert judged.codes == {2: "Q07", 4: "Q08", 5: "Q01", 6: "Q01", 7: "Q02"}


def test_equal_donations_are_numbered_among_the_rows_that_load() -> None:
    rows: list[Row] = [
        DONATION,
        {**DONATION, "amount_yuan": "x"},
        {**DONATION, "amount_yuan": "10000.004", "donor_name": "杭州某某 有限公司"},
        {**DONATION, "version": "2"},
        {**DONATION, "donated_on": "2020-02-02"},
        {**DONATION, "remarks": "又一次"},
    ]
    judged = judge("charity_donation", rows)
    found = {row: loaded["occurrence"] for row, loaded in judged.loaded.items()}
    assert found == {1: 1, 3: 2, 4: 1, 5: 1, 6: 3}
    assert judged.loaded[1]["record_id"] == judged.loaded[4]["record_id"]
    # Of a donation only the operation is compared.
    digests = {row["content_digest"] for row in judged.loaded.values()}
    assert len(digests) == 1


# ---------------------------------------------------------------- the key of a home


def test_a_home_holds_one_person_key(tmp_path: Path) -> None:
    first = hold_person_key(tmp_path, "one")
    assert hold_person_key(tmp_path, "one") == first
    with pytest.raises(WrongArguments, match="another CREDIT_PERSON_KEY"):
        hold_person_key(tmp_path, "other")
    assert "one" not in (tmp_path / "raw" / "person_key.json").read_text(encoding="utf-8")


def test_fingerprints_are_equal_in_every_home() -> None:
    assert person_key_fingerprint("one") == person_key_fingerprint("one")
    assert person_key_fingerprint("one") != person_key_fingerprint("One")
    assert DELIVERED_ON.year == 2020
