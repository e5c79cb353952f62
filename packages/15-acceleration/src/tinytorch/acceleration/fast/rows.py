"""Rows of numbers, on which softmax, cross-entropy and the norms of transformers work.

They are worked on in blocks of whole rows. A block is larger here than it is for single elements:
what belongs to a row, its greatest number or its mean, NumPy computes and applies row by row, so
that a call has a start for each, and few calls are worth most.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.acceleration.threads import ELEMENTS, Result, workers

BLOCK = 2**18  # elements
LEAST = 2**15  # from where on it is worth a look at how they lie


def fit(first: Any, *others: Any) -> bool:
    """Whether these are large float arrays of one type and without gaps, the first of them rows."""
    return (
        isinstance(first, np.ndarray)
        and first.size >= LEAST
        and first.ndim > 0
        and first.dtype.char in "fd"
        and all(
            a is None
            or (isinstance(a, np.ndarray) and a.dtype == first.dtype and a.flags.c_contiguous)
            for a in (first, *others)
        )
    )


def as_rows(*arrays: np.ndarray) -> list[np.ndarray]:
    """Each (…, D) as (N, D)."""
    return [a.reshape(-1, a.shape[-1]) for a in arrays]


def each_block(work: Callable[[slice], Result], rows: np.ndarray) -> list[Result]:
    """Call `work` for blocks of rows, on several threads."""
    width = rows.shape[1]
    return workers.blocks(work, len(rows), BLOCK // width, ELEMENTS // (2 * width))
