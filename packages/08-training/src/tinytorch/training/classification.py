"""Metrics of predicted classes: how often they are right, and what is taken for what.

What a model says is given as scores of the classes, (N, C, …) as `cross_entropy` takes them, of
which the greatest is the predicted class; or as the predicted classes themselves, integers of the
targets' shape. A single logit a sample is turned into classes by `logits > 0`; `BinaryAccuracy`
takes it as it is.
"""

from __future__ import annotations

import math

import numpy as np

from tinytorch.tensor import Tensor, from_numpy, logsumexp
from tinytorch.tensor.dims import integer
from tinytorch.training.metric import Metric, array_of
from tinytorch.training.predictions import (
    ONE_LOGIT,
    among_best,
    check_classes,
    checked,
    greatest,
    kept,
    of_targets,
    predicted_and_right,
)


class Accuracy(Metric):
    """The part of the targets that is predicted, or is among the `top_k` classes of most score.

    Of equal scores the first counts as the greater, as in argmax.

    Args:
        top_k: how many classes a prediction names.
        ignore_index: a target that does not count.

    Raises:
        TypeError: if top_k is no integer.
        ValueError: if it is below 1.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> accuracy = Accuracy()
        >>> accuracy.update(tensor([[2.0, 1.0, 0.0], [0.0, 1.0, 2.0]]), tensor([0, 1]))
        >>> accuracy.compute()
        0.5
    """

    def __init__(self, top_k: int = 1, ignore_index: int | None = None) -> None:
        self.top_k = integer("Accuracy", "top_k", top_k, least=1)
        self.ignore_index = ignore_index
        super().__init__()

    def zeros(self) -> dict[str, np.ndarray]:
        """How many targets were predicted, and how many there were."""
        return {"correct": np.zeros((), np.int64), "count": np.zeros((), np.int64)}

    def update(self, outputs: Tensor | np.ndarray, targets: Tensor | np.ndarray) -> None:
        """Count a batch.

        Args:
            outputs: scores, (N, C, …), or for `top_k=1` predicted classes, (N, …).
            targets: the right classes, integers, (N, …).

        Raises:
            TypeError: if the targets are no integers, or the outputs no numbers.
            ValueError: if the shapes do not fit, or there are less than two or `top_k` classes.
            IndexError: if a target is no class.
        """
        said, right = checked("Accuracy", outputs, targets)
        if self.top_k > 1 and said.ndim == right.ndim:
            raise ValueError(
                f"Accuracy: outputs are classes, expected scores, (N, C, …), for top_k={self.top_k}"
            )
        if said.ndim > right.ndim:
            classes = said.shape[1]
            if classes == 1:
                raise ValueError(f"Accuracy: outputs have one class, expected several{ONE_LOGIT}")
            if self.top_k > classes:
                raise ValueError(
                    f"Accuracy: outputs have {classes} classes, expected at least top_k, "
                    f"{self.top_k}"
                )
            check_classes("Accuracy: targets hold", kept(right, right, self.ignore_index), classes)
        if self.top_k > 1:
            hits = among_best(said, right, self.top_k)
        else:
            hits = greatest(said, right) == right
        hits = kept(hits, right, self.ignore_index)
        self.sums["correct"] += np.count_nonzero(hits)
        self.sums["count"] += hits.size

    def compute(self) -> float:
        """The accuracy over all batches, from 0 to 1."""
        return float(self.sums["correct"] / self.counted("count"))


