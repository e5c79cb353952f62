"""How wrong a choice between classes is.

Scores are (N, C, …), the right classes (N, …). The primitives come in pairs of a function and its
derivative: `class_entropy` and `softmax_error`; `pick_class` and `place_class`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.activations import log_softmax
from tinytorch.activations.floating import require_floating
from tinytorch.losses.reduction import Reduction, check_reduction, reduced, shape_of
from tinytorch.tensor import Tensor, mean, primitive, sum, where
from tinytorch.tensor.dims import setting

# Up to here it is quicker to bring the scores of a class together in memory before reducing over
# the classes: NumPy goes along short rows one by one.
_FEW_CLASSES = 100


@primitive(promotion="none")
def class_entropy(input: Any, target: Any, *, label_smoothing: float) -> Any:
    r"""The cross-entropy of softmax and classes, $\log \sum_c e^{x_c} - x_y$, for each sample."""
    with np.errstate(all="ignore"):
        scores = _shifted(input)
        out = -scores[_places(target)]
        if label_smoothing:
            out *= 1.0 - label_smoothing
            out -= label_smoothing / len(scores) * np.add.reduce(scores, 0)
        out += np.log(np.add.reduce(np.exp(scores, out=scores), 0))
    return out


@primitive(promotion="none")
def softmax_error(input: Any, target: Any, scale: Any, *, label_smoothing: float) -> Any:
    """How far softmax is from the right classes: the probabilities, less 1 at those classes. It is
    multiplied by a scale for each sample.
    """
    with np.errstate(all="ignore"):
        out = _shifted(input)
        np.exp(out, out=out)
        out /= np.add.reduce(out, 0)
        if label_smoothing:
            out -= label_smoothing / len(out)
        out[_places(target)] -= 1.0 - label_smoothing
        out *= scale
    return out.swapaxes(0, 1)


@primitive(promotion="none")
def pick_class(input: Any, target: Any) -> Any:
    """One score of each sample, (N, …): the one of its class."""
    return input.swapaxes(0, 1)[_places(target)]


@primitive(promotion="none")
def place_class(input: Any, target: Any, *, classes: int) -> Any:
    """Zeros (N, C, …) with the input, (N, …), written at the classes."""
    out = np.zeros((input.shape[0], classes, *input.shape[1:]), input.dtype)
    out.swapaxes(0, 1)[_places(target)] = input
    return out


@primitive
def weighted_mean(input: Any, weight: Any) -> Any:
    """A sum of weighted losses, divided by the sum of the weights: $S / W$.

    It has a name of its own since, unlike a plain mean's, its divisor depends on the targets: who
    takes the losses of a batch part by part has to know.

    Args:
        input: $S$, a single number.
        weight: $W$, a single number; with 0, where every target is ignored, the result is nan.
    """
    with np.errstate(all="ignore"):  # 0 / 0, where every target is ignored
        return np.true_divide(input, weight)


def _shifted(input: Any) -> Any:
    """A copy of the scores, (C, N, …), less the greatest of each sample, so that no exponential
    overflows.
    """
    few = input.shape[1] <= _FEW_CLASSES
    scores = np.array(input.swapaxes(0, 1), order="C" if few else "K")
    scores -= np.maximum.reduce(scores, 0, initial=-np.inf)
    return scores


def _places(target: Any) -> tuple[Any, ...]:
    """Where the scores of the right classes are in (C, N, …)."""
    last = target.ndim - 1
    return target, *[
        np.arange(n).reshape(-1, *[1] * (last - d)) for d, n in enumerate(target.shape)
    ]


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
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
        TypeError: if the input is no tensor of floating point, or the target not of integers.
        ValueError: if shapes do not fit, or for another reduction.
        IndexError: if a target is no class; it names the first.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> nll_loss(tensor([[-0.5, -1.0], [-2.0, -0.1]]), tensor([0, 1]))
        tensor(0.3000)
    """
    check_reduction("nll_loss", reduction)
    input, target, ignored, single = _checked("nll_loss", input, target, weight, ignore_index)
    losses = -pick_class(input, target)
    if weight is not None:
        losses = losses * weight[target]
    return _reduced(losses, target, weight, ignored, reduction, single)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    r"""The cross-entropy between a target and the softmax of logits: $-\sum_c w_c y_c \log p_c$.

    Args:
        input: logits, (N, C), (N, C, d1, …), or (C,) for a single sample.
        target: the right classes, integers of the input's shape without C; or probabilities $y$ of
            its shape.
        weight: of each class, (C,).
        ignore_index: a class as target that does not count.
        reduction: `none`; `mean`, for classes weighted: the sum divided by the weights of the
            targets, for probabilities by the number of samples; or `sum`.
        label_smoothing: the part of each target that is spread evenly over all classes, from 0 to 1
            (Szegedy et al., https://arxiv.org/abs/1512.00567).

    Raises:
        TypeError: if the input is no tensor of floating point, or the target neither of integers
            nor of floating point.
        ValueError: if shapes do not fit, for label_smoothing out of range, another reduction, or
            ignore_index together with probabilities.
        IndexError: if a target is no class; it names the first.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> cross_entropy(tensor([[2.0, 0.0], [0.0, 0.0]]), tensor([0, 1]))
        tensor(0.4100)
    """
    check_reduction("cross_entropy", reduction)
    label_smoothing = setting("cross_entropy", "label_smoothing", label_smoothing)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(
            f"cross_entropy: label_smoothing is {label_smoothing}, expected from 0 to 1"
        )
    shape_of("cross_entropy", target)
    if target.dtype.kind == "f":
        return _of_probabilities(input, target, weight, ignore_index, reduction, label_smoothing)
    input, target, ignored, single = _checked("cross_entropy", input, target, weight, ignore_index)
    if weight is None:
        losses = class_entropy(input, target, label_smoothing=label_smoothing)
    else:
        losses = class_entropy(input, target, label_smoothing=0.0) * weight[target]
        if label_smoothing:
            spread = sum(log_softmax(input, dim=1) * _along_classes(weight, input), dim=1)
            evenly = label_smoothing / input.shape[1]
            losses = (1.0 - label_smoothing) * losses - evenly * spread
    return _reduced(losses, target, weight, ignored, reduction, single)


