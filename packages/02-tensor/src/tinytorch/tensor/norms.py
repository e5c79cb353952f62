"""The length of a vector, and the smooth maximum."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.tensor import dtypes
from tinytorch.tensor.dims import Dims, all_dims, ndim_of, setting
from tinytorch.tensor.extremes import reduce_max, reduce_min
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.reductions import converted, floating
from tinytorch.tensor.summation import add_up, count, working_type

_BLOCK = 4096


@primitive(promotion="float")
def log_sum_exp(input: Any, *, dim: tuple[int, ...], keepdim: bool) -> Any:
    """The logarithm of the sum of exponentials over `dim`."""
    wide = np.asarray(input, working_type(input.dtype))
    with np.errstate(all="ignore"):
        top = np.maximum.reduce(wide, dim, keepdims=True, initial=-math.inf)
        top = np.where(np.isfinite(top), top, np.zeros_like(top))  # inf - inf would be NaN
        out = np.log(add_up(np.exp(wide - top), dim, True)) + top
        out = out.astype(input.dtype, copy=False)
    return out if keepdim else out.reshape([n for i, n in enumerate(out.shape) if i not in dim])


@primitive(promotion="none")
def vector_norm(input: Any, *, p: float, dim: tuple[int, ...], keepdim: bool) -> Any:
    """The p-norm of the elements over `dim`, as of one vector."""
    wide = input.astype(working_type(input.dtype), copy=False)
    with np.errstate(all="ignore"):
        return _norm(wide, p, dim, keepdim).astype(input.dtype, copy=False)


def _norm(x: Any, p: float, dim: tuple[int, ...], keepdim: bool) -> Any:
    if p == 2 and len(dim) == x.ndim:
        return np.sqrt(_sum_of_squares(x.reshape(-1))).reshape((1,) * x.ndim if keepdim else ())
    if p == 2:
        return np.sqrt(add_up(x * x, dim, keepdim))
    size = np.abs(x)
    if math.isinf(p):
        return (reduce_max if p > 0 else reduce_min)(size, dim=dim, keepdim=keepdim)
    if p == 0:
        return add_up((size != 0).astype(x.dtype), dim, keepdim)
    if p == 1:
        return add_up(size, dim, keepdim)
    return add_up(size**p, dim, keepdim) ** (1 / p)


def _sum_of_squares(x: Any) -> Any:
    """One pass by BLAS, with no array of squares; over so few at a time that no digits are lost."""
    whole = x.size // _BLOCK * _BLOCK
    rows, rest = x[:whole].reshape(-1, _BLOCK), x[whole:]
    return add_up(np.vecdot(rows, rows), (0,), False) + np.dot(rest, rest)


def logsumexp(input: Any, dim: Dims, keepdim: bool = False) -> Any:
    r"""$\log \sum_i e^{x_i}$ over some dimensions, without overflow.

    The greatest element $m$ is taken out: $m + \log \sum_i e^{x_i - m}$.

    Args:
        input: a tensor; integers become float32.
        dim: the dimensions.
        keepdim: keep them with length 1.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.logsumexp(tt.tensor([1000.0, 1000.0]), dim=0)
        tensor(1000.6932)
    """
    dims = all_dims("logsumexp", dim, ndim_of("logsumexp", input))
    return log_sum_exp(input, dim=dims, keepdim=keepdim)


def norm(
    input: Any,
    p: float | str = "fro",
    dim: Dims = None,
    keepdim: bool = False,
    dtype: dtypes.DTypeLike | None = None,
) -> Any:
    r"""The length of a vector, $\left(\sum_i |x_i|^p\right)^{1/p}$, over some dimensions.

    Args:
        input: a tensor of floating-point numbers, seen as one vector over all of `dim`.
        p: 2 by default (`fro`, Frobenius' norm, is the same); `inf` and `-inf` give the greatest
            and the least size, 0 the number of elements other than zero.
        dim: the dimensions; all by default.
        keepdim: keep them with length 1.
        dtype: the type to convert the elements to before.

    Raises:
        TypeError: for integers.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.norm(tt.tensor([3.0, 4.0])), tt.norm(tt.tensor([3.0, 4.0]), p=1)
        (tensor(5.), tensor(7.))
    """
    if p == "fro":
        p = 2.0
    if isinstance(p, str):
        raise ValueError(f"norm: p is {p!r}, expected 'fro' or a number")
    power = float(setting("norm", "p", p))
    input = floating("norm", converted(input, dtype))
    dims = all_dims("norm", dim, ndim_of("norm", input))
    if math.isinf(power) and count(input.shape, dims) == 0:
        raise ValueError(f"norm: p is {p}, and there is no greatest or least of 0 elements")
    return vector_norm(input, p=power, dim=dims, keepdim=keepdim)
