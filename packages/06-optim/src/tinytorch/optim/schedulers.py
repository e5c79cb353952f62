"""How the learning rate changes: each schedule is a function of the step.

A schedule sets the rates of its optimiser's groups, from `initial_lr`, what they were when the
first schedule was made; call `step()` after the optimiser's. Every schedule can tell the rates of
any step (`rates`), so nothing has to be replayed.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tinytorch.optim.optimizer import Optimizer


class LRScheduler:
    """The base of the schedules: define `rates`.

    Args:
        optimizer: whose groups get new rates.

    Attributes:
        last_epoch: how often `step` was called.
        base_lrs: the rate of each group at the start.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"{type(self).__name__}: optimizer is {type(optimizer).__name__}, "
                "expected an Optimizer"
            )
        self.optimizer = optimizer
        self.base_lrs = [
            group.setdefault("initial_lr", group["lr"]) for group in optimizer.param_groups
        ]
        self.last_epoch = 0
        self.set(0)

    def rates(self, epoch: int) -> list[float]:
        """The learning rate of each group at a step."""
        raise NotImplementedError(f"{type(self).__name__}: defines no rates")

    def set(self, epoch: int) -> None:
        """Give the optimiser the rates of a step."""
        for group, rate in zip(self.optimizer.param_groups, self.rates(epoch), strict=True):
            group["lr"] = rate

    def step(self) -> None:
        """Go one step on."""
        self.set(self.last_epoch + 1)
        self.last_epoch += 1

    def get_last_lr(self) -> list[float]:
        """The present rate of each group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """What has to be remembered: where the schedule is, and from which rates it started."""
        return {"last_epoch": self.last_epoch, "base_lrs": list(self.base_lrs)}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go to where another schedule was; the optimiser gets the rates of that step."""
        self.base_lrs = list(state_dict["base_lrs"])
        self.last_epoch = state_dict["last_epoch"]
        self.set(self.last_epoch)


