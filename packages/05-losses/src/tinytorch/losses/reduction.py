"""What all losses do: check what they are given, and make one number of many losses."""

from __future__ import annotations

from typing import Any, Literal

from tinytorch.activations.floating import require_floating
from tinytorch.tensor import Tensor, mean, sum

Reduction = Literal["none", "mean", "sum"]


def check_reduction(name: str, reduction: str) -> None:
    """Raise ValueError for a reduction that does not exist."""
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{name}: reduction is {reduction!r}, expected 'none', 'mean' or 'sum'")


def reduced(name: str, losses: Tensor, reduction: Reduction) -> Tensor:
    """The losses themselves (`none`), their mean or their sum."""
    check_reduction(name, reduction)
    if reduction == "none":
        return losses
    number: Tensor = mean(losses) if reduction == "mean" else sum(losses)
    return number


def check_pair(name: str, input: Tensor, target: Tensor, argument: str = "target") -> None:
    """Refuse anything but a floating-point tensor and another one of its shape.

    PyTorch broadcasts, some losses with a warning: (N, 1) against (N,) makes N² errors of N.

    Raises:
        TypeError: if one of them is no tensor, or the input is not of floating point.
        ValueError: if the shapes differ.
    """
    require_floating(name, input)
    if shape_of(name, target, argument) != input.shape:
        raise ValueError(
            f"{name}: {argument} has shape {target.shape}, expected the input's, {input.shape}"
        )


def shape_of(name: str, tensor: Any, argument: str = "target") -> tuple[int, ...]:
    """The shape of an argument; TypeError if it is no tensor and has none."""
    try:
        return tensor.shape  # type: ignore[no-any-return]
    except AttributeError:
        raise TypeError(
            f"{name}: {argument} is of type {type(tensor).__name__}, expected a tensor; "
            "make it one with tensor(...)"
        ) from None
