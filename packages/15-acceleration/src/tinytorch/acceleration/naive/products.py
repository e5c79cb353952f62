r"""Products of matrices: $z_{ij} = \sum_k x_{ik} y_{kj}$, three loops."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.acceleration.tiers import implementation
from tinytorch.layers.linear import linear
from tinytorch.tensor.products import matmul, transposed_matmul


@implementation("naive", matmul)
def naive_matmul(input: Any, other: Any) -> Any:
    """See `matmul`."""
    if not (np.ndim(input) and np.ndim(other)):
        return matmul.default.kernel(input, other)
    x = input[None] if input.ndim == 1 else input  # a row
    y = other[:, None] if other.ndim == 1 else other  # a column
    if x.shape[-1] != y.shape[-2] or not _broadcast(x.shape[:-2], y.shape[:-2]):
        return matmul.default.kernel(input, other)
    numbering = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    x = np.broadcast_to(x, numbering + x.shape[-2:]).astype(object)
    y = np.broadcast_to(y, numbering + y.shape[-2:]).astype(object)
    out = np.empty((*numbering, x.shape[-2], y.shape[-1]), np.result_type(input, other))
    for number in np.ndindex(numbering):
        multiply(x[number], y[number], out[number])
    missing = [dim for dim, side in ((-2, input), (-1, other)) if side.ndim == 1]
    return out.squeeze(tuple(missing))


@implementation("naive", transposed_matmul)
def naive_transposed_matmul(input: Any, other: Any) -> Any:
    """See `transposed_matmul`."""
    x, y = _rows(input), _rows(other)
    if len(x) != len(y):
        return transposed_matmul.default.kernel(input, other)
    out = np.empty((x.shape[1], y.shape[1]), np.result_type(input, other))
    multiply(x.T, y, out)
    return out


@implementation("naive", linear)
def naive_linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """See `linear`."""
    fits = np.ndim(weight) == 2 and np.shape(input)[-1:] == weight.shape[1:]
    if not fits or (bias is not None and np.shape(bias) != weight.shape[:1]):
        return linear.default.kernel(input, weight, bias)
    x, w = _rows(input), weight.astype(object)
    out = np.empty((len(x), len(w)), np.result_type(input, weight))
    multiply(x, w.T, out)
    if bias is not None:
        for i, j in np.ndindex(out.shape):
            out[i, j] += bias[j]
    return out.reshape(*input.shape[:-1], len(w))


def multiply(x: np.ndarray, y: np.ndarray, out: np.ndarray) -> None:
    """Write the product of two matrices of Python's numbers into a third."""
    for i in range(x.shape[0]):
        for j in range(y.shape[1]):
            total = 0
            for k in range(x.shape[1]):
                total += x[i, k] * y[k, j]
            out[i, j] = total


def _rows(array: np.ndarray) -> np.ndarray:
    """A matrix of Python's numbers: all dimensions but the last are taken for one."""
    return array.reshape(math.prod(array.shape[:-1]), array.shape[-1]).astype(object)


def _broadcast(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(n == m or 1 in (n, m) for n, m in zip(reversed(one), reversed(other)))
