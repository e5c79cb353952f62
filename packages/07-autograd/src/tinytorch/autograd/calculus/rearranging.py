"""Derivatives of rearrangements: each element of the gradient goes back to where it came from."""

from __future__ import annotations

from typing import Any

from tinytorch.autograd.rules import defvjp
from tinytorch.tensor.diagonals import diagonal_of, diagonal_placed, triangle
from tinytorch.tensor.rearranging import flip_dims, pad_by, roll_dims


def _crop(g: Any, _z: Any, _x: Any, widths: tuple[tuple[int, int], ...], value: float) -> Any:
    return pad_by(g, widths=tuple([(-before, -after) for before, after in widths]), value=0)


defvjp(flip_dims, lambda g, _z, _x, **dims: flip_dims(g, **dims))
defvjp(
    roll_dims,
    lambda g, _z, _x, shifts, dims: roll_dims(g, shifts=tuple([-n for n in shifts]), dims=dims),
)
defvjp(triangle, lambda g, _z, _x, **which: triangle(g, **which))
defvjp(pad_by, _crop)
defvjp(diagonal_of, lambda g, _z, x_shape, **which: diagonal_placed(g, shape=x_shape, **which))
defvjp(diagonal_placed, lambda g, _z, _x, shape, **which: diagonal_of(g, **which))
