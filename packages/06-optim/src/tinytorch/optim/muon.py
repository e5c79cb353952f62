"""Muon: the step of a matrix, made orthogonal."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np

from tinytorch.optim.optimizer import Group, Optimizer, Params, State, remembered
from tinytorch.optim.settings import at_least_zero, choice, fraction, numbers


class Muon(Optimizer):
    r"""Muon (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/), for matrices only.

    The momentum is replaced by an approximation of the nearest orthogonal matrix, so that all
    directions of a matrix learn at the same speed:

    $$b \leftarrow \mu b + (1 - \mu) g \qquad
      p \leftarrow (1 - \eta\lambda) p - \eta s X_k$$

    with $s = \sqrt{\max(1, m/n)}$ for an (m, n) matrix. $X_0$ is $(1 - \mu) g + \mu b$, divided by
    its norm, and each of the $k$ steps of Newton and Schulz keeps its singular vectors and brings
    its singular values nearer to 1:

    $$X_{i+1} = a X_i + (b A + c A^2) X_i \qquad A = X_i X_i^T$$

    Jordan chose the coefficients so that small singular values grow quickest; after five steps
    most lie between 0.7 and 1.2. Train biases, gains, embeddings and the output layer with another
    optimiser. PyTorch computes the $X_i$ in bfloat16; here they have the parameter's type.

    Args:
        params: matrices; see `Optimizer`.
        lr: the learning rate $\eta$.
        weight_decay: $\lambda$, decoupled.
        momentum: $\mu$.
        nesterov: whether to look ahead as in the formula, or to begin at $b$ itself.
        ns_coefficients: $a$, $b$ and $c$ of the iteration.
        eps: the least norm to divide by.
        ns_steps: $k$.
        adjust_lr_fn: `original` for $s$ as above; `match_rms_adamw` for $0.2\sqrt{\max(m, n)}$,
            which makes steps as large as AdamW's (Liu et al., 2025,
            https://arxiv.org/abs/2502.16982).

    Raises:
        TypeError: see `Optimizer`.
        ValueError: see `Optimizer`; and for a parameter that is no matrix.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> p = tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> p.grad = tensor([[100.0, 0.0], [0.0, 50.0]])
        >>> Muon([p], lr=0.1, weight_decay=0.0).step()
        >>> p  # both directions step by nearly the same
        tensor([[0.9311, 0.0000],
                [0.0000, 0.8886]])
    """

    separate = True
    state_names: ClassVar = {"momentum_buffer": None}

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: Literal["original", "match_rms_adamw"] | None = None,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "weight_decay": weight_decay,
                "momentum": momentum,
                "nesterov": nesterov,
                "ns_coefficients": ns_coefficients,
                "eps": eps,
                "ns_steps": ns_steps,
                "adjust_lr_fn": adjust_lr_fn,
            },
        )

    def check(self, settings: Group) -> None:
        """Raise TypeError or ValueError if a setting is wrong, or a parameter is no matrix."""
        at_least_zero(settings, "Muon", "lr", "weight_decay", "eps", "ns_steps")
        fraction(settings["momentum"], "Muon", "momentum")
        numbers(settings["ns_coefficients"], "Muon", "ns_coefficients", 3)
        if settings["adjust_lr_fn"] is not None:
            choice(settings["adjust_lr_fn"], "Muon", "adjust_lr_fn", "original", "match_rms_adamw")
        for i, parameter in enumerate(settings["params"]):
            if parameter.ndim != 2:
                raise ValueError(
                    f"Muon: params[{i}] has shape {parameter.shape}, expected a matrix; "
                    "give the others to AdamW"
                )

    def update(self, p: np.ndarray, g: np.ndarray, state: State, settings: Group) -> None:
        """One step for one parameter."""
        lr, momentum = settings["lr"], settings["momentum"]
        buffer, scratch = remembered(state, "momentum_buffer", p), self.scratch(p)
        np.multiply(g, 1 - momentum, out=scratch)
        buffer *= momentum
        buffer += scratch
        if settings["nesterov"]:
            scratch += np.multiply(buffer, momentum, out=self.scratch(p, 1))
        else:
            np.copyto(scratch, buffer)
        rows, columns = p.shape
        self._orthogonalize(scratch.T if rows > columns else scratch, settings)
        p *= 1 - lr * settings["weight_decay"]
        if settings["adjust_lr_fn"] == "match_rms_adamw":
            lr *= 0.2 * math.sqrt(max(rows, columns))
        else:
            lr *= math.sqrt(max(1, rows / max(columns, 1)))
        scratch *= lr
        p -= scratch

    def _orthogonalize(self, x: np.ndarray, settings: Group) -> None:
        """Newton and Schulz's iteration, in place, on a matrix at least as wide as it is high."""
        a, b, c = settings["ns_coefficients"]
        square = x[:, : len(x)]
        gram, polynomial = self.scratch(square, 2), self.scratch(square, 3)
        product = self.scratch(x, 1)
        x /= max(float(np.linalg.norm(x)), settings["eps"])
        for _ in range(settings["ns_steps"]):
            np.matmul(x, x.T, out=gram)
            np.matmul(gram, gram, out=polynomial)
            polynomial *= c
            gram *= b
            polynomial += gram
            np.matmul(polynomial, x, out=product)
            x *= a
            x += product
