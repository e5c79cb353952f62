"""How wrong a choice between classes is.

The two primitives are each other's derivative: `pick_class` reads one score of each sample,
`place_class` writes one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.activations import log_softmax
from tinytorch.losses.reduction import Reduction, check_reduction
from tinytorch.tensor import Tensor, full_like, mean, sum, where
from tinytorch.tensor.primitive import primitive


@primitive(promotion="none")
def pick_class(input: Any, target: Any) -> Any:
    """One score of each sample: input (N, C, …) at the classes target (N, …), which is the
    shape."""
    return np.take_along_axis(input, target[:, None], axis=1)[:, 0]


@primitive(promotion="none")
def place_class(input: Any, target: Any, *, classes: int) -> Any:
    """Zeros (N, C, …) with input (N, …) written at the classes target (N, …)."""
    out = np.zeros((input.shape[0], classes, *input.shape[1:]), input.dtype)
    np.put_along_axis(out, target[:, None], input[:, None], axis=1)
    return out


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
) -> Tensor:
    """The negative log-likelihood of the right class: $-w_y x_y$ for log-probabilities $x$.

    Args:
        input: log-probabilities, (N, C), (N, C, d1, …), or (C,) for a single sample.
        target: the right classes, integers from 0 to C - 1, of the input's shape without C.
        weight: of each class, (C,).
        ignore_index: a target that does not count.
        reduction: `none`; `mean`, weighted: the sum divided by the weights of the targets; or
            `sum`.

    Raises:
        ValueError: if shapes do not fit, or for another reduction.
        TypeError: if the target is not of integers.
        IndexError: if a target is no class; it names the first.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> nll_loss(tensor([[-0.5, -1.0], [-2.0, -0.1]]), tensor([0, 1]))
        tensor(0.3000)
    """
    check_reduction(reduction, "nll_loss")
    _check_weight(input, weight, "nll_loss")
    return _nll(input, target, weight, ignore_index, reduction, 0.0, "nll_loss")


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    r"""The cross-entropy between a target and the softmax of logits: $-\sum_c w_c y_c \log p_c$.

    Args:
        input: logits, (N, C), (N, C, d1, …), or (C,) for a single sample.
        target: the right classes, integers of the input's shape without C; or probabilities of its
            shape.
        weight: of each class, (C,).
        ignore_index: a class as target that does not count.
        reduction: `none`; `mean`, for classes weighted: the sum divided by the weights of the
            targets, for probabilities by the number of samples; or `sum`.
        label_smoothing: the part of each target that is spread evenly over all classes, from 0 to 1
            (Szegedy et al., https://arxiv.org/abs/1512.00567).

    Raises:
        ValueError: if shapes do not fit, for label_smoothing out of range, or another reduction.
        TypeError: if the target is neither of integers nor of floating point.
        IndexError: if a target is no class; it names the first.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> cross_entropy(tensor([[2.0, 0.0], [0.0, 0.0]]), tensor([0, 1]))
        tensor(0.4100)
    """
    check_reduction(reduction, "cross_entropy")
    if not 0 <= label_smoothing <= 1:
        raise ValueError(
            f"cross_entropy: label_smoothing is {label_smoothing}, expected from 0 to 1"
        )
    _check_weight(input, weight, "cross_entropy")
    log_probabilities = log_softmax(input, dim=1 if input.ndim > 1 else 0)
    if target.dtype.kind == "f":
        return _soft(log_probabilities, target, weight, reduction, label_smoothing)
    return _nll(
        log_probabilities, target, weight, ignore_index, reduction, label_smoothing, "cross_entropy"
    )


def _nll(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    reduction: Reduction,
    smoothing: float,
    name: str,
) -> Tensor:
    """`nll_loss`, with label smoothing."""
    if target.dtype.kind not in "iu":
        raise TypeError(f"{name}: target has type {target.dtype}, expected integers, the classes")
    if target.shape != input.shape[:1] * (input.ndim > 1) + input.shape[2:]:
        raise ValueError(
            f"{name}: target has shape {target.shape}, expected the input's, {input.shape}, without "
            "its classes"
        )
    if input.ndim == 1:
        losses = _nll(
            input.unsqueeze(0),
            target.unsqueeze(0),
            weight,
            ignore_index,
            reduction,
            smoothing,
            name,
        )
        return losses.squeeze(0) if reduction == "none" else losses
    classes = input.shape[1]
    ignored = target == ignore_index
    counts_all = not ignored.any()
    if not counts_all:
        target = where(ignored, 0, target)
    _check_classes(target, classes, name)

    # The weight of each sample: its class's, zero if it is ignored. None where all count the same.
    sample_weight: Tensor | None = None
    if weight is not None:
        sample_weight = weight[target]
    if not counts_all:
        ones = full_like(target, 1, dtype=input.dtype) if sample_weight is None else sample_weight
        sample_weight = where(ignored, 0.0, ones)

    losses = -pick_class(input, target)
    if sample_weight is not None:
        losses = losses * sample_weight
    if smoothing:
        spread = -input if weight is None else -input * _along_classes(weight, input)
        spread = sum(spread, dim=1)
        if not counts_all:
            spread = where(ignored, 0.0, spread)
        losses = (1 - smoothing) * losses + (smoothing / classes) * spread
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum(losses)
    return mean(losses) if sample_weight is None else sum(losses) / sum(sample_weight)


def _soft(
    log_probabilities: Tensor,
    target: Tensor,
    weight: Tensor | None,
    reduction: Reduction,
    smoothing: float,
) -> Tensor:
    """Cross-entropy with probabilities as target."""
    if target.shape != log_probabilities.shape:
        raise ValueError(
            f"cross_entropy: target has shape {target.shape}, expected probabilities of the input's, "
            f"{log_probabilities.shape}"
        )
    dim = 1 if log_probabilities.ndim > 1 else 0
    if smoothing:
        target = target * (1 - smoothing) + smoothing / log_probabilities.shape[dim]
    losses = -(target * log_probabilities)
    if weight is not None:
        losses = losses * _along_classes(weight, losses)
    losses = sum(losses, dim=dim)
    if reduction == "none":
        return losses
    return sum(losses) if reduction == "sum" else sum(losses) / max(losses.numel(), 1)


def _along_classes(weight: Tensor, input: Tensor) -> Tensor:
    """The weights of classes in a shape that goes with (N, C, d1, …)."""
    return weight.reshape(-1, *[1] * max(input.ndim - 2, 0))


def _check_weight(input: Tensor, weight: Tensor | None, name: str) -> None:
    if not input.ndim:
        raise ValueError(f"{name}: input is 0-d, expected scores of classes, (N, C) or (C,)")
    classes = input.shape[1 if input.ndim > 1 else 0]
    if weight is not None and weight.shape != (classes,):
        raise ValueError(
            f"{name}: weight has shape {weight.shape}, expected ({classes},), one a class"
        )


def _check_classes(target: Tensor, classes: int, name: str) -> None:
    array = target.data
    wrong = (array < 0) | (array >= classes)
    if wrong.any():
        raise IndexError(
            f"{name}: target holds {array[wrong][0]}, expected classes from 0 to {classes - 1}"
        )
