"""Derivatives of choices: the gradient goes to whatever was chosen."""

from __future__ import annotations

from typing import Any

from tinytorch.autograd.rules import defvjp
from tinytorch.tensor.comparison import clamp, maximum, minimum, where


def _clamp(g: Any, _z: Any, x: Any, low: Any, high: Any) -> Any:
    if low is None:
        return g * (x <= high)
    return g * (x >= low) if high is None else g * ((x >= low) & (x <= high))


def _clamp_low(g: Any, _z: Any, x: Any, low: Any, high: Any) -> Any:
    return g * (x < low) if high is None else g * ((x < low) & (low < high))


def _clamp_high(g: Any, _z: Any, x: Any, low: Any, high: Any) -> Any:
    return g * (x > high) if low is None else g * ((x > high) | (high < low))


defvjp(clamp, _clamp, _clamp_low, _clamp_high)

# Equals share, so that the gradients of both inputs always add up to g.
defvjp(
    maximum,
    lambda g, _z, x, y: g * (x > y) + 0.5 * g * (x == y),
    lambda g, _z, x, y: g * (y > x) + 0.5 * g * (x == y),
)
defvjp(
    minimum,
    lambda g, _z, x, y: g * (x < y) + 0.5 * g * (x == y),
    lambda g, _z, x, y: g * (y < x) + 0.5 * g * (x == y),
)

# Not a product with the mask: 0 · inf is nan.
defvjp(
    where,
    lambda _g, _z, _condition, _x, _y: None,
    lambda g, _z, condition, _x, _y: where(condition, g, 0.0),
    lambda g, _z, condition, _x, _y: where(condition, 0.0, g),
)
