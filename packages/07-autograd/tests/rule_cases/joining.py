"""Joining and taking apart."""

import numpy as np

from tinytorch.tensor.joining import (
    concatenate,
    reassembled,
    split_by,
    stack_arrays,
    unbind_dim,
)

STRIDED = np.linspace(0.5, 2.0, 6).reshape(3, 2).T

CASES = [
    (concatenate, [(2, 3), (2, 1), (2, 0)], {"dim": 1}),
    (concatenate, [STRIDED, (1, 3)], {"dim": 0}),
    (concatenate, [(2,)], {"dim": 0}),
    (concatenate, [(2,), np.array([1, 2])], {"dim": 0}),
    (stack_arrays, [(2, 3), (2, 3), (2, 3)], {"dim": 1}),
    (stack_arrays, [STRIDED, (2, 3)], {"dim": 0}),
    (stack_arrays, [(), ()], {"dim": 0}),
    (stack_arrays, [(2,), np.array([1, 2])], {"dim": 1}),
    (stack_arrays, [(0, 2), (0, 2)], {"dim": 2}),
    (split_by, [(2, 5)], {"lengths": (2, 0, 3), "dim": 1}),
    (split_by, [STRIDED], {"lengths": (1, 1), "dim": 0}),
    (split_by, [(0, 2)], {"lengths": (0, 0), "dim": 0}),
    (unbind_dim, [(2, 3, 2)], {"dim": 1}),
    (unbind_dim, [STRIDED], {"dim": 0}),
    (unbind_dim, [(3,)], {"dim": 0}),
    (reassembled, [(2, 1), None, (2, 3)], {"lengths": (1, 2, 3), "dim": 1}),
    (reassembled, [(2,), (3,)], {"lengths": (2, 3), "dim": 0}),
]
