"""Reading a delivered file of any agreed format into a text table in DuckDB."""

from __future__ import annotations
