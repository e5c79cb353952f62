"""The way back of the fast tier's greatest numbers, to places of windows, and its own way back."""

import numpy as np

from tinytorch.acceleration.fast.pooling import put_into_windows, take_from_windows

HALVED = {"kernel_size": (2, 2), "stride": (2, 2), "padding": (0, 0), "dilation": (1, 1)}
OVERLAPPING = {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}
LINE = {"kernel_size": (3,), "stride": (1,), "padding": (0,), "dilation": (1,)}
PLANES = [  # size, windows, for each window a place
    ((5, 4), HALVED, np.uint8([[[0, 3], [2, 1]], [[3, 3], [0, 0]]])),
    ((4, 4), OVERLAPPING, np.uint8([[[2, 3], [0, 1]], [[4, 4], [1, 1]]])),
    ((4,), LINE, np.uint8([[0, 2], [2, 0]])),
]

CASES = [
    case
    for size, windows, which in PLANES
    for case in (
        (put_into_windows, [which.shape, which], {"size": size, **windows}),
        (take_from_windows, [(2, *size), which], windows),
    )
]
