"""The raw zone as assets: one per catalogue item, one partition per delivery date.

One op takes in everything; what it records are the (item, delivery date) pairs that received
files, and no others: an event for every item and day would cost more than the work.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    CodeReferencesMetadataValue,
    DailyPartitionsDefinition,
    FreshnessPolicy,
    LocalFileCodeReference,
    MetadataValue,
    Output,
    TableColumn,
    TableRecord,
    TableSchema,
    multi_asset,
)

from orchestration.catalogue import Catalogue, Item
from orchestration.catalogue.dbt_sources import both_languages
from orchestration.catalogue.load import CATALOGUE_FOLDER
from orchestration.catalogue.model import Column, Label
from orchestration.catalogue.run_tables import RUN_TABLE_DESCRIPTIONS, RUN_TABLES
from orchestration.defs.deliveries import PartitionFacts, partition_facts
from orchestration.defs.duty import Duty, duties
from orchestration.defs.instance import WRITER_POOL
from orchestration.defs.record import RELEASE_KEY, nothing_to_record
from orchestration.defs.warehouse import Warehouse
from orchestration.pipeline import Run
from orchestration.settings import Settings

TIME_ZONE = "Asia/Shanghai"
RAW_GROUP = "raw"


# Native freshness knows no working calendar: seven working days are at most eleven days without a
# holiday. The check `delivered_in_time` counts exactly.
_FRESHNESS = FreshnessPolicy.time_window(fail_window=timedelta(11), warn_window=timedelta(9))
_DUTY_SCHEMA = TableSchema(
    columns=[
        TableColumn("unit"),
        TableColumn("last_delivery"),
        TableColumn("working_days_since"),
        TableColumn("late", "bool"),
    ]
)


def raw_key(name: str) -> AssetKey:
    """The asset of a table of schema ``raw``."""
    return AssetKey(["raw", name])


def delivery_dates(settings: Settings) -> DailyPartitionsDefinition:
    """One partition per delivery date, today's included."""
    return DailyPartitionsDefinition(
        start_date=settings.first_delivery_date.isoformat(), timezone=TIME_ZONE, end_offset=1
    )


def table_schema(columns: tuple[Column, ...]) -> TableSchema:
    """Columns as Dagster shows them."""
    return TableSchema(
        columns=[
            TableColumn(
                name=column.name,
                type=column.sql_type.lower(),
                description=both_languages(column.description),
                tags={"sensitivity": column.sensitivity.value},
            )
            for column in columns
        ]
    )


def item_spec(item: Item, catalogue: Catalogue, dates: DailyPartitionsDefinition) -> AssetSpec:
    """The raw asset of an item. Owners are the units that agreed to deliver it."""
    units = [a.unit_code for a in catalogue.agreements if a.item_code == item.item_code]
    path = CATALOGUE_FOLDER / "items" / f"{item.item_code}.yml"
    return AssetSpec(
        raw_key(item.item_code),
        description=f"{item.title.zh} · {item.title.en}. {item.description}\n\n{item.legal_ground}",
        group_name=RAW_GROUP,
        kinds={"parquet", "duckdb"},
        skippable=True,
        owners=[f"team:{unit}" for unit in units],
        tags={"layer": "raw", "item": item.item_code},
        partitions_def=dates,
        freshness_policy=_FRESHNESS,
        metadata={
            "dagster/column_schema": table_schema(item.raw_columns),
            "dagster/table_name": f"raw.{item.item_code}",
            "clauses": ", ".join(str(clause) for clause in item.clauses),
            **code_reference(path, f"catalogue: {item.item_code}"),
        },
    )


def code_reference(path: Path, label: str) -> dict[str, object]:
    """Where the truth about an asset is written."""
    reference = LocalFileCodeReference(file_path=str(path), line_number=1, label=label)
    return {
        "dagster/code_references": CodeReferencesMetadataValue(code_references=[reference]),
    }


def raw_zone(catalogue: Catalogue, settings: Settings) -> AssetsDefinition:
    """The ingest: every item's asset in one op, a range of dates in one run."""
    dates = delivery_dates(settings)

    checks = {code: _duty_check(code) for code in catalogue.items}

    @multi_asset(
        name="raw_zone",
        description="接收报送文件，入库或隔离 · Takes deliveries into the raw zone, or sets aside.",
        specs=[item_spec(item, catalogue, dates) for item in catalogue.items.values()],
        check_specs=list(checks.values()),
        backfill_policy=BackfillPolicy.single_run(),
        pool=WRITER_POOL,
    )
    def ingest(
        context: AssetExecutionContext, warehouse: Warehouse
    ) -> Iterator[Output[None] | AssetCheckResult]:
        asked = _asked_partitions(context)
        with warehouse.step() as run:
            warehouse.restrict(run, asked)
            run.ingest()
            found = _facts(run, asked)
            warehouse.settle_as_of(run)
            due = _duties(run)
            is_settled = _is_whole(context) and warehouse.is_settled(context)
        known = set(dates.get_partition_keys())
        for facts in found:
            if facts.delivery_date.isoformat() in known:
                context.log_event(_materialization(facts))
        for code, check in checks.items():
            yield _duty_result(check, [duty for duty in due if duty.item_code == code])
        if is_settled:
            return  # without outputs nothing downstream is done
        for key in sorted(context.selected_asset_keys):
            yield nothing_to_record(key)

    return ingest


