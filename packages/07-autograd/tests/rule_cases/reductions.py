"""Reductions, running sums and products. Kinks: where elements are equal, or zero under a norm."""

import numpy as np

from tinytorch.tensor.cumulative import cumulative_prod, cumulative_sum
from tinytorch.tensor.extremes import reduce_max, reduce_min
from tinytorch.tensor.norms import log_sum_exp, vector_norm
from tinytorch.tensor.reductions import (
    reduce_mean,
    reduce_prod,
    reduce_sum,
    standard_deviation,
    variance,
)

STRIDED = np.linspace(0.5, 2.0, 6).reshape(3, 2).T
PLACES = [
    ([(2, 3)], {"dim": (0, 1), "keepdim": False}),
    ([(2, 3, 2)], {"dim": (2, 0), "keepdim": False}),
    ([(2, 3)], {"dim": (1,), "keepdim": True}),
    ([STRIDED], {"dim": (0,), "keepdim": False}),
    ([()], {"dim": (), "keepdim": False}),
]
NOTHING = ([(0, 3)], {"dim": (0,), "keepdim": False})
ZEROS = np.array([[2.0, 0.0, 3.0, 4.0, 0.5], [0.0, 2.0, 0.0, 3.0, 1.0], [0.0, 0.0, 0.0, 1.0, 2.0]])

CASES = [
    *((p, *place) for p in (reduce_sum, reduce_mean, log_sum_exp) for place in (*PLACES, NOTHING)),
    *((p, *place) for p in (reduce_max, reduce_min) for place in PLACES),
    *(
        (p, inputs, {**over, "correction": c})
        for p in (variance, standard_deviation)
        for inputs, over in PLACES[:4]
        for c in (0, 1, 0.5)
    ),
    *(
        (vector_norm, inputs, {**over, "p": p})
        for p in (2.0, 1.0, 3.0, 0.5, -1.0, float("inf"), float("-inf"))
        for inputs, over in PLACES[:4]
    ),
    (vector_norm, [(2, 3)], {"dim": (0,), "keepdim": True, "p": 0.0}),
    *(
        (reduce_prod, [x], {"dim": 1, "keepdim": True})
        for x in ((2, 3), ZEROS, ZEROS[:, :4], (2, 1))
    ),
    (reduce_prod, [STRIDED], {"dim": 0, "keepdim": False}),
    (reduce_prod, [(0, 3)], {"dim": 0, "keepdim": False}),
    *((cumulative_prod, [x], {"dim": 1}) for x in ((2, 3), ZEROS, (2, 1), (2, 0))),
    (cumulative_prod, [STRIDED], {"dim": 0}),
    (cumulative_prod, [()], {"dim": 0}),
    *(
        (cumulative_sum, inputs, {"dim": 0, "reverse": reverse})
        for inputs in ([(2, 3)], [STRIDED], [()], [(0, 2)])
        for reverse in (False, True)
    ),
]
