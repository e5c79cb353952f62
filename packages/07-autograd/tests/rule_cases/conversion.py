"""Copies, and other types that keep what a derivative needs."""

import numpy as np

from tinytorch.tensor import cast, clone

TRANSPOSED = np.linspace(0.5, 2.0, 6).reshape(2, 3).T

CASES = [
    *(
        (cast, [shape], {"dtype": np.dtype(np.float64)})
        for shape in ((2, 3), (), (0, 2), TRANSPOSED)
    ),
    *(
        (clone, [shape], {"order": order})
        for shape in ((2, 3), (), (0, 2), TRANSPOSED)
        for order in "KC"
    ),
]
