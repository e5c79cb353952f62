"""TinyTorch 04: build networks out of modules whose parameters have names.

Loose weight arrays can't be listed, saved or moved. A `Module` has parameters and other modules as
its attributes, and can go through all of them: give each a path such as `0.weight`, hand them to an
optimiser, write them to a state and read them back. A layer is a module with a `forward`; a model
is a module made of modules.

Read `parameter.py`, then `module.py` and `tree.py`, then `linear.py`.
"""

from tinytorch.layers import init
from tinytorch.layers.activation import (
    ELU,
    GELU,
    Hardswish,
    LeakyReLU,
    LogSoftmax,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from tinytorch.layers.containers import ModuleDict, ModuleList, Sequential
from tinytorch.layers.dropout import Dropout, dropout
from tinytorch.layers.linear import Linear, linear
from tinytorch.layers.module import Module
from tinytorch.layers.parameter import Parameter
from tinytorch.layers.shaping import Flatten, Identity
from tinytorch.layers.summary import summary

__version__ = "0.1.0"

__all__ = [
    "Parameter",
    "Module",
    "Linear",
    "linear",
    "Sequential",
    "ModuleList",
    "ModuleDict",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "GELU",
    "SiLU",
    "Sigmoid",
    "Tanh",
    "Softplus",
    "Hardswish",
    "Mish",
    "Softmax",
    "LogSoftmax",
    "Dropout",
    "dropout",
    "Flatten",
    "Identity",
    "init",
    "summary",
]
