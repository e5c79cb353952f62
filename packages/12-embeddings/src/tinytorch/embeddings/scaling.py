r"""Rotary positions beyond those that a model was trained on: other frequencies, $\theta_i$ to
$\theta'_i$.

Short waves tell neighbours apart and have turned many times within the trained length. Long ones
have not turned once: beyond it they reach angles that the model has never seen. All of these slow
the long waves down; they differ in what they do to the short ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np

from tinytorch.tensor.dims import integer, setting


@dataclass(frozen=True)
class RotaryScaling:
    """The base of scalings: from frequencies to frequencies.

    Attributes:
        magnitude: what rotated vectors are multiplied by, 1 if a scaling does not say otherwise.

    Example:
        >>> class Halved(RotaryScaling):
        ...     def __call__(self, frequencies):
        ...         return frequencies / 2
        >>> Halved()(np.array([1.0, 0.5]))
        array([0.5 , 0.25])
    """

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "original_max_positions":
                integer(type(self).__name__, field.name, value, 1)
            elif value is not None and not setting(type(self).__name__, field.name, value) > 0:
                raise ValueError(
                    f"{type(self).__name__}: {field.name} is {value}, expected above 0"
                )

    @property
    def magnitude(self) -> float:
        """What rotated vectors are multiplied by."""
        return 1.0

    def __call__(self, frequencies: np.ndarray) -> np.ndarray:
        r"""The frequencies to rotate with.

        Args:
            frequencies: $\theta_i = b^{-2i/D}$, (D / 2,), in float64.
        """
        raise NotImplementedError(f"{type(self).__name__}: defines no __call__(self, frequencies)")


@dataclass(frozen=True)
class LinearScaling(RotaryScaling):
    r"""All positions squeezed into the trained ones: $\theta'_i = \theta_i / s$.

    (Chen et al., https://arxiv.org/abs/2306.15595.)

    Args:
        factor: $s$, how many times as long texts get.

    Example:
        >>> LinearScaling(factor=4.0)(np.array([1.0, 0.5]))
        array([0.25 , 0.125])
    """

    factor: float

    def __call__(self, frequencies: np.ndarray) -> np.ndarray:
        """The frequencies divided by the factor."""
        slowed: np.ndarray = frequencies / self.factor
        return slowed


@dataclass(frozen=True)
class NTKScaling(RotaryScaling):
    r"""A greater base: the longest wave is slowed down by the factor, the shortest not at all.

    $$\theta'_i = (b \, s^{D/(D-2)})^{-2i/D} = \theta_i \, s^{-2i/(D-2)}$$

    (bloc97, 2023; Peng et al., https://arxiv.org/abs/2309.00071, section 3.1.)

    Args:
        factor: $s$, how many times as long texts get.

    Example:
        >>> NTKScaling(factor=4.0)(np.array([1.0, 0.5, 0.25]))
        array([1.    , 0.25  , 0.0625])
    """

    factor: float

    def __call__(self, frequencies: np.ndarray) -> np.ndarray:
        """The frequencies of the greater base."""
        last = _last("NTKScaling", frequencies)
        slowed: np.ndarray = frequencies / self.factor ** (np.arange(last + 1) / last)
        return slowed


@dataclass(frozen=True)
class Llama3Scaling(RotaryScaling):
    r"""Waves that turn often within the trained length stay, those that don't are slowed down.

    With $r_i = L \theta_i / 2 \pi$ turns within the trained length $L$ and $t_i$, which goes from 0
    to 1 as $r_i$ goes from $l$ to $h$:

    $$\theta'_i = (1 - t_i) \, \theta_i / s + t_i \, \theta_i$$

    (Llama 3.1; Grattafiori et al., https://arxiv.org/abs/2407.21783, and Meta's reference code.)

    Args:
        factor: $s$, by how much they are slowed down.
        low_freq_factor: $l$, up to how many turns that is done in full.
        high_freq_factor: $h$, from how many on not at all.
        original_max_positions: $L$, the length that the model was trained on.

    Raises:
        ValueError: if a number is not above 0, or the two bounds are not in order.

    Example:
        >>> scaling = Llama3Scaling(8.0, 1.0, 4.0, original_max_positions=8192)
        >>> scaling(np.array([1.0, 1e-5]))
        array([1.00e+00, 1.25e-06])
    """

    factor: float
    low_freq_factor: float
    high_freq_factor: float
    original_max_positions: int

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_order(self, "low_freq_factor", "high_freq_factor")

    def __call__(self, frequencies: np.ndarray) -> np.ndarray:
        """The frequencies, the low ones divided by the factor."""
        turns = self.original_max_positions * frequencies / (2 * math.pi)
        width = self.high_freq_factor - self.low_freq_factor
        kept = np.clip((turns - self.low_freq_factor) / width, 0.0, 1.0)
        return _between(frequencies / self.factor, frequencies, kept)


@dataclass(frozen=True)
class YaRNScaling(RotaryScaling):
    r"""As `Llama3Scaling`, but from kept to slowed down the way goes along the waves' numbers.

    The wave that turns $r$ times within the trained length $L$ has the number $i(r) =
    \frac{D}{2 \ln b} \ln\frac{L}{2 \pi r}$. Up to $\lfloor i(\beta_f) \rfloor$ waves stay, from
    $\lceil i(\beta_s) \rceil$ on they are divided by $s$, between them the share is linear in
    $i$. Rotated vectors are multiplied by $0.1 \ln s + 1$, which makes attention sharper: there is
    more to choose from. (Peng et al., https://arxiv.org/abs/2309.00071.)

    Args:
        factor: $s$, how many times as long texts get.
        original_max_positions: $L$, the length that the model was trained on.
        beta_fast: $\beta_f$, from how many turns on waves stay.
        beta_slow: $\beta_s$, up to how many they are slowed down in full.
        attention_factor: what rotated vectors are multiplied by, if not by that.

    Raises:
        ValueError: if a number is not above 0, or the two bounds are not in order.

    Example:
        >>> round(YaRNScaling(factor=4.0, original_max_positions=4096).magnitude, 4)
        1.1386
    """

    factor: float
    original_max_positions: int
    beta_fast: float = 32.0
    beta_slow: float = 1.0
    attention_factor: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_order(self, "beta_slow", "beta_fast")

    @property
    def magnitude(self) -> float:
        """What rotated vectors are multiplied by."""
        if self.attention_factor is not None:
            return self.attention_factor
        return 0.1 * math.log(self.factor) + 1.0 if self.factor > 1 else 1.0

    def __call__(self, frequencies: np.ndarray) -> np.ndarray:
        """The frequencies, the low ones divided by the factor."""
        last = _last("YaRNScaling", frequencies)
        step = math.log(frequencies[0] / frequencies[1])  # 2 ln(b) / D: they are a geometric series

        def number(turns: float) -> float:
            return math.log(self.original_max_positions / (2 * math.pi * turns)) / step

        last_kept = max(math.floor(number(self.beta_fast)), 0)
        # The bound is that of the published code, D - 1, though there are only D / 2 waves.
        first_slowed = min(math.ceil(number(self.beta_slow)), 2 * last + 1)
        width = max(first_slowed - last_kept, 0.001)
        slowed = np.clip((np.arange(last + 1) - last_kept) / width, 0.0, 1.0)
        return _between(frequencies, frequencies / self.factor, slowed)


def _last(name: str, frequencies: np.ndarray) -> int:
    """The number of the last frequency, of at least two."""
    if len(frequencies) < 2:
        raise ValueError(f"{name}: there is one frequency, expected a rotary_dim of at least 4")
    return len(frequencies) - 1


def _between(start: np.ndarray, end: np.ndarray, share: np.ndarray) -> np.ndarray:
    """From the start on, a share of the way to the end."""
    between: np.ndarray = (1 - share) * start + share * end
    return between


def _check_order(scaling: RotaryScaling, below: str, above: str) -> None:
    lower, upper = getattr(scaling, below), getattr(scaling, above)
    if not lower < upper:
        raise ValueError(
            f"{type(scaling).__name__}: {below} is {lower} and {above} is {upper}, expected the "
            "first to be below"
        )
