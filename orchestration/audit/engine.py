"""Great Expectations on DuckDB: every expectation is SQL that runs where the rows are.

Great Expectations 1.24 knows no DuckDB. What it lacks is little:

* it fetches a result after the connection went back to the pool, whose reset drops DuckDB's
  streaming result (great_expectations #10738, #11579): here one connection is kept and every
  result is buffered;
* it picks the SQL of a regular expression by the dialect's module, None for DuckDB. Posing as
  PostgreSQL would be silently wrong: DuckDB's ``~`` must match the whole text;
* suites ask what plain SQL says only at length - whether a text carries an identity number, whether
  a code is a unified social credit code, as of which date the build answers: each is a temporary
  macro here;
* it runs the query of an expectation over unexpected rows twice, to count them and to show some;
  where there are none, there are none to show.

Importing this module registers the datasource type ``duckdb``; import it before ``get_context``,
also when ``expectations/`` is opened with Great Expectations' own tools.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import duckdb
import sqlalchemy
from duckdb_engine import ConnectionWrapper
from great_expectations.compatibility import pydantic
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metrics.query_table import (
    unexpected_rows_query_table as found_rows,
)
from great_expectations.validator.metric_configuration import MetricConfiguration

from orchestration.engine import NOTHING_FETCHED

_ROW_COUNT = "unexpected_rows_query.row_count"

_USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
# Written out: a list of the characters would have to be made for every row.
_USCC_SUM = " + ".join(
    f"{weight} * (strpos('{_USCC_CHARACTERS}', substr(code, {place}, 1)) - 1)"
    for place, weight in enumerate(_USCC_WEIGHTS, start=1)
)

# GB 32100-2015: the check character of a unified social credit code.
_IS_USCC = f"""
create or replace temp macro is_uscc(code) as
    regexp_full_match(code, '[{_USCC_CHARACTERS}]{{18}}')
    and substr(code, 18, 1)
        = substr('{_USCC_CHARACTERS}', 1 + (31 - ({_USCC_SUM}) % 31) % 31, 1)
"""

# GB 11643-1999 and catalogue section 2: 17 digits, then the check character (a digit or X), a real
# date of 1900-2050 in characters 7 to 14, no letter or digit on either side.
_IDENTITY_NUMBERS = """
create or replace temp macro identity_numbers(value) as
    list_filter(
        regexp_extract_all(
            -- a character that ends one number also begins the next: two, so that both are found
            regexp_replace(value, '([^0-9A-Za-z])', '\\1\\1', 'g'),
            '(?:^|[^0-9A-Za-z])([0-9]{17}[0-9Xx])(?:[^0-9A-Za-z]|$)', 1
        ),
        lambda number:
            substr(number, 7, 8) between '19000101' and '20501231'
            and try_cast(concat_ws('-', substr(number, 7, 4), substr(number, 11, 2),
                substr(number, 13, 2)) as date) is not null
            and upper(substr(number, 18, 1)) = substr('10X98765432', 1 + (list_sum(
                list_transform(
                    list_zip([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2],
                        string_split(substr(number, 1, 17), '')),
                    lambda pair: pair[1] * pair[2]::integer
                )
            ) % 11)::bigint, 1)
    )
"""

# The cheap test first: of a million texts hardly one has 17 digits in a row.
_HOLDS_IDENTITY_NUMBER = """
create or replace temp macro holds_identity_number(value) as
    case when regexp_matches(value, '[0-9]{17}[0-9Xx]')
        then len(identity_numbers(value)) > 0 else false end
"""

_IS_PERSON_KEY = """
create or replace temp macro is_person_key(value) as
    regexp_full_match(value, 'P-[0-9a-f]{32}')
