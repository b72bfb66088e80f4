"""What the audit refuses, what it only tells, and what it never shows."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.audit import AuditResult, ExpectationResult, audit
from orchestration.audit.movement import movements
from orchestration.audit.project import stored_suites
from orchestration.build import BuildResult, NodeResult
from orchestration.home import Home
from orchestration.marts import load_mart_tables
from orchestration.publish.guard import GuardFinding, removal_findings
from orchestration.publish.manifest import Manifest, TableEntry
from orchestration.settings import Settings
from tests.audit.conftest import change, home_of

Previous = tuple[Path, Manifest]
SETTINGS = Settings()


def dbt_test(status: str, message: str = "", failures: int = 0) -> NodeResult:
    return NodeResult("test.x.some_rule", "test", "some_rule", status, failures, message, 0.1)


PASSED = BuildResult((dbt_test("pass"),))


def judge_home(
    home: Home,
    previous: Previous | None = None,
    approve: str | None = None,
    build: BuildResult = PASSED,
) -> AuditResult:
    return audit(home, build, previous=previous, settings=SETTINGS, approve_removals=approve)


def released(database: Path, folder: Path) -> Previous:
    """A release of a build as far as the audit reads it: its Parquet and its manifest."""
    folder.mkdir()
    entries = []
    with duckdb.connect(str(database), read_only=True) as connection:
        for table in load_mart_tables():
            path = f"{table.product}.{table.name}.parquet"
            rows = connection.execute(
                f"copy {table.relation} to '{folder / path}' (format parquet)"
            ).fetchall()[0][0]
            entries.append(
                TableEntry(
                    product=table.product, name=table.name, rows=rows, content_digest="",
                    path=path, bytes=0, sha256="",
                )
            )  # fmt: skip
    manifest = Manifest(
        release_id="20201230-1", as_of_date=date(2020, 12, 30), built_at=datetime(2020, 12, 30),
        previous_release_id=None, code_version="", input_digest="", tables=tuple(entries),
        files=(), parameters={},
    )  # fmt: skip
    return folder, manifest


# ---------------------------------------------------------------- a valid build


def test_a_valid_build_may_go_out(
    built: tuple[Path, BuildResult], home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    """And it does so without a word, without a trace in the file and without a handle on it."""
    before = home.build_database.read_bytes()
    result = judge_home(home, build=built[1])
    assert result.refusals == () and result.approved == ()
    summary = result.summary()
    assert summary["suites"] == len(stored_suites())
    assert summary["expectations"] == sum(map(len, stored_suites().values()))
    assert summary["dbt_tests"] > 100
    assert json.loads(json.dumps(summary)) == summary
    assert home.build_database.read_bytes() == before
    assert capfd.readouterr() == ("", "")
    change(home, "create table main.free (i int)")


def test_importing_the_audit_imports_no_great_expectations() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, orchestration.audit\n"
            "print([n for n in ('great_expectations', 'duckdb', 'jinja2') if n in sys.modules])",
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


# ---------------------------------------------------------------- what is refused


Broken = tuple[AuditResult, Home]


@pytest.fixture(scope="module")
def broken(valid: Path, tmp_path_factory: pytest.TempPathFactory) -> Broken:
    """A build broken in many ways, with values that must not be shown, and what was said of it."""
    home = home_of(valid, tmp_path_factory.mktemp("broken") / "home")
    change(
        home,
        "update marts.red_list set commendation_count = commendation_count + 1",
        "update marts.subjects set subject_name = '欧阳不可见' where subject_type = 'person'",
        "update open.role_models set summary = '不可见 11010519491231002X'",
        "update marts.enterprise_evaluation set grade = '不可见'",
        "alter table marts.credit_repair_cases rename column is_against_rules to gone",
        "drop table marts.clause_coverage",
    )
    hostile = dbt_test("error", "<script>alert(1)</script> '不可见'")
    return judge_home(home, build=BuildResult((hostile,))), home


def rows_of(home: Home, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_a_broken_promise_refuses_and_is_told_with_its_count(broken: Broken) -> None:
    result, home = broken
    rows = len(rows_of(home, "select 1 from marts.red_list"))
    told = f"(rule summary_agrees_with_the_commendations, {rows} rows break it)"
    assert any(
        line.startswith("marts.red_list:") and line.endswith(told) for line in result.refusals
    )


def test_what_cannot_be_answered_is_refused_whatever_its_severity(broken: Broken) -> None:
    result, _ = broken
    failed = {(one.table, one.rule): one for one in result.results if one.error is not None}
    warning = failed["marts.credit_repair_cases", "few_repairs_are_against_the_rules"]
    assert warning.severity == "warning" and not warning.success and warning.is_refused
    assert warning.line in result.refusals
    assert warning.line not in result.warnings
    assert "marts.credit_repair_cases: column gone is not declared" in result.refusals


def test_a_missing_table_refuses_and_the_other_suites_still_run(broken: Broken) -> None:
    result, _ = broken
    assert "marts.clause_coverage was not built" in result.refusals
    assert not [line for line in result.refusals if "was not run" in line]
    assert {one.table for one in result.results} == set(stored_suites())


def test_a_broken_promise_of_warning_severity_is_only_told(
    home: Home, monkeypatch: pytest.MonkeyPatch, known_results: list[ExpectationResult]
) -> None:
    results = [
        dataclasses.replace(one, success=one.rule != "most_rows_comply") for one in known_results
    ]
    monkeypatch.setattr("orchestration.audit.run.run_suites", lambda *_, **__: results)
    result = judge_home(home)
    assert result.refusals == ()
    assert [line.partition(":")[0] for line in result.warnings] == ["marts.unit_scorecard"]
    assert result.summary()["failed"] == 1


@pytest.mark.usefixtures("answered")
def test_a_table_that_nobody_declared_refuses(home: Home) -> None:
    change(home, "create table open.persons as select 1 as i")
    assert judge_home(home).refusals == ("open.persons was built, but is declared nowhere",)


@pytest.mark.usefixtures("answered")
def test_a_column_of_another_type_refuses(home: Home) -> None:
    change(home, "alter table open.evaluation_summary alter column enterprises type varchar")
    assert (
        "open.evaluation_summary.enterprises is VARCHAR, declared is BIGINT"
        in judge_home(home).refusals
    )


def test_an_expectation_that_was_not_run_refuses(
    home: Home, monkeypatch: pytest.MonkeyPatch, known_results: list[ExpectationResult]
) -> None:
    forgotten = known_results[0]
    monkeypatch.setattr("orchestration.audit.run.run_suites", lambda *_, **__: known_results[1:])
    assert judge_home(home).refusals == (
        f"{forgotten.table}: the expectation {forgotten.rule} was not run",
    )


@pytest.mark.usefixtures("answered")
@pytest.mark.parametrize(
    ("node", "line"),
    [
        (dbt_test("fail", "Got 3 results", 3), "dbt: some_rule finds 3 rows that must not be"),
        (
            dbt_test("error", "Could not convert string '王小明' to INT32"),
            "dbt: some_rule could not be answered (error): Could not convert string '…' to INT32",
        ),
        (dbt_test("skipped"), "dbt: some_rule could not be answered (skipped): "),
    ],
)
def test_a_broken_rule_of_dbt_refuses(home: Home, node: NodeResult, line: str) -> None:
    result = judge_home(home, build=BuildResult((dbt_test("pass"), node)))
    assert result.refusals == (line,)


@pytest.mark.usefixtures("answered")
def test_a_build_without_dbt_tests_is_refused(home: Home) -> None:
    assert judge_home(home, build=BuildResult(())).refusals == (
        "no dbt test was run over this build",
    )


# ---------------------------------------------------------------- removals and movement


@pytest.mark.usefixtures("answered")
def test_removals_are_refused_until_a_person_says_why(
    home: Home, valid: Path, tmp_path: Path
) -> None:
    previous = released(valid, tmp_path / "release")
    change(home, "delete from open.dishonesty")
    refused = judge_home(home, previous)
    assert len(refused.refusals) == 1 and refused.approved == ()
    assert refused.refusals[0].startswith("open.dishonesty loses ")
    assert refused.refusals[0].endswith("say why with --approve-removals REASON")

    assert judge_home(home, previous, approve="  ").refusals == refused.refusals

    failing = BuildResult((dbt_test("fail", failures=3),))
    approved = judge_home(home, previous, approve="the office asked for it", build=failing)
    assert len(approved.approved) == 1
    assert approved.approved[0].startswith("open.dishonesty loses ")
    assert approved.refusals == ("dbt: some_rule finds 3 rows that must not be",)


def guarded(home: Home, previous: Previous, label: str) -> GuardFinding:
    """How the removal guard sees one list of a home's build."""
    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        findings = removal_findings(connection, previous, Decimal("0.2"), 10)
    (finding,) = [one for one in findings if one.label == label]
    return finding


