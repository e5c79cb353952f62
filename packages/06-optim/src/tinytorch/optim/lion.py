"""Lion: every element steps by the same amount, up or down."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from tinytorch.optim.optimizer import Group, Optimizer, Params, State, remembered
from tinytorch.optim.settings import at_least_zero, betas


class Lion(Optimizer):
    r"""Lion (Chen et al., NeurIPS 2023, https://arxiv.org/abs/2302.06675, algorithm 2).

    $$c = \beta_1 m + (1 - \beta_1) g \qquad
      p \leftarrow p - \eta (\operatorname{sign}(c) + \lambda p) \qquad
      m \leftarrow \beta_2 m + (1 - \beta_2) g$$

    It remembers one array a parameter, half of what Adam does. The paper advises a learning rate
    three to ten times smaller than AdamW's, and a decay as many times larger.

    Args:
        params: see `Optimizer`.
        lr: the learning rate $\eta$.
        betas: $\beta_1$ and $\beta_2$.
        weight_decay: $\lambda$.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> p = tensor([1.0, 1.0])
        >>> p.grad = tensor([0.001, -1000.0])
        >>> Lion([p], lr=0.1).step()
        >>> p
        tensor([0.9000, 1.1000])
    """

    elementwise = True
    state_names: ClassVar = {"exp_avg": None}

    def __init__(
        self,
        params: Params,
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    def check(self, settings: Group) -> None:
        """Raise TypeError or ValueError if a setting is wrong."""
        at_least_zero(settings, "Lion", "lr", "weight_decay")
        betas(settings["betas"], "Lion")

    def update(self, p: np.ndarray, g: np.ndarray, state: State, settings: Group) -> None:
        """One step for one parameter."""
        beta1, beta2 = settings["betas"]
        lr, m = settings["lr"], remembered(state, "exp_avg", p)
        scratch, other = self.scratch(p), self.scratch(p, 1)
        np.multiply(m, beta1, out=scratch)
        scratch += np.multiply(g, 1 - beta1, out=other)
        np.greater(scratch, 0, out=other)  # the sign in three passes: np.sign is slower
        np.less(scratch, 0, out=scratch)
        np.subtract(other, scratch, out=scratch)
        scratch *= lr
        p *= 1 - lr * settings["weight_decay"]
        p -= scratch
        m *= beta2
        m += np.multiply(g, 1 - beta2, out=scratch)
