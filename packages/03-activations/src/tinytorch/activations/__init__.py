"""Stacked linear maps are still one linear map.

However many matrices stand one behind the other, their product is one matrix, and a network made
of nothing else separates only what one straight cut separates. What makes depth count is a bend
between the layers. This package holds the bends: those that cut off (`relu` and its kin), those
that level off (`sigmoid`, `tanh`), the smooth gates of today's networks (`gelu`, `silu`,
`mish`), and `softmax`, which turns scores into probabilities. They are functions;
`tinytorch.layers` makes layers of them, and their derivatives stand in `tinytorch.autograd`.

Read `tinytorch.tensor` before this, `tinytorch.layers` next.
"""

from tinytorch.activations.gates import gelu, hardswish, mish, silu
from tinytorch.activations.rectifiers import elu, leaky_relu, relu, softplus
from tinytorch.activations.saturating import sigmoid
from tinytorch.activations.scores import log_softmax, softmax
from tinytorch.tensor import tanh

__all__ = [
    "relu",
    "leaky_relu",
    "elu",
    "softplus",
    "sigmoid",
    "tanh",
    "silu",
    "gelu",
    "hardswish",
    "mish",
    "softmax",
    "log_softmax",
]

__version__ = "0.1.0"
