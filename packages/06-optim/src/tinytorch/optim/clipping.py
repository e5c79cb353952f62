"""Keep gradients from growing too large, in place."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from tinytorch.tensor import Tensor
from tinytorch.tensor.writes import writable, writes


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Tensor:
    r"""Scale all gradients together so that their norm, as one long vector, is at most `max_norm`.

    $$g \leftarrow g \cdot \min\left(1, \frac{N}{\lVert g \rVert_p + 10^{-6}}\right)$$

    (Pascanu, Mikolov and Bengio, ICML 2013.) An infinite norm turns finite gradients into zeros
    and infinite ones into NaN, a NaN turns all into NaN, as in PyTorch.

    Args:
        parameters: the tensors whose gradients are scaled; those without one are passed over.
        max_norm: $N$, the norm that they may have.
        norm_type: $p$; `inf` for the largest element.
        error_if_nonfinite: raise when the norm is NaN or infinite, before anything is changed.

    Returns:
        the norm before, 0-d.

    Raises:
        ValueError: for a negative `max_norm`.
        RuntimeError: as `error_if_nonfinite` says.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> p = tensor([0.0, 0.0])
        >>> p.grad = tensor([3.0, 4.0])
        >>> clip_grad_norm_([p], max_norm=1.0)
        tensor(5.)
        >>> p.grad
        tensor([0.6000, 0.8000])
    """
    if not max_norm >= 0:
        raise ValueError(f"clip_grad_norm_: max_norm is {max_norm}, expected at least 0")
    gradients = _gradients(parameters, "clip_grad_norm_")
    order = float(norm_type)
    with np.errstate(all="ignore"):
        norms = [float(np.linalg.norm(g.reshape(-1), order)) for g in gradients if g.size]
        total = float(np.linalg.norm(norms, order)) if norms else 0.0
        if error_if_nonfinite and not math.isfinite(total):
            raise RuntimeError(
                f"clip_grad_norm_: the norm of the gradients is {total}, nothing was scaled; "
                "look for the operation that made it, or a smaller learning rate"
            )
        factor = max_norm / (total + 1e-6)
        if not factor >= 1:  # NaN scales too
            for g in gradients:
                g *= factor
                writes.note(g)
    return Tensor(total, dtype=np.result_type(*gradients) if gradients else np.float32)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    r"""Clip each element of all gradients, in place: $g \leftarrow \max(-c, \min(g, c))$.

    Args:
        parameters: the tensors whose gradients are clipped; those without one are passed over.
        clip_value: $c$, the largest size that an element may have.

    Raises:
        ValueError: for a negative `clip_value`.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> p = tensor([0.0, 0.0])
        >>> p.grad = tensor([3.0, -0.5])
        >>> clip_grad_value_([p], clip_value=1.0)
        >>> p.grad
        tensor([ 1.0000, -0.5000])
    """
    if not clip_value >= 0:
        raise ValueError(f"clip_grad_value_: clip_value is {clip_value}, expected at least 0")
    for g in _gradients(parameters, "clip_grad_value_"):
        np.clip(g, -clip_value, clip_value, out=g)
        writes.note(g)


def _gradients(parameters: Tensor | Iterable[Tensor], operation: str) -> list[np.ndarray]:
    tensors = [parameters] if isinstance(parameters, Tensor) else parameters
    gradients = [tensor.grad for tensor in tensors]
    return [writable(g, operation) for g in gradients if g is not None]
