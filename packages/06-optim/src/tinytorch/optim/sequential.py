"""Schedules one after the other."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from tinytorch.optim.optimizer import Optimizer
from tinytorch.optim.schedulers import LRScheduler


class SequentialLR(LRScheduler):
    """One schedule after the other, each from its own first step.

    Args:
        optimizer: the one that all schedules have.
        schedulers: the schedules; from now on, step this one instead of them.
        milestones: at which step the second begins, the third, and so on.

    Raises:
        TypeError: for what is no `LRScheduler`; `ReduceLROnPlateau` is none, it needs a measure.
        ValueError: if there is not one milestone less than schedules, if the milestones do not
            rise, or if a schedule has another optimiser.

    Example:
        >>> from tinytorch.optim import SGD, CosineAnnealingLR, LinearLR
        >>> from tinytorch.tensor import tensor
        >>> sgd = SGD([tensor([1.0])], lr=1.0)
        >>> warm_up = LinearLR(sgd, start_factor=0.25, total_iters=3)
        >>> schedule = SequentialLR(sgd, [warm_up, CosineAnnealingLR(sgd, T_max=4)], [3])
        >>> [round(schedule.rates(step)[0], 2) for step in range(8)]
        [0.25, 0.5, 0.75, 1.0, 0.85, 0.5, 0.15, 0.0]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int]
    ) -> None:
        if len(schedulers) != len(milestones) + 1:
            raise ValueError(
                f"SequentialLR: got {len(schedulers)} schedulers and {len(milestones)} milestones, "
                "expected one milestone less than schedulers"
            )
        if any(later <= earlier for earlier, later in itertools.pairwise(milestones)):
            raise ValueError(f"SequentialLR: milestones are {milestones}, expected rising steps")
        for i, scheduler in enumerate(schedulers):
            if not isinstance(scheduler, LRScheduler):
                raise TypeError(
                    f"SequentialLR: schedulers[{i}] is {type(scheduler).__name__}, expected an "
                    "LRScheduler"
                )
            if scheduler.optimizer is not optimizer:
                raise ValueError(
                    f"SequentialLR: schedulers[{i}] has another optimizer, expected one for all"
                )
        self.schedulers = list(schedulers)
        self.milestones = list(milestones)
        super().__init__(optimizer)

    def rates(self, epoch: int) -> list[float]:
        """The learning rate of each group at a step."""
        scheduler, within = self._at(epoch)
        return scheduler.rates(within)

    def set(self, epoch: int) -> None:
        """Give the optimiser the rates of a step, and what else that step's schedule sets."""
        scheduler, within = self._at(epoch)
        scheduler.set(within)
        self._last_lr = scheduler.get_last_lr()

    def _at(self, epoch: int) -> tuple[LRScheduler, int]:
        """The schedule of a step, and the number of the step within it."""
        place = bisect.bisect_right(self.milestones, epoch)
        return self.schedulers[place], epoch - (self.milestones[place - 1] if place else 0)

    def state_dict(self) -> dict[str, Any]:
        """Where this schedule is, and the state of each inside it."""
        inside = [scheduler.state_dict() for scheduler in self.schedulers]
        return {**super().state_dict(), "schedulers": inside}

    def _restore(self, state_dict: Mapping[str, Any]) -> None:
        inside = state_dict["schedulers"]
        if len(inside) != len(self.schedulers):
            raise ValueError(
                f"SequentialLR: the state has {len(inside)} schedulers, expected "
                f"{len(self.schedulers)}"
            )
        for scheduler, state in zip(self.schedulers, inside):
            scheduler._restore(state)
        super()._restore(state_dict)
