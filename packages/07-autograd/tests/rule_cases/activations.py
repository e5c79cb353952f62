"""Activations, on both sides of their bends and far out on each."""

import numpy as np

from tinytorch.activations import gelu, hardswish, mish, relu, sigmoid, silu
from tinytorch.activations.rectifiers import (
    exponential_rectifier,
    leaky_rectifier,
    soft_rectifier,
)
from tinytorch.activations.scores import log_softmax_over, softmax_over

WIDE = np.array([[-30.0, -4.0, -2.9, -1.0, -0.3], [0.3, 1.0, 2.9, 4.0, 30.0]])
SCORES = np.linspace(-3.0, 3.0, 24).reshape(2, 3, 4) ** 3 / 9.0

CASES = [
    *(
        (function, [x], settings)
        for function, settings in (
            (relu, {}),
            (leaky_rectifier, {"negative_slope": 0.01}),
            (leaky_rectifier, {"negative_slope": 2.5}),
            (leaky_rectifier, {"negative_slope": -0.5}),
            (exponential_rectifier, {"alpha": 1.0}),
            (exponential_rectifier, {"alpha": 0.3}),
            (soft_rectifier, {"beta": 1.0, "threshold": 20.0}),
            (soft_rectifier, {"beta": 2.0, "threshold": 40.0}),
            (sigmoid, {}),
            (silu, {}),
            (gelu, {"approximate": "none"}),
            (gelu, {"approximate": "tanh"}),
            (hardswish, {}),
            (mish, {}),
        )
        for x in (WIDE, WIDE.T, np.array(0.7), np.zeros((0, 2)))
    ),
    *(
        (function, [x], {"dim": dim})
        for function in (softmax_over, log_softmax_over)
        for x, dim in (
            (SCORES, (2,)),
            (SCORES, (1,)),
            (SCORES.T, (0,)),
            (np.array(0.7), ()),
            (np.zeros((0, 3)), (1,)),
            (np.zeros((3, 0)), (1,)),
        )
    ),
]