def assert_explained_by(
    reason: str, home: Home, previous: Previous, label: str, *leaving: str
) -> None:
    """All that left a list is lost to the guard, and nothing once the build says why."""
    change(home, *leaving)
    finding = guarded(home, previous, label)
    assert finding.lost == finding.removed > 0
    change(home, reason)
    assert guarded(home, previous, label).lost == 0


def test_what_left_by_a_correction_that_an_objection_won_is_explained(
    home: Home, valid: Path, tmp_path: Path
) -> None:
    previous = released(valid, tmp_path / "release")
    change(
        home,
        """
        create table left_now as
        select *, row_number() over () as number from open.dishonesty;
        insert into raw.objection
        select template.* replace (
            'objected' as source_file, left_now.number as source_row,
            left_now.document_no as document_no, '更正' as outcome,
            date '2020-03-01' as resolved_on)
        from (select * from raw.objection limit 1) as template, left_now;
        insert into marts.record_disposition
        select template.* replace (
            'objected' as source_file, left_now.number as source_row,
            'objection:' || left_now.number as record_id, 'used' as disposition,
            left_now.subject_id as subject_id)
        from (select * from marts.record_disposition limit 1) as template, left_now;
        delete from open.dishonesty;
        """,
    )
    finding = guarded(home, previous, "open.dishonesty")
    assert finding.removed > 10
    assert finding.lost == 0


