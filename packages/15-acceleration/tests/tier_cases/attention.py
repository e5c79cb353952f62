"""Attention: masks of all kinds, shared heads, windows, and keys that nobody sees."""

import numpy as np

from tinytorch.attention.attend import attend

RNG = np.random.default_rng(0)


def settings(*, is_causal=False, offset=0, window=None):
    return {"scale": 0.3, "is_causal": is_causal, "offset": offset, "window": window}


def mask(*shape):
    return RNG.integers(0, 4, shape) > 0


CAUSAL = settings(is_causal=True)
SMALL = [(2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 3)]
SQUARE = [(6, 2, 256, 16)] * 3
SHARED = [(3, 6, 200, 16), (3, 2, 250, 16), (3, 2, 250, 24)]
ONE_KEY = [(6, 2, 9000, 64), (6, 2, 1, 64), (6, 2, 1, 8)]
ONE_TEXT = [(1, 6, 500, 8)] * 3
NOTHING_SEEN = np.arange(5)[:, None] > np.zeros(5)  # the first query sees no key

CASES = [
    (attend, SMALL, settings()),
    (attend, SMALL, CAUSAL),
    (attend, SMALL, settings(is_causal=True, offset=2, window=2)),
    (attend, SMALL, settings(window=2)),
    (attend, [*SMALL, np.array(True)], settings()),
    (attend, [(3, 2, 3, 4), (3, 2, 1, 4), (3, 2, 1, 4), None, (3, 2, 3, 1)], settings(window=1)),
    (attend, [*SMALL, mask(3, 5)], settings()),
    (attend, [*SMALL, (2, 1, 3, 5), (2, 2, 3, 5)], CAUSAL),
    (attend, [(4, 3, 2), (2, 5, 2), (2, 5, 2)], CAUSAL),
    (attend, [(2, 0, 3, 4), (2, 0, 5, 4), (2, 0, 5, 4)], CAUSAL),
    (attend, [(1, 1, 3, 2), (1, 1, 0, 2), (1, 1, 0, 2)], settings()),
    (attend, [(1, 1, 5, 2)] * 3 + [NOTHING_SEEN], settings()),
    (attend, SQUARE, settings(), {"large": True}),
    (attend, SQUARE, CAUSAL, {"large": True}),
    (attend, SQUARE, settings(window=40), {"large": True}),
    (attend, SQUARE, settings(is_causal=True, offset=-100), {"large": True}),
    (attend, [*SQUARE, mask(256, 256)], CAUSAL, {"large": True}),
    (attend, [*SQUARE, np.array(True)], CAUSAL, {"large": True}),
    (attend, [*ONE_KEY, None, (6, 2, 9000, 1)], settings(window=40), {"large": True}),
    (attend, [*SQUARE, mask(6, 1, 1, 256)], settings(), {"large": True}),
    (attend, [*SQUARE, None, (6, 2, 256, 256)], CAUSAL, {"large": True}),
    (attend, SHARED, settings(), {"large": True}),
    (attend, SHARED, settings(is_causal=True, offset=50, window=70), {"large": True}),
    (attend, [*SHARED, mask(3, 6, 200, 1)], CAUSAL, {"large": True}),
    (attend, ONE_TEXT, CAUSAL, {"large": True}),
    (attend, [*SQUARE, (256, 256)], CAUSAL, {"large": True, "usual": True}),
    (attend, [(12, 300, 8)] * 3, CAUSAL, {"large": True, "usual": True}),
]
