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
from tinytorch.tensor.elementary import exp, tanh
from tinytorch.tensor.erf import erf
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


def _hardswish(g: Any, _z: Any, x: Any) -> Any:
    return g * (x >= 3.0) + g * (x / 3.0 + 0.5) * ((x > -3.0) & (x < 3.0))


def _softplus(g: Any, _z: Any, x: Any, *, beta: float, threshold: float) -> Any:
    x = x * beta
    linear = x > threshold
    return g * linear + g * sigmoid(x) * (linear ^ True)


def _elu(g: Any, z: Any, x: Any, *, alpha: float) -> Any:
    return g * (x > 0.0) + g * (z + alpha) * (x <= 0.0)


# Rectifiers
defvjp(relu, lambda g, z, _x: g * (z > 0.0))
defvjp(
    leaky_rectifier,
    lambda g, _z, x, *, negative_slope: g * (x > 0.0) + negative_slope * g * (x <= 0.0),
)
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