def test_what_left_because_a_person_no_longer_consents_is_explained(
    home: Home, valid: Path, tmp_path: Path
) -> None:
    assert_explained_by(
        "update marts.record_disposition set disposition = 'no_consent'"
        " where record_id in (from left_now)",
        home,
        released(valid, tmp_path / "release"),
        "open.role_models",
        "create table left_now as select record_id from open.role_models where subject_id is null",
        "delete from open.role_models where record_id in (from left_now)",
    )


def test_case_of_a_person_that_left_with_its_document_is_explained(
    home: Home, tmp_path: Path
) -> None:
    change(home, "update open.typical_cases set subject_id = null")
    assert_explained_by(
        "update marts.dishonesty_records set repaired_on = date '2020-03-01'"
        " where document_no in (from left_now)",
        home,
        released(home.build_database, tmp_path / "release"),
        "open.typical_cases",
        "create table left_now as select document_no from open.typical_cases",
        "delete from open.typical_cases",
    )


@pytest.mark.usefixtures("answered")
def test_nothing_moved_is_nothing_told(home: Home, valid: Path, tmp_path: Path) -> None:
    result = judge_home(home, released(valid, tmp_path / "release"))
    assert result.refusals == () and not [line for line in result.warnings if " went from " in line]


def told(valid: Path, folder: Path, changes: str) -> list[str]:
    """What movement says of a build that changed since it was released."""
    previous = released(valid, folder / "release")
    database = folder / "changed.duckdb"
    database.write_bytes(valid.read_bytes())
    with duckdb.connect(str(database)) as connection:
        connection.execute(changes)
        return list(movements(connection, previous))


