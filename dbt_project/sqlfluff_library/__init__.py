"""Stand-ins for what only dbt puts into a template, so that sqlfluff lints without dbt.

sqlfluff adds every public name of this module to the Jinja context; what it knows itself (``ref``,
``source``, ``config``, ``var``, ``this``, ``return``) is not repeated here.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context, Undefined


@pass_context
def _dispatch(context: Context, macro_name: str, macro_namespace: str = "") -> Callable[..., Any]:
    """Find the implementation as dbt does for DuckDB; without one, render a call of the name."""
    for prefix in ("duckdb__", "default__"):
        macro: Any = context.resolve(prefix + macro_name)
        if not isinstance(macro, Undefined):
            return macro

    def call(*arguments: Any, **named: Any) -> str:
        return f"{macro_name}({', '.join(map(str, [*arguments, *named.values()]))})"

    return call


def _nothing(*_arguments: Any, **_named: Any) -> str:
    return ""


adapter = SimpleNamespace(dispatch=_dispatch, quote=str, type=lambda: "duckdb")
target = SimpleNamespace(name="duckdb", type="duckdb", schema="main", threads=1)
model = SimpleNamespace(name="this_model", resource_type="model")
exceptions = SimpleNamespace(raise_compiler_error=_nothing, warn=_nothing)
# As while dbt parses: queries of macros are not run.
execute = False
log = _nothing
run_query = _nothing


def env_var(_name: str, default: str = "item") -> str:
    """Return the default: linting must not depend on the environment."""
    return default
