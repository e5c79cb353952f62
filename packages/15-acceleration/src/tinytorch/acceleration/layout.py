"""Images with their channels last in memory: (N, H, W, C), though their shape says (N, C, H, W).

A convolution multiplies and adds over the channels of a window. With the channels last, a row of a
window is one run of memory, and the product of all windows with all kernels comes out as an image
with its channels last. NumPy keeps such an order through every elementwise operation, so a network
goes on in it once a convolution has begun it.
"""

from __future__ import annotations

import numpy as np


def channels_last(images: np.ndarray) -> np.ndarray:
    """(N, C, H, W) as (N, H, W, C) in order; a copy only where they do not lie so already."""
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1))


def channels_second(images: np.ndarray) -> np.ndarray:
    """(N, H, W, C) seen as (N, C, H, W)."""
    return images.transpose(0, 3, 1, 2)


def flat(array: np.ndarray) -> np.ndarray | None:
    """All elements as they lie in memory, or None if there are gaps between them."""
    order = sorted(range(array.ndim), key=lambda dim: -abs(array.strides[dim]))
    in_order = array.transpose(order)
    return in_order.reshape(-1) if in_order.flags.c_contiguous else None
