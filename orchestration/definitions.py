"""The one place where everything meets Dagster."""

from __future__ import annotations

from dagster import Definitions, definitions, in_process_executor

import orchestration.telemetry  # noqa: F401  no part may phone home
from orchestration.catalogue import load_catalogue
from orchestration.defs.audit import audit_checks
from orchestration.defs.jobs import publish_job
from orchestration.defs.manifest import load_manifest
from orchestration.defs.models import Graph, dbt_models
from orchestration.defs.raw import raw_zone, run_table_specs
from orchestration.defs.release import release_asset
from orchestration.defs.schedules import daily_release
from orchestration.defs.sensors import sensors
from orchestration.defs.shares import share_jobs
from orchestration.defs.warehouse import Warehouse
from orchestration.marts import load_mart_tables
from orchestration.settings import Settings


def compose(settings: Settings) -> Definitions:
    """All assets, checks, jobs, schedules and sensors over the home of ``settings``."""
    catalogue, tables = load_catalogue(), load_mart_tables()
    graph = Graph(load_manifest(settings))
    return Definitions(
        assets=[
            raw_zone(catalogue, settings),
            *run_table_specs(catalogue),
            dbt_models(graph),
            release_asset(tables),
        ],
        asset_checks=[audit_checks(tables)],
        jobs=[publish_job(settings.max_run_seconds), *share_jobs(settings)],
        schedules=[daily_release(settings)],
        sensors=sensors(settings),
        resources={"warehouse": Warehouse.configure_at_launch()},
        executor=in_process_executor,
    )


@definitions
def defs() -> Definitions:
    """What Dagster loads: the definitions over the home of the environment."""
    return compose(Settings())
