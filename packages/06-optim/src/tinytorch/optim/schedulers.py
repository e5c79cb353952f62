"""How the learning rate changes: each schedule is a function of the step.

A schedule sets the rates of its optimiser's groups, from `initial_lr`, what they were when the
first schedule was made; call `step()` after the optimiser's. Every schedule can tell the rates of
any step (`rates`), so nothing has to be replayed.

An optimiser obeys one schedule at a time: where PyTorch multiplies those that are stepped one after
the other, here the second one says that the rate was changed. To combine schedules, put them one
after the other (`SequentialLR`), or multiply them in a `LambdaLR`.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tinytorch.optim.optimizer import Optimizer
from tinytorch.optim.settings import per_group


class LRScheduler:
    r"""The base of the schedules: define `factor`, or `rates` where the rule is no factor.

    Args:
        optimizer: whose groups get new rates.

    Attributes:
        last_epoch: how often `step` was called.
        base_lrs: the rate of each group at the start, $\eta_0$.

    Raises:
        TypeError: if `optimizer` is none.

    Example:
        >>> from tinytorch.optim import SGD
        >>> from tinytorch.tensor import tensor
        >>> class InverseRoot(LRScheduler):
        ...     def factor(self, epoch):
        ...         return 1 / (1 + epoch) ** 0.5
        >>> schedule = InverseRoot(SGD([tensor([1.0])], lr=1.0))
        >>> for _ in range(3):
        ...     schedule.step()
        >>> schedule.get_last_lr()
        [0.5]
    """

    def __init__(self, optimizer: Optimizer) -> None:
        check_optimizer(optimizer, type(self).__name__)
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = 0
        self.set(0)

    def factor(self, epoch: int) -> float:
        """What the rates at the start are multiplied by at a step."""
        raise NotImplementedError(f"{type(self).__name__}: defines neither factor nor rates")

    def rates(self, epoch: int) -> list[float]:
        """The learning rate of each group at a step."""
        factor = self.factor(epoch)
        return [base * factor for base in self.base_lrs]

    def set(self, epoch: int) -> None:
        """Give the optimiser the rates of a step."""
        rates = self.rates(epoch)
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = rates

    def step(self) -> None:
        """Go one step on.

        Raises:
            RuntimeError: if the rates are no longer those that this schedule has set.
        """
        present = [group["lr"] for group in self.optimizer.param_groups]
        if present != self._last_lr:
            raise RuntimeError(
                f"{type(self).__name__}: the rates are {present}, it had set {self._last_lr}; "
                "an optimizer obeys one schedule: combine several by SequentialLR or LambdaLR"
            )
        self.set(self.last_epoch + 1)
        self.last_epoch += 1

    def get_last_lr(self) -> list[float]:
        """The rate of each group that this schedule set last."""
        return list(self._last_lr)

    def state_dict(self) -> dict[str, Any]:
        """What has to be remembered: where the schedule is, and from which rates it started."""
        return {"last_epoch": self.last_epoch, "base_lrs": list(self.base_lrs)}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go to where another schedule was; the optimiser gets the rates of that step.

        Raises:
            ValueError: for another number of groups.
        """
        self._restore(state_dict)
        self.set(self.last_epoch)

    def _restore(self, state_dict: Mapping[str, Any]) -> None:
        base_lrs = list(state_dict["base_lrs"])
        if len(base_lrs) != len(self.base_lrs):
            raise ValueError(
                f"{type(self).__name__}: the state has {len(base_lrs)} base_lrs, the optimizer "
                f"has {len(self.base_lrs)} groups"
            )
        self.base_lrs = base_lrs
        self.last_epoch = state_dict["last_epoch"]


