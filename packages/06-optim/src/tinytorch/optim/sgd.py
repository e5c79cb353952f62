"""Stochastic gradient descent, the simplest optimiser, with its momentum."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from tinytorch.optim.optimizer import Group, Optimizer, Params, State
from tinytorch.optim.settings import at_least_zero, number


class SGD(Optimizer):
    r"""Stochastic gradient descent: $p \leftarrow p - \eta\, b$.

    Without momentum $b$ is the gradient $g$, to which weight decay adds $\lambda p$. With it $b
    \leftarrow \mu b + (1 - \tau) g$, begun at $b = g$, and Nesterov's form steps along $g + \mu b$.
    The momentum is Sutskever, Martens, Dahl and Hinton's (ICML 2013), arranged as PyTorch does it.

    Args:
        params: see `Optimizer`.
        lr: the learning rate $\eta$.
        momentum: $\mu$.
        dampening: $\tau$.
        weight_decay: $\lambda$.
        nesterov: whether to look ahead; needs momentum and no dampening.
        maximize: go uphill.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> p = tensor([1.0])
        >>> p.grad = tensor([0.5])
        >>> SGD([p], lr=0.1).step()
        >>> p
        tensor([0.9500])
    """

    elementwise = True
    state_names: ClassVar = {"momentum_buffer": "momentum"}

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
            },
        )

    def check(self, settings: Group) -> None:
        """Raise TypeError or ValueError if a setting is wrong."""
        at_least_zero(settings, "SGD", "lr", "momentum", "weight_decay")
        number(settings["dampening"], "SGD", "dampening")
        if settings["nesterov"] and (settings["momentum"] == 0 or settings["dampening"] != 0):
            raise ValueError(
                f"SGD: nesterov needs momentum and no dampening, got momentum "
                f"{settings['momentum']} and dampening {settings['dampening']}"
            )

    def update(self, p: np.ndarray, g: np.ndarray, state: State, settings: Group) -> None:
        """One step for one parameter."""
        momentum, scratch = settings["momentum"], self.scratch(p)
        g = self.downhill(p, g, settings["maximize"], settings["weight_decay"])
        if momentum:
            buffer = state.get("momentum_buffer")
            if buffer is None:
                buffer = state["momentum_buffer"] = g.copy()
            else:
                buffer *= momentum
                fresh = 1 - settings["dampening"]
                buffer += g if fresh == 1 else np.multiply(g, fresh, out=scratch)
            if settings["nesterov"]:
                np.multiply(buffer, momentum, out=scratch)
                g = np.add(g, scratch, out=scratch)
            else:
                g = buffer
        p -= np.multiply(g, settings["lr"], out=scratch)
