"""A picture of attention: which token looked at which.

It is matplotlib's figure, made without pyplot: no window, no global state, no backend is touched;
`figure.savefig("attention.png")` writes it. The extra `plots` brings matplotlib.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.tensor import Tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 4  # panels side by side, at most
WIDTH = 9.0  # inches that they may take together, if they are several
BAR = 0.12  # inches across the bar of colours


def plot_attention(
    weights: Tensor,
    queries: Sequence[str],
    keys: Sequence[str] | None = None,
    axes: Axes | Sequence[Axes] | None = None,
) -> Figure:
    r"""Weights as shaded matrices, a panel for each head: a row a query, a column a key.

    The darker a cell, the more of that key's value the query got. The scale is from 0 to 1 in every
    picture, so that they can be compared; what dropout made greater than 1 is as dark as 1.

    Args:
        weights: (L, S), or (H, L, S) for H heads, of one sample. What `MultiheadAttention` returns
            by default is (N, L, S), the mean of the heads for each of N samples, which would be
            drawn as if they were heads: choose `weights[0]`.
        queries: L texts, one for each token; a space is shown as `·`, a new line as `↵`, a sign
            that the font lacks by its number.
        keys: S texts; by default the queries.
        axes: to draw on, one for each head; by default those of a new figure.

    Returns:
        the figure.

    Raises:
        ImportError: without matplotlib.
        TypeError: if the weights are no Tensor, or a label is no text.
        ValueError: if they are no such matrices, are empty, or have numbers that are negative or
            not finite; if there are not as many labels as rows and columns, or axes as heads.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> figure = plot_attention(tensor([[1.0, 0.0], [0.5, 0.5]]), ["to", " be"])
        >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
        ['to', '·be']
    """
    matplotlib = _matplotlib()
    keys = queries if keys is None else keys
    for name, labels in (("queries", queries), ("keys", keys)):
        _check_labels(name, labels)
    heads = _checked(weights, queries, keys)
    covers = _signs(matplotlib)
    down, across = ([_shown(text, covers) for text in texts] for texts in (queries, keys))
    size = None
    if axes is None:
        axes, size = _panels(matplotlib, len(heads), down, across)
    panels = list(np.ravel(axes))  # type: ignore[arg-type]
    if len(panels) != len(heads):
        raise ValueError(
            f"plot_attention: axes are {len(panels)}, expected {len(heads)}, one for each head"
        )
    for number, (panel, head) in enumerate(zip(panels, heads)):
        image = panel.imshow(head, cmap="Blues", vmin=0, vmax=1, aspect="equal")
        panel.xaxis.tick_top()
        panel.xaxis.set_label_position("top")
        panel.set(xlabel="key", ylabel="query")
        fontsize = size or _font_size(panel, head.shape)
        for axis, texts in ((panel.xaxis, across), (panel.yaxis, down)):
            axis.set_ticks(range(len(texts)))
            for label in axis.set_ticklabels(texts, fontsize=fontsize):
                label.set_parse_math(False)  # a dollar is a dollar
        panel.tick_params(length=0)
        if max(map(len, across)) > 1:
            panel.tick_params(axis="x", labelrotation=90)
        if len(heads) > 1:
            panel.set_title(f"head {number}", fontsize="medium")
    figure: Figure = panels[0].figure
    boxes = [panel.get_window_extent() for panel in panels]
    high = 0.6 * (max(box.y1 for box in boxes) - min(box.y0 for box in boxes)) / figure.dpi
    figure.colorbar(
        image, ax=panels, shrink=0.6, aspect=high / BAR, ticks=[0, 0.5, 1], label="weight"
    )
    return figure


def _panels(
    matplotlib: ModuleType, heads: int, down: list[str], across: list[str]
) -> tuple[Any, float]:
    """Axes in rows of a new figure, and the size of texts that fit beside their cells."""
    cell = 0.22 if heads == 1 else 0.15  # inches
    cell = min(cell, 12 / max(len(down), len(across)))
    size = _points(cell)
    letter = size / 72 * 0.65
    width = max(1.5, cell * len(across)) + letter * max(map(len, down)) + 0.3
    height = max(1.0, cell * len(down)) + letter * max(map(len, across)) + 0.5
    columns = min(heads, COLUMNS, max(1, int(WIDTH / width)))
    rows = math.ceil(heads / columns)
    figure = matplotlib.figure.Figure(
        figsize=(columns * width + 0.9, rows * height), layout="constrained"
    )
    return [figure.add_subplot(rows, columns, number + 1) for number in range(heads)], size


def _font_size(panel: Any, shape: tuple[int, int]) -> float:
    """The size of texts that fit beside the cells of axes that were given."""
    box = panel.get_window_extent()
    return _points(min(box.height / shape[0], box.width / shape[1]) / panel.figure.dpi)


def _points(inches: float) -> float:
    """A size of texts at which those of neighbouring cells do not touch."""
    return min(9.0, max(1.0, inches * 72 * 0.75))


def _shown(text: str, covers: set[int]) -> str:
    """A text with all its signs visible."""
    return "".join(
        sign if ord(sign) in covers and sign.isprintable() else _code(sign)
        for sign in text.replace(" ", "·").replace("\n", "↵")
    )


def _code(sign: str) -> str:
    r"""A sign as Python writes it in ASCII, such as \t."""
    return ascii(sign)[1:-1]


def _signs(matplotlib: ModuleType) -> set[int]:
    """The numbers of the signs that the fonts in use have: the others would be warned of."""
    manager = matplotlib.font_manager
    fonts = (
        manager.get_font(manager.findfont(manager.FontProperties(family=[family])))
        for family in manager.FontProperties().get_family()
    )
    return {number for font in fonts for number in font.get_charmap()}


def _checked(weights: Any, queries: Sequence[str], keys: Sequence[str]) -> np.ndarray:
    """The weights as (H, L, S)."""
    if not isinstance(weights, Tensor):
        raise TypeError(
            f"plot_attention: weights is of type {type(weights).__name__}, expected a Tensor"
        )
    if weights.ndim not in (2, 3) or not all(weights.shape):
        raise ValueError(
            f"plot_attention: weights has shape {weights.shape}, expected (L, S) or (H, L, S), "
            "none of them 0; choose a sample of a batch"
        )
    for name, texts, count, of in zip(
        ("queries", "keys"), (queries, keys), weights.shape[-2:], ("row", "column")
    ):
        if len(texts) != count:
            raise ValueError(
                f"plot_attention: {name} are {len(texts)}, expected {count}, one for each {of} of "
                "weights"
            )
    heads: np.ndarray = weights.data.astype(np.float64).reshape(-1, *weights.shape[-2:])
    if not (np.isfinite(heads) & (heads >= 0)).all():
        raise ValueError(
            "plot_attention: weights has numbers that are negative or not finite, expected none"
        )
    return heads


def _check_labels(name: str, labels: Any) -> None:
    if not isinstance(labels, Collection):
        raise TypeError(
            f"plot_attention: {name} is of type {type(labels).__name__}, expected a list of texts"
        )
    for place, label in enumerate(labels):
        if not isinstance(label, str):
            raise TypeError(
                f"plot_attention: {name}[{place}] is {label!r:.60}, expected a text: a tokenizer's "
                "decode makes one of ids"
            )


def _matplotlib() -> ModuleType:
    """The library, which takes longer to import than this package: only who plots waits for it."""
    try:
        import matplotlib.figure
        import matplotlib.font_manager
    except ImportError:
        raise ImportError(
            "plot_attention: matplotlib is not installed; pip install matplotlib brings it"
        ) from None
    return matplotlib
