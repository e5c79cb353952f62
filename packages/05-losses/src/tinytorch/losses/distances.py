"""How wrong distributions, and distances between vectors, are."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from tinytorch.losses.reduction import Reduction, check_pair, reduced, shape_of
from tinytorch.tensor import Tensor, clamp, exp, minimum, norm, primitive, sqrt, sum, where

KLReduction = Literal["none", "mean", "sum", "batchmean"]


@primitive(promotion="float")
def x_log_x(input: Any) -> Any:
    r"""$x \ln x$, which is 0 for 0."""
    with np.errstate(all="ignore"):
        return np.where(input == 0, 0.0, input * np.log(input))


def kl_div(
    input: Tensor,
    target: Tensor,
    *,
    reduction: KLReduction = "mean",
    log_target: bool = False,
) -> Tensor:
    r"""The Kullback–Leibler divergence, element by element: $y (\ln y - x)$ for log-probabilities
    $x$.

    Args:
        input: log-probabilities, any shape.
        target: probabilities of the same shape; with `log_target`, their logarithms.
        reduction: `none`, `mean` over all elements, `sum`, or `batchmean`: the sum divided by the
            first dimension, which is the divergence as it is defined.
        log_target: whether the target holds logarithms.

    Raises:
        TypeError: if the input is no tensor of floating point.
        ValueError: if the shapes differ, or for another reduction.

    Example:
        >>> from tinytorch.tensor import log, tensor
        >>> p = tensor([[0.5, 0.5]])
        >>> kl_div(log(p), p, reduction="batchmean")
        tensor(0.)
    """
    check_pair("kl_div", input, target)
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = x_log_x(target) - target * input
    if reduction == "batchmean":
        divergence: Tensor = sum(losses) / (losses.shape[0] if losses.ndim else 1)
        return divergence
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(
            f"kl_div: reduction is {reduction!r}, expected 'none', 'mean', 'sum' or 'batchmean'"
        )
    return reduced("kl_div", losses, reduction)


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, *, reduction: Reduction = "mean"
) -> Tensor:
    r"""$x$ where the target is 1, $\max(0, \text{margin} - x)$ where it is -1, for a distance $x$.

    Args:
        input: distances, any shape.
        target: 1 for pairs that belong together, -1 for others; the same shape.
        margin: how far apart others should be.
        reduction: `none`, `mean` or `sum`.

    Raises:
        TypeError: if an input is no tensor, or the first not of floating point.
        ValueError: if the shapes differ, or for another reduction.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> hinge_embedding_loss(tensor([0.3, 0.4]), tensor([1, -1]), reduction="none")
        tensor([0.3000, 0.6000])
    """
    check_pair("hinge_embedding_loss", input, target)
    together = where(target == -1, 0.0, input)
    apart = where(target == 1, 0.0, clamp(margin - input, min=0))
    return reduced("hinge_embedding_loss", together + apart, reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0.0,
    *,
    reduction: Reduction = "mean",
) -> Tensor:
    r"""$1 - \cos(a, b)$ where the target is 1, $\max(0, \cos(a, b) - \text{margin})$ where it is
    -1.

    Args:
        input1: vectors $a$, (N, D) or (D,).
        input2: vectors $b$, the same shape.
        target: 1 for pairs that belong together, -1 for others, (N,) or 0-d.
        margin: the cosine that others may have.
        reduction: `none`, `mean` or `sum`.

    Raises:
        TypeError: if an input is no tensor, or the first not of floating point.
        ValueError: if shapes do not fit, or for another reduction.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> a, b = tensor([[1.0, 0.0]]), tensor([[1.0, 1.0]])
        >>> cosine_embedding_loss(a, b, tensor([1]))
        tensor(0.2929)
    """
    check_pair("cosine_embedding_loss", input1, input2, "input2")
    shape = shape_of("cosine_embedding_loss", target)
    if input1.ndim not in (1, 2) or shape != input1.shape[:-1]:
        raise ValueError(
            f"cosine_embedding_loss: target has shape {shape} and inputs {input1.shape}, "
            "expected (N,) and (N, D), or () and (D,)"
        )
    tiny = 1e-12  # PyTorch's, in the squared lengths: vectors of zeros have a cosine, 0
    lengths = [sqrt(sum(x * x, dim=-1) + tiny) for x in (input1, input2)]
    cosine = sum(input1 * input2, dim=-1) / (lengths[0] * lengths[1])
    together = where(target == 1, 1 - cosine, 0.0)
    apart = where(target == -1, clamp(cosine - margin, min=0), 0.0)
    return reduced("cosine_embedding_loss", together + apart, reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    *,
    reduction: Reduction = "mean",
) -> Tensor:
    r"""$\max(0, d(a, p) - d(a, n) + \text{margin})$: what belongs together shall be nearer.

    (V. Balntas et al., BMVC 2016; $d$ is the p-norm of the difference, to which eps is added.)

    Args:
        anchor: vectors $a$, (…, D).
        positive: what belongs to them, the same shape.
        negative: what does not, the same shape.
        margin: how much farther that should be.
        p: of the norm.
        eps: keeps the derivative finite where vectors are equal.
        swap: take $d(p, n)$ where it is less than $d(a, n)$.
        reduction: `none`, `mean` or `sum`.

    Raises:
        TypeError: if an input is no tensor, or the first not of floating point.
        ValueError: if the shapes differ, the margin is not positive, or for another reduction.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> a, p, n = tensor([[0.0, 0.0]]), tensor([[0.0, 1.0]]), tensor([[1.5, 0.0]])
        >>> triplet_margin_loss(a, p, n)
        tensor(0.5000)
    """
    check_pair("triplet_margin_loss", anchor, positive, "positive")
    check_pair("triplet_margin_loss", anchor, negative, "negative")
    if not margin > 0:
        raise ValueError(f"triplet_margin_loss: margin is {margin}, expected more than 0")
    near = norm(anchor - positive + eps, p, dim=-1)
    far = norm(anchor - negative + eps, p, dim=-1)
    if swap:
        between = norm(positive - negative + eps, p, dim=-1)
        far = minimum(far, between)
    return reduced("triplet_margin_loss", clamp(near - far + margin, min=0), reduction)
