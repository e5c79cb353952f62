"""Pooling, one window at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from tinytorch.acceleration.tiers import implementation
from tinytorch.spatial.averaging import average, spread_average
from tinytorch.spatial.greatest import greatest
from tinytorch.spatial.places import Lengths, output_lengths
from tinytorch.tensor import is_grad_enabled


@implementation("naive", greatest)
def naive_greatest(
    input: np.ndarray,
    *,
    kernel_size: Lengths,
    stride: Lengths,
    padding: Lengths,
    dilation: Lengths,
    ceil_mode: bool,
) -> tuple[np.ndarray, np.ndarray | None]:
    """See `greatest`."""
    planes, size = _planes(input, len(kernel_size))
    windows = kernel_size, stride, padding, dilation
    out_size = output_lengths(size, *windows, ceil_mode)
    out = np.empty((len(planes), *out_size), input.dtype)
    indices = np.empty(out.shape, np.min_scalar_type(math.prod(size) - 1))
    for plane, found, where in zip(planes, out, indices):
        for window in np.ndindex(out_size):
            pixels = [p for p in places(window, *windows) if inside(p, size)]
            best = pixels[0]
            for pixel in pixels[1:]:
                if plane[pixel] > plane[best] or np.isnan(plane[pixel]):
                    best = pixel
            found[window] = plane[best]
            where[window] = np.ravel_multi_index(best, size)
    shape = *input.shape[: -len(size)], *out_size
    return out.reshape(shape), indices.reshape(shape) if is_grad_enabled() else None


naive_greatest.rule = greatest.default.rule  # it keeps the same


@implementation("naive", average)
def naive_average(
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
    planes, size = _planes(input, len(kernel_size))
    windows = kernel_size, stride, padding, (1,) * len(size)
    out_size = output_lengths(size, *windows, ceil_mode)
    out = np.empty((len(planes), *out_size), input.dtype)
    for plane, found in zip(planes.astype(object), out):
        for window in np.ndindex(out_size):
            total, count = 0, 0
            for place in places(window, *windows):
                if inside(place, size):
                    total += plane[place]
                count += inside(place, size, padding if count_include_pad else None)
            found[window] = total / (divisor_override or count)
    return out.reshape(*input.shape[: -len(size)], *out_size)


@implementation("naive", spread_average)
def naive_spread_average(
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
    means, out_size = _planes(input, len(kernel_size))
    windows = kernel_size, stride, padding, (1,) * len(size)
    out = np.zeros((len(means), *size), object)
    for plane, mean in zip(out, means.astype(object)):
        for window in np.ndindex(out_size):
            around = padding if count_include_pad else None
            count = sum(inside(place, size, around) for place in places(window, *windows))
            for place in places(window, *windows):
                if inside(place, size):
                    plane[place] += mean[window] / (divisor_override or count)
    return out.astype(input.dtype).reshape(*input.shape[: -len(size)], *size)


def places(
    window: Sequence[int],
    kernel_size: Lengths,
    stride: Lengths,
    padding: Lengths,
    dilation: Lengths,
) -> Iterator[Lengths]:
    """Where the places of a window lie, row by row; some may lie beside the plane."""
    for within in itertools.product(*map(range, kernel_size)):
        along = zip(window, stride, within, dilation, padding)
        yield tuple([i * s + a * d - p for i, s, a, d, p in along])


def inside(place: Lengths, size: Lengths, padding: Lengths | None = None) -> bool:
    """Whether a place lies in the plane, or else in the padding around it."""
    around = padding or (0,) * len(size)
    return all(-p <= i < n + p for i, n, p in zip(place, size, around))


def _planes(images: np.ndarray, dims: int) -> tuple[np.ndarray, Lengths]:
    """(…, H, W) as (planes, H, W), and (H, W)."""
    size = images.shape[-dims:]
    return images.reshape(math.prod(images.shape[:-dims]), *size), size
