"""Metrics of predicted numbers: one or more a sample, compared with the true ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor import Tensor
from tinytorch.training.metric import Metric, array_of


class _MeanError(Metric):
    """The mean over all numbers of what `loss` makes of their errors."""

    def loss(self, error: np.ndarray) -> Any:
        """The sum over the errors of a batch, which may be overwritten."""
        raise NotImplementedError

    def zeros(self) -> dict[str, np.ndarray]:
        """The sum, and over how many errors."""
        return {"total": np.zeros(()), "count": np.zeros((), np.int64)}

    @np.errstate(all="ignore")
    def update(self, outputs: Tensor | np.ndarray, targets: Tensor | np.ndarray) -> None:
        """Count a batch.

        Args:
            outputs: the predicted numbers, any shape.
            targets: the true ones, of the same shape.

        Raises:
            TypeError: if they are no numbers.
            ValueError: if the shapes differ.
        """
        error = _errors(type(self).__name__, outputs, targets)
        self.sums["count"] += error.size
        self.sums["total"] += self.loss(error)

    def compute(self) -> float:
        """The mean over all batches."""
        return float(self.sums["total"] / self.counted("count"))


class MeanSquaredError(_MeanError):
    r"""The mean of the squared errors: $\frac{1}{n} \sum_i (x_i - y_i)^2$.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> metric = MeanSquaredError()
        >>> metric.update(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        >>> metric.compute()
        2.0
    """

    def loss(self, error: np.ndarray) -> Any:
        """The sum of the squares."""
        return np.dot(error, error)


class MeanAbsoluteError(_MeanError):
    r"""The mean of the absolute errors: $\frac{1}{n} \sum_i |x_i - y_i|$.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> metric = MeanAbsoluteError()
        >>> metric.update(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        >>> metric.compute()
        1.0
    """

    def loss(self, error: np.ndarray) -> Any:
        """The sum of the distances."""
        return np.abs(error, out=error).sum()


class R2Score(Metric):
    r"""The part of the targets' variance that is explained.

    $$1 - \frac{\sum_i (x_i - y_i)^2}{\sum_i (y_i - \bar y)^2}$$

    It is 1 for a model that is always right, and 0 for one that predicts the mean. Where all
    targets are the same it is 1 or 0: whether all are met. The spread of the batches' targets is
    joined by the formula of Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm
    for Computing Sample Variances", 1979: sums of squares would lose the digits of targets that
    are far from zero.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> metric = R2Score()
        >>> metric.update(tensor([1.0, 2.0, 2.0]), tensor([1.0, 2.0, 3.0]))
        >>> metric.compute()
        0.5
    """

    def zeros(self) -> dict[str, np.ndarray]:
        """The squared errors, and the number, mean and squared distances of the targets."""
        return {
            "error": np.zeros(()),
            "count": np.zeros((), np.int64),
            "mean": np.zeros(()),
            "spread": np.zeros(()),
        }

    @np.errstate(all="ignore")
    def update(self, outputs: Tensor | np.ndarray, targets: Tensor | np.ndarray) -> None:
        """Count a batch.

        Args:
            outputs: the predicted numbers, (N,) or (N, 1).
            targets: the true ones, of the same shape.

        Raises:
            TypeError: if they are no numbers.
            ValueError: if the shapes differ, or there is more than one number a sample.
        """
        error = _errors("R2Score", outputs, targets)
        if targets.shape[1:] not in ((), (1,)):
            raise ValueError(
                f"R2Score: targets have shape {targets.shape}, expected (N,) or (N, 1); "
                "keep a metric for each column"
            )
        if not error.size:
            return
        true = array_of("R2Score: targets", targets, "iuf").astype(np.float64).ravel()
        before, added = int(self.sums["count"]), true.size
        mean = true.mean()
        distance = mean - self.sums["mean"]
        true -= mean
        spread = np.dot(true, true) + distance * distance * (before * added / (before + added))
        self.sums["error"] += np.dot(error, error)
        self.sums["count"] += added
        self.sums["mean"] += distance * (added / (before + added))
        self.sums["spread"] += spread

    def compute(self) -> float:
        """The score over all batches.

        Raises:
            RuntimeError: if fewer than two samples have been counted.
        """
        if self.counted("count") < 2:
            raise RuntimeError("R2Score: one sample has been counted, which has no variance")
        error, spread = float(self.sums["error"]), float(self.sums["spread"])
        if not spread:
            return 0.0 if error else 1.0
        return 1.0 - error / spread


def _errors(metric: str, outputs: Any, targets: Any) -> np.ndarray:
    """The differences in float64, (n,)."""
    outputs = array_of(f"{metric}: outputs", outputs, "iuf")
    targets = array_of(f"{metric}: targets", targets, "iuf")
    if outputs.shape != targets.shape:
        raise ValueError(
            f"{metric}: outputs have shape {outputs.shape}, expected that of targets, "
            f"{targets.shape}"
        )
    error: np.ndarray = np.subtract(outputs, targets, dtype=np.float64)
    return error.ravel()
