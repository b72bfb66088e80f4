"""From a published line back to the row of the file, with the rule, the reason and the history."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.errors import WrongArguments
from orchestration.explain import explain
from orchestration.explain.query_log import log_path
from orchestration.explain.score import score_arithmetic
from orchestration.explain.screen import show_explanation
from orchestration.explain.wording import known_dispositions
from orchestration.home import Home
from orchestration.marts import load_mart_tables
from orchestration.publish.products import literal, literals
from orchestration.settings import Settings
from tests.explain.builds import BAD, FIRST, GOOD, PERSON, SECOND, two_releases

DOCUMENT_1 = f"administrative_penalty:market_regulation:浙罚1号|{BAD}"
DOCUMENT_2 = f"administrative_penalty:market_regulation:浙罚2号|{BAD}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return two_releases(tmp_path_factory.mktemp("explain"))


def ask(home: Home, identifier: str, **given: Any) -> dict[str, Any]:
    return explain(Settings(home=home.folder), identifier, **given)


def of_table(explanation: dict[str, Any], table: str) -> list[dict[str, Any]]:
    return [one for one in explanation["statements"] if one["table"] == table]


# ---------------------------------------------------------------- statements


@pytest.mark.parametrize("subject", [GOOD, BAD, PERSON])
def test_every_statement_has_its_rule_clause_article_and_the_row_behind_it(
    home: Home, subject: str
) -> None:
    explanation = ask(home, subject, as_of=FIRST)
    assert explanation["statements"]
    for statement in explanation["statements"]:
        assert statement["clause"] in range(1, 11), statement["table"]
        assert re.search("[一-鿿]", statement["rule"]) and statement["article"]
        assert statement["sources"], statement["table"]
        for source in statement["sources"]:
            assert source["source_file"].startswith("2020-03-01/")
            assert source["source_row"] >= 2
            assert re.fullmatch("[0-9a-f]{64}", source["sha256"])
            assert source["delivery_date"] == date(2020, 3, 1)


def test_every_list_grade_and_point_of_a_subject_is_there(home: Home) -> None:
    tables = {one["table"] for one in ask(home, GOOD)["statements"]}
    assert tables >= {
        "gov.subjects",
        "gov.red_list",
        "gov.positive_records",
        "gov.enterprise_evaluation",
        "gov.evaluation_contributions",
        "gov.credit_archive",
        "open.red_list",
    }


def test_a_statement_names_the_clause_of_its_own_row(home: Home) -> None:
    kinds = {
        one["values"]["kind"]: one["clause"]
        for one in of_table(ask(home, GOOD), "gov.positive_records")
    }
    assert kinds == {"direct_donation": 4, "commendation": 5}
    assert of_table(ask(home, PERSON), "gov.dishonesty_records")[0]["clause"] == 2


def test_derived_columns_say_their_rule(home: Home) -> None:
    row = of_table(ask(home, BAD), "gov.dishonesty_records")[0]
    assert "特别严重" in row["column_rules"]["severity"]


def test_a_score_rests_on_the_register_and_on_every_record_that_weighs(home: Home) -> None:
    evaluation = of_table(ask(home, BAD), "gov.enterprise_evaluation")[0]
    items = {source["item_code"] for source in evaluation["sources"]}
    assert items == {"enterprise_register", "regular_indicator", "administrative_penalty"}


def test_a_record_shows_the_lists_that_rest_on_it(home: Home) -> None:
    record = f"commendation:government_office:浙政发1号|{GOOD}"
    tables = {one["table"] for one in ask(home, record)["statements"]}
    assert tables >= {"gov.positive_records", "gov.red_list", "open.red_list"}


def test_a_source_says_how_its_subject_was_matched(home: Home) -> None:
    source = of_table(ask(home, GOOD), "gov.red_list")[0]["sources"][0]
    assert source["match_method"] == "uscc"
    assert "in the register" in source["matched"]


# ---------------------------------------------------------------- not used


def test_what_is_not_used_says_why_in_words(home: Home) -> None:
    found = {
        (one["record_id"].rsplit(":", 1)[1].split("|")[0], one["disposition"]): one
        for one in ask(home, BAD, as_of=FIRST)["not_used"]
    }
    assert set(found) == {("浙罚1号", "duplicate"), ("浙罚3号", "not_final")}
    assert "第十一条" in found["浙罚3号", "not_final"]["reason"]
    assert found["浙罚1号", "duplicate"]["source_file"].endswith("again.csv")


def test_an_incomplete_procedure_names_what_is_missing(home: Home) -> None:
    refused = ask(home, GOOD)["not_used"][0]
    assert refused["detail"] == "signature,notice,defence"
    assert "负责人签署" in refused["reason"]


def test_every_disposition_has_words() -> None:
    table = next(t for t in load_mart_tables() if t.label == "gov.record_disposition")
    column = next(c for c in table.columns if c.name == "disposition")
    assert set(column.accepted_values) - known_dispositions() == set()


# ---------------------------------------------------------------- the score


@pytest.mark.parametrize("as_of", [FIRST, SECOND])
@pytest.mark.parametrize("subject", [GOOD, BAD])
def test_the_lines_sum_to_the_published_score(home: Home, subject: str, as_of: date) -> None:
    score = ask(home, subject, as_of=as_of)["score"]
    assert score["sums_to_score"]
    assert score["score"] == score["published_score"]
    assert score["score"] == sum(dimension["clamped"] for dimension in score["dimensions"])


def test_the_arithmetic_names_records_points_and_ranges(home: Home) -> None:
    lines = {
        line["indicator_code"]: line
        for dimension in ask(home, GOOD)["score"]["dimensions"]
        for line in dimension["indicators"]
    }
    assert [record["record_id"] for record in lines["E01"]["records"] if record["record_id"]] == [
        "direct_donation:civil_affairs:D1",
        "direct_donation:civil_affairs:D2",
    ]
    assert lines["E01"]["points"] == 20
    assert lines["B02"]["points"] == 200
    assert "2012-02-29" in lines["B01"]["why"] and "8 full years" in lines["B01"]["why"]


def test_an_arithmetic_that_does_not_sum_says_so(home: Home, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "changed.duckdb")) as connection:
        path = home.current.resolve() / "gov" / "credit.duckdb"
        connection.execute(f"attach '{path}' as published (read_only)")
        connection.execute("attach ':memory:' as gov; create schema gov.marts")
        connection.execute("create schema gov.codebooks")
        for name in ("subjects", "evaluation_contributions"):
            connection.execute(f"create table gov.marts.{name} as from published.marts.{name}")
        for name in ("evaluation_indicators", "evaluation_dimensions"):
            connection.execute(
                f"create table gov.codebooks.{name} as from published.codebooks.{name}"
            )
        connection.execute(
            "create table gov.marts.enterprise_evaluation as select * replace (score + 1 as score)"
            " from published.marts.enterprise_evaluation"
        )
        arithmetic = score_arithmetic(connection, GOOD)
    assert arithmetic is not None and not arithmetic["sums_to_score"]


# ---------------------------------------------------------------- the history


def test_what_changed_between_releases_is_told_with_the_reason(home: Home) -> None:
    history = ask(home, BAD)["history"]
    assert [step["release_id"] for step in history] == ["20200630-1"]
    changes = {(one["table"], one["change"], *one["key"].values()) for one in history[0]["changes"]}
    assert ("gov.dishonesty_records", "removed", DOCUMENT_1) in changes
    assert ("open.dishonesty", "removed", DOCUMENT_1) in changes
    why = "\n".join(history[0]["why"])
    assert "新到记录" in why and "2020-05-06/market_regulation" in why
    assert "2020-03-31 → 2020-06-30" in why


def test_a_change_names_the_old_and_the_new_value(home: Home) -> None:
    changes = ask(home, BAD)["history"][0]["changes"]
    evaluation = next(one for one in changes if one["table"] == "gov.enterprise_evaluation")
    assert evaluation["old"]["override_reason"] == "severe_dishonesty_list"
    assert evaluation["new"]["override_reason"] is None
    assert evaluation["old"]["score"] < evaluation["new"]["score"]


def test_a_change_of_the_day_alone_is_told_as_such(home: Home) -> None:
    step = ask(home, GOOD)["history"][0]
    assert not any("新到记录" in why for why in step["why"])
    assert any("2020-03-31 → 2020-06-30" in why for why in step["why"])


def test_an_earlier_day_shows_what_was_said_then_and_what_became_of_it(home: Home) -> None:
    then = ask(home, BAD, as_of=FIRST)
    assert then["release_id"] == "20200331-1"
    assert {row["values"]["record_id"] for row in of_table(then, "gov.dishonesty_records")} == {
        DOCUMENT_1,
        DOCUMENT_2,
    }
    assert then["history"][0]["release_id"] == "20200630-1"


def test_a_day_between_releases_is_answered_by_the_one_before(home: Home) -> None:
    assert ask(home, BAD, as_of=date(2020, 4, 15))["release_id"] == "20200331-1"


def test_a_day_before_every_release_is_a_wrong_argument(home: Home) -> None:
    with pytest.raises(WrongArguments, match="2019-01-01"):
        ask(home, BAD, as_of=date(2019, 1, 1))


# ---------------------------------------------------------------- identifiers, query log


def test_an_unknown_identifier_is_a_wrong_argument(home: Home) -> None:
    with pytest.raises(WrongArguments, match="knows no subject or record"):
        ask(home, "91330000000000000X")


@pytest.mark.parametrize(
    "identifier",
    [
        "' or 1=1; drop table gov.marts.subjects --",
        "commendation:x:' or ''='",
        "\\' or 1=1 --",
        "a\0' or 1=1 --",
        "',chr(0),'",
        "$1",
        "",
        os.fsdecode(b"a\xe9b"),
    ],
)
def test_a_hostile_identifier_is_only_an_unknown_one(home: Home, identifier: str) -> None:
    with pytest.raises(WrongArguments, match="knows no subject or record"):
        ask(home, identifier)


@given(st.lists(st.text(alphabet=st.sampled_from("'\"\\\0\n;-$%甲a")) | st.text(), min_size=1))
def test_a_constant_is_the_text_it_was_made_from(values: list[str]) -> None:
    with duckdb.connect() as connection:
        rows = " union all ".join(
            f"select {position}, {literal(value)}" for position, value in enumerate(values)
        )
        assert sorted(connection.execute(rows).fetchall()) == list(enumerate(values))
        for value in values:
            found = connection.execute(f"select {literal(value)} in {literals(values)}")
            assert found.fetchall() == [(True,)]


def test_an_explanation_imports_neither_pandas_nor_arrow(home: Home) -> None:
    code = (
        "import sys; from orchestration.cli import app; app(standalone_mode=False);"
        " print(sorted({'pandas', 'pyarrow', 'numpy'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "explain", BAD, "--json", "--home", str(home.folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["history"]
    assert done.stderr == "[]\n"


def logged(home: Home) -> list[dict[str, Any]]:
    try:
        lines = log_path(home).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines]


def test_looking_a_person_up_is_on_record_with_its_reason(home: Home) -> None:
    before = len(logged(home))
    ask(home, PERSON, reason="异议核查")
    ask(home, "social_order_case:public_security:杭认1号", reason="复核")
    assert [(one["subject_id"], one["reason"]) for one in logged(home)[before:]] == [
        (PERSON, "异议核查"),
        (PERSON, "复核"),
    ]


def test_looking_for_a_person_who_is_not_there_is_on_record_too(home: Home) -> None:
    before = len(logged(home))
    with pytest.raises(WrongArguments):
        ask(home, "P-" + "f" * 32)
    assert len(logged(home)) == before + 1


def test_looking_an_organisation_up_is_not(home: Home) -> None:
    before = len(logged(home))
    ask(home, GOOD)
    assert len(logged(home)) == before


def test_people_see_statements_arithmetic_refusals_and_history(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    show_explanation(ask(home, BAD))
    shown = re.sub(r"\s", "", capsys.readouterr().err)
    for expected in ("gov.dishonesty_records", "N02", "published:", "Notused", "∵"):
        assert expected in shown
