"""Derivatives of elementary functions."""

from __future__ import annotations

import math

from tinytorch.autograd.rules import defvjp
from tinytorch.tensor.elementary import (
    ceil,
    cos,
    exp,
    expm1,
    floor,
    log,
    log1p,
    log2,
    log10,
    reciprocal,
    round,
    rsqrt,
    sin,
    sqrt,
    tan,
    tanh,
    trunc,
)
from tinytorch.tensor.erf import erf
from tinytorch.tensor.masking import zeros_as

LN_2 = math.log(2.0)
LN_10 = math.log(10.0)
TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)

defvjp(exp, lambda g, z, _x: g * z)
defvjp(expm1, lambda g, z, _x: g * (z + 1.0))
defvjp(log, lambda g, _z, x: g / x)
defvjp(log1p, lambda g, _z, x: g / (x + 1.0))
defvjp(log2, lambda g, _z, x: g / (x * LN_2))
defvjp(log10, lambda g, _z, x: g / (x * LN_10))

defvjp(sqrt, lambda g, z, _x: g / (2.0 * z))
defvjp(rsqrt, lambda g, z, _x: -0.5 * g * z * z * z)
defvjp(reciprocal, lambda g, z, _x: -g * z * z)

defvjp(sin, lambda g, _z, x: g * cos(x))
defvjp(cos, lambda g, _z, x: -g * sin(x))
defvjp(tan, lambda g, z, _x: g * (1.0 + z * z))
defvjp(tanh, lambda g, z, _x: g * (1.0 - z * z))
defvjp(erf, lambda g, _z, x: g * (TWO_OVER_SQRT_PI * exp(-x * x)))

# Steps: flat wherever they have a derivative.
defvjp(floor, lambda g, _z, _x: zeros_as(g))
defvjp(ceil, lambda g, _z, _x: zeros_as(g))
defvjp(trunc, lambda g, _z, _x: zeros_as(g))
defvjp(round, lambda g, _z, _x, **_: zeros_as(g))
