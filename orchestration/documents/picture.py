"""A lineage picture: boxes in columns from the deliveries on the left to the table on the right.

Plain SVG, laid out here: the column of a box is the longest way from any delivery, and within a
column boxes stand near the middle of their parents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_BOX_WIDTH, _BOX_HEIGHT = 250, 20
_COLUMN, _ROW = 320, 27
_MARGIN = 10
_SWEEPS = 4


def picture(
    parents: Mapping[str, Sequence[str]], kinds: Mapping[str, str], links: Mapping[str, str]
) -> str:
    """The SVG of a graph.

    Args:
        parents: every box with the boxes that it is made from; no box is its own ancestor.
        kinds: the CSS class of a box.
        links: the page that a box leads to, for those that have one.
    """
    columns = _columns(parents)
    places = {
        name: (_MARGIN + column * _COLUMN, _MARGIN + row * _ROW)
        for column, names in enumerate(columns)
        for row, name in enumerate(names)
    }
    width = _MARGIN * 2 + (len(columns) - 1) * _COLUMN + _BOX_WIDTH
    height = _MARGIN * 2 + max(len(names) for names in columns) * _ROW
    lines = [
        _edge(places[parent], places[name])
        for name, found in sorted(parents.items())
        for parent in found
    ]
    boxes = [_box(name, places[name], kinds.get(name, "inner"), links.get(name)) for name in places]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}">{"".join(lines)}{"".join(boxes)}</svg>'
    )


def _columns(parents: Mapping[str, Sequence[str]]) -> list[list[str]]:
    depth: dict[str, int] = {}

    def depth_of(name: str) -> int:
        if name not in depth:
            depth[name] = 1 + max((depth_of(parent) for parent in parents[name]), default=-1)
        return depth[name]

    for name in parents:
        depth_of(name)
    columns: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for name in sorted(parents):
        columns[depth[name]].append(name)
    children: dict[str, list[str]] = {name: [] for name in parents}
    for name, found in parents.items():
        for parent in found:
            children[parent].append(name)
    for sweep in range(_SWEEPS):
        neighbours = parents if sweep % 2 == 0 else children
        row = {name: float(r) for names in columns for r, name in enumerate(names)}
        for names in columns:
            names.sort(key=lambda name: (_middle(neighbours[name], row, row[name]), name))
    return columns


def _middle(names: Sequence[str], row: Mapping[str, float], otherwise: float) -> float:
    return sum(row[name] for name in names) / len(names) if names else otherwise


def _edge(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = start[0] + _BOX_WIDTH, start[1] + _BOX_HEIGHT // 2
    x2, y2 = end[0], end[1] + _BOX_HEIGHT // 2
    bend = (x1 + x2) // 2
    return f'<path class="edge" d="M{x1} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}"/>'


def _box(name: str, place: tuple[int, int], kind: str, link: str | None) -> str:
    x, y = place
    box = (
        f'<g class="box {escape(kind)}"><rect x="{x}" y="{y}" width="{_BOX_WIDTH}"'
        f' height="{_BOX_HEIGHT}" rx="3"/>'
        f'<text x="{x + 6}" y="{y + 14}">{escape(name)}</text></g>'
    )
    return f'<a href="{escape(link)}">{box}</a>' if link else box
