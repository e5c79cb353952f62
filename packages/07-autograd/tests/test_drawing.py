"""`draw_graph` shows every node once, in its place."""

import itertools
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinytorch.autograd as ag
import tinytorch.tensor as tt
from tinytorch.autograd.layout import layered_layout
from tinytorch.tensor import Tensor, tensor

SVG = "{http://www.w3.org/2000/svg}"


def leaf(data):
    return Tensor(data, dtype="float64", requires_grad=True)


def boxes(svg):
    """The boxes of a drawing: kind, first line, second line, and where they stand."""
    found = []
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        x, y, width, height = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
        first, second = (text.text for text in group.findall(f"{SVG}text"))
        found.append((group.get("class"), first, second, (x, y, x + width, y + height)))
    return found


def example():
    x, w, b = leaf(np.ones((4, 3))), leaf(np.ones((3, 2))), leaf(np.ones(2))
    return tt.tanh(x @ w + b), {"x": x, "w": w, "b": b}


class TestSvg:
    def test_shows_operations_leaves_names_and_shapes(self):
        z, names = example()
        found = {(kind, first, second) for kind, first, second, _ in boxes(ag.draw_graph(z, names))}
        assert found == {
            ("leaf", "x", "(4, 3)"),
            ("leaf", "w", "(3, 2)"),
            ("leaf", "b", "(2,)"),
            ("operation", "matmul", "(4, 2)"),
            ("operation", "add", "(4, 2)"),
            ("result", "tanh", "(4, 2)"),
        }

    def test_flows_from_top_to_bottom(self):
        z, names = example()
        top = {first: place[1] for _, first, _, place in boxes(ag.draw_graph(z, names))}
        assert top["x"] == top["w"] < top["matmul"] < top["add"] < top["tanh"]
        assert top["b"] == top["matmul"]  # right above its use

    def test_has_an_edge_for_each_use(self):
        x = leaf(1.0)
        root = ElementTree.fromstring(ag.draw_graph(x * x))
        edges = [path for path in root.findall(f"{SVG}path") if path.get("marker-end")]
        assert len(edges) == 2

    def test_boxes_do_not_overlap_and_stay_inside(self):
        x = leaf(np.ones(3))
        y = x
        parts = [tt.exp(x * float(i)) for i in range(7)]
        for part in parts:
            y = y * part + x
        svg = ag.draw_graph(y)
        width, height = (float(n) for n in re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())
        places = [place for *_, place in boxes(svg)]
        for i, (x0, y0, x1, y1) in enumerate(places):
            assert 0 <= x0 < x1 <= width
            assert 0 <= y0 < y1 <= height
            for a0, b0, a1, b1 in places[:i]:
                assert x1 <= a0 or a1 <= x0 or y1 <= b0 or b1 <= y0

    def test_names_and_settings_are_escaped(self):
        x = leaf([1.0, 2.0])
        y = x.sum()
        svg = ag.draw_graph(y, {'<a> & "b"': x, "loss": y})
        ElementTree.fromstring(svg)
        assert "&lt;a&gt; &amp;" in svg
        assert "loss = reduce_sum" in svg
        assert "<title>reduce_sum(dim=" in svg

    def test_a_single_leaf(self):
        assert [box[:3] for box in boxes(ag.draw_graph(leaf([1.0])))] == [("leaf", "leaf", "(1,)")]

    def test_several_results_of_one_call_are_one_box(self):
        x = leaf([3.0, 1.0])
        a, b = tt.split(x, 1)
        kinds = [box[0] for box in boxes(ag.draw_graph([a, b]))]
        assert sorted(kinds) == ["leaf", "result"]


class TestDot:
    def test_is_a_description_for_graphviz(self):
        z, names = example()
        dot = ag.draw_graph(z, names, format="dot")
        assert dot.startswith("digraph {\n")
        assert dot.endswith("\n}")
        assert 'n0 [label="tanh\\n(4, 2)", shape=box];' in dot
        assert dot.count("->") == 5

    def test_names_are_escaped(self):
        x = leaf(1.0)
        assert r'label="a\"b\\c\n()"' in ag.draw_graph(x * 1.0, {'a"b\\c': x}, format="dot")


class TestErrors:
    def test_nothing_recorded(self):
        with pytest.raises(
            ValueError, match=r"draw_graph: a tensor of shape \(2,\) was not recorded"
        ):
            ag.draw_graph(tensor([1.0, 2.0]))

    def test_a_freed_graph(self):
        y = leaf(1.0) * 2.0
        y.backward()
        with pytest.raises(RuntimeError, match=r"graph behind mul was freed.*retain_graph=True"):
            ag.draw_graph(y)

    def test_too_many_nodes(self):
        y = leaf(1.0)
        for _ in range(400):
            y = y * 1.0
        with pytest.raises(ValueError, match=r"more than 300 nodes, which nobody can read"):
            ag.draw_graph(y)
        assert len(boxes(ag.draw_graph(y, limit=401))) == 401

    def test_another_format(self):
        with pytest.raises(ValueError, match=r"format is 'png', expected 'svg' or 'dot'"):
            ag.draw_graph(leaf(1.0), format="png")


@given(st.data())
def test_a_layout_keeps_every_row_apart(data):
    layers = sorted(data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=12)))
    layers = [layer - layers[0] for layer in layers]
    widths = data.draw(st.lists(st.floats(10, 90), min_size=len(layers), max_size=len(layers)))
    pairs = [(i, j) for i, a in enumerate(layers) for j, b in enumerate(layers) if a < b]
    edges = data.draw(st.lists(st.sampled_from(pairs), max_size=15)) if pairs else []
    middles, routes = layered_layout(widths, layers, edges)
    assert min(x - w / 2 for x, w in zip(middles, widths, strict=True)) > -1e-9
    for (start, end), route in zip(edges, routes, strict=True):
        assert len(route) == layers[end] - layers[start] + 1
        assert (route[0], route[-1]) == (middles[start], middles[end])
    for layer in set(layers):
        row = sorted((middles[i], widths[i]) for i in range(len(layers)) if layers[i] == layer)
        for (x, w), (other_x, other_w) in itertools.pairwise(row):
            assert other_x - x >= (w + other_w) / 2 - 1e-6
