"""Masks: few elements and many, of booleans and of numbers."""

import numpy as np

from tinytorch.tensor.masking import keep_where, zeros_as

MASK = np.array([[True, False, True], [False, False, True]])

CASES = [
    (keep_where, [(2, 3), MASK], {}),
    (keep_where, [(2, 3), MASK[0]], {}),
    (keep_where, [(2, 3), np.array([0, 2, -1])], {}),
    (keep_where, [(3, 2), MASK.T], {}),
    (keep_where, [(), np.array(True)], {}),
    (keep_where, [(0, 3), MASK[0]], {}),
    *((zeros_as, [x], {}) for x in ((2, 3), (), (0, 2))),
]
