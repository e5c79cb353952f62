"""Augmentation: the same images in ever new variants, each image of a batch in its own way.

What is random is drawn from `tinytorch.setup.generator()` when a transform is called; a
`DataLoader` decides what that is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tinytorch.dataloader.transforms import Transform, pixels
from tinytorch.setup import generator
from tinytorch.tensor import Tensor
from tinytorch.tensor.dims import integer, setting


class RandomCrop(Transform):
    """Cut a window of one size out of each image, each at a random place.

    With a padding, images move about and keep their size: `RandomCrop(32, padding=4)` is what
    CIFAR-10 is trained with since He et al., "Deep Residual Learning", 2016.

    Args:
        size: height and width of the window, or one number for both.
        padding: how many pixels to put around an image first, on each side.
        fill: the value of these pixels.

    Raises:
        TypeError: if an argument is no number; when called, if images are not a Tensor of floats.
        ValueError: if the size is below 1 or the padding below 0; when called, if images have not
            the shape (N, C, H, W), or are smaller than the window even when padded.

    Example:
        >>> from tinytorch.tensor import arange
        >>> image = arange(9.0).reshape(1, 1, 3, 3)
        >>> RandomCrop(2)(image).shape
        (1, 1, 2, 2)
        >>> RandomCrop(3)(image).flatten().tolist()
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    """

    def __init__(self, size: int | Sequence[int], padding: int = 0, fill: float = 0) -> None:
        if isinstance(size, Sequence) and len(size) != 2:
            raise ValueError(f"RandomCrop: size is {size!r}, expected one integer or two")
        height, width = size if isinstance(size, Sequence) else (size, size)
        self.size = (
            integer("RandomCrop", "size", height, least=1),
            integer("RandomCrop", "size", width, least=1),
        )
        self.padding = integer("RandomCrop", "padding", padding, least=0)
        self.fill = setting("RandomCrop", "fill", fill)

    def transform(self, images: Tensor) -> Tensor:
        """Return windows of shape (N, C, *size)."""
        array = pixels("RandomCrop", images)
        samples, channels, height, width = array.shape
        pad = self.padding
        down, right = height + 2 * pad - self.size[0], width + 2 * pad - self.size[1]
        if down < 0 or right < 0:
            raise ValueError(
                f"RandomCrop: images have {height} × {width} pixels and padding {pad}, "
                f"expected at least the size {self.size[0]} × {self.size[1]}"
            )
        if pad:
            inner = array
            padded = (samples, channels, height + 2 * pad, width + 2 * pad)
            array = np.full(padded, self.fill, inner.dtype)
            array[:, :, pad : pad + height, pad : pad + width] = inner
        top = generator().integers(down + 1, size=samples)
        left = generator().integers(right + 1, size=samples)
        # All windows of all images, as a view; taking one of each copies them and nothing more.
        windows = sliding_window_view(array, self.size, axis=(2, 3))
        return Tensor.from_array(windows[np.arange(samples), :, top, left])


class RandomHorizontalFlip(Transform):
    """Turn left and right round in each image, with probability $p$.

    Args:
        p: the probability.

    Raises:
        TypeError: if `p` is no number; when called, if images are not a Tensor of floats.
        ValueError: if `p` is not from 0 to 1; when called, if images have not the shape
            (N, C, H, W).

    Example:
        >>> from tinytorch.tensor import tensor
        >>> RandomHorizontalFlip(p=1.0)(tensor([[[[1.0, 2.0, 3.0]]]]))
        tensor([[[[3., 2., 1.]]]])
    """

    def __init__(self, p: float = 0.5) -> None:
        self.p = setting("RandomHorizontalFlip", "p", p)
        if not 0 <= self.p <= 1:
            raise ValueError(f"RandomHorizontalFlip: p is {p}, expected a probability from 0 to 1")

    def transform(self, images: Tensor) -> Tensor:
        """Return images of the same shape."""
        array = pixels("RandomHorizontalFlip", images)
        chosen = generator().random(len(array)) < self.p
        flipped = array.copy()
        flipped[chosen] = array[chosen, :, :, ::-1]
        return Tensor.from_array(flipped)


class Cutout(Transform):
    """Set squares at random places of each image to zero.

    The centre of a square may be any pixel, so part of it may lie outside the image, as in DeVries
    and Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout", 2017. Put
    it behind `Normalize`, where zero is the mean.

    Args:
        size: the side of a square, in pixels.
        count: how many squares an image gets; they may overlap.

    Raises:
        TypeError: if an argument is no integer; when called, if images are not a Tensor of floats.
        ValueError: if an argument is below 1; when called, if images have not the shape
            (N, C, H, W).

    Example:
        >>> from tinytorch.tensor import ones
        >>> 4 <= 64 - Cutout(size=4)(ones(1, 1, 8, 8)).sum().item() <= 16
        True
    """

    def __init__(self, size: int, count: int = 1) -> None:
        self.size = integer("Cutout", "size", size, least=1)
        self.count = integer("Cutout", "count", count, least=1)

    def transform(self, images: Tensor) -> Tensor:
        """Return images of the same shape."""
        array = pixels("Cutout", images)
        samples, _, height, width = array.shape
        rows, columns = self._spans(samples, height), self._spans(samples, width)
        squares = rows[:, :, :, None] & columns[:, :, None, :]
        cut = array.copy()
        np.copyto(cut, 0, where=squares.any(axis=1)[:, None])
        return Tensor.from_array(cut)

    def _spans(self, samples: int, length: int) -> np.ndarray:
        """Return whether each pixel of a side is in a span, of shape (samples, count, length)."""
        centre = generator().integers(length, size=(samples, self.count, 1))
        place = np.arange(length) - (centre - self.size // 2)
        return (place >= 0) & (place < self.size)
