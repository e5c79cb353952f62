"""RMSprop: steps scaled by a running average of the squared gradient."""

from __future__ import annotations

import numpy as np

from tinytorch.optim.optimizer import Group, Optimizer, Params, State, at_least_zero


class RMSprop(Optimizer):
    r"""RMSprop (Tieleman and Hinton, Coursera lecture 6.5, 2012).

    $$v \leftarrow \alpha v + (1 - \alpha) g^2 \qquad p \leftarrow p - \eta \frac{g}{\sqrt{v} +
    \epsilon}$$

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
        """Raise ValueError if a setting is out of its range."""
        at_least_zero(settings, "RMSprop", "lr", "alpha", "eps", "weight_decay", "momentum")

    def update(self, p: np.ndarray, g: np.ndarray, state: State, settings: Group) -> None:
        """One step for one parameter."""
        alpha, momentum = settings["alpha"], settings["momentum"]
        scratch, other = self.scratch(p), self.scratch(p, 1)
        if not state:
            state.update(step=0, square_avg=np.zeros_like(p))
            if momentum:
                state["momentum_buffer"] = np.zeros_like(p)
            if settings["centered"]:
                state["grad_avg"] = np.zeros_like(p)
        state["step"] += 1
        if settings["maximize"]:
            g = np.negative(g, out=other)
        if settings["weight_decay"]:
            g = np.add(g, np.multiply(p, settings["weight_decay"], out=scratch), out=other)
        v = state["square_avg"]
        v *= alpha
        np.multiply(g, g, out=scratch)
        scratch *= 1 - alpha
        v += scratch
        if settings["centered"]:
            mean = state["grad_avg"]
            mean *= alpha
            mean += np.multiply(g, 1 - alpha, out=scratch)
            np.multiply(mean, mean, out=scratch)
            np.subtract(v, scratch, out=scratch)
            np.sqrt(scratch, out=scratch)
        else:
            np.sqrt(v, out=scratch)
        scratch += settings["eps"]
        np.divide(g, scratch, out=scratch)
        if momentum:
            buffer = state["momentum_buffer"]
            buffer *= momentum
            buffer += scratch
            np.multiply(buffer, settings["lr"], out=scratch)
        else:
            scratch *= settings["lr"]
        p -= scratch
