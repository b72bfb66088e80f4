"""The DuckDB adapter: right counts, push-down, and a file that is free again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.audit import engine
from orchestration.demo.identities import identity_number


@pytest.fixture
def questions() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create schema raw")
    connection.execute("create table raw.run_parameters as select date '2020-03-01' as as_of_date")
    engine.install_macros(connection)
    return connection


def ask(connection: duckdb.DuckDBPyConnection, question: str, *values: object) -> object:
    return connection.execute(f"select {question}", list(values)).fetchall()[0][0]


VALID = "11010519491231002X"


@pytest.mark.parametrize(
    "text",
    [
        VALID,
        VALID.lower(),
        f"身份证{VALID}，男",
        f"（{VALID}）",
        f"x {VALID}",
        f"{VALID[:-1]}1 {VALID}",  # the first is none, the one after it is
        f"{'1' * 18},{VALID}",
        identity_number("19000101", 7),
        identity_number("20501231", 7),
        identity_number("20000229", 7),
    ],
)
def test_an_identity_number_is_found(questions: duckdb.DuckDBPyConnection, text: str) -> None:
    assert ask(questions, "holds_identity_number(?)", text) is True


@pytest.mark.parametrize(
    "text",
    [
        "",
        VALID[:-1],
        VALID[:-1] + "1",  # the check character
        "1" + VALID,
        VALID + "1",
        "A" + VALID,
        VALID + "b",
        identity_number("18991231", 7),
        identity_number("20510101", 7),
        identity_number("20010229", 7),
        identity_number("20001301", 7),
        "110105************",
        "１１０１０５１９４９１２３１００２Ｘ",  # ASCII only (catalogue section 2)
        "91330106MA27XA0000",
    ],
)
def test_what_is_no_identity_number_is_not(questions: duckdb.DuckDBPyConnection, text: str) -> None:
    assert ask(questions, "holds_identity_number(?)", text) is False


def test_adjacent_numbers_are_all_found(questions: duckdb.DuckDBPyConnection) -> None:
    other = identity_number("19800101", 5)
    assert ask(questions, "identity_numbers(?)", f"{VALID},{other};{VALID}") == [
        VALID,
        other,
        VALID,
    ]


@pytest.mark.parametrize(
    ("code", "is_valid"),
    [
        ("91350100M000100Y43", True),  # the sample of GB 32100-2015
        ("91350100M000100Y44", False),
        ("91350100m000100y43", False),
        ("91350100M000100Y4", False),
        ("91350100I000100Y43", False),
        ("", False),
    ],
)
def test_a_code_is_checked_by_its_check_character(
    questions: duckdb.DuckDBPyConnection, code: str, is_valid: bool
) -> None:
    assert ask(questions, "is_uscc(?)", code) is is_valid


def test_every_made_up_code_is_valid(questions: duckdb.DuckDBPyConnection, valid: Path) -> None:
    questions.execute(f"attach '{valid}' as build (read_only)")
    wrong = questions.execute(
        "select count(*), count(*) filter (where not is_uscc(uscc))"
        " from build.raw.enterprise_register"
    ).fetchall()[0]
    assert wrong[0] > 100 and wrong[1] == 0


@pytest.mark.parametrize(
    ("name", "is_masked"),
    [("王**", True), ("王", True), ("王小", False), ("王*明", False), ("*", True), ("", False)],
)
def test_a_masked_name_shows_one_character(
    questions: duckdb.DuckDBPyConnection, name: str, is_masked: bool
) -> None:
    assert ask(questions, "is_masked(?)", name) is is_masked


def test_the_as_of_date_is_that_of_the_run(questions: duckdb.DuckDBPyConnection) -> None:
    assert ask(questions, "as_of()") == date(2020, 3, 1)


def run(database: Path, table: str, *expectations: object) -> list[dict[str, Any]]:
    """Results of native expectations over one table, with the values that they saw."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    plain = database.with_name("plain.duckdb")
    duckdb.connect(str(plain)).close()
    datasource = context.data_sources.add_duckdb(name="any", connection_string=f"duckdb:///{plain}")
    datasource.use(database, {})
    try:
        asset = datasource.add_table_asset(name="t", table_name=table, schema_name="main")
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        suite = gx.ExpectationSuite(name="s", expectations=list(expectations))
        return [one.to_json_dict() for one in batch.validate(suite).results]
    finally:
        datasource.close()


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    # What would mean something in an address or a template stands in the path.
    path = tmp_path / "a?b#c %20 ${HOME} 名.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table numbers as select i as id, i // 2 as half, 'n' || i as name,"
            " case when i % 4 <> 0 then i end as gappy from range(1000) r(i)"
        )
    return path


