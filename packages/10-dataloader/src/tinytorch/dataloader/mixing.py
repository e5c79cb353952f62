"""Mixing: images and their labels, each with another's."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.dataloader.transforms import Transform, pixels
from tinytorch.setup import generator
from tinytorch.tensor import Tensor
from tinytorch.tensor.dims import integer, setting


class MixUp(Transform):
    r"""Mix each image, and its label, with another of the batch.

    $$\tilde x_i = \lambda x_i + (1 - \lambda) x_j \qquad
    \tilde y_i = \lambda y_i + (1 - \lambda) y_j \qquad \lambda \sim \text{Beta}(\alpha, \alpha)$$

    where $y$ are probabilities, 1 for the label's class, and $j$ runs through the batch in another
    order. The order is drawn, and one $\lambda$ for the whole batch, as Zhang et al. did, "mixup:
    Beyond Empirical Risk Minimization", 2018. (torchvision draws one $\lambda$ too, and takes the
    neighbour as partner.) `cross_entropy` takes probabilities as they are.

    Args:
        alpha: how much is mixed, above 0: near 0 hardly ever, at 1 any $\lambda$ is as likely.
        num_classes: how many classes there are.

    Raises:
        TypeError: if an argument is no number; when called, if images are not a Tensor of floats,
            or labels not one of integers.
        ValueError: if `alpha` is not above 0 and finite, or `num_classes` below 1; when called, if
            images have not the shape (N, C, H, W), or labels not the shape (N).
        IndexError: when called, if a label is no class; it names the first.

    Example:
        >>> from tinytorch.tensor import tensor, zeros
        >>> images, labels = MixUp(alpha=0.2, num_classes=3)(zeros(2, 1, 8, 8), tensor([1, 1]))
        >>> labels
        tensor([[0., 1., 0.],
                [0., 1., 0.]])
    """

    def __init__(self, alpha: float, num_classes: int) -> None:
        self.alpha = setting("MixUp", "alpha", alpha)
        if not 0 < self.alpha < np.inf:
            raise ValueError(f"MixUp: alpha is {alpha}, expected a finite number above 0")
        self.num_classes = integer("MixUp", "num_classes", num_classes, least=1)

    def __call__(self, images: Tensor, *rest: Any) -> Any:
        """Return mixed images and, as float32 of shape (N, num_classes), labels; then the rest."""
        if not rest:
            raise TypeError("MixUp: labels are missing, expected images and labels")
        labels, *further = rest
        array = pixels("MixUp", images)
        classes = self._checked_classes(labels, len(array))
        share = generator().beta(self.alpha, self.alpha)
        partners = generator().permutation(len(array))
        mixed = array.take(partners, axis=0)
        mixed *= 1 - share
        mixed += array * share
        everyone = np.arange(len(array))
        probabilities = np.zeros((len(array), self.num_classes), np.float32)
        probabilities[everyone, classes] = share
        probabilities[everyone, classes[partners]] += 1 - share
        return (Tensor.from_array(mixed), Tensor.from_array(probabilities), *further)

    def _checked_classes(self, labels: Any, samples: int) -> np.ndarray:
        if not isinstance(labels, Tensor) or labels.dtype.kind not in "iu":
            kind = labels.dtype if isinstance(labels, Tensor) else type(labels).__name__
            raise TypeError(f"MixUp: labels are {kind}, expected a Tensor of integers")
        if labels.shape != (samples,):
            raise ValueError(
                f"MixUp: labels have shape {labels.shape}, expected ({samples},), one an image"
            )
        wrong = labels.data[(labels.data < 0) | (labels.data >= self.num_classes)]
        if wrong.size:
            raise IndexError(
                f"MixUp: labels hold {wrong[0]}, expected classes from 0 to {self.num_classes - 1}"
            )
        return labels.data
