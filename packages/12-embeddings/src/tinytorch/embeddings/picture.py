"""A picture of an embedding space.

It is matplotlib's figure, made without pyplot: no window, no global state, no backend is touched;
`figure.savefig("letters.png")` writes it. The extra `plots` brings matplotlib.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.tensor import Tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_embeddings(
    weight: Tensor,
    labels: Sequence[str],
    highlight: Collection[str] = (),
    axes: Axes | None = None,
) -> Figure:
    r"""The rows of a table in a plane: on their first two principal components, each by its label.

    These are the two directions in which the rows differ most; what share of all their variance
    that is stands beside the axes. Rows that are near in the table are near in the picture; the
    reverse need not hold, as all other directions are left out.

    Args:
        weight: (V, D), at least (2, 2). Of a large table pass the rows that matter.
        labels: what to write at each row; a space is shown as `·`, a new line as `↵`.
        highlight: those of the labels that get another colour.
        axes: to draw on; by default those of a new figure.

    Returns:
        the figure.

    Raises:
        ImportError: without matplotlib.
        TypeError: if the weight is no Tensor.
        ValueError: if it is no such matrix, has numbers that are not finite, or there are not as
            many labels as rows.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> weight = tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
        >>> figure = plot_embeddings(weight, ["a", "b", "c"], highlight=["a"])
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['a', 'b', 'c']
    """
    matplotlib = _matplotlib()
    points, shares = _plane(_checked(weight, labels))
    if axes is None:
        figure: Figure = matplotlib.figure.Figure(figsize=(7, 7), layout="constrained")
        axes = figure.add_subplot()
    chosen = set(highlight)
    size = min(12.0, max(7.0, 60 / len(points) ** 0.5))
    axes.set_aspect("equal", "datalim")  # so that distances can be compared
    axes.update_datalim(points)
    axes.margins(0.08)
    axes.autoscale_view()
    for (x, y), label in zip(points.tolist(), labels, strict=True):
        axes.text(
            x,
            y,
            label.replace(" ", "·").replace("\n", "↵"),
            fontsize=size,
            color="C3" if label in chosen else "0.25",
            fontweight="bold" if label in chosen else "normal",
            ha="center",
            va="center",
            parse_math=False,  # a dollar is a dollar
        )
    for axis, ordinal, share in zip((axes.xaxis, axes.yaxis), ("first", "second"), shares):
        axis.set_label_text(f"{ordinal} principal component, {share:.0%} of the variance")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return axes.figure  # type: ignore[return-value]


def _plane(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows on their first two principal components, and each one's share of the variance."""
    centred = rows - rows.mean(0)
    _, lengths, directions = np.linalg.svd(centred, full_matrices=False)
    variances = lengths**2
    # A direction may point either way: let its largest number be above zero, on any machine.
    largest = np.abs(directions).argmax(1)
    directions *= np.sign(directions[np.arange(len(directions)), largest])[:, None]
    return centred @ directions[:2].T, variances[:2] / max(variances.sum(), 1e-300)


def _checked(weight: Any, labels: Sequence[str]) -> np.ndarray:
    """The table in float64."""
    if not isinstance(weight, Tensor):
        raise TypeError(
            f"plot_embeddings: weight is of type {type(weight).__name__}, expected a Tensor"
        )
    if weight.ndim != 2 or min(weight.shape) < 2:
        raise ValueError(
            f"plot_embeddings: weight has shape {weight.shape}, expected (V, D), at least (2, 2)"
        )
    if len(labels) != len(weight):
        raise ValueError(
            f"plot_embeddings: {len(labels)} labels, expected {len(weight)}, one for each row of "
            "weight"
        )
    rows: np.ndarray = weight.data.astype(np.float64)
    if not np.isfinite(rows).all():
        row = int(np.flatnonzero(~np.isfinite(rows).all(1))[0])
        raise ValueError(
            f"plot_embeddings: row {row} of weight has numbers that are not finite, expected none"
        )
    return rows


def _matplotlib() -> ModuleType:
    """The library, which takes longer to import than this package: only who plots waits for it."""
    try:
        import matplotlib.figure
    except ImportError:
        raise ImportError(
            "plot_embeddings: matplotlib is not installed; pip install matplotlib brings it"
        ) from None
    return matplotlib
