"""Products: of vectors, matrices and batches of them."""

import numpy as np

from tinytorch.layers.linear import linear
from tinytorch.tensor.products import matmul, transposed_matmul

CASES = [
    (matmul, [(3, 4), (4, 2)], {}),
    (matmul, [(4,), (4,)], {}),
    (matmul, [(3, 4), (4,)], {}),
    (matmul, [(4,), (4, 2)], {}),
    (matmul, [(4,), (3, 4, 2)], {}),
    (matmul, [(2, 3, 4), (4,)], {}),
    (matmul, [(2, 3, 4), (4, 2)], {}),
    (matmul, [(2, 1, 3, 4), (5, 4, 2)], {}),
    (matmul, [(1, 1), (1, 1)], {}),
    (matmul, [(0, 4), (4, 2)], {}),
    (matmul, [(3, 0), (0, 2)], {}),
    (matmul, [np.arange(6).reshape(2, 3), np.arange(3)], {}),
    (matmul, [np.eye(2, dtype=bool), np.ones((2, 2), bool)], {}),
    (matmul, [(500, 128), (128, 300)], {}, {"large": True}),
    (matmul, [(6, 100, 128), (128, 300)], {}, {"large": True}),
    (matmul, [(9, 60, 128), (9, 128, 300)], {}, {"large": True}),
    (matmul, [(3, 3, 60, 128), (3, 3, 128, 300)], {}, {"large": True}),
    (transposed_matmul, [(5, 3), (5, 2)], {}),
    (transposed_matmul, [(2, 5, 3), (2, 5, 2)], {}),
    (transposed_matmul, [(0, 3), (0, 2)], {}),
    (transposed_matmul, [(300, 500), (300, 128)], {}, {"large": True}),
    (linear, [(5, 3), (2, 3), (2,)], {}),
    (linear, [(5, 3), (2, 3), None], {}),
    (linear, [(2, 5, 3), (2, 3), (2,)], {}),
    (linear, [(3,), (2, 3), (2,)], {}),
    (linear, [(0, 3), (2, 3), (2,)], {}),
    (linear, [(500, 128), (300, 128), (300,)], {}, {"large": True}),
    (linear, [(500, 128), (300, 128), None], {}, {"large": True}),
    (linear, [(4, 125, 128), (300, 128), (300,)], {}, {"large": True}),
    (linear, [(3, 0), (2, 0), (2,)], {}),
]
