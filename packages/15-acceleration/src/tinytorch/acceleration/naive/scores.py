r"""Softmax, one number at a time: $e^{x_i} / \sum_j e^{x_j}$, with the greatest taken off first."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from tinytorch.acceleration.tiers import implementation
from tinytorch.activations.scores import log_softmax_over, softmax_over


@implementation("naive", softmax_over)
def naive_softmax_over(input: np.ndarray, *, dim: tuple[int, ...]) -> np.ndarray:
    """See `softmax_over`."""
    out = np.empty_like(input)
    for line, found in _lines(input, out, dim):
        exps = exponentials(line)
        total = sum(exps)
        found[...] = [e / total for e in exps]
    return out


@implementation("naive", log_softmax_over)
def naive_log_softmax_over(input: np.ndarray, *, dim: tuple[int, ...]) -> np.ndarray:
    """See `log_softmax_over`."""
    out = np.empty_like(input)
    for line, found in _lines(input, out, dim):
        top = greatest(line)
        log_total = np.log(sum(exponentials(line)))
        found[...] = [x - top - log_total for x in line]
    return out


def greatest(numbers: list[float]) -> float:
    """The greatest of them; nan if one is nan, and -inf if there are none."""
    return next((x for x in numbers if x != x), max(numbers, default=-math.inf))


def exponentials(numbers: list[float]) -> list[float]:
    """Of how far each number lies below the greatest."""
    top = greatest(numbers)
    return [math.exp(x - top) for x in numbers]


def _lines(
    input: np.ndarray, out: np.ndarray, dim: tuple[int, ...]
) -> Iterator[tuple[list[float], np.ndarray]]:
    """The numbers along a dimension, and where the results go; one line after the other."""
    if not dim:  # a number without dimensions is a line by itself
        input, out, dim = input[None], out[None], (0,)
    numbers, results = np.moveaxis(input, dim, -1), np.moveaxis(out, dim, -1)
    for place in np.ndindex(numbers.shape[:-1] if numbers.size else 0):
        yield numbers[place].tolist(), results[place]
