"""Muon: the step of a matrix, made orthogonal."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from tinytorch.optim.optimizer import Group, Optimizer, Params, State, at_least_zero, fractions


class Muon(Optimizer):
    r"""Muon (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/), for matrices only.

    The momentum is replaced by an approximation of the nearest orthogonal matrix, so that all
    directions of a matrix learn at the same speed:

    $$b \leftarrow \mu b + (1 - \mu) g \qquad
      p \leftarrow (1 - \eta\lambda) p - \eta s \operatorname{orthogonal}((1 - \mu) g + \mu b)$$

    with $s = \sqrt{\max(1, m/n)}$ for an (m, n) matrix. Train biases, gains, embeddings and the
    output layer with another optimiser. PyTorch computes the orthogonal matrix in bfloat16; here it
    has the parameter's type.

    Args:
        params: matrices; see `Optimizer`.
        lr: the learning rate $\eta$.
        weight_decay: $\lambda$, decoupled.
        momentum: $\mu$.
        nesterov: whether to look ahead as in the formula, or to take $b$ itself.
        ns_coefficients: see `orthogonalized`.
        eps: see `orthogonalized`.
        ns_steps: see `orthogonalized`.
        adjust_lr_fn: `original` for $s$ as above; `match_rms_adamw` for $0.2\sqrt{\max(m, n)}$,
            which makes steps as large as AdamW's (Liu et al., 2025,
            https://arxiv.org/abs/2502.16982).

    Raises:
        ValueError: for a parameter that is no matrix.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> p = tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> p.grad = tensor([[100.0, 0.0], [0.0, 50.0]])
        >>> Muon([p], lr=0.1, weight_decay=0.0).step()
        >>> bool((p[0, 0] < 0.94) & (p[1, 1] < 0.94))  # both directions step by nearly the same
        True
    """

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
        """Raise ValueError if a setting is out of its range, or a parameter is no matrix."""
        at_least_zero(settings, "Muon", "lr", "weight_decay", "eps", "ns_steps")
        fractions(settings, "Muon", "momentum")
        if settings["adjust_lr_fn"] not in (None, "original", "match_rms_adamw"):
            raise ValueError(
                f"Muon: adjust_lr_fn is {settings['adjust_lr_fn']!r}, expected original or "
                "match_rms_adamw"
            )
        for i, parameter in enumerate(settings["params"]):
            if parameter.ndim != 2:
                raise ValueError(
                    f"Muon: params[{i}] has shape {parameter.shape}, expected a matrix; "
                    "give the others to AdamW"
                )

    def update(self, p: np.ndarray, g: np.ndarray, state: State, settings: Group) -> None:
        """One step for one parameter."""
        lr, momentum = settings["lr"], settings["momentum"]
        if not state:
            state["momentum_buffer"] = np.zeros_like(p)
        buffer, scratch = state["momentum_buffer"], self.scratch(p)
        fresh = np.multiply(g, 1 - momentum, out=scratch)
        buffer *= momentum
        buffer += fresh
        if settings["nesterov"]:
            scratch += np.multiply(buffer, momentum, out=self.scratch(p, 1))
            step = scratch
        else:
            step = buffer
        p *= 1 - lr * settings["weight_decay"]
        step = orthogonalized(
            step, settings["ns_steps"], settings["ns_coefficients"], settings["eps"]
        )
        rows, columns = p.shape
        if settings["adjust_lr_fn"] == "match_rms_adamw":
            lr *= 0.2 * math.sqrt(max(rows, columns))
        else:
            lr *= math.sqrt(max(1, rows / columns))
        p -= np.multiply(step, lr, out=scratch)


def orthogonalized(
    matrix: np.ndarray,
    steps: int = 5,
    coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
    eps: float = 1e-7,
) -> np.ndarray:
    r"""A matrix with nearly the same singular vectors, and all singular values near 1.

    Each step of Newton and Schulz is $X \leftarrow aX + (bA + cA^2)X$ with $A = XX^T$. Jordan chose
    the coefficients so that small singular values grow quickest; all end between about 0.7 and 1.2.

    Args:
        matrix: any matrix.
        steps: how many steps.
        coefficients: $a$, $b$, $c$.
        eps: the least norm to divide by.

    Returns:
        a new matrix of the same shape.
    """
    a, b, c = coefficients
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / max(float(np.linalg.norm(x)), eps)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x.T if tall else x