def check_optimizer(optimizer: Any, schedule: str) -> None:
    """Raise TypeError if it is none."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"{schedule}: optimizer is {type(optimizer).__name__}, expected an Optimizer"
        )


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
        check_optimizer(optimizer, "LambdaLR")
        groups = len(optimizer.param_groups)
        self.lr_lambdas = per_group(lr_lambda, groups, "LambdaLR", "lr_lambda")
        super().__init__(optimizer)

    def rates(self, epoch: int) -> list[float]:
        """The learning rate of each group at a step."""
        return [base * f(epoch) for base, f in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class StepLR(LRScheduler):
    r"""Multiply the rate by $\gamma$ every few steps: $\eta_t = \eta_0 \gamma^{\lfloor t / s
    \rfloor}$.

    Args:
        optimizer: whose groups get new rates.
        step_size: $s$.
        gamma: $\gamma$.

    Example:
        >>> from tinytorch.optim import SGD
        >>> from tinytorch.tensor import tensor
        >>> schedule = StepLR(SGD([tensor([1.0])], lr=1.0), step_size=2, gamma=0.5)
        >>> [schedule.rates(step)[0] for step in range(6)]
        [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        if step_size < 1:
            raise ValueError(f"StepLR: step_size is {step_size}, expected at least 1")
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer)

    def factor(self, epoch: int) -> float:
        """What the rates at the start are multiplied by at a step."""
        return self.gamma ** (epoch // self.step_size)


class MultiStepLR(LRScheduler):
    r"""Multiply the rate by $\gamma$ at each of some steps.

    Args:
        optimizer: whose groups get new rates.
        milestones: the steps.
        gamma: $\gamma$.

    Example:
        >>> from tinytorch.optim import SGD
        >>> from tinytorch.tensor import tensor
        >>> schedule = MultiStepLR(SGD([tensor([1.0])], lr=1.0), milestones=[1, 4], gamma=0.5)
        >>> [schedule.rates(step)[0] for step in range(6)]
        [1.0, 0.5, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1) -> None:
        self.milestones = sorted(milestones)
        self.gamma = gamma
        super().__init__(optimizer)

    def factor(self, epoch: int) -> float:
        """What the rates at the start are multiplied by at a step."""
        return self.gamma ** bisect.bisect_right(self.milestones, epoch)


class ExponentialLR(LRScheduler):
    r"""Multiply the rate by $\gamma$ at every step: $\eta_t = \eta_0 \gamma^t$.

    Args:
        optimizer: whose groups get new rates.
        gamma: $\gamma$.

    Example:
        >>> from tinytorch.optim import SGD
        >>> from tinytorch.tensor import tensor
        >>> schedule = ExponentialLR(SGD([tensor([1.0])], lr=1.0), gamma=0.5)
        >>> [schedule.rates(step)[0] for step in range(4)]
        [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        self.gamma = gamma
        super().__init__(optimizer)

    def factor(self, epoch: int) -> float:
        """What the rates at the start are multiplied by at a step."""
        return self.gamma**epoch


class LinearLR(LRScheduler):
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
        """What the rates at the start are multiplied by at a step."""
        done = min(epoch / self.total_iters, 1.0)
        return self.start_factor + (self.end_factor - self.start_factor) * done


class CosineAnnealingLR(LRScheduler):
    r"""Half a cosine from the rate at the start to the least rate; and up again after $T$ steps.

    $$\eta_t = \eta_{\min} + (\eta_0 - \eta_{\min}) \frac{1 + \cos(\pi t / T)}{2}$$

    (Loshchilov and Hutter, SGDR, https://arxiv.org/abs/1608.03983, without restarts.)

    Args:
        optimizer: whose groups get new rates.
        T_max: $T$.
        eta_min: $\eta_{\min}$.

    Example:
        >>> from tinytorch.optim import SGD
        >>> from tinytorch.tensor import tensor
        >>> schedule = CosineAnnealingLR(SGD([tensor([1.0])], lr=1.0), T_max=4)
        >>> [round(schedule.rates(step)[0], 2) for step in range(5)]
        [1.0, 0.85, 0.5, 0.15, 0.0]
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