class BinaryAccuracy(Metric):
    """The part of the targets, 0 or 1, on whose side of the threshold the output is.

    An output is right where `(output > threshold) == (target > 0.5)`.

    Args:
        threshold: 0.0 for logits, as `binary_cross_entropy_with_logits` takes them; 0.5 for
            probabilities.

    Raises:
        TypeError: if the threshold is no number.
        ValueError: if it is not finite.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> accuracy = BinaryAccuracy()
        >>> accuracy.update(tensor([[2.0], [-1.0], [0.5], [-3.0]]), tensor([1.0, 1.0, 1.0, 0.0]))
        >>> accuracy.compute()
        0.75
    """

    def __init__(self, threshold: float = 0.0) -> None:
        if isinstance(threshold, bool) or not isinstance(threshold, int | float):
            raise TypeError(f"BinaryAccuracy: threshold is {threshold!r}, expected a number")
        if not math.isfinite(threshold):
            raise ValueError(f"BinaryAccuracy: threshold is {threshold}, expected it finite")
        self.threshold = threshold
        super().__init__()

    def zeros(self) -> dict[str, np.ndarray]:
        """How many outputs were right, and how many there were."""
        return {"correct": np.zeros((), np.int64), "count": np.zeros((), np.int64)}

    def update(self, outputs: Tensor | np.ndarray, targets: Tensor | np.ndarray) -> None:
        """Count a batch.

        Args:
            outputs: one a target, of the targets' shape, or of that with a dim of 1 behind it.
            targets: 0 or 1, as integers, bools or floats.

        Raises:
            TypeError: if they are no numbers.
            ValueError: if the shapes do not fit, or a target is something else.
        """
        said = array_of("BinaryAccuracy: outputs", outputs, "biuf")
        right = array_of("BinaryAccuracy: targets", targets, "biuf")
        if said.shape not in (right.shape, (*right.shape, 1)):
            raise ValueError(
                f"BinaryAccuracy: outputs have shape {said.shape}, expected that of targets, "
                f"{right.shape}, or {(*right.shape, 1)}"
            )
        others = right[(right != 0) & (right != 1)]
        if others.size:
            raise ValueError(f"BinaryAccuracy: targets hold {others[0]}, expected 0 or 1")
        hits = (said > np.float64(self.threshold)).reshape(right.shape) == (right > 0.5)
        self.sums["correct"] += np.count_nonzero(hits)
        self.sums["count"] += hits.size

    def compute(self) -> float:
        """The accuracy over all batches, from 0 to 1."""
        return float(self.sums["correct"] / self.counted("count"))


class ConfusionMatrix(Metric):
    """How often a class is taken for which: a row for each true class, a column for each predicted.

    Args:
        num_classes: how many classes there are.
        ignore_index: a target that does not count.

    Raises:
        ValueError: if there are no classes.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> matrix = ConfusionMatrix(2)
        >>> matrix.update(tensor([0, 1, 1]), tensor([0, 0, 1]))
        >>> matrix.compute()
        tensor([[1, 1],
                [0, 1]])
    """

    def __init__(self, num_classes: int, ignore_index: int | None = None) -> None:
        self.num_classes = integer("ConfusionMatrix", "num_classes", num_classes, least=1)
        self.ignore_index = ignore_index
        super().__init__()

    def zeros(self) -> dict[str, np.ndarray]:
        """The counts, (num_classes, num_classes)."""
        return {"counts": np.zeros((self.num_classes, self.num_classes), np.int64)}

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
            "ConfusionMatrix", outputs, targets, self.num_classes, self.ignore_index
        )
        places = right * self.num_classes + predicted
        counts = np.bincount(places, minlength=self.num_classes**2)
        self.sums["counts"] += counts.reshape(self.num_classes, -1)

    def compute(self) -> Tensor:
        """The counts over all batches, integers, (true classes, predicted classes)."""
        self.counted("counts")
        return from_numpy(self.sums["counts"].copy())


class Perplexity(Metric):
    r"""How many equally likely classes a model hesitates between: $e^{\text{mean cross-entropy}}$.

    Args:
        ignore_index: a target that does not count.

    Example:
        >>> from tinytorch.tensor import tensor, zeros
        >>> perplexity = Perplexity()
        >>> perplexity.update(zeros(3, 50), tensor([7, 0, 49]))
        >>> round(perplexity.compute(), 4)
        50.0
    """

    def __init__(self, ignore_index: int | None = None) -> None:
        self.ignore_index = ignore_index
        super().__init__()

    def zeros(self) -> dict[str, np.ndarray]:
        """The sum of the cross-entropies, and how many they are."""
        return {"entropy": np.zeros(()), "count": np.zeros((), np.int64)}

    @np.errstate(all="ignore")
    def update(self, outputs: Tensor | np.ndarray, targets: Tensor | np.ndarray) -> None:
        """Count a batch.

        Args:
            outputs: logits, (N, C, …).
            targets: the right classes, integers, (N, …).

        Raises:
            TypeError: if the outputs are not of floating point, or the targets no integers.
            ValueError: if the shapes do not fit.
            IndexError: if a target is no class.
        """
        logits, right = checked("Perplexity", outputs, targets)
        if logits.dtype.kind != "f":
            raise TypeError(f"Perplexity: outputs have type {logits.dtype}, expected logits")
        check_classes(
            "Perplexity: targets hold", kept(right, right, self.ignore_index), logits.shape[1]
        )
        entropy = logsumexp(logits, dim=1) - of_targets(logits, right)
        entropy = kept(entropy, right, self.ignore_index)
        self.sums["entropy"] += entropy.sum(dtype=np.float64)
        self.sums["count"] += entropy.size

    def compute(self) -> float:
        """The perplexity over all batches, 1 or more."""
        with np.errstate(over="ignore"):
            return float(np.exp(self.sums["entropy"] / self.counted("count")))
