"""The dbt project over an empty build database: it builds, and every rule's unit test holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.dbt_support import DBT_PROJECT, create_build_database, run_dbt

MODELS = DBT_PROJECT / "models"
# What the project says of itself does not come from deliveries.
OF_THE_PROJECT = {"marts.column_lineage"}


@pytest.fixture(scope="module")
def empty_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build database whose every model is built from no deliveries at all."""
    database = tmp_path_factory.mktemp("dbt") / "build.duckdb"
    create_build_database(database).close()
    result = run_dbt(database, "build", "--exclude-resource-type", "unit_test")
    assert result.success, _failures(result)
    return database


def _failures(result: Any) -> list[str]:
    """What went wrong, one line per node."""
    if result.exception is not None:
        return [str(result.exception)]
    return [
        f"{node.node.name}: {node.message}"
        for node in result.result.results
        if node.status not in {"success", "pass", "no-op"}
    ]


def _declared_unit_tests() -> set[str]:
    declared: set[str] = set()
    for path in MODELS.rglob("*.yml"):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        declared |= {test["name"] for test in document.get("unit_tests", [])}
    return declared


def test_every_unit_test_of_the_rules_holds(empty_build: Path) -> None:
    result = run_dbt(empty_build, "test", "--select", "test_type:unit")
    assert result.success, "\n".join(_failures(result))
    assert {node.node.name for node in result.result} == _declared_unit_tests()


def test_no_deliveries_give_empty_marts_and_one_release_info(empty_build: Path) -> None:
    with duckdb.connect(str(empty_build), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where schema_name in ('marts', 'open')"
        ).fetchall()
        rows = {
            f"{schema}.{table}": connection.sql(f'from "{schema}"."{table}"').aggregate("count(*)")
            for schema, table in tables
        }
        filled = {name: found.fetchall()[0][0] for name, found in rows.items()}
    assert {
        name: count for name, count in filled.items() if count and name not in OF_THE_PROJECT
    } == {
        "marts.clause_coverage": 10,
        "open.clause_coverage": 10,
        "marts.release_info": 1,
        "open.release_info": 1,
    }


def test_every_published_column_is_described_in_both_languages(empty_build: Path) -> None:
    with duckdb.connect(str(empty_build), read_only=True) as connection:
        comments = connection.execute(
            "select schema_name || '.' || table_name || '.' || column_name, comment"
            " from duckdb_columns() where schema_name in ('marts', 'open', 'codebooks')"
            " union all select schema_name || '.' || table_name, comment from duckdb_tables()"
            " where schema_name in ('marts', 'open', 'codebooks')"
        ).fetchall()
    assert comments
    undescribed = [
        name
        for name, comment in comments
        if not comment
        or "。" not in comment
        or not any("\u4e00" <= character <= "\u9fff" for character in comment)
        or not any("a" <= character <= "z" for character in comment)
    ]
    assert undescribed == []
