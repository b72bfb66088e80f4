"""Jobs, datasets and facets of a run in OpenLineage's own models.

Datasets are named ``raw.<item>``, ``marts.<table>``, ``open.<table>`` and ``codebooks.<table>``;
jobs ``credit.run``, ``credit.run.<step>`` and, for each table's rule, ``credit.model.<table>``. No
event holds a value of a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from openlineage.client.event_v2 import (
    DatasetEvent,
    InputDataset,
    Job,
    JobEvent,
    OutputDataset,
    StaticDataset,
)
from openlineage.client.facet_v2 import (
    JobFacet,
    column_lineage_dataset,
    data_quality_assertions_dataset,
    dataset_version_dataset,
    documentation_job,
    job_type_job,
    output_statistics_output_dataset,
    schema_dataset,
    source_code_job,
)

from orchestration.catalogue import load_catalogue
from orchestration.lineage.table import LineageRow, load_lineage
from orchestration.marts import DBT_FOLDER, MartTable, load_mart_tables
from orchestration.version import code_version

if TYPE_CHECKING:
    from orchestration.audit import AuditResult
    from orchestration.publish.manifest import Manifest

NAMESPACE = "credit-zhejiang"


def producer() -> str:
    """Which code says so."""
    return f"urn:credit-zhejiang:{code_version()}"


def job(name: str, description: str, facets: dict[str, JobFacet] | None = None) -> Job:
    """A job of this project."""
    kind = job_type_job.JobTypeJobFacet(
        processingType="BATCH", integration="CREDIT", jobType="MODEL" if facets else "TASK"
    )
    words = documentation_job.DocumentationJobFacet(description=description)
    return Job(
        namespace=NAMESPACE,
        name=name,
        facets={"jobType": kind, "documentation": words, **(facets or {})},
    )


def raw_outputs() -> list[OutputDataset]:
    """The raw tables by name."""
    return [
        OutputDataset(namespace=NAMESPACE, name=f"raw.{code}") for code in load_catalogue().items
    ]


def _raw_datasets() -> list[StaticDataset]:
    """The raw tables of every item, with their typed columns."""
    return [
        StaticDataset(
            namespace=NAMESPACE,
            name=f"raw.{code}",
            facets={
                "schema": schema_dataset.SchemaDatasetFacet(
                    fields=[
                        schema_dataset.SchemaDatasetFacetFields(
                            name=column.name,
                            type=column.sql_type,
                            description=f"{column.description.zh}。{column.description.en}.",
                        )
                        for column in item.raw_columns
                    ]
                )
            },
        )
        for code, item in load_catalogue().items.items()
    ]


def raw_inputs() -> list[InputDataset]:
    """The raw tables by name."""
    return [
        InputDataset(namespace=NAMESPACE, name=f"raw.{code}") for code in load_catalogue().items
    ]


def built_tables() -> list[MartTable]:
    """The tables that models build, each once."""
    return [table for table in load_mart_tables() if table.schema_name != "codebooks"]


def built_datasets() -> list[OutputDataset]:
    """The built tables with their columns and where each column comes from."""
    return [
        OutputDataset(
            namespace=NAMESPACE,
            name=_name(table),
            facets={"schema": _schema(table), "columnLineage": _column_lineage(table)},
        )
        for table in built_tables()
    ]


def static_events(at: str) -> Iterator[JobEvent | DatasetEvent]:
    """The rules themselves: a dataset event per raw table, a job event per built table."""
    for dataset in _raw_datasets():
        yield DatasetEvent(eventTime=at, dataset=dataset, producer=producer())
    for table in built_tables():
        statement = _statement(table)
        facets: dict[str, JobFacet] = {
            "sourceCode": source_code_job.SourceCodeJobFacet(
                language="sql+jinja", sourceCode=statement
            ),
        }
        names = sorted(
            {row.source_table for row in _lineage_of(table) if row.source_table is not None}
        )
        yield JobEvent(
            eventTime=at,
            job=job(f"credit.model.{_name(table)}", table.description, facets),
            inputs=[InputDataset(namespace=NAMESPACE, name=name) for name in names],
            outputs=[OutputDataset(namespace=NAMESPACE, name=_name(table))],
            producer=producer(),
        )


def audited_datasets(audit: AuditResult | None) -> list[InputDataset]:
    """The tables that the audit looked at, each with what was asked of it and the answer."""
    by_table: dict[str, list[data_quality_assertions_dataset.Assertion]] = {}
    for result in audit.results if audit else ():
        assertion = data_quality_assertions_dataset.Assertion(
            assertion=result.type,
            success=result.success,
            column=result.column,
            severity="error" if result.severity == "error" else "warn",
        )
        by_table.setdefault(result.table, []).append(assertion)
    return [
        InputDataset(
            namespace=NAMESPACE,
            name=name,
            inputFacets={
                "dataQualityAssertions": (
                    data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
                        assertions=assertions
                    )
                )
            },
        )
        for name, assertions in sorted(by_table.items())
    ]


def published_datasets(manifest: Manifest | None) -> list[OutputDataset]:
    """The tables of a release: how many rows and bytes, and which release they are."""
    if manifest is None:
        return []
    version = dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=manifest.release_id)
    return [
        OutputDataset(
            namespace=NAMESPACE,
            name=f"release.{entry.label}",
            facets={"version": version},
            outputFacets={
                "outputStatistics": (
                    output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                        rowCount=entry.rows, size=entry.bytes, fileCount=1
                    )
                )
            },
        )
        for entry in manifest.tables
    ]


def built_inputs() -> list[InputDataset]:
    """The built tables by name."""
    return [InputDataset(namespace=NAMESPACE, name=_name(table)) for table in built_tables()]


def _name(table: MartTable) -> str:
    return f"{table.schema_name}.{table.name}"


def _schema(table: MartTable) -> schema_dataset.SchemaDatasetFacet:
    return schema_dataset.SchemaDatasetFacet(
        fields=[
            schema_dataset.SchemaDatasetFacetFields(
                name=column.name, type=column.data_type, description=column.description
            )
            for column in table.columns
        ]
    )


def _lineage_of(table: MartTable) -> list[LineageRow]:
    return [
        row
        for row in load_lineage()
        if row.schema_name == table.schema_name and row.table_name == table.name
    ]


def _column_lineage(table: MartTable) -> column_lineage_dataset.ColumnLineageDatasetFacet:
    direct = [column_lineage_dataset.Transformation(type="DIRECT", subtype="TRANSFORMATION")]
    fields: dict[str, list[column_lineage_dataset.InputField]] = {}
    for row in _lineage_of(table):
        sources = fields.setdefault(row.column_name, [])
        if row.source_table is not None and row.source_column is not None:
            sources.append(
                column_lineage_dataset.InputField(
                    namespace=NAMESPACE,
                    name=row.source_table,
                    field=row.source_column,
                    transformations=direct,
                )
            )
    return column_lineage_dataset.ColumnLineageDatasetFacet(
        fields={
            name: column_lineage_dataset.Fields(inputFields=sources)
            for name, sources in fields.items()
            if sources
        }
    )


@lru_cache(maxsize=1)
def _model_files() -> dict[str, str]:
    return {
        path.stem: path.read_text(encoding="utf-8")
        for folder in ("marts", "open")
        for path in (DBT_FOLDER / "models" / folder).glob("*.sql")
    }


def _statement(table: MartTable) -> str:
    """The model as it is written; open tables may have a prefixed name there."""
    files = _model_files()
    prefixed = f"{table.schema_name}_{table.name}"
    return files[prefixed] if prefixed in files else files[table.name]
