"""Select elements, and write into selections.

An index has two halves, taken one after the other as PyTorch does. *Basic* indexing by integers,
slices, `None` and `...` gives a view. *Advanced* indexing by integer tensors and boolean masks
gives a copy. Integers join the basic half, so `x[0, :, index]` has the shape of `x[0][:, index]`
(in NumPy it has not).
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from tinytorch.tensor import dtypes
from tinytorch.tensor.dims import integer
from tinytorch.tensor.from_data import array_of
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.tensor import Tensor
from tinytorch.tensor.writes import writable, writes

_WHOLE = slice(None)
_Key = tuple[int | slice | None, ...]

# --- the primitives, in pairs: each is the gradient of the other


@primitive(promotion="none")
def getitem(input: Any, *, key: tuple[Any, ...]) -> Any:
    """A view of what a basic key selects."""
    return input[key]


@primitive(promotion="none")
def place(input: Any, *, size: tuple[int, ...], key: tuple[Any, ...]) -> Any:
    """Zeros of a size, with the input where a basic key selects."""
    out = np.zeros(size, input.dtype)
    out[key] = input
    return out


@primitive(promotion="none")
def index(input: Any, *indices: Any, dims: tuple[int, ...]) -> Any:
    """The elements at the places that integer arrays give, one for each of `dims`."""
    return input[_advanced_key(indices, dims, input.ndim)]


@primitive(promotion="none")
def index_accumulate(
    input: Any, *indices: Any, size: tuple[int, ...], dims: tuple[int, ...]
) -> Any:
    """Zeros of a size, with the input added at the places that `index` would read."""
    strides = strides_of(size)
    chosen = sum(_wrapped(i, size[dim]) * strides[dim] for i, dim in zip(indices, dims))
    rest = [dim for dim in range(len(size)) if dim not in dims]
    # The indices' own dimensions stand where the first of `dims` was, or, if these are no
    # neighbours, in front.
    before = dims[0] if dims[-1] - dims[0] == len(dims) - 1 else 0
    places = np.reshape(chosen, (*np.shape(chosen), *[1] * (len(rest) - before)))
    for position, dim in enumerate(reversed(rest)):
        behind = position if position < len(rest) - before else position + np.ndim(chosen)
        places = places + (np.arange(size[dim]) * strides[dim]).reshape(-1, *[1] * behind)
    return accumulated(input, places, size)


# --- what x[key] and x[key] = value do


def read(tensor: Tensor, key: Any) -> Tensor:
    """What `tensor[key]` selects: a view where the key is basic, else a copy.

    Raises:
        IndexError: if an index is out of range, there are too many, or a mask has another shape.
        TypeError: if a part of the key is no index.
        ValueError: if a slice has a step below 1.
    """
    basic, indices = _halves("getitem", tensor.shape, key)
    if not indices:
        return getitem(tensor, key=(*basic, ...))  # type: ignore[no-any-return]
    if any(part != _WHOLE for part in basic):
        tensor = getitem(tensor, key=(*basic, ...))
    return index(tensor, *indices.values(), dims=tuple(indices))  # type: ignore[no-any-return]


def write(tensor: Tensor, key: Any, value: Any) -> None:
    """What `tensor[key] = value` does: the value is broadcast, and brought to the tensor's type.

    Raises:
        RuntimeError: where a write in place is forbidden, see `writes.writable`.
        ValueError: if the value does not broadcast to the selection.
        IndexError, TypeError: as for `read`.
    """
    array = writable(tensor, "setitem", value)
    value = plain("setitem", value)
    basic, indices = _halves("setitem", tensor.shape, key)
    target = array[(*basic, ...)]
    arrays = [i.data if isinstance(i, Tensor) else i for i in indices.values()]
    places: Any = _advanced_key(arrays, tuple(indices), target.ndim) if indices else ...
    put("setitem", target, places, value)
    writes.note(array)


def plain(function: str, value: Any) -> Any:
    """What is to be written, as an array or a Python number.

    Raises:
        TypeError: if it is something else.
    """
    if isinstance(value, Tensor):
        return value.data
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray | bool | int | float):
        return value
    raise TypeError(
        f"{function}: the value is a {type(value).__name__}, expected a tensor, array or number"
    )


def put(function: str, target: np.ndarray, places: Any, value: Any) -> None:
    """Write an array or a Python number into places of an array, whatever its type.

    Raises:
        ValueError: if the shape or the number doesn't fit.
    """
    try:
        if isinstance(value, float) and not dtypes.holds(target.dtype, value):
            raise OverflowError
        with np.errstate(invalid="ignore", over="ignore"):
            target[places] = value
    except (ValueError, OverflowError):
        wrong, right = np.shape(value), target[places].shape
        if wrong:
            raise ValueError(
                f"{function}: the value has shape {wrong}, expected one that broadcasts to {right}"
            ) from None
        raise ValueError(f"{function}: the value {value} does not fit {target.dtype}") from None


def _halves(function: str, shape: tuple[int, ...], key: Any) -> tuple[list[Any], dict[int, Any]]:
    """The basic half of a key, and the index arrays by the dimension of the basic half's result."""
    keys = key if isinstance(key, tuple) else (key,)
    basic: list[Any] = []
    indices: dict[int, Any] = {}
    parts = [
        p if p is None or p is ... or isinstance(p, int | slice) else _index_of(function, p)
        for p in keys
    ]
    missing = len(shape) - sum(map(_consumed, parts))
    if missing < 0:
        raise IndexError(
            f"{function}: the index takes {len(shape) - missing} dimensions, "
            f"the tensor has {len(shape)}"
        )
    if sum(p is ... for p in parts) > 1:
        raise IndexError(f"{function}: the index has more than one ellipsis, expected at most one")
    dim = made = 0  # dimensions of the tensor dealt with, dimensions of the basic half's result
    for part in parts:
        if part is ...:
            basic += [_WHOLE] * missing
            dim += missing
            made += missing
        elif part is None:
            basic.append(None)
            made += 1
        elif isinstance(part, slice):
            basic.append(_checked_slice(function, part))
            dim += 1
            made += 1
        elif part is True or part is False:
            basic.append(None)
            indices[made] = np.arange(int(part))
            made += 1
        elif isinstance(part, int):
            _check_range(function, part, part, dim, shape[dim])
            basic.append(part)
            dim += 1
        elif part.dtype.kind == "b":
            _check_mask(function, part.shape, dim, shape)
            for positions in np.nonzero(
                np.asarray(part.data if isinstance(part, Tensor) else part)
            ):
                basic.append(_WHOLE)
                indices[made] = positions
                dim += 1
                made += 1
        else:
            array = part.data if isinstance(part, Tensor) else part
            if array.size:
                _check_range(function, array.min(), array.max(), dim, shape[dim])
            basic.append(_WHOLE)
            indices[made] = part
            dim += 1
            made += 1
    _check_together(function, indices)
    return basic, indices


