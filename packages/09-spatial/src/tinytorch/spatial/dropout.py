"""Dropout of whole channels: neighbouring pixels are so alike that dropping one drops nothing."""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

from typing import Any

from tinytorch.activations.floating import require_floating
from tinytorch.layers import Module, dropout
from tinytorch.spatial.sizes import check_tensor
from tinytorch.tensor import Tensor, ones
from tinytorch.tensor.dims import setting


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    r"""Set each channel of each image to zero with probability $p$; divide the others by $1 - p$.

    (Tompson et al., https://arxiv.org/abs/1411.4280.)

    Args:
        input: (N, C, H, W) or (N, C, L).
        p: the probability.
        training: whether anything is dropped at all.

    Raises:
        TypeError: if p is no number, or the input not of floating point.
        ValueError: if p is not from 0 to 1, or the input has another number of dimensions.

    Example:
        >>> dropout2d(ones(1, 2, 1, 1), p=0.5, training=False)
        tensor([[[[1.]],
        <BLANKLINE>
                 [[1.]]]])
    """
    p = _probability("dropout2d", p)
    check_tensor("dropout2d", "input", input)
    require_floating("dropout2d", input)
    if input.ndim not in (3, 4):
        raise ValueError(
            f"dropout2d: input has shape {input.shape}, expected (N, C, H, W) or (N, C, L)"
        )
    if not training or p == 0:
        return input
    channels = ones(*input.shape[:2], *[1] * (input.ndim - 2), dtype=input.dtype)
    return input * dropout(channels, p)


class Dropout2d(Module):
    """`dropout2d` as a layer: it drops in training mode only.

    Args:
        p: the probability that a channel is dropped.

    Example:
        >>> Dropout2d(p=0.2)
        Dropout2d(p=0.2)
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = _probability("Dropout2d", p)

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) or (N, C, L) to the same."""
        return dropout2d(input, self.p, self.training)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return f"p={self.p}"


def _probability(function: str, p: Any) -> float:
    """A number from 0 to 1."""
    p = setting(function, "p", p)
    if not 0 <= p <= 1:
        raise ValueError(f"{function}: p is {p}, expected from 0 to 1")
    return p
