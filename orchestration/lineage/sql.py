"""Which columns of its relations each output column of one SELECT is made of.

Only values count: a column that merely filters, joins or groups decides which rows there are, not
what stands in them. A count of rows is made of the rows of the relation that it counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp, parse_one
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

DIALECT = "duckdb"

# schema name -> relation -> column -> type
Schema = Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True, order=True)
class Origin:
    """A column of a relation (``schema.name``); column ``*`` stands for its rows."""

    relation: str
    column: str

    def __str__(self) -> str:
        """``schema.name.column``, as paths are written."""
        return f"{self.relation}.{self.column}"


ROWS = "*"


def column_origins(statement: str, schema: Schema) -> dict[str, frozenset[Origin]]:
    """Every output column of ``statement`` with the columns that its values come from.

    The pseudo-column ``*`` gives what the output's rows are rows of.

    Raises:
        sqlglot.errors.SqlglotError: the statement cannot be read, or names an unknown column.
    """
    tree = parse_one(statement, dialect=DIALECT)
    for table in tree.find_all(exp.Table):
        table.set("catalog", None)
    qualified = qualify(
        tree,
        schema=dict(schema),
        dialect=DIALECT,
        quote_identifiers=False,
        validate_qualify_columns=True,
    )
    scope = build_scope(qualified)
    if scope is None:
        raise ValueError("the statement is no SELECT")
    reader = _Reader()
    names = [projection.alias_or_name for projection in _selects(scope)]
    return {name: reader.column(scope, name) for name in (*names, ROWS)}


@dataclass
class _Reader:
    """Follows columns through the common table expressions, each once."""

    known: dict[tuple[int, str], frozenset[Origin]] = field(default_factory=dict)

    def column(self, scope: Scope, name: str) -> frozenset[Origin]:
        key = (id(scope), name)
        if key not in self.known:
            self.known[key] = frozenset()  # a recursive reference adds nothing
            self.known[key] = self._column(scope, name)
        return self.known[key]

    def _column(self, scope: Scope, name: str) -> frozenset[Origin]:
        if isinstance(scope.expression, exp.SetOperation):
            return self._of_union(scope, name)
        if name == ROWS:
            return self._rows(scope)
        for projection in _selects(scope):
            if projection.alias_or_name == name:
                return self._expression(scope, projection)
        raise ValueError(f"no column {name} in: {scope.expression.sql(dialect=DIALECT)[:200]}")

    def _of_union(self, scope: Scope, name: str) -> frozenset[Origin]:
        """Columns of a union go by position; the first branch names them."""
        names = [projection.alias_or_name for projection in _selects(scope)]
        found: set[Origin] = set()
        for branch in scope.set_operation_scopes:
            if name == ROWS:
                found |= self.column(branch, ROWS)
                continue
            branch_name = _selects(branch)[names.index(name)].alias_or_name
            found |= self.column(branch, branch_name)
        return frozenset(found)

    def _expression(self, scope: Scope, expression: exp.Expr) -> frozenset[Origin]:
        found: set[Origin] = set()
        for part in (expression, *_named_windows(scope, expression)):
            for column in part.find_all(exp.Column):
                found |= self._reference(scope, column)
        if _counts_rows(expression):
            found |= self._rows(scope)
        for subquery in scope.subquery_scopes:
            if any(node is subquery.expression for node in expression.walk()):
                for projection in _selects(subquery):
                    found |= self.column(subquery, projection.alias_or_name)
        return frozenset(found)

    def _reference(self, scope: Scope, column: exp.Column) -> frozenset[Origin]:
        source = scope.sources.get(column.table)
        if isinstance(source, exp.Table):
            return frozenset({Origin(f"{source.db}.{source.name}", column.name)})
        if isinstance(source, Scope):
            if isinstance(source.expression, (exp.Unnest, exp.Lateral, exp.UDTF)):
                return self._made_of(scope, source.expression)
            return self.column(source, column.name)
        return frozenset()  # a lambda's variable, or a column of a subquery's own scope

    def _made_of(self, scope: Scope, table_function: exp.Expr) -> frozenset[Origin]:
        """A table function's rows come from its arguments."""
        found: set[Origin] = set()
        for column in table_function.find_all(exp.Column):
            if column.table in scope.sources:
                found |= self._reference(scope, column)
        return frozenset(found)

    def _rows(self, scope: Scope) -> frozenset[Origin]:
        start = scope.expression.args.get("from_") or scope.expression.args.get("from")
        if start is None:
            return frozenset()
        source = scope.sources.get(start.this.alias_or_name)
        if isinstance(source, exp.Table):
            return frozenset({Origin(f"{source.db}.{source.name}", ROWS)})
        if isinstance(source, Scope) and not isinstance(source.expression, exp.UDTF):
            return self.column(source, ROWS)
        return frozenset()


def _named_windows(scope: Scope, expression: exp.Expr) -> list[exp.Expr]:
    """The windows that an expression names, as the WINDOW clause defines them."""
    defined = {window.name: window for window in scope.expression.args.get("windows") or ()}
    named = {window.alias for window in expression.find_all(exp.Window)}
    return [defined[name] for name in sorted(named & set(defined))]


def _counts_rows(expression: exp.Expr) -> bool:
    """Whether rows themselves are counted or numbered, whatever stands in them."""
    return any(isinstance(count.this, exp.Star) for count in expression.find_all(exp.Count))


def _selects(scope: Scope) -> list[exp.Expr]:
    """The projections of a scope; those of a union's first branch."""
    query = scope.expression
    return list(query.selects) if isinstance(query, exp.Query) else []
