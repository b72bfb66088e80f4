"""The dbt models as assets, their tests as checks; one dbt invocation builds them all.

The graph comes from the manifest by dagster-dbt's translator. The build is
`orchestration.build.build`, in this process: dagster-dbt's own resource would start dbt anew.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    MaterializeResult,
    Output,
    multi_asset,
)

from orchestration.build import BuildResult, NodeResult
from orchestration.defs.instance import WRITER_POOL
from orchestration.defs.lineage import ColumnLineage
from orchestration.defs.raw import code_reference, raw_key
from orchestration.defs.record import nothing_to_record
from orchestration.defs.warehouse import Warehouse
from orchestration.errors import WrongArguments
from orchestration.marts import DBT_FOLDER


@contextmanager
def _without_dbt() -> Iterator[None]:
    """Keep dbt out of the way of an import, unless it is there already.

    dagster-dbt imports dbt for the sake of its command line and does without where there is none.
    The translator needs only the manifest, and dbt costs more than the rest of the definitions.
    """
    if "dbt" in sys.modules:
        yield
        return
    sys.modules["dbt"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["dbt"]


with _without_dbt():
    from dagster_dbt import DagsterDbtTranslator


class Translator(DagsterDbtTranslator):
    """How a dbt resource becomes an asset: named like its relation, grouped by its schema."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        """``schema/relation``; a source is the raw asset of the same name."""
        if dbt_resource_props["resource_type"] == "source":
            return raw_key(dbt_resource_props["name"])
        return AssetKey([dbt_resource_props["schema"], dbt_resource_props["alias"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The schema."""
        return str(dbt_resource_props["schema"])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str]:
        """Who answers for it: the public-credit centre."""
        return ["team:public_credit_centre"]

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        """The layer."""
        return {"layer": str(dbt_resource_props["schema"])}

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The model's own words; the SQL is one click away, behind the code reference."""
        return " ".join(str(dbt_resource_props.get("description") or "").split())

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        """Columns with types and descriptions, the grain's key, and where the SQL is."""
        metadata = dict(super().get_metadata(dbt_resource_props))
        metadata["dagster/table_name"] = ".".join(self.get_asset_key(dbt_resource_props).path)
        if dbt_resource_props["resource_type"] == "source":
            return metadata
        key = dbt_resource_props.get("meta", {}).get("key")
        if key:
            metadata["key"] = ", ".join(key)
        path = DBT_FOLDER / Path(dbt_resource_props["original_file_path"])
        return {**metadata, **code_reference(path, dbt_resource_props["name"])}


class Graph:
    """The part of the manifest that is assets and checks."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        """Translate every seed, model and data test of ``manifest``."""
        self.manifest = manifest
        self.translator = Translator()
        nodes: Mapping[str, Mapping[str, Any]] = manifest["nodes"]
        self.specs: dict[str, AssetSpec] = {
            unique_id: self._spec(unique_id)
            for unique_id, node in sorted(nodes.items())
            if node["resource_type"] in {"model", "seed"}
        }
        self.checks: dict[str, AssetCheckSpec] = {
            unique_id: check
            for unique_id, node in sorted(nodes.items())
            if node["resource_type"] == "test" and (check := self._check(unique_id, node))
        }

    def _spec(self, unique_id: str) -> AssetSpec:
        spec = self.translator.get_asset_spec(self.manifest, unique_id, None)
        # What dagster-dbt keeps for its command line holds the whole manifest, once per asset.
        kept = {k: v for k, v in spec.metadata.items() if k != "dagster_dbt/manifest"}
        return spec.replace_attributes(metadata=kept)

    def _check(self, unique_id: str, node: Mapping[str, Any]) -> AssetCheckSpec | None:
        parents: list[str] = node["depends_on"]["nodes"]
        owner = node.get("attached_node") or (parents[0] if parents else None)
        if owner not in self.specs:
            return None
        return AssetCheckSpec(
            name=node["name"],
            asset=self.specs[owner].key,
            description=" ".join(str(node.get("description") or "").split()) or None,
            # Not blocking here: the audit judges all of them together and says why it refuses.
            blocking=False,
        )

    @cached_property
    def lineage(self) -> ColumnLineage:
        """Column lineage, which only a build needs."""
        keys: dict[str, AssetKey] = {}
        for unique_id, spec in self.specs.items():
            keys[".".join(spec.key.path)] = spec.key
            keys[str(self.manifest["nodes"][unique_id]["name"])] = spec.key
        for source in self.manifest["sources"].values():
            keys[f"raw.{source['name']}"] = raw_key(source["name"])
        return ColumnLineage(keys)

    def keys_of(self, *schemas: str) -> list[AssetKey]:
        """The assets of these schemas."""
        return [spec.key for spec in self.specs.values() if spec.key.path[0] in schemas]


def dbt_models(graph: Graph) -> AssetsDefinition:
    """Every seed, model and data test in one op."""

    @multi_asset(
        name="dbt_build",
        description="一次 dbt 构建 · One dbt invocation over the prepared build database.",
        specs=list(graph.specs.values()),
        check_specs=list(graph.checks.values()),
        backfill_policy=BackfillPolicy.single_run(),
        pool=WRITER_POOL,
    )
    def build(
        context: AssetExecutionContext, warehouse: Warehouse
    ) -> Iterator[MaterializeResult[Any] | Output[None] | AssetCheckResult]:
        with warehouse.step() as run:
            warehouse.settle_as_of(run)
            if run.make_plan() is None:
                raise WrongArguments("no delivery was ever taken: there is nothing to build")
            run.build()
            assert run.build_result is not None  # noqa: S101
        yield from _results(graph, run.build_result)

    return build


def _results(
    graph: Graph, result: BuildResult
) -> Iterator[MaterializeResult[Any] | Output[None] | AssetCheckResult]:
    """What dbt did, as events: assets in dbt's own order, each test once.

    What dbt left out, because a test before it failed, is not recorded as built; the audit comes
    next all the same, and says why it refuses.
    """
    for node in result.nodes:
        spec, check = graph.specs.get(node.unique_id), graph.checks.get(node.unique_id)
        if check is not None:
            yield _check_result(check.key, node)
        elif spec is not None and node.is_passed:
            yield MaterializeResult(asset_key=spec.key, metadata=_metadata(graph, node))
        elif spec is not None:
            yield nothing_to_record(spec.key)


def _metadata(graph: Graph, node: NodeResult) -> dict[str, Any]:
    metadata: dict[str, Any] = {"seconds": node.seconds}
    key = graph.specs[node.unique_id].key
    lineage, table = graph.lineage.of(key), graph.lineage.table_of(key)
    if lineage is not None and table is not None:
        metadata |= {"dagster/column_lineage": lineage, "columns_made_of": table}
    return metadata


def _check_result(key: AssetCheckKey, node: NodeResult) -> AssetCheckResult:
    return AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=node.status == "pass",
        severity=AssetCheckSeverity.WARN if node.status == "warn" else AssetCheckSeverity.ERROR,
        description=node.message or None,
        metadata={"status": node.status, "rows": node.failures, "seconds": node.seconds},
    )
