r"""Convolutions, one connection at a time.

Every pixel $y$ of an output is connected to the pixels $x$ of its window, each by a weight $w$. The
three maps go through the same connections. They only differ in which two numbers they multiply, and
to which third they add the product.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tinytorch.acceleration.tiers import implementation
from tinytorch.spatial.sliding import (
    Pair,
    Widths,
    convolve,
    convolve_input,
    convolve_weight,
    output_size,
)

Place = tuple[int, ...]


@implementation("naive", convolve)
def naive_convolve(
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
    size, w = input.shape[2:], weight.astype(object)
    out_size = output_size(size, weight.shape[2:], stride, padding, dilation)
    out = np.zeros((len(input), len(weight), *out_size), object)
    for image, became in zip(input.astype(object), out):
        if bias is not None:
            for feature in range(len(weight)):
                became[feature] = bias[feature].item()
        for x, y, k in connections(w.shape, size, out_size, stride, padding, dilation, groups):
            became[y] += image[x] * w[k]
    return out.astype(np.result_type(input, weight))


@implementation("naive", convolve_input)
def naive_convolve_input(
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
    out_size, w = input.shape[2:], weight.astype(object)
    out = np.zeros((len(input), groups * weight.shape[1], *size), object)
    for became, image in zip(input.astype(object), out):
        for x, y, k in connections(w.shape, size, out_size, stride, padding, dilation, groups):
            image[x] += became[y] * w[k]
    return out.astype(np.result_type(input, weight))


@implementation("naive", convolve_weight)
def naive_convolve_weight(
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
    size, out_size = input.shape[2:], other.shape[2:]
    out = np.zeros((other.shape[1], input.shape[1] // groups, *kernel_size), object)
    for image, became in zip(input.astype(object), other.astype(object)):
        for x, y, k in connections(out.shape, size, out_size, stride, padding, dilation, groups):
            out[k] += image[x] * became[y]
    return out.astype(np.result_type(input, other))


def connections(
    shape: Place,
    size: Pair,
    out_size: Pair,
    stride: Pair,
    padding: Widths,
    dilation: Pair,
    groups: int,
) -> Iterator[tuple[Place, Place, Place]]:
    """All connections between the pixels of an image and those of its output.

    Args:
        shape: of the weight, (O, C / groups, KH, KW).
        size: (H, W), of the image.
        out_size: (OH, OW), of the output.
        stride: as of `convolve`, and so are the others.
        padding: as there.
        dilation: as there.
        groups: as there.

    Returns:
        the places of the pixel, of the output's pixel, and of the weight between them.
    """
    features, channels, kh, kw = shape
    (top, _), (left, _) = padding
    for o in range(features):
        first = o // (features // groups) * channels  # of the channels of its group
        for i in range(out_size[0]):
            for j in range(out_size[1]):
                for c in range(channels):
                    for a in range(kh):
                        for b in range(kw):
                            row = i * stride[0] + a * dilation[0] - top
                            column = j * stride[1] + b * dilation[1] - left
                            if 0 <= row < size[0] and 0 <= column < size[1]:  # else padding
                                yield (first + c, row, column), (o, i, j), (o, c, a, b)
