"""RMSprop: steps scaled by a running average of the squared gradient."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from tinytorch.optim.optimizer import Group, Optimizer, Params, State, remembered
from tinytorch.optim.settings import at_least_zero


class RMSprop(Optimizer):
    r"""RMSprop (Tieleman and Hinton, Coursera lecture 6.5, 2012).

    $$v \leftarrow \alpha v + (1 - \alpha) g^2 \qquad
      p \leftarrow p - \eta \frac{g}{\sqrt{v} + \epsilon}$$

    `centered` subtracts the square of a running average of $g$ from $v$ (Graves, 2013,
    https://arxiv.org/abs/1308.0850); with momentum the scaled gradients are accumulated first.

    Args:
        params: see `Optimizer`.
        lr: the learning rate $\eta$.
        alpha: $\alpha$.
        eps: $\epsilon$.
        weight_decay: $\lambda$; adds $\lambda p$ to the gradient.
        momentum: how much of the accumulated step remains.
        centered: whether to scale by the variance instead of the mean square.
        maximize: go uphill.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> p = tensor([1.0])
        >>> p.grad = tensor([0.5])
        >>> RMSprop([p], lr=0.01).step()
        >>> p
        tensor([0.9000])
    """

    elementwise = True
    state_names: ClassVar = {
        "step": None,
        "square_avg": None,
        "grad_avg": "centered",
        "momentum_buffer": "momentum",
    }

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "alpha": alpha,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum": momentum,
                "centered": centered,
                "maximize": maximize,
            },
        )

    def check(self, settings: Group) -> None:
        """Raise TypeError or ValueError if a setting is wrong."""
        at_least_zero(settings, "RMSprop", "lr", "alpha", "eps", "weight_decay", "momentum")

    def update(self, p: np.ndarray, g: np.ndarray, state: State, settings: Group) -> None:
        """One step for one parameter."""
        alpha, momentum = settings["alpha"], settings["momentum"]
        scratch = self.scratch(p)
        g = self.downhill(p, g, settings["maximize"], settings["weight_decay"])
        state["step"] = state.get("step", 0) + 1
        v = remembered(state, "square_avg", p)
        v *= alpha
        np.multiply(g, g, out=scratch)
        scratch *= 1 - alpha
        v += scratch
        if settings["centered"]:
            mean = remembered(state, "grad_avg", p)
            mean *= alpha
            mean += np.multiply(g, 1 - alpha, out=scratch)
            np.multiply(mean, mean, out=scratch)
            v = np.subtract(v, scratch, out=scratch)
        np.sqrt(v, out=scratch)
        scratch += settings["eps"]
        step = np.divide(g, scratch, out=scratch)
        if momentum:
            buffer = remembered(state, "momentum_buffer", p)
            buffer *= momentum
            buffer += step
            step = buffer
        p -= np.multiply(step, settings["lr"], out=scratch)
