"""From a loss for each element to the number asked for."""

from __future__ import annotations

from typing import Literal

from tinytorch.tensor import Tensor, mean, sum

Reduction = Literal["none", "mean", "sum"]


def check_reduction(reduction: str, name: str) -> None:
    """Raise ValueError for a reduction that does not exist."""
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{name}: reduction is {reduction!r}, expected none, mean or sum")


def reduced(losses: Tensor, reduction: Reduction, name: str) -> Tensor:
    """The losses themselves (`none`), their mean or their sum."""
    check_reduction(reduction, name)
    if reduction == "none":
        return losses
    return mean(losses) if reduction == "mean" else sum(losses)


def check_same_shape(input: Tensor, target: Tensor, name: str) -> None:
    """Raise ValueError unless a target has its input's shape: broadcasting here is nearly always a
    slip."""
    if input.shape != target.shape:
        raise ValueError(
            f"{name}: target has shape {target.shape}, expected the input's, {input.shape}"
        )
