"""Keep gradients from growing too large, in place."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from tinytorch.tensor import Tensor
from tinytorch.tensor.writes import writes


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Tensor:
    r"""Scale all gradients together so that their norm, as one long vector, is at most `max_norm`.

    $$g \leftarrow g \cdot \min\left(1, \frac{\text{max\_norm}}{\lVert g \rVert + 10^{-6}}\right)$$

    (Pascanu, Mikolov and Bengio, ICML 2013.)

    Args:
        parameters: the tensors whose gradients are scaled; those without one are passed over.
        max_norm: the norm that they may have.
        norm_type: the $p$ of the norm; `inf` for the largest element.
        error_if_nonfinite: raise when the norm is NaN or infinite, before anything is changed.

    Returns:
        the norm before, 0-d.

    Raises:
        RuntimeError: as `error_if_nonfinite` says.
    """
    gradients = _gradients(parameters)
    norms = [float(np.linalg.norm(g.reshape(-1), norm_type)) for g in gradients]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(
            f"clip_grad_norm_: the norm of the gradients is {total}, nothing was scaled"
        )
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:  # NaN scales too, as in PyTorch
        for g in gradients:
            g *= factor
            writes.note(g)
    return Tensor(total)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Clip every element of all gradients to [-clip_value, clip_value], in place.

    Args:
        parameters: the tensors whose gradients are clipped; those without one are passed over.
        clip_value: the largest size that an element may have.
    """
    for g in _gradients(parameters):
        np.clip(g, -clip_value, clip_value, out=g)
        writes.note(g)


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[np.ndarray]:
    tensors = [parameters] if isinstance(parameters, Tensor) else parameters
    return [t.grad.data for t in tensors if t.grad is not None]
