"""Softmax, its logarithm, and cross-entropy with its derivative."""

import numpy as np

from tinytorch.activations.scores import log_softmax_over, softmax_over
from tinytorch.losses.classes import class_entropy, softmax_error

ODD = np.float64([[1.0, 1e4, 0.0, -1e4], [np.nan, 0.0, 1.0, 2.0], [-np.inf, 0.0, 1.0, 2.0]])
RNG = np.random.default_rng(0)
MANY_ODD = RNG.normal(size=(4099, 65))
MANY_ODD[7, 3], MANY_ODD[8, 0], MANY_ODD[9] = np.nan, -np.inf, -np.inf
MANY_ODD[4098, 64] = np.inf

LAST, FIRST, NONE = {"dim": (1,)}, {"dim": (0,)}, {"dim": ()}
PLAIN, SMOOTH = {"label_smoothing": 0.0}, {"label_smoothing": 0.1}


def classes(*shape):
    return RNG.integers(0, 5, shape)


CASES = [
    case
    for function in (softmax_over, log_softmax_over)
    for case in [
        (function, [(3, 4)], LAST),
        (function, [(3, 4)], FIRST),
        (function, [()], NONE),
        (function, [(0, 4)], LAST),
        (function, [(4, 0)], LAST),
        (function, [ODD], LAST),
        (function, [(4099, 65)], LAST, {"large": True}),
        (function, [(9, 8, 64, 96)], {"dim": (3,)}, {"large": True, "usual": True}),
        (function, [(3, 150_000)], LAST, {"large": True}),
        (function, [MANY_ODD], LAST, {"large": True}),
        (function, [(650, 650)], FIRST, {"large": True, "usual": True}),
    ]
]
CASES += [
    case
    for settings in (PLAIN, SMOOTH)
    for case in [
        (class_entropy, [(3, 5), classes(3)], settings),
        (class_entropy, [(3, 5, 2), classes(3, 2)], settings),
        (class_entropy, [(0, 5), classes(0)], settings),
        (class_entropy, [(4099, 101), classes(4099)], settings, {"large": True}),
        (class_entropy, [MANY_ODD, classes(4099)], settings, {"large": True}),
        (class_entropy, [(3, 150_000), classes(3)], settings, {"large": True}),
        (
            class_entropy,
            [(60, 65, 101), classes(60, 101)],
            settings,
            {"large": True, "usual": True},
        ),
        (softmax_error, [(3, 5), classes(3), (3,)], settings),
        (softmax_error, [(3, 5, 2), classes(3, 2), (3, 2)], settings),
        (softmax_error, [(0, 5), classes(0), (0,)], settings),
        (softmax_error, [(4099, 101), classes(4099), (4099,)], settings, {"large": True}),
        (softmax_error, [MANY_ODD, classes(4099), (4099,)], settings, {"large": True}),
    ]
]
