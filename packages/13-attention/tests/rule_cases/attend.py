"""Attention: with and without masks, dropped weights, shared heads, and what is hidden."""

import numpy as np

from tinytorch.attention.attend import attend

HOW = {"scale": 0.7, "is_causal": False, "offset": 0, "window": None}
CAUSAL = {**HOW, "is_causal": True}
RNG = np.random.default_rng(0)
STRIDED = RNG.standard_normal((2, 3, 2, 4)).swapaxes(1, 2)  # (N, H, L, E) of (N, L, H, E)
SEEN = np.array([[True, False, True], [False, False, False], [False, True, True]])
KEEP = np.array([[0.0, 2.0, 2.0, 0.0], [2.0, 2.0, 0.0, 2.0]])

CASES = [
    (attend, [(2, 3, 4), (2, 5, 4), (2, 5, 3)], HOW),
    (attend, [(1, 2, 2, 3), (1, 2, 2, 3), (1, 2, 2, 2)], CAUSAL),
    (attend, [(4, 2, 3), (2, 3, 3), (2, 3, 2)], {**CAUSAL, "offset": 1}),
    (attend, [(3, 2, 2), (1, 3, 2), (1, 3, 2)], {**CAUSAL, "offset": 1, "window": 2}),
    (attend, [(1, 4, 2), (1, 5, 2), (1, 5, 2)], {**HOW, "window": 2}),
    (attend, [(1, 3, 2), (1, 3, 2), (1, 3, 2)], {**CAUSAL, "offset": -2}),  # two see nothing
    (attend, [(2, 3, 2), (2, 3, 2), (2, 3, 2), SEEN], HOW),
    (attend, [(2, 3, 2), (2, 3, 2), (2, 3, 2), SEEN], CAUSAL),
    (attend, [(2, 2, 3), (2, 3, 3), (2, 3, 2), (2, 2, 3)], HOW),
    (attend, [(2, 2, 3), (1, 3, 3), (1, 3, 2), (2, 1, 3)], CAUSAL),
    (attend, [(2, 2, 3), (2, 3, 3), (2, 3, 2), (1,)], HOW),
    (attend, [(2, 2, 3), (1, 4, 3), (1, 4, 2), None, KEEP], {**CAUSAL, "offset": 2}),
    (attend, [(2, 2, 3), (2, 4, 3), (2, 4, 2), (2, 4), (2, 2, 4)], HOW),
    (attend, [STRIDED, STRIDED + 0.1, STRIDED - 0.2], CAUSAL),
    (attend, [(2, 0, 3), (2, 2, 3), (2, 2, 2)], CAUSAL),
    (attend, [(2, 2, 3), (2, 0, 3), (2, 0, 2)], CAUSAL),
    (attend, [(2, 2, 3), (2, 1, 3), (2, 1, 2)], HOW),
    (attend, [(2, 2, 0), (2, 3, 0), (2, 3, 2)], HOW),
    (attend, [(2, 1, 2, 2, 3), (2, 1, 1, 3, 3), (2, 1, 1, 3, 1)], HOW),
]
