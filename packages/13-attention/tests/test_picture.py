"""The picture of attention: what is on it, and that nothing outside it is touched."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure

from tinytorch.attention import plot_attention
from tinytorch.setup import generator
from tinytorch.tensor import Tensor, ones, tensor, zeros


def weights(*shape):
    scores = generator().random(shape) ** 4
    return Tensor(scores / scores.sum(-1, keepdims=True))


def texts(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_a_row_is_a_query_and_a_column_a_key():
    given = weights(2, 3)
    figure = plot_attention(given, ["to", "be"], ["a", "b", "c"])
    panel, colorbar = figure.axes
    assert texts(panel.yaxis) == ["to", "be"]
    assert texts(panel.xaxis) == ["a", "b", "c"]
    (image,) = panel.images
    assert image.get_array().tolist() == given.tolist()
    assert image.get_clim() == (0, 1)
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("key", "query")
    assert panel.get_title() == ""
    assert colorbar.get_ylabel() == "weight"


def test_keys_are_the_queries_unless_they_are_given():
    panel = plot_attention(weights(2, 2), ["to", "be"]).axes[0]
    assert texts(panel.xaxis) == texts(panel.yaxis) == ["to", "be"]


@pytest.mark.parametrize("heads", [1, 2, 4, 5, 12])
def test_each_head_has_a_panel_and_all_one_scale(heads):
    given = weights(heads, 3, 3)
    *panels, _ = plot_attention(given, "abc").axes
    assert len(panels) == heads
    for i, panel in enumerate(panels):
        assert panel.get_title() == (f"head {i}" if heads > 1 else "")
        assert panel.images[0].get_array().tolist() == given[i].tolist()
        assert panel.images[0].get_clim() == (0, 1)


def test_any_text_is_a_label(tmp_path):
    given = [
        " the",
        "  ",
        "\n",
        "$x$",
        "$",
        "_",
        "ß",
        "",
        "中文",
        "\U0001f600",
        "\x00",
        "a\\b",
        "\ufffd",
    ]
    figure = plot_attention(weights(len(given), len(given)), given)
    figure.savefig(tmp_path / "labels.png", dpi=40)  # warns of nothing
    assert not any(label.get_parse_math() for label in figure.axes[0].get_yticklabels())
    shown = texts(figure.axes[0].yaxis)
    assert shown[:8] == ["·the", "··", "↵", "$x$", "$", "_", "ß", ""]
    assert shown[8] in ("中文", "\\u4e2d\\u6587")  # by the fonts that are installed
    assert shown[9] in ("\U0001f600", "\\U0001f600")
    assert shown[10:12] == ["\\x00", "a\\b"]


@pytest.mark.parametrize(
    ("heads", "rows", "columns"),
    [(1, 1, 1), (1, 12, 12), (1, 40, 40), (4, 3, 30), (4, 30, 3), (12, 12, 12)],
)
def test_no_label_is_cut_off_and_none_touches_its_neighbour(heads, rows, columns):
    figure = plot_attention(
        weights(heads, rows, columns), ["WWWWWWWW"] * rows, [f"word {i}" for i in range(columns)]
    )
    figure.draw_without_rendering()
    page = figure.bbox
    for panel in figure.axes[:heads]:
        down = [label.get_window_extent() for label in panel.get_yticklabels()]
        across = [label.get_window_extent() for label in panel.get_xticklabels()]
        for box in (*down, *across):
            assert page.x0 <= box.x0
            assert box.x1 <= page.x1
            assert page.y0 <= box.y0
            assert box.y1 <= page.y1
        for upper, lower in pairwise(down):
            assert upper.y0 >= lower.y0 + 0.5 * upper.height
        for left, right in pairwise(across):
            assert left.x0 <= right.x0 - 0.5 * left.width


def test_single_letters_stand_upright_and_words_do_not():
    for keys, rotation in (("abc", 0), (["a", "b", "cd"], 90)):
        panel = plot_attention(weights(2, 3), "ab", keys).axes[0]
        assert {label.get_rotation() for label in panel.get_xticklabels()} == {rotation}


def test_it_is_drawn_on_given_axes():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert plot_attention(weights(2, 2), "ab", axes=right) is figure
    assert not left.images
    assert len(right.images) == 1
    figure = Figure()
    grid = figure.subplots(2, 2)
    plot_attention(weights(4, 2, 2), "ab", axes=grid)
    assert all(len(panel.images) == 1 for panel in grid.ravel())


def test_a_tensor_that_is_learned_is_drawn():
    plot_attention(weights(2, 2).requires_grad_(), "ab")


def test_pictures_can_be_compared():
    """Of a query that sees nothing, of small weights, and of those that dropout made greater."""
    for given in (zeros(2, 2), ones(2, 2) / 2, ones(2, 2) * 2):
        assert plot_attention(given, "ab").axes[0].images[0].get_clim() == (0, 1)


@pytest.mark.parametrize(("tokens", "columns"), [(5, 4), (24, 2), (60, 1)])
def test_wide_panels_stand_below_one_another(tokens, columns):
    figure = plot_attention(weights(4, tokens, tokens), "x" * tokens)
    figure.draw_without_rendering()
    assert len({round(panel.get_window_extent().x0) for panel in figure.axes[:4]}) == columns
    assert figure.get_figwidth() < 14


@pytest.mark.parametrize(("heads", "tokens"), [(1, 2), (1, 40), (4, 5), (4, 24), (12, 12)])
def test_the_bar_of_colours_is_neither_a_line_nor_a_block(heads, tokens):
    figure = plot_attention(weights(heads, tokens, tokens), "x" * tokens)
    figure.draw_without_rendering()
    bar = figure.axes[-1].get_window_extent()
    assert 0.08 < bar.width / figure.dpi < 0.2
    assert bar.height > 3 * bar.width


@pytest.mark.parametrize(
    ("given", "labels", "error", "message"),
    [
        ([[1.0]], ["a"], TypeError, "weights is of type list, expected a Tensor"),
        (ones(2), "ab", ValueError, r"weights has shape \(2,\), expected \(L, S\) or \(H, L, S\)"),
        (ones(1, 1, 2, 2), "ab", ValueError, r"weights has shape .* choose a sample of a batch"),
        (ones(2, 0), "ab", ValueError, r"weights has shape \(2, 0\)"),
        (ones(0, 2, 2), "ab", ValueError, r"weights has shape \(0, 2, 2\)"),
        (ones(3, 2), "ab", ValueError, "queries are 2, expected 3, one for each row of weights"),
        (ones(2, 3), "ab", ValueError, "keys are 2, expected 3, one for each column of weights"),
        (ones(2, 2), ["a", 7], TypeError, r"queries\[1\] is 7, expected a text: a tokenizer's dec"),
        (ones(2, 2), np.array([1, 2]), TypeError, r"queries\[0\] is .*1\)?, expected a text"),
        (ones(2, 2), 2, TypeError, "queries is of type int, expected a list of texts"),
        (tensor([[1.0, np.nan], [0.0, 0.0]]), "ab", ValueError, "weights has numbers that are neg"),
        (tensor([[1.0, -0.1], [0.0, 0.0]]), "ab", ValueError, "weights has numbers that are negat"),
    ],
)
def test_what_is_refused(given, labels, error, message):
    with pytest.raises(error, match=f"plot_attention: {message}"):
        plot_attention(given, labels)


def test_keys_are_texts_too():
    with pytest.raises(TypeError, match=r"keys\[0\] is 3, expected a text"):
        plot_attention(ones(2, 2), "ab", [3, 4])


def test_there_must_be_as_many_axes_as_heads():
    with pytest.raises(ValueError, match="axes are 2, expected 3, one for each head"):
        plot_attention(weights(3, 2, 2), "ab", axes=Figure().subplots(1, 2))


def test_without_matplotlib_the_way_to_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="; pip install matplotlib brings it"):
        plot_attention(ones(2, 2), "ab")


def test_pyplot_and_matplotlib_itself_are_imported_by_those_who_want_them():
    program = (
        "import sys, tinytorch.attention as ta\n"
        "from tinytorch.tensor import eye\n"
        "assert 'matplotlib' not in sys.modules\n"
        "ta.plot_attention(eye(2), 'ab')\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
