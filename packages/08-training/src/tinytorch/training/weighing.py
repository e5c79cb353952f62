"""How much a batch counts: by the number of items that its loss is a mean of.

The mean of the means of batches is not the mean over all their samples, unless all batches are of
one size. The last batch of an epoch rarely is, and a batch of texts holds as many tokens as are
not padding.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tinytorch.tensor import Tensor

IGNORED = -100  # the target that `cross_entropy` and `nll_loss` leave out unless told otherwise


def items(loss: Any, targets: Any) -> float:
    """The number, or for class weights the sum of weights, that a mean loss was divided by.

    Class targets that the loss ignores don't count. What counts is read off the settings of a loss
    layer, or off the keywords of a `functools.partial`.

    Args:
        loss: a loss layer or function whose result is a mean.
        targets: a Tensor; of integers for classes.

    Raises:
        TypeError: if the targets are no Tensor.
        ValueError: if the loss is set to something else than a mean.
    """
    if not isinstance(targets, Tensor):
        raise TypeError(
            f"Trainer: targets are a {type(targets).__name__}, expected a Tensor, or a method "
            "items(targets) of your own that says how many items the loss is a mean of"
        )
    reduction = setting(loss, "reduction", "mean")
    if reduction not in ("mean", "batchmean"):
        raise ValueError(f"Trainer: the loss has reduction={reduction!r}, expected 'mean'")
    if reduction == "batchmean":
        return float(len(targets) if targets.ndim else 1)
    if targets.dtype.kind not in "iu":
        return float(targets.numel())
    labels = targets.data.reshape(-1)
    labels = labels[labels != setting(loss, "ignore_index", unless_said(loss))]
    weight = setting(loss, "weight", None)
    return float(len(labels) if weight is None else np.sum(weight.data[labels], dtype=np.float64))


def setting(loss: Any, name: str, default: Any) -> Any:
    """A setting of a loss layer or of a partial function."""
    if isinstance(loss, partial):
        return loss.keywords.get(name, setting(loss.func, name, default))
    return getattr(loss, name, default)


def unless_said(loss: Any) -> int | None:
    """The target that a loss without such a setting ignores: of the functions, those of classes.

    What a function of one's own does is not known; it will hardly have classes below zero.
    """
    while isinstance(loss, partial):
        loss = loss.func
    of_module_05 = str(getattr(loss, "__module__", "")).startswith("tinytorch.losses")
    classes = getattr(loss, "__name__", "") in ("cross_entropy", "nll_loss")
    return IGNORED if classes or not of_module_05 else None
