"""Choices. At ties the derivative is shared, and central differences agree."""

import numpy as np

from tinytorch.tensor import clamp, maximum, minimum, where

MASK = np.array([[True, False, True], [False, False, True]])
X = np.array([-2.0, -0.5, 0.3, 0.9, 2.0])
LOW = np.array([-1.0, -1.0, 0.5, 0.0, -1.0])
HIGH = np.array([1.0, 1.5, 1.0, 0.5, 0.4])

CASES = [
    *(
        (operation, inputs, {})
        for operation in (maximum, minimum)
        for inputs in (
            [(2, 3), (2, 3)],
            [(2, 3), (3,)],
            [(2, 1), (1, 3)],
            [(2, 3), 0.1],
            [0.1, (2, 3)],
            [(), ()],
            [(0, 3), (3,)],
        )
    ),
    *((operation, [X, np.abs(X)], {"smooth": False}) for operation in (maximum, minimum)),
    (clamp, [X, -1, 1.5], {}),
    (clamp, [X, -1.0, None], {}),
    (clamp, [X, None, 0.5], {}),
    (clamp, [X, LOW, HIGH], {}),
    (clamp, [X, LOW, None], {}),
    (clamp, [X, None, HIGH], {}),
    (clamp, [X, HIGH, LOW], {}),
    (clamp, [np.stack([X, -X]), np.array([[-1.0], [0.45]]), HIGH], {}),
    (clamp, [np.array(0.7), -1.0, 1.0], {}),
    (clamp, [np.zeros((0, 5)), LOW, HIGH], {}),
    (where, [MASK, (2, 3), (2, 3)], {}),
    (where, [MASK, (3,), (2, 1)], {}),
    (where, [MASK, (2, 3), 0.0], {}),
    (where, [MASK, 0.0, (2, 3)], {}),
    (where, [MASK[0], (2, 1), ()], {}),
    (where, [np.array(True), (), ()], {}),
    (where, [np.zeros((0, 3), bool), (3,), ()], {}),
]
