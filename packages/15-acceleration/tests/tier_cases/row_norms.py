"""Layer norm and RMS norm."""

import numpy as np

from tinytorch.transformers.normalizing import scale_to_one, standardize

EPS = {"eps": 1e-5}
FAR = np.random.default_rng(0).normal(30.0, 1.0, (600, 700))  # as of rows with a large mean
ODD = np.linspace(-1, 1, 24).reshape(4, 6)
ODD[0, 0], ODD[1, 5], ODD[2] = np.inf, np.nan, 0.25
MANY_ODD = np.random.default_rng(1).normal(size=(4099, 101))
MANY_ODD[5, 7], MANY_ODD[6, 0], MANY_ODD[7] = np.inf, np.nan, 0.1

CASES = [
    (standardize, [(4, 6), (6,), (6,)], EPS),
    (standardize, [(2, 3, 6), None, None], EPS),
    (standardize, [(3, 6), (6,), None], EPS),
    (standardize, [(3, 6), None, (6,)], EPS),
    (standardize, [(0, 6), (6,), (6,)], EPS),
    (standardize, [(2, 0), (0,), (0,)], EPS),
    (standardize, [(6,), (6,), (6,)], {"eps": 0.1}),
    (standardize, [ODD, (6,), (6,)], EPS),
    (standardize, [(4099, 101), (101,), (101,)], EPS, {"large": True}),
    (standardize, [(4099, 101), None, None], EPS, {"large": True}),
    (standardize, [(4099, 101), None, (101,)], EPS, {"large": True}),
    (standardize, [(4099, 101), (101,), None], {"eps": 0.1}, {"large": True}),
    (standardize, [FAR, (700,), (700,)], EPS, {"large": True}),
    (standardize, [MANY_ODD, (101,), (101,)], EPS, {"large": True}),
    (scale_to_one, [(4, 6), (6,)], EPS),
    (scale_to_one, [(2, 3, 6), None], EPS),
    (scale_to_one, [(0, 6), (6,)], EPS),
    (scale_to_one, [(2, 0), None], EPS),
    (scale_to_one, [(6,), (6,)], {"eps": 0.1}),
    (scale_to_one, [ODD, (6,)], EPS),
    (scale_to_one, [(4099, 101), (101,)], EPS, {"large": True}),
    (scale_to_one, [(4099, 101), None], EPS, {"large": True}),
    (scale_to_one, [MANY_ODD, (101,)], EPS, {"large": True}),
]
