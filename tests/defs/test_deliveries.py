"""What is complete, what is unread, what a partition holds, and who is late."""

import os
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from orchestration_rig import Rig, deliver

from orchestration.catalogue import load_catalogue
from orchestration.defs.deliveries import Completeness, PartitionFacts, partition_facts, unread
from orchestration.defs.duty import WorkingDays, duties
from orchestration.ingest.landing import scan
from orchestration.pipeline import Run

TODAY = date(2020, 12, 31)


def make_older(path: Path, seconds: float = 3600) -> None:
    """Let a file have arrived long ago, as far as modification times tell."""
    at = time.time() - seconds
    os.utime(path, (at, at))


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every status proves what it says, however young the file."""
    monkeypatch.setattr("orchestration.ingest.intake._SETTLED_NS", -1)
    yield


def names(rig: Rig) -> list[str]:
    new = unread(rig.landing, rig.home, load_catalogue(), TODAY)
    return [delivery.source_file for delivery in new]


@pytest.mark.usefixtures("settled")
def test_what_was_read_is_no_longer_unread(rig: Rig) -> None:
    first = deliver(rig.landing, "2020-03-02")
    assert names(rig) == ["2020-03-02/local_finance/credit_loan.csv"]
    Run(settings=rig.settings).ingest()
    assert names(rig) == []
    deliver(rig.landing, "2020-02-01")
    assert names(rig) == ["2020-02-01/local_finance/credit_loan.csv"]
    first.write_text(first.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert len(names(rig)) == 2


@pytest.mark.usefixtures("settled")
def test_a_refused_file_is_unread_again_when_its_control_file_changes(rig: Rig) -> None:
    path = deliver(rig.landing, "2020-03-02")
    control = path.with_name(path.name + ".control.json")
    control.write_text('{"rows": 99}')
    Run(settings=rig.settings).ingest()
    assert names(rig) == []
    control.write_text('{"rows": 3}')
    assert names(rig) == ["2020-03-02/local_finance/credit_loan.csv"]


@pytest.mark.usefixtures("settled")
def test_what_can_never_be_read_is_not_unread_for_ever(rig: Rig) -> None:
    path = deliver(rig.landing, "2020-03-02")
    (path.parent / "credit_loan__link.csv").symlink_to(path)
    (path.parent / "no_such_item.csv").write_text("a\n1\n")
    Run(settings=rig.settings).ingest()
    assert names(rig) == []


def complete(landing: Path, now: float) -> set[str]:
    found = scan(landing, load_catalogue(), TODAY)
    return {d.source_file.rpartition("/")[0] for d in found if Completeness(300, now)(d)}


def test_a_folder_is_complete_when_it_says_so_or_has_been_quiet(tmp_path: Path) -> None:
    deliver(tmp_path, "2020-03-02")
    deliver(tmp_path, "2020-03-03")
    deliver(tmp_path, "2020-03-03", "banking_insurance")
    now = time.time()
    assert complete(tmp_path, now) == set()
    (tmp_path / "2020-03-02" / "local_finance" / ".ready").touch()
    assert complete(tmp_path, now) == {"2020-03-02/local_finance"}
    (tmp_path / "2020-03-03" / ".ready").touch()
    assert len(complete(tmp_path, now)) == 3


def test_of_copies_the_time_of_the_original_counts(tmp_path: Path) -> None:
    path = deliver(tmp_path, "2020-03-02")
    (delivery,) = scan(tmp_path, load_catalogue(), TODAY)
    now = time.time()
    for age, is_complete in ((299, False), (300, True)):
        os.utime(path, (now - age, now - age))
        assert Completeness(300, now, are_copies=True)(delivery) is is_complete
        assert not Completeness(300, now)(delivery)


def test_quiet_is_counted_from_the_last_change_of_anything_in_the_folder(tmp_path: Path) -> None:
    path = deliver(tmp_path, "2020-03-02")
    arrived = path.stat().st_ctime
    assert complete(tmp_path, arrived + 299) == set()
    assert complete(tmp_path, arrived + 301) == {"2020-03-02/local_finance"}
    time.sleep(0.01)
    # A copied file may carry an old modification time; that it came now, its status tells.
    (path.parent / "part").touch()
    make_older(path.parent / "part")
    newest = (path.parent / "part").stat().st_ctime
    assert complete(tmp_path, newest + 299.9) == set()


def test_a_partition_tells_all_units_together(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02", rows=5)
    deliver(rig.landing, "2020-03-02", "banking_insurance", rows=2)
    deliver(rig.landing, "2020-03-05", rows=1)
    Run(settings=rig.settings).ingest()
    day = date(2020, 3, 2)
    [facts] = partition_facts(rig.home, {("credit_loan", day)})
    assert (facts.units, facts.files) == (("banking_insurance", "local_finance"), 2)
    assert facts.rows_delivered == facts.rows_loaded + facts.rows_quarantined
    assert facts.faults["Q04"] == facts.rows_quarantined == 2
    assert facts.files_refused == 1
    assert sum(count for code, count in facts.faults.items() if code.startswith("F")) == 1
    asked = partition_facts(rig.home, (), (day, date(2020, 3, 31)))
    assert [found.delivery_date.day for found in asked] == [2, 5]
    assert PartitionFacts.none("credit_loan", day).files == 0


def test_working_days_follow_the_calendar_and_its_exceptions() -> None:
    calendar = WorkingDays(load_catalogue().codebooks["working_days"])
    # The Spring Festival of 2020 was prolonged to Sunday 2 February; 19 January was worked.
    assert calendar.is_working_day(date(2020, 1, 19))
    assert not calendar.is_working_day(date(2020, 1, 31))
    assert calendar.after(date(2020, 1, 23), date(2020, 2, 3)) == 1
    assert calendar.after(date(2020, 3, 2), date(2020, 3, 11)) == 7
    assert calendar.after(date(2020, 3, 2), date(2020, 3, 2)) == 0


@pytest.mark.parametrize(
    ("as_of", "is_late"), [(date(2020, 3, 11), False), (date(2020, 3, 12), True)]
)
def test_a_unit_is_late_after_seven_working_days(rig: Rig, as_of: date, is_late: bool) -> None:
    deliver(rig.landing, "2020-03-02")
    Run(settings=rig.settings).ingest()
    found = duties(rig.home, load_catalogue(), as_of, 7)
    by_pair = {(duty.item_code, duty.unit_code): duty for duty in found}
    duty = by_pair["credit_loan", "local_finance"]
    assert (duty.last_delivery, duty.is_late) == (date(2020, 3, 2), is_late)
    never = by_pair["credit_loan", "development_reform"]
    assert (never.last_delivery, never.working_days, never.is_late) == (None, None, True)
    assert len(found) == len(load_catalogue().agreements)


def test_a_refused_file_is_no_delivery_and_a_later_one_is_not_seen_before_its_day(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02", "banking_insurance")  # utf-8, but gb18030 was agreed
    deliver(rig.landing, "2020-03-20")
    Run(settings=rig.settings).ingest()
    found = {
        duty.unit_code: duty.last_delivery
        for duty in duties(rig.home, load_catalogue(), date(2020, 3, 10), 7)
        if duty.item_code == "credit_loan"
    }
    assert set(found.values()) == {None}
