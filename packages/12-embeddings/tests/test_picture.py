"""The picture of an embedding space: what is on it, and that nothing outside it is touched."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from tinytorch.embeddings import plot_embeddings
from tinytorch.tensor import ones, randn, tensor, zeros


def places(figure, axes=0):
    return {text.get_text(): text.get_position() for text in figure.axes[axes].texts}


def test_rows_lie_on_their_principal_components():
    weight = np.zeros((4, 5), np.float32)
    weight[:, 3] = [-3, -1, 1, 3]  # the rows differ most in one direction
    weight[:, 1] = [1, -1, -1, 1]  # and next in another, which is orthogonal
    found = places(plot_embeddings(tensor(weight + 7), list("abcd")))
    for i, label in enumerate("abcd"):
        assert found[label] == pytest.approx((weight[i, 3], weight[i, 1]), abs=1e-5)


def test_shares_of_the_variance_are_told():
    weight = tensor([[3.0, 0.0, 0.0], [-3.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, -1.0, 0.0]])
    axes = plot_embeddings(weight, list("abcd")).axes[0]
    assert axes.get_xlabel() == "first principal component, 90% of the variance"
    assert axes.get_ylabel() == "second principal component, 10% of the variance"


def test_some_labels_are_highlighted():
    figure = plot_embeddings(randn(4, 3), ["a", "b", "c", "d"], highlight=["b", "zz"])
    colors = {text.get_text(): to_rgb(text.get_color()) for text in figure.axes[0].texts}
    assert colors["a"] == colors["c"] == colors["d"] != colors["b"]
    (first, second, _) = plot_embeddings(randn(3, 2), ["ae", "a", ""], "aeiou").axes[0].texts
    assert to_rgb(first.get_color()) == colors["a"]  # the letters, not parts of the word
    assert to_rgb(second.get_color()) == colors["b"]


def test_any_text_is_a_label(tmp_path):
    labels = [" ", "\n", "$x$", "$", "_", "ß", "a very long word", "  a"]
    figure = plot_embeddings(randn(8, 3), labels)
    figure.savefig(tmp_path / "labels.png", dpi=40)
    assert list(places(figure)) == ["·", "↵", "$x$", "$", "_", "ß", "a·very·long·word", "··a"]


@pytest.mark.parametrize("rows", [2, 65, 300])
def test_no_label_is_cut_off(rows):
    figure = plot_embeddings(randn(rows, 8), [f"word {i}" for i in range(rows)])
    figure.draw_without_rendering()
    page = figure.bbox
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1
        assert page.y0 <= box.y0
        assert box.y1 <= page.y1


def test_rows_that_are_all_equal_are_drawn(tmp_path):
    figure = plot_embeddings(ones(3, 2), ["a", "b", "c"])
    figure.savefig(tmp_path / "equal.png", dpi=40)
    assert set(places(figure).values()) == {(0, 0)}


def test_it_is_drawn_on_given_axes():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    weight = randn(3, 2, requires_grad=True)
    assert plot_embeddings(weight, ["a", "b", "c"], axes=right) is figure
    assert not left.texts
    assert len(right.texts) == 3


@pytest.mark.parametrize(
    ("weight", "labels", "error", "message"),
    [
        ([[1.0]], ["a"], TypeError, "weight is of type list, expected a Tensor"),
        (ones(3), ["a"] * 3, ValueError, r"weight has shape \(3,\), expected \(V, D\)"),
        (ones(1, 3), ["a"], ValueError, r"weight has shape \(1, 3\)"),
        (ones(3, 1), ["a"] * 3, ValueError, r"weight has shape \(3, 1\)"),
        (ones(3, 2), ["a"] * 2, ValueError, "2 labels, expected 3, one for each row"),
        (tensor([[1.0, 2.0], [np.inf, 0.0]]), "ab", ValueError, "row 1 of weight has numbers"),
    ],
)
def test_what_is_refused(weight, labels, error, message):
    with pytest.raises(error, match=f"plot_embeddings: {message}"):
        plot_embeddings(weight, labels)


def test_without_matplotlib_the_way_to_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="; pip install matplotlib brings it"):
        plot_embeddings(zeros(2, 2), ["a", "b"])


def test_pyplot_and_matplotlib_itself_are_imported_by_those_who_want_them():
    program = (
        "import sys, tinytorch.embeddings as te\n"
        "from tinytorch.tensor import eye\n"
        "assert 'matplotlib' not in sys.modules\n"
        "te.plot_embeddings(eye(2), ['a', 'b'])\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
