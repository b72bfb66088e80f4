"""The baseline `assembled`: the same assets, put together as the stack's documentation shows them.

An asset for every item, dbt's command line as a resource, a Great Expectations validation of every
published table through pandas, and the executor that starts a process for every step. It reads
what the plain baseline reads. DuckDB lets one process write, so steps run one at a time.

``python -m tests.bench.assembled FOLDER`` materialises all of it; FOLDER holds ``plain`` (of
``write_plain``), and ``manifest.json`` of the dbt project.
"""

import json
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from dagster import (
    AssetCheckResult,
    AssetChecksDefinition,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSelection,
    DagsterInstance,
    Definitions,
    asset,
    asset_check,
    define_asset_job,
    execute_job,
    multiprocess_executor,
    reconstructable,
)
from dagster_dbt import DbtCliResource, dbt_assets

from orchestration.catalogue import load_catalogue
from orchestration.ingest.values import sql_text
from orchestration.marts import DBT_FOLDER, MartTable, load_mart_tables
from tests.bench.plain import QUIET, TOLD, read_item

if TYPE_CHECKING:
    import pandas as pd
    from dagster import JobDefinition

# Every process of a run finds its folder by it.
FOLDER = "CREDIT_BENCH_ASSEMBLED"


def _folder() -> Path:
    return Path(os.environ[FOLDER])


def _database() -> Path:
    return _folder() / "build.duckdb"


def _raw_asset(name: str) -> AssetsDefinition:
    @asset(key=["raw", name], group_name="raw")
    def table() -> None:
        item = load_catalogue().items.get(name)
        plain = _folder() / "plain"
        source = (
            read_item(item, plain / "landing")
            if item is not None
            else f"from read_parquet({sql_text(str(plain / name))})"
        )
        with duckdb.connect(str(_database()), config=QUIET) as connection:
            connection.execute("create schema if not exists raw")
            connection.execute(f"create or replace table raw.{name} as {source}")

    return table


@cache
def _models() -> AssetsDefinition:
    @dbt_assets(manifest=_folder() / "manifest.json", exclude="resource_type:unit_test")
    def models(context: AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
        yield from dbt.cli(["build"], context=context).stream()

    return models


def _keys() -> dict[str, AssetKey]:
    """By the quoted name of a relation, the asset that makes it."""
    nodes = json.loads((_folder() / "manifest.json").read_bytes())["nodes"]
    made = ((spec.key, nodes[spec.metadata["dagster_dbt/unique_id"]]) for spec in _models().specs)
    return {f'"{node["schema"]}"."{node["alias"]}"': key for key, node in made}


def problems(table: MartTable, rows: "pd.DataFrame") -> list[str]:
    """What a suite finds wrong with a published table: its columns, its key."""
    import great_expectations as gx
    from great_expectations import expectations as gxe

    context = gx.get_context(mode="ephemeral")
    batch = (
        context.data_sources.add_pandas("pandas")
        .add_dataframe_asset(table.name)
        .add_batch_definition_whole_dataframe("all")
        .get_batch({"dataframe": rows})
    )
    columns = list(table.key)
    suite = gx.ExpectationSuite(
        table.name,
        expectations=[
            *(gxe.ExpectColumnToExist(column=name) for name in table.column_names),
            gxe.ExpectCompoundColumnsToBeUnique(column_list=columns)
            if len(columns) > 1
            else gxe.ExpectColumnValuesToBeUnique(column=columns[0]),
        ],
    )
    return [one.expectation_config.type for one in batch.validate(suite).results if not one.success]


def _check(table: MartTable, key: AssetKey) -> AssetChecksDefinition:
    @asset_check(asset=key, name=f"{table.product}_{table.name}_is_valid")
    def check() -> AssetCheckResult:
        with duckdb.connect(str(_database()), read_only=True, config=QUIET) as connection:
            rows = connection.execute(f"from {table.relation}").df()
        found = problems(table, rows)
        return AssetCheckResult(passed=not found, metadata={"problems": found})

    return check


def definitions() -> Definitions:
    """All of it, as ``dagster dev`` would load it."""
    keys = _keys()
    return Definitions(
        assets=[*(_raw_asset(name) for name in (*load_catalogue().items, *TOLD)), _models()],
        asset_checks=[_check(table, keys[table.relation]) for table in load_mart_tables()],
        jobs=[
            define_asset_job("all", AssetSelection.all() | AssetSelection.all_asset_checks()),
        ],
        resources={
            "dbt": DbtCliResource(
                project_dir=str(DBT_FOLDER),
                profiles_dir=str(DBT_FOLDER),
                dbt_executable=str(Path(sys.executable).with_name("dbt")),
            )
        },
        executor=multiprocess_executor.configured({"max_concurrent": 1}),
    )


def job() -> "JobDefinition":
    """The job over all assets and checks; every step's process makes it anew."""
    return definitions().resolve_job_def("all")


def main(folder: Path) -> None:
    """Materialise and check everything once, from an empty database and instance.

    Raises:
        SystemExit: a step failed, or a check did.
    """
    os.environ[FOLDER] = str(folder)
    os.environ["CREDIT_BUILD_DATABASE"] = str(_database())
    os.environ["DBT_TARGET_PATH"] = str(folder / "target")
    _database().unlink(missing_ok=True)
    (folder / "instance").mkdir(exist_ok=True)
    overrides = {"telemetry": {"enabled": False}, "nux": {"enabled": False}}
    with DagsterInstance.local_temp(str(folder / "instance"), overrides) as instance:
        result = execute_job(reconstructable(job), instance=instance)
        failed = [one.check_name for one in result.get_asset_check_evaluations() if not one.passed]
    if not result.success or failed:
        raise SystemExit(f"the assembled stack failed: {', '.join(failed) or 'see above'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
