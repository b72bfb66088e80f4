"""Days, versions, subjects and dispositions: every expected value worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from .builders import ALPHA, BETA, GAMMA, PERSON, Landing, registered
from .days import add_months, add_years, full_years, working_day_after, working_days_between
from .marts import compute_marts
from .model import Deliveries

# ---------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2020-01-31", 1, "2020-02-29"),  # a leap year's February
        ("2019-11-30", 3, "2020-02-29"),
        ("2020-02-29", 12, "2021-02-28"),
        ("2020-02-29", 48, "2024-02-29"),
        ("2020-08-31", 6, "2021-02-28"),
        ("2020-12-15", 1, "2021-01-15"),
    ],
)
def test_month_arithmetic_clamps_to_the_last_day(start: str, months: int, end: str) -> None:
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(end)


def test_full_years_pass_on_the_clamped_anniversary() -> None:
    assert full_years(date(2016, 2, 29), date(2018, 2, 27)) == 1
    assert full_years(date(2016, 2, 29), date(2018, 2, 28)) == 2
    assert add_years(date(2020, 2, 29), 5) == date(2025, 2, 28)


def test_the_working_sunday_counts_and_the_may_holiday_does_not() -> None:
    # Fri 24 Apr -> Sun 26 is a working day in exchange for the May holiday.
    assert working_day_after(date(2020, 4, 24), 1) == date(2020, 4, 26)
    assert working_day_after(date(2020, 4, 25), 1) == date(2020, 4, 26)
    # 26 27 28 29 30 | 1-5 May free | 6 7 8, Sat 9 works, Mon 11 = the tenth
    assert working_day_after(date(2020, 4, 24), 10) == date(2020, 5, 11)
    assert working_days_between(date(2020, 4, 24), date(2020, 5, 5)) == 5
    assert working_days_between(date(2020, 4, 24), date(2020, 5, 6)) == 6
    assert working_days_between(date(2020, 4, 24), date(2020, 4, 24)) == 0


# ---------------------------------------------------------------- versions


def _dispositions(landing: Landing, record_id: str, as_of: str = "2020-12-31") -> list[str]:
    rows = [r for r in landing.rows("record_disposition", as_of) if r["record_id"] == record_id]
    rows.sort(key=lambda r: (r["delivery_date"], r["source_file"], r["source_row"]))
    return [row["disposition"] for row in rows]


def test_the_highest_version_stands_whenever_it_came() -> None:
    landing = registered()
    record = landing.add("direct_donation", on="2020-03-01", version=2)
    landing.add("direct_donation", on="2020-03-02", version=1)
    assert _dispositions(landing, record) == ["used", "superseded"]


def test_of_equal_versions_the_first_stands_and_the_others_are_told_apart() -> None:
    landing = registered()
    record = landing.add("direct_donation", on="2020-03-01")
    landing.add("direct_donation", on="2020-03-02")
    landing.add("direct_donation", on="2020-03-03", amount_yuan=Decimal("7.00"))
    assert _dispositions(landing, record) == ["used", "duplicate", "conflicting_version"]
    assert landing.row("positive_records")["amount_yuan"] == Decimal("100.00")


def test_first_is_by_day_then_file_name_then_row() -> None:
    landing = registered()
    record = landing.add("direct_donation", on="2020-03-01", file="direct_donation__b.csv")
    landing.add("direct_donation", on="2020-03-01", file="direct_donation__a.csv", recipient="x")
    # __a before __b, so the row delivered second here stands
    assert _dispositions(landing, record) == ["used", "conflicting_version"]
    assert landing.row("record_disposition", record_id=record, disposition="used")[
        "source_file"
    ].endswith("__a.csv")


def test_a_withdrawal_of_equal_version_always_takes_effect() -> None:
    landing = registered()
    record = landing.add("direct_donation", on="2020-03-01")
    landing.add("direct_donation", on="2020-03-05", operation="撤销")
    landing.add("direct_donation", on="2020-03-06", operation="撤销")
    assert _dispositions(landing, record) == ["superseded", "withdrawn", "superseded"]
    assert _dispositions(landing, record, "2020-03-04") == ["used"]


def test_a_withdrawal_of_a_lower_version_has_no_effect() -> None:
    landing = registered()
    record = landing.add("direct_donation", on="2020-03-01", version=1, operation="撤销")
    landing.add("direct_donation", on="2020-03-02", version=2, operation="变更")
    assert _dispositions(landing, record) == ["superseded", "used"]


def test_of_the_register_the_first_row_of_the_newest_day_stands() -> None:
    landing = Landing()
    record = landing.add("enterprise_register", on="2020-01-02")
    landing.add("enterprise_register", on="2020-02-02", enterprise_name="甲新公司")
    landing.add("enterprise_register", on="2020-02-02", enterprise_name="甲新公司")
    landing.add("enterprise_register", on="2020-02-02", enterprise_name="甲错公司")
    answers = _dispositions(landing, record)
    assert answers == ["superseded", "used", "duplicate", "conflicting_version"]
    assert landing.row("subjects")["subject_name"] == "甲新公司"
    assert landing.row("subjects", "2020-02-01")["subject_name"] == "甲公司"


# ---------------------------------------------------------------- subjects


def test_a_code_out_of_the_register_is_a_subject_of_its_own_type() -> None:
    landing = registered(BETA)
    landing.add("direct_donation", uscc=ALPHA, enterprise_name="甲 公司")
    row = landing.row("record_disposition", item_code="direct_donation")
    assert (row["subject_id"], row["match_method"]) == (ALPHA, "uscc_unregistered")
    subject = landing.row("subjects", subject_id=ALPHA)
    assert subject["is_registered"] is False
    assert (subject["subject_name"], subject["register_status"]) == ("甲 公司", None)
    assert (subject["region_code"], subject["city_code"]) == ("330100", "3301")


@pytest.mark.parametrize(
    ("code", "kind", "city"),
    [
        ("91330100AAAAAAAAA1", "enterprise", "3301"),
        ("92331100AAAAAAAAA1", "individual_business", "3311"),
        ("93331200AAAAAAAAA1", "cooperative", None),  # 3312 is no prefecture of the province
        ("51330000AAAAAAAAA1", "social_organisation", None),
        ("12330500AAAAAAAAA1", "public_institution", "3305"),
        ("A1320100AAAAAAAAA1", "other", None),
        ("95330100AAAAAAAAA1", "other", "3301"),
    ],
)
def test_type_and_city_come_from_the_code(code: str, kind: str, city: str | None) -> None:
    landing = Landing()
    landing.add("credit_loan", uscc=code)
    subject = landing.row("subjects", subject_id=code)
    assert (subject["subject_type"], subject["city_code"]) == (kind, city)
    assert subject["subject_name"] is None  # a loan carries no name


def test_the_name_is_that_of_the_latest_record_that_is_not_superseded() -> None:
    landing = Landing()
    landing.add("direct_donation", on="2020-03-01", certificate_no="1", enterprise_name="旧")
    landing.add("direct_donation", on="2020-03-05", certificate_no="2", enterprise_name="新")
    landing.add("direct_donation", on="2020-03-05", certificate_no="1", enterprise_name="冲突")
    # certificate 1 of 5 March conflicts with its first delivery and names nobody
    assert landing.row("subjects")["subject_name"] == "新"
    # a withdrawn record names its subject still
    landing.add("volunteer_service", on="2020-03-06", operation="撤销", enterprise_name="撤")
    assert landing.row("subjects")["subject_name"] == "撤"


def test_an_organisation_code_must_point_at_exactly_one_registered_code() -> None:
    landing = registered()
    # characters 9-17 of 91330100 AAAAAAAAA 1
    record = landing.add("administrative_penalty", uscc=None, org_code="AAAAAAAAA")
    row = landing.row("record_disposition", record_id=record)
    assert (row["subject_id"], row["match_method"]) == (ALPHA, "org_code")
    landing.add("enterprise_register", on="2020-02-01", uscc="91330200AAAAAAAAA9")
    row = landing.row("record_disposition", record_id=record)
    assert (row["subject_id"], row["match_method"]) == (None, "unresolved")
    assert row["disposition"] == "subject_unresolved"


def test_a_name_counts_for_donations_only_and_only_if_it_is_unique() -> None:
    landing = registered()
    donation = landing.add("charity_donation")
    material = landing.add("publicity_material", uscc=None)
    assert landing.row("record_disposition", record_id=donation)["match_method"] == "name"
    assert landing.disposition(donation) == "used"
    assert landing.disposition(material) == "subject_unresolved"
    landing.add("enterprise_register", on="2020-02-01", uscc=BETA, enterprise_name="甲公司")
    assert landing.disposition(donation) == "subject_unresolved"


def test_a_registered_subject_stays_one_when_it_is_struck_off() -> None:
    landing = Landing()
    landing.add("enterprise_register", register_status="吊销")
    subject = landing.row("subjects")
    assert (subject["is_registered"], subject["register_status"]) == (True, "吊销")


def test_the_scale_of_the_largest_year_up_to_this_one_counts() -> None:
    landing = registered()
    for year, scale in ((2019, "微型"), (2020, "小型"), (2021, "大型")):
        landing.add("enterprise_scale", year=year, scale=scale)
    assert landing.row("subjects")["scale"] == "小型"
    assert landing.row("subjects", "2021-01-01")["scale"] == "大型"


def test_a_person_is_known_by_key_and_shown_masked() -> None:
    landing = Landing()
    landing.add("social_order_case", person=PERSON)
    subject = landing.row("subjects")
    assert (subject["subject_id"], subject["subject_type"]) == (PERSON, "person")
    assert (subject["subject_name"], subject["region_code"]) == ("张*", None)
    assert subject["city_code"] is None


# ---------------------------------------------------------------- refusals


PENALTY_REFUSALS = [
    ({"party_kind": "自然人"}, "person_subject_out_of_scope"),
    ({"conduct_code": "H01"}, "person_subject_out_of_scope"),
    ({"conduct_code": "000"}, "conduct_out_of_scope"),
    ({"decision_date": "2020-01-19"}, "outside_epidemic_period"),
    ({"finality": "复议诉讼中"}, "not_final"),
    ({"procedure": "01"}, "simple_procedure"),
    ({}, "used"),
]


def test_a_penalty_is_refused_for_the_first_reason_that_applies() -> None:
    # Each further case keeps its own flaw and has all that come after it as well.
    for place, (_, expected) in enumerate(PENALTY_REFUSALS):
        flaws: dict[str, object] = {}
        for given, _ in reversed(PENALTY_REFUSALS[place:]):
            flaws |= given
        landing = registered()
        assert landing.disposition(landing.add("administrative_penalty", **flaws)) == expected


def test_a_penalty_on_a_person_has_no_subject_even_with_a_code() -> None:
    landing = registered()
    landing.add("administrative_penalty", party_kind="自然人", uscc=ALPHA)
    row = landing.row("record_disposition", item_code="administrative_penalty")
    assert (row["subject_id"], row["match_method"]) == (None, "person")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2020-01-19", "outside_epidemic_period"),
        ("2020-01-20", "used"),
        ("2020-12-31", "used"),
        ("2021-01-01", "outside_epidemic_period"),
    ],
)
def test_the_epidemic_period_includes_both_its_days(day: str, expected: str) -> None:
    landing = registered()
    record = landing.add("charity_donation", on="2021-01-02", donated_on=day)
    assert landing.disposition(record, "2021-01-02") == expected


def test_retention_ends_on_the_day_unless_the_subject_is_listed() -> None:
    landing = registered()
    record = landing.add("administrative_penalty", decision_date="2020-02-29")
    # 2020-02-29 + 5 years = 2025-02-28, and D >= that day is expired
    assert landing.disposition(record, "2025-02-27") == "used"
    assert landing.disposition(record, "2025-02-28") == "retention_expired"
    landing.add(
        "severe_dishonesty_determination", on="2025-01-10", decision_date="2025-01-05",
        notified_on="2025-01-01", months=6,
    )  # fmt: skip
    # listed 2025-01-05 .. 2025-07-05 (not on that day any more)
    assert landing.disposition(record, "2025-07-04") == "used"
    row = landing.row("dishonesty_records", "2025-07-04")
    assert row["retention_until"] == date(2025, 7, 5)
    assert landing.disposition(record, "2025-07-05") == "retention_expired"


def test_a_donation_needs_its_certificate() -> None:
    for flaw in ({"certified_by": None}, {"certified_on": None}):
        landing = registered()
        assert landing.disposition(landing.add("direct_donation", **flaw)) == "not_certified"
    landing = registered()
    record = landing.add("volunteer_service", certified_on="2020-06-10")
    assert landing.disposition(record, "2020-06-09") == "not_certified"
    assert landing.disposition(record, "2020-06-10") == "used"


def test_a_commendation_is_refused_for_the_first_reason_that_applies() -> None:
    cases = [
        ({"is_epidemic": False}, "not_epidemic"),
        ({"commended_on": "2020-01-19"}, "outside_epidemic_period"),
        ({"issuer_level": "县级"}, "below_city_level"),
        ({"issuer_kind": "部门"}, "not_government"),
        ({"issuer_kind": "党委和人民政府"}, "used"),
    ]
    for place, (_, expected) in enumerate(cases):
        flaws: dict[str, object] = {}
        for given, _ in reversed(cases[place:]):
            flaws |= given
        landing = registered()
        assert landing.disposition(landing.add("commendation", **flaws)) == expected


def test_an_award_must_be_provincial() -> None:
    for level in ("设区市级", "县级"):
        landing = registered()
        record = landing.add("administrative_award", authority_level=level)
        assert landing.disposition(record) == "below_provincial_level"


def test_a_determination_names_what_its_procedure_lacks() -> None:
    landing = registered()
    landing.add(
        "severe_dishonesty_determination",
        ground_code=None,
        decision_date=None,
        signed_by_head=False,
        notified_on=None,
        defence_handled=None,
    )
    row = landing.row("record_disposition", item_code="severe_dishonesty_determination")
    assert row["disposition"] == "procedure_incomplete"
    assert row["detail"] == "ground,decision,signature,notice,defence"


@pytest.mark.parametrize(
    ("decision", "notice", "detail"),
    [
        ("2020-03-01", "2020-02-29", None),
        ("2020-03-01", "2020-03-01", "notice"),  # not before the decision
        (None, "2020-03-01", "decision"),  # without a decision any notice will do
    ],
)
def test_the_notice_comes_before_the_decision(
    decision: str | None, notice: str, detail: str | None
) -> None:
    landing = registered()
    landing.add("severe_dishonesty_determination", decision_date=decision, notified_on=notice)
    row = landing.row("record_disposition", item_code="severe_dishonesty_determination")
    assert row["detail"] == detail


def test_materials_need_something_to_show() -> None:
    landing = registered(ALPHA, BETA, GAMMA)
    landing.add("charity_donation", donor_name="乙公司")
    praised = landing.add("publicity_material", material_no="1", uscc=BETA)
    unknown = landing.add("publicity_material", material_no="2", uscc=GAMMA)
    landing.add("administrative_penalty")
    exposed = landing.add(
        "publicity_material", material_no="3", kind="失信典型案例", document_no="罚-1"
    )
    other = landing.add(
        "publicity_material", material_no="4", kind="失信典型案例", document_no="罚-2"
    )
    person = {"subject_kind": "自然人", "uscc": None, "subject_name": "李*"}
    silent = landing.add("publicity_material", material_no="5", has_consent=False, **person)
    willing = landing.add("publicity_material", material_no="6", has_consent=True, **person)
    day = "2020-06-01"
    assert landing.disposition(praised, day) == "used"
    assert landing.disposition(unknown, day) == "no_positive_record"
    assert landing.disposition(exposed, day) == "used"
    assert landing.disposition(other, day) == "not_disclosable"
    assert landing.disposition(silent, day) == "no_consent"
    assert landing.disposition(willing, day) == "used"
    # the penalty leaves disclosure after 2021-02-10, and the case leaves with it
    assert landing.disposition(exposed, "2021-02-10") == "used"
    assert landing.disposition(exposed, "2021-02-11") == "not_disclosable"


def test_nothing_delivered_gives_empty_tables_and_ten_clauses() -> None:
    tables = compute_marts(Deliveries([], [], []), date(2020, 6, 1))
    filled = {name: len(made.rows) for name, made in tables.items() if made.rows}
    assert filled == {
        "marts.clause_coverage": 10,
        "open.clause_coverage": 10,
        "marts.release_info": 1,
        "open.release_info": 1,
    }
