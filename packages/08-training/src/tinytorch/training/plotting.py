"""Pictures of what a run has measured.

They are matplotlib's figures, made without pyplot: no window, no global state, no backend is
touched; `figure.savefig("history.png")` writes one. The extra `plots` brings matplotlib.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.tensor import Tensor
from tinytorch.training.metric import array_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tinytorch.training.history import History

_NO_METRICS = ("epoch", "step", "seconds")  # columns without a panel
_ROW = 3  # panels beside each other
_FEW_POINTS = 25  # which are marked on their line
_READABLE = 25  # classes up to which there is room for numbers
_NAMES = 40  # classes up to which there is room for each one's name


def plot_history(history: History, axes: Sequence[Axes] | None = None) -> Figure:
    """Curves over the epochs: loss and each metric with its validation, a panel each.

    A learning rate that changes has a panel too; `epoch`, `step` and `seconds` have none.

    Args:
        history: of a run.
        axes: to draw on, one a panel in the order of the columns; by default those of a new
            figure.

    Returns:
        the figure.

    Raises:
        ImportError: without matplotlib.
        ValueError: if there is nothing to plot, or there are fewer axes than panels.

    Example:
        >>> from tinytorch.training import History
        >>> history = History()
        >>> history.append({"epoch": 1, "loss": 0.5, "val_loss": 0.75, "accuracy": 0.5})
        >>> history.append({"epoch": 2, "loss": 0.25, "val_loss": 0.5, "accuracy": 0.75})
        >>> [axes.get_title() for axes in plot_history(history).axes]
        ['loss', 'accuracy']
    """
    matplotlib = _matplotlib("plot_history")
    panels = _panels(history)
    if not panels:
        raise ValueError("plot_history: the history has no column of finite numbers to plot")
    if axes is None:
        axes = _grid(matplotlib.figure.Figure, len(panels))
    elif len(axes) < len(panels):
        raise ValueError(
            f"plot_history: {len(axes)} axes, expected one for each of {', '.join(panels)}"
        )
    for panel, (title, columns) in zip(axes, panels.items(), strict=False):
        for name in columns:
            validation = name.startswith("val_")
            epochs, values = _points(history, name)
            panel.plot(
                epochs,
                values,
                color="C1" if validation else "C0",
                label="validation" if validation else "training",
                marker="o" if len(values) <= _FEW_POINTS else None,
                markersize=4,
            )
        panel.set_title("learning rate" if title == "lr" else title)
        panel.set_xlabel("epoch")
        whole = matplotlib.ticker.MaxNLocator("auto", integer=True, min_n_ticks=1)
        panel.xaxis.set_major_locator(whole)
        panel.grid(alpha=0.3)
        panel.spines[["top", "right"]].set_visible(False)
        if len(columns) > 1:
            panel.legend(frameon=False)
    return axes[0].figure  # type: ignore[return-value]


def plot_confusion_matrix(
    matrix: Tensor | np.ndarray,
    classes: Sequence[str] | None = None,
    normalize: bool = False,
    axes: Axes | None = None,
) -> Figure:
    """A confusion matrix as a square of shades, with the numbers where there is room for them.

    The shades go with the square root of the numbers, so that rare confusions are seen too. Zeros
    are left empty.

    Args:
        matrix: counts, (true classes, predicted classes), as `ConfusionMatrix.compute` gives them.
        classes: their names; by default their numbers.
        normalize: show percentages of each true class instead of counts.
        axes: to draw on; by default those of a new figure.

    Returns:
        the figure.

    Raises:
        ImportError: without matplotlib.
        TypeError: if the matrix is no tensor or array of integers.
        ValueError: if it is not square, has a number below zero, or there are not as many names
            as classes.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> figure = plot_confusion_matrix(tensor([[8, 2], [1, 9]]), classes=["cat", "dog"])
        >>> figure.axes[0].get_title()
        'Confusion matrix: 17 of 20 right'
    """
    matplotlib = _matplotlib("plot_confusion_matrix")
    counts = array_of("plot_confusion_matrix: matrix", matrix, "iu")
    number = _checked_number_of_classes(counts, classes)
    if axes is None:
        size = 2.5 + 0.42 * max(number, 4) if number <= _READABLE else 9.0
        figure: Figure = matplotlib.figure.Figure(figsize=(size, size), layout="constrained")
        axes = figure.add_subplot()
    shown = 100 * counts / np.maximum(counts.sum(1, keepdims=True), 1) if normalize else counts
    norm = matplotlib.colors.PowerNorm(0.5, vmin=0, vmax=max(float(shown.max()), 1))
    image = axes.imshow(shown, cmap="Blues", norm=norm)
    right, total = np.trace(counts), counts.sum()
    percent = ", % of each true class" if normalize else ""
    axes.set_title(f"Confusion matrix: {right:,} of {total:,} right{percent}")
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    _name_classes(axes, [str(i) for i in range(number)] if classes is None else list(classes))
    if number <= _READABLE:
        _write_numbers(axes, image, shown, "{:.1f}" if normalize else "{:,}")
    else:
        axes.figure.colorbar(image, ax=axes, shrink=0.8)
    return axes.figure  # type: ignore[return-value]


def _matplotlib(function: str) -> ModuleType:
    """The library, which takes longer to import than this package: only who plots waits for it."""
    try:
        import matplotlib.colors
        import matplotlib.figure
        import matplotlib.ticker
    except ImportError:
        raise ImportError(
            f"{function}: matplotlib is not installed; pip install matplotlib brings it"
        ) from None
    return matplotlib


# --- of a history


def _panels(history: History) -> dict[str, list[str]]:
    """The columns to plot, by what they measure."""
    panels: dict[str, list[str]] = {}
    for name in history.columns:
        values = _points(history, name)[1]
        if name in _NO_METRICS or not values or (name == "lr" and len(set(values)) == 1):
            continue
        panels.setdefault(name.removeprefix("val_"), []).append(name)
    return dict(sorted(panels.items(), key=lambda panel: panel[0] == "lr"))  # which comes last


def _points(history: History, name: str) -> tuple[list[Any], list[Any]]:
    """Epochs, and the finite numbers of a column in them."""
    found = [
        (row.get("epoch", i), row[name])
        for i, row in enumerate(history, start=1)
        if isinstance(row.get(name), int | float) and math.isfinite(row[name])
    ]
    return [epoch for epoch, _ in found], [value for _, value in found]


def _grid(make_figure: type[Figure], panels: int) -> list[Axes]:
    """The axes of a new figure."""
    rows = math.ceil(panels / _ROW)
    columns = math.ceil(panels / rows)
    figure = make_figure(figsize=(4 * columns, 3 * rows), layout="constrained")
    return [figure.add_subplot(rows, columns, i + 1) for i in range(panels)]


# --- of a confusion matrix


def _checked_number_of_classes(counts: np.ndarray, classes: Sequence[str] | None) -> int:
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not counts.size:
        raise ValueError(
            f"plot_confusion_matrix: matrix has shape {counts.shape}, expected a square one, "
            "(classes, classes)"
        )
    if not (counts >= 0).all():
        raise ValueError(
            f"plot_confusion_matrix: matrix holds {counts.min()}, expected counts, 0 or more"
        )
    if classes is not None and len(classes) != len(counts):
        raise ValueError(
            f"plot_confusion_matrix: {len(classes)} names in classes, expected {len(counts)}, "
            "one for each row of matrix"
        )
    return len(counts)


def _name_classes(axes: Axes, names: list[str]) -> None:
    """Names along both sides: all of them, or every fifth, tenth … where they are too many."""
    step = 1 if len(names) <= _NAMES else 5 * math.ceil(len(names) / _NAMES / 5)
    places = range(0, len(names), step)
    longest = max(map(len, names))
    size = "medium" if len(names) <= _READABLE else "small"
    axes.set_xticks(places, [names[i] for i in places], fontsize=size)
    axes.set_yticks(places, [names[i] for i in places], fontsize=size)
    if longest > 3:
        for label in axes.get_xticklabels():
            label.set(rotation=45, ha="right", rotation_mode="anchor")


def _write_numbers(axes: Axes, image: Any, shown: np.ndarray, form: str) -> None:
    """The numbers in their cells, dark on light shades and light on dark ones."""
    longest = max(len(form.format(value)) for value in shown.ravel().tolist())
    for (row, column), value in np.ndenumerate(shown):
        if value:
            red, green, blue = np.power(image.cmap(image.norm(value))[:3], 2.2)
            luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue  # WCAG 2.2
            axes.text(
                column,
                row,
                form.format(value.item()),
                ha="center",
                va="center",
                color="black" if luminance > 0.18 else "white",
                fontsize=min(10.0, 45.0 / longest),
            )
