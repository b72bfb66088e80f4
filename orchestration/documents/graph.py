"""Which models a table is built from, as dbt's manifest has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Graph = Mapping[str, tuple[str, ...]]


def model_graph(manifest: Mapping[str, Any]) -> Graph:
    """Every model and seed with its parents; staging models stand as ``raw.<table>``."""
    nodes = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in {"model", "seed"}
    }
    names = {unique_id: _name(unique_id, node, manifest) for unique_id, node in nodes.items()}
    graph = {}
    for unique_id, node in nodes.items():
        parents = node["depends_on"].get("nodes", ())
        graph[names[unique_id]] = tuple(sorted(names[one] for one in parents if one in names))
    return graph


def _name(unique_id: str, node: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    sources = [one for one in node["depends_on"].get("nodes", ()) if one in manifest["sources"]]
    if sources:
        return f"raw.{manifest['sources'][sources[0]]['name']}"
    return str(node["name"])


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
