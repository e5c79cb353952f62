"""The linear map."""

import numpy as np

from tinytorch.layers.linear import linear

CASES = [
    (linear, [(5, 3), (2, 3), (2,)], {}),
    (linear, [(2, 4, 3), (2, 3), None], {}),
    (linear, [(3,), (2, 3), (2,)], {}),
    (linear, [(0, 3), (2, 3), (2,)], {}),
    (linear, [np.linspace(-1, 1, 12).reshape(3, 4).T, (2, 3), (2,)], {}),
]
