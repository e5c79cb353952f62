"""Pictures: what is on them, and that nothing outside them is touched."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import tinytorch.tensor as tt
from tinytorch.training import ConfusionMatrix, History, plot_confusion_matrix, plot_history


def history_of(*rows):
    history = History()
    for row in rows:
        history.append(row)
    return history


def curves(axes):
    """The points of each curve, by its label."""
    return {line.get_label(): list(zip(*line.get_data(), strict=True)) for line in axes.lines}


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


# --- a history


def test_each_measure_has_a_panel_with_its_validation():
    history = history_of(
        {"epoch": 1, "step": 9, "lr": 0.1, "loss": 2.0, "accuracy": 0.5, "val_loss": 3.0},
        {"epoch": 2, "step": 18, "lr": 0.1, "loss": 1.0, "accuracy": 0.7, "val_loss": 2.5},
    )
    figure = history.plot()
    assert [axes.get_title() for axes in figure.axes] == ["loss", "accuracy"]
    loss, accuracy = figure.axes
    assert curves(loss) == {"training": [(1, 2.0), (2, 1.0)], "validation": [(1, 3.0), (2, 2.5)]}
    assert curves(accuracy) == {"training": [(1, 0.5), (2, 0.7)]}
    assert loss.get_legend() is not None
    assert accuracy.get_legend() is None
    assert loss.get_xlabel() == "epoch"


def test_a_rate_that_changes_comes_last():
    rows = [{"lr": 0.1 * epoch, "loss": 1 / epoch, "val_f1": 0.5} for epoch in range(1, 4)]
    figure = plot_history(history_of(*rows))
    assert [axes.get_title() for axes in figure.axes] == ["loss", "f1", "learning rate"]
    assert curves(figure.axes[1]) == {"validation": [(1, 0.5), (2, 0.5), (3, 0.5)]}


def test_epochs_without_a_number_are_passed_over():
    history = history_of(
        {"epoch": 1, "loss": 3.0, "val_loss": 4.0, "note": "x", "recall": [0.5, 0.5]},
        {"epoch": 2, "loss": float("nan")},
        {"epoch": 3, "loss": float("inf"), "val_loss": 2.0},
    )
    (axes,) = plot_history(history).axes
    assert curves(axes) == {"training": [(1, 3.0)], "validation": [(1, 4.0), (3, 2.0)]}


@pytest.mark.parametrize("epochs", [1, 2, 300])
def test_any_number_of_epochs_is_drawn(epochs, tmp_path):
    figure = plot_history(history_of(*({"loss": 1 / i, "a": i} for i in range(1, epochs + 1))))
    figure.savefig(tmp_path / "history.png", dpi=40)
    loss = figure.axes[0]
    assert all(tick == int(tick) for tick in loss.get_xticks())
    assert (loss.lines[0].get_marker() == "o") == (epochs < 100)  # one epoch is a point


def test_it_is_drawn_on_given_axes():
    history = history_of({"loss": 1.0, "accuracy": 0.5})
    figure = Figure()
    axes = list(figure.subplots(1, 3))
    assert plot_history(history, axes) is figure
    assert [ax.get_title() for ax in axes] == ["loss", "accuracy", ""]
    with pytest.raises(ValueError, match="1 axes, expected one for each of loss, accuracy"):
        plot_history(history, axes[:1])


def test_nothing_to_plot_is_an_error():
    for history in (History(), history_of({"epoch": 1, "note": "x", "loss": float("nan")})):
        with pytest.raises(ValueError, match="has no column of finite numbers"):
            plot_history(history)


# --- a confusion matrix


def test_numbers_titles_and_names():
    figure = plot_confusion_matrix(tt.tensor([[8, 2], [0, 1990]]), classes=["cat", "dog"])
    axes = figure.axes[0]
    assert texts(figure) == ["8", "2", "1,990"]  # zeros are left empty
    assert axes.get_title() == "Confusion matrix: 1,998 of 2,000 right"
    assert axes.get_xlabel() == "predicted class"
    assert axes.get_ylabel() == "true class"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["cat", "dog"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog"]
    assert [text.get_position() for text in axes.texts] == [(0, 0), (1, 0), (1, 1)]


def test_percentages_are_of_each_true_class():
    matrix = np.array([[3, 1, 0], [0, 0, 0], [1, 1, 1]])
    figure = plot_confusion_matrix(matrix, normalize=True)
    assert texts(figure) == ["75.0", "25.0", "33.3", "33.3", "33.3"]
    assert figure.axes[0].get_title().endswith("4 of 7 right, % of each true class")
    assert matrix.tolist() == [[3, 1, 0], [0, 0, 0], [1, 1, 1]]


def test_numbers_are_readable_on_every_shade():
    figure = plot_confusion_matrix(np.arange(25).reshape(5, 5) * 40)
    axes = figure.axes[0]
    image = axes.images[0]
    shades = image.cmap(image.norm(image.get_array()))

    def luminance(color):  # https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
        return np.dot([0.2126, 0.7152, 0.0722], linear)

    for text in axes.texts:
        column, row = text.get_position()
        dark, light = sorted(
            [luminance(to_rgb(text.get_color())), luminance(shades[row, column][:3])]
        )
        assert (light + 0.05) / (dark + 0.05) >= 4.5  # what WCAG asks of text


@pytest.mark.parametrize(("number", "named"), [(1, 1), (25, 25), (26, 26), (40, 40), (100, 20)])
@pytest.mark.parametrize("long", [False, True])
def test_any_number_of_classes_is_drawn(number, named, long, tmp_path):
    matrix = np.eye(number, dtype=int) * 9 + 1
    figure = plot_confusion_matrix(matrix, [f"number {i}" for i in range(number)] if long else None)
    figure.savefig(tmp_path / "matrix.png", dpi=40)
    axes = figure.axes[0]
    assert len(axes.get_xticks()) == len(axes.get_yticks()) == named
    assert len(axes.texts) == (number**2 if number <= 25 else 0)
    assert len(figure.axes) == (1 if number <= 25 else 2)  # shades are explained, or numbers are


def test_a_matrix_without_samples_is_drawn():
    figure = plot_confusion_matrix(np.zeros((3, 3), int), normalize=True)
    assert texts(figure) == []
    assert "0 of 0 right" in figure.axes[0].get_title()


def test_what_a_metric_gives_is_drawn_on_given_axes():
    metric = ConfusionMatrix(2)
    metric.update(np.array([0, 1, 1]), np.array([0, 1, 0]))
    figure = Figure()
    axes = figure.subplots(1, 2)
    assert plot_confusion_matrix(metric.compute(), axes=axes[1]) is figure
    assert axes[0].get_title() == ""
    assert axes[1].get_title() == "Confusion matrix: 2 of 3 right"


@pytest.mark.parametrize(
    ("matrix", "classes", "kind", "message"),
    [
        ([[1]], None, TypeError, "matrix is list, expected a Tensor"),
        (np.eye(2), None, TypeError, "matrix has type float64, expected integers"),
        (np.ones((2, 3), int), None, ValueError, r"matrix has shape \(2, 3\), expected a square"),
        (np.ones(4, int), None, ValueError, r"matrix has shape \(4,\)"),
        (np.ones((0, 0), int), None, ValueError, r"matrix has shape \(0, 0\)"),
        (np.array([[1, -2], [0, 1]]), None, ValueError, "matrix holds -2, expected counts"),
        (np.ones((2, 2), int), ["a"], ValueError, "1 names in classes, expected 2, one for each"),
    ],
)
def test_what_is_no_confusion_matrix_is_refused(matrix, classes, kind, message):
    with pytest.raises(kind, match=f"plot_confusion_matrix: {message}"):
        plot_confusion_matrix(matrix, classes)


# --- beside the pictures


def test_without_matplotlib_the_way_to_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    history = history_of({"loss": 1.0})
    for call in (history.plot, lambda: plot_confusion_matrix(np.eye(2, dtype=int))):
        with pytest.raises(ImportError, match="; pip install matplotlib brings it"):
            call()


def test_pyplot_and_matplotlib_itself_are_imported_by_those_who_want_them():
    program = (
        "import sys, tinytorch.training as tr, numpy as np\n"
        "assert 'matplotlib' not in sys.modules\n"
        "history = tr.History()\n"
        "history.append({'loss': 1.0})\n"
        "history.plot()\n"
        "tr.plot_confusion_matrix(np.eye(2, dtype=int))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
