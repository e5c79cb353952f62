"""Averages over windows: linear maps, whose derivatives spread each number over its window.

Windows are of two kinds: those of one size at equal distances, and the parts of adaptive pooling,
which cut a dimension into a given number as equal as can be.
"""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.autograd import defvjp
from tinytorch.spatial.places import Lengths, output_lengths, places
from tinytorch.tensor import primitive
from tinytorch.tensor.summation import working_type

Spans = tuple[np.ndarray, np.ndarray]  # where each starts and where it stops


@primitive(promotion="none")
def average(
    input: Any,
    *,
    kernel_size: Lengths,
    stride: Lengths,
    padding: Lengths,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Any:
    """The sum of each window, divided by how many places it has; nothing is kept.

    Args:
        input: (…, H, W), or with another number of dimensions to a plane.
        kernel_size: (KH, KW).
        stride: as of `avg_pool2d`, a number for each dimension, and so are the others.
        padding: as there.
        ceil_mode: as there.
        count_include_pad: as there.
        divisor_override: as there.

    Returns:
        (…, OH, OW).
    """
    dims = len(kernel_size)
    size, windows = input.shape[-dims:], (kernel_size, stride, padding, (1,) * dims)
    out_size = output_lengths(size, *windows, ceil_mode)
    out = np.zeros((*input.shape[:-dims], *out_size), working_type(input.dtype))
    with np.errstate(all="ignore"):
        for at, seen in places(size, out_size, *windows):
            np.add(out[at], input[seen], out=out[at])
        out /= divisors(
            size, out_size, *windows[:3], count_include_pad, divisor_override, out.dtype
        )
        return out.astype(input.dtype, copy=False)


@primitive(promotion="none")
def spread_average(
    input: Any,
    *,
    size: Lengths,
    kernel_size: Lengths,
    stride: Lengths,
    padding: Lengths,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Any:
    """The way back of `average`: each number's share to each pixel of its window.

    Args:
        input: (…, OH, OW).
        size: (H, W), of the planes.
        kernel_size: as of `average`, and so are the others.
        stride: as there.
        padding: as there.
        ceil_mode: as there.
        count_include_pad: as there.
        divisor_override: as there.

    Returns:
        (…, H, W).
    """
    dims = len(kernel_size)
    out_size, windows = input.shape[-dims:], (kernel_size, stride, padding, (1,) * dims)
    out = np.zeros((*input.shape[:-dims], *size), working_type(input.dtype))
    with np.errstate(all="ignore"):
        shares = input / divisors(
            size, out_size, *windows[:3], count_include_pad, divisor_override, out.dtype
        )
        overlap = any(k > s for k, s in zip(kernel_size, stride))
        for at, seen in places(size, out_size, *windows):
            if overlap:
                np.add(out[seen], shares[at], out=out[seen])
            else:
                out[seen] = shares[at]
        return out.astype(input.dtype, copy=False)


defvjp(
    average,
    lambda g, _z, x_shape, **how: spread_average(
        g, size=tuple(x_shape[-len(how["kernel_size"]) :]), **how
    ),
)
defvjp(spread_average, lambda g, _z, _y, size, **how: average(g, **how))


@primitive(promotion="none")
def average_parts(input: Any, *, output_size: Lengths) -> Any:
    """The mean of each part of the planes; nothing is kept.

    Args:
        input: (…, H, W), or with another number of dimensions to a plane.
        output_size: (OH, OW), into how many parts each dimension is cut.

    Returns:
        (…, OH, OW).
    """
    parts = [spans(n, out) for n, out in zip(input.shape[-len(output_size) :], output_size)]
    with np.errstate(all="ignore"):
        out = _summed(input.astype(working_type(input.dtype), copy=False), parts)
        out /= _extents(parts, out.dtype)
        return out.astype(input.dtype, copy=False)


@primitive(promotion="none")
def spread_parts(input: Any, *, size: Lengths) -> Any:
    """The way back of `average_parts`: each number's share to each pixel of its part.

    Args:
        input: (…, OH, OW).
        size: (H, W), of the planes.

    Returns:
        (…, H, W).
    """
    parts = [spans(n, out) for n, out in zip(size, input.shape[-len(size) :])]
    # The parts that see a pixel lie side by side, too: from the first that does not stop before it
    # to the last that has started.
    seen_by = [
        tuple(np.searchsorted(edges, np.arange(n), "right") for edges in (stops, starts))
        for n, (starts, stops) in zip(size, parts)
    ]
    with np.errstate(all="ignore"):
        shares = input / _extents(parts, working_type(input.dtype))
        return _summed(shares, seen_by).astype(input.dtype, copy=False)


defvjp(
    average_parts,
    lambda g, _z, x_shape, output_size: spread_parts(g, size=tuple(x_shape[-len(output_size) :])),
)
defvjp(
    spread_parts,
    lambda g, _z, y_shape, size: average_parts(g, output_size=tuple(y_shape[-len(size) :])),
)


def spans(n: int, out: int) -> Spans:
    """Where the parts of a dimension start, i n / out rounded down, and stop, rounded up."""
    i = np.arange(out)
    return i * n // out, -((i + 1) * -n // out)


def divisors(
    size: Lengths,
    out_size: Lengths,
    kernel_size: Lengths,
    stride: Lengths,
    padding: Lengths,
    count_include_pad: bool,
    divisor_override: int | None,
    dtype: np.dtype[Any],
) -> np.ndarray:
    """What the sum of each window is divided by; without dimensions where that is all the same."""
    found = np.ones((), np.int64)
    if divisor_override is not None:
        return np.asarray(divisor_override, dtype)
    for n, out, k, s, p in zip(size, out_size, kernel_size, stride, padding):
        starts = np.arange(out) * s - p
        first, end = (-p, n + p) if count_include_pad else (0, n)
        counts = np.minimum(starts + k, end) - np.maximum(starts, first)
        found = found[..., None] * counts
    if found.min() == found.max():
        found = found.reshape(-1)[0]
    return np.asarray(found, dtype)


def _extents(parts: list[Spans], dtype: np.dtype[Any]) -> np.ndarray:
    """How many pixels each part has."""
    found = np.ones((), np.int64)
    for starts, stops in parts:
        found = found[..., None] * (stops - starts)
    return found.astype(dtype)


def _summed(images: np.ndarray, parts: list[Any]) -> np.ndarray:
    """The sum of each part, one dimension after the other; a new array."""
    if all(len(starts) == 1 for starts, _ in parts):  # all the plane is one part
        return np.add.reduce(images, tuple(range(-len(parts), 0)), keepdims=True)
    for axis, (starts, stops) in enumerate(parts, -len(parts)):
        images = _summed_along(images, axis, starts, stops - starts)
    return images


def _summed_along(
    images: np.ndarray, axis: int, starts: np.ndarray, lengths: np.ndarray
) -> np.ndarray:
    out = images.take(starts, axis)
    for place in range(1, lengths.max()):
        long = np.flatnonzero(lengths > place)
        at: Any = (..., long, *(slice(None),) * (-1 - axis))
        out[at] += images.take(starts[long] + place, axis)
    return out