def _is_whole(context: AssetExecutionContext) -> bool:
    """Whether the run was started to end in a release."""
    selection = context.run.asset_selection
    return not selection or RELEASE_KEY in selection


def _asked_partitions(context: AssetExecutionContext) -> tuple[date, date] | None:
    """The first and last delivery date that the run was launched for."""
    if not context.has_partition_key_range and not context.has_partition_key:
        return None
    asked = context.partition_key_range
    return date.fromisoformat(asked.start), date.fromisoformat(asked.end)


def _facts(run: Run, asked: tuple[date, date] | None) -> list[PartitionFacts]:
    """What is recorded: what this run read, and every partition it was asked for.

    A backfill waits for each partition that it asked for, so those without files are recorded
    as having none.
    """
    readings = run.ingest_report.files if run.ingest_report is not None else ()
    wanted = {
        (reading.entry.item_code, reading.entry.delivery_date)
        for reading in readings
        if reading.entry.item_code is not None and reading.entry.delivery_date is not None
    }
    found = partition_facts(run.home, wanted, asked)
    if asked is None:
        return found
    days = [asked[0] + timedelta(n) for n in range((asked[1] - asked[0]).days + 1)]
    there = {(facts.item_code, facts.delivery_date) for facts in found}
    return found + [
        PartitionFacts.none(code, day)
        for day in days
        for code in run.catalogue.items
        if (code, day) not in there
    ]


def _duties(run: Run) -> list[Duty]:
    allowed = run.settings.parameters.report_working_days
    return duties(run.home, run.catalogue, run.as_of or run.today, allowed)


def _duty_check(item_code: str) -> AssetCheckSpec:
    return AssetCheckSpec(
        "delivered_in_time",
        asset=raw_key(item_code),
        description="各单位在七个工作日内报送 · Every unit that agreed to deliver did so within "
        "seven working days (the setting report_working_days).",
    )


def _duty_result(check: AssetCheckSpec, due: list[Duty]) -> AssetCheckResult:
    late = [duty for duty in due if duty.is_late]
    records = [
        TableRecord(
            {
                "unit": duty.unit_code,
                "last_delivery": duty.last_delivery.isoformat() if duty.last_delivery else "–",
                "working_days_since": "–" if duty.working_days is None else duty.working_days,
                "late": duty.is_late,
            }
        )
        for duty in due
    ]
    return AssetCheckResult(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=not late,
        severity=AssetCheckSeverity.WARN,
        metadata={
            "units": len(due),
            "late": len(late),
            "never_delivered": sum(duty.last_delivery is None for duty in due),
            "duties": MetadataValue.table(records=records, schema=_DUTY_SCHEMA),
        },
    )


def _materialization(facts: PartitionFacts) -> AssetMaterialization:
    return AssetMaterialization(
        asset_key=raw_key(facts.item_code),
        partition=facts.delivery_date.isoformat(),
        metadata={
            "files": facts.files,
            "files_refused": facts.files_refused,
            "bytes": facts.bytes,
            "rows_delivered": facts.rows_delivered,
            "dagster/partition_row_count": facts.rows_loaded,
            "rows_loaded": facts.rows_loaded,
            "rows_quarantined": facts.rows_quarantined,
            "rows_dropped": facts.rows_dropped,
            "faults": facts.faults,
            "units": ", ".join(facts.units),
        },
    )


def run_table_specs(catalogue: Catalogue) -> list[AssetSpec]:
    """The three tables that a build prepares from the ledger: no op of their own makes them."""
    items = [raw_key(code) for code in catalogue.items]
    return [
        AssetSpec(
            raw_key(name),
            deps=[] if name == "run_parameters" else items,
            description=_text(RUN_TABLE_DESCRIPTIONS[name]),
            group_name=RAW_GROUP,
            kinds={"duckdb"},
            tags={"layer": "raw"},
            metadata={
                "dagster/column_schema": table_schema(columns),
                "dagster/table_name": f"raw.{name}",
            },
        )
        for name, columns in RUN_TABLES.items()
    ]


def _text(label: Label) -> str:
    return both_languages(label)
