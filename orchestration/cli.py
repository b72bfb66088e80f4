"""The console script ``credit``. Names and exit codes are those of interface.md.

Messages for people go to standard error; with ``--json`` one JSON object goes to standard output.
Everything heavy is imported by the command that needs it.
"""

from __future__ import annotations

import logging
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

import orchestration.telemetry  # noqa: F401 - imported is switched off
from orchestration.arguments import (
    AsOfOption,
    HomeOption,
    JsonOption,
    LandingOption,
    as_date,
    print_json,
    settings_of,
    store_of,
)
from orchestration.errors import CreditError, WrongArguments
from orchestration.failures import machine_fault, told_plainly
from orchestration.releases_cli import releases_app

app = typer.Typer(
    name="credit",
    help="疫情防控公共信用数据仓库 · the public-credit data warehouse.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
quarantine_app = typer.Typer(help="Rows that were set aside, with reasons.", no_args_is_help=True)
app.add_typer(releases_app, name="releases")
app.add_typer(quarantine_app, name="quarantine")
audit_log_app = typer.Typer(help="Who looked natural persons up.", no_args_is_help=True)
app.add_typer(audit_log_app, name="audit-log")


@app.command()
def run(
    landing: LandingOption = None,
    home: HomeOption = None,
    as_of: AsOfOption = None,
    engine: Annotated[
        str | None, typer.Option(help="What builds the models: duckdb (the default) or spark.")
    ] = None,
    approve_removals: Annotated[
        str | None, typer.Option(metavar="REASON", help="Why the lists may shrink this much.")
    ] = None,
    site: Annotated[
        bool | None, typer.Option("--site/--no-site", help="Whether to make the open web site.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Ingest what is new, build, audit, publish."""
    from orchestration import runner, screens
    from orchestration.pipeline import Run
    from orchestration.progress import Notes, Told

    if engine not in {None, "duckdb", "spark"}:
        raise WrongArguments(f"--engine {engine} is unknown; expected duckdb or spark")
    this = Run(
        settings=settings_of(home, landing, with_site=site, engine=engine),
        as_of=as_of,
        approve_removals=approve_removals,
        progress=Notes() if as_json else Told(),
    )
    try:
        with told_plainly("the run"):
            runner.execute(this)
    except CreditError as error:
        if as_json:
            print_json(this.report(error))
        raise
    if as_json:
        print_json(this.report())
    else:
        screens.show_run(this)


@app.command("ingest-worker")
def ingest_worker(
    share: Annotated[str, typer.Option(metavar="I/N", help="Which share: 2/8 is one of eight.")],
    landing: LandingOption = None,
    home: HomeOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read one share of what is new; with one on each of N hosts, the next run builds at once."""
    from orchestration.catalogue import load_catalogue
    from orchestration.home import Home
    from orchestration.ingest.shares import Share, ingest_share
    from orchestration.pipeline import today
    from orchestration.progress import Notes, Told

    settings, chosen = settings_of(home, landing), Share.of(share)
    if settings.landing is None:
        raise WrongArguments("which landing zone? give --landing or CREDIT_LANDING")
    progress = Notes() if as_json else Told()
    with told_plainly("the worker"):
        report = ingest_share(
            settings.landing.absolute(),
            Home(settings.home.absolute()),
            settings,
            load_catalogue(),
            as_of or today(),
            chosen,
            progress.count,
        )
    for warning in report.warnings:
        progress.note(warning)
    done = {
        "share": share,
        "files": len(report.files),
        "unchanged": report.unchanged,
        "rows": sum(reading.entry.rows_delivered for reading in report.files),
    }
    if as_json:
        print_json(done)
    else:
        told = "share {share}: {files:,} files with {rows:,} rows read, {unchanged:,} known"
        print(told.format(**done), file=sys.stderr)


@app.command()
def demo(home: HomeOption = None) -> None:
    """Make demo deliveries, run them, publish, and say where to look next."""
    from orchestration.demo.command import run_demo

    run_demo(settings_of(home))


@app.command("demo-feeds")
def demo_feeds(
    out: Annotated[Path, typer.Option(help="The landing zone to write.")],
    enterprises: Annotated[int, typer.Option(min=1)] = 2000,
    days: Annotated[int, typer.Option(min=1)] = 40,
    start: Annotated[date, typer.Option(parser=as_date, metavar="DATE")] = date(2020, 2, 1),
    seed: int = 20200214,
    dirty: Annotated[float, typer.Option(min=0.0, max=1.0)] = 0.0,
) -> None:
    """Write a landing zone of every item in the agreed formats; same arguments, same bytes."""
    from orchestration.demo.feeds import write_demo_feeds

    summary = write_demo_feeds(
        out, enterprises=enterprises, days=days, start=start, seed=seed, dirty=dirty
    )
    print(
        f"{summary.files:,} files with {summary.rows:,} rows in {summary.out}, the newest of"
        f" {summary.last_delivery}; {summary.dirty_rows:,} rows carry a defect, and"
        f" {sum(summary.faulty_files.values())} files are to be refused",
        file=sys.stderr,
    )


@app.command()
def check(landing: LandingOption = None, as_json: JsonOption = False) -> None:
    """Read the deliveries, load nothing, print every fault per unit; exit 1 if there is any."""
    from orchestration import screens
    from orchestration.catalogue import load_catalogue
    from orchestration.ingest.check import check as check_landing
    from orchestration.ingest.landing import future_line
    from orchestration.pipeline import today
    from orchestration.progress import Notes, Told

    settings = settings_of(None, landing)
    if settings.landing is None:
        raise WrongArguments("which landing zone? give --landing or CREDIT_LANDING")
    if not settings.landing.is_dir():
        raise WrongArguments(f"the landing zone {settings.landing} is not there, or is no folder")
    progress = Notes() if as_json else Told()
    found = check_landing(
        settings.landing.absolute(), settings, load_catalogue(), today(), progress.count
    )
    if as_json:
        print_json(found.to_json())
    else:
        screens.show_check(found)
    for folder in found.future_folders:
        progress.note(future_line(folder))
    if not found.is_clean:
        raise typer.Exit(1)


@app.command()
def explain(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="A subject_id or record_id.")],
    home: HomeOption = None,
    as_of: AsOfOption = None,
    reason: Annotated[str | None, typer.Option(help="Why a person is looked up.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Every published statement about a subject or record, and where it came from."""
    from orchestration.explain import explain as explain_identifier
    from orchestration.explain.screen import show_explanation

    explanation = explain_identifier(settings_of(home), identifier, as_of=as_of, reason=reason)
    if as_json:
        print_json(explanation)
    else:
        show_explanation(explanation)


@app.command("subject-key")
def subject_key(
    home: HomeOption = None,
    reason: Annotated[str | None, typer.Option(help="Why the person is looked up.")] = None,
) -> None:
    """Read an identity kind and number from standard input, print the person's subject_id."""
    from orchestration.explain.persons import subject_key_of

    print(subject_key_of(settings_of(home), sys.stdin, reason))


@app.command()
def ui(
    home: HomeOption = None,
    landing: LandingOption = None,
    port: Annotated[int, typer.Option(min=0, max=65535)] = 3000,
) -> None:
    """The Dagster web interface over the same home."""
    from orchestration import runner

    runner.serve(settings_of(home, landing), port)


@app.command()
def sql(
    file: Annotated[Path | None, typer.Argument(help="A file of SQL statements.")] = None,
    home: HomeOption = None,
    command: Annotated[
        str | None, typer.Option("--command", "-c", metavar="SQL", help="The statements to run.")
    ] = None,
    product: Annotated[str, typer.Option(help="gov or open.")] = "open",
    release: Annotated[
        str | None, typer.Option(metavar="ID", help="Another release than the current one.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
) -> None:
    """Ask a release in SQL, read-only: at a prompt, from a file, or with -c."""
    from orchestration import sql as analysts

    if product not in {"gov", "open"}:
        raise WrongArguments(f"--product {product} is unknown; expected gov or open")
    if form not in {"table", "csv", "json"}:
        raise WrongArguments(f"--format {form} is unknown; expected table, csv or json")
    chosen: Any = product
    with analysts.session(store_of(home), chosen, release) as opened:
        text = analysts.text_of(file, command)
        if text is None:
            analysts.prompt(opened, form)  # type: ignore[arg-type]
        else:
            analysts.run_text(opened, text, form, sys.stdout)  # type: ignore[arg-type]


# ----------------------------------------------------------------- query log


@audit_log_app.command("verify")
def audit_log_verify(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check the chain of the query log; exit 1 if a line was removed, changed or cut off."""
    from orchestration.explain.query_log import count_entries, verify_log

    chosen = store_of(home).home
    problems = verify_log(chosen)
    lines = count_entries(chosen)
    if as_json:
        print_json({"lines": lines, "is_whole": not problems, "problems": problems})
    for problem in problems:
        print(f"query log: {problem}", file=sys.stderr)
    if problems:
        raise typer.Exit(1)
    print(f"the query log is whole: {lines} lines, each follows the one before", file=sys.stderr)


# ---------------------------------------------------------------- quarantine


@quarantine_app.command("list")
def quarantine_list(
    home: HomeOption = None, as_of: AsOfOption = None, as_json: JsonOption = False
) -> None:
    """How many rows are set aside, by unit, item, fault and field, with reasons."""
    from dataclasses import asdict

    from orchestration import screens
    from orchestration.catalogue import load_catalogue
    from orchestration.ingest.engine import open_connection
    from orchestration.ingest.quarantine import quarantine_counts
    from orchestration.pipeline import today

    folder, settings = store_of(home).home, settings_of(home)
    with open_connection(settings, folder.work / "quarantine-spill") as connection:
        counts = quarantine_counts(connection, folder.folder, load_catalogue(), as_of or today())
    if as_json:
        print_json({"quarantine": [asdict(count) for count in counts]})
    else:
        screens.show_quarantine(counts)


@quarantine_app.command("export")
def quarantine_export(
    home: HomeOption = None,
    as_of: AsOfOption = None,
    out: Annotated[
        Path | None, typer.Option(help="The CSV file to write; without it, to standard output.")
    ] = None,
) -> None:
    """Write every fault of every row set aside as CSV that is safe in a spreadsheet program."""
    from orchestration.catalogue import load_catalogue
    from orchestration.ingest.engine import open_connection
    from orchestration.ingest.quarantine import export_quarantine
    from orchestration.pipeline import today

    folder, settings = store_of(home).home, settings_of(home)
    with open_connection(settings, folder.work / "quarantine-spill") as connection:
        count = export_quarantine(
            connection, folder.folder, load_catalogue(), as_of or today(), out
        )
    print(f"{count} faults written to {out or 'standard output'}", file=sys.stderr)


def main() -> None:
    """Run the command line; every expected error is one line and its exit code."""
    # What is tolerated on the way (an endpoint that is down) is for the logs of services.
    logging.getLogger("orchestration").setLevel(logging.ERROR)
    # That a step which had nothing to do has no checks, Dagster says for every one.
    logging.getLogger("dagster._core.execution.plan.active").setLevel(logging.ERROR)
    try:
        # A command that leaves early (typer.Exit) has its code returned here, not raised.
        sys.exit(app(standalone_mode=False) or 0)
    except CreditError as error:
        _say(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("credit: interrupted", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        if hasattr(error, "format_message"):
            error.show()  # type: ignore[attr-defined]
            sys.exit(2)
        fault = machine_fault(error)
        if fault is None:
            raise
        _say(f"failed: {fault}")
        sys.exit(1)


def _say(line: str) -> None:
    """One line; the names of files in it can do nothing to a terminal."""
    from orchestration.screens import harmless

    print(f"credit: {harmless(line)}", file=sys.stderr)
