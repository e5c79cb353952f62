"""Draw the graph that a backward pass would walk.

`draw_graph` collects the nodes behind a tensor and writes them as SVG, placed by `layout.py`, or as
DOT, for Graphviz to place.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from tinytorch.autograd.graph import Part
from tinytorch.autograd.layout import layered_layout
from tinytorch.tensor import Tensor
from tinytorch.tensor.recording import Leaf

_CHARACTER = 7.25  # the width of one, in the font below
_HEIGHT, _GAP = 38, 34  # of a box, and between two layers
_PADDING, _SPACE, _MARGIN = 16, 16, 8  # within a box, between boxes, around all


def draw_graph(
    tensors: Tensor | Sequence[Tensor],
    names: Mapping[str, Tensor] | None = None,
    format: Literal["svg", "dot"] = "svg",
    *,
    limit: int = 300,
) -> str:
    r"""Draw what the tensors were computed from: leaves at the top, results at the bottom.

    Args:
        tensors: the results, one or several, before their graph is freed by a backward pass.
        names: what tensors are called, such as `dict(model.named_parameters())`.
        format: `svg`, a picture; or `dot`, a description for Graphviz.
        limit: how many nodes to draw at most.

    Returns:
        the text of the drawing.

    Raises:
        ValueError: if a tensor has no graph, the graph has more nodes than `limit`, or the format
            is another.
        RuntimeError: if the graph was freed.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> x, w = tensor([1.0, 2.0], requires_grad=True), tensor(3.0, requires_grad=True)
        >>> print(draw_graph(x * w, {"x": x, "w": w}, format="dot"))
        digraph {
          n0 [label="mul\n(2,)", shape=box];
          n1 [label="x\n(2,)", shape=ellipse];
          n2 [label="w\n()", shape=ellipse];
          n1 -> n0;
          n2 -> n0;
        }
    """
    if format not in ("svg", "dot"):
        raise ValueError(f"draw_graph: format is {format!r}, expected 'svg' or 'dot'")
    roots = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    for root in roots:
        if root.node is None:
            raise ValueError(
                f"draw_graph: a tensor of shape {root.shape} was not recorded, so it has no graph"
            )
    called = {_owner(t.node): name for name, t in (names or {}).items() if t.node is not None}
    graph = _Graph([_owner(root.node) for root in roots], called, limit)
    return _svg(graph) if format == "svg" else _dot(graph)


@dataclass
class _Box:
    """A node, as it is drawn.

    Attributes:
        lines: its two lines of text.
        about: what a pointer that rests on it is told.
        kind: leaf, operation or result.
    """

    lines: tuple[str, str]
    about: str
    kind: Literal["leaf", "operation", "result"]
    layer: int = 0

    @property
    def width(self) -> float:
        """Of the box around its text."""
        return max(map(len, self.lines)) * _CHARACTER + _PADDING

    @property
    def top(self) -> float:
        """Where it begins, from above."""
        return _MARGIN + self.layer * (_HEIGHT + _GAP)


class _Graph:
    """The nodes behind some results: `boxes`, and `edges` between them by their positions."""

    def __init__(self, roots: Sequence[Any], called: Mapping[Any, str], limit: int) -> None:
        nodes = list(dict.fromkeys(roots))
        index = {node: i for i, node in enumerate(nodes)}
        self.edges: list[tuple[int, int]] = []
        for i, node in enumerate(nodes):  # grows as it goes
            for parent in map(_owner, getattr(node, "parents", ())):
                if parent is None:
                    continue
                if parent not in index:
                    index[parent] = len(nodes)
                    nodes.append(parent)
                self.edges.append((index[parent], i))
            if len(nodes) > limit:
                raise ValueError(
                    f"draw_graph: the graph has more than {limit} nodes, which nobody can read; "
                    "draw a smaller part of it, or pass a higher limit"
                )
        self.boxes = [
            _box(node, called.get(node), "result" if node in roots else "operation")
            for node in nodes
        ]
        self._layer(nodes)

    def _layer(self, nodes: Sequence[Any]) -> None:
        """Operations below all that they were computed from, leaves right above their first use."""
        above: list[list[_Box]] = [[] for _ in nodes]
        below: list[list[_Box]] = [[] for _ in nodes]
        for start, end in self.edges:
            above[end].append(self.boxes[start])
            below[start].append(self.boxes[end])
        for i in sorted(range(len(nodes)), key=lambda i: nodes[i].number):
            self.boxes[i].layer = max((box.layer + 1 for box in above[i]), default=0)
        for i, box in enumerate(self.boxes):
            if not above[i] and below[i]:
                box.layer = min(other.layer for other in below[i]) - 1


def _owner(node: Any) -> Any:
    """The node of a call, for one of its several results."""
    return node.parents[0] if isinstance(node, Part) and node.parents else node


def _box(node: Any, name: str | None, kind: Literal["operation", "result"]) -> _Box:
    if isinstance(node, Leaf):
        return _Box((name or "leaf", str(node.shape)), f"leaf, {node.dtype}", "leaf")
    if node.saved is None:
        raise RuntimeError(
            f"draw_graph: the graph behind {node.name} was freed by a backward pass; draw it "
            "before, or call that one with retain_graph=True"
        )
    settings = ", ".join(f"{key}={value!r}" for key, value in node.settings.items())
    shape = ", ".join(map(str, node.shape)) if isinstance(node.shape, list) else str(node.shape)
    title = node.name if name is None else f"{name} = {node.name}"
    return _Box((title, shape), f"{node.name}({settings})", kind)


def _dot(graph: _Graph) -> str:
    lines = []
    for i, box in enumerate(graph.boxes):
        label = "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in box.lines)
        lines.append(f'n{i} [label="{label}", shape={"ellipse" if box.kind == "leaf" else "box"}];')
    lines += [f"n{start} -> n{end};" for start, end in graph.edges]
    return "\n".join(["digraph {", *(f"  {line}" for line in lines), "}"])


# Opaque boxes and grey edges can be read on a light page and on a dark one.
_STYLE = """
.tinytorch-graph text { font: 12px ui-monospace, Menlo, Consolas, monospace; fill: #1c2733 }
.tinytorch-graph text { text-anchor: middle }
.tinytorch-graph text + text { fill: #56657a }
.tinytorch-graph path { fill: none; stroke: #8492a6; stroke-width: 1.5 }
.tinytorch-graph marker path { fill: #8492a6; stroke: none }
.tinytorch-graph rect { stroke-width: 1.5 }
.tinytorch-graph .leaf rect { fill: #fdf0d5; stroke: #d9a441 }
.tinytorch-graph .operation rect { fill: #e6eefb; stroke: #6d93cf }
.tinytorch-graph .result rect { fill: #dcf3e3; stroke: #4f9d69; stroke-width: 3 }
"""
_TIP = (
    '<marker id="tinytorch-tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="6" '
    'markerHeight="6" orient="auto"><path d="M0 0 8 4 0 8z"/></marker>'
)


def _svg(graph: _Graph) -> str:
    boxes = graph.boxes
    middles, routes = layered_layout(
        [box.width + _SPACE for box in boxes], [box.layer for box in boxes], graph.edges
    )
    right = max(
        x
        for x in (
            *(x + box.width / 2 for x, box in zip(middles, boxes, strict=True)),
            *(x for route in routes for x in route),
        )
    )
    width, height = round(right + _MARGIN), max(box.top for box in boxes) + _HEIGHT + _MARGIN
    drawn = [
        _edge(boxes[start].top, route)
        for (start, _), route in zip(graph.edges, routes, strict=True)
    ]
    drawn += [_rectangle(box, x) for box, x in zip(boxes, middles, strict=True)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="tinytorch-graph" role="img" '
            f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
            f"<style>{_STYLE}</style>{_TIP}",
            *drawn,
            "</svg>",
        ]
    )


def _rectangle(box: _Box, x: float) -> str:
    first, second = map(escape, box.lines)
    return (
        f'<g class="{box.kind}"><title>{escape(box.about)}</title>'
        f'<rect x="{x - box.width / 2:.1f}" y="{box.top}" width="{box.width:.1f}" '
        f'height="{_HEIGHT}" rx="6"/>'
        f'<text x="{x:.1f}" y="{box.top + 16}">{first}</text>'
        f'<text x="{x:.1f}" y="{box.top + 31}">{second}</text></g>'
    )


def _edge(top: float, route: Sequence[float]) -> str:
    """A curve from the bottom of a box through its bends to the top of another."""
    y = top + _HEIGHT
    path = f"M{route[0]:.1f} {y}"
    for i, (x, then) in enumerate(itertools.pairwise(route)):
        middle, end = y + _GAP / 2, y + _GAP
        path += f"C{x:.1f} {middle} {then:.1f} {middle} {then:.1f} {end}"
        y = end + _HEIGHT
        if i < len(route) - 2:
            path += f"V{y}"
    return f'<path d="{path}" marker-end="url(#tinytorch-tip)"/>'
