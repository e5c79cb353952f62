"""Sliding windows: the three linear maps between images, kernels and what they make of each other.

A convolution $z = x * w$ is linear in the images $x$ and linear in the kernels $w$. So its
derivatives are two more maps of the same kind, and theirs are these three again:

- `convolve`: images and kernels give outputs;
- `convolve_input`: outputs and kernels give images, the way back along every connection;
- `convolve_weight`: images and outputs give kernels, one number for each connection's weight.

Each is one matrix product: the windows of an image lie side by side as columns, (a window's
numbers, windows). Columns take as much memory as a kernel has places, times the images; so images
go through in blocks whose columns stay in the processor's cache, or else one by one: beside the
result, no more than `COLUMNS` bytes or one image's columns are in use at a time. float16 is
multiplied and added up in float32, and rounded at last.
"""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tinytorch.autograd import defvjp
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.reductions import reduce_sum

Pair = tuple[int, int]
Widths = tuple[Pair, Pair]

# Bytes that the columns of a block may take, or else one image's: the second-level cache of a core.
COLUMNS = 2**21


@primitive
def convolve(
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Pair,
    padding: Widths,
    dilation: Pair,
    groups: int,
) -> Any:
    r"""Slide kernels over images: $z_{noij} = b_o + \sum_{cab} x_{n,c,si+da,sj+db} \, w_{ocab}$.

    Args:
        input: $x$, (N, C, H, W); `padding` zeros are thought around each image.
        weight: $w$, (O, C / groups, KH, KW).
        bias: $b$, (O,), or None.
        stride: $s$, how far apart the windows are, down and to the right.
        padding: how many zeros above and below, left and right.
        dilation: $d$, how far apart the places of a window are.
        groups: into how many parts the channels are cut, each with kernels of its own.

    Returns:
        (N, O, OH, OW).
    """
    dtype, inner = types(input, weight)
    weight, kernel_size = weight.astype(inner, copy=False), weight.shape[2:]
    out_size = output_size(input.shape[2:], kernel_size, stride, padding, dilation)
    kernels = weight.reshape(groups, weight.shape[0] // groups, -1)  # (G, O/G, K)
    out = np.empty((len(input), *kernels.shape[:2], out_size[0] * out_size[1]), inner)
    for block in blocks(len(input), window_bytes(weight, groups), out_size):
        images = input[block].astype(inner, copy=False)
        columns = columns_of(images, kernel_size, stride, padding, dilation, groups)
        np.matmul(kernels, columns, out=out[block])  # (G, O/G, K) @ (n, G, K, P)
    out = out.reshape(len(input), weight.shape[0], *out_size)
    if bias is not None:
        out += bias.reshape(-1, 1, 1)
    return out.astype(dtype, copy=False)


@primitive
def convolve_input(
    input: Any,
    weight: Any,
    *,
    size: Pair,
    stride: Pair,
    padding: Widths,
    dilation: Pair,
    groups: int,
) -> Any:
    """Send every number of an output back to the places it came from, and add up.

    Args:
        input: (N, O, OH, OW), in the place of `convolve`'s result.
        weight: (O, C / groups, KH, KW).
        size: (H, W), of the images.
        stride: as of `convolve`, and so are the others.
        padding: as there.
        dilation: as there.
        groups: as there.

    Returns:
        (N, C, H, W).
    """
    dtype, inner = types(input, weight)
    weight = weight.astype(inner, copy=False)
    kernel_size, out_size = weight.shape[2:], input.shape[2:]
    channels = weight.shape[1] * groups
    kernels = weight.reshape(groups, weight.shape[0] // groups, -1)  # (G, O/G, K)
    grouped = input.reshape(len(input), groups, weight.shape[0] // groups, math.prod(out_size))
    out = np.empty((len(input), channels, *size), dtype)
    for block in blocks(len(input), window_bytes(weight, groups), out_size):
        became = grouped[block].astype(inner, copy=False)
        columns = np.matmul(kernels.swapaxes(1, 2), became)  # (n, G, K, P)
        parts = columns.reshape(len(columns), channels, *kernel_size, *out_size)
        out[block] = fold(parts, size, stride, padding, dilation)
    return out


@primitive
def convolve_weight(
    input: Any,
    other: Any,
    *,
    kernel_size: Pair,
    stride: Pair,
    padding: Widths,
    dilation: Pair,
    groups: int,
) -> Any:
    """Add up, for each place of a kernel, the products of what it saw and what became of it.

    Args:
        input: (N, C, H, W).
        other: (N, O, OH, OW), in the place of `convolve`'s result.
        kernel_size: (KH, KW).
        stride: as of `convolve`, and so are the others.
        padding: as there.
        dilation: as there.
        groups: as there.

    Returns:
        (O, C / groups, KH, KW).
    """
    dtype, inner = types(input, other)
    features, out_size = other.shape[1], other.shape[2:]
    shape = features, input.shape[1] // groups, *kernel_size
    grouped = other.reshape(len(other), groups, features // groups, math.prod(out_size))
    out = np.zeros((groups, features // groups, math.prod(shape[1:])), inner)
    for block in blocks(len(input), groups * out[0, 0].nbytes, out_size):
        images = padded(input[block].astype(inner, copy=False), padding)
        views = windows(images, kernel_size, stride, dilation)
        # One product over all places of all images: (G, O/G, n P) @ (G, n P, K)
        seen = views.transpose(1, 4, 5, 0, 2, 3).reshape(groups, out.shape[2], -1)
        became = (
            grouped[block]
            .astype(inner, copy=False)
            .transpose(1, 2, 0, 3)
            .reshape(groups, out.shape[1], -1)
        )
        out += np.matmul(became, seen.swapaxes(1, 2))
    return out.reshape(shape).astype(dtype, copy=False)


defvjp(
    convolve,
    lambda g, _z, x_shape, w, _b, **how: convolve_input(g, w, size=tuple(x_shape[2:]), **how),
    lambda g, _z, x, w_shape, _b, **how: convolve_weight(
        x, g, kernel_size=tuple(w_shape[2:]), **how
    ),
    lambda g, _z, _x, _w, _b, **how: reduce_sum(g, dim=(0, 2, 3), keepdim=False),
)
defvjp(
    convolve_input,
    lambda g, _z, _y, w, size, **how: convolve(g, w, **how),
    lambda g, _z, y, w_shape, size, **how: convolve_weight(
        g, y, kernel_size=tuple(w_shape[2:]), **how
    ),
)
defvjp(
    convolve_weight,
    lambda g, _z, x_shape, y, kernel_size, **how: convolve_input(
        y, g, size=tuple(x_shape[2:]), **how
    ),
    lambda g, _z, x, _y, kernel_size, **how: convolve(x, g, **how),
)


def types(first: np.ndarray, second: np.ndarray) -> tuple[np.dtype, np.dtype]:
    """The type of a product, and the one to add up in: float32 for float16."""
    dtype = np.result_type(first, second)
    return dtype, np.dtype(np.float32) if dtype == np.float16 else dtype


def output_size(
    size: Pair, kernel_size: Pair, stride: Pair, padding: Widths, dilation: Pair
) -> Pair:
    r"""How many windows there are: $\lfloor (H + p - d(K - 1) - 1)/s \rfloor + 1$ rows of them."""
    down, right = (
        (n + sum(around) - d * (k - 1) - 1) // s + 1
        for n, k, s, around, d in zip(size, kernel_size, stride, padding, dilation)
    )
    return down, right


def windows(images: np.ndarray, kernel_size: Pair, stride: Pair, dilation: Pair) -> np.ndarray:
    """All windows of images as a view, (N, C, OH, OW, KH, KW); nothing is copied."""
    (kh, kw), (sh, sw), (dh, dw) = kernel_size, stride, dilation
    spans = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    every = sliding_window_view(images, spans, axis=(2, 3))
    return every[:, :, ::sh, ::sw, ::dh, ::dw]


def padded(images: np.ndarray, padding: Widths) -> np.ndarray:
    """Images with zeros around them; the same array where there are none to add."""
    (top, bottom), (left, right) = padding
    if not (top or bottom or left or right):
        return images
    n, c, h, w = images.shape
    out = np.zeros((n, c, top + h + bottom, left + w + right), images.dtype)
    out[:, :, top : top + h, left : left + w] = images
    return out


def columns_of(
    images: np.ndarray,
    kernel_size: Pair,
    stride: Pair,
    padding: Widths,
    dilation: Pair,
    groups: int,
) -> np.ndarray:
    """The windows of images as columns: (N, G, C/G · KH · KW, OH · OW)."""
    views = windows(padded(images, padding), kernel_size, stride, dilation)
    n, c, oh, ow, kh, kw = views.shape
    # (N, C, OH, OW, KH, KW) -> (N, C, KH, KW, OH, OW), copied here if it has to be
    return views.transpose(0, 1, 4, 5, 2, 3).reshape(n, groups, c // groups * kh * kw, oh * ow)


def fold(
    parts: np.ndarray, size: Pair, stride: Pair, padding: Widths, dilation: Pair
) -> np.ndarray:
    """Add what each place of each window says to the pixel that lies there.

    Args:
        parts: (N, C, KH, KW, OH, OW).
        size: (H, W), of the images.
        stride: of the windows.
        padding: what lies there falls away.
        dilation: of the places in a window.

    Returns:
        (N, C, H, W).
    """
    n, c, kh, kw, oh, ow = parts.shape
    (sh, sw), (dh, dw), ((top, bottom), (left, right)) = stride, dilation, padding
    h, w = size
    out = np.zeros((n, c, top + h + bottom, left + w + right), parts.dtype)
    for a in range(kh):
        rows = slice(a * dh, a * dh + sh * (oh - 1) + 1, sh)
        for b in range(kw):
            columns = slice(b * dw, b * dw + sw * (ow - 1) + 1, sw)
            out[:, :, rows, columns] += parts[:, :, a, b]
    return out[:, :, top : top + h, left : left + w]


def window_bytes(weight: np.ndarray, groups: int) -> int:
    """The bytes of one window over all channels."""
    return weight[:1].nbytes * groups


def blocks(count: int, window: int, out_size: Pair) -> Iterator[slice]:
    """Slices of a batch of `count` images, each of so many that their columns fit into `COLUMNS`.

    Args:
        count: of images.
        window: the bytes of one window, over all channels.
        out_size: the number of windows, down and to the right.
    """
    step = max(1, COLUMNS // max(1, window * out_size[0] * out_size[1]))
    return (slice(start, start + step) for start in range(0, count, step))
