"""Pooling: windows that overlap, leave gaps, reach over the edges; and what is not a number."""

import numpy as np

from tinytorch.spatial.averaging import average, spread_average
from tinytorch.spatial.greatest import greatest
from tinytorch.spatial.places import output_lengths

HALVED = {"kernel_size": (2, 2), "stride": (2, 2), "padding": (0, 0), "ceil_mode": False}
OVERLAPPING = {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 1), "ceil_mode": True}
APART = {"kernel_size": (1, 2), "stride": (2, 3), "padding": (0, 1), "ceil_mode": False}
LINE = {"kernel_size": (3,), "stride": (2,), "padding": (1,), "ceil_mode": False}
PLANES = [  # input, windows
    ((3, 2, 4, 6), HALVED),
    ((2, 3, 5, 5), HALVED),  # leaves a row and a column over
    ((2, 2, 5, 5), {**HALVED, "ceil_mode": True}),
    ((3, 2, 4, 3), OVERLAPPING),
    ((2, 2, 5, 7), APART),
    ((2, 3, 3), {**HALVED, "padding": (1, 1)}),  # without a batch
    ((3, 2, 5), LINE),
    ((2, 5), LINE),
    ((6, 4), HALVED),  # a plane alone
    ((1, 1, 1, 1), {**HALVED, "kernel_size": (1, 1)}),
    ((0, 2, 4, 6), HALVED),
]
LARGE = [
    ((9, 8, 64, 64), HALVED),
    ((9, 8, 64, 64), OVERLAPPING),
    ((9, 64, 512), LINE),
]

TIES = np.float64(
    [[[[1, 1, 2, 0], [1, 1, 2, 2], [-np.inf, -np.inf, np.nan, 5], [-np.inf, -np.inf, np.nan, 9]]]]
)
ODD = np.float64([[[[0.0, np.nan, 3.0], [np.inf, -np.inf, np.inf], [np.nan, np.nan, -0.0]]]])


def cases(shape, how, **options):
    dims = len(how["kernel_size"])
    dilations = [(1,) * dims, (2,) * dims] if shape[-1] > 6 else [(1,) * dims]
    for dilation in dilations:
        yield greatest, [shape], {**how, "dilation": dilation}, options
    size = shape[-dims:]
    windows = how["kernel_size"], how["stride"], how["padding"], (1,) * dims, how["ceil_mode"]
    means = *shape[:-dims], *output_lengths(size, *windows)
    for included, divisor in ((True, None), (False, None), (False, 3)):
        dividing = {**how, "count_include_pad": included, "divisor_override": divisor}
        yield average, [shape], dividing, options
        yield spread_average, [means], {**dividing, "size": size}, options


CASES = [case for plane in PLANES for case in cases(*plane)]
CASES += [case for plane in LARGE for case in cases(*plane, large=True)]
CASES += [
    (greatest, [numbers], {**how, "dilation": (1, 1)})
    for numbers in (TIES, ODD)
    for how in (HALVED, {**OVERLAPPING, "kernel_size": (3, 3)})
]
