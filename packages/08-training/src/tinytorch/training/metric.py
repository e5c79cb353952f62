"""Metrics: numbers that say how good a model is, summed up batch by batch.

A metric over batches is the metric over all of the data, however it is cut: it keeps exact counts
and float64 sums, never a mean of means. Nothing that it computes is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinytorch.tensor import Tensor


class Metric:
    """The base of all metrics: define `zeros`, `update` and `compute`.

    Attributes:
        sums: arrays by name, int64 for counts and float64 for sums; `update` replaces or adds to
            them, and they are all that a metric remembers.

    Example:
        >>> import tinytorch.tensor as tt
        >>> class Bias(Metric):
        ...     def zeros(self):
        ...         return {"error": np.zeros(()), "count": np.zeros((), np.int64)}
        ...     def update(self, outputs, targets):
        ...         self.sums["error"] += (outputs - targets).sum().item()
        ...         self.sums["count"] += outputs.numel()
        ...     def compute(self):
        ...         return float(self.sums["error"]) / self.counted("count")
        >>> bias = Bias()
        >>> bias.update(tt.tensor([1.0, 2.0]), tt.tensor([0.0, 1.0]))
        >>> bias.update(tt.tensor([3.0]), tt.tensor([5.0]))
        >>> bias.compute()
        0.0
    """

    sums: dict[str, np.ndarray]

    def __init__(self) -> None:
        self.reset()

    def zeros(self) -> dict[str, np.ndarray]:
        """The sums by name before the first batch, new arrays in each call."""
        raise NotImplementedError(f"{type(self).__name__}: defines no zeros(self)")

    def update(self, outputs: Any, targets: Any) -> None:
        """Count a batch. After an error the metric is as it was."""
        raise NotImplementedError(f"{type(self).__name__}: defines no update(self, …)")

    def compute(self) -> Any:
        """The metric over all batches since the last `reset`: a float, or a Tensor of several.

        Raises:
            RuntimeError: if nothing has been counted.
        """
        raise NotImplementedError(f"{type(self).__name__}: defines no compute(self)")

    def reset(self) -> None:
        """Forget all batches."""
        self.sums = self.zeros()

    def counted(self, name: str) -> Any:
        """The number that a sum holds, for `compute` to divide by.

        Raises:
            RuntimeError: if it is zero.
        """
        count = self.sums[name].sum().item()
        if not count:
            raise RuntimeError(
                f"{type(self).__name__}: nothing has been counted, call update(…) before compute()"
            )
        return count

    def state_dict(self) -> dict[str, Any]:
        """The sums by name as numbers and lists of them, which JSON can hold without loss."""
        return {name: array.tolist() for name, array in self.sums.items()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over the sums of another metric of this kind.

        Args:
            state_dict: as `state_dict` returned it.

        Raises:
            TypeError: if it is no dictionary.
            ValueError: if names, shapes or kinds of numbers do not fit; nothing has been changed
                then.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(
                f"{type(self).__name__}: the state is {type(state_dict).__name__}, expected a "
                "dictionary"
            )
        sums = self.zeros()
        if state_dict.keys() != sums.keys():
            raise ValueError(
                f"{type(self).__name__}: the state has {', '.join(map(str, state_dict)) or None}, "
                f"expected {', '.join(sums)}"
            )
        for name, zero in sums.items():
            try:
                array = np.asarray(state_dict[name])
            except ValueError as error:  # ragged lists
                raise ValueError(f"{type(self).__name__}: {name} in the state: {error}") from None
            if array.shape != zero.shape or not np.can_cast(array.dtype, zero.dtype):
                raise ValueError(
                    f"{type(self).__name__}: {name} is of shape {array.shape} and type "
                    f"{array.dtype} in the state, expected {zero.shape} and {zero.dtype}"
                )
            sums[name] = array.astype(zero.dtype)
        self.sums = sums


class Mean(Metric):
    r"""The weighted mean of numbers, such as losses of batches: $\sum_i w_i x_i / \sum_i w_i$.

    Example:
        >>> mean = Mean()
        >>> mean.update(1.0, 32)
        >>> mean.update(4.0, 16)
        >>> mean.compute()
        2.0
    """

    def zeros(self) -> dict[str, np.ndarray]:
        """The sum of the numbers times their weights, and the sum of the weights."""
        return {"total": np.zeros(()), "weight": np.zeros(())}

    @np.errstate(all="ignore")
    def update(
        self,
        values: Tensor | np.ndarray | float,
        weights: Tensor | np.ndarray | float = 1.0,
    ) -> None:
        """Count numbers.

        Args:
            values: any shape.
            weights: of that shape, or one that stretches to it; not negative.

        Raises:
            TypeError: if they are no numbers.
            ValueError: if the shapes do not fit, or a weight is negative.
        """
        numbers, weight = (
            array_of(f"Mean: {name}", np.asarray(x) if isinstance(x, int | float) else x, "biuf")
            for name, x in (("values", values), ("weights", weights))
        )
        try:
            weight = np.broadcast_to(weight, numbers.shape)
        except ValueError:
            raise ValueError(
                f"Mean: weights have shape {weight.shape}, which does not stretch to that of "
                f"values, {numbers.shape}"
            ) from None
        if (weight < 0).any():
            raise ValueError(f"Mean: a weight is {weight.min()}, expected 0 or more")
        total = np.multiply(numbers, weight, dtype=np.float64).sum()
        self.sums["total"] += total
        self.sums["weight"] += weight.sum(dtype=np.float64)

    def compute(self) -> float:
        """The mean of all numbers so far."""
        return float(self.sums["total"] / self.counted("weight"))


def array_of(what: str, value: Any, kinds: str) -> np.ndarray:
    """The array of a tensor, or an array itself.

    Args:
        what: the metric and its argument, for the error.
        value: a Tensor or an array.
        kinds: of number types, as in `dtype.kind`.

    Raises:
        TypeError: if it is neither, or holds numbers of another kind.
    """
    if not isinstance(value, Tensor | np.ndarray):
        raise TypeError(f"{what} is {type(value).__name__}, expected a Tensor or an array")
    if value.dtype.kind not in kinds:
        expected = "integers" if "f" not in kinds else "numbers"
        raise TypeError(f"{what} has type {value.dtype}, expected {expected}")
    return value.data if isinstance(value, Tensor) else value
