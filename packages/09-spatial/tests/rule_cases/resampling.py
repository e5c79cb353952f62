"""Resampling: there and back."""

import numpy as np

from tinytorch.spatial.resampling import resample

STRIDED = np.linspace(-1, 2, 24).reshape(4, 3, 2).T

CASES = [
    (resample, [inputs], {**how, "dim": dim, "align_corners": align, "linear": linear})
    for inputs, dim, how in [
        ((2, 3, 4), 2, {"sizes": (4, 8), "step": 0.5, "back": False}),
        ((2, 4, 3), 1, {"sizes": (4, 7), "step": 4 / 7, "back": False}),
        ((2, 1, 7), 2, {"sizes": (7, 3), "step": 7 / 3, "back": False}),
        ((2, 0, 3), 2, {"sizes": (3, 5), "step": 0.6, "back": False}),
        ((2, 3, 7), 2, {"sizes": (4, 7), "step": 4 / 7, "back": True}),
        ((1, 2, 2), 2, {"sizes": (7, 2), "step": 3.5, "back": True}),
        (STRIDED, 2, {"sizes": (4, 6), "step": 2 / 3, "back": False}),
    ]
    for linear, align in [(False, False), (True, False), (True, True)]
]
