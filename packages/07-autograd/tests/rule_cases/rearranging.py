"""Rearrangements."""

import numpy as np

from tinytorch.tensor.diagonals import diagonal_of, diagonal_placed, triangle
from tinytorch.tensor.rearranging import flip_dims, pad_by, roll_dims

STRIDED = np.linspace(0.5, 2.0, 6).reshape(3, 2).T

CASES = [
    (flip_dims, [(2, 3)], {"dims": (0, 1)}),
    (flip_dims, [STRIDED], {"dims": (1,)}),
    (flip_dims, [()], {"dims": ()}),
    (roll_dims, [(2, 3)], {"shifts": (1, -2), "dims": (0, 1)}),
    (roll_dims, [(2, 3)], {"shifts": (1, 1), "dims": (1, 1)}),
    (roll_dims, [(0,)], {"shifts": (1,), "dims": (0,)}),
    (triangle, [(2, 3, 4)], {"lower": True, "diagonal": 1}),
    (triangle, [STRIDED], {"lower": False, "diagonal": -1}),
    (pad_by, [(2, 3)], {"widths": ((1, 0), (2, 3)), "value": 7.0}),
    (pad_by, [(3, 4)], {"widths": ((-1, 0), (2, -1)), "value": 0}),
    (pad_by, [(3, 4)], {"widths": ((-1, -1), (0, -2)), "value": 0}),
    (pad_by, [(0,)], {"widths": ((1, 1),), "value": 0}),
    (diagonal_of, [(3, 4)], {"offset": 0, "dim1": 0, "dim2": 1}),
    (diagonal_of, [(2, 3, 4)], {"offset": -1, "dim1": 2, "dim2": 0}),
    (diagonal_of, [(2, 2)], {"offset": 5, "dim1": 0, "dim2": 1}),
    (diagonal_placed, [(3,)], {"offset": 1, "dim1": 0, "dim2": 1, "shape": (4, 4)}),
    (diagonal_placed, [(3, 2)], {"offset": 0, "dim1": 2, "dim2": 0, "shape": (2, 3, 2)}),
]
