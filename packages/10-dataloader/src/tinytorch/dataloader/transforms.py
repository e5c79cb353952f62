"""Transforms: what is done to a whole batch of images.

They work on plain arrays: a batch that was just loaded has no gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinytorch.tensor import Tensor


class Transform:
    """The base of transforms: a subclass defines `transform(images)`.

    Called with more than images, such as labels, it passes them on as they are. The `repr` of a
    transform shows its attributes.

    Example:
        >>> class Invert(Transform):
        ...     def transform(self, images):
        ...         return 1 - images
        >>> from tinytorch.tensor import tensor
        >>> Invert()(tensor([[[[0.0, 0.25]]]]), "label")
        (tensor([[[[1.0000, 0.7500]]]]), 'label')
    """

    def __call__(self, images: Tensor, *rest: Any) -> Any:
        """Return transformed images, or a tuple of them and the rest."""
        transformed = self.transform(images)
        return (transformed, *rest) if rest else transformed

    def transform(self, images: Tensor) -> Tensor:
        """Return new images; those that came in stay as they are."""
        raise NotImplementedError(
            f"{type(self).__name__}: transform is missing, "
            "expected a Transform to define transform(self, images)"
        )

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({settings})"


class Compose(Transform):
    """Transforms one after another.

    Args:
        transforms: what to call, one or more: `images = t(images)`, or with further parts of a
            batch `images, labels = t(images, labels)`.

    Raises:
        TypeError: if one of them can't be called.
        ValueError: if there is none.

    Example:
        >>> from tinytorch.dataloader import RandomCrop, RandomHorizontalFlip
        >>> augment = Compose([RandomCrop(32, padding=4), RandomHorizontalFlip()])
        >>> from tinytorch.tensor import zeros
        >>> augment(zeros(64, 3, 32, 32)).shape
        (64, 3, 32, 32)
    """

    def __init__(self, transforms: Sequence[Callable[..., Any]]) -> None:
        self.transforms = list(transforms)
        if not self.transforms:
            raise ValueError("Compose: transforms is empty, expected at least one")
        for place, each in enumerate(self.transforms):
            if isinstance(each, type) or not callable(each):
                raise TypeError(
                    f"Compose: transforms[{place}] is {each!r}, expected a transform: "
                    "an object to call with images"
                )

    def __call__(self, images: Tensor, *rest: Any) -> Any:
        """Return what the last transform returns."""
        batch: Any = (images, *rest)
        for each in self.transforms:
            batch = each(*batch)
            if not isinstance(batch, tuple):
                batch = (batch,)
        return batch if len(batch) > 1 else batch[0]

    def transform(self, images: Tensor) -> Tensor:
        """Return what is left of images after all transforms."""
        transformed: Tensor = self(images)
        return transformed


class Normalize(Transform):
    r"""Bring each channel to another scale: $(x - \text{mean}) / \text{std}$.

    Args:
        mean: a number for each channel.
        std: a number above 0 for each channel.

    Raises:
        TypeError: if they are not rows of numbers; when called, if images are not a Tensor of
            floats.
        ValueError: if they are of different lengths, not finite, or a standard deviation is not
            above 0; when called, if images have not the shape (N, C, H, W), or not as many
            channels.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> Normalize(mean=[0.5], std=[0.25])(tensor([[[[0.0, 0.5, 1.0]]]]))
        tensor([[[[-2.,  0.,  2.]]]])
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        self.mean = _checked_row("mean", mean)
        self.std = _checked_row("std", std)
        if len(self.mean) != len(self.std):
            raise ValueError(
                f"Normalize: mean has {len(self.mean)} numbers, std {len(self.std)}, "
                "expected one of each for each channel"
            )
        if min(self.std, default=1) <= 0:
            raise ValueError(f"Normalize: std is {self.std}, expected numbers above 0")

    def transform(self, images: Tensor) -> Tensor:
        """Return images of the same shape."""
        array = pixels("Normalize", images)
        if array.shape[1] != len(self.mean):
            raise ValueError(
                f"Normalize: images have {array.shape[1]} channels, "
                f"mean and std have {len(self.mean)} numbers"
            )
        mean, std = (np.array(row, array.dtype).reshape(-1, 1, 1) for row in (self.mean, self.std))
        scaled = array - mean
        scaled /= std
        return Tensor.from_array(scaled)


def pixels(where: str, images: Any) -> np.ndarray:
    """Return the array of a batch of images.

    Raises:
        TypeError: if they are not a Tensor of floats.
        ValueError: if they have not the shape (N, C, H, W).
    """
    if not isinstance(images, Tensor):
        raise TypeError(f"{where}: images are a {type(images).__name__}, expected a Tensor")
    if images.dtype.kind != "f":
        raise TypeError(
            f"{where}: images have type {images.dtype}, expected floating point: "
            "bytes become it by images / 255"
        )
    if images.ndim != 4:
        raise ValueError(f"{where}: images have shape {images.shape}, expected (N, C, H, W)")
    return images.data


def _checked_row(name: str, values: Any) -> tuple[float, ...]:
    """Return the numbers of `mean` or `std`."""
    try:
        row = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        row = np.asarray(None)
    if row.dtype.kind != "f" or row.ndim != 1:
        raise TypeError(f"Normalize: {name} is {values!r:.60}, expected a number for each channel")
    if not np.isfinite(row).all():
        raise ValueError(f"Normalize: {name} is {values!r:.60}, expected finite numbers")
    return tuple(row.tolist())
