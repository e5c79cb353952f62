"""The median; sorting and the k greatest are `gather_along`."""

import numpy as np

from tinytorch.tensor.ordering import median_of_all

CASES = [
    (median_of_all, [(5,)], {}),
    (median_of_all, [(4,)], {}),
    (median_of_all, [np.arange(10.0)[::3]], {}),
]
