"""The jobs. There is one way to a release, whoever starts it."""

from __future__ import annotations

from dagster import AssetSelection, define_asset_job, in_process_executor
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition,
)

PUBLISH = "publish_release"


def publish_job(max_run_seconds: int) -> UnresolvedAssetJobDefinition:
    """Ingest, build, audit, publish: every asset and check, in one process."""
    return define_asset_job(
        PUBLISH,
        selection=AssetSelection.all(),
        description="接收、构建、审核、发布 · Ingest, build, audit, publish: `credit run`.",
        # One process: DuckDB lets in one writer, and a killed run leaves no orphan step behind.
        executor_def=in_process_executor,
        tags={"dagster/max_runtime": str(max_run_seconds)},
        owners=["team:public_credit_centre"],
    )
