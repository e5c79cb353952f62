"""How much faster, or smaller, one thing is than another."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from tinytorch.benchmarking.estimate import Estimate, bootstrap
from tinytorch.benchmarking.timing import ROUNDS, Measurement, Timer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Comparison(NamedTuple):
    """Measurements of the same work, taken in alternation; the last is the baseline.

    Example:
        >>> ours, theirs = Measurement("ours", (1.0, 3.0)), Measurement("theirs", (2.0, 6.0))
        >>> Comparison("step", (ours, theirs)).ratios["ours"].value
        0.5
    """

    title: str
    measurements: tuple[Measurement, ...]

    @property
    def baseline(self) -> Measurement:
        """What the others are compared with."""
        return self.measurements[-1]

    @property
    def ratios(self) -> dict[str, Estimate]:
        """Each one's share of the baseline: the median of the ratios of each round.

        A ratio is of two values of the same round, so what slows the whole machine for a while
        cancels out. Below 1 is better than the baseline.
        """
        return {
            measurement.name: bootstrap(
                [mine / base for mine, base in zip(measurement.values, self.baseline.values)]
            )
            for measurement in self.measurements[:-1]
        }


def alternate(
    probes: Mapping[str, Callable[[], float]],
    *,
    title: str = "",
    rounds: int = ROUNDS,
    unit: str = "s",
) -> Comparison:
    """Call each probe once a round, in strict alternation.

    Args:
        probes: functions that measure something and return it, by name; the last is the baseline.
        title: what is compared.
        rounds: how often each is called.
        unit: of what they return: s (seconds) or B (bytes).

    Raises:
        ValueError: if there are fewer than two probes or less than one round.

    Example:
        >>> comparison = alternate({"a": lambda: 1.0, "b": lambda: 2.0}, rounds=3)
        >>> print(comparison.ratios["a"])
        0.50 [0.50, 0.50]
    """
    if len(probes) < 2:
        raise ValueError(f"alternate: {len(probes)} to compare, expected at least 2")
    if rounds < 1:
        raise ValueError(f"alternate: rounds is {rounds}, expected at least 1")
    taken = [[probe() for probe in probes.values()] for _ in range(rounds)]
    measurements = (
        Measurement(name, tuple(values), unit) for name, values in zip(probes, zip(*taken))
    )
    return Comparison(title, tuple(measurements))


def compare(
    functions: Mapping[str, Callable[[], Any]],
    *,
    title: str = "",
    agree: Callable[[Any, Any], object] | None = None,
    rounds: int = ROUNDS,
    per: int = 1,
    warmup: int = 3,
    min_time: float = 0.01,
    clock: Callable[[], float] = perf_counter,
) -> Comparison:
    """Time functions that do the same work, in strict alternation.

    Args:
        functions: by name, without arguments; the last is the baseline.
        title: what they do.
        agree: called with the first result of each and of the baseline, before anything is timed;
            it raises where the two are not the same work (`np.testing.assert_allclose`).
        rounds: how many times are taken of each.
        per: operations in a call; times are then of one operation.
        warmup: how many calls come first.
        min_time: the least time of calls that are timed together, in seconds.
        clock: returns the time in seconds.

    Raises:
        ValueError: as `alternate` and `Timer`.

    Example:
        >>> comparison = compare(
        ...     {"formula": lambda: 99 * 100 // 2, "loop": lambda: sum(range(100))},
        ...     agree=lambda mine, base: None if mine == base else 1 / 0,
        ...     rounds=5,
        ...     min_time=1e-4,
        ... )
        >>> list(comparison.ratios)
        ['formula']
    """
    if agree is not None:
        *results, base = [fn() for fn in functions.values()]
        for result in results:
            agree(result, base)
    timers = {
        name: Timer(fn, per=per, warmup=warmup, min_time=min_time, clock=clock)
        for name, fn in functions.items()
    }
    return alternate(timers, title=title, rounds=rounds)
