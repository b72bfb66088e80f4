"""Month arithmetic that clamps, and the working days of the codebook."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from .items import codebook


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or that month's last day if it has no such day."""
    count = day.year * 12 + (day.month - 1) + months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def add_years(day: date, years: int) -> date:
    return add_months(day, 12 * years)


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def full_years(start: date, end: date) -> int:
    """Whole years that have passed from start to end."""
    years = 0
    while add_years(start, years + 1) <= end:
        years += 1
    return years


EXCEPTIONS = {
    date.fromisoformat(row["calendar_date"]): row["is_working_day"] == "true"
    for row in codebook("working_days")
}


def is_working_day(day: date) -> bool:
    return EXCEPTIONS.get(day, day.weekday() < 5)


def working_day_after(day: date, number: int) -> date:
    """The number-th working day after ``day`` (``day`` itself is never counted)."""
    while number > 0:
        day += timedelta(days=1)
        if is_working_day(day):
            number -= 1
    return day


def working_days_between(after: date, until: date) -> int:
    """Working days after ``after`` up to and including ``until``."""
    count = 0
    day = after
    while day < until:
        day += timedelta(days=1)
        if is_working_day(day):
            count += 1
    return count
