"""Rectifier, mask and line, in blocks that stay in the cache, on several threads.

A block is as good for NumPy as a whole array, and its scratch memory is hot. And there is a use for
a block of zeros: NumPy compares two arrays five times as quick as an array and a number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.acceleration.layout import flat, has_channels_last, has_gaps
from tinytorch.acceleration.threads import ELEMENTS, workers
from tinytorch.acceleration.tiers import implementation
from tinytorch.activations import relu
from tinytorch.spatial.normalizing import affine_map
from tinytorch.tensor.masking import keep_where

BLOCK = 2**17  # elements
LEAST = 2**15  # from where on it is worth a look at how they lie
MASK, BITS = range(2)  # whose scratch memory it is

_zeros = {np.dtype(code): np.zeros(BLOCK, code) for code in "fd"}


@implementation("fast", relu)
def fast_relu(input: Any) -> Any:
    """See `relu`."""
    numbers = flat_together(input)
    if numbers is None:
        return relu.default.kernel(input)
    out = np.empty_like(input)
    (x,), z, zero = numbers, flat(out), _zeros[input.dtype]

    def block(at: slice) -> None:
        np.maximum(x[at], zero[: at.stop - at.start], out=z[at])

    workers.blocks(block, x.size, BLOCK, ELEMENTS)
    return out


@implementation("fast", keep_where)
def fast_keep_where(input: Any, mask: Any) -> Any:
    """See `keep_where`."""
    numbers = flat_together(input, mask)
    if numbers is None:
        return keep_where.default.kernel(input, mask)
    out = np.empty_like(input)
    integer = np.dtype(f"i{input.itemsize}")
    (x, m), z, zero = numbers, flat(out).view(integer), _zeros[input.dtype]
    bits_of_x = x.view(integer)

    def block(at: slice) -> None:
        count = at.stop - at.start
        keep = workers.scratch((count,), np.dtype(bool), MASK)
        as_bits = workers.scratch((count,), integer, BITS)
        as_bits[...] = np.not_equal(m[at], zero[:count], out=keep)
        np.multiply(bits_of_x[at], as_bits, out=z[at])

    workers.blocks(block, x.size, BLOCK, ELEMENTS)
    return out


@implementation("fast", affine_map)
def fast_affine_map(input: Any, scale: Any, shift: Any) -> Any:
    """See `affine_map`."""
    if not _by_channel(input, scale, shift):
        return affine_map.default.kernel(input, scale, shift)
    n, c, h, w = input.shape
    out = np.empty_like(input)
    rows, results = (a.transpose(0, 2, 3, 1).reshape(n * h, w * c) for a in (input, out))
    factors, terms = np.tile(scale.reshape(-1), w), np.tile(shift.reshape(-1), w)

    def block(at: slice) -> None:
        np.multiply(rows[at], factors, out=results[at])
        np.add(results[at], terms, out=results[at])

    workers.blocks(block, n * h, BLOCK // (w * c), ELEMENTS // (w * c))
    return out


def flat_together(*arrays: np.ndarray) -> list[np.ndarray] | None:
    """Large float arrays that lie alike in memory as they lie there; None for any others."""
    first = arrays[0]
    if not _arrays(*arrays) or first.size < LEAST or first.dtype not in _zeros:
        return None
    if any((a.strides, a.shape) != (first.strides, first.shape) for a in arrays):
        return None
    return None if has_gaps(first) else [flat(array) for array in arrays]


def _by_channel(input: np.ndarray, *tables: np.ndarray) -> bool:
    """Whether images are large, lie with the channels last, and have a number for each channel."""
    return (
        _arrays(input, *tables)
        and input.size >= LEAST
        and has_channels_last(input)
        and all(t.shape == (input.shape[1], 1, 1) for t in tables)
    )


def _arrays(*inputs: Any) -> bool:
    """Whether these are arrays of one type, and no numbers."""
    first = inputs[0]
    return all(isinstance(x, np.ndarray) and x.dtype == first.dtype for x in inputs)