"""

# The first character, then one * for each other (catalogue section 5).
_IS_MASKED = """
create or replace temp macro is_masked(name) as regexp_full_match(name, '(?s:.)\\**')
"""

# Only of a build; elsewhere it has no meaning.
_AS_OF = """
create or replace temp macro as_of() as (select as_of_date from raw.run_parameters)
"""

MACROS = (_IS_USCC, _IDENTITY_NUMBERS, _HOLDS_IDENTITY_NUMBER, _IS_PERSON_KEY, _IS_MASKED)


def _dialect_module() -> ModuleType:
    """What GX asks a dialect's module for: the spelling of a regular expression, and types.

    ``REGEXP_MATCHES(column, pattern)`` is its spelling for a module with this attribute, and
    DuckDB's own for a match anywhere in the text.
    """
    module = ModuleType("duckdb_dialect")
    module.DremioDialect = None  # type: ignore[attr-defined]
    module.__getattr__ = partial(getattr, sqlalchemy.types)  # type: ignore[method-assign]
    return module


def install_macros(connection: Any) -> None:
    """Give a DuckDB connection the words in which the rules are written."""
    for macro in MACROS:
        connection.execute(macro)
    if connection.execute(_IS_BUILD).fetchall():
        connection.execute(_AS_OF)


_IS_BUILD = """
select 1 from information_schema.tables
where table_schema = 'raw' and table_name = 'run_parameters'
"""


class _Columns:
    """SQLAlchemy's inspector, with the columns of all tables read at once.

    duckdb_engine asks PostgreSQL's catalogue for each table again, which costs more than the
    expectations do.
    """

    def __init__(self, engine: sqlalchemy.Engine) -> None:
        self._inspector = sqlalchemy.inspect(engine)
        self._by_table: dict[tuple[str, str], list[dict[str, Any]]] = {}
        known = engine.dialect.ischema_names  # type: ignore[attr-defined]
        with engine.connect() as connection:
            rows = connection.execute(sqlalchemy.text(_COLUMNS)).fetchall()
        for schema, table, name, data_type in rows:
            plain = data_type.partition("(")[0]
            spelled = getattr(sqlalchemy.types, plain, None) or known.get(
                plain.lower(), sqlalchemy.types.NullType
            )
            self._by_table.setdefault((schema, table), []).append({"name": name, "type": spelled()})

    def get_columns(self, table_name: str, schema: str | None = None) -> list[dict[str, Any]]:
        """Name and type of every column in order; none if there is no such table."""
        return self._by_table.get((str(schema), str(table_name)), [])

    def get_pk_constraint(self, table_name: str, schema: str | None = None) -> dict[str, Any]:
        """None: a build declares its keys in the dbt YAML."""
        return {"constrained_columns": []}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inspector, name)


_COLUMNS = """
select schema_name, table_name, column_name, data_type
from duckdb_columns() where not internal
order by schema_name, table_name, column_index
"""


def _connect(_dialect: Any, _record: Any, given: list[Any], named: dict[str, Any]) -> Any:
    """Open the file as everyone in this process does.

    duckdb_engine would add its name to the configuration, and with another configuration DuckDB
    opens no file that is open already: the tables of a release are written meanwhile.
    """
    options = {name: value for name, value in named.items() if name != "url_config"}
    options["config"] = {**options.get("config", {}), **named.get("url_config", {})}
    return ConnectionWrapper(duckdb.connect(*given, **options))


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Great Expectations' SQL engine over one DuckDB file: one connection, each result buffered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dialect_module = _dialect_module()
        # The base class forgets its inspector with every batch.
        self._columns: _Columns | None = None

    def _setup_engine(self, *args: Any, **kwargs: Any) -> None:
        super()._setup_engine(*args, **kwargs)
        sqlalchemy.event.listen(self.engine, "do_connect", _connect)
        sqlalchemy.event.listen(self.engine, "connect", lambda raw, _: install_macros(raw))

    @contextmanager
    def get_connection(self) -> Iterator[sqlalchemy.Connection]:
        """The one connection; it is kept, because a new transaction costs more than a query."""
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection

    def get_inspector(self) -> _Columns:
        """What tables have which columns; of a file that is only read, that stays as it is."""
        if self._columns is None:
            self._columns = _Columns(self.engine)
        return self._columns

    def execute_query(self, query: Any) -> Any:
        """Run a query and fetch all of it: the next one drops DuckDB's streaming result."""
        with self.get_connection() as connection:
            try:
                return connection.execute(query).freeze()()
            except Exception:
                connection.rollback()
                raise

    def execute_query_in_transaction(self, query: Any) -> Any:
        """Run a query; a read-only file has nothing to commit."""
        return self.execute_query(query)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self.engine.dispose()


class FoundRows(found_rows.UnexpectedRowsQueryTable):
    """The rows that a query of unexpected rows finds, fetched only where their count is not 0."""

    @metric_value(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805 - as GX calls it
        execution_engine: DuckDBExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> Any:
        if metrics[_ROW_COUNT] == 0:
            return []
        # GX calls a metric's function with the class itself.
        return found_rows.UnexpectedRowsQueryTable._sqlalchemy(
            cls,
            execution_engine=execution_engine,
            metric_domain_kwargs=metric_domain_kwargs,
            metric_value_kwargs=metric_value_kwargs,
            metrics=metrics,
            runtime_configuration=runtime_configuration,
        )

    @classmethod
    def _get_evaluation_dependencies(
        cls,
        metric: MetricConfiguration,
        configuration: Any = None,
        execution_engine: Any = None,
        runtime_configuration: Any = None,
    ) -> dict[str, MetricConfiguration]:
        return {
            _ROW_COUNT: MetricConfiguration(
                _ROW_COUNT, metric.metric_domain_kwargs, metric.metric_value_kwargs
            )
        }


class DuckDBDatasource(SQLDatasource):
    """The datasource type ``duckdb``: the tables of one DuckDB file, opened read-only, once."""

    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]
    _database: Path | None = pydantic.PrivateAttr(None)
    _config: dict[str, str] = pydantic.PrivateAttr({})

    @property
    def execution_engine_type(self) -> builtins.type[DuckDBExecutionEngine]:
        """The engine that buffers."""
        return DuckDBExecutionEngine

    def use(self, database: Path, config: Mapping[str, str]) -> None:
        """Read this file, whatever the connection string says.

        The path goes to DuckDB as it is: no character of it means anything in an address.
        """
        self.close()
        self._database = database
        self._config = dict(config)

    def get_execution_engine(self) -> DuckDBExecutionEngine:
        """The one engine of this datasource."""
        if self._execution_engine is None:
            address = "duckdb:///"
            arguments: dict[str, Any] = {
                "read_only": True,
                "config": {**NOTHING_FETCHED, **self._config},
            }
            if self._database is not None:
                arguments["database"] = str(self._database)
            else:
                address = str(self.dict(config_provider=self._config_provider)["connection_string"])
            self._execution_engine = DuckDBExecutionEngine(
                connection_string=address, create_temp_table=False, connect_args=arguments
            )
        return self._execution_engine

    def _create_engine(self) -> sqlalchemy.Engine:
        return self.get_execution_engine().engine

    def close(self) -> None:
        """Let go of the file: an open handle keeps it locked."""
        if self._execution_engine is not None:
            self._execution_engine.close()
        self._execution_engine = None
        self._engine = None
