"""Dropout: forget some elements at random while training."""

from __future__ import annotations

import numpy as np

from tinytorch.activations.floating import require_floating
from tinytorch.layers.module import Module
from tinytorch.setup import generator
from tinytorch.tensor import Tensor


def dropout(input: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    r"""Set each element to zero with probability $p$ and divide the others by $1 - p$.

    (Srivastava et al., JMLR 15, 2014.) The expected value stays what it was, so evaluation needs no
    correction.

    Args:
        input: any shape.
        p: the probability.
        training: whether anything is dropped at all.

    Raises:
        TypeError: if p is no number, or the input is of integers while some of it is dropped.
        ValueError: if p is not from 0 to 1.

    Example:
        >>> from tinytorch.tensor import ones
        >>> dropout(ones(3), p=0.5, training=False)
        tensor([1., 1., 1.])
    """
    _check_probability("dropout", p)
    if not training or p == 0:
        return input
    if p == 1:
        return input * 0
    require_floating("dropout", input)
    keep = generator().random(input.shape, dtype=np.float32) >= p
    return input * Tensor.from_array(keep.astype(input.dtype) / input.dtype.type(1 - p))


class Dropout(Module):
    """`dropout` as a layer: it drops in training mode only.

    Args:
        p: the probability that an element is dropped.

    Example:
        >>> from tinytorch.tensor import ones
        >>> layer = Dropout(p=1.0)
        >>> layer(ones(3))
        tensor([0., 0., 0.])
        >>> layer.eval()(ones(3))
        tensor([1., 1., 1.])
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        _check_probability("Dropout", p)
        self.p = p

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return f"p={self.p}"


def _check_probability(function: str, p: float) -> None:
    if not isinstance(p, int | float | np.floating):
        raise TypeError(f"{function}: p is {p!r}, expected a number")
    if not 0 <= p <= 1:
        raise ValueError(f"{function}: p is {p}, expected from 0 to 1")