def _index_of(function: str, part: Any) -> Any:
    """A part of a key as an int, a bool, or a tensor or array of them."""
    if isinstance(part, list):
        part = array_of(part, None if part else np.int64, function)
    if isinstance(part, Tensor | np.ndarray | np.generic):
        kind = part.dtype
        if kind.kind not in "bi":
            mend = "; for a mask convert it with .bool(), for places with .long()" * (
                kind.kind == "u"
            )
            raise IndexError(
                f"{function}: an index has type {kind}, expected integers or booleans{mend}"
            )
        return part if part.ndim else part.item()
    try:
        return operator.index(part)
    except TypeError:
        raise TypeError(
            f"{function}: {part!r} is no index, expected integers, slices, None, ..., "
            "or tensors of integers or booleans"
        ) from None


def _consumed(part: Any) -> int:
    """How many dimensions of the tensor a part of a key selects from."""
    if part is None or part is ... or part is True or part is False:
        return 0
    return part.ndim if not isinstance(part, int | slice) and part.dtype.kind == "b" else 1


def _checked_slice(function: str, part: slice) -> slice:
    start, stop, step = (
        end if end is None else integer(function, f"the slice's {name}", end)
        for name, end in (("start", part.start), ("stop", part.stop), ("step", part.step))
    )
    if step is not None and step < 1:
        raise ValueError(
            f"{function}: a slice has step {step}, expected 1 or more; "
            "to turn a dimension round use flip"
        )
    return slice(start, stop, step)


def _check_range(function: str, lowest: Any, highest: Any, dim: int, length: int) -> None:
    if lowest < -length or highest >= length:
        wrong = highest if highest >= length else lowest
        raise IndexError(
            f"{function}: index {wrong} is out of range for dimension {dim} of length {length}"
        )


def _check_mask(function: str, mask: tuple[int, ...], dim: int, shape: tuple[int, ...]) -> None:
    covered = shape[dim : dim + len(mask)]
    if mask != covered:
        raise IndexError(
            f"{function}: the mask has shape {mask}, the dimensions that it covers {covered}"
        )


def _check_together(function: str, indices: dict[int, Any]) -> None:
    if len(indices) > 1:
        shapes = [i.shape for i in indices.values()]
        try:
            np.broadcast_shapes(*shapes)
        except ValueError:
            listed = ", ".join(map(str, shapes))
            raise IndexError(
                f"{function}: the index tensors have shapes {listed}, "
                "which don't broadcast together"
            ) from None


# --- places in memory


def _advanced_key(indices: Any, dims: tuple[int, ...], ndim: int) -> tuple[Any, ...]:
    key: list[Any] = [_WHOLE] * ndim
    for i, dim in zip(indices, dims):
        key[dim] = i
    return tuple(key)


def strides_of(size: tuple[int, ...]) -> list[int]:
    """How many elements apart two neighbours are in a contiguous array, along each dimension."""
    return [math.prod(size[dim + 1 :]) for dim in range(len(size))]


def _wrapped(indices: Any, length: int) -> Any:
    """Indices with the negative ones counted from the end."""
    return np.where(indices < 0, indices + length, indices)


def accumulated(input: Any, places: Any, size: tuple[int, ...]) -> np.ndarray:
    """Zeros of a size, with elements added at places in memory; what comes twice is added twice."""
    out = np.zeros(size, input.dtype)
    # In one dimension add.at is three to six times as fast as with rows, which it takes one by one.
    np.add.at(out.reshape(-1), np.broadcast_to(places, input.shape).reshape(-1), input.reshape(-1))
    return out
