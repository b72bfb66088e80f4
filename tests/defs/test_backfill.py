"""A range of delivery dates, read in one run."""

import pytest
from click.testing import CliRunner
from dagster_dg_cli.cli import cli as dg
from orchestration_rig import QuickRun, Rig, deliver, passed_nodes

from orchestration.defs import warehouse
from orchestration.defs.instance import instance_folder, write_instance
from orchestration.ingest.ledger import Ledger


def test_a_range_from_the_command_line_is_one_run(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in ("2020-03-01", "2020-03-02", "2020-03-04", "2020-03-05"):
        deliver(rig.landing, day)
    monkeypatch.setattr(
        warehouse, "Run", lambda **told: QuickRun(nodes=passed_nodes(rig.manifest), **told)
    )
    write_instance(rig.home, rig.settings)
    rig.set_environment(monkeypatch)
    monkeypatch.setenv("DAGSTER_HOME", str(instance_folder(rig.home)))
    told = CliRunner().invoke(
        dg,
        ["launch", "--job", "publish_release", "--partition-range", "2020-03-02...2020-03-04"],
        catch_exceptions=False,
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    [run] = rig.runs()
    assert run.job_name == "publish_release"
    assert run.tags["credit/outcome"] == "published"
    assert {entry.delivery_date.day for entry in Ledger.of(rig.home.folder).entries.values()} == {
        2,
        4,
    }
