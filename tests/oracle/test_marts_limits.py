"""Clauses 8, 9 and 10: relief, candidates, loans and the limits of measures, by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from .builders import BETA, Landing, registered

# ---------------------------------------------------------------- finance


def test_a_relief_is_refused_for_the_first_reason() -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"recognised_on": None}, "not_recognised"),
        ({"overdue_on": "2020-01-19"}, "outside_epidemic_period"),
        ({"uscc": BETA}, "not_small_or_micro"),
    ]
    for place, (_, reason) in enumerate(cases):
        flaws: dict[str, Any] = {}
        for given, _ in reversed(cases[place:]):
            flaws |= given
        landing = registered()
        landing.add("overdue_relief", **flaws)
        row = landing.row("overdue_relief")
        assert (row["status"], row["reason"]) == ("refused", reason)


def test_a_small_firm_out_of_the_register_gets_no_relief() -> None:
    landing = Landing()
    landing.add("enterprise_scale", scale="微型")
    landing.add("overdue_relief")
    assert landing.row("overdue_relief")["reason"] == "not_registered"
    landing.add("enterprise_register")
    row = landing.row("overdue_relief")
    assert (row["status"], row["reason"]) == ("accepted", None)
    landing.add("enterprise_scale", year=2020, scale="中型")
    assert landing.row("overdue_relief")["reason"] == "not_small_or_micro"


def test_a_relief_recognised_on_the_day_itself_holds() -> None:
    landing = registered()
    landing.add("enterprise_scale")
    landing.add("overdue_relief", on="2020-06-01", recognised_on="2020-06-01")
    assert landing.row("overdue_relief", "2020-06-01")["status"] == "accepted"


def test_candidates_are_on_a_list_in_force_that_suits_their_scale() -> None:
    landing = registered()
    landing.add(
        "key_enterprise", list_kind="受疫情影响较大", is_authorised=True, delisted_on="2020-09-01"
    )
    assert landing.rows("financing_support_candidates", "2020-06-01") == []  # scale unknown
    landing.add("enterprise_scale", scale="大型")
    assert landing.rows("financing_support_candidates", "2020-06-01") == []
    landing.add("enterprise_scale", year=2020, scale="中型")
    row = landing.row("financing_support_candidates", "2020-08-31")
    assert (row["list_kinds"], row["grade"], row["is_authorised"]) == ("受疫情影响较大", "B", True)
    assert landing.rows("financing_support_candidates", "2020-09-01") == []
    landing.add("key_enterprise", list_kind="防控物资生产")
    row = landing.row("financing_support_candidates", "2020-08-31")
    # 受 is U+53D7, 防 is U+9632
    assert row["list_kinds"] == "受疫情影响较大;防控物资生产"
    assert landing.row("financing_support_candidates")["is_authorised"] is False
    landing.add("severe_dishonesty_determination")
    assert landing.rows("financing_support_candidates") == []


def test_a_subject_that_is_not_evaluated_may_be_a_candidate_and_grade_d_may_not() -> None:
    shop = "92330100DDDDDDDDD4"
    landing = registered()
    landing.add("enterprise_register", uscc=shop, enterprise_name="店")
    landing.add("key_enterprise", uscc=shop)
    landing.add("key_enterprise")
    for number in range(4):
        for indicator in ("bank_overdue", "unperformed_judgment", "wage_arrears", "safety_record"):
            landing.add("regular_indicator", indicator=indicator, record_no=str(number))
    # B01 100, D2 165 - 60, D3 170 - 80, D4 300 - 200, B05 120 = 515 < 650
    assert landing.row("enterprise_evaluation")["grade"] == "D"
    row = landing.row("financing_support_candidates")
    assert (row["subject_id"], row["grade"]) == (shop, None)


def test_loans_are_summed_by_city_and_month_with_the_share_half_up() -> None:
    landing = registered()
    landing.add("key_enterprise")
    one = {"granted_on": "2020-03-31", "amount_yuan": Decimal("20000.00")}
    landing.add("credit_loan", loan_no="1", is_risk_compensated=True, **one)
    landing.add("credit_loan", loan_no="2", is_credit_loan=False, uscc=BETA)
    landing.add("credit_loan", loan_no="3", granted_on="2020-04-01")
    landing.add("credit_loan", loan_no="4", granted_on="2020-01-19")
    rows = {row["month"]: row for row in landing.rows("credit_loan_summary")}
    assert set(rows) == {date(2020, 3, 1), date(2020, 4, 1)}
    march = rows[date(2020, 3, 1)]
    assert (march["loans"], march["amount_yuan"]) == (2, Decimal("30000.00"))
    assert (march["credit_loans"], march["credit_loan_amount_yuan"]) == (1, Decimal("20000.00"))
    assert march["credit_loan_share"] == Decimal("0.6667")
    assert (march["compensated_loans"], march["candidate_loans"]) == (1, 1)


# ---------------------------------------------------------------- measures

PUNISHED = {"measure_code": "D01", "list_determination_no": "严-1", "notified_on": "2020-06-01"}


def _broken(landing: Landing, as_of: str = "2020-12-31") -> list[str]:
    return sorted(row["rule_code"] for row in landing.rows("joint_measure_violations", as_of))


def _punished(**given: Any) -> Landing:
    """Alpha, listed 2020-03-01 to 2021-03-01, and a measure against it from 2020-06-01."""
    landing = registered()
    landing.add("severe_dishonesty_determination")
    landing.add("joint_measure", **(PUNISHED | given))
    return landing


def test_a_lawful_punishment_is_valid_and_named() -> None:
    landing = _punished()
    assert _broken(landing) == []
    row = landing.row("joint_measures")
    assert (row["measure_name"], row["measure_kind"]) == (
        "限制参与政府采购和招标投标",
        "punishment",
    )
    assert row["is_valid"] is True


@pytest.mark.parametrize(
    ("given", "broken"),
    [
        ({"measure_code": "D99", "legal_basis_level": "6"}, ["V1"]),  # not published
        ({"measure_code": "Z01", "list_determination_no": None}, ["V1"]),
        ({"list_determination_no": "严-2"}, ["V2"]),
        ({"started_on": "2020-02-29", "notified_on": "2020-02-28"}, ["V2"]),
        ({"started_on": "2020-03-01", "notified_on": "2020-03-01"}, []),
        ({"legal_basis_level": "2"}, []),
        ({"legal_basis_level": "3"}, ["V3"]),
        ({"notified_on": None}, ["V4"]),
        ({"notified_on": "2020-06-02"}, ["V4"]),
        ({"measure_code": "D08", "ended_on": "2020-07-01"}, []),  # one month at most
        ({"measure_code": "D08", "ended_on": "2020-07-02"}, ["V6"]),
        ({"measure_code": "D08"}, ["V6"]),  # running on 2020-12-31
        ({"uscc": BETA}, ["V2", "V8"]),
    ],
)
def test_limits_of_a_punishment(given: dict[str, Any], broken: list[str]) -> None:
    landing = _punished(**given)
    assert _broken(landing) == broken
    assert landing.row("joint_measures")["is_valid"] is (not broken)


def test_a_punishment_ends_with_the_listing() -> None:
    assert _broken(_punished(), "2021-02-28") == []
    assert _broken(_punished(), "2021-03-01") == ["V5"]
    assert _broken(_punished(ended_on="2021-03-01"), "2021-03-01") == []
    assert _broken(_punished(ended_on="2021-03-02"), "2021-03-01") == ["V5"]


def test_an_incentive_is_earned_and_not_for_the_listed() -> None:
    landing = registered()
    landing.add("joint_measure", legal_basis_level="6")
    assert _broken(landing) == ["V7"]
    landing.add("commendation", commended_on="2020-06-02", on="2020-06-02")
    assert _broken(landing) == ["V7"]  # a day late
    landing.add("commendation", document_no="2", commended_on="2020-06-01", on="2020-06-02")
    assert _broken(landing) == []
    landing.add("severe_dishonesty_determination", delisted_on="2020-06-02")
    assert _broken(landing) == ["V7"]
    landing.add("severe_dishonesty_determination", version=2, delisted_on="2020-06-01")
    assert _broken(landing) == []


def test_an_incentive_of_24_months_ends_on_the_day() -> None:
    landing = registered()
    landing.add("commendation")
    landing.add("joint_measure")
    assert _broken(landing, "2022-06-01") == []
    assert _broken(landing, "2022-06-02") == ["V6"]