class LambdaLR(LRScheduler):
    r"""Any function of the step: $\eta_t = \eta_0 f(t)$.

    Args:
        optimizer: whose groups get new rates.
        lr_lambda: $f$; or a list, one for each group. Functions are not saved.

    Example:
        >>> from tinytorch.optim import SGD
        >>> from tinytorch.tensor import tensor
        >>> sgd = SGD([tensor([1.0])], lr=1.0)
        >>> schedule = LambdaLR(sgd, lambda step: 1 / (1 + step))
        >>> schedule.step()
        >>> schedule.get_last_lr()
        [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
    ) -> None:
        groups = len(optimizer.param_groups)
        self.lr_lambdas = [lr_lambda] * groups if callable(lr_lambda) else list(lr_lambda)
        if len(self.lr_lambdas) != groups:
            raise ValueError(
                f"LambdaLR: got {len(self.lr_lambdas)} functions, the optimizer has {groups} groups"
            )
        super().__init__(optimizer)

    def rates(self, epoch: int) -> list[float]:
        """The learning rate of each group at a step."""
        return [base * f(epoch) for base, f in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class _Factor(LRScheduler):
    """A schedule that multiplies all rates by the same factor."""

    def factor(self, epoch: int) -> float:
        """What the rates at the start are multiplied by."""
        raise NotImplementedError

    def rates(self, epoch: int) -> list[float]:
        """The learning rate of each group at a step."""
        return [base * self.factor(epoch) for base in self.base_lrs]


class StepLR(_Factor):
    r"""Multiply the rate by $\gamma$ every few steps: $\eta_t = \eta_0 \gamma^{\lfloor t / s
    \rfloor}$.

    Args:
        optimizer: whose groups get new rates.
        step_size: $s$.
        gamma: $\gamma$.
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        if step_size < 1:
            raise ValueError(f"StepLR: step_size is {step_size}, expected at least 1")
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer)

    def factor(self, epoch: int) -> float:
        """What the rates at the start are multiplied by."""
        return self.gamma ** (epoch // self.step_size)


class MultiStepLR(_Factor):
    r"""Multiply the rate by $\gamma$ at each of some steps.

    Args:
        optimizer: whose groups get new rates.
        milestones: the steps.
        gamma: $\gamma$.
    """

    def __init__(self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1) -> None:
        self.milestones = sorted(milestones)
        self.gamma = gamma
        super().__init__(optimizer)

    def factor(self, epoch: int) -> float:
        """What the rates at the start are multiplied by."""
        return self.gamma ** bisect.bisect_right(self.milestones, epoch)


class ExponentialLR(_Factor):
    r"""Multiply the rate by $\gamma$ at every step: $\eta_t = \eta_0 \gamma^t$.

    Args:
        optimizer: whose groups get new rates.
        gamma: $\gamma$.
    """

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        self.gamma = gamma
        super().__init__(optimizer)

    def factor(self, epoch: int) -> float:
        """What the rates at the start are multiplied by."""
        return self.gamma**epoch


class LinearLR(_Factor):
    r"""Change the rate's factor linearly, then keep it: a warm-up, or a decay.

    $$\eta_t = \eta_0 \left(a + (b - a) \min(t / T, 1)\right)$$

    Args:
        optimizer: whose groups get new rates.
        start_factor: $a$.
        end_factor: $b$.
        total_iters: $T$.

    Example:
        >>> from tinytorch.optim import SGD
        >>> from tinytorch.tensor import tensor
        >>> warm_up = LinearLR(SGD([tensor([1.0])], lr=1.0), start_factor=0.2, total_iters=4)
        >>> [round(warm_up.rates(step)[0], 2) for step in range(6)]
        [0.2, 0.4, 0.6, 0.8, 1.0, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise ValueError(
                f"LinearLR: start_factor is {start_factor}, expected above 0, at most 1"
            )
        if not 0 <= end_factor <= 1:
            raise ValueError(f"LinearLR: end_factor is {end_factor}, expected from 0 to 1")
        if total_iters < 1:
            raise ValueError(f"LinearLR: total_iters is {total_iters}, expected at least 1")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer)

    def factor(self, epoch: int) -> float:
        """What the rates at the start are multiplied by."""
        done = min(epoch / self.total_iters, 1.0)
        return self.start_factor + (self.end_factor - self.start_factor) * done


class CosineAnnealingLR(LRScheduler):
    r"""Half a cosine from the rate at the start to the least rate.

    $$\eta_t = \eta_{\min} + (\eta_0 - \eta_{\min}) \frac{1 + \cos(\pi t / T)}{2}$$

    (Loshchilov and Hutter, SGDR, https://arxiv.org/abs/1608.03983, without restarts.)

    Args:
        optimizer: whose groups get new rates.
        T_max: $T$.
        eta_min: $\eta_{\min}$.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        if T_max < 1:
            raise ValueError(f"CosineAnnealingLR: T_max is {T_max}, expected at least 1")
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer)

    def rates(self, epoch: int) -> list[float]:
        """The learning rate of each group at a step."""
        share = (1 + math.cos(math.pi * epoch / self.T_max)) / 2
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]


class SequentialLR(LRScheduler):
    """One schedule after the other, each from its own first step.

    Args:
        optimizer: the one that all schedules have.
        schedulers: the schedules.
        milestones: at which step the second begins, the third, and so on.

    Raises:
        ValueError: if there is not one milestone less than schedules, or another optimiser.
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int]
    ) -> None:
        if len(schedulers) != len(milestones) + 1:
            raise ValueError(
                f"SequentialLR: got {len(schedulers)} schedulers and {len(milestones)} milestones, "
                "expected one milestone less than schedulers"
            )
        if any(scheduler.optimizer is not optimizer for scheduler in schedulers):
            raise ValueError(
                "SequentialLR: a scheduler has another optimizer, expected the same for all"
            )
        self.schedulers = list(schedulers)
        self.milestones = list(milestones)
        super().__init__(optimizer)

    def set(self, epoch: int) -> None:
        """Give the optimiser the rates of a step."""
        place = bisect.bisect_right(self.milestones, epoch)
        self.schedulers[place].set(epoch - (self.milestones[place - 1] if place else 0))

    def state_dict(self) -> dict[str, Any]:
        """Where this schedule is, and the state of each inside it."""
        inside = [scheduler.state_dict() for scheduler in self.schedulers]
        return {**super().state_dict(), "schedulers": inside}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go to where another schedule was; the optimiser gets the rates of that step."""
        for scheduler, state in zip(self.schedulers, state_dict["schedulers"], strict=True):
            scheduler.load_state_dict(state)
        super().load_state_dict(state_dict)
