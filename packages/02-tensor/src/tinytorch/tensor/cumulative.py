"""Running sums and products along a dimension.

Each result is the one before and a further element, so errors add up. Floating point is therefore
accumulated in the next wider type, and rounded once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor import dtypes
from tinytorch.tensor.dims import ndim_of, one_dim
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.reductions import converted
from tinytorch.tensor.summation import sum_type

_WIDER = {dtypes.float16: dtypes.float32, dtypes.float32: dtypes.float64}


@primitive(promotion="none")
def cumulative_sum(input: Any, *, dim: int, reverse: bool = False) -> Any:
    """The sums of all elements up to each one along `dim`; with `reverse`, from each one on."""
    if reverse and input.ndim:
        return np.flip(_accumulated(np.add, np.flip(input, dim), dim), dim)
    return _accumulated(np.add, input, dim)


@primitive(promotion="none")
def cumulative_prod(input: Any, *, dim: int) -> Any:
    """The products of all elements up to each one along `dim`."""
    return _accumulated(np.multiply, input, dim)


def _accumulated(ufunc: np.ufunc, input: Any, dim: int) -> Any:
    dtype = sum_type(input.dtype)
    with np.errstate(all="ignore"):
        out = input.astype(_WIDER.get(dtype, dtype))
        if input.ndim:
            ufunc.accumulate(out, dim, out=out)
        return out.astype(dtype, copy=False)


def cumsum(input: Any, dim: int, *, dtype: dtypes.DTypeLike | None = None) -> Any:
    r"""The running sum along a dimension: $y_i = \sum_{j \le i} x_j$.

    Args:
        input: a tensor; sums of integers and booleans are int64.
        dim: the dimension.
        dtype: the type to convert the elements to before.

    Returns:
        a tensor of the input's shape.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.cumsum(tt.tensor([1, 2, 3]), dim=0)
        tensor([1, 3, 6])
    """
    input = converted(input, dtype)
    return cumulative_sum(input, dim=one_dim("cumsum", dim, ndim_of("cumsum", input)))


def cumprod(input: Any, dim: int, *, dtype: dtypes.DTypeLike | None = None) -> Any:
    r"""The running product along a dimension: $y_i = \prod_{j \le i} x_j$.

    Args:
        input: a tensor; products of integers and booleans are int64.
        dim: the dimension.
        dtype: the type to convert the elements to before.

    Returns:
        a tensor of the input's shape.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.cumprod(tt.tensor([1, 2, 3]), dim=0)
        tensor([1, 2, 6])
    """
    input = converted(input, dtype)
    return cumulative_prod(input, dim=one_dim("cumprod", dim, ndim_of("cumprod", input)))
