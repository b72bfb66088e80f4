"""The audit as blocking checks: what it refuses is never released.

Each published table has the check ``audit`` (its expectations); ``release_info`` has ``gate``
besides, which fails with every line that the audit refuses the release for: broken dbt rules,
lists that shrink, rows that are not conserved.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    MetadataValue,
    multi_asset_check,
)

from orchestration.defs.instance import WRITER_POOL
from orchestration.defs.jobs import PUBLISH
from orchestration.defs.warehouse import Warehouse
from orchestration.errors import AuditRefused, WrongArguments
from orchestration.marts import MartTable

GATE_TABLE = "marts.release_info"


def table_key(table: MartTable) -> AssetKey:
    """The asset of a published table."""
    return AssetKey([table.schema_name, table.name])


def audit_checks(tables: Sequence[MartTable]) -> AssetChecksDefinition:
    """The audit over every published table, in one op."""
    audited = {f"{table.schema_name}.{table.name}": table_key(table) for table in tables}
    specs = [
        AssetCheckSpec(
            "audit",
            asset=key,
            blocking=True,
            description="发布前审核 · Great Expectations over the built table.",
        )
        for key in audited.values()
    ]
    gate = AssetCheckSpec(
        "gate",
        asset=audited[GATE_TABLE],
        blocking=True,
        description="发布闸口：拒绝发布的全部理由 · Every reason to refuse the release.",
    )

    @multi_asset_check(
        name="audit",
        description="发布前审核，不通过则不发布 · Judges the build before anyone sees it.",
        specs=[*specs, gate],
        pool=WRITER_POOL,
    )
    def audit(
        context: AssetCheckExecutionContext, warehouse: Warehouse
    ) -> Iterator[AssetCheckResult]:
        refused: AuditRefused | None = None
        with warehouse.step() as run:
            if run.build_result is None:
                raise WrongArguments(
                    f"nothing was built in this run; launch the whole job {PUBLISH}"
                )
            try:
                run.audit()
            except AuditRefused as error:
                refused = error
            result = run.audit_result
            assert result is not None  # noqa: S101
        for name, key in audited.items():
            yield _table_result(key, [r for r in result.results if r.table == name])
        yield AssetCheckResult(
            asset_key=gate.asset_key,
            check_name=gate.name,
            passed=refused is None,
            severity=AssetCheckSeverity.ERROR,
            metadata={
                "refusals": _lines(result.refusals),
                "approved": _lines(result.approved),
                "warnings": _lines(result.warnings),
            },
        )
        if refused is not None:
            with warehouse.step():
                raise refused

    return audit


def _table_result(key: AssetKey, results: Sequence[Any]) -> AssetCheckResult:
    failed = [result for result in results if not result.success]
    errors = [result for result in failed if result.severity == "error"]
    return AssetCheckResult(
        asset_key=key,
        check_name="audit",
        passed=not failed,
        severity=AssetCheckSeverity.ERROR if errors else AssetCheckSeverity.WARN,
        metadata={
            "expectations": len(results),
            "failed": _lines(
                f"{result.type} {result.column or ''} ({result.severity})" for result in failed
            ),
        },
    )


def _lines(lines: Iterable[str]) -> MetadataValue[Any]:
    return MetadataValue.md("\n".join(f"* {line}" for line in lines) or "–")
