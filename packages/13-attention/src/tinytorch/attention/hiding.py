"""Which keys a query may not look at: those ahead of it, or those that are too far away.

That depends on the distance only, so a mask of L queries and S keys says the same along each of its
diagonals. It is no matrix that somebody fills, but a line of L + S numbers, which each row reads
from another place.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided


def hiding(
    queries: int,
    keys: int,
    dtype: np.dtype[Any],
    *,
    is_causal: bool,
    offset: int,
    window: int | None,
) -> np.ndarray | None:
    """The most that each score may be: -inf where a key is hidden, else inf; None if all is seen.

    (A bound hides what a sum with -inf would not: inf, and, by `np.fmin`, nan.)

    Args:
        queries: how many, L; query i stands at place offset + i.
        keys: how many, S; key j stands at place j.
        dtype: of the scores.
        is_causal: whether a query sees no key ahead of it.
        offset: where the first query stands.
        window: how many places a query sees in a direction, its own among them; None for all.

    Returns:
        (L, S), not to be written to: its rows share their numbers.
    """
    behind = math.inf if window is None else window - 1
    ahead = 0 if is_causal else behind
    if keys - 1 <= offset + ahead and offset + queries - 1 <= behind:
        return None
    distance = np.arange(1 - queries, keys) - offset  # how far key j is ahead of query i, by j - i
    seen = (-behind <= distance) & (distance <= ahead)
    line = np.where(seen, dtype.type(np.inf), dtype.type(-np.inf))
    step = line.itemsize
    return as_strided(line[queries - 1 :], (queries, keys), (-step, step), writeable=False)
