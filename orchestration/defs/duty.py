"""The duty to deliver: who agreed to deliver what, when it last came, and whether it is late.

A unit is late with an item when more than ``report_working_days`` working days have passed since
its last delivery. A unit that never delivered is named as such; nothing is made up for it.
No Dagster in here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from orchestration.catalogue import Catalogue
from orchestration.home import Home
from orchestration.ingest.ledger import Ledger, LedgerEntry, fates

# A refused file is no delivery, but one that holds exactly what was taken before (F00) is.
_DELIVERED = frozenset({None, "F00"})


@dataclass(frozen=True)
class Duty:
    """One unit's duty to deliver one item, as of a date.

    ``working_days`` are those after the last delivery, up to and with the date; None if the unit
    never delivered.
    """

    item_code: str
    unit_code: str
    last_delivery: date | None
    working_days: int | None
    is_late: bool


class WorkingDays:
    """The working calendar: weekdays, but for the exceptions of the codebook ``working_days``."""

    def __init__(self, exceptions: Iterable[Mapping[str, str]]) -> None:
        """``exceptions`` have ``calendar_date`` and ``is_working_day``."""
        self._exceptions = {
            date.fromisoformat(row["calendar_date"]): row["is_working_day"] == "true"
            for row in exceptions
        }

    def is_working_day(self, day: date) -> bool:
        """Whether people work on that day."""
        return self._exceptions.get(day, day.weekday() < 5)

    def after(self, start: date, end: date) -> int:
        """The working days after ``start`` up to and with ``end``."""
        days = (start + timedelta(n) for n in range(1, (end - start).days + 1))
        return sum(map(self.is_working_day, days))


def duties(home: Home, catalogue: Catalogue, as_of: date, allowed: int) -> list[Duty]:
    """Every agreed duty by item and unit, as of a date."""
    calendar = WorkingDays(catalogue.codebooks["working_days"])
    last = _last_deliveries(Ledger.of(home.folder).entries.values(), as_of)
    found = []
    for agreement in sorted(catalogue.agreements, key=lambda a: (a.item_code, a.unit_code)):
        day = last.get((agreement.item_code, agreement.unit_code))
        passed = None if day is None else calendar.after(day, as_of)
        found.append(
            Duty(
                item_code=agreement.item_code,
                unit_code=agreement.unit_code,
                last_delivery=day,
                working_days=passed,
                is_late=passed is None or passed > allowed,
            )
        )
    return found


def _last_deliveries(
    entries: Iterable[LedgerEntry], as_of: date
) -> dict[tuple[str | None, str | None], date]:
    last: dict[tuple[str | None, str | None], date] = {}
    for entry in fates(entries).values():
        day = entry.delivery_date
        if day is not None and day <= as_of and entry.fault in _DELIVERED:
            pair = (entry.item_code, entry.unit_code)
            last[pair] = max(day, last.get(pair, day))
    return last
