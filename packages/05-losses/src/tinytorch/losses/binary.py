"""How wrong a yes or no is."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.losses.reduction import Reduction, check_pair, reduced, shape_of
from tinytorch.tensor import Tensor, primitive


@primitive
def bernoulli_entropy(input: Any, target: Any) -> Any:
    """The cross-entropy of probabilities, with logarithms cut at -100."""
    _check_probabilities("input", input, "; for logits take binary_cross_entropy_with_logits")
    _check_probabilities("target", target)
    with np.errstate(divide="ignore"):
        yes = np.maximum(np.log(input), -100.0)
        no = np.maximum(np.log1p(-input), -100.0)
    return (target - 1.0) * no - target * yes


@primitive
def logistic_entropy(input: Any, target: Any) -> Any:
    """The cross-entropy of the sigmoid of logits, written so that no two large numbers cancel."""
    with np.errstate(all="ignore"):
        return np.maximum(input, 0.0) - input * target + np.log1p(np.exp(-np.abs(input)))


@primitive(promotion="float")
def log_sigmoid(input: Any) -> Any:
    r"""$\log \sigma(x) = -\log(1 + e^{-x})$, without overflow."""
    return np.minimum(input, 0.0) - np.log1p(np.exp(-np.abs(input)))


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, reduction: Reduction = "mean"
) -> Tensor:
    r"""The cross-entropy of a probability: $-w\,(y \log p + (1 - y) \log(1 - p))$.

    Logarithms are cut at -100, as in PyTorch, so that a probability of 0 gives a loss that can be
    added up. From logits, `binary_cross_entropy_with_logits` is more exact.

    Args:
        input: probabilities, any shape.
        target: the same shape, from 0 to 1.
        weight: of each element, of a shape that broadcasts to the input's.
        reduction: `none`, `mean` (over all elements, whatever their weights) or `sum`.

    Raises:
        TypeError: if the input is no tensor of floating point.
        ValueError: if shapes do not fit, an input or target is not from 0 to 1, or for another
            reduction.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> binary_cross_entropy(tensor([0.9, 0.2]), tensor([1.0, 0.0]))
        tensor(0.1643)
    """
    name = "binary_cross_entropy"
    check_pair(name, input, target)
    losses: Tensor = bernoulli_entropy(input, target)
    if weight is not None:
        _check_weight(name, "weight", weight, input)
        losses = losses * weight
    return reduced(name, losses, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    reduction: Reduction = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    r"""The cross-entropy of the sigmoid of a logit, exact however large it is.

    $$-w\,(p_c\, y \log \sigma(x) + (1 - y) \log(1 - \sigma(x)))$$

    Args:
        input: logits, any shape.
        target: the same shape, from 0 to 1.
        weight: of each element, of a shape that broadcasts to the input's.
        reduction: `none`, `mean` (over all elements, whatever their weights) or `sum`.
        pos_weight: $p_c$, the weight of a yes, of a shape that broadcasts to the input's.

    Raises:
        TypeError: if the input is no tensor of floating point.
        ValueError: if shapes do not fit, or for another reduction.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> binary_cross_entropy_with_logits(tensor([1000.0, 0.0]), tensor([1.0, 1.0]))
        tensor(0.3466)
    """
    name = "binary_cross_entropy_with_logits"
    check_pair(name, input, target)
    losses: Tensor = logistic_entropy(input, target)
    if pos_weight is not None:
        _check_weight(name, "pos_weight", pos_weight, input)
        losses = losses - (pos_weight - 1.0) * target * log_sigmoid(input)
    if weight is not None:
        _check_weight(name, "weight", weight, input)
        losses = losses * weight
    return reduced(name, losses, reduction)


def _check_probabilities(argument: str, array: Any, mend: str = "") -> None:
    if array.size and not (array.min() >= 0 and array.max() <= 1):  # NaN is refused, too
        raise ValueError(
            f"binary_cross_entropy: {argument} goes from {array.min()} to {array.max()}, "
            f"expected probabilities, 0 to 1{mend}"
        )


def _check_weight(name: str, argument: str, weight: Any, input: Tensor) -> None:
    given = shape_of(name, weight, argument)
    behind = input.shape[input.ndim - len(given) :]
    if len(given) > input.ndim or any(n not in (1, m) for n, m in zip(given, behind)):
        raise ValueError(
            f"{name}: {argument} has shape {given}, expected one that broadcasts to the input's, "
            f"{input.shape}"
        )
