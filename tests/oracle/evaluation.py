"""The evaluation and its contributions (marts.md section 5), in hundredths of a point."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from .days import add_years, full_years
from .dispositions import CONDUCTS
from .items import codebook
from .positive import highest_level
from .results import Parameters, Table, group_by, hundredths, table
from .subjects import Record

INDICATORS = {row["indicator_code"]: row for row in codebook("evaluation_indicators")}
DIMENSIONS = {row["dimension_code"]: row for row in codebook("evaluation_dimensions")}
GRADES = codebook("evaluation_grades")
# indicator: the grade's points by value, and the points of a subject without one
GRADED: dict[str, tuple[str, dict[str, int], int]] = {
    "B02": ("tax_grade", {"A": 200, "B": 180, "M": 165, "C": 120, "D": 60}, 165),
    "B03": ("labour_grade", {"A": 200, "B": 170, "C": 80}, 170),
    "B05": ("environment_grade", {"绿": 140, "蓝": 120, "黄": 100, "红": 80, "黑": 60}, 120),
}
DEDUCTED = {
    "bank_overdue": ("N01", 20),
    "unperformed_judgment": ("N03", 60),
    "wage_arrears": ("N04", 40),
    "safety_record": ("N05", 40),
}
FACTORS = {"general": 1, "serious": 2, "specially_serious": 3}
LEVEL_POINTS = {"national": 40, "provincial": 30, "city": 20}
EVALUATION_COLUMNS = (
    "subject_id subject_name city_code score grade grade_name override_reason d1_points"
    " d2_points d3_points d4_points d5_points model_version evaluated_on"
)
CONTRIBUTION_COLUMNS = "subject_id indicator_code record_id points"

# One contribution: (indicator, record_id or None, hundredths or None)
Contribution = tuple[str, str | None, int | None]


def clamp(value: int, bounds: dict[str, str]) -> int:
    """Hundredths within the whole points min_points and max_points of a codebook row."""
    return max(int(bounds["min_points"]) * 100, min(int(bounds["max_points"]) * 100, value))


def is_in_population(subject: dict[str, Any]) -> bool:
    return (
        subject["is_registered"]
        and subject["subject_type"] in ("enterprise", "cooperative")
        and subject["register_status"] == "存续"
    )


# ---------------------------------------------------------------- regular indicators


def latest_grade(records: Iterable[Record], indicator: str, as_of: date) -> Record | None:
    """Of one subject's used indicators: the latest of one kind."""
    grades = [r for r in records if r["indicator"] == indicator and r["recorded_on"] <= as_of]
    return max(grades, key=lambda r: (r["recorded_on"], r["record_no"], r.record_id), default=None)


def counted_deductions(
    records: Iterable[Record], protected: set[Any], as_of: date, parameters: Parameters
) -> list[Record]:
    """N01 and N03-N05 records of one subject that are within their years and not protected.

    ``protected``: the overdue_record_no of this subject's accepted reliefs.
    """
    counted = []
    for record in records:
        if record["indicator"] not in DEDUCTED:
            continue
        ends_on = add_years(record["recorded_on"], parameters.retention_years)
        if not record["recorded_on"] <= as_of < ends_on:
            continue
        if record["indicator"] == "bank_overdue" and record["record_no"] in protected:
            continue
        counted.append(record)
    return counted


# ---------------------------------------------------------------- dishonesty and merits


def dishonesty_deduction(row: dict[str, Any], as_of: date, parameters: Parameters) -> int:
    """What one dishonesty record takes away, in hundredths, a number >= 0."""
    ends_on = add_years(row["decision_date"], parameters.retention_years)
    total: int = (ends_on - row["decision_date"]).days
    remaining: int = max(0, (ends_on - as_of).days)
    points = int(CONDUCTS[row["conduct_code"]]["evaluation_points"])
    factor: int = FACTORS[row["severity"]]
    return 100 * points * factor * remaining // total


def _dishonesty_contributions(
    rows: list[dict[str, Any]], as_of: date, parameters: Parameters
) -> list[Contribution]:
    unrepaired = [row for row in rows if row["repaired_on"] is None]
    contributions: list[Contribution] = []
    for members in group_by(unrepaired, lambda r: r["document_no"]).values():
        weighed = [(-dishonesty_deduction(m, as_of, parameters), m["record_id"]) for m in members]
        points, record_id = min(weighed)
        contributions.append(("N02", record_id, points))
    return contributions


def _donation_points(total: Decimal) -> int:
    for threshold, points in ((1_000_000, 30), (100_000, 20), (10_000, 10)):
        if total >= threshold:
            return points
    return 5 if total > 0 else 0


def _service_points(total: Decimal) -> int:
    if total >= 1000:
        return 15
    if total >= 100:
        return 10
    return 5 if total > 0 else 0


