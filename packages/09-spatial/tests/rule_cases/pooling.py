"""Pooling: linear maps, and the choice of the greatest. Kinks: where two are equally great."""

import numpy as np

from tinytorch.spatial.averaging import average, average_parts, spread_average, spread_parts
from tinytorch.spatial.greatest import greatest, put_into_planes, take_from_planes

RNG = np.random.default_rng(0)
STRIDED = RNG.permutation(2 * 3 * 5 * 4).reshape(2, 4, 5, 3).swapaxes(1, 3) / 50.0
LINE = {"kernel_size": (3,), "stride": (2,), "padding": (1,), "ceil_mode": False}
HALVED = {"kernel_size": (2, 2), "stride": (2, 2), "padding": (0, 0), "ceil_mode": False}
OVERLAPPING = {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 1), "ceil_mode": True}
PLACES = [  # (H, W) and its windows, and how many of them there are
    ((5,), LINE, (3,)),
    ((4, 6), HALVED, (2, 3)),
    ((5, 5), HALVED, (2, 2)),
    ((4, 3), OVERLAPPING, (3, 4)),
]
NO_DILATION = {1: (1,), 2: (1, 1)}
INDICES = np.array([[[3, 0], [5, 3]], [[1, 1], [1, 4]]])  # (C, OH, OW), some of them equal

CASES = [
    *(
        (greatest, [(2, 2, *size)], {**how, "dilation": NO_DILATION[len(size)]})
        for size, how, _ in PLACES
    ),
    (greatest, [STRIDED], {**OVERLAPPING, "dilation": (1, 2)}),
    (greatest, [(0, 2, 4, 6)], {**HALVED, "dilation": (1, 1)}),
    (take_from_planes, [(2, 2, 3), INDICES], {"dims": 2}),
    (take_from_planes, [(2, 6), INDICES[:, 0]], {"dims": 1}),
    (put_into_planes, [(2, 2, 2), INDICES], {"size": (2, 3)}),
    (put_into_planes, [(2, 2), INDICES[:, 0]], {"size": (6,)}),
    *(
        (primitive, inputs, {**how, "count_include_pad": included, "divisor_override": divisor})
        for size, window, out_size in PLACES
        for primitive, inputs, how in (
            (average, [(2, 2, *size)], window),
            (spread_average, [(2, *out_size)], {**window, "size": size}),
        )
        for included, divisor in ((True, None), (False, None), (False, 3))
    ),
    (average, [STRIDED], {**OVERLAPPING, "count_include_pad": False, "divisor_override": None}),
    *(
        (primitive, inputs, how)
        for size, out_size in (((7,), (3,)), ((5, 4), (3, 2)), ((3, 2), (5, 1)), ((3, 2), (1, 1)))
        for primitive, inputs, how in (
            (average_parts, [(2, 2, *size)], {"output_size": out_size}),
            (spread_parts, [(2, *out_size)], {"size": size}),
        )
    ),
    (average_parts, [STRIDED], {"output_size": (2, 3)}),
]
