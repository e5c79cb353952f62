"""Rows of a table: read by their numbers, and added up by their numbers.

The two are each other's derivative. What is read twice gets two gradients, which must both arrive:
`table[ids] += rows` would keep one of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.autograd import defvjp
from tinytorch.tensor import primitive
from tinytorch.tensor.summation import working_type

_PIECE = 65536  # so many numbers are added at a time: the list of their places stays in the cache


@primitive(promotion="none")
def take_rows(
    ids: Any, weight: Any, *, padding_idx: int | None = None, scale_grad_by_freq: bool = False
) -> Any:
    """The row of a table for each number: $z_n = w_{i_n}$. It keeps the numbers, no rows.

    Args:
        ids: $i$, integers of any shape, from 0 on.
        weight: $w$, (V, D).
        padding_idx: the number whose row gets no gradient; it is read like others.
        scale_grad_by_freq: whether a row's gradient is divided by how often the row was read.

    Returns:
        the shape of the numbers, and D behind it.
    """
    # `take` is twice as quick as an index, but would copy a table that is not contiguous.
    return weight.take(ids, 0) if weight.flags.c_contiguous else weight[ids]


@primitive(promotion="none")
def add_rows(
    ids: Any,
    input: Any,
    *,
    rows: int,
    padding_idx: int | None = None,
    scale_grad_by_freq: bool = False,
) -> Any:
    r"""The way back of `take_rows`: zeros, with each row added at its number, $z_v = \sum_{i_n = v}
    x_n$.

    Args:
        ids: $i$, integers of any shape, from 0 up to `rows`.
        input: $x$, the shape of the numbers, and D behind it.
        rows: how many the result has.
        padding_idx: the number whose row stays zero.
        scale_grad_by_freq: whether a row is divided by how often its number comes.

    Returns:
        (rows, D).
    """
    flat = ids.reshape(-1).astype(np.intp, copy=False)
    width = input.shape[-1]
    terms = np.ascontiguousarray(input, working_type(input.dtype)).reshape(flat.size, width)
    out = np.zeros((rows, width), terms.dtype)
    with np.errstate(all="ignore"):
        if out.size and flat.size:
            _add_at(out, flat, terms)
        if scale_grad_by_freq:
            counts = np.bincount(flat, minlength=rows)
            often = np.flatnonzero(counts > 1)
            out[often] /= counts[often, None]
        if padding_idx is not None:
            out[padding_idx] = 0
        return out.astype(input.dtype, copy=False)


@primitive(promotion="none", differentiable=False)
def shares(
    ids: Any, *, rows: int, padding_idx: int | None = None, scale_grad_by_freq: bool = False
) -> Any:
    """How much of each row `add_rows` adds: 1, or what its settings say; float32, a 1 behind."""
    flat = ids.reshape(-1)
    out = np.ones(flat.shape, np.float32)
    if scale_grad_by_freq:
        out /= np.bincount(flat, minlength=rows)[flat]
    if padding_idx is not None:
        out[flat == padding_idx] = 0
    return out.reshape(*ids.shape, 1)


def _add_rows_vjp(g: Any, _z: Any, ids: Any, _x: Any, **settings: Any) -> Any:
    """The rows of the gradient, each by its share."""
    taken = take_rows(ids, g)
    if settings["padding_idx"] is None and not settings["scale_grad_by_freq"]:
        return taken
    return taken * shares(ids, **settings)


defvjp(
    take_rows,
    lambda _g, _z, _ids, _w, **_: None,
    lambda g, _z, ids, w_shape, **settings: add_rows(ids, g, rows=w_shape[0], **settings),
)
defvjp(add_rows, lambda _g, _z, _ids, _x, **_: None, _add_rows_vjp)


def _add_at(out: np.ndarray, ids: np.ndarray, terms: np.ndarray) -> None:
    """Add rows to those of `out` that the numbers name.

    A product with a one-hot matrix is no quicker for a table of 65 rows, slower for larger ones,
    and spreads a NaN from one row to all: 0 times NaN is NaN. `add.at` is slow with rows, and quick
    along one dimension, where it takes two numbers for one if they pose as a complex one.
    """
    if out.shape[1] % 2 == 0:
        pair = np.result_type(out.dtype, np.complex64)
        out, terms = out.view(pair), terms.view(pair)
    width = out.shape[1]
    columns = np.arange(width)
    step = max(1, _PIECE // width)
    for start in range(0, len(ids), step):
        piece = slice(start, start + step)
        places = ids[piece, None] * width + columns
        np.add.at(out.reshape(-1), places.reshape(-1), terms[piece].reshape(-1))
