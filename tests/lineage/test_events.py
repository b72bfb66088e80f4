"""Every run tells OpenLineage what it did, in pairs and in order, also if refused or killed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from openlineage.client import event_v2

from orchestration.audit import AuditResult, ExpectationResult
from orchestration.errors import AuditRefused
from orchestration.lineage.event_log import EventLog
from orchestration.pipeline import Run
from orchestration.settings import Settings

STEPS = ("ingest", "make_plan", "build", "audit", "publish")


def run_in(home: Path, **settings: Any) -> Run:
    run = Run(settings=Settings(home=home, **settings))
    run.plan = object()  # type: ignore[assignment] - only its presence is looked at
    return run


def go(run: Run, *names: str, fails: BaseException | None = None) -> None:
    """The steps of a run, the last of which may fail."""
    for name in names:
        with run.observer.step(run, name):
            if fails is not None and name == names[-1]:
                raise fails


def events(home: Path) -> list[dict[str, Any]]:
    text = (home / "state" / "openlineage.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def told(home: Path) -> list[tuple[str, str]]:
    return [(e["eventType"], e["job"]["name"]) for e in events(home) if "run" in e]


def assert_paired(home: Path) -> None:
    """Every run that began ended once, innermost first, and none ended that had not begun."""
    begun: list[str] = []
    for event in events(home):
        if "run" not in event:
            continue
        run_id = event["run"]["runId"]
        if event["eventType"] == "START":
            begun.append(run_id)
        else:
            assert begun.pop() == run_id
    assert begun == []


def test_a_run_and_its_steps_begin_and_complete_in_order(tmp_path: Path) -> None:
    go(run_in(tmp_path), *STEPS)
    assert_paired(tmp_path)
    steps = [f"credit.run.{name}" for name in STEPS]
    assert [job for kind, job in told(tmp_path) if kind == "START"] == ["credit.run", *steps]
    assert [job for kind, job in told(tmp_path) if kind == "COMPLETE"] == [*steps, "credit.run"]


def test_steps_name_the_run_that_they_are_part_of(tmp_path: Path) -> None:
    go(run_in(tmp_path), *STEPS)
    first, *others = [event for event in events(tmp_path) if "run" in event]
    parents = {
        event["run"]["facets"]["parent"]["run"]["runId"]
        for event in others
        if event["job"]["name"] != "credit.run"
    }
    assert parents == {first["run"]["runId"]}


def test_a_run_with_nothing_new_completes_with_what_stands(tmp_path: Path) -> None:
    go(run_in(tmp_path), "ingest", "make_plan", "adopt")
    assert_paired(tmp_path)
    assert told(tmp_path)[-1] == ("COMPLETE", "credit.run")


def test_a_run_with_nothing_to_do_completes(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    run.plan = None
    go(run, "ingest", "make_plan")
    assert_paired(tmp_path)
    assert told(tmp_path)[-1] == ("COMPLETE", "credit.run")


def test_a_refused_run_fails_with_the_reason(tmp_path: Path) -> None:
    refusal = AuditRefused("the audit refuses the release: marts.red_list lost 40 rows")
    with pytest.raises(AuditRefused):
        go(run_in(tmp_path), "ingest", "make_plan", "build", "audit", fails=refusal)
    assert_paired(tmp_path)
    assert told(tmp_path)[-2:] == [("FAIL", "credit.run.audit"), ("FAIL", "credit.run")]
    message = events(tmp_path)[-1]["run"]["facets"]["errorMessage"]["message"]
    assert message.startswith("refused: ")


def test_an_unforeseen_error_is_told_by_its_kind_only(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="330106199001011234"):
        go(run_in(tmp_path), "build", fails=ValueError("330106199001011234"))
    assert_paired(tmp_path)
    assert "330106199001011234" not in (tmp_path / "state" / "openlineage.jsonl").read_text()


def test_what_a_killed_run_left_begun_is_ended_by_the_next(tmp_path: Path) -> None:
    killed = run_in(tmp_path).observer
    step = killed.step(run_in(tmp_path), "build")
    step.__enter__()  # and never left: the process is gone
    assert told(tmp_path) == [("START", "credit.run"), ("START", "credit.run.build")]
    go(run_in(tmp_path), *STEPS)
    assert told(tmp_path)[2:4] == [("ABORT", "credit.run.build"), ("ABORT", "credit.run")]
    assert_paired(tmp_path)


def test_a_line_half_written_by_a_killed_run_is_cut_off(tmp_path: Path) -> None:
    go(run_in(tmp_path), *STEPS)
    with (tmp_path / "state" / "openlineage.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"eventTime": "2020-')
    go(run_in(tmp_path), *STEPS)
    assert_paired(tmp_path)


def test_a_run_killed_before_its_first_event_leaves_nothing_to_end(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    log = EventLog(run.home, run.settings)
    log.keep_open([{"run_id": "0" * 36, "job": "credit.run", "description": ""}])
    go(run, "ingest", "make_plan", "adopt")
    assert_paired(tmp_path)


def test_a_failed_step_may_be_run_again_as_a_run_of_its_own(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    with pytest.raises(OSError, match="full"):
        go(run, "build", fails=OSError("full"))
    go(run, "build", "audit", "publish")
    assert_paired(tmp_path)


# ---------------------------------------------------------------- facets


def test_built_tables_carry_schema_and_column_lineage(tmp_path: Path) -> None:
    go(run_in(tmp_path), *STEPS)
    build = next(
        event
        for event in events(tmp_path)
        if event.get("eventType") == "COMPLETE" and event["job"]["name"] == "credit.run.build"
    )
    outputs = {output["name"]: output["facets"] for output in build["outputs"]}
    dishonesty = outputs["marts.dishonesty_records"]
    assert "fine_yuan" in {field["name"] for field in dishonesty["schema"]["fields"]}
    source = dishonesty["columnLineage"]["fields"]["fine_yuan"]["inputFields"][0]
    assert (source["name"], source["field"]) == ("raw.administrative_penalty", "fine_yuan")


def test_every_rule_is_a_job_event_with_its_source_code(tmp_path: Path) -> None:
    go(run_in(tmp_path), *STEPS)
    jobs = {e["job"]["name"]: e["job"] for e in events(tmp_path) if "job" in e and "run" not in e}
    assert (
        "select * from final"
        in jobs["credit.model.open.red_list"]["facets"]["sourceCode"]["sourceCode"]
    )


def test_every_raw_table_is_a_dataset_event_with_its_schema(tmp_path: Path) -> None:
    go(run_in(tmp_path), *STEPS)
    datasets = {e["dataset"]["name"]: e["dataset"] for e in events(tmp_path) if "dataset" in e}
    assert len(datasets) == 19
    assert datasets["raw.objection"]["facets"]["schema"]["fields"]


def test_the_audit_tells_what_it_asked_and_what_it_found(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    run.audit_result = AuditResult(
        refusals=(),
        approved=(),
        warnings=(),
        results=(expectation("subject_id", True), expectation("city_code", False)),
        dbt_tests=0,
        seconds=0,
        report_folder=tmp_path,
    )
    go(run, *STEPS)
    audit = next(
        event
        for event in events(tmp_path)
        if event.get("eventType") == "COMPLETE" and event["job"]["name"] == "credit.run.audit"
    )
    assertions = audit["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [(a["column"], a["success"]) for a in assertions] == [
        ("subject_id", True),
        ("city_code", False),
    ]


def expectation(column: str, success: bool) -> ExpectationResult:
    return ExpectationResult(
        table="marts.red_list",
        type="expect_column_values_to_not_be_null",
        column=column,
        rule="",
        clause="5",
        severity="error",
        sentence={"zh": "", "en": ""},
        success=success,
        rows=1,
        unexpected=0,
        error=None,
    )


def test_every_event_names_its_schema_and_its_producer(tmp_path: Path) -> None:
    go(run_in(tmp_path), *STEPS)
    for event in events(tmp_path):
        assert event["schemaURL"].startswith("https://openlineage.io/spec/")
        assert event["producer"].startswith("urn:credit-zhejiang:")
        if "run" in event:  # the library's own model refuses what it would not accept
            event_v2.Run(runId=event["run"]["runId"])
            assert event["eventType"] in {state.value for state in event_v2.RunState}


# ---------------------------------------------------------------- the endpoint


@pytest.fixture
def endpoint() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    heard: list[dict[str, Any]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Be quiet."""

    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    server.server_close()


def test_events_go_to_the_endpoint_and_to_the_file(
    tmp_path: Path, endpoint: tuple[str, list[dict[str, Any]]]
) -> None:
    url, heard = endpoint
    go(run_in(tmp_path, openlineage_url=url), *STEPS)
    assert heard == events(tmp_path)


def test_an_endpoint_that_is_down_costs_no_run_and_is_asked_once(tmp_path: Path) -> None:
    run = run_in(tmp_path, openlineage_url="http://127.0.0.1:9")
    go(run, *STEPS)
    assert_paired(tmp_path)
