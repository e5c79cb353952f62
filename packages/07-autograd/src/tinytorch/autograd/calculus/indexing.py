"""Derivatives of selections: a gradient goes back to where each element came from."""

from __future__ import annotations

from typing import Any

from tinytorch.autograd.rules import defvjp, defvjp_joint
from tinytorch.tensor.gathering import accumulate_along, gather_along, scatter_along
from tinytorch.tensor.indexing import getitem, index, index_accumulate, place


def _add_at(buffer: Any, g: Any, *, key: Any) -> None:
    buffer[key] += g  # a basic key names no element twice


def _index(g: Any, _z: Any, x_shape: Any, *indices: Any, needs: Any, dims: Any) -> Any:
    return index_accumulate(g, *indices, size=x_shape, dims=dims), *[None] * len(indices)


def _index_accumulate(
    g: Any, _z: Any, _x: Any, *indices: Any, needs: Any, size: Any, dims: Any
) -> Any:
    return index(g, *indices, dims=dims), *[None] * len(indices)


defvjp(
    getitem,
    lambda g, _z, x_shape, *, key: place(g, size=x_shape, key=key),
    into=_add_at,
)
defvjp(place, lambda g, _z, _x, *, size, key: getitem(g, key=key))
defvjp_joint(index, _index)
defvjp_joint(index_accumulate, _index_accumulate)
defvjp(
    gather_along,
    lambda g, _z, x_shape, i, *, dim: accumulate_along(g, i, size=x_shape, dim=dim),
    lambda _g, _z, _x, _i, **_: None,
)
defvjp(
    accumulate_along,
    lambda g, _z, _x, i, *, size, dim: gather_along(g, i, dim=dim),
    lambda _g, _z, _x, _i, **_: None,
)
defvjp(
    scatter_along,
    lambda g, _z, _x, i, _src, *, dim: scatter_along(g, i, 0.0, dim=dim),
    lambda _g, _z, _x, _i, _src, **_: None,
    lambda g, _z, _x, i, _src, *, dim: gather_along(g, i, dim=dim),
)
