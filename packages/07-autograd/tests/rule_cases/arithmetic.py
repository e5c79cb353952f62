"""Arithmetic: plain, broadcast both ways, with a number, without dimensions, without elements."""

import numpy as np

from tinytorch.tensor import (
    abs,
    add,
    div,
    floor_divide,
    lerp,
    mul,
    neg,
    pow,
    remainder,
    sign,
    square,
    sub,
)

TRANSPOSED = np.linspace(0.5, 2.0, 6).reshape(2, 3).T
POSITIVE = np.linspace(0.5, 2.0, 6).reshape(2, 3)

CASES = [
    *(
        (operation, inputs, {})
        for operation in (add, sub, mul, div)
        for inputs in (
            [(2, 3), (2, 3)],
            [(2, 3), (3,)],
            [(3, 1), (1, 2)],
            [(2, 1), 2.5],
            [2.5, (2, 1)],
            [(), ()],
            [(0, 3), (3,)],
            [TRANSPOSED, (3, 2)],
        )
    ),
    (pow, [POSITIVE, (2, 3)], {}),
    (pow, [POSITIVE, (3,)], {}),
    (pow, [POSITIVE, (4, 1, 3)], {}),
    (pow, [(2, 3), 3], {}),
    (pow, [(2, 3), -2.0], {}),
    (pow, [(2, 3), 1], {}),
    (pow, [(2, 3), 0], {}),
    (pow, [np.zeros(2), 2.0], {}),
    (pow, [np.zeros(2), np.array([2, 3])], {}),
    (pow, [POSITIVE, np.array([0, 1, 2])], {}),
    (pow, [2.0, (2, 3)], {}),
    (pow, [np.array([2, 3]), (2, 1)], {}),
    (pow, [np.array(1.5), ()], {}),
    (pow, [np.zeros((0, 2)), (2,)], {}),
    *(
        (operation, inputs, {})
        for operation in (floor_divide, remainder)
        for inputs in (
            [np.array([[5.3, -5.3], [0.4, 7.7]]), np.array([[2.0, 3.1], [-1.3, -2.0]])],
            [np.array([[5.3, -5.3], [0.4, 7.7]]), np.array([2.2])],
            [np.array(5.3), 2.0],
            [5.3, np.array([2.0, -2.1])],
            [np.zeros((0, 2)), np.ones(2)],
        )
    ),
    *(
        (operation, inputs, {})
        for operation in (neg, abs, sign, square)
        for inputs in ([(2, 3)], [()], [(0, 2)], [TRANSPOSED])
    ),
    (lerp, [(2, 3), (3,), 0.3], {}),
    (lerp, [(2, 1), (3,), (1, 1)], {}),
    (lerp, [(), (), ()], {}),
]
