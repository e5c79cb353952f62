"""Running sums and products along a dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor import dtypes
from tinytorch.tensor.dims import ndim_of, one_dim
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.reductions import converted, sum_type


@primitive(promotion="none")
def cumulative_sum(input: Any, *, dim: int, reverse: bool = False) -> Any:
    """The sums of all elements up to each one along `dim`; with `reverse`, from each one on."""
    with np.errstate(all="ignore"):
        if not input.ndim:
            return input.astype(sum_type(input.dtype))
        if reverse:
            return np.flip(np.add.accumulate(np.flip(input, dim), dim), dim)
        return np.add.accumulate(input, dim, sum_type(input.dtype))


@primitive(promotion="none")
def cumulative_prod(input: Any, *, dim: int) -> Any:
    """The products of all elements up to each one along `dim`."""
    with np.errstate(all="ignore"):
        if not input.ndim:
            return input.astype(sum_type(input.dtype))
        return np.multiply.accumulate(input, dim, sum_type(input.dtype))


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
