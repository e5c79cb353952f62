"""Normalisation: over the batch, in groups, and by known statistics."""

import numpy as np

from tinytorch.spatial.normalizing import affine_map, normalize

STRIDED = np.linspace(-1, 2, 48).reshape(2, 4, 3, 2).T ** 2  # (2, 3, 4, 2), not contiguous
BATCH = {"groups": None, "eps": 1e-5}

CASES = [
    (normalize, [(3, 2, 2, 2), (2,), (2,)], BATCH),
    (normalize, [(4, 3), (3,), (3,)], BATCH),
    (normalize, [(4, 2, 3), None, None], BATCH),
    (normalize, [(4, 2, 3), (2,), None], BATCH),
    (normalize, [(4, 2, 3), None, (2,)], BATCH),
    (normalize, [(4, 2, 3), np.array([0.0, 1.0]), (2,)], BATCH),
    (normalize, [(0, 2, 3), (2,), (2,)], BATCH),
    (normalize, [(2, 2, 0), (2,), (2,)], BATCH),
    (normalize, [STRIDED, (3,), (3,)], {"groups": None, "eps": 0.1}),
    (normalize, [(2, 4, 3), (4,), (4,)], {"groups": 2, "eps": 1e-5}),
    (normalize, [(2, 4, 3), None, None], {"groups": 2, "eps": 1e-5}),
    (normalize, [(2, 4), (4,), (4,)], {"groups": 1, "eps": 1e-5}),
    (normalize, [(2, 2, 3), (2,), None], {"groups": 2, "eps": 1e-5}),
    (normalize, [STRIDED, None, (3,)], {"groups": 3, "eps": 0.1}),
    (normalize, [(0, 2, 3), (2,), (2,)], {"groups": 2, "eps": 1e-5}),
    (affine_map, [(2, 3, 2, 2), (3, 1, 1), (3, 1, 1)], {}),
    (affine_map, [(2, 3), (3,), (3,)], {}),
    (affine_map, [(0, 3), (3,), (3,)], {}),
]
