"""Draw by given probabilities: whether, and which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.tensor.creation import array_like
from tinytorch.tensor.dims import integer
from tinytorch.tensor.random import source_of
from tinytorch.tensor.tensor import Tensor

if TYPE_CHECKING:
    from numpy.random import Generator


def bernoulli(input: Tensor, *, generator: Generator | None = None) -> Tensor:
    """Ones and zeros: each element is 1 with the probability that stands in its place.

    Args:
        input: the probabilities, of any shape.
        generator: where they are drawn from, if not from `tinytorch.setup.generator()`.

    Returns:
        a tensor of the input's shape and type.

    Raises:
        ValueError: if a probability is not in $[0, 1]$.
        TypeError: if the input is not floating point.

    Example:
        >>> bernoulli(tensor([0.0, 1.0]))
        tensor([0., 1.])
    """
    chances = _probabilities("bernoulli", input)
    if not ((chances >= 0) & (chances <= 1)).all():
        raise ValueError("bernoulli: input holds numbers outside [0, 1], expected probabilities")
    drawn = source_of("bernoulli", generator).random(chances.shape) < chances
    return Tensor.from_array(np.asarray(drawn).astype(chances.dtype))


def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Draw places of a row, each as often as its weight says.

    Args:
        input: weights, of shape (places) or (rows, places); they need not sum to 1.
        num_samples: how many to draw from each row.
        replacement: whether a place may be drawn again.
        generator: where they are drawn from, if not from `tinytorch.setup.generator()`.

    Returns:
        the places, int64, of shape (num_samples) or (rows, num_samples); without replacement, in
        the order in which they were drawn.

    Raises:
        ValueError: if weights are negative, not finite or all zero, or if there are fewer places
            than are to be drawn without replacement.
        TypeError: if the input is not floating point.

    Example:
        >>> multinomial(tensor([0.0, 3.0, 0.0]), 2, replacement=True)
        tensor([1, 1])
    """
    weights = _probabilities("multinomial", input)
    if weights.ndim not in (1, 2):
        raise ValueError(f"multinomial: input has {weights.ndim} dimensions, expected 1 or 2")
    num_samples = integer("multinomial", "num_samples", num_samples)
    if num_samples < 1:
        raise ValueError(f"multinomial: num_samples is {num_samples}, expected at least 1")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError("multinomial: input holds weights that are negative, infinite or NaN")
    choices = np.count_nonzero(weights, axis=-1)
    if choices.size and np.min(choices) < (1 if replacement else num_samples):
        raise ValueError(
            f"multinomial: a row has {np.min(choices)} places with a weight above 0, expected "
            + ("at least 1" if replacement else f"{num_samples} to draw without replacement")
        )
    source = source_of("multinomial", generator)
    rows = weights.reshape(-1, weights.shape[-1]).astype(np.float64)
    draw = _with_replacement if replacement else _without_replacement
    return Tensor.from_array(
        draw(rows, num_samples, source).reshape(*weights.shape[:-1], num_samples)
    )


def _with_replacement(rows: np.ndarray, count: int, source: Generator) -> np.ndarray:
    """Where a number drawn from [0, total) falls among the weights' running sums, for each row."""
    sums = rows.cumsum(axis=1)
    drawn = source.random((len(rows), count)) * sums[:, -1:]
    found = np.empty(drawn.shape, np.int64)
    for row, numbers, places in zip(sums, drawn, found):
        places[:] = row.searchsorted(numbers, side="right")
    return found


def _without_replacement(rows: np.ndarray, count: int, source: Generator) -> np.ndarray:
    """The places that come first when each waits for an exponential time divided by its weight.

    Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006.
    """
    with np.errstate(divide="ignore"):
        times = source.standard_exponential(rows.shape) / rows
    return np.asarray(times.argsort(axis=1)[:, :count])


def _probabilities(function: str, input: Any) -> np.ndarray:
    array = array_like(function, input)
    if array.dtype.kind != "f":
        raise TypeError(f"{function}: input has type {array.dtype}, expected floating point")
    return array
