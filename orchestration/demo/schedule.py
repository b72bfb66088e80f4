"""When units deliver: daily through the window, fewer at weekends, then at the quarters' ends.

A repair may be applied for three months after the penalty at the earliest (marts.md section 6), so
a window of weeks cannot show one: the last working days of the following quarters, until the
epidemic period ends, bring what became of the window's records.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

EPIDEMIC_START = date(2020, 1, 20)
EPIDEMIC_END = date(2020, 12, 31)
QUARTER_ENDS = (date(2020, 3, 31), date(2020, 6, 30), date(2020, 9, 30), date(2020, 12, 31))

_SATURDAY = 5
_WEEKDAY_WEIGHT = 5
_WEEKEND_WEIGHT = 1
_QUARTER_WEIGHT = 8


@dataclass(frozen=True)
class Schedule:
    """The delivery dates of a landing zone, in order."""

    start: date
    days: int

    @property
    def last_daily(self) -> date:
        """The last day of the daily window."""
        return self.start + timedelta(days=self.days - 1)

    @property
    def follow_ups(self) -> tuple[date, ...]:
        """The quarter-end deliveries after the window."""
        return tuple(day for day in QUARTER_ENDS if day > self.last_daily)

    @property
    def last(self) -> date:
        """The newest delivery date, which is the as-of date of a run by default."""
        return self.follow_ups[-1] if self.follow_ups else self.last_daily

    @property
    def daily(self) -> list[date]:
        """Every date of the window."""
        return [self.start + timedelta(days=day) for day in range(self.days)]

    @property
    def weekly(self) -> list[date]:
        """The window's first day, its Mondays and the follow-ups: for what few rows are made of."""
        mondays = [day for day in self.daily[1:] if day.weekday() == 0]
        return [self.start, *mondays, *self.follow_ups]

    def weighted_days(self) -> list[date]:
        """Every delivery date as often as its share of the deliveries asks."""
        weighted = []
        for day in self.daily:
            weighted += [day] * (_WEEKEND_WEIGHT if day.weekday() >= _SATURDAY else _WEEKDAY_WEIGHT)
        for day in self.follow_ups:
            weighted += [day] * _QUARTER_WEIGHT
        return weighted

    def next_of(self, deliveries: list[date]) -> list[date]:
        """The first delivery on or after each calendar day from start on, until the last one."""
        following = []
        remaining = iter(deliveries)
        current = next(remaining)
        for offset in range((deliveries[-1] - self.start).days + 1):
            while current < self.start + timedelta(days=offset):
                current = next(remaining)
            following.append(current)
        return following

    def on_or_after(self, day: date) -> date | None:
        """The first delivery of the working week on or after a day; None if there is none."""
        for delivery in self.working:
            if delivery >= day:
                return delivery
        return None

    @property
    def working(self) -> list[date]:
        """The window's first day, its weekdays and the follow-ups."""
        weekdays = [day for day in self.daily[1:] if day.weekday() < _SATURDAY]
        return [self.start, *weekdays, *self.follow_ups]

    def variables(self) -> dict[str, date | list[date]]:
        """What the SQL knows of time, by the name of its DuckDB variable."""
        return {
            "start": self.start,
            "last_daily": self.last_daily,
            "last": self.last,
            "epidemic_start": EPIDEMIC_START,
            "epidemic_end": EPIDEMIC_END,
            "delivery_days": self.weighted_days(),
            "weekly_days": self.weekly,
            "next_delivery": self.next_of(self.working),
            "next_weekly": self.next_of(self.weekly),
        }
