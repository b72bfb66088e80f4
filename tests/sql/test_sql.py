"""``credit sql``: a release for analysts, read-only, and nothing beyond it."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from orchestration import sql
from orchestration.cli import main
from orchestration.errors import WrongArguments
from orchestration.home import Home
from orchestration.marts import load_mart_tables
from orchestration.publish.store import ReleaseStore
from orchestration.sql import Session, completer, run_text, session, text_of
from tests.publish.builds import listed, release

FORMULA = "=cmd|' /C calc'!A0"
REVERSED = "\u202e司公"


def made_home(folder: Path) -> Home:
    rows = [listed("甲有限公司", 1), listed(FORMULA, 2), listed(REVERSED, 3)]
    made = Home(folder)
    release(made, {"open.dishonesty": rows}, tables=load_mart_tables())
    return made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Read by every test that makes no release of its own."""
    return made_home(tmp_path_factory.mktemp("sql") / "home")


@pytest.fixture
def opened(home: Home) -> Iterator[Session]:
    with session(ReleaseStore(home), "open") as made:
        yield made


def answer(opened: Session, text: str, form: sql.Format = "table") -> str:
    out = io.StringIO()
    run_text(opened, text, form, out)
    return out.getvalue()


def test_tables_need_no_schema_and_codebooks_are_beside_them(opened: Session) -> None:
    rows = [list(a.rows) for a in opened.answers("select count(*) from dishonesty; from units")]
    assert rows == [[(3,)], []]


@pytest.mark.parametrize(
    "text",
    [
        "insert into dishonesty (record_id) values ('x')",
        "create table mine (i int)",
        "create temp table mine as from read_csv('{outside}')",
        "from read_csv('{outside}')",
        "copy dishonesty to '{outside}'",
        "attach '{outside}.duckdb'",
        "load httpfs",
        "set enable_external_access = true",
        "select * from nowhere",
        "selct",
    ],
)
def test_nothing_is_written_and_no_other_file_is_read(
    opened: Session, tmp_path: Path, text: str
) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n")
    with pytest.raises(WrongArguments, match="the query fails"):
        answer(opened, text.format(outside=outside))
    assert outside.read_text() == "a\n1\n"
    assert not (tmp_path / "outside.csv.duckdb").exists()


def test_csv_is_safe_in_a_spreadsheet_and_json_is_faithful(opened: Session) -> None:
    query = "select subject_name from dishonesty order by record_id"
    assert answer(opened, query, "csv").splitlines() == [
        "subject_name",
        "甲有限公司",
        f"'{FORMULA}",
        REVERSED,
    ]
    lines = [json.loads(line) for line in answer(opened, query, "json").splitlines()]
    assert [line["subject_name"] for line in lines] == ["甲有限公司", FORMULA, REVERSED]


def test_a_screen_shows_disguised_names_as_they_are_written(opened: Session) -> None:
    shown = answer(opened, "select subject_name from dishonesty")
    assert "\u202e" not in shown and "\\u{202e}" in shown


def test_a_long_answer_is_cut_on_a_screen_only(opened: Session) -> None:
    assert "the first 200 rows" in answer(opened, "from range(201)")
    assert len(answer(opened, "from range(201)", "csv").splitlines()) == 202


def test_a_session_stays_on_its_release_while_a_new_one_appears(tmp_path: Path) -> None:
    home = made_home(tmp_path / "home")
    with session(ReleaseStore(home), "open") as opened:
        first = opened.release_id
        release(home, {"open.dishonesty": []})
        assert ReleaseStore(home).current_id() == "20200301-2" != first
        assert [list(a.rows) for a in opened.answers("select count(*) from dishonesty")] == [[(3,)]]
    with session(ReleaseStore(home), "open") as opened:
        assert [list(a.rows) for a in opened.answers("select count(*) from dishonesty")] == [[(0,)]]


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("from dish", "dishonesty"),
        ("from open.dish", "open.dishonesty"),
        ("from codebooks.un", "codebooks.units"),
        ("select document_", "document_no"),
    ],
)
def test_the_prompt_completes_tables_and_columns(
    opened: Session, typed: str, completed: str
) -> None:
    found = completer(opened).get_completions(Document(typed), None)  # type: ignore[arg-type]
    assert completed in {completion.text for completion in found}


def test_the_prompt_answers_tells_errors_and_leaves(
    opened: Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import prompt_toolkit

    with create_pipe_input() as pipe:
        real = prompt_toolkit.PromptSession
        monkeypatch.setattr(
            prompt_toolkit,
            "PromptSession",
            lambda **given: real(**given, input=pipe, output=DummyOutput()),
        )
        pipe.send_text(
            ".tables\r.columns dishonesty\r.columns nothing\r"
            "select\r17 * 3;\rselct;\r.help\r.quit\r"
        )
        sql.prompt(opened, "table")
    told = capsys.readouterr()
    for expected in ("open.dishonesty", "authority_unit_name", "51", ".columns TABLE"):
        assert expected in told.out
    assert "no table nothing" in told.err and "the query fails" in told.err


def test_statements_come_from_an_option_a_file_or_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "question.sql"
    file.write_text("\ufeffselect 1", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO("select 2"))
    assert text_of(file, None) == "select 1"
    assert text_of(None, "select 3") == "select 3"
    assert text_of(None, None) == "select 2"
    with pytest.raises(WrongArguments, match=r"missing\.sql cannot be read"):
        text_of(tmp_path / "missing.sql", None)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["-c", "select 1"], 0),
        (["-c", "selct"], 2),
        (["--product", "secret", "-c", "select 1"], 2),
        (["--format", "xml", "-c", "select 1"], 2),
        (["--release", "20990101-1", "-c", "select 1"], 2),
    ],
)
def test_the_command_leaves_with_its_exit_code(
    home: Home, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int
) -> None:
    monkeypatch.setattr("sys.argv", ["credit", "sql", "--home", os.fspath(home.folder), *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    assert (left.value.code or 0) == code
