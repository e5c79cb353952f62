"""Stochastic gradient descent, the simplest optimiser, with its momentum."""

from __future__ import annotations

import numpy as np

from tinytorch.optim.optimizer import Group, Optimizer, Params, State, at_least_zero


class SGD(Optimizer):
    r"""Stochastic gradient descent: $p \leftarrow p - \eta\, b$.

    Without momentum $b$ is the gradient $g$, to which weight decay adds $\lambda p$. With it $b
    \leftarrow \mu b + (1 - \tau) g$, and Nesterov's form steps along $g + \mu b$. The momentum is
    Sutskever, Martens, Dahl and Hinton's (ICML 2013), arranged as PyTorch does it.

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
        """Raise ValueError if a setting is out of its range."""
        at_least_zero(settings, "SGD", "lr", "momentum", "weight_decay")
        if settings["nesterov"] and (settings["momentum"] == 0 or settings["dampening"] != 0):
            raise ValueError(
                f"SGD: nesterov needs momentum and no dampening, got momentum "
                f"{settings['momentum']} and dampening {settings['dampening']}"
            )

    def update(self, p: np.ndarray, g: np.ndarray, state: State, settings: Group) -> None:
        """One step for one parameter."""
        lr = -settings["lr"] if settings["maximize"] else settings["lr"]
        momentum, decay = settings["momentum"], settings["weight_decay"]
        scratch = self.scratch(p)
        if decay:
            # Uphill the step is turned around; decay, turned twice, still shrinks.
            np.multiply(p, -decay if settings["maximize"] else decay, out=scratch)
            g = np.add(scratch, g, out=scratch)
        if momentum:
            buffer = state.get("momentum_buffer")
            if buffer is None:
                buffer = state["momentum_buffer"] = g.copy()
            else:
                buffer *= momentum
                dampened = 1 - settings["dampening"]
                buffer += g if dampened == 1 else np.multiply(g, dampened, out=self.scratch(p, 1))
            if settings["nesterov"]:
                ahead = np.multiply(buffer, momentum, out=self.scratch(p, 1))
                g = np.add(ahead, g, out=scratch)
            else:
                g = buffer
        p -= np.multiply(g, lr, out=scratch)