def test_counts_are_right(numbers: Path) -> None:
    from great_expectations import expectations as gxe

    results = run(
        numbers,
        "numbers",
        gxe.ExpectTableRowCountToEqual(value=1000),
        gxe.ExpectColumnValuesToNotBeNull(column="gappy"),
        gxe.ExpectColumnValuesToBeUnique(column="half"),
        gxe.ExpectColumnValuesToBeBetween(column="id", max_value=989),
        gxe.ExpectColumnValuesToBeInSet(column="name", value_set=[f"n{i}" for i in range(990)]),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=["id", "half"]),
        gxe.ExpectColumnSumToBeBetween(column="id", min_value=499500, max_value=499500),
        gxe.UnexpectedRowsExpectation(unexpected_rows_query="select * from {batch} where id < 3"),
        gxe.ExpectColumnValuesToBeOfType(column="name", type_="VARCHAR"),
        gxe.ExpectColumnToExist(column="absent"),
    )
    by_type = {one["expectation_config"]["type"]: one for one in results}
    counted = {
        kind.removeprefix("expect_"): (one["success"], one["result"].get("unexpected_count"))
        for kind, one in by_type.items()
    }
    assert counted == {
        "table_row_count_to_equal": (True, None),
        "column_values_to_not_be_null": (False, 250),
        "column_values_to_be_unique": (False, 1000),
        "column_values_to_be_between": (False, 10),
        "column_values_to_be_in_set": (False, 10),
        "compound_columns_to_be_unique": (True, 0),
        "column_sum_to_be_between": (True, None),
        "unexpected_rows_expectation": (False, None),
        "column_values_to_be_of_type": (True, None),
        "column_to_exist": (False, None),
    }
    assert by_type["unexpected_rows_expectation"]["result"]["observed_value"] == 3
    above = by_type["expect_column_values_to_be_between"]["result"]["partial_unexpected_list"]
    assert above == list(range(990, 1000))


def test_unexpected_rows_are_fetched_only_where_some_were_counted(
    numbers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from great_expectations import expectations as gxe

    asked: list[str] = []
    execute = engine.DuckDBExecutionEngine.execute_query

    def seen(self: engine.DuckDBExecutionEngine, query: object) -> object:
        asked.append(str(query))
        return execute(self, query)

    monkeypatch.setattr(engine.DuckDBExecutionEngine, "execute_query", seen)
    for most, count in ((0, 0), (3, 3)):
        asked.clear()
        query = f"select id from {{batch}} where id < {most}"
        (result,) = run(
            numbers, "numbers", gxe.UnexpectedRowsExpectation(unexpected_rows_query=query)
        )
        assert (result["success"], result["result"]["observed_value"]) == (count == 0, count)
        assert sum("where id <" in one for one in asked) == (1 if count == 0 else 2)


def test_a_pattern_is_searched_and_not_matched_whole(numbers: Path) -> None:
    """DuckDB's ~ would match the whole text: what posing as PostgreSQL would get silently wrong."""
    from great_expectations import expectations as gxe

    found, missed, without = (
        run(numbers, "numbers", expectation)[0]
        for expectation in (
            gxe.ExpectColumnValuesToMatchRegex(column="name", regex="[0-9]"),
            gxe.ExpectColumnValuesToMatchRegex(column="name", regex="^n[0-9]$"),
            gxe.ExpectColumnValuesToNotMatchRegex(column="name", regex="99"),
        )
    )
    assert found["success"] is True
    assert missed["result"]["unexpected_count"] == 990
    assert without["result"]["unexpected_count"] == 19


def test_an_error_of_one_expectation_leaves_the_others_their_answers(numbers: Path) -> None:
    from great_expectations import expectations as gxe

    broken, whole = run(
        numbers,
        "numbers",
        gxe.UnexpectedRowsExpectation(unexpected_rows_query="select nothing from {batch}"),
        gxe.ExpectTableRowCountToEqual(value=1000),
    )
    assert {broken["success"], whole["success"]} == {True, False}


def test_the_file_is_read_only_while_judged_and_free_afterwards(numbers: Path) -> None:
    from great_expectations import expectations as gxe

    before = numbers.read_bytes()
    run(
        numbers,
        "numbers",
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="drop table numbers; select * from {batch}"
        ),
    )
    assert numbers.read_bytes() == before
    with duckdb.connect(str(numbers)) as connection:  # read-write: no handle is left
        connection.execute("drop table numbers")
