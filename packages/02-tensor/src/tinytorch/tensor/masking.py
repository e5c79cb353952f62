"""One number or another, by a mask; and zero in the place of numbers where no gradient passes.

NumPy's choice between two numbers takes a guess at each element, and half of the guesses about a
random mask are wrong. In large arrays arithmetic on their bits, as if they were integers, is
quicker, and as exact; a product of the numbers themselves would not do: 0 · inf is nan.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor.dtypes import float32
from tinytorch.tensor.primitive import primitive

_ZERO = np.zeros((), np.float32)
_SMALL = 1000  # elements up to which a choice for each costs less than passes over its bits
_LARGE = 10_000  # likewise, for the three passes of `choose`


@primitive(promotion="none")
def keep_where(input: Any, mask: Any) -> Any:
    """$x$ where the mask is not 0, and 0 elsewhere, even in the place of inf and nan.

    In large arrays the bits of $x$ are multiplied by 0 or 1, which is as fast as any product.

    Args:
        input: a tensor of any shape.
        mask: booleans or numbers, of a shape that broadcasts to the input's.

    Example:
        >>> keep_where(tensor([1.0, float("inf")]), tensor([True, False]))
        tensor([1., 0.])
    """
    if input.size <= _SMALL:
        return np.where(mask, input, _ZERO if input.dtype is float32 else input.dtype.type(0))
    if mask.dtype.kind != "b":
        mask = mask != 0
    integer = f"i{input.itemsize}"
    out = np.empty_like(input)
    np.multiply(input.view(integer), mask, out=out.view(integer))
    return out


def choose(condition: np.ndarray, x: Any, y: Any) -> Any:
    r"""$x$ where the condition is true, $y$ elsewhere; both are arrays of one type.

    In large arrays of float32 it is $y \oplus m (x \oplus y)$ on their bits, where $\oplus$ is the
    exclusive or, and $m$ is 0 or 1. In float64 three passes cost too much where the condition is
    easy to guess.
    """
    whole = {condition.shape, x.shape, y.shape} <= {condition.shape, ()}
    if not (whole and condition.size > _LARGE and x.dtype is float32):
        return np.where(condition, x, y)
    out = np.empty_like(condition, float32)
    bits, other = out.view(np.int32), y.view(np.int32)
    np.bitwise_xor(x.view(np.int32), other, out=bits)
    bits *= condition
    bits ^= other
    return out


@primitive(promotion="none")
def zeros_as(input: Any) -> Any:
    """Zeros in the input's shape and type, as the gradient of what does not depend on it.

    Example:
        >>> zeros_as(tensor([1.0, float("inf")]))
        tensor([0., 0.])
    """
    return np.zeros(input.shape, input.dtype)
