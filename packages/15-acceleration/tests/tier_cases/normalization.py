"""Normalisation over the batch and in groups, and by known statistics."""

import numpy as np

from tinytorch.spatial.normalizing import affine_map, normalize

BATCH = {"groups": None, "eps": 1e-5}
EQUAL = np.full((2, 2, 3, 3), 0.1)  # a variance of 0
ODD = np.linspace(-1, 1, 24).reshape(2, 3, 2, 2)
ODD[0, 0, 0, 0], ODD[1, 2, 1, 1] = np.inf, np.nan

CASES = [
    (normalize, [(4, 3, 2, 3), (3,), (3,)], BATCH),
    (normalize, [(4, 3), (3,), (3,)], BATCH),
    (normalize, [(4, 2, 3), None, None], BATCH),
    (normalize, [(4, 2, 3), (2,), None], BATCH),
    (normalize, [(4, 2, 3), None, (2,)], BATCH),
    (normalize, [(0, 2, 3), (2,), (2,)], BATCH),
    (normalize, [EQUAL, (2,), (2,)], BATCH),
    (normalize, [ODD, (3,), (3,)], BATCH),
    (normalize, [(2, 4, 3, 2), (4,), (4,)], {"groups": 2, "eps": 0.1}),
    (normalize, [(2, 4, 3), None, (4,)], {"groups": 4, "eps": 1e-5}),
    (normalize, [(3, 4), (4,), None], {"groups": 1, "eps": 1e-5}),
    (normalize, [(0, 2, 3), (2,), (2,)], {"groups": 2, "eps": 1e-5}),
    (normalize, [(9, 8, 64, 64), (8,), (8,)], BATCH, {"large": True}),
    (normalize, [(9, 8, 64, 64), None, None], BATCH, {"large": True}),
    (normalize, [(9, 8, 64, 64), None, (8,)], BATCH, {"large": True}),
    (normalize, [(9, 7, 61, 53), (7,), None], BATCH, {"large": True}),
    (affine_map, [(2, 3, 2, 2), (3, 1, 1), (3, 1, 1)], {}),
    (affine_map, [(2, 3), (3,), ()], {}),
    (affine_map, [(2, 3), 2.0, -1.0], {}),
    (affine_map, [(3,), (2, 3), (3,)], {}),
    (affine_map, [(0, 3), (3,), (3,)], {}),
    (affine_map, [ODD, (3, 1, 1), (3, 1, 1)], {}),
    (affine_map, [(9, 8, 64, 64), (8, 1, 1), (8, 1, 1)], {}, {"large": True}),
    (affine_map, [(9, 8, 64, 64), (64,), (9, 1, 1, 1)], {}, {"large": True, "usual": True}),
    (affine_map, [(9, 8, 64, 64), 2.0, -1.0], {}, {"large": True, "usual": True}),
]
