"""The one-cycle schedule: up to a high rate, and down to almost nothing, once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from tinytorch.optim.optimizer import Optimizer
from tinytorch.optim.schedulers import LRScheduler, check_optimizer
from tinytorch.optim.settings import choice, per_group


class OneCycleLR(LRScheduler):
    """Up from max_lr / div_factor to max_lr, then down far below; momentum goes the other way.

    (Smith and Topin, https://arxiv.org/abs/1708.07120; as PyTorch arranges it.)

    Args:
        optimizer: whose groups get new rates.
        max_lr: the highest rate; or a list, one for each group.
        total_steps: the length of the cycle; or give epochs and steps_per_epoch.
        epochs: how often the data are gone through.
        steps_per_epoch: how many steps that takes.
        pct_start: the part of the cycle that goes up.
        anneal_strategy: along half a cosine (`cos`) or straight (`linear`).
        cycle_momentum: whether momentum, or Adam's first beta, falls while the rate rises.
        base_momentum: the lowest momentum; or a list, one for each group.
        max_momentum: the highest, likewise.
        div_factor: how far below max_lr it starts.
        final_div_factor: how far below that it ends.
        three_phase: whether it comes back to the start first, and only then falls to the end.

    Raises:
        TypeError: if `optimizer` is none.
        ValueError: without a length, for arguments out of range, for a step beyond the cycle, or if
            the optimiser has no momentum to cycle.

    Example:
        >>> from tinytorch.optim import SGD
        >>> from tinytorch.tensor import tensor
        >>> sgd = SGD([tensor([1.0])], momentum=0.9)
        >>> schedule = OneCycleLR(sgd, max_lr=1.0, total_steps=10, anneal_strategy="linear")
        >>> [round(schedule.rates(step)[0], 2) for step in range(10)]
        [0.04, 0.52, 1.0, 0.86, 0.71, 0.57, 0.43, 0.29, 0.14, 0.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
    ) -> None:
        check_optimizer(optimizer, "OneCycleLR")
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError(
                    "OneCycleLR: total_steps is missing, expected it or epochs and steps_per_epoch"
                )
            total_steps = epochs * steps_per_epoch
        if total_steps < 1:
            raise ValueError(f"OneCycleLR: total_steps is {total_steps}, expected at least 1")
        if not 0 <= pct_start <= 1:
            raise ValueError(f"OneCycleLR: pct_start is {pct_start}, expected from 0 to 1")
        choice(anneal_strategy, "OneCycleLR", "anneal_strategy", "cos", "linear")
        groups = optimizer.param_groups
        if cycle_momentum and not {"momentum", "betas"} & optimizer.defaults.keys():
            raise ValueError(
                f"OneCycleLR: {type(optimizer).__name__} has no momentum, "
                "expected cycle_momentum=False"
            )
        self.total_steps = total_steps
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = cycle_momentum
        self.max_lrs = per_group(max_lr, len(groups), "OneCycleLR", "max_lr")
        lows = per_group(base_momentum, len(groups), "OneCycleLR", "base_momentum")
        highs = per_group(max_momentum, len(groups), "OneCycleLR", "max_momentum")
        self.momenta = list(zip(lows, highs))
        start, end = 1 / div_factor, 1 / div_factor / final_div_factor
        # Where the phases meet: the step, the rate as a part of max_lr, and whether momentum is up.
        self.corners = [(0.0, start, 1.0), (pct_start * total_steps - 1, 1.0, 0.0)]
        if three_phase:
            self.corners.append((2 * pct_start * total_steps - 2, start, 1.0))
        self.corners.append((total_steps - 1.0, end, 1.0))
        for group, highest in zip(groups, self.max_lrs):
            group["initial_lr"] = highest * start
        super().__init__(optimizer)

    def rates(self, epoch: int) -> list[float]:
        """The learning rate of each group at a step."""
        part, _ = self._at(epoch)
        return [highest * part for highest in self.max_lrs]

    def set(self, epoch: int) -> None:
        """Give the optimiser the rates, and the momentum, of a step."""
        super().set(epoch)
        if self.cycle_momentum:
            _, part = self._at(epoch)
            for group, (low, high) in zip(self.optimizer.param_groups, self.momenta):
                momentum = low + (high - low) * part
                if "betas" in group:
                    group["betas"] = (momentum, *group["betas"][1:])
                else:
                    group["momentum"] = momentum

    def _at(self, epoch: int) -> tuple[float, float]:
        """The rate as a part of max_lr, and how far momentum is up, at a step."""
        if epoch > self.total_steps:
            raise ValueError(
                f"OneCycleLR: step {epoch} is beyond the cycle of {self.total_steps} steps"
            )
        place = 1
        while place < len(self.corners) - 1 and epoch > self.corners[place][0]:
            place += 1
        (begin, *before), (end, *after) = self.corners[place - 1], self.corners[place]
        done = (epoch - begin) / (end - begin) if end != begin else 1.0
        if self.anneal_strategy == "cos":
            done = (1 - math.cos(math.pi * done)) / 2
        rate, momentum = (a + (b - a) * done for a, b in zip(before, after))
        return rate, momentum
