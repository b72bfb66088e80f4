"""What the marts show of the made-up deliveries, judged by the independent computation."""

import re
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from orchestration.demo import write_demo_feeds
from orchestration.demo.command import DEMO_DIRT
from orchestration.settings import PROJECT_FOLDER
from tests.oracle.deliveries import read_deliveries
from tests.oracle.marts import compute_marts

# The evaluation of 2018: the share of each grade in percent.
KNOWN_RESULT = {"A": 2.3, "B": 76.4, "C": 20.0, "D": 1.3}


def marts_of(out, as_of):
    return compute_marts(read_deliveries(out, as_of, "key"), as_of)


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    return write_demo_feeds(tmp_path_factory.mktemp("demo") / "landing")


@pytest.fixture(scope="module")
def marts(summary):
    return marts_of(summary.out, summary.last_delivery)


def values(marts, name, column):
    return {row[column] for row in marts[f"marts.{name}"].dicts()}


def test_grades_lie_near_the_known_result(tmp_path) -> None:
    summary = write_demo_feeds(tmp_path / "landing", enterprises=8000, seed=5)
    rows = marts_of(summary.out, summary.last_delivery)["marts.enterprise_evaluation"].dicts()
    grades = Counter(row["grade"] for row in rows)
    assert len(rows) > 6000
    for grade, percent in KNOWN_RESULT.items():
        share = 100 * grades[grade] / len(rows)
        assert abs(share - percent) < max(0.6, 0.04 * percent), (grade, share)


DISPOSITIONS = {
    "administrative_penalty": {
        "person_subject_out_of_scope", "conduct_out_of_scope", "outside_epidemic_period",
        "not_final", "simple_procedure", "subject_unresolved", "duplicate",
        "conflicting_version", "superseded", "withdrawn", "used",
    },
    "social_order_case": {"outside_epidemic_period", "not_final", "withdrawn", "used"},
    "charity_donation": {"subject_unresolved", "outside_epidemic_period", "duplicate", "used"},
    "direct_donation": {"outside_epidemic_period", "not_certified", "used"},
    "volunteer_service": {"outside_epidemic_period", "not_certified", "used"},
    "commendation": {
        "not_epidemic", "outside_epidemic_period", "below_city_level", "not_government", "used",
    },
    "administrative_award": {
        "not_epidemic", "outside_epidemic_period", "below_provincial_level", "used",
    },
    "severe_dishonesty_determination": {"procedure_incomplete", "withdrawn", "used"},
    "publicity_material": {"not_disclosable", "no_positive_record", "no_consent", "used"},
    "enterprise_register": {"duplicate", "conflicting_version", "superseded", "used"},
}  # fmt: skip


@pytest.mark.parametrize("item_code", DISPOSITIONS)
def test_every_refusal_is_present(marts, item_code) -> None:
    found = {
        row["disposition"]
        for row in marts["marts.record_disposition"].dicts()
        if row["item_code"] == item_code
    }
    assert DISPOSITIONS[item_code] <= found


def test_retention_expires_five_years_after(summary) -> None:
    """No earlier day can show it: the epidemic began on 2020-01-20."""
    rows = marts_of(summary.out, date(2025, 2, 1))["marts.record_disposition"].dicts()
    expired = {row["item_code"] for row in rows if row["disposition"] == "retention_expired"}
    assert expired == {"administrative_penalty", "social_order_case"}


def test_every_missing_step_of_due_process_is_named(marts) -> None:
    details = values(marts, "record_disposition", "detail")
    assert {
        "ground", "decision", "signature", "notice", "defence",
        "ground,decision,signature,notice,defence",
    } <= details  # fmt: skip


def test_every_way_to_a_subject_is_taken(marts) -> None:
    assert values(marts, "record_disposition", "match_method") == {
        "uscc", "uscc_unregistered", "org_code", "name", "person", "unresolved",
    }  # fmt: skip


def test_every_limit_of_joint_measures_is_broken_once_at_least(marts) -> None:
    assert values(marts, "joint_measure_violations", "rule_code") == {
        f"V{number}" for number in range(1, 9)
    }
    assert True in values(marts, "joint_measures", "is_valid")


def test_every_channel_state_and_reason_of_repairs_is_present(marts) -> None:
    rows = marts["marts.credit_repair_cases"].dicts()
    states = {(row["channel"], row["sla_status"]) for row in rows}
    assert states == {
        (channel, state)
        for channel in ("green", "ordinary")
        for state in ("on_time", "late", "pending", "overdue")
    } | {("ineligible", "not_applicable")}
    assert values(marts, "credit_repair_cases", "reason") == {
        None, "no_target", "not_repairable", "too_early", "papers_missing", "on_severe_list",
    }  # fmt: skip
    assert values(marts, "credit_repair_cases", "is_against_rules") == {True, False}


def test_every_reason_to_refuse_a_relief_is_present(marts) -> None:
    assert values(marts, "overdue_relief", "reason") == {
        None, "not_recognised", "outside_epidemic_period", "not_small_or_micro", "not_registered",
    }  # fmt: skip


def test_every_severity_objection_and_repair_is_present(marts) -> None:
    severities = {"general", "serious", "specially_serious"}
    assert values(marts, "dishonesty_records", "severity") == severities
    assert values(marts, "dishonesty_records", "has_open_objection") == {True, False}
    assert len(values(marts, "dishonesty_records", "repaired_on")) > 1


def test_every_clause_has_records_that_are_used(marts) -> None:
    rows = marts["marts.clause_coverage"].dicts()
    assert [row["clause"] for row in rows] == list(range(1, 11))
    for row in rows:
        assert row["records_used"] > 0
        assert row["coverage_rate"] == Decimal(1)


def test_every_table_of_both_products_has_rows(marts) -> None:
    empty = {name for name, table in marts.items() if not table.rows}
    assert empty == {"marts.quarantined_rows"}  # a clean landing zone sets no row aside


def test_every_indicator_and_kind_of_record_weighs_somewhere(marts) -> None:
    assert values(marts, "evaluation_contributions", "indicator_code") == {
        "B02", "B03", "B05", "N01", "N02", "N03", "N04", "N05", "E01", "E02", "E03", "E04",
    }  # fmt: skip
    assert values(marts, "positive_records", "kind") == {
        "charity_donation", "direct_donation", "volunteer_service", "commendation",
        "administrative_award",
    }  # fmt: skip


def test_readme_explains_a_subject_of_the_demo(tmp_path) -> None:
    found = re.search(r"credit explain (\w+) ", (PROJECT_FOLDER / "README.md").read_text("utf-8"))
    demo = write_demo_feeds(tmp_path / "landing", dirty=DEMO_DIRT)
    evaluated = values(
        marts_of(demo.out, demo.last_delivery), "enterprise_evaluation", "subject_id"
    )
    assert found and found[1] in evaluated
