"""What a model says about classes, beside what is right: both checked, and only what counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor import Tensor
from tinytorch.training.metric import array_of

ONE_LOGIT = "; for one logit a sample pass logits > 0, or use BinaryAccuracy"


def checked(metric: str, outputs: Any, targets: Any) -> tuple[np.ndarray, np.ndarray]:
    """Scores (N, C, …) or classes (N, …), and the right classes (N, …)."""
    outputs = array_of(f"{metric}: outputs", outputs, "biuf")
    if isinstance(targets, Tensor | np.ndarray) and targets.dtype.kind == "f":
        raise TypeError(
            f"{metric}: targets has type {targets.dtype}, expected integers; targets of 0.0 and "
            "1.0 are for BinaryAccuracy"
        )
    targets = array_of(f"{metric}: targets", targets, "biu")
    if outputs.dtype.kind != "f":
        if outputs.shape != targets.shape:
            raise ValueError(
                f"{metric}: outputs are classes of shape {outputs.shape}, expected that of "
                f"targets, {targets.shape}"
            )
    elif outputs.ndim < 2 or outputs.shape[:1] + outputs.shape[2:] != targets.shape:
        mend = ONE_LOGIT if outputs.shape == targets.shape else ""
        raise ValueError(
            f"{metric}: outputs are scores of shape {outputs.shape}, expected (N, C, …) for "
            f"targets (N, …) of shape {targets.shape}{mend}"
        )
    return outputs, targets


def predicted_and_right(
    metric: str, outputs: Any, targets: Any, num_classes: int, ignore_index: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """The predicted and the right classes that count, (n,)."""
    said, right = checked(metric, outputs, targets)
    if said.ndim > right.ndim and said.shape[1] != num_classes:
        raise ValueError(
            f"{metric}: outputs have {said.shape[1]} classes, expected num_classes, {num_classes}"
        )
    predicted = kept(greatest(said, right), right, ignore_index)
    right = kept(right, right, ignore_index)
    check_classes(f"{metric}: outputs hold", predicted, num_classes)
    check_classes(f"{metric}: targets hold", right, num_classes)
    return predicted.astype(np.int64, copy=False), right.astype(np.int64, copy=False)


def kept(values: np.ndarray, targets: np.ndarray, ignore_index: int | None) -> np.ndarray:
    """The values at the targets that count, (n,)."""
    return values.ravel() if ignore_index is None else values[targets != ignore_index]


def check_classes(what: str, classes: np.ndarray, num_classes: int) -> None:
    """Raise IndexError unless all are from 0 to num_classes - 1; it names the first."""
    if classes.size and (classes.min() < 0 or classes.max() >= num_classes):
        wrong = classes[(classes < 0) | (classes >= num_classes)]
        raise IndexError(f"{what} {wrong[0]}, expected classes from 0 to {num_classes - 1}")


def greatest(said: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The predicted classes, (N, …)."""
    classes: np.ndarray = said.argmax(1) if said.ndim > right.ndim else said
    return classes


def of_targets(scores: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The scores of the right classes, (N, …); of ignored ones, that of some class."""
    places = np.clip(right, 0, scores.shape[1] - 1).astype(np.int64)
    return np.take_along_axis(scores, places[:, None], 1)[:, 0]


def among_best(scores: np.ndarray, right: np.ndarray, top_k: int) -> np.ndarray:
    """Whether the right class is among the `top_k` of most score, (N, …); NaN is none of them."""
    of_right = of_targets(scores, right)[:, None]
    classes = np.arange(scores.shape[1]).reshape(-1, *[1] * (scores.ndim - 2))
    behind = scores < of_right
    behind |= (scores == of_right) & (classes >= right[:, None])
    hits: np.ndarray = scores.shape[1] - np.count_nonzero(behind, axis=1) < top_k
    return hits
