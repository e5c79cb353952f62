"""How far numbers are from other numbers."""

from __future__ import annotations

from tinytorch.losses.reduction import Reduction, check_same_shape, reduced
from tinytorch.tensor import Tensor, abs, square, where


def mse_loss(input: Tensor, target: Tensor, reduction: Reduction = "mean") -> Tensor:
    """The mean squared error: $(x - y)^2$.

    Args:
        input: any shape.
        target: the same shape.
        reduction: `none`, `mean` or `sum`.

    Raises:
        ValueError: if the shapes differ, or for another reduction.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> mse_loss(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        tensor(2.)
    """
    check_same_shape(input, target, "mse_loss")
    return reduced(square(input - target), reduction, "mse_loss")


def l1_loss(input: Tensor, target: Tensor, reduction: Reduction = "mean") -> Tensor:
    """The mean absolute error: $|x - y|$.

    Args:
        input: any shape.
        target: the same shape.
        reduction: `none`, `mean` or `sum`.

    Raises:
        ValueError: if the shapes differ, or for another reduction.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> l1_loss(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        tensor(1.)
    """
    check_same_shape(input, target, "l1_loss")
    return reduced(abs(input - target), reduction, "l1_loss")


def huber_loss(
    input: Tensor, target: Tensor, reduction: Reduction = "mean", delta: float = 1.0
) -> Tensor:
    r"""Squared near the target, straight far away: one outlier does not rule (Huber, 1964).

    $$\tfrac12 d^2 \text{ where } |d| \le \delta, \qquad \delta (|d| - \tfrac12 \delta) \text{
    beyond}$$

    Args:
        input: any shape.
        target: the same shape.
        reduction: `none`, `mean` or `sum`.
        delta: $\delta$, above 0.

    Raises:
        ValueError: if the shapes differ, delta is not positive, or for another reduction.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> huber_loss(tensor([0.5, 10.0]), tensor([0.0, 0.0]), reduction="none")
        tensor([0.1250, 9.5000])
    """
    check_same_shape(input, target, "huber_loss")
    if not delta > 0:
        raise ValueError(f"huber_loss: delta is {delta}, expected above 0")
    distance = abs(input - target)
    near = 0.5 * square(distance)
    far = delta * (distance - 0.5 * delta)
    return reduced(where(distance <= delta, near, far), reduction, "huber_loss")


def smooth_l1_loss(
    input: Tensor, target: Tensor, reduction: Reduction = "mean", beta: float = 1.0
) -> Tensor:
    r"""The Huber loss divided by $\beta$, which becomes the absolute error as $\beta$ goes to 0.

    (Girshick, Fast R-CNN, 2015.)

    Args:
        input: any shape.
        target: the same shape.
        reduction: `none`, `mean` or `sum`.
        beta: $\beta$, where it changes from squared to straight; at least 0.

    Raises:
        ValueError: if the shapes differ, beta is negative, or for another reduction.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> smooth_l1_loss(tensor([1.0]), tensor([0.0]), beta=2.0)
        tensor(0.2500)
    """
    if not beta >= 0:
        raise ValueError(f"smooth_l1_loss: beta is {beta}, expected at least 0")
    if beta == 0:
        return l1_loss(input, target, reduction)
    return huber_loss(input, target, reduction, beta) / beta
