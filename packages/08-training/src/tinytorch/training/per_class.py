"""Metrics that each class has, and their average over the classes."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from tinytorch.tensor import Tensor, from_numpy
from tinytorch.tensor.dims import integer
from tinytorch.training.metric import Metric
from tinytorch.training.predictions import predicted_and_right

Average = Literal["macro", "micro", "weighted"] | None


class _OfClasses(Metric):
    """A metric that each class has, and their average."""

    def __init__(
        self, num_classes: int, average: Average = "macro", ignore_index: int | None = None
    ) -> None:
        name = type(self).__name__
        self.num_classes = integer(name, "num_classes", num_classes, least=1)
        if average not in ("macro", "micro", "weighted", None):
            raise ValueError(
                f"{name}: average is {average!r}, expected 'macro', 'micro', 'weighted' or None"
            )
        self.average = average
        self.ignore_index = ignore_index
        super().__init__()

    def zeros(self) -> dict[str, np.ndarray]:
        """For each class: how often it was met, how often predicted, how often right."""
        names = ("met", "predicted", "actual")
        return {name: np.zeros(self.num_classes, np.int64) for name in names}

    def update(self, outputs: Tensor | np.ndarray, targets: Tensor | np.ndarray) -> None:
        """Count a batch.

        Args:
            outputs: scores, (N, num_classes, …), or predicted classes, (N, …).
            targets: the right classes, integers, (N, …).

        Raises:
            TypeError: if the targets are no integers, or the outputs no numbers.
            ValueError: if the shapes do not fit.
            IndexError: if a target or a predicted class is no class.
        """
        predicted, right = predicted_and_right(
            type(self).__name__, outputs, targets, self.num_classes, self.ignore_index
        )
        met = right[predicted == right]
        for name, classes in (("met", met), ("predicted", predicted), ("actual", right)):
            self.sums[name] += np.bincount(classes, minlength=self.num_classes)

    def compute(self) -> float | Tensor:
        """The average over the classes, or for `average=None` each class's, (num_classes,).

        The average `macro` is that of all classes that were predicted or right at least once;
        `weighted` that of all, each as often as it was right; `micro` counts all classes as one,
        which makes it the accuracy. What would be divided by zero is 0.
        """
        self.counted("actual")
        met, predicted, actual = (self.sums[name] for name in ("met", "predicted", "actual"))
        if self.average == "micro":
            return float(self._ratio(met.sum(), predicted.sum(), actual.sum()))
        scores = self._ratio(met, predicted, actual)
        if self.average is None:
            return from_numpy(scores)
        weights = actual if self.average == "weighted" else predicted + actual > 0
        return float(np.average(scores, weights=weights))

    def _ratio(self, met: Any, predicted: Any, actual: Any) -> np.ndarray:
        raise NotImplementedError


class Precision(_OfClasses):
    r"""Of the samples that are said to be of a class, the part that is: $\frac{TP}{TP + FP}$.

    Args:
        num_classes: how many classes there are.
        average: over the classes: `macro`, `micro`, `weighted`, or None for a number each; see
            `compute`.
        ignore_index: a target that does not count.

    Raises:
        ValueError: if there are no classes, or for another average.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> precision = Precision(2, average=None)
        >>> precision.update(tensor([0, 1, 1]), tensor([0, 0, 1]))
        >>> precision.compute()
        tensor([1.0000, 0.5000], dtype=float64)
    """

    def _ratio(self, met: Any, predicted: Any, actual: Any) -> np.ndarray:
        return _divided(met, predicted)


class Recall(_OfClasses):
    r"""Of the samples that are of a class, the part that is found: $\frac{TP}{TP + FN}$.

    Args:
        num_classes: how many classes there are.
        average: over the classes: `macro`, `micro`, `weighted`, or None for a number each; see
            `compute`.
        ignore_index: a target that does not count.

    Raises:
        ValueError: if there are no classes, or for another average.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> recall = Recall(2, average=None)
        >>> recall.update(tensor([0, 1, 1]), tensor([0, 0, 1]))
        >>> recall.compute()
        tensor([0.5000, 1.0000], dtype=float64)
    """

    def _ratio(self, met: Any, predicted: Any, actual: Any) -> np.ndarray:
        return _divided(met, actual)


class F1Score(_OfClasses):
    r"""The harmonic mean of precision and recall of a class: $\frac{2 TP}{2 TP + FP + FN}$.

    Args:
        num_classes: how many classes there are.
        average: over the classes: `macro`, `micro`, `weighted`, or None for a number each; see
            `compute`.
        ignore_index: a target that does not count.

    Raises:
        ValueError: if there are no classes, or for another average.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> f1 = F1Score(2)
        >>> f1.update(tensor([0, 1, 1]), tensor([0, 0, 1]))
        >>> round(f1.compute(), 4)
        0.6667
    """

    def _ratio(self, met: Any, predicted: Any, actual: Any) -> np.ndarray:
        return _divided(2 * met, predicted + actual)


def _divided(top: Any, bottom: Any) -> np.ndarray:
    """The quotient, 0 where it would be divided by zero."""
    top, bottom = np.asarray(top), np.asarray(bottom)
    quotient: np.ndarray = np.divide(top, bottom, out=np.zeros(top.shape), where=bottom > 0)
    return quotient
