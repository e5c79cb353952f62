"""How many numbers are added up without losing their digits.

A float32 has 24 digits in base 2. Add ones to one another, and the sum stays at 2²⁴; the error of
many different numbers grows as long as each is added to what is there already. NumPy adds in pairs
along the dimension that is fastest in memory, where the error grows with the logarithm of their
number, but along all others one after the other. `add_up` adds there in runs, and then their sums.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.tensor import dtypes

# NumPy's annotations know no `keepdims` that varies.
_add: Any = np.add

_SMALL = 1024  # so few elements may be added in any order
_RUN = 128  # so many are added one after the other, as in NumPy's sums in pairs
_WIDE = 2048  # so many sums of runs are worked on at a time: they stay in the nearest cache


def count(shape: tuple[int, ...], dim: Sequence[int]) -> int:
    """How many elements a reduction over `dim` makes one of."""
    return math.prod([shape[d] for d in dim])


def sum_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type of a sum or product: int64 for integers, which would overflow their own."""
    return dtype if dtype.kind == "f" else dtypes.int64


def working_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type to compute a sum or product in: float32 for float16, which ends at 65,504."""
    return dtypes.float32 if dtype == dtypes.float16 else sum_type(dtype)


def add_up(input: Any, dim: tuple[int, ...], keepdim: bool) -> Any:
    """The sum over `dim`, in the working type of the input's."""
    dtype = working_type(input.dtype)
    if input.size > _SMALL and input.dtype.kind == "f" and count(input.shape, dim) > _RUN:
        slow = _slow(input, dim)
        while count(input.shape, slow) > _RUN:
            longest = max(slow, key=input.shape.__getitem__)
            slow.remove(longest)
            input = _in_runs(input, longest, dtype)
    return _add.reduce(input, dim, dtype, keepdims=keepdim)


def _slow(array: Any, dim: tuple[int, ...]) -> list[int]:
    """Those of `dim` along which NumPy would add one after the other: not the fastest in memory."""
    long = [d for d in range(array.ndim) if array.shape[d] > 1]
    by_step = sorted(long, key=lambda d: (abs(array.strides[d]) or math.inf, -d))
    step = None
    for i, d in enumerate(by_step):
        if d not in dim or step not in (None, array.strides[d]):
            return [d for d in by_step[i:] if d in dim]
        step = array.strides[d] * array.shape[d]  # with this one, the next is one dimension
    return []


def _in_runs(array: Any, d: int, dtype: np.dtype[Any]) -> Any:
    """The sum over one dimension, which stays with length 1: of runs, then of the runs' sums."""
    n = array.shape[d]
    if n <= _RUN:
        return _add.reduce(array, d, dtype, keepdims=True)
    row = abs(array.strides[d]) // array.itemsize
    width = max(1, min(_WIDE // max(row, 1), n // _RUN))
    runs = n // (_RUN * width)
    whole = runs * _RUN * width
    before, after = array.shape[:d], array.shape[d + 1 :]
    at = (slice(None),) * d
    blocks = array[(*at, slice(whole))].reshape(*before, runs, _RUN, width, *after)
    sums = _add.reduce(blocks, d + 1, dtype).reshape(*before, runs * width, *after)
    total = _in_runs(sums, d, dtype)
    if whole < n:
        total = total + _in_runs(array[(*at, slice(whole, n))], d, dtype)
    return total
