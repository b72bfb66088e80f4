"""Clauses 4 and 5: merits, the red list and the score, worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from .builders import ALPHA, BETA, GAMMA, PERSON, Landing, registered
from .evaluation import grade_of

# Alpha without any record: B01 100 + B02 165 + B03 170 + B04 300 + B05 120 = 855


def _score(landing: Landing, as_of: str = "2020-12-31") -> dict[str, Any]:
    return landing.row("enterprise_evaluation", as_of, subject_id=ALPHA)


def _points(landing: Landing, code: str) -> list[tuple[str | None, Decimal | None]]:
    rows = [r for r in landing.rows("evaluation_contributions") if r["indicator_code"] == code]
    return [(row["record_id"], row["points"]) for row in rows]


# ---------------------------------------------------------------- red list


def test_the_red_list_gathers_the_commendations_of_a_subject() -> None:
    landing = registered()
    landing.add(
        "commendation", document_no="乙", issuer_level="设区市级", commended_on="2020-04-01"
    )
    landing.add("commendation", document_no="甲", commended_on="2020-03-01")
    landing.add("commendation", document_no="甲", commended_on="2020-05-01", unit="party_office")
    row = landing.row("red_list")
    assert row["highest_level"] == "provincial"
    assert row["commendation_count"] == 3
    # 乙 is U+4E59, 甲 is U+7532
    assert row["document_nos"] == "乙;甲"
    assert row["first_commended_on"] == date(2020, 3, 1)
    assert row["last_commended_on"] == date(2020, 5, 1)
    assert row["city_code"] == "3301"


def test_a_person_is_on_the_red_list_and_not_on_the_open_one() -> None:
    landing = Landing()
    landing.add("commendation", person=PERSON, subject_kind="自然人", subject_name="李*")
    assert landing.row("red_list")["subject_name"] == "李*"
    assert landing.rows("open.red_list") == []


def test_who_is_on_the_severe_list_leaves_the_red_list_with_a_reason() -> None:
    landing = registered()
    landing.add("commendation")
    landing.add("severe_dishonesty_determination", determination_no="2", listed_on="2020-06-01")
    landing.add("severe_dishonesty_determination", determination_no="1", listed_on="2020-06-01")
    assert len(landing.rows("red_list", "2020-05-31")) == 1
    assert landing.rows("red_list") == []
    assert landing.rows("red_list_exclusions") == [
        {"subject_id": ALPHA, "determination_no": "1", "reason": "on_severe_list"}
    ]
    # listed for 12 months: back on 2021-06-01
    assert landing.rows("red_list_exclusions", "2021-06-01") == []
    assert len(landing.rows("red_list", "2021-06-01")) == 1


def test_a_positive_record_is_recognised_when_it_was_certified() -> None:
    landing = registered()
    landing.add("charity_donation")
    landing.add("direct_donation")
    landing.add("volunteer_service")
    landing.add("administrative_award")
    rows = {row["kind"]: row for row in landing.rows("positive_records")}
    days = {kind: row["recognised_on"].isoformat() for kind, row in rows.items()}
    assert days == {
        "charity_donation": "2020-02-10",
        "direct_donation": "2020-02-20",
        "volunteer_service": "2020-02-20",
        "administrative_award": "2020-03-01",
    }
    numbers = [row["document_no"] for row in rows.values()]
    assert numbers == [None, "捐-1", "志-1", "奖-1"]
    assert rows["volunteer_service"]["hours"] == Decimal("8.0")
    assert rows["volunteer_service"]["amount_yuan"] is None


# ---------------------------------------------------------------- base


@pytest.mark.parametrize(
    ("established", "points"),
    [
        ("2010-12-31", "100.00"),
        ("2011-01-01", "90.00"),
        ("2015-12-31", "90.00"),
        ("2016-01-01", "80.00"),
        ("2018-12-31", "80.00"),
        ("2019-01-01", "60.00"),
    ],
)
def test_age_counts_in_full_years(established: str, points: str) -> None:
    landing = Landing()
    landing.add("enterprise_register", established_on=established)
    row = _score(landing)
    assert row["d1_points"] == Decimal(points)
    # the rest is 755
    assert row["score"] == Decimal(points) + 755


def test_the_latest_grade_counts_by_day_then_number() -> None:
    landing = registered()
    for number, grade, day in (
        ("2", "D", "2020-01-01"),
        ("1", "A", "2020-02-01"),
        ("0", "C", "2020-02-01"),
    ):
        landing.add(
            "regular_indicator",
            indicator="tax_grade",
            value=grade,
            record_no=number,
            recorded_on=day,
        )
    landing.add("regular_indicator", indicator="labour_grade", value="C", unit="hr_social_security")
    landing.add(
        "regular_indicator", indicator="environment_grade", value="黑", recorded_on="2010-01-01"
    )
    row = _score(landing)
    assert (row["d2_points"], row["d3_points"], row["d5_points"]) == (200, 80, 60)
    # 100 + 200 + 80 + 300 + 60
    assert (row["score"], row["grade"], row["grade_name"]) == (Decimal("740.00"), "C", "中等")
    assert [points for _, points in _points(landing, "B02")] == [Decimal("200.00")]


@pytest.mark.parametrize(
    ("score", "grade"),
    [(87000, "A"), (86999, "B"), (76000, "B"), (75999, "C"), (65000, "C"), (64999, "D"), (0, "D")],
)
def test_a_grade_begins_at_its_least_points(score: int, grade: str) -> None:
    assert grade_of(score) == grade


def test_the_population_is_living_enterprises_and_cooperatives_of_the_register() -> None:
    landing = registered(ALPHA, GAMMA)
    landing.add("enterprise_register", uscc="92330100DDDDDDDDD4", enterprise_name="店")
    landing.add("enterprise_register", uscc=BETA, register_status="迁出")
    landing.add("credit_loan", uscc="91330100EEEEEEEEE5")
    found = {row["subject_id"] for row in landing.rows("enterprise_evaluation")}
    assert found == {ALPHA, GAMMA}


def test_the_severe_list_gives_grade_d_whatever_the_score() -> None:
    landing = registered()
    landing.add("severe_dishonesty_determination")
    row = _score(landing)
    assert (row["score"], row["grade"]) == (Decimal("855.00"), "D")
    assert (row["grade_name"], row["override_reason"]) == ("较差", "severe_dishonesty_list")
    assert landing.rows("open.evaluation_summary") == [
        {"city_code": "3301", "grade": "D", "enterprises": 1}
    ]


# ---------------------------------------------------------------- deductions


def test_deductions_last_five_years_from_their_day() -> None:
    landing = registered()
    landing.add("regular_indicator", indicator="safety_record", recorded_on="2020-02-29")
    # 2020-02-29 + 5 years = 2025-02-28; age 25 years: 855 - 40
    assert _score(landing, "2025-02-27")["score"] == Decimal("815.00")
    assert _score(landing, "2025-02-28")["score"] == Decimal("855.00")


def test_what_is_recorded_on_the_day_itself_counts() -> None:
    landing = registered()
    day = "2020-06-01"
    landing.add("regular_indicator", on=day, recorded_on=day)
    landing.add("regular_indicator", on=day, recorded_on=day, indicator="tax_grade", value="A")
    # 855 + (200 - 165) - 20
    assert _score(landing, day)["score"] == Decimal("870.00")
    assert _score(landing, day)["grade"] == "A"


def test_each_indicator_and_dimension_is_clamped() -> None:
    landing = registered()
    for number in range(4):
        for indicator in ("bank_overdue", "unperformed_judgment", "wage_arrears", "safety_record"):
            landing.add("regular_indicator", indicator=indicator, record_no=str(number))
    row = _score(landing)
    # D2: 165 - min(80, 60) = 105; D3: 170 - min(160, 80) = 90; D4: 300 - 120 - 80 = 100
    assert (row["d2_points"], row["d3_points"], row["d4_points"]) == (105, 90, 100)
    assert row["score"] == Decimal("515.00")
    # the contributions are those before the clamps
    assert sum(points or 0 for _, points in _points(landing, "N01")) == -80


def test_a_dimension_is_never_below_nothing() -> None:
    landing = registered()
    for number in range(2):
        landing.add("regular_indicator", indicator="unperformed_judgment", record_no=str(number))
        landing.add("regular_indicator", indicator="safety_record", record_no=str(number))
    for number in range(3):
        closing = {"conduct_code": "Q01", "penalty_categories": ("责令停产停业",)}
        landing.add("administrative_penalty", document_no=str(number), **closing)
    # N02: 3 x 197.30 -> -300, N03 -120, N05 -80: 300 - 500 -> 0
    assert _score(landing)["d4_points"] == 0
    assert _score(landing)["score"] == Decimal("555.00")


@pytest.mark.parametrize(
    ("given", "points"),
    [
        # 2020-02-10 to 2025-02-10 are 1827 days, on 2020-12-31 1502 of them remain.
        ({}, "-32.88"),  # 100 x 40 x 1502 / 1827 = 3288.45
        ({"fine_yuan": Decimal(100000)}, "-65.76"),  # x 2 = 6576.90
        ({"conduct_code": "Q01", "penalty_categories": ("责令停产停业",)}, "-197.30"),
    ],  # 100 x 80 x 3 x 1502 / 1827 = 19730.70
)
def test_dishonesty_weighs_by_points_severity_and_what_remains(
    given: dict[str, Any], points: str
) -> None:
    landing = registered()
    record = landing.add("administrative_penalty", **given)
    assert _points(landing, "N02") == [(record, Decimal(points))]
    assert _score(landing)["score"] == Decimal(855) + Decimal(points)


def test_a_document_weighs_once_by_its_heaviest_row() -> None:
    landing = registered()
    landing.add("administrative_penalty", unit="health")
    heavy = landing.add("administrative_penalty", unit="public_security", fine_yuan=Decimal(100000))
    same = landing.add("administrative_penalty", unit="agriculture", fine_yuan=Decimal(100000))
    assert same < heavy  # agriculture before public_security
    assert _points(landing, "N02") == [(same, Decimal("-65.76"))]


def test_a_repaired_record_weighs_nothing_and_an_old_one_keeps_its_row() -> None:
    landing = registered()
    record = landing.add("administrative_penalty")
    landing.add("severe_dishonesty_determination", listed_on="2024-12-01", on="2024-12-01")
    # active until 2025-12-01; on 2025-02-10 nothing remains of the five years
    rows = [
        row
        for row in landing.rows("evaluation_contributions", "2025-02-10")
        if row["indicator_code"] == "N02"
    ]
    assert [(row["record_id"], row["points"]) for row in rows] == [(record, Decimal("0.00"))]
    landing.add(
        "credit_repair_application", on="2020-06-02", completed_at="2020-06-02T09:00", result="同意"
    )
    assert _points(landing, "N02") == []
    assert _score(landing)["score"] == Decimal("855.00")


def test_an_accepted_relief_protects_its_overdue_record_and_no_other() -> None:
    landing = registered()
    landing.add("enterprise_scale")
    landing.add("regular_indicator", record_no="R-1")
    other = landing.add("regular_indicator", record_no="R-2")
    landing.add("overdue_relief", on="2020-06-01")
    assert len(landing.rows("evaluation_contributions", "2020-05-31")) == 2
    assert _points(landing, "N01") == [(other, Decimal("-20.00"))]
    assert _score(landing)["score"] == Decimal("835.00")
    # and it stands in no archive
    negative = [r["record_id"] for r in landing.rows("credit_archive") if r["part"] == "negative"]
    assert negative == [other]


# ---------------------------------------------------------------- additions


@pytest.mark.parametrize(
    ("amount", "points"),
    [
        ("1000000.00", 30),
        ("999999.99", 20),
        ("100000.00", 20),
        ("99999.99", 10),
        ("10000.00", 10),
        ("9999.99", 5),
        ("0.01", 5),
    ],
)
def test_donations_add_by_their_sum(amount: str, points: int) -> None:
    landing = registered()
    landing.add("direct_donation", amount_yuan=Decimal(amount))
    assert _score(landing)["score"] == 855 + points


def test_both_kinds_of_donation_are_summed_and_the_share_of_one_is_open() -> None:
    landing = registered()
    one = landing.add("charity_donation", amount_yuan=Decimal("6000.00"))
    two = landing.add("direct_donation", amount_yuan=Decimal("4000.00"))
    assert _points(landing, "E01") == [(one, None), (two, None), (None, Decimal("10.00"))]
    assert _points(landing, "E02") == []


@pytest.mark.parametrize(
    ("hours", "points"), [("1000", 15), ("999.9", 10), ("100", 10), ("99.9", 5)]
)
def test_service_adds_by_its_hours(hours: str, points: int) -> None:
    landing = registered()
    landing.add("volunteer_service", hours=Decimal(hours))
    assert _score(landing)["score"] == 855 + points


def test_additions_together_give_sixty_at_most() -> None:
    landing = registered()
    landing.add("direct_donation", amount_yuan=Decimal(1000000))  # 30
    landing.add("volunteer_service", hours=Decimal(1000))  # 15
    assert _score(landing)["score"] == 900
    assert _score(landing)["grade"] == "A"
    landing.add("commendation", issuer_level="设区市级")  # 20 -> 65 -> 60
    assert _score(landing)["score"] == 915
    for number in range(3):  # 45 -> 30 by the clamp of E04
        landing.add("administrative_award", document_no=str(number))
    assert _score(landing)["score"] == 915
    assert [points for _, points in _points(landing, "E04")] == [Decimal("15.00")] * 3


@pytest.mark.parametrize(("level", "points"), [("国家级", 40), ("省级", 30), ("设区市级", 20)])
def test_the_highest_level_counts_once(level: str, points: int) -> None:
    landing = registered()
    landing.add("commendation", document_no="1", issuer_level="设区市级")
    landing.add("commendation", document_no="2", issuer_level=level)
    assert _score(landing)["score"] == 855 + points
