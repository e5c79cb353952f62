"""Elementary functions, inside of their domains and away from their steps."""

import numpy as np

from tinytorch.tensor import (
    ceil,
    cos,
    erf,
    exp,
    expm1,
    floor,
    log,
    log1p,
    log2,
    log10,
    reciprocal,
    round,
    rsqrt,
    sin,
    sqrt,
    tan,
    tanh,
    trunc,
)

POSITIVE = np.linspace(0.3, 2.4, 6).reshape(2, 3)
CURVES = [exp, expm1, log, log1p, log2, log10, sqrt, rsqrt, reciprocal, sin, cos, tanh, erf]
STEPS = [floor, ceil, trunc, round]

CASES = [
    *(
        (function, [x], {})
        for function in (*CURVES, *STEPS)
        for x in (POSITIVE, POSITIVE.T, np.array(0.7), np.zeros((2, 0)))
    ),
    *(
        (function, [(2, 3)], {})
        for function in (exp, expm1, reciprocal, sin, cos, tanh, erf, *STEPS)
    ),
    (tan, [np.linspace(-1.2, 1.2, 6)], {}),
    (tan, [np.array(0.7)], {}),
    (round, [(2, 3)], {"decimals": 1}),
]
