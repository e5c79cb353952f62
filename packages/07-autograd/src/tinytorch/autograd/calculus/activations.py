"""Derivatives of activations."""

from __future__ import annotations

import math
from typing import Any

from tinytorch.activations.gates import gelu, hardswish, mish, silu
from tinytorch.activations.rectifiers import (
    exponential_rectifier,
    leaky_rectifier,
    relu,
    soft_rectifier,
    softplus,
)
from tinytorch.activations.saturating import sigmoid
from tinytorch.activations.scores import log_softmax_over, softmax_over
from tinytorch.autograd.rules import defvjp
from tinytorch.tensor import logical_not
from tinytorch.tensor.elementary import exp, tanh
from tinytorch.tensor.erf import erf
from tinytorch.tensor.masking import keep_where
from tinytorch.tensor.reductions import reduce_sum

SQRT_HALF = math.sqrt(0.5)
SQRT_2_OVER_PI = math.sqrt(2.0 / math.pi)
ONE_OVER_SQRT_2_PI = 1.0 / math.sqrt(2.0 * math.pi)


def _gelu(g: Any, _z: Any, x: Any, *, approximate: str) -> Any:
    if approximate == "none":
        normal = exp(-0.5 * (x * x)) * ONE_OVER_SQRT_2_PI
        return g * (0.5 * (1.0 + erf(x * SQRT_HALF)) + x * normal)
    s = 0.044715 * (x * x)
    t = tanh(SQRT_2_OVER_PI * (x * (1.0 + s)))
    slope = SQRT_2_OVER_PI * (1.0 + 3.0 * s)
    return g * (0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * slope)


def _silu(g: Any, _z: Any, x: Any) -> Any:
    s = sigmoid(x)
    return g * (s * (1.0 + x * (1.0 - s)))


def _mish(g: Any, _z: Any, x: Any) -> Any:
    t = tanh(softplus(x))
    return g * (t + x * sigmoid(x) * (1.0 - t * t))


def _either(mask: Any, x: Any, y: Any) -> Any:
    """The first where the mask is true, else the second: faster than `where`."""
    return keep_where(x, mask) + keep_where(y, logical_not(mask))


def _leaky(g: Any, _z: Any, x: Any, *, negative_slope: float) -> Any:
    return _either(x > 0.0, g, negative_slope * g)


def _elu(g: Any, _z: Any, x: Any, *, alpha: float) -> Any:
    return _either(x <= 0.0, g * (alpha * exp(x)), g)


def _softplus(g: Any, _z: Any, x: Any, *, beta: float, threshold: float) -> Any:
    x = x * beta
    return _either(x > threshold, g, g * sigmoid(x))


def _hardswish(g: Any, _z: Any, x: Any) -> Any:
    bend = keep_where(g * (x / 3.0 + 0.5), x > -3.0)
    return _either(x < 3.0, bend, g)


# Rectifiers
defvjp(relu, lambda g, z, _x: keep_where(g, z))
defvjp(leaky_rectifier, _leaky)
defvjp(exponential_rectifier, _elu)
defvjp(soft_rectifier, _softplus)

# Saturating
defvjp(sigmoid, lambda g, z, _x: g * (z * (1.0 - z)))

# Gates
defvjp(silu, _silu)
defvjp(gelu, _gelu)
defvjp(hardswish, _hardswish)
defvjp(mish, _mish)

# Scores
defvjp(softmax_over, lambda g, z, _x, *, dim: z * (g - reduce_sum(g * z, dim=dim, keepdim=True)))
defvjp(log_softmax_over, lambda g, z, _x, *, dim: g - exp(z) * reduce_sum(g, dim=dim, keepdim=True))
