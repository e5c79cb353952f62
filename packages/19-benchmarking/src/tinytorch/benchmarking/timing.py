"""How long a function takes."""

from __future__ import annotations

from itertools import repeat
from math import ceil
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from tinytorch.benchmarking.estimate import Estimate, bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 20


class Measurement(NamedTuple):
    """The same quantity, measured in several rounds.

    Example:
        >>> Measurement("step", (0.003, 0.001, 0.002)).median
        0.002
    """

    name: str
    values: tuple[float, ...]  # one a round
    unit: str = "s"  # or B, bytes

    @property
    def median(self) -> float:
        """The median over the rounds: unlike the mean, one disturbed round doesn't move it."""
        return self.estimate.value

    @property
    def estimate(self) -> Estimate:
        """The median with its 95 % bootstrap interval."""
        return bootstrap(self.values)


class Timer:
    """A function made ready to be timed: `timer()` gives the seconds that a call takes now.

    The function is called `warmup` times first, for caches, lazy imports and the processor's
    clock. Then the number of calls that are timed together is raised until they last `min_time`,
    so that the clock's own steps don't count. The loop around the calls does count, some 20 ns a
    call. Garbage collection stays on, since a program pays for the garbage it makes.

    Args:
        fn: what to call, without arguments.
        per: operations in a call; times are then of one operation.
        warmup: how many calls come first.
        min_time: the least time of calls that are timed together, in seconds.
        settle: for how many seconds the function is called before each time that is taken. What
            ran before may not have let go of the machine: the threads of a BLAS wait for more work
            in a loop, for a tenth of a second and longer, on the cores that others need.
        clock: returns the time in seconds.

    Raises:
        ValueError: if `per` is less than 1, `min_time` is not above 0, or `settle` is below 0.

    Example:
        >>> timer = Timer(lambda: sum(range(100)), min_time=1e-4)
        >>> timer() > 0, timer.number > 1
        (True, True)
    """

    def __init__(
        self,
        fn: Callable[[], object],
        *,
        per: int = 1,
        warmup: int = 3,
        min_time: float = 0.01,
        settle: float = 0.0,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        if per < 1:
            raise ValueError(f"Timer: per is {per}, expected at least 1")
        if min_time <= 0:
            raise ValueError(f"Timer: min_time is {min_time}, expected above 0")
        if settle < 0:
            raise ValueError(f"Timer: settle is {settle}, expected at least 0")
        self.fn = fn
        self.per = per
        self.settle = settle
        self.clock = clock
        for _ in range(warmup):
            fn()
        self.number = 1
        while (taken := self._together()) < min_time:
            # Straight to the goal where the clock already shows something, by 1.2 for its noise.
            goal = ceil(1.2 * self.number * min_time / taken) if taken > 0 else 0
            self.number = min(max(2 * self.number, goal), 100 * self.number)

    def __call__(self) -> float:
        """Return the seconds of one operation, over one lot of calls."""
        settled = self.clock() + self.settle
        while self.clock() < settled:
            self.fn()
        return self._together() / (self.number * self.per)

    def _together(self) -> float:
        fn, clock = self.fn, self.clock
        start = clock()
        for _ in repeat(None, self.number):
            fn()
        return clock() - start


def measure(
    fn: Callable[[], object],
    *,
    name: str = "",
    rounds: int = ROUNDS,
    per: int = 1,
    warmup: int = 3,
    min_time: float = 0.01,
    clock: Callable[[], float] = perf_counter,
) -> Measurement:
    """Time a function in several rounds.

    To compare two functions, use `compare`: two measurements that follow each other are of two
    different states of the machine.

    Args:
        fn: what to call, without arguments.
        name: what to call the result; the function's own name where none is given.
        rounds: how many times are taken.
        per: operations in a call; times are then of one operation.
        warmup: how many calls come first.
        min_time: the least time of calls that are timed together, in seconds.
        clock: returns the time in seconds.

    Raises:
        ValueError: if there is less than one round, or by `Timer`.

    Example:
        >>> measurement = measure(lambda: sum(range(100)), name="sum", rounds=5, min_time=1e-4)
        >>> len(measurement.values), measurement.median > 0
        (5, True)
    """
    if rounds < 1:
        raise ValueError(f"measure: rounds is {rounds}, expected at least 1")
    timer = Timer(fn, per=per, warmup=warmup, min_time=min_time, clock=clock)
    name = name or getattr(fn, "__name__", "")
    return Measurement(name, tuple(timer() for _ in range(rounds)))
