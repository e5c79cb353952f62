"""Place the nodes of a graph in layers, for `drawing.py`.

After Sugiyama, Tagawa and Toda ("Methods for Visual Understanding of Hierarchical System
Structures", 1981): an edge that passes a layer is bent there, each layer is ordered by where its
neighbours are, so that few edges cross, and nodes are moved under their neighbours as far as their
width allows.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

_SWEEPS = 12
_BEND = 12.0


class _Place:
    """Where a node, or a bend of an edge, stands in its layer: `x` is its middle."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.x = 0.0
        self.above: list[_Place] = []
        self.below: list[_Place] = []


def layered_layout(
    widths: Sequence[float], layers: Sequence[int], edges: Sequence[tuple[int, int]]
) -> tuple[list[float], list[list[float]]]:
    """Find a place in its layer for each node and each edge.

    Args:
        widths: of the nodes, with the space around them.
        layers: of the nodes; each edge leads to a higher one.
        edges: from node to node, by their positions in `widths`.

    Returns:
        the middle of each node, the leftmost reaching to 0; and for each edge its places from the
        layer of the one node to that of the other.
    """
    nodes = [_Place(width) for width in widths]
    rows: list[list[_Place]] = [[] for _ in range(max(layers) + 1)]
    for node, layer in zip(nodes, layers, strict=True):
        rows[layer].append(node)
    routes = []
    for start, end in edges:
        bends = [_Place(_BEND) for _ in range(layers[start] + 1, layers[end])]
        for layer, bend in enumerate(bends, layers[start] + 1):
            rows[layer].append(bend)
        route = [nodes[start], *bends, nodes[end]]
        for upper, lower in itertools.pairwise(route):
            upper.below.append(lower)
            lower.above.append(upper)
        routes.append(route)
    _arrange(rows)
    left = min(place.x - place.width / 2 for row in rows for place in row)
    return [node.x - left for node in nodes], [[place.x - left for place in r] for r in routes]


def _arrange(rows: Sequence[list[_Place]]) -> None:
    """Order the rows, in half of the sweeps, and move their places under one another."""
    for row in rows:
        _spread(row, [0.0] * len(row))
    for sweep in range(_SWEEPS):
        downward = sweep % 2 == 0
        for row in rows if downward else reversed(rows):
            wanted = {place: _mean(place, downward) for place in row}
            if sweep < _SWEEPS // 2:
                row.sort(key=wanted.__getitem__)
            _spread(row, [wanted[place] for place in row])


def _mean(place: _Place, downward: bool) -> float:
    """The middle of a place's neighbours."""
    neighbours = place.above if downward else place.below
    if not neighbours:
        return place.x
    return sum(other.x for other in neighbours) / len(neighbours)


def _spread(row: Sequence[_Place], wanted: Sequence[float]) -> None:
    """Put a row's places as near to where they are wanted as their order and width allow.

    Pushing them all to the right keeps them apart, and so does pushing them to the left; so does
    the middle between the two, which is fair to both sides.
    """
    distances = [(a.width + b.width) / 2 for a, b in itertools.pairwise(row)]
    right, left = list(wanted), list(wanted)
    for i, distance in enumerate(distances):
        right[i + 1] = max(right[i + 1], right[i] + distance)
    for i, distance in reversed(list(enumerate(distances))):
        left[i] = min(left[i], left[i + 1] - distance)
    for place, a, b in zip(row, right, left, strict=True):
        place.x = (a + b) / 2
