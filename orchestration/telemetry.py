"""Nothing leaves the machine: the switches of every library that would report its use.

dbt, Dagster and Great Expectations report usage unless told otherwise. The switches are set in
the environment, so that child processes (the code server and the daemon of ``credit ui``, Spark's
Python workers) inherit them. Dagster also reads ``telemetry.enabled`` from the instance's
``dagster.yaml``: :data:`DAGSTER_YAML` is that part of it.
"""

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SWITCHES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # The convention many tools share; dbt reads it as well.
        "DO_NOT_TRACK": "1",
        # Dagster uploads nothing while this is set, whatever the instance says.
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        # Sends run artifacts to a hosted service when on.
        "DBT_UPLOAD_TO_ARTIFACTS_INGEST_API": "false",
        "GX_ANALYTICS_ENABLED": "false",
    }
)
"""Environment variables and the values that keep each library silent."""

DAGSTER_YAML: Final[Mapping[str, Mapping[str, bool]]] = MappingProxyType(
    {"telemetry": MappingProxyType({"enabled": False})}
)
"""What the instance's ``dagster.yaml`` must contain, so that nothing is even collected."""


def switch_off() -> None:
    """Set every switch in this process and for its children; calling it again changes nothing."""
    os.environ.update(SWITCHES)


# Imported is switched off: a caller cannot forget it, and the order of imports does not matter,
# because the libraries read their switches when they are first used.
switch_off()