def _of_probabilities(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    reduction: Reduction,
    smoothing: float,
) -> Tensor:
    """Cross-entropy with probabilities as target."""
    _check_scores("cross_entropy", input, weight)
    if target.shape != input.shape:
        raise ValueError(
            f"cross_entropy: target has shape {target.shape}, expected probabilities of the "
            f"input's, {input.shape}; classes are integers"
        )
    if ignore_index >= 0:
        raise ValueError(
            f"cross_entropy: ignore_index is {ignore_index} and target of probabilities; "
            "only classes can be ignored"
        )
    dim = min(input.ndim - 1, 1)
    if smoothing:
        target = target * (1.0 - smoothing) + smoothing / input.shape[dim]
    if weight is not None:
        target = target * _along_classes(weight, input)
    losses = -sum(target * log_softmax(input, dim=dim), dim=dim)
    return reduced("cross_entropy", losses, reduction)


def _checked(
    name: str, input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int
) -> tuple[Tensor, Tensor, Tensor | None, bool]:
    """Scores and classes with a dimension of samples, the targets that are ignored, and whether
    the sample was a single one.
    """
    _check_scores(name, input, weight)
    shape = shape_of(name, target)
    if target.dtype.kind not in "iu":
        raise TypeError(f"{name}: target has type {target.dtype}, expected integers, the classes")
    single = input.ndim == 1
    if shape != (() if single else input.shape[:1] + input.shape[2:]):
        raise ValueError(
            f"{name}: target has shape {shape}, expected the input's, {input.shape}, without its "
            f"classes, dim {0 if single else 1}"
        )
    if single:
        input, target = input.unsqueeze(0), target.unsqueeze(0)
    ignored = _ignored(name, target, input.shape[1], ignore_index)
    if ignored is not None:
        target = where(ignored, 0, target)
    return input, target, ignored, single


def _check_scores(name: str, input: Tensor, weight: Tensor | None) -> None:
    require_floating(name, input)
    if not input.ndim:
        raise ValueError(f"{name}: input is 0-d, expected scores of classes, (N, C, …) or (C,)")
    classes = input.shape[min(input.ndim - 1, 1)]
    if weight is not None and shape_of(name, weight, "weight") != (classes,):
        raise ValueError(
            f"{name}: weight has shape {weight.shape}, expected ({classes},), one for each class"
        )


def _ignored(name: str, target: Tensor, classes: int, ignore_index: int) -> Tensor | None:
    """Which targets are ignored, or None if none is; IndexError if another one is no class."""
    array = target.data
    if not array.size:
        return None
    all_classes = np.minimum.reduce(array, None) >= 0 and np.maximum.reduce(array, None) < classes
    if all_classes and not 0 <= ignore_index < classes:
        return None
    ignored: Tensor = target == ignore_index
    wrong = ((array < 0) | (array >= classes)) & ~ignored.data
    if wrong.any():
        raise IndexError(
            f"{name}: target holds {array[wrong][0]}, expected classes from 0 to {classes - 1}"
        )
    return ignored


def _reduced(
    losses: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignored: Tensor | None,
    reduction: Reduction,
    single: bool,
) -> Tensor:
    """The losses, with 0 for ignored ones; their sum; or their mean, weighted."""
    if ignored is not None:
        losses = where(ignored, 0.0, losses)
    if reduction == "none":
        return losses.squeeze(0) if single else losses
    number: Tensor
    if reduction == "sum":
        number = sum(losses)
    elif weight is not None:
        weights = weight[target]
        weights = weights if ignored is None else where(ignored, 0.0, weights)
        number = weighted_mean(sum(losses), sum(weights))
    elif ignored is not None:
        number = weighted_mean(sum(losses), int((~ignored.data).sum()))
    else:
        number = mean(losses)
    return number


def _along_classes(weight: Tensor, input: Tensor) -> Tensor:
    """The weights of classes in a shape that goes with (N, C, d1, …)."""
    return weight.reshape(-1, *[1] * max(input.ndim - 2, 0))
