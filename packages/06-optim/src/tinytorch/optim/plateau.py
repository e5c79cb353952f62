"""Lower the rate when a measure stops getting better."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from tinytorch.optim.optimizer import Optimizer
from tinytorch.optim.schedulers import check_optimizer
from tinytorch.optim.settings import choice, fraction, per_group


class ReduceLROnPlateau:
    """Multiply the rates by `factor` once a measure has been no better for over `patience` steps.

    A measure that is NaN is no better. The schedule changes the rates that it finds, so it may
    follow another one that has come to its end.

    Args:
        optimizer: whose groups get new rates.
        mode: whether a lower (`min`) or a higher (`max`) measure is better.
        factor: what the rates are multiplied by, below 1.
        patience: how many steps without improvement are borne.
        threshold: by how much it must be better to count.
        threshold_mode: relative to the best so far (`rel`, for measures that are not negative), or
            absolute (`abs`).
        cooldown: for how many steps after a cut nothing is counted.
        min_lr: the least rate; or a list, one for each group.
        eps: a cut that would change the rate by less is not made.

    Raises:
        TypeError: if `optimizer` is none.
        ValueError: for an argument out of range.

    Example:
        >>> from tinytorch.optim import SGD
        >>> from tinytorch.tensor import tensor
        >>> schedule = ReduceLROnPlateau(SGD([tensor([1.0])], lr=1.0), patience=1)
        >>> for loss in (0.5, 0.5, 0.5):
        ...     schedule.step(loss)
        >>> schedule.get_last_lr()
        [0.1]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: Literal["min", "max"] = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: Literal["rel", "abs"] = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        check_optimizer(optimizer, "ReduceLROnPlateau")
        fraction(factor, "ReduceLROnPlateau", "factor")
        choice(mode, "ReduceLROnPlateau", "mode", "min", "max")
        choice(threshold_mode, "ReduceLROnPlateau", "threshold_mode", "rel", "abs")
        groups = len(optimizer.param_groups)
        self.optimizer = optimizer
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.min_lrs = per_group(min_lr, groups, "ReduceLROnPlateau", "min_lr")
        self.eps = eps
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = 0
        self.cooldown_counter = 0
        self.last_epoch = 0

    def step(self, metrics: Any) -> None:
        """Note a measure, a number or a tensor of one; and cut the rates if it is time."""
        measure = float(metrics)
        self.last_epoch += 1
        if self._better(measure):
            self.best = measure
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._cut()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0

    def _better(self, measure: float) -> bool:
        """Whether it beats the best by the threshold; NaN never does."""
        sign = 1 if self.mode == "max" else -1
        if self.threshold_mode == "rel":
            bar = self.best * (1 + sign * self.threshold)
        else:
            bar = self.best + sign * self.threshold
        return sign * measure > sign * bar

    def _cut(self) -> None:
        for group, least in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
            rate = max(group["lr"] * self.factor, least)
            if group["lr"] - rate > self.eps:
                group["lr"] = rate

    def get_last_lr(self) -> list[float]:
        """The present rate of each group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """What has to be remembered, without the optimiser, which has a state of its own."""
        names = ("best", "num_bad_epochs", "cooldown_counter", "last_epoch")
        return {name: getattr(self, name) for name in names}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go to where another schedule was."""
        for name in self.state_dict():
            setattr(self, name, state_dict[name])
