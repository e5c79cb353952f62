"""Adam and AdamW: steps scaled by running averages of the gradient and of its square."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from tinytorch.optim.optimizer import Group, Optimizer, Params, State, remembered
from tinytorch.optim.settings import at_least_zero, betas


class Adam(Optimizer):
    r"""Adam (Kingma and Ba, ICLR 2015, https://arxiv.org/abs/1412.6980).

    $$m \leftarrow \beta_1 m + (1 - \beta_1) g \qquad v \leftarrow \beta_2 v + (1 - \beta_2) g^2$$
    $$p \leftarrow p - \eta \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}$$

    Weight decay is added to the gradient, and so scaled with it; `AdamW` takes it off the
    parameter.

    Args:
        params: see `Optimizer`.
        lr: the learning rate $\eta$.
        betas: $\beta_1$ and $\beta_2$.
        eps: $\epsilon$.
        weight_decay: $\lambda$.
        amsgrad: divide by the largest $v$ so far (Reddi, Kale and Kumar, ICLR 2018).
        maximize: go uphill.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> p = tensor([1.0])
        >>> p.grad = tensor([0.5])
        >>> Adam([p], lr=0.1).step()
        >>> p
        tensor([0.9000])
    """

    _decoupled = False

    elementwise = True
    state_names: ClassVar = {
        "step": None,
        "exp_avg": None,
        "exp_avg_sq": None,
        "max_exp_avg_sq": "amsgrad",
    }

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
            },
        )

    def check(self, settings: Group) -> None:
        """Raise TypeError or ValueError if a setting is wrong."""
        at_least_zero(settings, type(self).__name__, "lr", "eps", "weight_decay")
        betas(settings["betas"], type(self).__name__)

    def update(self, p: np.ndarray, g: np.ndarray, state: State, settings: Group) -> None:
        """One step for one parameter."""
        beta1, beta2 = settings["betas"]
        lr, decay = settings["lr"], settings["weight_decay"]
        if self._decoupled:
            p *= 1 - lr * decay
            decay = 0.0
        g = self.downhill(p, g, settings["maximize"], decay)
        step = state["step"] = state.get("step", 0) + 1
        m, v = remembered(state, "exp_avg", p), remembered(state, "exp_avg_sq", p)
        scratch = self.scratch(p)
        m *= beta1
        m += np.multiply(g, 1 - beta1, out=scratch)
        v *= beta2
        np.multiply(g, g, out=scratch)
        scratch *= 1 - beta2
        v += scratch
        if settings["amsgrad"]:
            largest = remembered(state, "max_exp_avg_sq", p)
            v = np.maximum(largest, v, out=largest)
        np.sqrt(v, out=scratch)
        scratch /= math.sqrt(1 - beta2**step)
        scratch += settings["eps"]
        np.divide(m, scratch, out=scratch)
        scratch *= lr / (1 - beta1**step)
        p -= scratch


class AdamW(Adam):
    r"""Adam with decoupled weight decay (Loshchilov and Hutter, https://arxiv.org/abs/1711.05101).

    Each step first takes $\eta \lambda p$ off the parameter, whatever its gradient; the rest is
    `Adam`.

    Args:
        params: see `Optimizer`.
        lr: the learning rate $\eta$.
        betas: $\beta_1$ and $\beta_2$.
        eps: $\epsilon$.
        weight_decay: $\lambda$.
        amsgrad: divide by the largest $v$ so far.
        maximize: go uphill.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> p = tensor([1.0])
        >>> p.grad = tensor([0.0])
        >>> AdamW([p], lr=0.1, weight_decay=0.5).step()
        >>> p
        tensor([0.9500])
    """

    _decoupled = True

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)
