"""Which models a table is built from, read from the references in the models themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from orchestration.marts import DBT_FOLDER

_REF = re.compile(r"""\{\{\s*ref\(\s*['"]([a-z0-9_]+)['"]\s*\)\s*\}\}""")
_SOURCE = re.compile(r"""\{\{\s*source\(\s*'raw'\s*,\s*['"]([a-z0-9_]+)['"]\s*\)\s*\}\}""")

Graph = Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def model_graph(folder: Path = DBT_FOLDER) -> Graph:
    """Every model with its parents; staging models are named ``raw.<table>`` after their source."""
    parents: dict[str, tuple[str, ...]] = {}
    staged: dict[str, str] = {}
    for path in sorted((folder / "models").rglob("*.sql")):
        text = path.read_text(encoding="utf-8")
        if sources := _SOURCE.findall(text):
            staged[path.stem] = f"raw.{sources[0]}"
        else:
            parents[path.stem] = tuple(sorted(set(_REF.findall(text))))
    return {
        name: tuple(dict.fromkeys(staged.get(parent, parent) for parent in found))
        for name, found in parents.items()
    }


def ancestors(graph: Graph, name: str) -> dict[str, tuple[str, ...]]:
    """``name`` and everything it is built from, each with its parents."""
    found: dict[str, tuple[str, ...]] = {}
    waiting = [name]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found[here] = graph.get(here, ())
            waiting += found[here]
    return found
