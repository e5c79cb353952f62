"""Images held as bytes, a quarter of what they need as floats; a batch becomes floats at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.dataloader.dataset import Dataset, TensorDataset
from tinytorch.dataloader.integers import checked_indices
from tinytorch.tensor import Tensor, from_numpy, int64, uint8


class ImageDataset(Dataset[tuple[Tensor, Tensor]]):
    """Images held as bytes from 0 to 255, and their labels: a sample's image is $x / 255$.

    A sample is an image, a float32 Tensor of shape (channels, height, width) from 0 to 1, and its
    label, an int64 Tensor without dims. An index may be all that a Tensor accepts along its first
    dim: `dataset[:]` is all images, as floats, and all labels.

    Args:
        data: uint8, of shape (samples, channels, height, width).
        targets: int64, of shape (samples,).

    Attributes:
        data: all images, as bytes.
        targets: all labels.
        classes: what each label means, where that is known.

    Raises:
        TypeError: if one of them is not a Tensor of that dtype.
        ValueError: if its shape is another.

    Example:
        >>> from tinytorch.tensor import full, tensor
        >>> grey = ImageDataset(full((2, 1, 28, 28), 51, dtype=uint8), tensor([7, 9]))
        >>> image, label = grey[1]
        >>> tuple(image.shape), image.dtype.name, round(image.max().item(), 2), label.item()
        ((1, 28, 28), 'float32', 0.2, 9)
    """

    classes: Sequence[str] = ()

    def __init__(self, data: Tensor, targets: Tensor) -> None:
        owner = type(self).__name__
        for name, part, dtype in (("data", data, uint8), ("targets", targets, int64)):
            if not isinstance(part, Tensor) or part.dtype != dtype:
                kind = part.dtype if isinstance(part, Tensor) else type(part).__name__
                raise TypeError(f"{owner}: {name} is {kind}, expected a Tensor of {dtype}")
        if data.ndim != 4:
            raise ValueError(
                f"{owner}: data has shape {tuple(data.shape)}, "
                "expected (samples, channels, height, width)"
            )
        if targets.shape != data.shape[:1]:
            raise ValueError(
                f"{owner}: targets has shape {tuple(targets.shape)}, "
                f"expected {tuple(data.shape[:1])}: a label for each image"
            )
        self.data = data
        self.targets = targets

    def __getitem__(self, index: int | slice | Tensor) -> tuple[Tensor, Tensor]:
        return _floats(self.data[index].numpy()), self.targets[index]

    def __getitems__(self, indices: Sequence[int] | np.ndarray) -> Sequence[Any] | TensorDataset:
        """Return the samples of a batch, by one indexing of the bytes, as a TensorDataset."""
        places = checked_indices(type(self).__name__, indices)
        if type(self).__getitem__ is not ImageDataset.__getitem__:
            return [self[index] for index in places.tolist()]  # a subclass has samples of its own
        try:
            rows = self.data.numpy().take(places, axis=0)
        except IndexError as error:
            raise IndexError(f"{type(self).__name__}: {error}") from None
        return TensorDataset(_floats(rows), from_numpy(self.targets.numpy().take(places)))

    def __len__(self) -> int:
        return int(self.targets.shape[0])


def _floats(pixels: np.ndarray) -> Tensor:
    return from_numpy(np.divide(pixels, np.float32(255), dtype=np.float32))
