"""Matrix products, shared among the threads: the rows of one product, or the products of many."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.acceleration.threads import PRODUCTS, workers
from tinytorch.acceleration.tiers import implementation
from tinytorch.layers.linear import linear
from tinytorch.tensor.products import matmul, transposed_matmul


@implementation("fast", matmul)
def fast_matmul(input: Any, other: Any) -> Any:
    """See `matmul`."""
    if _alike(input, other) and min(input.ndim, other.ndim) > 1:
        if other.ndim == 2 and input.shape[-1] == other.shape[0]:
            return _product(_rows(input), other).reshape(*input.shape[:-1], other.shape[1])
        if input.shape[:-2] == other.shape[:-2] and input.shape[-1] == other.shape[-2]:
            return _products(input, other)
    return matmul.default.kernel(input, other)


@implementation("fast", transposed_matmul)
def fast_transposed_matmul(input: Any, other: Any) -> Any:
    """See `transposed_matmul`."""
    if _alike(input, other) and input.shape[:-1] == other.shape[:-1] and input.ndim > 1:
        return _product(_rows(input).T, _rows(other))
    return transposed_matmul.default.kernel(input, other)


@implementation("fast", linear)
def fast_linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """See `linear`."""
    fits = (
        _alike(input, weight)
        and weight.ndim == 2
        and input.ndim > 1
        and input.shape[-1] == weight.shape[1]
        and (bias is None or (np.shape(bias) == weight.shape[:1] and bias.dtype == weight.dtype))
    )
    if not fits:
        return linear.default.kernel(input, weight, bias)
    return _product(_rows(input), weight.T, bias).reshape(*input.shape[:-1], len(weight))


def _alike(*arrays: Any) -> bool:
    """Whether these are arrays of one type of floating point."""
    first = arrays[0]
    return all(
        isinstance(a, np.ndarray) and a.dtype == first.dtype and a.dtype.char in "fd"
        for a in arrays
    )


def _rows(array: np.ndarray) -> np.ndarray:
    return array.reshape(math.prod(array.shape[:-1]), array.shape[-1])


def _product(a: np.ndarray, b: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """The product of two matrices, and a bias for each column."""
    out = np.empty((a.shape[0], b.shape[1]), a.dtype)

    def part(start: int, stop: int) -> None:
        np.matmul(a[start:stop], b, out=out[start:stop])
        if bias is not None:
            np.add(out[start:stop], bias, out=out[start:stop])

    workers.spread(part, len(a), 1 + PRODUCTS // max(1, b.size))
    return out


def _products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The products of two batches of matrices, one by one."""
    out = np.empty((*a.shape[:-1], b.shape[-1]), a.dtype)

    def part(start: int, stop: int) -> None:
        np.matmul(a[start:stop], b[start:stop], out=out[start:stop])

    each = math.prod(out.shape[1:]) * a.shape[-1]
    workers.spread(part, len(a), 1 + PRODUCTS // max(1, each))
    return out
