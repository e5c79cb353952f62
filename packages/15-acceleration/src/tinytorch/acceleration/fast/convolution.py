"""Convolutions with the channels last, in blocks that stay in the cache, on several threads.

Three things make the difference to `tinytorch.spatial.sliding`. A row of a window is one run of
memory, so columns are copied in long runs. The product gives channels-last images at once, for all
images of a block. And the input's gradient, where windows are one pixel apart, is a convolution
too, with the kernels turned round: numbers are gathered, not added up.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from tinytorch.acceleration.layout import channels_second
from tinytorch.acceleration.threads import PRODUCTS, workers
from tinytorch.acceleration.tiers import implementation
from tinytorch.spatial.sliding import (
    Pair,
    Widths,
    convolve,
    convolve_input,
    convolve_weight,
    output_size,
)

BLOCK = 2**20  # bytes of columns: the second-level cache of a core
PADDED, COLUMNS, SUM = range(3)  # whose scratch memory it is


@implementation("fast", convolve)
def fast_convolve(
    input: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    stride: Pair,
    padding: Widths,
    dilation: Pair,
    groups: int,
) -> np.ndarray:
    """See `convolve`."""
    if not _fits(input, weight, groups):
        return convolve.default.kernel(  # type: ignore[no-any-return]
            input, weight, bias,
            stride=stride, padding=padding, dilation=dilation, groups=groups,
        )  # fmt: skip
    kernels = weight.transpose(2, 3, 1, 0).reshape(-1, len(weight))  # (KH KW C, O)
    return _sliding(input, kernels, bias, weight.shape[2:], stride, padding, dilation)


@implementation("fast", convolve_input)
def fast_convolve_input(
    input: np.ndarray,
    weight: np.ndarray,
    *,
    size: Pair,
    stride: Pair,
    padding: Widths,
    dilation: Pair,
    groups: int,
) -> np.ndarray:
    """See `convolve_input`."""
    (kh, kw), (dh, dw), ((top, bottom), (left, right)) = weight.shape[2:], dilation, padding
    down, across = dh * (kh - 1), dw * (kw - 1)
    around = (down - top, down - bottom), (across - left, across - right)
    # Rows at the end that no window reaches are not gathered, and few channels sooner added up.
    whole = output_size(size, weight.shape[2:], stride, padding, dilation) == input.shape[2:]
    gathers = stride == (1, 1) and whole and min(map(min, around)) >= 0
    if not (_fits(input, weight, groups) and gathers and 4 * weight.shape[1] >= len(weight)):
        return convolve_input.default.kernel(  # type: ignore[no-any-return]
            input, weight,
            size=size, stride=stride, padding=padding, dilation=dilation, groups=groups,
        )  # fmt: skip
    turned = weight[:, :, ::-1, ::-1].transpose(2, 3, 0, 1).reshape(-1, weight.shape[1])
    return _sliding(input, turned, None, weight.shape[2:], stride, around, dilation)


@implementation("fast", convolve_weight)
def fast_convolve_weight(
    input: np.ndarray,
    other: np.ndarray,
    *,
    kernel_size: Pair,
    stride: Pair,
    padding: Widths,
    dilation: Pair,
    groups: int,
) -> np.ndarray:
    """See `convolve_weight`."""
    if not _fits(input, other, groups):
        return convolve_weight.default.kernel(  # type: ignore[no-any-return]
            input, other, kernel_size=kernel_size,
            stride=stride, padding=padding, dilation=dilation, groups=groups,
        )  # fmt: skip
    features, channels = other.shape[1], input.shape[1]
    shape = kernel_size[0] * kernel_size[1] * channels, features
    became = other.transpose(0, 2, 3, 1)

    def part(start: int, stop: int) -> np.ndarray:
        found = np.zeros(shape, input.dtype)
        product = workers.scratch(shape, input.dtype, SUM)

        def add(columns: np.ndarray, first: int, last: int) -> None:
            np.matmul(columns.T, became[first:last].reshape(-1, features), out=product)
            np.add(found, product, out=found)

        _columns(input, start, stop, kernel_size, other.shape[2:], stride, padding, dilation, add)
        return found

    least = _least(other.shape, shape[0])
    found = sum(workers.spread(part, len(input), least), np.zeros(shape, input.dtype))
    by_kernel = found.reshape(*kernel_size, channels, features)
    return np.ascontiguousarray(by_kernel.transpose(3, 2, 0, 1))


def _fits(first: np.ndarray, second: np.ndarray, groups: int) -> bool:
    """Whether it is worked on here: one group of channels, in a type that BLAS multiplies."""
    return groups == 1 and first.dtype == second.dtype and first.dtype.char in "fd"


def _sliding(
    images: np.ndarray,
    kernels: np.ndarray,
    bias: np.ndarray | None,
    kernel_size: Pair,
    stride: Pair,
    padding: Widths,
    dilation: Pair,
) -> np.ndarray:
    """Windows times kernels: (N, C, H, W) and (KH KW C, O) give (N, O, OH, OW), channels last."""
    out_size = output_size(images.shape[2:], kernel_size, stride, padding, dilation)
    features = kernels.shape[1]
    out = np.empty((len(images), *out_size, features), images.dtype)
    # A row of pixels at a time: NumPy is slow where it has to start anew after a few numbers.
    shifts = None if bias is None else np.tile(bias, out_size[1])

    def part(start: int, stop: int) -> None:
        def multiply(columns: np.ndarray, first: int, last: int) -> None:
            block = out[first:last]
            np.matmul(columns, kernels, out=block.reshape(-1, features))
            if shifts is not None:
                rows = block.reshape(-1, len(shifts))
                np.add(rows, shifts, out=rows)

        _columns(images, start, stop, kernel_size, out_size, stride, padding, dilation, multiply)

    images_second = channels_second(out)
    workers.spread(part, len(images), _least(images_second.shape, len(kernels)))
    return images_second


def _least(out_shape: tuple[int, ...], window: int) -> int:
    """How many images are worth a thread, each window of which has so many numbers.

    Writing the windows down takes its time too, so fewer multiplications are than in a product.
    """
    return 1 + PRODUCTS // 4 // max(1, math.prod(out_shape[1:]) * window)


def _columns(
    images: np.ndarray,
    start: int,
    stop: int,
    kernel_size: Pair,
    out_size: Pair,
    stride: Pair,
    padding: Widths,
    dilation: Pair,
    use: Callable[[np.ndarray, int, int], Any],
) -> None:
    """The windows of images `start` to `stop`, a block of images after the other.

    Args:
        images: (N, C, H, W).
        start: the first of them.
        stop: the one behind the last.
        kernel_size: of a window.
        out_size: how many windows there are.
        stride: how far apart they are.
        padding: how many zeros above and below, left and right.
        dilation: how far apart the places of a window are.
        use: called for each block with its windows, (windows, KH KW C), which it is lent, and with
            the first image and the one behind the last.
    """
    channels, (height, width) = images.shape[1], images.shape[2:]
    (kh, kw), (oh, ow), (sh, sw), (dh, dw) = kernel_size, out_size, stride, dilation
    (top, bottom), (left, right) = padding
    each = oh * ow * kh * kw * channels
    step = max(1, BLOCK // max(1, each * images.itemsize))
    step = min(step, stop - start)
    shape = step, top + height + bottom, left + width + right, channels
    padded = workers.scratch(shape, images.dtype, PADDED)
    padded[:, :top] = padded[:, top + height :] = 0
    padded[:, :, :left] = padded[:, :, left + width :] = 0
    inner = padded[:, top : top + height, left : left + width]
    by_image, by_row, by_pixel, by_channel = padded.strides
    windows = as_strided(
        padded,
        (step, oh, ow, kh, kw, channels),
        (by_image, by_row * sh, by_pixel * sw, by_row * dh, by_pixel * dw, by_channel),
        writeable=False,
    )
    columns = workers.scratch(windows.shape, images.dtype, COLUMNS)
    for first in range(start, stop, step):
        count = min(step, stop - first)
        inner[:count] = images[first : first + count].transpose(0, 2, 3, 1)
        columns[:count] = windows[:count]
        use(columns[:count].reshape(count * oh * ow, -1), first, first + count)