def _merit_contributions(rows: list[dict[str, Any]]) -> list[Contribution]:
    by_kind = group_by(rows, lambda r: r["kind"])
    donations = by_kind.get("charity_donation", []) + by_kind.get("direct_donation", [])
    services = by_kind.get("volunteer_service", [])
    commendations = by_kind.get("commendation", [])
    contributions: list[Contribution] = []
    for indicator, members in (("E01", donations), ("E02", services), ("E03", commendations)):
        contributions += [(indicator, row["record_id"], None) for row in members]
    if donations:
        amount = sum((row["amount_yuan"] for row in donations), Decimal(0))
        contributions.append(("E01", None, _donation_points(amount) * 100))
    if services:
        hours = sum((row["hours"] for row in services), Decimal(0))
        contributions.append(("E02", None, _service_points(hours) * 100))
    if commendations:
        level = highest_level(row["level"] for row in commendations)
        contributions.append(("E03", None, LEVEL_POINTS[level] * 100))
    awards = by_kind.get("administrative_award", [])
    contributions += [("E04", row["record_id"], 1500) for row in awards]
    return contributions


# ---------------------------------------------------------------- the score


def contributions_of(
    indicators: list[Record],
    dishonesty: list[dict[str, Any]],
    positives: list[dict[str, Any]],
    protected: set[Any],
    as_of: date,
    parameters: Parameters,
) -> list[Contribution]:
    """Everything of record that weighs on one subject, before the clamps."""
    contributions: list[Contribution] = []
    for code, (kind, points, _) in GRADED.items():
        latest = latest_grade(indicators, kind, as_of)
        if latest is not None:
            contributions.append((code, latest.record_id, points[latest["value"]] * 100))
    for record in counted_deductions(indicators, protected, as_of, parameters):
        code, taken = DEDUCTED[record["indicator"]]
        contributions.append((code, record.record_id, -taken * 100))
    contributions += _dishonesty_contributions(dishonesty, as_of, parameters)
    contributions += _merit_contributions(positives)
    return contributions


def _base_points(subject: dict[str, Any], as_of: date) -> dict[str, int]:
    """What each indicator is without any record behind it, in hundredths."""
    years = full_years(subject["established_on"], as_of)
    age_points = 100 if years >= 10 else 90 if years >= 5 else 80 if years >= 2 else 60
    base = dict.fromkeys(INDICATORS, 0)
    base.update({"B01": age_points * 100, "B04": 30000})
    base.update({code: without * 100 for code, (_, _, without) in GRADED.items()})
    return base


def dimension_points(
    subject: dict[str, Any], contributions: list[Contribution], as_of: date
) -> dict[str, int]:
    """Dimension code to its hundredths, every clamp applied in turn."""
    indicators = _base_points(subject, as_of)
    for code in indicators:
        given = [points for c, _, points in contributions if c == code and points is not None]
        if given:
            indicators[code] = sum(given)
        indicators[code] = clamp(indicators[code], INDICATORS[code])
    additions = ["E01", "E02", "E03", "E04"]
    points = dict.fromkeys(DIMENSIONS, 0)
    for code, value in indicators.items():
        if code not in additions:
            points[INDICATORS[code]["dimension_code"]] += value
    points["D5"] += min(6000, sum(indicators[code] for code in additions))
    return {code: clamp(value, DIMENSIONS[code]) for code, value in points.items()}


def grade_of(score: int) -> str:
    """The grade of a score in hundredths."""
    best_first = sorted(GRADES, key=lambda row: int(row["min_points"]), reverse=True)
    for row in best_first:
        if score >= int(row["min_points"]) * 100:
            return row["grade"]
    raise ValueError(f"a score below every grade: {score}")


def evaluation_row(
    subject: dict[str, Any],
    contributions: list[Contribution],
    is_on_severe_list: bool,
    as_of: date,
    parameters: Parameters,
) -> dict[str, Any]:
    dimensions = dimension_points(subject, contributions, as_of)
    score = sum(dimensions.values())
    grade = "D" if is_on_severe_list else grade_of(score)
    names = {row["grade"]: row["grade_name"] for row in GRADES}
    return {
        "subject_id": subject["subject_id"],
        "subject_name": subject["subject_name"],
        "city_code": subject["city_code"],
        "score": hundredths(score),
        "grade": grade,
        "grade_name": names[grade],
        "override_reason": "severe_dishonesty_list" if is_on_severe_list else None,
        **{f"{code.lower()}_points": hundredths(value) for code, value in dimensions.items()},
        "model_version": parameters.model_version,
        "evaluated_on": as_of,
    }


def contributions_table(by_subject: dict[str, list[Contribution]]) -> Table:
    rows = [
        {
            "subject_id": subject_id,
            "indicator_code": code,
            "record_id": record_id,
            "points": None if points is None else hundredths(points),
        }
        for subject_id, contributions in by_subject.items()
        for code, record_id, points in contributions
    ]
    return table(CONTRIBUTION_COLUMNS, "subject_id indicator_code record_id", rows)
