"""Rotation: linear in the input, in the cosines and in the sines."""

import numpy as np

from tinytorch.embeddings.rotary import rotate

STRIDED = np.random.default_rng(0).standard_normal((2, 3, 2, 4)).swapaxes(1, 2)
BACKWARD = np.random.default_rng(1).standard_normal((4, 3)).T

CASES = [
    (rotate, inputs, {"interleaved": interleaved})
    for interleaved in (False, True)
    for inputs in (
        [(3, 4), (3, 2), (3, 2)],
        [(2, 2, 3, 4), (3, 2), (3, 2)],
        [(2, 2, 3, 6), (2, 1, 3, 2), (2, 1, 3, 2)],  # two numbers stay as they are
        [STRIDED, (3, 2), (3, 2)],
        [BACKWARD, (3, 2), (3, 2)],
        [(1, 2), (1, 1), (1, 1)],
    )
]
