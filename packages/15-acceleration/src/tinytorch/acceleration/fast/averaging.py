"""Average pooling in blocks of images, on several threads, in the memory order that they have."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.acceleration.fast.pooling import each_block
from tinytorch.acceleration.layout import empty_beside
from tinytorch.acceleration.tiers import implementation
from tinytorch.spatial.averaging import average, divisors, spread_average
from tinytorch.spatial.places import Lengths, output_lengths, places
from tinytorch.tensor.summation import working_type


@implementation("fast", average)
def fast_average(
    input: np.ndarray,
    *,
    kernel_size: Lengths,
    stride: Lengths,
    padding: Lengths,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> np.ndarray:
    """See `average`."""
    dims = len(kernel_size)
    size, windows = input.shape[-dims:], (kernel_size, stride, padding, (1,) * dims)
    out_size = output_lengths(size, *windows, ceil_mode)
    dtype = working_type(input.dtype)
    counts = divisors(size, out_size, *windows[:3], count_include_pad, divisor_override, dtype)
    out = empty_beside(input, (*input.shape[:-dims], *out_size), dtype)

    def block(images: Any) -> None:
        sums = out[images]
        sums.fill(0)
        for at, seen in places(size, out_size, *windows):
            np.add(sums[at], input[images][seen], out=sums[at])
        np.divide(sums, counts, out=sums)

    with np.errstate(all="ignore"):
        each_block(block, input, dims)
        return out.astype(input.dtype, copy=False)


@implementation("fast", spread_average)
def fast_spread_average(
    input: np.ndarray,
    *,
    size: Lengths,
    kernel_size: Lengths,
    stride: Lengths,
    padding: Lengths,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> np.ndarray:
    """See `spread_average`."""
    dims = len(kernel_size)
    out_size, windows = input.shape[-dims:], (kernel_size, stride, padding, (1,) * dims)
    dtype = working_type(input.dtype)
    counts = divisors(size, out_size, *windows[:3], count_include_pad, divisor_override, dtype)
    out = empty_beside(input, (*input.shape[:-dims], *size), dtype)

    def block(images: Any) -> None:
        planes = out[images]
        planes.fill(0)
        shares = input[images] / counts
        for at, seen in places(size, out_size, *windows):
            np.add(planes[seen], shares[at], out=planes[seen])

    with np.errstate(all="ignore"):
        each_block(block, out, dims)
        return out.astype(input.dtype, copy=False)
