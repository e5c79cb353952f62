"""TinyTorch 06: update every parameter by one rule, and change the rule's rate as training goes on.

`w -= lr * g` by hand must be written for every weight, and is forgotten for one. An `Optimizer`
takes all parameters of a model and does it for each, with what the rule remembers of the past:
momentum, running averages. Schedules change the learning rate, clipping keeps gradients in bounds.
Nothing here computes a gradient: it reads `parameter.grad`, whoever filled it.

Read `sgd.py` first, then `optimizer.py`; the other rules are in order of complexity.
"""

from tinytorch.optim.adagrad import Adagrad
from tinytorch.optim.adam import Adam, AdamW
from tinytorch.optim.clipping import clip_grad_norm_, clip_grad_value_
from tinytorch.optim.lion import Lion
from tinytorch.optim.muon import Muon
from tinytorch.optim.one_cycle import OneCycleLR
from tinytorch.optim.optimizer import Optimizer
from tinytorch.optim.plateau import ReduceLROnPlateau
from tinytorch.optim.rmsprop import RMSprop
from tinytorch.optim.schedulers import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    StepLR,
)
from tinytorch.optim.sequential import SequentialLR
from tinytorch.optim.sgd import SGD

__version__ = "0.1.0"

__all__ = [
    "SGD",
    "Adagrad",
    "RMSprop",
    "Adam",
    "AdamW",
    "Lion",
    "Muon",
    "Optimizer",
    "LRScheduler",
    "LambdaLR",
    "StepLR",
    "MultiStepLR",
    "ExponentialLR",
    "LinearLR",
    "CosineAnnealingLR",
    "OneCycleLR",
    "SequentialLR",
    "ReduceLROnPlateau",
    "clip_grad_norm_",
    "clip_grad_value_",
]
