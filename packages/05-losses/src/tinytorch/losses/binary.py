"""How wrong a yes or no is."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.losses.reduction import Reduction, check_same_shape, reduced
from tinytorch.tensor import Tensor, clamp, log
from tinytorch.tensor.primitive import primitive


@primitive(promotion="float")
def log_sigmoid(input: Any) -> Any:
    r"""$\log \sigma(x) = -\log(1 + e^{-x})$, without overflow."""
    return -np.logaddexp(0, -input)


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: Reduction = "mean"
) -> Tensor:
    r"""The cross-entropy of a probability: $-w\,(y \log p + (1 - y) \log(1 - p))$.

    Logarithms are cut at -100, as in PyTorch, so that a probability of 0 gives a loss that can be
    summed. From logits, `binary_cross_entropy_with_logits` is more exact.

    Args:
        input: probabilities, any shape.
        target: the same shape, from 0 to 1.
        weight: of each element, broadcast.
        reduction: `none`, `mean` or `sum`.

    Raises:
        ValueError: if shapes differ, an input is not from 0 to 1, or for another reduction.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> binary_cross_entropy(tensor([0.9, 0.2]), tensor([1.0, 0.0]))
        tensor(0.1643)
    """
    check_same_shape(input, target, "binary_cross_entropy")
    array = input.data
    if array.size and not (array.min() >= 0 and array.max() <= 1):
        raise ValueError(
            f"binary_cross_entropy: input goes from {array.min()} to {array.max()}, expected "
            "probabilities, 0 to 1; for logits take binary_cross_entropy_with_logits"
        )
    losses = -(
        target * clamp(log(input), min=-100) + (1 - target) * clamp(log(1 - input), min=-100)
    )
    if weight is not None:
        losses = losses * weight
    return reduced(losses, reduction, "binary_cross_entropy")


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: Reduction = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    r"""The cross-entropy of the sigmoid of a logit, stable however large it is.

    $$-w\,(p_c\, y \log \sigma(x) + (1 - y) \log(1 - \sigma(x)))$$

    Args:
        input: logits, any shape.
        target: the same shape, from 0 to 1.
        weight: of each element, broadcast.
        reduction: `none`, `mean` or `sum`.
        pos_weight: $p_c$, the weight of a yes, broadcast.

    Raises:
        ValueError: if the shapes differ, or for another reduction.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> binary_cross_entropy_with_logits(tensor([1000.0, 0.0]), tensor([1.0, 1.0]))
        tensor(0.3466)
    """
    name = "binary_cross_entropy_with_logits"
    check_same_shape(input, target, name)
    # log(1 - sigma(x)) = log sigma(x) - x
    yes = log_sigmoid(input)
    losses = (1 - target) * (input - yes) - (
        target * yes if pos_weight is None else pos_weight * target * yes
    )
    if weight is not None:
        losses = losses * weight
    return reduced(losses, reduction, name)
