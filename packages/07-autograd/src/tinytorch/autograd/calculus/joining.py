"""Derivatives of joining and taking apart: each is the other's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tinytorch.autograd.rules import defvjp, defvjp_joint
from tinytorch.tensor.joining import (
    concatenate,
    reassembled,
    split_by,
    stack_arrays,
    unbind_dim,
)
from tinytorch.tensor.shape import reshape_to


def _concatenate(
    g: Any, _z: Any, *xs_shape: tuple[int, ...], needs: Any, dim: int
) -> Sequence[Any]:
    lengths = tuple([shape[dim] for shape in xs_shape])
    return split_by(g, lengths=lengths, dim=dim)  # type: ignore[no-any-return]


def _stack(g: Any, _z: Any, *_xs: Any, needs: Any, dim: int) -> Sequence[Any]:
    return unbind_dim(g, dim=dim)  # type: ignore[no-any-return]


def _reassembled(
    g: Any, _z: Any, *_xs: Any, needs: Sequence[bool], lengths: tuple[int, ...], dim: int
) -> Sequence[Any]:
    parts = split_by(g, lengths=lengths, dim=dim)
    return [part if needed else None for part, needed in zip(parts, needs)]


def _unbind(g: Sequence[Any], _z: Any, _x: Any, dim: int) -> Any:
    slices = [
        None if part is None else reshape_to(part, shape=(*part.shape[:dim], 1, *part.shape[dim:]))
        for part in g
    ]
    return reassembled(*slices, lengths=(1,) * len(g), dim=dim)


defvjp_joint(concatenate, _concatenate)
defvjp_joint(stack_arrays, _stack)
defvjp_joint(reassembled, _reassembled)
defvjp(split_by, lambda g, _z, _x, lengths, dim: reassembled(*g, lengths=lengths, dim=dim))
defvjp(unbind_dim, _unbind)
