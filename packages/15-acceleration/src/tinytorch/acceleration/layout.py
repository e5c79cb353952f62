"""Images with their channels last in memory: (N, H, W, C), though their shape says (N, C, H, W).

A convolution multiplies and adds over the channels of a window. With the channels last, a row of a
window is one run of memory, and the product of all windows with all kernels comes out as an image
with its channels last. NumPy keeps such an order through every elementwise operation, so a network
goes on in it once a convolution has begun it.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def has_channels_last(images: np.ndarray) -> bool:
    """Whether this is (N, C, H, W), and lies in memory as (N, H, W, C) without gaps."""
    return images.ndim == 4 and images.transpose(0, 2, 3, 1).flags.c_contiguous


def channels_second(images: np.ndarray) -> np.ndarray:
    """(N, H, W, C) seen as (N, C, H, W)."""
    return images.transpose(0, 3, 1, 2)


def flat(array: np.ndarray) -> np.ndarray:
    """All elements in the order in which they lie in memory; a view if there are no gaps."""
    return _in_order(array).reshape(-1)


def has_gaps(array: np.ndarray) -> bool:
    """Whether there is memory between the elements that is not the array's."""
    return not _in_order(array).flags.c_contiguous


def _in_order(array: np.ndarray) -> np.ndarray:
    return array.transpose(sorted(range(array.ndim), key=lambda dim: -abs(array.strides[dim])))


def empty_beside(images: np.ndarray, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
    """New memory for images of another size, with the channels last if those have them last."""
    if has_channels_last(images):
        n, c, h, w = shape
        return channels_second(np.empty((n, h, w, c), dtype))
    return np.empty(shape, dtype)
