"""The documents of a release: one folder that opens from a file system, offline, without scripts.

::

    docs/index.html            where to begin: tables, clauses, items, how to verify the release
    docs/tables/<s>.<t>.html   data dictionary of one table, its lineage picture, column by column
    docs/clauses.html          the ten clauses: who answers for them, which tables show them
    docs/items.html            what the units deliver: fields, headers, types, sensitivity, ground
    docs/dbt/index.html        dbt's own documentation of the project

They say what the tables are, never what stands in them. dbt's page is the only one with a script,
and that script is in the page.
"""

from orchestration.documents.write import documents

__all__ = ["documents"]
