"""Selections: views by basic keys, copies by index arrays, an index that comes twice."""

import numpy as np

from tinytorch.tensor.gathering import accumulate_along, gather_along, scatter_along
from tinytorch.tensor.indexing import getitem, index, index_accumulate, place

TRANSPOSED = np.linspace(0.5, 2.0, 6).reshape(2, 3).T
TWICE = np.array([2, 0, 2, -1])
PAIRS = np.array([[0, 1], [1, 1]])
ALONG = np.array([[0, 2, 0], [1, 1, 0]])
ONCE = np.array([[0, 2], [1, 0]])

KEYS = [
    ((4, 3), (1, ...)),
    ((4, 3), (-1, 2, ...)),
    ((4, 3), (slice(1, None, 2), ...)),
    ((4, 3), (None, slice(None), slice(-2, None), ...)),
    ((4, 3), (..., 0)),
    ((2, 3, 4), (1, slice(None), slice(0, 0), ...)),
    ((), (...,)),
    ((0, 3), (slice(None), 1, ...)),
]

CASES = [
    *((getitem, [shape], {"key": key}) for shape, key in KEYS),
    (getitem, [TRANSPOSED], {"key": (slice(1, None), ...)}),
    *(
        (place, [np.linspace(0.5, 2.0, 12)[:size].reshape(shape)], {"size": (4, 3), "key": key})
        for key, shape, size in [
            ((1, ...), (3,), 3),
            ((slice(0, 4, 2), ...), (2, 3), 6),
            ((2, 2, ...), (), 1),
            ((slice(0, 0), ...), (0, 3), 0),
        ]
    ),
    (index, [(3, 2), TWICE], {"dims": (0,)}),
    (index, [(2, 3), TWICE], {"dims": (1,)}),
    (index, [(2, 3, 4), PAIRS, PAIRS], {"dims": (0, 1)}),
    (index, [(2, 3, 4), PAIRS, PAIRS[:1]], {"dims": (1, 2)}),
    (index, [(2, 3, 4), PAIRS, PAIRS], {"dims": (0, 2)}),
    (index, [(2, 2, 3, 2), PAIRS, PAIRS], {"dims": (1, 3)}),
    (index, [(2, 3, 4), PAIRS, PAIRS, np.array(1)], {"dims": (0, 1, 2)}),
    (index, [(3, 2), np.zeros(0, np.int64)], {"dims": (0,)}),
    (index, [TRANSPOSED, TWICE], {"dims": (0,)}),
    (index_accumulate, [(4, 2), TWICE], {"size": (3, 2), "dims": (0,)}),
    (index_accumulate, [(2, 2, 2), PAIRS], {"size": (2, 3), "dims": (1,)}),
    (index_accumulate, [(2, 2, 3), PAIRS, PAIRS], {"size": (2, 3, 4), "dims": (0, 2)}),
    (index_accumulate, [(0, 2), np.zeros(0, np.int64)], {"size": (3, 2), "dims": (0,)}),
    (index_accumulate, [TRANSPOSED, np.array([0, 0, 1])], {"size": (2, 2), "dims": (0,)}),
    (gather_along, [(2, 3), ALONG], {"dim": 1}),
    (gather_along, [(3, 3), ALONG], {"dim": 0}),
    (gather_along, [(2, 3), ALONG[:1, :2]], {"dim": 1}),
    (gather_along, [(4,), np.array([3, 3])], {"dim": 0}),
    (gather_along, [(2, 3), np.zeros((2, 0), np.int64)], {"dim": 1}),
    (gather_along, [TRANSPOSED, np.array([[0, 0], [1, 1], [1, 0]])], {"dim": 1}),
    (accumulate_along, [(2, 3), ALONG], {"size": (2, 3), "dim": 1}),
    (accumulate_along, [(2, 3), ALONG], {"size": (3, 4), "dim": 0}),
    (accumulate_along, [(2, 0), np.zeros((2, 0), np.int64)], {"size": (2, 3), "dim": 1}),
    (scatter_along, [(2, 3), ONCE, (2, 2)], {"dim": 1}),
    (scatter_along, [(3, 2), ONCE, (2, 2)], {"dim": 0}),
    (scatter_along, [(2, 3), ONCE, 1.5], {"dim": 1}),
    (scatter_along, [TRANSPOSED, ONCE, (2, 2)], {"dim": 0}),
]
