"""Runs whose steps are quick: what Dagster is told of them is real, what they do is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterEventType, DagsterInstance, DagsterRun

from orchestration.audit import AuditResult, ExpectationResult
from orchestration.build import BuildResult, NodeResult
from orchestration.defs.instance import open_instance
from orchestration.errors import AuditRefused
from orchestration.home import Home
from orchestration.pipeline import Run
from orchestration.publish.manifest import Manifest, TableEntry
from orchestration.publish.release import Published
from orchestration.settings import Settings

KEY = "0123456789abcdef0123456789abcdef"
HEADERS = (
    "贷款编号,统一社会信用代码,银行名称,投放地,发放日期,贷款金额(万元),是否信用贷款,年利率(%),"
    "是否纳入风险补偿"
)


def deliver(landing: Path, day: str, unit: str = "local_finance", rows: int = 3) -> Path:
    """A file of loans; every second row names no valid code and is set aside."""
    folder = landing / day / unit
    folder.mkdir(parents=True, exist_ok=True)
    codes = ("913300001429179739", "9133")
    lines = [
        f"L{day}-{row},{codes[row % 2]},银行,3301,2020-02-03,1.5,是,4.35,否" for row in range(rows)
    ]
    path = folder / "credit_loan.csv"
    path.write_text("\n".join([HEADERS, *lines]) + "\n", encoding="utf-8")
    return path


def passed_nodes(manifest: dict[str, Any]) -> BuildResult:
    """A build in which every seed, model and test of the manifest went well."""
    nodes = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in {"seed", "model", "test"}
    }
    order = TopologicalSorter(
        {
            unique_id: [name for name in manifest["parent_map"].get(unique_id, ()) if name in nodes]
            for unique_id in sorted(nodes)
        }
    ).static_order()
    return BuildResult(
        tuple(
            NodeResult(
                unique_id=unique_id,
                resource_type=nodes[unique_id]["resource_type"],
                name=nodes[unique_id]["name"],
                status="pass" if nodes[unique_id]["resource_type"] == "test" else "success",
                failures=0,
                message="",
                seconds=0.1,
            )
            for unique_id in order
        )
    )


def audited(*refusals: str, table: str = "marts.red_list") -> AuditResult:
    """An audit; with refusals, an expectation of ``table`` has failed."""
    results = tuple(
        ExpectationResult(
            table=name,
            type="expect_column_values_to_not_be_null",
            column="subject_id",
            rule="keys",
            clause="6",
            severity="error",
            sentence={"zh": "主键不为空", "en": "Keys are never null."},
            success=not (refusals and name == table),
            rows=10,
            unexpected=0,
            error=None,
        )
        for name in ("marts.red_list", "marts.subjects")
    )
    return AuditResult(
        refusals=refusals,
        approved=(),
        warnings=(),
        results=results,
        dbt_tests=1,
        seconds=0.1,
        report_folder=Path(),
    )


def released(run: Run) -> Manifest:
    """A manifest of one table; nothing is written."""
    entry = TableEntry(
        product="gov",
        name="red_list",
        rows=2,
        content_digest="d" * 64,
        path="x",
        bytes=1,
        sha256="",
    )
    return Manifest(
        release_id=str(run.release_id),
        as_of_date=run.as_of or date(2020, 3, 1),
        built_at=datetime(2020, 3, 1, 2, 30),
        previous_release_id=None,
        code_version="0",
        input_digest="0" * 64,
        state_digest="0" * 64,
        tables=(entry,),
        files=(),
        parameters={},
    )


@dataclass
class QuickRun(Run):
    """A run whose ingest and plan are real, and whose build, audit and publication are told."""

    nodes: BuildResult = field(default_factory=lambda: BuildResult(()))
    judgement: AuditResult = field(default_factory=audited)
    before: dict[str, Callable[[], object]] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)

    def _step(self, name: str) -> None:
        self.steps.append(name)
        self.before.get(name, lambda: None)()

    def ingest(self) -> None:
        """Really."""
        self._step("ingest")
        super().ingest()

    def build(self) -> None:
        """No dbt: every node is as told."""
        self._step("build")
        self.release_id = f"{self.as_of:%Y%m%d}-1"
        self.build_result = self.nodes

    def audit(self) -> None:
        """As told."""
        self._step("audit")
        self.audit_result = self.judgement
        if self.judgement.refusals:
            raise AuditRefused(f"the audit refuses the release: {self.judgement.refusals[0]}")

    def publish(self) -> None:
        """As told."""
        self._step("publish")
        folder = self.store.home.releases / str(self.release_id)
        (folder / "open").mkdir(parents=True, exist_ok=True)
        manifest = released(self)
        (folder / "manifest.json").write_bytes(manifest.to_bytes())
        self.published = Published(manifest=manifest, is_new=True, is_current=True)


@dataclass
class Rig:
    """A home with a ready manifest, and a landing zone."""

    settings: Settings
    manifest: dict[str, Any]

    @property
    def home(self) -> Home:
        """The home of the settings."""
        return Home(self.settings.home)

    @property
    def landing(self) -> Path:
        """The landing zone of the settings."""
        assert self.settings.landing is not None
        return self.settings.landing

    def set_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a process that Dagster starts finds; every folder counts as complete."""
        for name, value in {
            "CREDIT_HOME": self.home.folder,
            "CREDIT_LANDING": self.landing,
            "CREDIT_PERSON_KEY": KEY,
            "CREDIT_QUIET_SECONDS": 0,
        }.items():
            monkeypatch.setenv(name, str(value))

    def run(self, **given: Any) -> QuickRun:
        """A quick run over the home."""
        return QuickRun(settings=self.settings, nodes=passed_nodes(self.manifest), **given)

    @contextmanager
    def instance(self) -> Iterator[DagsterInstance]:
        """The home's Dagster instance."""
        with open_instance(self.home, self.settings) as instance:
            yield instance

    def runs(self) -> list[DagsterRun]:
        """The runs on record, the newest first."""
        with self.instance() as instance:
            return list(instance.get_runs())

    def events(self, run_id: str, event_type: DagsterEventType) -> list[Any]:
        """The events of one type of a run."""
        with self.instance() as instance:
            return [
                entry.dagster_event
                for entry in instance.all_logs(run_id, of_type=event_type)
                if entry.dagster_event is not None
            ]


def make_rig(folder: Path, manifest: Path, **given: Any) -> Rig:
    """A rig in ``folder``; the manifest is linked, not parsed again."""
    from orchestration.defs.manifest import manifest_path

    (folder / "landing").mkdir(parents=True, exist_ok=True)
    settings = Settings(home=folder / "home", landing=folder / "landing", person_key=KEY, **given)
    Home(settings.home).create()
    path = manifest_path(Home(settings.home))
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(manifest)
    return Rig(settings, json.loads(manifest.read_bytes()))
