"""Matrix products, whose rows are shared among the threads."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.acceleration.threads import PRODUCTS, workers
from tinytorch.acceleration.tiers import implementation
from tinytorch.layers.linear import linear
from tinytorch.tensor.products import matmul, transposed_matmul


@implementation("fast", matmul)
def fast_matmul(input: Any, other: Any) -> Any:
    """See `matmul`."""
    if not (_matrices(input, other) and input.shape[1] == other.shape[0]):
        return matmul.default.kernel(input, other)
    return _product(input, other)


@implementation("fast", transposed_matmul)
def fast_transposed_matmul(input: Any, other: Any) -> Any:
    """See `transposed_matmul`."""
    if not (_matrices(input, other) and len(input) == len(other)):
        return transposed_matmul.default.kernel(input, other)
    return _product(input.T, other)


@implementation("fast", linear)
def fast_linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """See `linear`."""
    fits = (
        _matrices(input, weight)
        and input.shape[1] == weight.shape[1]
        and (bias is None or (np.shape(bias) == weight.shape[:1] and bias.dtype == weight.dtype))
    )
    if not fits:
        return linear.default.kernel(input, weight, bias)
    return _product(input, weight.T, bias)


def _matrices(*arrays: Any) -> bool:
    """Whether these are matrices of one type of floating point."""
    first = arrays[0]
    return all(
        isinstance(a, np.ndarray)
        and a.ndim == 2
        and a.dtype == first.dtype
        and a.dtype.char in "fd"
        for a in arrays
    )


def _product(a: np.ndarray, b: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """The product of two matrices, and a bias for each column."""
    out = np.empty((a.shape[0], b.shape[1]), a.dtype)

    def part(start: int, stop: int) -> None:
        np.matmul(a[start:stop], b, out=out[start:stop])
        if bias is not None:
            np.add(out[start:stop], bias, out=out[start:stop])

    workers.spread(part, len(a), 1 + PRODUCTS // max(1, b.size))
    return out
