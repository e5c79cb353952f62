"""The rectifier, and its rule's choice of numbers by a mask."""

import numpy as np

from tinytorch.activations import relu
from tinytorch.tensor.masking import keep_where

ODD = np.float64([[1.0, -1.0, 0.0, -0.0], [np.nan, np.inf, -np.inf, 2.0]])
RNG = np.random.default_rng(0)
MANY = RNG.normal(size=(6, 8, 64, 64)) * RNG.integers(0, 2, (6, 8, 64, 64))  # half of them 0
MANY_ODD = np.where(RNG.integers(0, 9, MANY.shape), MANY, np.nan)

CASES = [
    (relu, [(2, 3, 4)], {}),
    (relu, [()], {}),
    (relu, [(0, 3)], {}),
    (relu, [ODD], {}),
    (relu, [np.array([-2, 0, 3])], {}),
    (relu, [MANY], {}, {"large": True}),
    (relu, [MANY_ODD], {}, {"large": True}),
    (relu, [(400_001,)], {}, {"large": True}),
    (keep_where, [(2, 4), ODD], {}),
    (keep_where, [ODD, ODD[::-1] > 0], {}),
    (keep_where, [(2, 4), ODD[0]], {}),
    (keep_where, [(0, 4), (0, 4)], {}),
    (keep_where, [(6, 8, 64, 64), MANY], {}, {"large": True}),
    (keep_where, [MANY_ODD, MANY], {}, {"large": True}),
    (keep_where, [(6, 8, 64, 64), MANY > 0], {}, {"large": True, "usual": True}),
    (keep_where, [(6, 8, 64, 64), MANY[0, 0]], {}, {"large": True, "usual": True}),
]
