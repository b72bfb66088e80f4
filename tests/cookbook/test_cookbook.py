"""The cookbook has answers, the ways of connecting work, the notebook runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.publish.store import ReleaseStore
from orchestration.sql import session

DOCS = Path(__file__).parents[2] / "docs"
COOKBOOK = (DOCS / "cookbook.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(
    r"^### (\d+\. .*?)$(?:(?!^###).)*?^```sql (\w+)\n(.*?)^```", COOKBOOK, re.M | re.S
)
CONNECT = (DOCS / "connect.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", CONNECT, re.M | re.S)
SHELL = re.findall(r"^```sh\n(duckdb .*?)^```", CONNECT, re.M | re.S)
NOTEBOOK = DOCS / "notebooks" / "epidemic_credit.ipynb"


def test_every_numbered_question_has_its_sql() -> None:
    numbered = re.findall(r"^### (\d+)\.", COOKBOOK, re.M)
    assert [title.split(".")[0] for title, _, _ in QUESTIONS] == numbered
    assert numbered == [str(number) for number in range(1, len(numbered) + 1)]
    assert len(numbered) >= 20


@pytest.mark.parametrize(
    ("product", "sql"), [question[1:] for question in QUESTIONS], ids=[q[0] for q in QUESTIONS]
)
def test_a_question_has_an_answer(demo_store: ReleaseStore, product: str, sql: str) -> None:
    assert product in {"gov", "open"}
    with session(demo_store, product) as opened:  # type: ignore[arg-type]
        answers = [(answer.columns, list(answer.rows)) for answer in opened.answers(sql)]
    assert len(answers) == 1
    columns, rows = answers[0]
    assert rows, "the demo deliveries give this question no row"
    assert len(set(columns)) == len(columns)


# The first snippet resolves the release; each of the others stands alone after it.
@pytest.mark.parametrize("snippet", SNIPPETS[1:], ids=lambda text: text.split("\n")[0])
def test_a_way_of_connecting_works(demo_home: Path, snippet: str, tmp_path: Path) -> None:
    package = re.findall(r"^(?:import|from) (\w+)", snippet, re.M)[0]
    pytest.importorskip(package)
    done = subprocess.run(
        [sys.executable, "-c", SNIPPETS[0] + snippet],
        env={"CREDIT_HOME": str(demo_home), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        cwd=tmp_path,
        text=True,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.splitlines()) > 1


def test_the_page_has_the_example_of_the_command_line() -> None:
    assert len(SHELL) == 1


@pytest.mark.parametrize("snippet", SHELL)
def test_the_command_line_of_duckdb_reads_a_release(demo_home: Path, snippet: str) -> None:
    done = subprocess.run(
        ["sh", "-c", snippet],
        env={"CREDIT_HOME": str(demo_home), "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
        text=True,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert [grade for grade in "ABCD" if f" {grade} " in done.stdout], done.stdout


@pytest.mark.parametrize("product", ["gov", "open"])
def test_polars_reads_the_rows_that_duckdb_reads(demo_store: ReleaseStore, product: str) -> None:
    import duckdb
    import polars

    current = demo_store.current()
    assert current is not None
    folder, manifest = current
    tables = [table for table in manifest.tables if table.product == product]
    assert sum(table.rows for table in tables) > 500
    for table in tables:
        path = folder / table.path
        wanted = duckdb.read_parquet(str(path))
        frame = polars.scan_parquet(path).collect()
        assert frame.columns == wanted.columns
        assert frame.rows() == wanted.fetchall(), table.path


def test_the_notebook_runs_and_plots(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("CREDIT_HOME", str(demo_home))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    plots = [o for o in outputs if "image/png" in o.get("data", {})]
    assert len(plots) >= 3
    assert not [o for o in outputs if o.output_type == "error"]


def test_the_notebook_as_committed_names_no_machine() -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    homes = "|".join(f"/{name}/" for name in ("home", "root", "tmp", "work"))
    assert not re.search(rf'"[^"\n]*({homes})', text)
