"""The length of a vector, and the smooth maximum."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.tensor import dtypes
from tinytorch.tensor.dims import Dims, all_dims, ndim_of
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.reductions import add_up, converted, count, floating

# NumPy's annotations know no `keepdims` that varies.
_maximum: Any = np.maximum
_minimum: Any = np.minimum


@primitive(promotion="float")
def log_sum_exp(input: Any, *, dim: tuple[int, ...], keepdim: bool) -> Any:
    """The logarithm of the sum of exponentials over `dim`."""
    with np.errstate(all="ignore"):
        top = _maximum.reduce(input, dim, keepdims=True, initial=-math.inf)
        top = np.where(np.isfinite(top), top, np.zeros_like(top))  # inf - inf would be NaN
        out = np.log(np.add.reduce(np.exp(input - top), dim, keepdims=True)) + top
    return out if keepdim else out.reshape([n for i, n in enumerate(out.shape) if i not in dim])


@primitive(promotion="none")
def vector_norm(input: Any, *, p: float, dim: tuple[int, ...], keepdim: bool) -> Any:
    """The p-norm of the elements over `dim`, as of one vector."""
    with np.errstate(all="ignore"):
        if p == 2 and len(dim) == input.ndim and input.dtype != dtypes.float16:
            flat = input.reshape(-1)  # one pass by BLAS, with no array of squares
            return np.sqrt(np.dot(flat, flat)).reshape((1,) * input.ndim if keepdim else ())
        if p == 2:
            return np.sqrt(add_up(input * input, dim, keepdim))
        size = np.abs(input)
        if math.isinf(p):
            extreme = _maximum if p > 0 else _minimum
            return extreme.reduce(size, dim, keepdims=keepdim)
        if p == 0:
            return add_up((size != 0).astype(input.dtype), dim, keepdim)
        if p == 1:
            return add_up(size, dim, keepdim)
        return add_up(size**p, dim, keepdim) ** (1 / p)


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
    input = floating("norm", converted(input, dtype))
    dims = all_dims("norm", dim, ndim_of("norm", input))
    if math.isinf(p) and count(input.shape, dims) == 0:
        raise ValueError(f"norm: p is {p}, and there is no greatest or least of 0 elements")
    return vector_norm(input, p=float(p), dim=dims, keepdim=keepdim)
