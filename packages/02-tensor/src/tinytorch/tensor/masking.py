"""Zeros in the place of numbers: what derivative rules mean where a gradient does not pass.

A product with a mask of zeros and ones would not do: 0 · inf is nan.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor.dtypes import float32
from tinytorch.tensor.primitive import primitive

_ZERO = np.zeros((), np.float32)
_SMALL = 1000  # elements up to which a choice for each costs less than passes over its bits


@primitive(promotion="none")
def keep_where(input: Any, mask: Any) -> Any:
    """$x$ where the mask is not 0, and 0 elsewhere, even in the place of inf and nan.

    NumPy's choice between two numbers takes a guess at each element, and half of the guesses about
    a random mask are wrong. So in large arrays the bits of $x$ are multiplied, as if they were an
    integer, by 0 or 1: that is exact, and as fast as any product.

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


@primitive(promotion="none")
def zeros_as(input: Any) -> Any:
    """Zeros in the input's shape and type, as the gradient of what does not depend on it.

    Example:
        >>> zeros_as(tensor([1.0, float("inf")]))
        tensor([0., 0.])
    """
    return np.zeros(input.shape, input.dtype)
