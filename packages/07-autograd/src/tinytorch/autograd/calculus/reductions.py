"""Derivatives of reductions: `spread` repeats a gradient to the shape of what was reduced."""

from __future__ import annotations

import math
from typing import Any

from tinytorch.autograd.rules import defvjp
from tinytorch.tensor.arithmetic import abs, sign
from tinytorch.tensor.cumulative import cumulative_prod, cumulative_sum
from tinytorch.tensor.elementary import exp
from tinytorch.tensor.extremes import reduce_max, reduce_min
from tinytorch.tensor.joining import concatenate, reassembled, split_by
from tinytorch.tensor.masking import keep_where, zeros_as
from tinytorch.tensor.norms import log_sum_exp, vector_norm
from tinytorch.tensor.reductions import (
    reduce_mean,
    reduce_prod,
    reduce_sum,
    standard_deviation,
    variance,
)
from tinytorch.tensor.shape import cast, spread
from tinytorch.tensor.summation import count

Dims = tuple[int, ...]


def _mean(g: Any, _z: Any, x_shape: Dims, dim: Dims, keepdim: bool) -> Any:
    n = count(x_shape, dim)
    return spread(g / n if n else g, shape=x_shape, dim=dim, keepdim=keepdim)


defvjp(reduce_sum, lambda g, _z, x_shape, **over: spread(g, shape=x_shape, **over))
defvjp(reduce_mean, _mean)


# --- spread: d var / d x = 2 (x - mean) / (n - c), and d sqrt(v) = dv / 2 sqrt(v)


def _distances(x: Any, dim: Dims, correction: float) -> Any:
    """The distances from the mean, divided by n - c."""
    n = count(x.shape, dim) - correction
    return (x - reduce_mean(x, dim=dim, keepdim=True)) * (1 / n if n > 0 else math.nan)


def _variance(g: Any, _z: Any, x: Any, dim: Dims, keepdim: bool, correction: float) -> Any:
    return spread(2.0 * g, shape=x.shape, dim=dim, keepdim=keepdim) * _distances(x, dim, correction)


def _deviation(g: Any, z: Any, x: Any, dim: Dims, keepdim: bool, correction: float) -> Any:
    slope = keep_where(g / (z + (z == 0)), z)  # 0 where all elements are equal
    return spread(slope, shape=x.shape, dim=dim, keepdim=keepdim) * _distances(x, dim, correction)


defvjp(variance, _variance)
defvjp(standard_deviation, _deviation)


# --- extremes: equal ones share the gradient


def shared(g: Any, z: Any, x: Any, dim: Dims, keepdim: bool) -> Any:
    """The gradient of an element that was chosen, in equal parts to all that equal it."""
    chosen = (x == spread(z, shape=x.shape, dim=dim, keepdim=keepdim)) | (
        x != x
    )  # NaN, if any, was chosen
    chosen = cast(chosen, dtype=x.dtype)
    each = g / reduce_sum(chosen, dim=dim, keepdim=keepdim)
    return chosen * spread(each, shape=x.shape, dim=dim, keepdim=keepdim)


defvjp(reduce_max, shared)
defvjp(reduce_min, shared)


# --- norms


def _log_sum_exp(g: Any, z: Any, x: Any, **over: Any) -> Any:
    return spread(g, shape=x.shape, **over) * exp(x - spread(z, shape=x.shape, **over))


def _norm(g: Any, z: Any, x: Any, p: float, **over: Any) -> Any:
    if p == 0:
        return spread(zeros_as(g), shape=x.shape, **over)
    if p == 1:
        return spread(g, shape=x.shape, **over) * sign(x)
    if math.isinf(p):
        return shared(g, z, abs(x), **over) * sign(x)
    z = z + (z == 0)  # where x is 0 too, and so is this subgradient
    if p == 2:
        return spread(g / z, shape=x.shape, **over) * x
    ratio = (abs(x) + (x == 0)) / spread(z, shape=x.shape, **over)
    return spread(g, shape=x.shape, **over) * sign(x) * ratio ** (p - 1)


defvjp(log_sum_exp, _log_sum_exp)
defvjp(vector_norm, _norm)


# --- products, multiplied in a tree: dividing by an element would fail where it is 0


def _prod(g: Any, _z: Any, x: Any, dim: int, keepdim: bool) -> Any:
    """Multiply the first half by the second until one is left, then go back the same way."""
    halves = []
    while (n := x.shape[dim]) > 1:
        first, second, rest = split_by(x, lengths=(n // 2, n // 2, n % 2), dim=dim)
        halves.append((first, second))
        x = concatenate(first * second, rest, dim=dim)
    g = spread(g, shape=x.shape, dim=(dim,), keepdim=keepdim)
    for first, second in reversed(halves):
        n = first.shape[dim]
        of_product, rest = split_by(g, lengths=(n, g.shape[dim] - n), dim=dim)
        g = concatenate(of_product * second, of_product * first, rest, dim=dim)
    return g


def _cumulative_prod(g: Any, _z: Any, x: Any, dim: int) -> Any:
    """Multiply each element by the one 1, 2, 4, … places before it, then go back the same way."""
    n = x.shape[dim] if x.ndim else 1
    steps = []
    step = 1
    while step < n:
        head, later = split_by(x, lengths=(step, n - step), dim=dim)
        earlier, _ = split_by(x, lengths=(n - step, step), dim=dim)
        steps.append((step, earlier, later))
        x = concatenate(head, earlier * later, dim=dim)
        step *= 2
    for step, earlier, later in reversed(steps):
        of_head, of_product = split_by(g, lengths=(step, n - step), dim=dim)
        g = concatenate(of_head, of_product * earlier, dim=dim) + reassembled(
            of_product * later, None, lengths=(n - step, step), dim=dim
        )
    return g


defvjp(reduce_prod, _prod)
defvjp(cumulative_prod, _cumulative_prod)
defvjp(
    cumulative_sum,
    lambda g, _z, _x, dim, reverse: cumulative_sum(g, dim=dim, reverse=not reverse),
)
