"""Derivatives of choices: the gradient goes to whatever was chosen."""

from __future__ import annotations

from typing import Any

from tinytorch.autograd.rules import defvjp
from tinytorch.tensor import logical_not
from tinytorch.tensor.comparison import clamp, maximum, minimum, where
from tinytorch.tensor.masking import keep_where, zeros_as


def _clamp(g: Any, _z: Any, x: Any, low: Any, high: Any) -> Any:
    if low is None:
        return keep_where(g, x <= high)
    return keep_where(g, x >= low if high is None else (x >= low) & (x <= high))


def _clamp_low(g: Any, _z: Any, x: Any, low: Any, high: Any) -> Any:
    return keep_where(g, x < low if high is None else (x < low) & (low < high))


def _clamp_high(g: Any, _z: Any, x: Any, low: Any, high: Any) -> Any:
    return keep_where(g, x > high if low is None else (x > high) | (high < low))


def _halves(g: Any, beaten: Any, matched: Any) -> Any:
    """One half unless another was better, the other half unless another was as good."""
    half = 0.5 * g
    return keep_where(half, logical_not(beaten)) + keep_where(half, logical_not(matched))


defvjp(clamp, _clamp, _clamp_low, _clamp_high)

# Equals share, so that the gradients of both inputs always add up to g; beside nan both get all.
defvjp(
    maximum,
    lambda g, _z, x, y: _halves(g, x < y, x <= y),
    lambda g, _z, x, y: _halves(g, y < x, y <= x),
)
defvjp(
    minimum,
    lambda g, _z, x, y: _halves(g, x > y, x >= y),
    lambda g, _z, x, y: _halves(g, y > x, y >= x),
)

defvjp(
    where,
    lambda _g, _z, _condition, _x, _y: None,
    lambda g, _z, condition, _x, _y: keep_where(g, condition),
    lambda g, _z, condition, _x, _y: keep_where(g, logical_not(condition)),
)
defvjp(
    keep_where,
    lambda g, _z, _x, mask: keep_where(g, mask),
    lambda _g, _z, _x, _mask: None,
)
defvjp(zeros_as, lambda g, _z, _x: zeros_as(g))
