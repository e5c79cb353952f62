"""Rows that are read and rows that are added: linear maps, each the way back of the other."""

import numpy as np

from tinytorch.embeddings.lookup import add_rows, take_rows

IDS = np.array([[3, 0, 3], [1, 3, 0]])
TRANSPOSED = np.random.default_rng(0).standard_normal((3, 5)).T
SETTINGS = [
    {"padding_idx": padding, "scale_grad_by_freq": scaled}
    for padding in (None, 3)
    for scaled in (False, True)
]

CASES = [
    # Without settings: a gradient that leaves rows out, or is a mean, is no derivative.
    *((take_rows, [IDS, (5, width)], {}) for width in (1, 2, 3)),
    (take_rows, [IDS.astype(np.int32), TRANSPOSED], {}),
    (take_rows, [np.array(2), (4, 3)], {}),
    (take_rows, [IDS[:0], (4, 3)], {}),
    *(
        (add_rows, [IDS, (2, 3, width)], {**settings, "rows": 5})
        for width in (1, 2, 3)
        for settings in SETTINGS
    ),
    (add_rows, [np.array(2), (4,)], {"rows": 3}),
    (add_rows, [IDS[:, 0], TRANSPOSED[:2]], {"rows": 4}),
]
