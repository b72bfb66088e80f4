"""A small valid build for the tests of the audit: every table has rows, every rule holds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from pydantic import SecretStr

from orchestration.audit.project import BATCH, DATASOURCE, RESULT_FORMAT, stored_suites
from orchestration.audit.result import ExpectationResult
from orchestration.audit.run import opened, suite_results
from orchestration.build import BuildResult
from orchestration.catalogue import load_catalogue
from orchestration.demo.feeds import write_demo_feeds
from orchestration.home import Home
from orchestration.pipeline import Run
from orchestration.settings import Settings

AUDITED_SCHEMAS = ("raw", "codebooks", "marts", "open")


def valid_build(folder: Path) -> tuple[Path, BuildResult]:
    """Made-up deliveries, ingested and built; the audited schemas alone, as plain tables."""
    landing, home = folder / "landing", Home(folder / "home")
    write_demo_feeds(landing, enterprises=200, days=20, dirty=0.03)
    settings = Settings(home=home.folder, landing=landing, person_key=SecretStr("a key for tests"))
    run = Run(settings)
    with home.held():
        run.ingest()
        deliver_honour_and_shame(home, landing)
        run.ingest()
        run.make_plan()
        run.build()
    assert run.build_result is not None
    database = folder / "valid.duckdb"
    copy_tables(home.build_database, database)
    return database, run.build_result


def deliver_honour_and_shame(home: Home, landing: Path) -> None:
    """An award to one evaluated enterprise, a severe listing of another: no scene of the demo."""
    loaded = home.raw / "items" / "enterprise_register" / "**" / "*.loaded.parquet"
    (awarded,), (listed,) = duckdb.sql(
        f"select distinct uscc from '{loaded}' where register_status = '存续'"
        " and uscc like '91%' order by uscc limit 2"
    ).fetchall()
    deliver(
        landing / "2020-12-30" / "health",
        "administrative_award",
        document_no="浙奖〔2020〕99号",
        awarded_on="2020-06-01",
        authority_name="浙江省商务厅",
        authority_level="省级",
        is_epidemic="是",
        enterprise_name="某某公司",
        uscc=awarded,
    )
    deliver(
        landing / "2020-12-30" / "development_reform",
        "severe_dishonesty_determination",
        determination_no="浙认〔2020〕99号",
        enterprise_name="某某公司",
        uscc=listed,
        ground_code="G2",
        decision_date="2020-12-01",
        signed_by_head="是",
        notified_on="2020-11-01",
        defence_handled="无陈述申辩",
        months="12",
    )


def deliver(folder: Path, item_code: str, **row: str) -> None:
    """One more file with one row; the unit has agreed to csv in utf-8 for the item."""
    item = load_catalogue().items[item_code]
    headers = {field.name: header for header, field in item.headers.items()}
    folder.mkdir(parents=True, exist_ok=True)
    lines = [",".join(headers[name] for name in row), ",".join(row.values())]
    path = folder / f"{item_code}__more.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def copy_tables(source: Path, target: Path) -> None:
    """What the audit reads of a build, as tables that a test can change."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{source}' as build (read_only)")
        # Small blocks: the file is copied once per mutation.
        connection.execute(f"attach '{target}' as small (block_size 16384)")
        for schema in AUDITED_SCHEMAS:
            connection.execute(f"create schema small.{schema}")
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_catalog = 'build' and table_schema in ?",
            [list(AUDITED_SCHEMAS)],
        ).fetchall()
        for schema, name in tables:
            connection.execute(
                f'create table small."{schema}"."{name}" as select * from build."{schema}"."{name}"'
            )


class Judge:
    """Great Expectations over changed copies of the valid build, one expectation at a time."""

    def __init__(self, valid: Path, folder: Path, context: Any) -> None:
        self._valid = valid
        self._changed = folder / "changed.duckdb"
        self._context = context
        self._expectations = {
            (table, one["meta"]["rule"]): one
            for table, suite in stored_suites().items()
            for one in suite
        }

    def judge(self, table: str, rule: str, change: str) -> ExpectationResult:
        """What the expectation says of a build with this change, which must change something."""
        import great_expectations as gx

        datasource = self._context.data_sources.get(DATASOURCE)
        datasource.close()
        shutil.copyfile(self._valid, self._changed)
        with duckdb.connect(str(self._changed)) as connection:
            changed = connection.execute(change).fetchall()
        assert not changed or changed[0][0] > 0, f"changes nothing: {change}"
        datasource.use(self._changed, {})
        batch = datasource.get_asset(table).get_batch_definition(BATCH).get_batch()
        suite = gx.ExpectationSuite(name=table, expectations=[self._expectations[table, rule]])
        return suite_results(table, batch.validate(suite, result_format=RESULT_FORMAT))[0]


@contextmanager
def judging(valid: Path, folder: Path) -> Iterator[Judge]:
    """A judge over copies in ``folder``."""
    with opened(valid) as context:
        yield Judge(valid, folder, context)
