"""Changes of shape; the strided case is a matrix seen transposed."""

import numpy as np

from tinytorch.tensor.shape import (
    expand_to,
    reshape_to,
    spread,
    sum_to_size,
)
from tinytorch.tensor.transposing import matrix_transpose, permute_dims

STRIDED = np.linspace(0.5, 2.0, 6).reshape(3, 2).T

CASES = [
    (reshape_to, [(2, 3)], {"shape": (3, 2)}),
    (reshape_to, [STRIDED], {"shape": (6,)}),
    (reshape_to, [()], {"shape": (1, 1)}),
    (reshape_to, [(0, 3)], {"shape": (3, 0, 2)}),
    (permute_dims, [(2, 3, 4)], {"dims": (2, 0, 1)}),
    (permute_dims, [()], {"dims": ()}),
    (matrix_transpose, [(2, 3, 4)], {}),
    (matrix_transpose, [STRIDED], {}),
    (expand_to, [(3, 1)], {"shape": (2, 3, 4)}),
    (expand_to, [()], {"shape": (2,)}),
    (expand_to, [(1, 3)], {"shape": (0, 3)}),
    (sum_to_size, [(2, 3, 4)], {"size": (3, 1)}),
    (sum_to_size, [(2, 3)], {"size": ()}),
    (sum_to_size, [(0, 3)], {"size": (3,)}),
    (spread, [(3,)], {"shape": (2, 3, 4), "dim": (0, 2), "keepdim": False}),
    (spread, [(1, 3, 1)], {"shape": (2, 3, 4), "dim": (2, 0), "keepdim": True}),
    (spread, [()], {"shape": (2, 2), "dim": (0, 1), "keepdim": False}),
]
