"""Clauses 1-3 and 10: dishonesty, objections and the severe list, worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from .builders import BETA, PERSON, Landing, registered

# ---------------------------------------------------------------- severity and dates


@pytest.mark.parametrize(
    ("given", "severity"),
    [
        ({"fine_yuan": Decimal("99999.99")}, "general"),
        ({"fine_yuan": Decimal("100000.00")}, "serious"),  # exactly 100,000 yuan
        ({"fine_yuan": None, "penalty_categories": ("行政拘留",)}, "serious"),
        ({"penalty_categories": ("责令停产停业",)}, "serious"),  # price conduct
        ({"penalty_categories": ("责令停产停业",), "conduct_code": "Q03"}, "specially_serious"),
        ({"penalty_categories": ("行政拘留",), "conduct_code": "Q03"}, "serious"),
        ({"conduct_code": "Q01"}, "general"),
    ],
)
def test_severity(given: dict[str, Any], severity: str) -> None:
    landing = registered()
    landing.add("administrative_penalty", **given)
    assert landing.row("dishonesty_records")["severity"] == severity


def test_disclosure_lasts_one_year_or_three_but_not_past_publish_until() -> None:
    landing = registered()
    landing.add("administrative_penalty", decision_date="2020-02-29", document_no="a")
    landing.add("administrative_penalty", document_no="b", fine_yuan=Decimal(100000))
    landing.add("administrative_penalty", document_no="c", publish_until="2020-07-01")
    landing.add("administrative_penalty", document_no="d", publish_until="9999-12-31")
    ends = {r["document_no"]: r["disclosure_until"] for r in landing.rows("dishonesty_records")}
    assert ends == {
        "a": date(2021, 2, 28),
        "b": date(2023, 2, 10),
        "c": date(2020, 7, 1),
        "d": date(2021, 2, 10),
    }
    shown = {r["document_no"] for r in landing.rows("open.dishonesty", "2020-07-02")}
    assert shown == {"a", "b", "d"}
    assert {r["document_no"] for r in landing.rows("open.dishonesty", "2020-07-01")} == set("abcd")


def test_categories_stand_in_the_order_of_the_codebook() -> None:
    landing = registered()
    landing.add("administrative_penalty", penalty_categories=("其他", "没收违法所得", "警告"))
    row = landing.row("open.dishonesty", "2020-06-01")
    assert row["penalty_categories"] == "警告;没收违法所得;其他"
    assert row["authority_unit_name"] == "省市场监管局"
    assert row["conduct_name"] == "哄抬价格"


def test_a_penalty_that_is_not_public_is_kept_and_not_shown() -> None:
    landing = registered()
    landing.add("administrative_penalty", is_public=False)
    assert landing.row("dishonesty_records", "2020-06-01")["is_disclosable"] is False
    assert landing.rows("open.dishonesty", "2020-06-01") == []


def test_a_social_order_case_is_general_of_its_own_city_and_never_shown() -> None:
    landing = Landing()
    landing.add("social_order_case", person=PERSON, city_code="3305")
    row = landing.row("dishonesty_records", "2020-06-01")
    assert (row["severity"], row["city_code"], row["clause"]) == ("general", "3305", 2)
    assert (row["penalty_categories"], row["fine_yuan"]) == (None, None)
    assert (row["document_no"], row["subject_type"]) == ("治-1", "person")
    assert row["is_disclosable"] is False


# ---------------------------------------------------------------- objections


def _is_objected(landing: Landing, as_of: str) -> bool:
    return bool(landing.row("dishonesty_records", as_of)["has_open_objection"])


def test_an_objection_is_open_until_it_is_resolved() -> None:
    landing = registered()
    landing.add("administrative_penalty", on="2020-03-01")
    landing.add("objection", on="2020-04-02")
    landing.add("objection", on="2020-05-02", version=2, resolved_on="2020-05-01", outcome="不成立")
    assert not _is_objected(landing, "2020-04-01")
    assert _is_objected(landing, "2020-04-02")
    assert landing.rows("open.dishonesty", "2020-04-02") == []
    assert not _is_objected(landing, "2020-05-02")
    assert len(landing.rows("open.dishonesty", "2020-05-02")) == 1


def test_a_correction_is_owed_until_a_new_row_stands() -> None:
    landing = registered()
    landing.add("administrative_penalty", on="2020-03-01")
    landing.add("objection", on="2020-04-11", resolved_on="2020-04-10", outcome="更正")
    # a redelivery of the same version is a duplicate: the row of 1 March still stands
    landing.add("administrative_penalty", on="2020-04-20")
    landing.add("administrative_penalty", on="2020-05-01", version=2, facts="更正")
    assert _is_objected(landing, "2020-04-30")
    assert not _is_objected(landing, "2020-05-01")


def test_a_correction_delivered_on_the_day_of_the_resolution_is_one() -> None:
    landing = registered()
    landing.add("administrative_penalty", on="2020-04-10")
    landing.add("objection", on="2020-04-11", resolved_on="2020-04-10", outcome="更正")
    assert not _is_objected(landing, "2020-04-30")


def test_an_objection_that_deletes_withdraws_before_every_refusal() -> None:
    landing = registered()
    used = landing.add("administrative_penalty")
    also = landing.add("administrative_penalty", unit="agriculture", conduct_code="000")
    other = landing.add("administrative_penalty", document_no="罚-2")
    stranger = landing.add("administrative_penalty", uscc=BETA)
    severe = landing.add("severe_dishonesty_determination", determination_no="罚-1")
    landing.add("objection", on="2020-05-02", resolved_on="2020-05-02", outcome="删除")
    day = "2020-05-01"
    before = [landing.disposition(r, day) for r in (used, also, other, stranger, severe)]
    after = [landing.disposition(r) for r in (used, also, other, stranger, severe)]
    assert before == ["used", "conduct_out_of_scope", "used", "used", "used"]
    assert after == ["withdrawn", "withdrawn", "used", "used", "withdrawn"]


def test_what_happens_on_the_day_itself_counts() -> None:
    day = "2020-06-01"
    landing = registered()
    objected = landing.add("administrative_penalty", document_no="1")
    deleted = landing.add("administrative_penalty", document_no="2")
    cleared = landing.add("administrative_penalty", document_no="3")
    landing.add("objection", on=day, objection_no="1", document_no="1", accepted_on=day)
    ended = {"accepted_on": day, "resolved_on": day}
    landing.add("objection", on=day, objection_no="2", document_no="2", outcome="删除", **ended)
    landing.add("objection", on=day, objection_no="3", document_no="3", outcome="不成立", **ended)
    landing.add("resumption_inspection", on=day, inspected_on=day, rectified_on=day)
    rows = {
        r["record_id"]: r["has_open_objection"] for r in landing.rows("dishonesty_records", day)
    }
    assert rows == {objected: True, cleared: False}
    assert landing.disposition(deleted, day) == "withdrawn"
    assert landing.row("resumption_compliance", day)["rectified"] == 1


def test_a_person_objects_by_either_number_of_the_case() -> None:
    for number in ("治-1", "认-1"):
        landing = Landing()
        case = landing.add("social_order_case", person=PERSON)
        landing.add("objection", person=PERSON, uscc=None, document_no=number)
        assert _is_objected(landing, "2020-06-01")
        landing.add(
            "objection", person=PERSON, uscc=None, document_no=number, on="2020-06-02",
            version=2, resolved_on="2020-06-02", outcome="删除",
        )  # fmt: skip
        assert landing.disposition(case) == "withdrawn"


# ---------------------------------------------------------------- severe list


def test_a_listing_runs_from_its_day_to_the_earlier_end() -> None:
    landing = registered()
    landing.add("severe_dishonesty_determination", listed_on="2020-08-31", months=6)
    row = landing.row("severe_dishonesty_list")
    assert (row["listed_on"], row["exits_on"]) == (date(2020, 8, 31), date(2021, 2, 28))
    active = [
        landing.row("severe_dishonesty_list", day)["is_active"]
        for day in ("2020-08-30", "2020-08-31", "2021-02-27", "2021-02-28")
    ]
    assert active == [False, True, True, False]


def test_a_delisting_ends_it_sooner_and_the_decision_is_the_default_start() -> None:
    landing = registered()
    landing.add("severe_dishonesty_determination", delisted_on="2020-05-20", months=36)
    row = landing.row("severe_dishonesty_list")
    assert (row["listed_on"], row["exits_on"]) == (date(2020, 3, 1), date(2020, 5, 20))
    assert row["is_active"] is False


def test_an_objection_stops_the_disclosure_of_a_listing_and_not_the_listing() -> None:
    landing = registered()
    landing.add("severe_dishonesty_determination")
    assert len(landing.rows("open.severe_dishonesty_list")) == 1
    landing.add("objection", document_no="严-1")
    row = landing.row("severe_dishonesty_list")
    assert (row["is_active"], row["has_open_objection"]) == (True, True)
    assert landing.rows("open.severe_dishonesty_list") == []


# ---------------------------------------------------------------- inspections, statistics


def test_a_failed_inspection_counts_and_is_no_dishonesty_record() -> None:
    landing = registered()
    landing.add("administrative_penalty", conduct_code="R01")
    for number, given in enumerate(
        [
            {"finding": "合格"},
            {},
            {"rectified_on": "2020-03-09"},
            {"penalty_document_no": "罚-1"},
            {"penalty_document_no": "罚-2"},
            {"finding": "合格", "rectified_on": "2020-03-09", "penalty_document_no": "罚-1"},
        ]
    ):
        landing.add("resumption_inspection", inspection_no=str(number), **given)
    assert landing.rows("resumption_compliance") == [
        {
            "city_code": "3301",
            "duty_code": "R01",
            "inspected": 6,
            "failed": 4,
            "rectified": 1,
            "penalised": 1,
        }
    ]
    assert len(landing.rows("dishonesty_records")) == 1


def test_small_counts_of_cases_are_not_shown() -> None:
    landing = Landing()
    for number in range(9):
        conduct = "S10" if number < 5 else "S20"
        landing.add(
            "social_order_case", person=PERSON, determination_no=str(number), conduct_code=conduct
        )
    gov = {r["conduct_code"]: r["cases"] for r in landing.rows("social_order_statistics")}
    shown = {r["conduct_code"]: r["cases"] for r in landing.rows("open.social_order_statistics")}
    assert gov == {"S10": 5, "S20": 4}
    assert shown == {"S10": 5, "S20": None}
    assert landing.rows("social_order_statistics")[0]["month"] == date(2020, 2, 1)
