"""Parquet files by their names: DuckDB takes every path it reads for more than a name.

Characters are a pattern, and a folder called ``a=b`` is a partition that adds a column.
"""

from __future__ import annotations

from pathlib import Path

_PLAIN = "hive_partitioning = false"
_IN_PATTERNS = str.maketrans({character: f"[{character}]" for character in "[*?"})


def pattern(path: str | Path) -> str:
    """The pattern that matches this one path, whatever characters its folders' names hold."""
    return str(path).translate(_IN_PATTERNS)


def read_parquet(*paths: str | Path, options: str = "") -> str:
    """SQL that reads just these files; ``options`` are DuckDB's, from our own text."""
    listed = ", ".join("'" + pattern(path).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{listed}], {', '.join(filter(None, (_PLAIN, options)))})"
