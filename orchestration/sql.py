"""``credit sql``: the current release, read-only, for analysts.

The link ``current`` is followed once: a session stays on the release it began with, also while a
new one appears. The database is opened without access to other files or hosts, so a query can
neither change anything nor reach beyond the product.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

from orchestration.engine import NOTHING_FETCHED
from orchestration.errors import Failure, WrongArguments
from orchestration.marts import Product, load_mart_tables
from orchestration.publish.store import ReleaseStore

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from prompt_toolkit.completion import Completer

Format = Literal["table", "csv", "json"]

# What a screen shows of a long answer; csv and json show everything.
SCREEN_ROWS = 200
_FETCH_ROWS = 10_000
# A cell that begins with one of these would be a formula to a spreadsheet program.
_FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")

HELP = """\
Statements end with ; and may take several lines.
.tables            the tables, with what they hold
.columns TABLE     the columns of a table
.help              this
.quit              leave (or Ctrl-D)"""


@dataclass(frozen=True)
class Answer:
    """The result of one statement; rows are fetched as they are asked for."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


class Session:
    """One product of one release, open for reading."""

    def __init__(self, connection: DuckDBPyConnection, release_id: str, product: Product) -> None:
        """Made by `session`."""
        self._connection = connection
        self.release_id = release_id
        self.product = product
        self.tables = tuple(table for table in load_mart_tables() if table.product == product)

    def answers(self, text: str) -> Iterator[Answer]:
        """Run every statement of ``text`` in order.

        Raises:
            WrongArguments: the text is no SQL, names what is not there, or wants to write.
        """
        import duckdb

        try:
            for statement in self._connection.extract_statements(text):
                result = self._connection.execute(statement)
                names = tuple(column[0] for column in result.description or ())
                yield Answer(names, _rows(result))
        except duckdb.Error as error:
            raise WrongArguments(f"the query fails: {error}") from error

    def described(self, name: str | None = None) -> list[tuple[str, str]]:
        """The tables, or the columns of one, with their comments."""
        if name is None:
            return [
                (f"{table.schema_name}.{table.name}", table.description) for table in self.tables
            ]
        wanted = name.split(".")[-1].strip(";").lower()
        for table in self.tables:
            if table.name == wanted:
                return [(c.name, f"{c.data_type}: {c.description}") for c in table.columns]
        raise WrongArguments(f"the {self.product} product has no table {name}; .tables shows them")


