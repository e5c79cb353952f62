"""Seeds and indices, checked where they come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.setup import keyed_generator

Indices = Sequence[int] | np.ndarray


def check_seed(where: str, seed: Any) -> None:
    """Raise what `keyed_generator` would raise, and name the owner of the seed."""
    try:
        keyed_generator(seed)
    except (TypeError, ValueError) as error:
        reason = str(error).removeprefix("keyed_generator: ")
        raise type(error)(f"{where}: {reason}") from None


def checked_indices(where: str, values: Any) -> np.ndarray:
    """Return indices as an int64 array of one dim; one that is given is not copied.

    Raises:
        TypeError: if they are not integers.
        ValueError: if they are not in one row.
    """
    try:
        array = np.asarray(values)
    except ValueError:  # lists of different lengths
        array = np.asarray(None)
    if array.ndim == 1 and (array.dtype.kind in "iu" or not array.size):
        return array.astype(np.int64, copy=False)
    if array.dtype.kind == "b":
        raise TypeError(
            f"{where}: indices are booleans, expected integers: for a mask np.flatnonzero(mask)"
        )
    if array.dtype.kind not in "iu":
        raise TypeError(
            f"{where}: indices are {values!r:.60}, expected a list or an array of integers"
        )
    raise ValueError(f"{where}: indices have shape {array.shape}, expected one dim")
