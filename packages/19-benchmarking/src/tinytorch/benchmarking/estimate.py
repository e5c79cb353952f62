"""How sure a figure is: the bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tinytorch.setup import keyed_generator

if TYPE_CHECKING:
    from collections.abc import Sequence


class Estimate(NamedTuple):
    """A figure and the interval in which it lies, at 95 % unless told otherwise.

    Example:
        >>> print(Estimate(0.694, 0.688, 0.712))
        0.69 [0.69, 0.71]
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def bootstrap(
    values: Sequence[float], confidence: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Estimate:
    """Estimate the median of what the values were drawn from, with a percentile interval.

    The values are drawn again, with replacement and as many as there are, and the medians of
    these resamples show how much the median depends on chance (Efron, "Bootstrap methods:
    another look at the jackknife", 1979). Equal values and seed give an equal interval.

    Args:
        values: one a round, at least one.
        confidence: the share of resampled medians within the interval.
        resamples: how often to draw.
        seed: of the resampling; the numbers of `tinytorch.setup.generator` are not touched.

    Raises:
        ValueError: if there are no values, or the confidence is not between 0 and 1.

    Example:
        >>> bootstrap([3.0, 1.0, 2.0, 2.0, 2.0]).value
        2.0
    """
    if not len(values):
        raise ValueError("bootstrap: values are empty, expected at least one")
    if not 0 < confidence < 1:
        raise ValueError(f"bootstrap: confidence is {confidence}, expected between 0 and 1")
    data = np.asarray(values, dtype=np.float64)
    drawn = keyed_generator(seed).integers(len(data), size=(resamples, len(data)))
    medians = np.median(data[drawn], axis=1)
    low, high = np.quantile(medians, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(float(np.median(data)), float(low), float(high))