def test_a_jump_in_rows_is_told(valid: Path, tmp_path: Path) -> None:
    lines = told(
        valid, tmp_path, "insert into marts.positive_records select * from marts.positive_records"
    )
    assert len(lines) == 1
    before, after = map(int, re.findall(r"\d+", lines[0]))
    assert lines[0].startswith("gov.positive_records went from ") and after == 2 * before


def test_a_small_change_is_not_told(valid: Path, tmp_path: Path) -> None:
    assert told(valid, tmp_path, "delete from marts.subjects where rowid < 9") == []


def test_a_jump_in_a_fill_rate_is_told(valid: Path, tmp_path: Path) -> None:
    lines = told(valid, tmp_path, "update marts.subjects set scale = null")
    assert len(lines) == 1
    assert lines[0].startswith("gov.subjects.scale is given in 0% of the rows, it was in ")


def test_a_jump_in_a_share_of_grades_is_told(valid: Path, tmp_path: Path) -> None:
    lines = told(valid, tmp_path, "update marts.enterprise_evaluation set grade = 'A'")
    assert "grade A has 100% of the evaluated enterprises" in "\n".join(lines)
    assert any(line.startswith("grade B has 0%") for line in lines)


def test_the_first_release_moves_against_nothing(valid: Path) -> None:
    with duckdb.connect(str(valid), read_only=True) as connection:
        assert list(movements(connection, None)) == []


# ---------------------------------------------------------------- the report


def pages(result: AuditResult) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in result.report_folder.iterdir()}


def test_the_report_is_one_page_and_one_file_for_machines(broken: Broken) -> None:
    result, home = broken
    assert result.report_folder == home.work / "quality"
    assert set(pages(result)) == {"index.html", "results.json"}
    said = json.loads(pages(result)["results.json"])
    assert said["release"]["release_id"] == "20201231-1"
    assert said["summary"]["refusals"] == list(result.refusals)
    assert len(said["results"]) == len(result.results)


def test_the_report_shows_every_promise_in_both_languages(broken: Broken) -> None:
    page = pages(broken[0])["index.html"]
    for one in broken[0].results[::10]:
        for sentence in one.sentence.values():
            assert escaped(sentence) in page
    assert "不予发布" in page and "Refused" in page and "无法回答" in page


def escaped(text: str) -> str:
    from markupsafe import escape

    return str(escape(text))


def test_the_report_opens_offline_and_runs_nothing(broken: Broken) -> None:
    page = pages(broken[0])["index.html"]
    assert not re.search(r"https?:|//[a-z]|@import|url\(|\bsrc=|<link|<script", page)
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page


def test_no_value_of_a_row_is_in_the_report(broken: Broken) -> None:
    result, home = broken
    texts = "\n".join([*pages(result).values(), *result.refusals, *result.warnings])
    assert "不可见" not in texts
    shown = [
        value
        for (value,) in rows_of(
            home,
            "select subject_id from marts.subjects union select subject_name from marts.subjects"
            " union select record_id from marts.record_disposition"
            " union select document_no from marts.dishonesty_records",
        )
        if value is not None and len(str(value)) > 3 and str(value) in texts
    ]
    assert shown == []


@pytest.mark.usefixtures("answered")
def test_the_report_of_a_good_build_says_so(home: Home) -> None:
    page = pages(judge_home(home))["index.html"]
    assert "准予发布" in page and "不予发布" not in page


@pytest.mark.usefixtures("answered")
def test_a_report_replaces_the_one_before(home: Home) -> None:
    folder = home.work / "quality"
    folder.mkdir()
    (folder / "stale.html").write_text("stale", encoding="utf-8")
    assert set(pages(judge_home(home))) == {"index.html", "results.json"}
