"""Column lineage: from the header of a delivered file to the column that is published.

``sql`` reads one statement, ``trace`` follows the columns through the whole dbt project, ``table``
keeps the answer as a file of the dbt project, from which ``marts.column_lineage`` is built. Reading
that file costs nothing; only computing it anew needs sqlglot and dbt.
"""

from orchestration.lineage.table import LineageRow, load_lineage

__all__ = ["LineageRow", "load_lineage"]
