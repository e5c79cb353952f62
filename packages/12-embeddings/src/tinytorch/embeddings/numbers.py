"""Numbers of rows: checked before anything is read, so that an error can say which one is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor import Tensor, int32, int64


def check_ids(name: str, what: str, ids: Any, rows: int, whose: str) -> None:
    """Raise unless all are numbers of rows.

    Args:
        name: of the operation, for errors.
        what: of the argument.
        ids: the argument.
        rows: how many there are.
        whose: what tells how many there are.

    Raises:
        TypeError: if it is no tensor of int64 or int32.
        IndexError: for one that is out of range; it names the first such and its place.
    """
    if not isinstance(ids, Tensor):
        raise TypeError(
            f"{name}: {what} is of type {type(ids).__name__}, expected a Tensor of integers; make "
            "it one with tensor(...)"
        )
    if ids.dtype not in (int64, int32):
        raise TypeError(
            f"{name}: {what} has type {ids.dtype}, expected int64 or int32; convert it with .long()"
        )
    array = ids.data
    if array.size and (array.min() < 0 or array.max() >= rows):
        place = tuple(np.argwhere((array < 0) | (array >= rows))[0].tolist())
        where = f"[{', '.join(map(str, place))}]" if place else ""
        raise IndexError(
            f"{name}: {what}{where} is {array[place]}, expected 0 to {rows - 1} ({whose} is {rows})"
        )
