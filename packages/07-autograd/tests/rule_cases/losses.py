"""The parts of losses that are primitives."""

import numpy as np

from tinytorch.losses.binary import bernoulli_entropy, log_sigmoid, logistic_entropy
from tinytorch.losses.classes import (
    class_entropy,
    pick_class,
    place_class,
    softmax_error,
    weighted_mean,
)
from tinytorch.losses.distances import x_log_x
from tinytorch.losses.regression import huber

CLASSES = np.array([2, 0, 2, 1])
PIXELS = np.array([[0, 4, 2], [1, 1, 3]])  # (2, 3) of 5 classes
MANY = np.array([0, 119])
PROBABILITIES = np.linspace(0.05, 0.95, 6).reshape(2, 3)
TARGETS = np.array([[0.3, 0.01, 0.99], [0.5, 0.9, 0.1]])
WIDE = np.array([[-40.0, -2.0, -0.3], [0.3, 2.0, 40.0]])

CASES = [
    *(
        (function, [scores, target, *scale], {"label_smoothing": smoothing})
        for smoothing in (0.0, 0.1)
        for scores, target in (
            ((4, 3), CLASSES),
            (WIDE.T, np.array([1, 0, 1])),
            ((2, 120), MANY),
            ((2, 5, 3), PIXELS),
            ((0, 3), np.zeros(0, int)),
        )
        for function, scale in ((class_entropy, []), (softmax_error, [target.shape]))
    ),
    (pick_class, [(4, 3), CLASSES], {}),
    (pick_class, [(2, 5, 3), PIXELS], {}),
    (pick_class, [(0, 3), np.zeros(0, int)], {}),
    (place_class, [(4,), CLASSES], {"classes": 3}),
    (place_class, [(2, 3), PIXELS], {"classes": 5}),
    (weighted_mean, [np.array(3.0), np.array(2.5)], {}),
    (weighted_mean, [np.array(-1.0), np.array(4.0)], {}),
    (bernoulli_entropy, [PROBABILITIES, TARGETS[:, ::-1]], {}),
    (bernoulli_entropy, [PROBABILITIES.T, np.array(0.4)], {}),
    (bernoulli_entropy, [np.array(0.7), np.array(0.2)], {}),
    (bernoulli_entropy, [np.zeros((0, 2)), np.zeros((0, 2))], {}),
    (logistic_entropy, [WIDE, TARGETS], {}),
    (logistic_entropy, [WIDE.T, np.array(0.4)], {}),
    (logistic_entropy, [np.array(0.7), np.array(1.0)], {}),
    (logistic_entropy, [np.zeros((0, 2)), np.zeros((0, 2))], {}),
    *((log_sigmoid, [x], {}) for x in (WIDE, WIDE.T, np.array(0.7), np.zeros((0, 2)))),
    *(
        (huber, [x], {"delta": delta}, {"smooth": False})
        for delta in (1.0, 2.5)
        for x in (WIDE, WIDE.T, np.array(0.7), np.zeros((0, 2)))
    ),
    *(
        (x_log_x, [x], {})
        for x in (PROBABILITIES, PROBABILITIES.T, np.array(0.7), np.zeros((0, 2)))
    ),
]
