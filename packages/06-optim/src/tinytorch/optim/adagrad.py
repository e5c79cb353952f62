"""Adagrad: steps scaled by the sum of all squared gradients so far."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from tinytorch.optim.optimizer import Group, Optimizer, Params, State
from tinytorch.optim.settings import at_least_zero


class Adagrad(Optimizer):
    r"""Adagrad (Duchi, Hazan and Singer, JMLR 12, 2011).

    $$s \leftarrow s + g^2 \qquad
      p \leftarrow p - \frac{\eta}{1 + (t - 1)\gamma} \frac{g}{\sqrt{s} + \epsilon}$$

    The sum only grows, so the steps only shrink.

    Args:
        params: see `Optimizer`.
        lr: the learning rate $\eta$.
        lr_decay: $\gamma$.
        weight_decay: $\lambda$; adds $\lambda p$ to the gradient.
        initial_accumulator_value: where $s$ starts.
        eps: $\epsilon$.
        maximize: go uphill.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> p = tensor([1.0])
        >>> p.grad = tensor([0.5])
        >>> Adagrad([p], lr=0.1).step()
        >>> p
        tensor([0.9000])
    """

    elementwise = True
    state_names: ClassVar = {"step": None, "sum": None}

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "eps": eps,
                "maximize": maximize,
            },
        )

    def check(self, settings: Group) -> None:
        """Raise TypeError or ValueError if a setting is wrong."""
        at_least_zero(
            settings,
            "Adagrad",
            "lr",
            "lr_decay",
            "weight_decay",
            "initial_accumulator_value",
            "eps",
        )

    def update(self, p: np.ndarray, g: np.ndarray, state: State, settings: Group) -> None:
        """One step for one parameter."""
        if not state:
            state.update(step=0, sum=np.full_like(p, settings["initial_accumulator_value"]))
        state["step"] += 1
        total, scratch = state["sum"], self.scratch(p)
        g = self.downhill(p, g, settings["maximize"], settings["weight_decay"])
        total += np.multiply(g, g, out=scratch)
        np.sqrt(total, out=scratch)
        scratch += settings["eps"]
        np.divide(g, scratch, out=scratch)
        scratch *= settings["lr"] / (1 + (state["step"] - 1) * settings["lr_decay"])
        p -= scratch
