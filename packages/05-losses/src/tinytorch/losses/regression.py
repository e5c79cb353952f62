"""How far numbers are from other numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.losses.reduction import Reduction, check_pair, reduced
from tinytorch.tensor import Tensor, abs, primitive, square
from tinytorch.tensor.dims import setting


@primitive
def huber(input: Any, *, delta: float) -> Any:
    """The Huber loss of a difference. Its derivative is the difference, cut off at delta."""
    with np.errstate(all="ignore"):
        size = np.abs(input)
        return np.where(size <= delta, 0.5 * (size * size), delta * (size - 0.5 * delta))


def mse_loss(input: Tensor, target: Tensor, *, reduction: Reduction = "mean") -> Tensor:
    """The mean squared error: $(x - y)^2$.

    Args:
        input: floating point, any shape.
        target: the same shape.
        reduction: `none`, `mean` or `sum`.

    Raises:
        TypeError: if the input is no tensor of floating point.
        ValueError: if the shapes differ, or for another reduction.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> mse_loss(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        tensor(2.)
    """
    check_pair("mse_loss", input, target)
    return reduced("mse_loss", square(input - target), reduction)


def l1_loss(input: Tensor, target: Tensor, *, reduction: Reduction = "mean") -> Tensor:
    """The mean absolute error: $|x - y|$.

    Args:
        input: floating point, any shape.
        target: the same shape.
        reduction: `none`, `mean` or `sum`.

    Raises:
        TypeError: if the input is no tensor of floating point.
        ValueError: if the shapes differ, or for another reduction.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> l1_loss(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        tensor(1.)
    """
    check_pair("l1_loss", input, target)
    return reduced("l1_loss", abs(input - target), reduction)


def huber_loss(
    input: Tensor, target: Tensor, reduction: Reduction = "mean", delta: float = 1.0
) -> Tensor:
    r"""Squared near the target, straight far away: one outlier does not rule.

    $$\tfrac12 d^2 \text{ where } |d| \le \delta, \qquad \delta (|d| - \tfrac12 \delta)
    \text{ beyond}, \qquad d = x - y$$

    (P. J. Huber, *Robust Estimation of a Location Parameter*, 1964.)

    Args:
        input: floating point, any shape.
        target: the same shape.
        reduction: `none`, `mean` or `sum`.
        delta: $\delta$, above 0.

    Raises:
        TypeError: if the input is no tensor of floating point.
        ValueError: if the shapes differ, delta is not positive, or for another reduction.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> huber_loss(tensor([0.5, 10.0]), tensor([0.0, 0.0]), reduction="none")
        tensor([0.1250, 9.5000])
    """
    check_pair("huber_loss", input, target)
    delta = setting("huber_loss", "delta", delta)
    if not delta > 0:
        raise ValueError(f"huber_loss: delta is {delta}, expected more than 0")
    return reduced("huber_loss", huber(input - target, delta=delta), reduction)


def smooth_l1_loss(
    input: Tensor, target: Tensor, *, reduction: Reduction = "mean", beta: float = 1.0
) -> Tensor:
    r"""The Huber loss divided by $\beta$, which becomes the absolute error as $\beta$ goes to 0.

    (R. Girshick, *Fast R-CNN*, 2015, https://arxiv.org/abs/1504.08083.)

    Args:
        input: floating point, any shape.
        target: the same shape.
        reduction: `none`, `mean` or `sum`.
        beta: $\beta$, the distance at which it changes from squared to straight; at least 0.

    Raises:
        TypeError: if the input is no tensor of floating point.
        ValueError: if the shapes differ, beta is negative, or for another reduction.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> smooth_l1_loss(tensor([1.0]), tensor([0.0]), beta=2.0)
        tensor(0.2500)
    """
    check_pair("smooth_l1_loss", input, target)
    beta = setting("smooth_l1_loss", "beta", beta)
    if not beta >= 0:
        raise ValueError(f"smooth_l1_loss: beta is {beta}, expected 0 or more")
    difference = input - target
    losses = huber(difference, delta=beta) / beta if beta else abs(difference)
    return reduced("smooth_l1_loss", losses, reduction)
