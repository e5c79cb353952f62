"""Put elements elsewhere: flip, roll, repeat, pad, spread out to a grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.tensor.creation import clone
from tinytorch.tensor.dims import Dims, all_dims, integer, ndim_of, one_dim, setting, shape_of
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.shape import expand_to, reshape_to


@primitive(promotion="none")
def flip_dims(input: Any, *, dims: tuple[int, ...]) -> Any:
    """The elements along `dims` in reverse order."""
    return np.flip(input, dims).copy()


@primitive(promotion="none")
def roll_dims(input: Any, *, shifts: tuple[int, ...], dims: tuple[int, ...]) -> Any:
    """The elements moved on by `shifts` along `dims`, from the end to the start."""
    return np.roll(input, shifts, dims)


@primitive(promotion="none")
def pad_by(input: Any, *, widths: tuple[tuple[int, int], ...], value: float) -> Any:
    """So many elements of a value added before and after each dimension, or removed: negative."""
    inside, source = [], []
    shape = []
    for n, (before, after) in zip(input.shape, widths):
        shape.append(n + before + after)
        inside.append(slice(max(before, 0), shape[-1] - max(after, 0)))
        source.append(slice(max(-before, 0), n - max(-after, 0)))
    if all(before <= 0 >= after for before, after in widths):
        return input[tuple(source)].copy()
    out = np.full(shape, value, input.dtype) if value else np.zeros(shape, input.dtype)
    out[tuple(inside)] = input[tuple(source)]
    return out


def flip(input: Any, dims: int | Sequence[int]) -> Any:
    """The elements in reverse order along `dims`; a copy.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.flip(tt.tensor([[1, 2], [3, 4]]), (1,))
        tensor([[2, 1],
                [4, 3]])
    """
    ndim = ndim_of("flip", input)
    return flip_dims(input, dims=all_dims("flip", dims, ndim) if dims != () else ())


def roll(input: Any, shifts: int | Sequence[int], dims: Dims = None) -> Any:
    """Move the elements on along `dims`; what leaves at the end comes back at the start.

    Args:
        input: a tensor.
        shifts: by how many places, for each of `dims`; negative ones go back.
        dims: the dimensions; by default the tensor is rolled as if it were flat.

    Raises:
        ValueError: unless there are as many shifts as dims, or one where `dims` is not given.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.roll(tt.arange(4), 1)
        tensor([3, 0, 1, 2])
    """
    by = shape_of("roll", shifts, "shifts")
    ndim = ndim_of("roll", input)
    if dims is None:
        if len(by) != 1:
            raise ValueError(f"roll: shifts is {shifts}, expected one number, as dims is not given")
        shape = (math.prod(input.shape),)
        rolled = roll_dims(reshape_to(input, shape=shape), shifts=by, dims=(0,))
        return reshape_to(rolled, shape=tuple(input.shape))
    found = tuple([one_dim("roll", d, ndim) for d in shape_of("roll", dims, "dims")])
    if len(found) != len(by):
        raise ValueError(f"roll: shifts is {shifts}, dims {dims}, expected equally many")
    return roll_dims(input, shifts=by, dims=found) if ndim else clone(input)


def tile(input: Any, dims: int | Sequence[int]) -> Any:
    """The whole tensor repeated along each dimension, or along the last ones if `dims` is shorter.

    Raises:
        ValueError: if a number is negative.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.tile(tt.tensor([1, 2]), (2, 2))
        tensor([[1, 2, 1, 2],
                [1, 2, 1, 2]])
    """
    times = shape_of("tile", dims, "dims")
    if min(times, default=0) < 0:
        raise ValueError(f"tile: dims is {times}, expected numbers from 0 on")
    return repeat(input, (1,) * (ndim_of("tile", input) - len(times)) + times)


def repeat(input: Any, repeats: int | Sequence[int]) -> Any:
    """The whole tensor repeated along each dimension; further numbers add dimensions in front.

    Raises:
        ValueError: if there are fewer numbers than dimensions, or one is negative.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.repeat(tt.tensor([1, 2]), (3, 1)).shape
        (3, 2)
    """
    times = shape_of("repeat", repeats, "repeats")
    lead = len(times) - ndim_of("repeat", input)
    if lead < 0 or min(times, default=0) < 0:
        raise ValueError(
            f"repeat: repeats is {times}, expected a number from 0 on for each of "
            f"{input.ndim} dimensions"
        )
    lengths = (1,) * lead + tuple(input.shape)
    blocks = reshape_to(input, shape=tuple([n for length in lengths for n in (1, length)]))
    wide = expand_to(blocks, shape=tuple([n for pair in zip(times, lengths) for n in pair]))
    shape = tuple([t * n for t, n in zip(times, lengths)])
    return reshape_to(clone(wide, order="C"), shape=shape)


def repeat_interleave(input: Any, repeats: int, dim: int | None = None) -> Any:
    """Each element repeated so many times along a dimension, one after the other.

    Args:
        input: a tensor.
        repeats: how many times.
        dim: the dimension; by default the tensor is flattened before.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.repeat_interleave(tt.tensor([1, 2]), 2)
        tensor([1, 1, 2, 2])
    """
    times = integer("repeat_interleave", "repeats", repeats)
    if times < 0:
        raise ValueError(f"repeat_interleave: repeats is {repeats}, expected a number from 0 on")
    ndim_of("repeat_interleave", input)
    if dim is None or not input.ndim:
        one_dim("repeat_interleave", dim or 0, 1)
        input, dim = reshape_to(input, shape=(math.prod(input.shape),)), 0
    dim = one_dim("repeat_interleave", dim, input.ndim)
    before, n, after = input.shape[:dim], input.shape[dim], input.shape[dim + 1 :]
    wide = expand_to(
        reshape_to(input, shape=(*before, n, 1, *after)), shape=(*before, n, times, *after)
    )
    return reshape_to(clone(wide, order="C"), shape=(*before, n * times, *after))


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """Add elements at the ends of the last dimensions.

    Args:
        input: a tensor.
        pad: how many before and after the last dimension, then the one before it, and so on; a
            negative number removes elements.
        mode: `constant` is the only one.
        value: what is added; zero by default.

    Raises:
        ValueError: for another mode, an odd number of widths or too many, or if less than nothing
            is left.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.pad(tt.tensor([[1, 2]]), (1, 0, 0, 1))
        tensor([[0, 1, 2],
                [0, 0, 0]])
    """
    if mode != "constant":
        raise ValueError(f"pad: mode is {mode!r}, expected 'constant'")
    widths = shape_of("pad", pad, "pad")
    ndim = ndim_of("pad", input)
    if len(widths) % 2 or len(widths) > 2 * ndim:
        raise ValueError(
            f"pad: pad has {len(widths)} numbers, expected pairs for at most "
            f"{ndim} dimensions, the last one first"
        )
    pairs = [(0, 0)] * (ndim - len(widths) // 2) + list(zip(widths[-2::-2], widths[::-2]))
    if any(
        n + min(before, 0) + min(after, 0) < 0 for n, (before, after) in zip(input.shape, pairs)
    ):
        raise ValueError(
            f"pad: pad {widths} leaves less than nothing of shape {tuple(input.shape)}"
        )
    filling = 0 if value is None else setting("pad", "value", value)
    return pad_by(input, widths=tuple(pairs), value=filling)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """Coordinates of a grid: each vector repeated along the dimensions of all the others.

    Args:
        tensors: vectors (a tensor of 0 dimensions counts as one element), or one list of them.
        indexing: `ij`, where result i varies along dimension i, or `xy`, where the first two are
            exchanged.

    Returns:
        a read-only view for each vector, all of one shape.

    Example:
        >>> import tinytorch.tensor as tt
        >>> rows, columns = tt.meshgrid(tt.arange(2), tt.arange(3))
        >>> rows
        tensor([[0, 0, 0],
                [1, 1, 1]])
    """
    if len(tensors) == 1 and isinstance(tensors[0], Sequence):
        tensors = tuple(tensors[0])
    if indexing not in ("ij", "xy"):
        raise ValueError(f"meshgrid: indexing is {indexing!r}, expected 'ij' or 'xy'")
    lengths = []
    for i, x in enumerate(tensors):
        if ndim_of("meshgrid", x) > 1:
            raise ValueError(f"meshgrid: tensor {i} has shape {tuple(x.shape)}, expected a vector")
        lengths.append(math.prod(x.shape))
    order = list(range(len(tensors)))
    if indexing == "xy":
        order[:2] = order[1::-1]
    shape = tuple([lengths[i] for i in order])
    grids = []
    for i, x in enumerate(tensors):
        along = [1] * len(order)
        along[order.index(i)] = lengths[i]
        grids.append(expand_to(reshape_to(x, shape=tuple(along)), shape=shape))
    return tuple(grids)
