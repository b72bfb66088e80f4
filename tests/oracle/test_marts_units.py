"""Section 10 and the open product: archive, units, clauses, files; worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from .builders import ALPHA, BETA, PERSON, Landing, registered

# ---------------------------------------------------------------- archive


def _archive(landing: Landing, as_of: str = "2020-12-31") -> dict[str, dict[str, Any]]:
    return {row["record_id"]: row for row in landing.rows("credit_archive", as_of)}


def test_the_basic_part_holds_register_scale_and_latest_grades() -> None:
    landing = Landing()
    register = landing.add("enterprise_register", on="2020-02-03")
    scale = landing.add("enterprise_scale", year=2020)
    landing.add("enterprise_scale", year=2019)
    tax = {"indicator": "tax_grade", "value": "A"}
    landing.add("regular_indicator", recorded_on="2019-05-01", record_no="1", **tax)
    latest = landing.add("regular_indicator", recorded_on="2020-05-01", record_no="2", **tax)
    landing.add("enterprise_scale", uscc=BETA, year=2020)  # Beta is not registered
    archive = _archive(landing)
    assert set(archive) == {register, scale, latest}
    assert {row["part"] for row in archive.values()} == {"basic"}
    assert archive[register]["recognised_on"] == date(2000, 1, 1)
    assert archive[register]["archived_on"] == date(2020, 2, 3)
    assert archive[scale]["recognised_on"] is None
    assert archive[latest]["recognised_on"] == date(2020, 5, 1)
    assert archive[latest]["stands_until"] is None
    assert {row["is_repaired"] for row in archive.values()} == {False}


def test_the_negative_part_says_until_when_and_whether_repaired() -> None:
    landing = Landing()
    penalty = landing.add("administrative_penalty")
    severe = landing.add("severe_dishonesty_determination")
    overdue = landing.add("regular_indicator", recorded_on="2020-02-29")
    rows = _archive(landing, "2020-05-01")
    assert {row["part"] for row in rows.values()} == {"negative"}
    assert rows[penalty]["stands_until"] == date(2025, 2, 10)
    assert rows[severe]["stands_until"] == date(2021, 3, 1)
    assert rows[severe]["recognised_on"] == date(2020, 3, 1)
    assert rows[overdue]["stands_until"] == date(2025, 2, 28)
    assert severe in _archive(landing, "2021-02-28")
    assert severe not in _archive(landing, "2021-03-01")
    assert overdue in _archive(landing, "2025-02-27")
    assert overdue not in _archive(landing, "2025-02-28")
    landing.add("severe_dishonesty_determination", version=2, delisted_on="2020-05-01")
    landing.add(
        "credit_repair_application", on="2020-06-02", completed_at="2020-06-02T09:00", result="同意"
    )
    assert _archive(landing)[penalty]["is_repaired"] is True


def test_the_positive_part_is_that_of_the_version_that_stands() -> None:
    landing = Landing()
    record = landing.add("volunteer_service", on="2020-03-01")
    landing.add("volunteer_service", on="2020-03-09", version=2, operation="变更")
    row = _archive(landing)[record]
    assert (row["part"], row["item_code"]) == ("positive", "volunteer_service")
    assert (row["recognised_on"], row["archived_on"]) == (date(2020, 2, 20), date(2020, 3, 9))


# ---------------------------------------------------------------- scorecard


def test_a_file_is_received_rejected_or_not_counted_at_all() -> None:
    landing = Landing()
    landing.add("commendation", on="2020-03-02")
    landing.file("commendation", on="2020-03-30", file="commendation__b.csv", fault="F01")
    landing.file("commendation", on="2020-03-31", file="commendation__c.csv", fault="F00")
    landing.file("enterprise_register", on="2020-03-05", unit="tax", fault="F04")  # unknown pair
    landing.file(None, on="2020-03-05", unit="tax", file="x.csv", fault="F04")
    landing.file("commendation", on="2020-04-01", file="commendation__c.csv", fault="F00")
    rows = {(r["unit_code"], r["item_code"]): r for r in landing.rows("unit_scorecard")}
    assert set(rows) == {("government_office", "commendation"), ("tax", "enterprise_register")}
    row = rows["government_office", "commendation"]
    assert (row["month"], row["files_received"], row["files_rejected"]) == (date(2020, 3, 1), 2, 1)
    assert row["last_delivery_date"] == date(2020, 3, 30)
    assert row["rows_received"] == 1
    refused = rows["tax", "enterprise_register"]
    assert (refused["files_received"], refused["files_rejected"]) == (1, 1)
    assert (refused["rows_received"], refused["compliance_rate"]) == (0, None)


def test_compliance_is_of_the_rows_that_were_loaded_or_set_aside() -> None:
    landing = Landing()
    landing.add("credit_loan", loan_no="1", repaired=True)
    landing.add("credit_loan", loan_no="2", operation="变更")
    landing.quarantine("credit_loan", "Q04", "Q01")
    landing.file("credit_loan").rows_delivered += 3
    landing.file("credit_loan").rows_dropped += 3
    row = landing.row("unit_scorecard")
    assert (row["rows_received"], row["rows_loaded"], row["rows_quarantined"]) == (6, 2, 1)
    assert row["compliance_rate"] == Decimal("0.6667")
    assert (row["wrong_code_rows"], row["code_repaired_rows"], row["corrected_rows"]) == (1, 1, 1)
    assert (row["timed_rows"], row["late_rows"], row["late_rate"]) == (0, 0, None)
    assert landing.rows("quarantined_rows")[0]["codes"] == "Q01;Q04"


def test_a_decision_is_late_after_the_seventh_working_day() -> None:
    landing = Landing()
    # Mon 20 Apr: 21 22 23 24 | Sun 26 works | 27 28 is the seventh
    early = landing.add("administrative_penalty", on="2020-04-28", decision_date="2020-04-20")
    late = landing.add(
        "administrative_penalty", on="2020-04-29", decision_date="2020-04-20", document_no="2"
    )
    assert early != late
    # only the first row of a record is timed: a late duplicate of the early one is not
    landing.add("administrative_penalty", on="2020-05-20", decision_date="2020-04-20")
    rows = {row["month"]: row for row in landing.rows("unit_scorecard")}
    april, may = rows[date(2020, 4, 1)], rows[date(2020, 5, 1)]
    assert (april["timed_rows"], april["late_rows"]) == (2, 1)
    assert april["late_rate"] == Decimal("0.5000")
    assert (may["timed_rows"], may["late_rows"], may["late_rate"]) == (0, 0, None)


def test_unresolved_rows_are_counted_where_they_were_loaded() -> None:
    landing = registered()
    landing.add("charity_donation", donor_name="无名公司")
    landing.add("charity_donation")
    landing.add("charity_donation", occurrence=2)
    assert landing.row("unit_scorecard", item_code="charity_donation")["unresolved_rows"] == 1


def test_the_open_scorecard_leaves_out_social_order() -> None:
    landing = registered()
    landing.add("social_order_case", person=PERSON)
    items = [row["item_code"] for row in landing.rows("open.unit_scorecard")]
    assert items == ["enterprise_register"]
    assert len(landing.rows("unit_scorecard")) == 2


# ---------------------------------------------------------------- clauses, files


def test_a_clause_is_covered_by_the_units_that_owe_it() -> None:
    landing = registered()
    landing.add("direct_donation", on="2020-05-01")
    landing.add("charity_donation", on="2020-05-02", donor_name="无名公司")
    landing.file("volunteer_service", on="2020-06-01", fault="F02")
    landing.add("commendation", on="2020-05-03", unit="city_3301")
    clauses = {row["clause"]: row for row in landing.rows("clause_coverage")}
    assert sorted(clauses) == list(range(1, 11))
    fourth = clauses[4]
    # civil_affairs and youth_league owe; the file of the second was refused
    assert (fourth["responsible_units"], fourth["reporting_units"]) == (2, 1)
    assert fourth["coverage_rate"] == Decimal("0.5000")
    assert (fourth["records_loaded"], fourth["records_used"]) == (2, 1)
    assert fourth["last_delivery_date"] == date(2020, 5, 2)
    # 11 cities, 2 offices and 5 departments owe clause 5: 1/18 = 0.0556
    assert clauses[5]["responsible_units"] == 18
    assert clauses[5]["coverage_rate"] == Decimal("0.0556")
    assert clauses[9]["last_delivery_date"] is None


def test_a_penalty_counts_under_the_clauses_of_its_unit() -> None:
    landing = registered()
    landing.add("administrative_penalty", unit="development_reform")
    landing.add("administrative_penalty", unit="forestry")  # owes it under no clause
    clauses = {row["clause"]: row["records_loaded"] for row in landing.rows("clause_coverage")}
    assert (clauses[1], clauses[3]) == (1, 1)


def test_files_stand_as_they_were_delivered() -> None:
    landing = Landing()
    landing.add("credit_loan")
    landing.file(None, on="2020-05-01", unit="tax", file="x.csv", fault="F04")
    rows = {row["source_file"]: row for row in landing.rows("ingested_files")}
    assert rows["2020-05-01/tax/x.csv"]["fault"] == "F04"
    assert rows["2020-05-01/tax/x.csv"]["item_code"] is None
    taken = rows["2020-05-01/banking_insurance/credit_loan.csv"]
    assert (taken["fault"], taken["rows_delivered"], taken["rows_loaded"]) == (None, 1, 1)


# ---------------------------------------------------------------- materials


def test_materials_are_shown_from_their_day_with_a_person_masked_and_without_key() -> None:
    landing = registered()
    landing.add("commendation")
    landing.add("publicity_material", released_on="2020-06-01", subject_name="甲（旧名）")
    landing.add(
        "publicity_material", material_no="2", subject_kind="自然人", uscc=None,
        subject_name="李*", has_consent=True, released_on="2020-06-02",
    )  # fmt: skip
    assert landing.rows("open.role_models", "2020-05-31") == []
    first = landing.row("open.role_models", "2020-06-01")
    assert (first["subject_id"], first["subject_name"]) == (ALPHA, "甲公司")
    names = [(r["subject_id"], r["subject_name"]) for r in landing.rows("open.role_models")]
    assert names == [(ALPHA, "甲公司"), (None, "李*")]


def test_parameters_change_what_they_name() -> None:
    landing = registered()
    landing.add("administrative_penalty", on="2020-02-13", decision_date="2020-02-10")
    made = landing.tables(
        "2020-06-01",
        retention_years=1,
        report_working_days=2,
        serious_fine_yuan=5000,
        model_version="x",
    )
    row = made["marts.dishonesty_records"].dicts()[0]
    assert (row["severity"], row["retention_until"]) == ("serious", date(2021, 2, 10))
    scorecard = {r["item_code"]: r for r in made["marts.unit_scorecard"].dicts()}
    # Mon 10 Feb + 2 working days = Wed 12 Feb
    assert scorecard["administrative_penalty"]["late_rows"] == 1
    assert made["marts.enterprise_evaluation"].dicts()[0]["model_version"] == "x"
    closed = landing.tables("2020-06-01", epidemic_start_date=date(2020, 2, 11))
    assert closed["marts.dishonesty_records"].rows == []
