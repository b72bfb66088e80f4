"""A score by hand: the published points of an enterprise re-derived line by line.

Everything is read from the release itself: the contributions before any clamp, and the ranges of
indicators and dimensions from its codebooks (marts.md section 5). The lines sum to the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from orchestration.publish.products import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# What stands where no record says otherwise (marts.md section 5); B01 follows from the register.
_WITHOUT_RECORD = {"B02": 165, "B03": 170, "B04": 300, "B05": 120}
_YEARS_IN_BUSINESS = ((10, 100), (5, 90), (2, 80), (0, 60))
_ADDITIONS_AT_MOST = Decimal(60)
# Their records have no points of their own: the indicator's stand on a row without record_id.
_SUMMED = frozenset({"E01", "E02", "E03"})


def score_arithmetic(connection: DuckDBPyConnection, subject_id: str) -> dict[str, Any] | None:
    """The way from contributions to score and grade; None outside the evaluated population.

    Returns:
        ``{dimensions: [{dimension_code, indicators: [{indicator_code, records, points, clamped}],
        points, clamped}], score, published_score, sums_to_score, grade, override_reason}``, all
        points as decimals of two places.
    """
    published = _rows(
        connection,
        "select e.score, e.grade, e.grade_name, e.override_reason, e.evaluated_on,"
        " s.established_on from gov.marts.enterprise_evaluation as e"
        " left join gov.marts.subjects as s on e.subject_id = s.subject_id"
        f" where e.subject_id = {literal(subject_id)}",
    )
    if not published:
        return None
    evaluation = published[0]
    records: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(
        connection,
        "select indicator_code, record_id, points from gov.marts.evaluation_contributions"
        f" where subject_id = {literal(subject_id)}"
        " order by indicator_code, record_id nulls last",
    ):
        records.setdefault(row.pop("indicator_code"), []).append(row)
    indicators = _rows(
        connection, "select * from gov.codebooks.evaluation_indicators order by indicator_code"
    )
    dimensions = _rows(
        connection, "select * from gov.codebooks.evaluation_dimensions order by dimension_code"
    )
    lines = [_dimension(row, indicators, records, evaluation) for row in dimensions]
    score = sum((line["clamped"] for line in lines), Decimal(0))
    return {
        "dimensions": lines,
        "score": score,
        "published_score": evaluation["score"],
        "sums_to_score": score == evaluation["score"],
        "grade": evaluation["grade"],
        "grade_name": evaluation["grade_name"],
        "override_reason": evaluation["override_reason"],
    }


def _rows(connection: DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [description[0] for description in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _dimension(
    dimension: Mapping[str, Any],
    indicators: Sequence[Mapping[str, Any]],
    records: Mapping[str, list[dict[str, Any]]],
    evaluation: Mapping[str, Any],
) -> dict[str, Any]:
    lines = [
        _indicator(indicator, records.get(indicator["indicator_code"], []), evaluation)
        for indicator in indicators
        if indicator["dimension_code"] == dimension["dimension_code"]
    ]
    additions = sum((line["clamped"] for line in lines if line["kind"] == "addition"), Decimal(0))
    others = sum((line["clamped"] for line in lines if line["kind"] != "addition"), Decimal(0))
    points = others + min(additions, _ADDITIONS_AT_MOST)
    return {
        "dimension_code": dimension["dimension_code"],
        "dimension_name": dimension["dimension_name"],
        "indicators": lines,
        "additions_capped_at": _ADDITIONS_AT_MOST if additions > _ADDITIONS_AT_MOST else None,
        "points": points,
        "range": [dimension["min_points"], dimension["max_points"]],
        "clamped": _clamped(points, dimension),
    }


def _indicator(
    indicator: Mapping[str, Any], records: list[dict[str, Any]], evaluation: Mapping[str, Any]
) -> dict[str, Any]:
    code = indicator["indicator_code"]
    if code == "B01":
        points, why = _business_points(evaluation["established_on"], evaluation["evaluated_on"])
    elif records:
        points = sum((row["points"] for row in records if row["points"] is not None), Decimal(0))
        count = sum(row["record_id"] is not None for row in records)
        why = (
            f"由{count}条记录合计取分。From the sum of {count} records."
            if code in _SUMMED
            else (f"{count}条记录。{count} records.")
        )
    else:
        points = Decimal(_WITHOUT_RECORD.get(code, 0))
        why = "无记录。No record."
    return {
        "indicator_code": code,
        "indicator_name": indicator["indicator_name"],
        "kind": indicator["kind"],
        "records": records,
        "why": why,
        "points": points,
        "range": [indicator["min_points"], indicator["max_points"]],
        "clamped": _clamped(points, indicator),
    }


def _clamped(points: Decimal, bounds: Mapping[str, Any]) -> Decimal:
    low, high = Decimal(bounds["min_points"]), Decimal(bounds["max_points"])
    return min(max(points, low), high).quantize(Decimal("0.01"))


def _business_points(established_on: date, evaluated_on: date) -> tuple[Decimal, str]:
    """B01: full years from the foundation to the as-of date; 29 February counts as the 28th."""
    years = evaluated_on.year - established_on.year
    birthday = (established_on.month, established_on.day)
    is_leap_day = birthday == (2, 29) and not _is_leap(evaluated_on.year)
    if (evaluated_on.month, evaluated_on.day) < ((2, 28) if is_leap_day else birthday):
        years -= 1
    points = next((value for least, value in _YEARS_IN_BUSINESS if years >= least), 60)
    words = f"成立于{established_on}，满{years}年。Founded {established_on}: {years} full years."
    return Decimal(points), words


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