def _rows(result: DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while block := result.fetchmany(_FETCH_ROWS):
        yield from block


@contextmanager
def session(
    store: ReleaseStore, product: Product, release_id: str | None = None
) -> Iterator[Session]:
    """Open a product of a release (the current one) until the block ends.

    Raises:
        WrongArguments: the home has no release, or no such one.
        Failure: the product's database cannot be read, for want of permission for one.
    """
    import duckdb

    chosen = release_id or store.current_id()
    if chosen is None:
        raise WrongArguments(f"{store.home.folder} has no release yet")
    path = store.folder(chosen) / product / "credit.duckdb"
    try:
        connection = duckdb.connect(
            str(path),
            read_only=True,
            config={**NOTHING_FETCHED, "enable_external_access": "false"},
        )
    except duckdb.Error as error:
        raise Failure(f"{path} cannot be read: {error}") from error
    with connection:
        schema = "marts" if product == "gov" else "open"
        connection.execute(f"set search_path = '{schema},codebooks'")
        connection.execute("set lock_configuration = true")
        yield Session(connection, chosen, product)


# ------------------------------------------------------------------------------ showing


def show(answer: Answer, form: Format, out: TextIO) -> None:
    """Write an answer to ``out``."""
    if form == "csv":
        _show_csv(answer, out)
    elif form == "json":
        _show_json(answer, out)
    else:
        _show_table(answer, out)


def _show_csv(answer: Answer, out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows([_safe_cell(value) for value in row] for row in answer.rows)


def _safe_cell(value: Any) -> Any:
    """A cell that no spreadsheet program takes for a formula; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def _show_json(answer: Answer, out: TextIO) -> None:
    """One JSON object a line."""
    for row in answer.rows:
        line = dict(zip(answer.columns, row, strict=True))
        out.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")


def _show_table(answer: Answer, out: TextIO) -> None:
    from itertools import islice

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from orchestration.screens import harmless

    rows = list(islice(answer.rows, SCREEN_ROWS + 1))
    table = Table()
    for name in answer.columns:
        table.add_column(Text(harmless(name)), overflow="fold")
    for row in rows[:SCREEN_ROWS]:
        table.add_row(*(Text("" if value is None else harmless(value)) for value in row))
    console = Console(file=out, highlight=False)
    console.print(table)
    if len(rows) > SCREEN_ROWS:
        print(f"the first {SCREEN_ROWS} rows; --format csv gives all", file=out)


# ------------------------------------------------------------------------------- prompt


def run_text(opened: Session, text: str, form: Format, out: TextIO) -> None:
    """Run statements and write every answer to ``out``."""
    for answer in opened.answers(text):
        if answer.columns:
            show(answer, form, out)


def words(opened: Session) -> list[str]:
    """What the prompt completes: tables with and without schema, columns, usual words of SQL."""
    names = {
        name
        for table in opened.tables
        for name in (f"{table.schema_name}.{table.name}", table.name)
    }
    columns = {name for table in opened.tables for name in table.column_names}
    usual = (
        "select from where group by order limit join left using having distinct count sum avg min"
        " max case when then else end and or not null between in like with as on desc union all"
    )
    return [*sorted(names), *sorted(columns - names), *usual.split()]


def completer(opened: Session) -> Completer:
    """Completes the words, a dot being part of one."""
    import re

    from prompt_toolkit.completion import WordCompleter

    return WordCompleter(words(opened), ignore_case=True, pattern=re.compile(r"[\w.]+"))


def prompt(opened: Session, form: Format) -> None:
    """Read statements until the end of input; an error is told, and the prompt comes back."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import InMemoryHistory

    asking: PromptSession[str] = PromptSession(
        completer=completer(opened), history=InMemoryHistory(), complete_while_typing=False
    )
    print(f"Release {opened.release_id}, {opened.product} product, read-only. .help helps.")
    pending: list[str] = []
    while True:
        try:
            line = asking.prompt("...> " if pending else f"{opened.product}> ")
        except KeyboardInterrupt:
            pending.clear()
            continue
        except EOFError:
            return
        if not pending and line.strip().startswith("."):
            if not _obey(opened, line.split()):
                return
            continue
        pending.append(line)
        if line.rstrip().endswith(";"):
            _try(opened, "\n".join(pending), form)
            pending.clear()


def _try(opened: Session, text: str, form: Format) -> None:
    try:
        run_text(opened, text, form, sys.stdout)
    except WrongArguments as error:
        print(error, file=sys.stderr)


def _obey(opened: Session, words_of_line: Sequence[str]) -> bool:
    """Do what a line with a dot says; False to leave."""
    command, *rest = words_of_line
    if command in {".quit", ".exit"}:
        return False
    if command not in {".tables", ".columns"}:
        print(HELP)
        return True
    try:
        found = opened.described(rest[0] if command == ".columns" and rest else None)
    except WrongArguments as error:
        print(error, file=sys.stderr)
    else:
        _print_pairs(found)
    return True


def _print_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    for name, text in pairs:
        print(f"{name:<40} {text}")


def text_of(file: Path | None, command: str | None) -> str | None:
    """The statements that were given: by option, by file, or on standard input; None to ask.

    Raises:
        WrongArguments: the file is not there or is no UTF-8 text.
    """
    if command is not None:
        return command
    if file is not None:
        try:
            return file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise WrongArguments(f"the file {file} cannot be read: {error}") from error
    return None if sys.stdin.isatty() else sys.stdin.read()
