"""Many numbers to one: sums, products, means, spreads, and whether any or all hold.

Functions take `dim`, one dimension or several, by default all of them; with `keepdim` these stay in
the result with length 1. Norms are in `norms.py`, the greatest and least in `extremes.py`, running
sums and products in `cumulative.py`. How a sum keeps its digits is told in `summation.py`; all of
float16 is computed in float32, and rounded once.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.tensor import dtypes
from tinytorch.tensor.dims import Dims, all_dims, ndim_of, one_dim, setting
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.shape import cast, reshape_to
from tinytorch.tensor.summation import add_up, count, sum_type, working_type

# NumPy's annotations know no `keepdims` that varies.
_multiply: Any = np.multiply
_or: Any = np.logical_or
_and: Any = np.logical_and


@primitive(promotion="none")
def reduce_sum(input: Any, *, dim: tuple[int, ...], keepdim: bool) -> Any:
    """The sum over `dim`."""
    with np.errstate(all="ignore"):
        return add_up(input, dim, keepdim).astype(sum_type(input.dtype), copy=False)


@primitive(promotion="none")
def reduce_mean(input: Any, *, dim: tuple[int, ...], keepdim: bool) -> Any:
    """The mean over `dim`; NaN of nothing."""
    with np.errstate(all="ignore"):
        mean = add_up(input, dim, keepdim) / count(input.shape, dim)
        return mean.astype(input.dtype, copy=False)


def _variance(input: Any, dim: tuple[int, ...], keepdim: bool, correction: float) -> Any:
    """In two passes: subtracting the mean first loses nothing where the mean is large."""
    n = count(input.shape, dim)
    centred = input - add_up(input, dim, True) / n
    centred *= centred
    return add_up(centred, dim, keepdim) / np.maximum(n - correction, 0, dtype=centred.dtype)


@primitive(promotion="none")
def variance(input: Any, *, dim: tuple[int, ...], keepdim: bool, correction: float) -> Any:
    """The squared distances from the mean, added up and divided by n - `correction`."""
    with np.errstate(all="ignore"):
        return _variance(input, dim, keepdim, correction).astype(input.dtype, copy=False)


@primitive(promotion="none")
def standard_deviation(
    input: Any, *, dim: tuple[int, ...], keepdim: bool, correction: float
) -> Any:
    """The square root of the variance."""
    with np.errstate(all="ignore"):
        deviation = np.sqrt(_variance(input, dim, keepdim, correction))
        return deviation.astype(input.dtype, copy=False)


@primitive(promotion="none")
def reduce_prod(input: Any, *, dim: int, keepdim: bool) -> Any:
    """The product over `dim`."""
    with np.errstate(all="ignore"):
        product = _multiply.reduce(input, dim, working_type(input.dtype), keepdims=keepdim)
        return product.astype(sum_type(input.dtype), copy=False)


@primitive(promotion="none", differentiable=False)
def reduce_any(input: Any, *, dim: tuple[int, ...], keepdim: bool) -> Any:
    """Whether an element is not zero."""
    return _or.reduce(input, dim, keepdims=keepdim)


@primitive(promotion="none", differentiable=False)
def reduce_all(input: Any, *, dim: tuple[int, ...], keepdim: bool) -> Any:
    """Whether no element is zero."""
    return _and.reduce(input, dim, keepdims=keepdim)


def sum(
    input: Any, dim: Dims = None, keepdim: bool = False, *, dtype: dtypes.DTypeLike | None = None
) -> Any:
    """The sum over some dimensions.

    Args:
        input: a tensor; the sum of integers and booleans is int64.
        dim: the dimensions to add up; all by default.
        keepdim: keep them with length 1.
        dtype: the type to convert the elements to before they are added.

    Returns:
        the sums; 0 where there is nothing to add.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.sum(tt.tensor([[1, 2], [3, 4]]), dim=0)
        tensor([4, 6])
    """
    input = converted(input, dtype)
    return reduce_sum(input, dim=all_dims("sum", dim, ndim_of("sum", input)), keepdim=keepdim)


def mean(
    input: Any, dim: Dims = None, keepdim: bool = False, *, dtype: dtypes.DTypeLike | None = None
) -> Any:
    """The mean over some dimensions.

    Args:
        input: a tensor of floating-point numbers.
        dim: the dimensions to average; all by default.
        keepdim: keep them with length 1.
        dtype: the type to convert the elements to before.

    Returns:
        the means; NaN of nothing.

    Raises:
        TypeError: for integers.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.mean(tt.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=1)
        tensor([1.5000, 3.5000])
    """
    input = converted(input, dtype)
    dims = all_dims("mean", dim, ndim_of("mean", input))
    return reduce_mean(floating("mean", input), dim=dims, keepdim=keepdim)


def var(
    input: Any,
    dim: Dims = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    r"""The variance over some dimensions: $\frac{1}{n - c} \sum_i (x_i - \bar x)^2$.

    Args:
        input: a tensor of floating-point numbers.
        dim: the dimensions; all by default.
        unbiased: True means `correction=1`, False `correction=0`.
        keepdim: keep them with length 1.
        correction: the $c$ of the formula; 1 by default.

    Returns:
        the variances; where $n$ is not greater than $c$, $n - c$ counts as 0: they are inf, or NaN
        if all elements are equal.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.var(tt.tensor([1.0, 2.0, 3.0])), tt.var(tt.tensor([1.0, 2.0, 3.0]), correction=0)
        (tensor(1.), tensor(0.6667))
    """
    return variance(
        floating("var", input), **_spread_settings("var", input, dim, unbiased, keepdim, correction)
    )


def std(
    input: Any,
    dim: Dims = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    r"""The standard deviation over some dimensions: the square root of `var`.

    Args:
        input: a tensor of floating-point numbers.
        dim: the dimensions; all by default.
        unbiased: True means `correction=1`, False `correction=0`.
        keepdim: keep them with length 1.
        correction: by how much less than the number of elements is divided; 1 by default.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.std(tt.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]), dim=1)
        tensor([1., 2.])
    """
    settings = _spread_settings("std", input, dim, unbiased, keepdim, correction)
    return standard_deviation(floating("std", input), **settings)


def _spread_settings(
    operation: str,
    input: Any,
    dim: Any,
    unbiased: bool | None,
    keepdim: bool,
    correction: float | None,
) -> dict[str, Any]:
    if isinstance(dim, bool) and unbiased is None:  # PyTorch's other form: var(input, unbiased)
        dim, unbiased = None, dim
    if unbiased is not None and correction is not None:
        raise ValueError(
            f"{operation}: unbiased and correction are both given, expected one of them"
        )
    if correction is None:
        correction = 0 if unbiased is False else 1
    correction = setting(operation, "correction", correction)
    dims = all_dims(operation, dim, ndim_of(operation, input))
    return {"dim": dims, "keepdim": keepdim, "correction": correction}


def prod(
    input: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    dtype: dtypes.DTypeLike | None = None,
) -> Any:
    """The product over one dimension, or of all elements.

    Args:
        input: a tensor; the product of integers and booleans is int64.
        dim: the dimension; by default all elements are multiplied.
        keepdim: keep what is reduced with length 1.
        dtype: the type to convert the elements to before.

    Returns:
        the products; 1 of nothing.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.prod(tt.tensor([[1, 2], [3, 4]]), dim=1)
        tensor([ 2, 12])
    """
    input = converted(input, dtype)
    ndim = ndim_of("prod", input)
    if dim is not None and ndim:
        return reduce_prod(input, dim=one_dim("prod", dim, ndim), keepdim=keepdim)
    one_dim("prod", dim or 0, 1)
    out = reduce_prod(reshape_to(input, shape=(math.prod(input.shape),)), dim=0, keepdim=False)
    return reshape_to(out, shape=(1,) * ndim) if keepdim else out


def any(input: Any, dim: Dims = None, keepdim: bool = False) -> Any:
    """Whether an element over some dimensions is true, or not zero; False of nothing.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.any(tt.tensor([[0, 0], [0, 3]]), dim=1)
        tensor([False,  True])
    """
    return reduce_any(input, dim=all_dims("any", dim, ndim_of("any", input)), keepdim=keepdim)


def all(input: Any, dim: Dims = None, keepdim: bool = False) -> Any:
    """Whether every element over some dimensions is true, or not zero; True of nothing.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.all(tt.tensor([[1, 2], [0, 3]]), dim=1)
        tensor([ True, False])
    """
    return reduce_all(input, dim=all_dims("all", dim, ndim_of("all", input)), keepdim=keepdim)


def converted(input: Any, dtype: dtypes.DTypeLike | None) -> Any:
    """`input` in the type that was asked for, or as it is."""
    return input if dtype is None else cast(input, dtype=dtypes.as_dtype(dtype))


def floating(operation: str, input: Any) -> Any:
    """`input`; an error if it is not of a floating-point type.

    Raises:
        TypeError: for integers and booleans.
    """
    ndim_of(operation, input)
    if input.dtype.kind != "f":
        raise TypeError(
            f"{operation}: input is of type {input.dtype}, expected floating point; "
            "convert it with .float()"
        )
    return input
