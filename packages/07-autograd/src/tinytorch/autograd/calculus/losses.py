"""Derivatives of the losses: softmax and sigmoid, less the target."""

from __future__ import annotations

from typing import Any

from tinytorch.activations.saturating import sigmoid
from tinytorch.activations.scores import softmax_over
from tinytorch.autograd.rules import defvjp
from tinytorch.losses.binary import bernoulli_entropy, log_sigmoid, logistic_entropy
from tinytorch.losses.classes import (
    class_entropy,
    pick_class,
    place_class,
    softmax_error,
    weighted_mean,
)
from tinytorch.losses.distances import x_log_x
from tinytorch.losses.regression import huber
from tinytorch.tensor.comparison import clamp
from tinytorch.tensor.elementary import log
from tinytorch.tensor.reductions import reduce_sum
from tinytorch.tensor.shape import spread


def _none(*_: Any, **__: Any) -> None:
    """Of classes, which are integers."""


def _error_by_input(g: Any, _z: Any, x: Any, _target: Any, scale: Any, **_: Any) -> Any:
    p = softmax_over(x, dim=(1,))
    g = g * spread(scale, shape=x.shape, dim=(1,), keepdim=False)
    return p * (g - reduce_sum(g * p, dim=(1,), keepdim=True))


def _error_by_scale(
    g: Any, _z: Any, x: Any, target: Any, _scale: Any, *, label_smoothing: float
) -> Any:
    p = softmax_over(x, dim=(1,)) - label_smoothing / x.shape[1]
    right = (1.0 - label_smoothing) * pick_class(g, target)
    return reduce_sum(g * p, dim=(1,), keepdim=False) - right


# Classes
defvjp(class_entropy, lambda g, _z, x, target, **s: softmax_error(x, target, g, **s), _none)
defvjp(softmax_error, _error_by_input, _none, _error_by_scale)
defvjp(pick_class, lambda g, _z, x_shape, target: place_class(g, target, classes=x_shape[1]), _none)
defvjp(place_class, lambda g, _z, _x, target, *, classes: pick_class(g, target), _none)
defvjp(weighted_mean, lambda g, _z, _x, w: g / w, lambda g, z, _x, w: -(g * z) / w)

# Yes or no; at p = 0 and p = 1 as in PyTorch
defvjp(
    bernoulli_entropy,
    lambda g, _z, p, y: g * ((p - y) / clamp(p * (1.0 - p), 1e-12)),
    lambda g, _z, p, _y: g * (log(1.0 - p) - log(p)),
)
defvjp(
    logistic_entropy,
    lambda g, _z, x, y: g * ((1.0 - y) * sigmoid(x) - y * sigmoid(-x)),
    lambda g, _z, x, _y: -(g * x),
)
defvjp(log_sigmoid, lambda g, _z, x: g * sigmoid(-x))

# Distances
defvjp(huber, lambda g, _z, x, *, delta: g * clamp(x, -delta, delta))
defvjp(x_log_x, lambda g, _z, x: g * (log(x) + 1.0))
