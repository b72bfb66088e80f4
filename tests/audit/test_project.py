"""`expectations/` is a Great Expectations project: complete, readable, open to GX's own tools."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.audit import completeness, project, suites
from orchestration.audit.project import stored_suites
from orchestration.audit.suites import PROJECT, audited_columns, build_suites
from orchestration.catalogue import load_catalogue
from orchestration.marts import load_mart_tables

ROOT = Path(__file__).resolve().parents[2]


def test_the_stored_project_is_up_to_date() -> None:
    stale = [str(path.relative_to(PROJECT)) for path in project.out_of_date()]
    assert stale == [], "run python -m orchestration.audit"


def test_every_table_of_a_release_and_every_item_has_a_suite() -> None:
    published = {f"{table.schema_name}.{table.name}" for table in load_mart_tables()}
    items = {f"raw.{code}" for code in load_catalogue().items}
    assert published | items <= set(stored_suites())
    assert all(stored_suites().values()), "a suite without expectations promises nothing"
    assert list(completeness.suite_gaps()) == []


def test_a_table_without_a_suite_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = stored_suites()
    stored["marts.nothing"] = stored.pop("marts.red_list")
    monkeypatch.setattr(completeness, "stored_suites", lambda: stored)
    assert list(completeness.suite_gaps()) == [
        "marts.red_list has no suite in expectations/suites",
        "the suite marts.nothing is of no table",
    ]


def test_every_expectation_says_what_it_means() -> None:
    for table, expectations in stored_suites().items():
        rules = [one["meta"]["rule"] for one in expectations]
        assert len(rules) == len(set(rules)), table
        for one in expectations:
            meta = one["meta"]
            assert re.fullmatch(r"[a-z0-9_]+", meta["rule"]), (table, meta)
            assert meta["clause"] and meta["severity"] in {"error", "warning"}
            assert re.search(r"[\u4e00-\u9fff].*。$", meta["sentence"]["zh"]), (table, meta)
            assert re.search(r"[A-Za-z].*\.$", meta["sentence"]["en"]), (table, meta)
            native = {"error": "critical", "warning": "warning"}[meta["severity"]]
            assert one["severity"] == native


def test_what_concerns_persons_and_sums_is_of_error_severity() -> None:
    for table, expectations in stored_suites().items():
        for one in expectations:
            if re.search("person|identity|conserv|exactly|every_loaded", one["meta"]["rule"]):
                assert one["meta"]["severity"] == "error", (table, one["meta"]["rule"])


def test_every_open_table_is_searched_for_persons_or_holds_only_counts() -> None:
    counts_only = {
        "evaluation_summary", "social_order_statistics", "unit_scorecard", "repair_service_level",
        "clause_coverage", "release_info",
    }  # fmt: skip
    for name, expectations in stored_suites().items():
        schema, _, table = name.partition(".")
        if schema == "open" and table not in counts_only:
            queries = [one["kwargs"].get("unexpected_rows_query", "") for one in expectations]
            assert "holds_identity_number" in " ".join(queries), name
    columns = audited_columns()
    for table in counts_only:
        assert not {"subject_id", "subject_name", "record_id"} & set(columns[f"open.{table}"])


def test_an_expectation_added_by_hand_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stored = stored_suites()
    added = {**stored["marts.red_list"][0], "id": "by hand"}
    added["meta"] = {**added["meta"], "rule": "added", "by_hand": True}
    forgotten = {**stored["marts.red_list"][0], "id": "of a rule that is no more"}
    stored["marts.red_list"] += [added, forgotten]
    monkeypatch.setattr(project, "stored_suites", lambda: stored)
    written = json.loads(project.project_files()[project.suite_path("marts.red_list")])
    assert written["expectations"] == [*build_suites()["marts.red_list"], added]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("nothing:\n  - {rule: a, clause: '1', zh: 一, en: A, unexpected_rows: x}", "no table"),
        ("red_list:\n  - {rule: a, clause: '1', zh: 一, en: A}", "exactly one of"),
        ("red_list:\n  - {rule: a, zh: 一, en: A, unexpected_rows: x}", "needs rule, clause"),
        (
            "red_list:\n  - {rule: columns, clause: '1', zh: 一, en: A, unexpected_rows: x}",
            "two rules",
        ),
    ],
)
def test_a_wrong_rule_is_named(
    rule: str, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "marts.yml").write_text(rule, encoding="utf-8")
    monkeypatch.setattr(suites, "RULES", tmp_path)
    suites._rules.cache_clear()
    try:
        with pytest.raises(ValueError, match=message):
            build_suites()
    finally:
        suites._rules.cache_clear()


OPEN_WITH_GX = """
import json, orchestration.audit.engine
import great_expectations as gx
context = gx.get_context(context_root_dir="expectations")
result = context.checkpoints.get("release").run()
print(json.dumps({
    "mode": context.mode,
    "suites": len(list(context.suites.all())),
    "analytics": context.variables.analytics_enabled,
    "ran": len(result.run_results),
    "expectations": sum(len(one.results) for one in result.run_results.values()),
    "docs": context.variables.data_docs_sites,
}))
"""


def test_the_project_opens_with_the_tools_of_great_expectations(valid: Path) -> None:
    """As a user would: a context over the folder, the checkpoint run; nothing is written there."""
    before = {path: path.stat().st_mtime_ns for path in PROJECT.rglob("*") if path.is_file()}
    done = subprocess.run(
        [sys.executable, "-c", OPEN_WITH_GX],
        cwd=ROOT,
        env={**os.environ, "CREDIT_BUILD_DATABASE": str(valid)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said == {
        "mode": "file",
        "suites": len(audited_columns()),
        "analytics": False,
        "ran": len(audited_columns()),
        "expectations": sum(map(len, stored_suites().values())),
        "docs": {},
    }
    assert done.stderr == "", "no progress bar, no warning"
    after = {path: path.stat().st_mtime_ns for path in PROJECT.rglob("*") if path.is_file()}
    assert after == before


@pytest.mark.parametrize(
    ("share", "part", "is_refused"),
    [("1.0000", "9999999999999999.99", False), ("0.5000", "9999999999999999.99", True)],
)
def test_the_share_of_loans_is_judged_at_the_greatest_amounts(
    share: str, part: str, is_refused: bool
) -> None:
    (query,) = (
        one["kwargs"]["unexpected_rows_query"]
        for one in stored_suites()["marts.credit_loan_summary"]
        if one["meta"]["rule"] == "share_is_that_of_the_amounts"
    )
    summary = (
        f"(select '3301' as city_code, cast({share} as decimal(5, 4)) as credit_loan_share,"
        " cast('9999999999999999.99' as decimal(18, 2)) as amount_yuan,"
        f" cast('{part}' as decimal(18, 2)) as credit_loan_amount_yuan)"
    )
    found = duckdb.sql(query.replace("{batch}", summary)).fetchall()
    assert bool(found) is is_refused
