"""A partition of the landing zone for each host; what they read is published by the next run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from dagster import DagsterEventType
from orchestration_rig import Rig, deliver, make_rig

from orchestration import runner
from orchestration.definitions import compose
from orchestration.defs import shares
from orchestration.defs.record import process_tags
from orchestration.defs.shares import READ_SHARES
from orchestration.ingest.ledger import Ledger

DAYS = [f"2020-03-{day:02}" for day in range(1, 7)]


@pytest.fixture
def shared(
    tmp_path: Path, small_manifest: Path, few_tables: None, monkeypatch: pytest.MonkeyPatch
) -> Rig:
    rig = make_rig(tmp_path, small_manifest, ingest_shares=2)
    rig.set_environment(monkeypatch)
    for rows, day in enumerate(DAYS, start=1):
        deliver(rig.landing, day, rows=rows)
    return rig


def read(rig: Rig, partition: str) -> bool:
    job = compose(rig.settings).resolve_job_def(READ_SHARES)
    with rig.instance() as instance:
        done = job.execute_in_process(
            partition_key=partition, instance=instance, raise_on_error=False
        )
    return done.success


def test_a_run_for_each_partition_reads_and_the_next_run_publishes(shared: Rig) -> None:
    assert [read(shared, partition) for partition in ("1/2", "2/2")] == [True, True]
    assert len(Ledger.of(shared.home.folder).entries) == len(DAYS)
    assert Ledger.of(shared.home.folder, with_segments=False).entries == {}
    run = shared.run()
    runner.execute(run)
    assert run.published is not None
    recorded = shared.events(shared.runs()[0].run_id, DagsterEventType.ASSET_MATERIALIZATION)
    loans = [e.partition for e in recorded if e.asset_key.path[-1] == "credit_loan"]
    assert sorted(filter(None, loans)) == DAYS


def test_folders_that_are_being_filled_wait(shared: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDIT_QUIET_SECONDS", "300")
    (shared.landing / DAYS[0] / ".ready").touch()
    assert [read(shared, partition) for partition in ("1/2", "2/2")] == [True, True]
    read_days = {entry.delivery_date for entry in Ledger.of(shared.home.folder).entries.values()}
    assert read_days == {date.fromisoformat(DAYS[0])}


def test_a_run_names_the_process_by_which_a_dead_one_is_found(shared: Rig) -> None:
    assert read(shared, "1/2")
    (run,) = shared.runs()
    assert process_tags().items() <= run.tags.items()


def test_a_run_that_holds_the_home_is_waited_for(
    shared: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "MAX_RETRIES", 1)
    monkeypatch.setattr(shares, "RETRY_SECONDS", 0)
    with shared.home.held():
        assert not read(shared, "1/2")
    (run,) = shared.runs()
    assert shared.events(run.run_id, DagsterEventType.STEP_UP_FOR_RETRY)


def test_one_share_needs_no_job(rig: Rig) -> None:
    assert shares.share_jobs(rig.settings) == []
