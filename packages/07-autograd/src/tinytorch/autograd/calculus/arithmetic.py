"""Derivatives of arithmetic."""

from __future__ import annotations

from typing import Any

from tinytorch.autograd.rules import defvjp
from tinytorch.tensor.arithmetic import (
    abs,
    add,
    div,
    floor_divide,
    lerp,
    mul,
    neg,
    pow,
    remainder,
    sign,
    square,
    sub,
)
from tinytorch.tensor.comparison import where
from tinytorch.tensor.elementary import log
from tinytorch.tensor.masking import keep_where, zeros_as


def _pow_by_base(g: Any, _z: Any, x: Any, y: Any) -> Any:
    if isinstance(y, int | float):
        return g * (y * x ** (y - 1)) if y else zeros_as(g)
    constant = y == 0  # whose derivative is 0 even at x = 0
    return keep_where(g * (y * x ** where(constant, 1.0, y - 1)), y)


def _pow_by_exponent(g: Any, z: Any, x: Any, y: Any) -> Any:
    if isinstance(x, int | float):
        slope = z * float(log(x))
        return g * (slope if x else keep_where(slope, y < 0))
    nothing = (x == 0) & (y >= 0)  # the power stays 0, however its exponent moves
    return g * where(nothing, 0.0, z * log(where(nothing, 1.0, x)))


defvjp(add, lambda g, _z, _x, _y: g, lambda g, _z, _x, _y: g)
defvjp(sub, lambda g, _z, _x, _y: g, lambda g, _z, _x, _y: -g)
defvjp(mul, lambda g, _z, _x, y: g * y, lambda g, _z, x, _y: g * x)
defvjp(div, lambda g, _z, _x, y: g / y, lambda g, z, _x, y: -g * z / y)
defvjp(floor_divide, lambda g, _z, _x, _y: zeros_as(g), lambda g, _z, _x, _y: zeros_as(g))
defvjp(remainder, lambda g, _z, _x, _y: g, lambda g, _z, x, y: -g * floor_divide(x, y))
defvjp(pow, _pow_by_base, _pow_by_exponent)
defvjp(neg, lambda g, _z, _x: -g)
defvjp(abs, lambda g, _z, x: g * sign(x))
defvjp(sign, lambda g, _z, _x: zeros_as(g))
defvjp(square, lambda g, _z, x: g * (2.0 * x))
defvjp(
    lerp,
    lambda g, _z, _x, _y, w: g * (1.0 - w),
    lambda g, _z, _x, _y, w: g * w,
    lambda g, _z, x, y, _w: g * (y - x),
)
