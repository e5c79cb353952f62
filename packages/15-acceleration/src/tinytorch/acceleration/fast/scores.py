"""Softmax, its logarithm, and the cross-entropy of classes: blocks of rows, on several threads."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.acceleration.fast.rows import as_rows, each_block, fit
from tinytorch.acceleration.threads import workers
from tinytorch.acceleration.tiers import implementation
from tinytorch.activations.scores import log_softmax_over, softmax_over
from tinytorch.autograd import defvjp
from tinytorch.losses.classes import class_entropy, softmax_error
from tinytorch.tensor.extremes import largest


@implementation("fast", softmax_over)
def fast_softmax_over(input: Any, *, dim: tuple[int, ...]) -> Any:
    """See `softmax_over`."""
    if not _fit(dim, input):
        return softmax_over.default.kernel(input, dim=dim)
    out = np.empty_like(input)
    rows, results = as_rows(input, out)

    def block(at: slice) -> None:
        exps = _exponentials(rows[at], results[at])
        np.multiply(exps, 1 / _sums(exps), out=exps)

    with np.errstate(all="ignore"):
        each_block(block, rows)
    return out


def _softmax_vjp(g: Any, z: Any, _x: Any, *, dim: tuple[int, ...]) -> Any:
    r"""$z \odot (g - \sum g \odot z)$."""
    if not _fit(dim, z, g):
        return softmax_over.default.rule.functions[0](g, z, None, dim=dim)
    out = np.empty_like(z)
    arriving, rows, results = as_rows(g, z, out)

    def block(at: slice) -> None:
        total = _products(arriving[at], rows[at])
        np.subtract(arriving[at], total, out=results[at])
        np.multiply(results[at], rows[at], out=results[at])

    with np.errstate(all="ignore"):
        each_block(block, rows)
    return out


@implementation("fast", log_softmax_over)
def fast_log_softmax_over(input: Any, *, dim: tuple[int, ...]) -> Any:
    """See `log_softmax_over`."""
    if not _fit(dim, input):
        return log_softmax_over.default.kernel(input, dim=dim)
    out = np.empty_like(input)
    rows, results = as_rows(input, out)

    def block(at: slice) -> None:
        below = np.subtract(rows[at], largest(rows[at], (1,)), out=results[at])
        exps = np.exp(below, out=workers.scratch_like(below, 0))
        np.subtract(below, np.log(_sums(exps)), out=below)

    with np.errstate(all="ignore"):
        each_block(block, rows)
    return out


def _log_softmax_vjp(g: Any, z: Any, _x: Any, *, dim: tuple[int, ...]) -> Any:
    r"""$g - e^z \sum g$."""
    if not _fit(dim, z, g):
        return log_softmax_over.default.rule.functions[0](g, z, None, dim=dim)
    out = np.empty_like(z)
    arriving, rows, results = as_rows(g, z, out)

    def block(at: slice) -> None:
        exps = np.exp(rows[at], out=results[at])
        np.multiply(exps, _sums(arriving[at]), out=exps)
        np.subtract(arriving[at], exps, out=exps)

    with np.errstate(all="ignore"):
        each_block(block, rows)
    return out


defvjp(fast_softmax_over, _softmax_vjp)
defvjp(fast_log_softmax_over, _log_softmax_vjp)


@implementation("fast", class_entropy)
def fast_class_entropy(input: Any, target: Any, *, label_smoothing: float) -> Any:
    """See `class_entropy`."""
    if input.ndim != 2 or not fit(input):
        return class_entropy.default.kernel(input, target, label_smoothing=label_smoothing)
    out = np.empty(len(input), input.dtype)
    evenly = label_smoothing / input.shape[1]

    def block(at: slice) -> None:
        scores = workers.scratch_like(input[at], 0)
        np.subtract(input[at], largest(input[at], (1,)), out=scores)
        right = scores[np.arange(len(scores)), target[at]] * (1.0 - label_smoothing)
        if label_smoothing:
            right += evenly * _sums(scores)[:, 0]
        np.subtract(np.log(_sums(np.exp(scores, out=scores))[:, 0]), right, out=out[at])

    with np.errstate(all="ignore"):
        each_block(block, input)
    return out


@implementation("fast", softmax_error)
def fast_softmax_error(input: Any, target: Any, scale: Any, *, label_smoothing: float) -> Any:
    """See `softmax_error`."""
    if input.ndim != 2 or not fit(input) or scale.dtype != input.dtype:
        return softmax_error.default.kernel(input, target, scale, label_smoothing=label_smoothing)
    out = np.empty_like(input)

    def block(at: slice) -> None:
        # Everything here is multiplied by the sum, until it is divided by it with the scale.
        exps = _exponentials(input[at], out[at])
        total = _sums(exps)
        if label_smoothing:
            np.subtract(exps, label_smoothing / input.shape[1] * total, out=exps)
        exps[np.arange(len(exps)), target[at]] -= (1.0 - label_smoothing) * total[:, 0]
        np.multiply(exps, scale[at, None] / total, out=exps)

    with np.errstate(all="ignore"):
        each_block(block, input)
    return out


def _fit(dim: tuple[int, ...], *arrays: Any) -> bool:
    return fit(*arrays) and dim == (arrays[0].ndim - 1,)


def _exponentials(rows: np.ndarray, out: np.ndarray) -> Any:
    """Of how far each number lies below the largest of its row."""
    np.subtract(rows, largest(rows, (1,)), out=out)
    return np.exp(out, out=out)


def _sums(rows: np.ndarray) -> Any:
    """Of each row, (N, 1): a product with ones is quicker than a sum."""
    return (rows @ np.ones(rows.shape[1], rows.dtype))[:, None]


def _products(a: np.ndarray, b: np.ndarray) -> Any:
    """Of each row with its partner, (N, 1)."""
    return np.vecdot(a, b)[:, None]
