"""Clause 7: repair, its channels and its service level, worked by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from .builders import ALPHA, BETA, Landing, registered

# ---------------------------------------------------------------- repair


def _case(landing: Landing, as_of: str = "2020-12-31") -> dict[str, Any]:
    return landing.row("credit_repair_cases", as_of)


@pytest.mark.parametrize(
    ("accepted", "fine", "reason"),
    [
        ("2020-05-09T23:59:59", 5000, "too_early"),  # 2020-02-10 + 3 months = 05-10
        ("2020-05-10T00:00:00", 5000, None),
        ("2020-08-09T23:59:59", 100000, "too_early"),  # + 6 months = 08-10
        ("2020-08-10T00:00:00", 100000, None),
    ],
)
def test_a_repair_waits_three_months_or_six(accepted: str, fine: int, reason: str | None) -> None:
    landing = registered()
    landing.add("administrative_penalty", fine_yuan=Decimal(fine))
    landing.add("credit_repair_application", on="2020-09-01", accepted_at=accepted)
    assert _case(landing)["reason"] == reason


def test_what_stands_against_a_repair_is_told_in_order() -> None:
    landing = registered()
    landing.add("credit_repair_application", has_commitment=False)
    assert (_case(landing)["reason"], _case(landing)["channel"]) == ("no_target", "ineligible")
    assert _case(landing)["due_on"] is None
    assert _case(landing)["sla_status"] == "not_applicable"
    landing.add("administrative_penalty")
    landing.add("severe_dishonesty_determination", listed_on="2020-06-01")
    assert _case(landing)["reason"] == "papers_missing"
    landing.add("credit_repair_application", version=2)
    assert landing.row("credit_repair_cases")["reason"] == "on_severe_list"
    closing = {"penalty_categories": ("责令停产停业",), "conduct_code": "Q01"}
    severest = landing.add("administrative_penalty", unit="agriculture", **closing)
    assert _case(landing)["reason"] == "not_repairable"
    assert _case(landing)["target_record_id"] == severest


def test_a_serious_one_also_needs_training_and_report() -> None:
    for paper, fine, reason in (
        ("has_training", 5000, None),
        ("has_training", 100000, "papers_missing"),
        ("has_report", 100000, "papers_missing"),
        ("has_performed", 5000, "papers_missing"),
    ):
        landing = registered()
        landing.add("administrative_penalty", fine_yuan=Decimal(fine))
        landing.add(
            "credit_repair_application", on="2020-09-01", accepted_at="2020-09-01T08:00",
            **{paper: False},
        )  # fmt: skip
        assert _case(landing)["reason"] == reason


def test_the_target_is_the_most_severe_then_the_latest_then_the_first_by_name() -> None:
    landing = registered()
    landing.add("administrative_penalty", unit="health", decision_date="2020-02-12")
    fined = {"fine_yuan": Decimal(100000)}
    landing.add("administrative_penalty", unit="public_security", **fined)
    landing.add("administrative_penalty", unit="commerce", decision_date="2020-02-11", **fined)
    chosen = landing.add("administrative_penalty", unit="agriculture", decision_date="2020-02-11", **fined)  # noqa: E501  # fmt: skip
    landing.add("credit_repair_application")
    assert _case(landing)["target_record_id"] == chosen


def test_what_became_of_the_record_later_does_not_undo_its_repair() -> None:
    landing = registered()
    target = landing.add("administrative_penalty")
    landing.add(
        "credit_repair_application", completed_at="2020-06-03T10:00", result="同意", on="2020-06-03"
    )
    landing.add("objection", on="2020-07-01", resolved_on="2020-07-01", outcome="删除")
    assert landing.disposition(target) == "withdrawn"
    assert _case(landing)["target_record_id"] == target
    assert _case(landing, "2025-02-10")["target_record_id"] == target  # retention expired
    # but a penalty that its unit took back is no target any more
    landing.add("administrative_penalty", on="2020-08-01", version=2, operation="撤销")
    assert _case(landing)["reason"] == "no_target"


def _green(landing: Landing, **given: Any) -> str:
    landing.add("administrative_penalty", decision_date="2020-01-20")
    landing.add(
        "credit_repair_application", on="2020-04-25", accepted_at="2020-04-24T18:00",
        completed_at="2020-04-26T09:00", result="同意",
    )  # fmt: skip
    if given:
        landing.add("key_enterprise", **given)
    return str(_case(landing)["channel"])


def test_the_green_channel_is_open_to_those_on_a_list_that_day() -> None:
    assert _green(registered()) == "ordinary"
    assert _green(registered(), listed_on="2020-04-24", list_kind="受疫情影响较大") == "green"
    assert _green(registered(), listed_on="2020-04-25") == "ordinary"
    assert _green(registered(), delisted_on="2020-04-24") == "ordinary"
    assert _green(registered(), delisted_on="2020-04-25") == "green"
    assert _green(registered(), uscc=BETA) == "ordinary"


def test_one_working_day_ends_on_the_working_sunday() -> None:
    landing = registered()
    _green(landing, listed_on="2020-02-01")
    case = _case(landing)
    # accepted on Fri 24 Apr, due on Sun 26 Apr, done that day
    assert (case["due_on"], case["sla_status"]) == (date(2020, 4, 26), "on_time")
    assert case["accepted_at"] == datetime(2020, 4, 24, 18)
    ordinary = registered()
    _green(ordinary)
    assert _case(ordinary)["due_on"] == date(2020, 5, 11)


def test_an_application_is_pending_on_the_day_it_is_due_and_overdue_after() -> None:
    landing = registered()
    landing.add("administrative_penalty")
    landing.add("credit_repair_application", on="2020-06-01", accepted_at="2020-06-01T09:00")
    # Mon 1 June + 10 working days = Mon 15 June
    assert _case(landing, "2020-06-15")["sla_status"] == "pending"
    assert _case(landing, "2020-06-16")["sla_status"] == "overdue"
    landing.add(
        "credit_repair_application", on="2020-06-17", version=2,
        accepted_at="2020-06-01T09:00", completed_at="2020-06-16T00:00", result="不同意",
    )  # fmt: skip
    assert _case(landing, "2020-06-17")["sla_status"] == "late"
    assert landing.row("dishonesty_records")["repaired_on"] is None


def test_a_repair_holds_for_every_row_of_subject_and_document_from_the_earliest() -> None:
    landing = registered()
    landing.add("administrative_penalty", fine_yuan=Decimal(100000), decision_date="2020-01-20")
    landing.add(
        "administrative_penalty", unit="health", decision_date="2020-12-01", on="2020-12-02"
    )
    for number, done in (("1", "2020-12-20T00:10"), ("2", "2020-12-10T23:50")):
        landing.add(
            "credit_repair_application", on="2020-12-30", application_no=number,
            accepted_at="2020-09-01T09:00", completed_at=done, result="同意",
        )  # fmt: skip
    rows = landing.rows("dishonesty_records")
    assert [row["repaired_on"] for row in rows] == [date(2020, 12, 10)] * 2
    assert landing.rows("open.dishonesty") == []
    assert len(landing.rows("open.repair_announcements")) == 2
    # announced from 10 December for 30 days: D - 30 = 2020-12-10 on 2021-01-09
    assert len(landing.rows("open.repair_announcements", "2021-01-09")) == 2
    assert landing.rows("open.repair_announcements", "2021-01-10") == []


def test_a_repair_completed_on_the_day_itself_holds_and_is_announced() -> None:
    landing = registered()
    landing.add("administrative_penalty")
    landing.add(
        "credit_repair_application", on="2020-06-02", completed_at="2020-06-02T23:59:59",
        result="同意",
    )  # fmt: skip
    day = "2020-06-02"
    assert landing.row("dishonesty_records", day)["repaired_on"] == date(2020, 6, 2)
    assert _case(landing, day)["sla_status"] == "on_time"
    assert len(landing.rows("open.repair_announcements", day)) == 1


def test_a_repair_against_the_rules_repairs_nothing() -> None:
    landing = registered()
    landing.add("administrative_penalty")
    landing.add(
        "credit_repair_application", on="2020-06-02", has_performed=False,
        completed_at="2020-06-02T09:00", result="同意",
    )  # fmt: skip
    assert _case(landing)["is_against_rules"] is True
    assert landing.row("dishonesty_records")["repaired_on"] is None


def test_service_level_counts_states_and_takes_the_median_of_all_completed() -> None:
    landing = registered()
    landing.add("administrative_penalty")
    for number, done, given in (
        ("1", "2020-06-01T20:00", {}),  # 0 working days after Mon 1 June
        ("2", "2020-06-02T20:00", {}),  # 1
        ("3", "2020-06-08T20:00", {}),  # 2 3 4 5 8 = 5
        ("4", "2020-06-17T20:00", {}),  # 2-5, 8-12, 15-17 = 12, after the 10th: late
        ("5", "2020-06-17T20:00", {"has_commitment": False}),  # ineligible
        ("6", None, {}),
    ):
        result = "同意" if done else None
        landing.add(
            "credit_repair_application", on="2020-06-18", application_no=number,
            completed_at=done, result=result, **given,
        )  # fmt: skip
    rows = {row["channel"]: row for row in landing.rows("repair_service_level", "2020-06-18")}
    ordinary = rows["ordinary"]
    assert (ordinary["applications"], ordinary["on_time"], ordinary["late"]) == (5, 3, 1)
    assert (ordinary["pending"], ordinary["overdue"]) == (0, 1)
    assert ordinary["median_working_days"] == Decimal("3.0")  # (1 + 5) / 2
    assert ordinary["month"] == date(2020, 6, 1)
    ineligible = rows["ineligible"]
    assert (ineligible["applications"], ineligible["late"]) == (1, 0)
    assert ineligible["median_working_days"] == Decimal("12.0")
    assert {row["subject_id"] for row in landing.rows("credit_repair_cases")} == {ALPHA}
