"""The release as an asset: what was published, with digests and changes."""

from collections.abc import Sequence
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    BackfillPolicy,
    MaterializeResult,
    MetadataValue,
    TableColumn,
    TableRecord,
    TableSchema,
    asset,
)

from orchestration.defs.audit import table_key
from orchestration.defs.instance import WRITER_POOL
from orchestration.defs.jobs import PUBLISH
from orchestration.defs.raw import code_reference
from orchestration.defs.record import RELEASE_KEY
from orchestration.defs.warehouse import Warehouse
from orchestration.errors import WrongArguments
from orchestration.marts import MartTable
from orchestration.parquet import pattern
from orchestration.publish.manifest import Manifest
from orchestration.publish.store import ReleaseStore
from orchestration.settings import PROJECT_FOLDER


def release_asset(tables: Sequence[MartTable]) -> AssetsDefinition:
    """The release, downstream of every published table."""

    @asset(
        key=RELEASE_KEY,
        deps=sorted({table_key(table) for table in tables}),
        description="发布：部门产品与公开产品，原子切换 · The release: gov and open product, "
        "swapped in at once.",
        group_name="release",
        kinds={"duckdb", "parquet", "csv"},
        owners=["team:public_credit_centre"],
        tags={"layer": "release"},
        metadata=code_reference(
            PROJECT_FOLDER / "orchestration" / "publish" / "release.py", "publication"
        ),
        backfill_policy=BackfillPolicy.single_run(),
        pool=WRITER_POOL,
    )
    def release(context: AssetExecutionContext, warehouse: Warehouse) -> MaterializeResult[Any]:
        with warehouse.step() as run:
            if run.audit_result is None:
                raise WrongArguments(
                    f"nothing was audited in this run; launch the whole job {PUBLISH}"
                )
            run.publish()
            published = run.published
            assert published is not None  # noqa: S101
            warehouse.conclude(context, "published" if published.is_new else "unchanged")
        return MaterializeResult(
            metadata={
                **_facts(published.manifest),
                "is_new": published.is_new,
                "is_current": published.is_current,
                "path": MetadataValue.path(run.home.releases / published.manifest.release_id),
                "tables": _tables(run.store, published.manifest),
            }
        )

    return release


def _facts(manifest: Manifest) -> dict[str, Any]:
    return {
        "release_id": manifest.release_id,
        "as_of_date": manifest.as_of_date.isoformat(),
        "previous_release_id": manifest.previous_release_id or "–",
        "code_version": manifest.code_version,
        "input_digest": manifest.input_digest,
        "dagster/row_count": sum(entry.rows for entry in manifest.tables),
    }


def _tables(store: ReleaseStore, manifest: Manifest) -> MetadataValue[Any]:
    """Table by table: rows, digest, and what changed against the previous release."""
    changes = _changes(store, manifest)
    kinds = ("added", "changed", "removed")
    return MetadataValue.table(
        records=[
            TableRecord(
                {
                    "table": entry.label,
                    "rows": entry.rows,
                    **{kind: changes.get(entry.label, {}).get(kind, 0) for kind in kinds},
                    "content_digest": entry.content_digest,
                }
            )
            for entry in manifest.tables
        ],
        schema=TableSchema(
            columns=[
                TableColumn("table"),
                TableColumn("rows", "int"),
                *(TableColumn(kind, "int") for kind in kinds),
                TableColumn("content_digest"),
            ]
        ),
    )


def _changes(store: ReleaseStore, manifest: Manifest) -> dict[str, dict[str, int]]:
    """Rows by kind of change per ``product.table``, from the release's own ``changes/``."""
    import duckdb

    folder = store.folder(manifest.release_id) / "changes"
    if not any(folder.glob("*.parquet")):
        return {}
    with duckdb.connect() as connection:
        counted = connection.execute(
            "select parse_filename(filename, true), change_kind, count(*)"
            " from read_parquet($files, hive_partitioning = false, union_by_name = true,"
            " filename = true)"
            " group by all",
            {"files": f"{pattern(folder)}/*.parquet"},
        ).fetchall()
    found: dict[str, dict[str, int]] = {}
    for label, kind, count in counted:
        found.setdefault(label, {})[kind] = count
    return found
