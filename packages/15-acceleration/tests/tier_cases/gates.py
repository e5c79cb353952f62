"""GELU, exact and by tanh."""

import numpy as np

from tinytorch.activations import gelu

ODD = np.float64([[0.0, -0.0, 30.0, -30.0], [np.nan, np.inf, -np.inf, 1e-30]])
RNG = np.random.default_rng(0)
MANY_ODD = np.where(RNG.integers(0, 9, (6, 400, 400)), RNG.normal(size=(6, 400, 400)), np.nan)

CASES = [
    case
    for approximate in ("none", "tanh")
    for settings in [{"approximate": approximate}]
    for case in [
        (gelu, [(2, 3, 4)], settings),
        (gelu, [()], settings),
        (gelu, [(0, 3)], settings),
        (gelu, [ODD], settings),
        (gelu, [(6, 8, 128, 160)], settings, {"large": True}),
        (gelu, [MANY_ODD], settings, {"large": True}),
        (gelu, [(900_001,)], settings, {"large": True}),
    ]
]
