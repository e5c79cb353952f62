"""Normalisation of rows: to mean 0 and variance 1, and to a mean square of 1."""

import numpy as np

from tinytorch.transformers.normalizing import scale_to_one, standardize

STRIDED = np.linspace(-1, 2, 24).reshape(4, 3, 2).T ** 2  # (2, 3, 4), not contiguous
EPS = {"eps": 1e-5}

CASES = [
    (standardize, [(3, 4), (4,), (4,)], EPS),
    (standardize, [(2, 3, 5), (5,), (5,)], EPS),
    (standardize, [(3, 4), None, None], EPS),
    (standardize, [(3, 4), (4,), None], EPS),
    (standardize, [(3, 4), None, (4,)], EPS),
    (standardize, [(4,), (4,), (4,)], {"eps": 0.5}),
    (standardize, [(130, 2), (2,), (2,)], {"eps": 0.1}),  # sums in runs, and a rest
    (standardize, [(3, 4), np.array([0.0, 1.0, -2.0, 3.0]), (4,)], EPS),
    (standardize, [STRIDED, (4,), (4,)], {"eps": 0.1}),
    (standardize, [(3, 1), (1,), (1,)], {"eps": 0.1}),
    (standardize, [(0, 4), (4,), (4,)], EPS),
    (standardize, [(3, 0), (0,), (0,)], EPS),
    (scale_to_one, [(3, 4), (4,)], EPS),
    (scale_to_one, [(2, 3, 5), (5,)], EPS),
    (scale_to_one, [(3, 4), None], EPS),
    (scale_to_one, [(4,), (4,)], {"eps": 0.5}),
    (scale_to_one, [(130, 2), (2,)], {"eps": 0.1}),
    (scale_to_one, [(3, 4), np.array([0.0, 1.0, -2.0, 3.0])], EPS),
    (scale_to_one, [STRIDED, (4,)], {"eps": 0.1}),
    (scale_to_one, [(3, 1), (1,)], {"eps": 0.1}),
    (scale_to_one, [(0, 4), (4,)], EPS),
    (scale_to_one, [(3, 0), (0,)], EPS),
]
