"""Number types, and which one a result has.

NumPy's rules and PyTorch's differ: NumPy gives float64 for int64 + float32, PyTorch float32.
Tensors follow PyTorch. Types fall into three categories, bool < int < float; a 0-d tensor or a
Python scalar never widens the type of an operand of its own category. The rules are those of
https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
from typing import Any

import numpy as np

bool = np.dtype(np.bool_)
uint8 = np.dtype(np.uint8)
int8 = np.dtype(np.int8)
int16 = np.dtype(np.int16)
int32 = np.dtype(np.int32)
int64 = np.dtype(np.int64)
float16 = np.dtype(np.float16)
float32 = np.dtype(np.float32)
float64 = np.dtype(np.float64)

# PyTorch's other names.
short, int, long = int16, int32, int64
half, float, double = float16, float32, float64

DTypeLike = np.dtype[Any] | type | str

_SUPPORTED = (bool, uint8, int8, int16, int32, int64, float16, float32, float64)
_CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2}
_DEFAULT_OF_CATEGORY = (bool, int64, float32)


def as_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """The dtype that a name or a type means; Python's `int` is int64, its `float` float64.

    That is what NumPy and PyTorch mean by them too, though Python's numbers become float32.

    Raises:
        TypeError: for a type that tensors do not have, such as complex numbers, text or objects.
    """
    found = None
    if dtype is not None:  # NumPy reads None as float64
        with contextlib.suppress(TypeError):
            found = np.dtype(dtype)
    if found is None or found not in _SUPPORTED:
        names = ", ".join(d.name for d in _SUPPORTED)
        raise TypeError(f"dtype: {dtype!r} is not a type that tensors have; choose one of {names}")
    return _SUPPORTED[_SUPPORTED.index(found)]  # one object for each type


@functools.cache
def promote_types(first: np.dtype[Any], second: np.dtype[Any]) -> np.dtype[Any]:
    """The smallest type that holds both; an int with a float takes the float's type.

    Example:
        >>> promote_types(int64, float32)
        dtype('float32')
    """
    first, second = as_dtype(first), as_dtype(second)
    if _CATEGORY[first.kind] == _CATEGORY[second.kind]:
        return np.promote_types(first, second)
    return max(first, second, key=lambda dtype: _CATEGORY[dtype.kind])


def can_cast(from_: np.dtype[Any], to: np.dtype[Any]) -> builtins.bool:
    """Whether a result of type `from_` may be written into a tensor of type `to`.

    It may unless the category falls: floats don't go into ints, nor ints into booleans.

    Example:
        >>> can_cast(float64, float32), can_cast(float32, int64)
        (True, False)
    """
    return _CATEGORY[as_dtype(from_).kind] <= _CATEGORY[as_dtype(to).kind]


def holds(dtype: np.dtype[Any], number: builtins.float) -> builtins.bool:
    """Whether a number is in the range of a type, which for booleans and floats all are.

    A float loses its fraction in an integer type, in a narrower float type it may become infinite.

    Example:
        >>> holds(uint8, 255), holds(uint8, 300.0), holds(float16, 300.0)
        (True, False, True)
    """
    if dtype.kind not in "iu":
        return True
    limits = np.iinfo(dtype)
    return builtins.int(limits.min) <= number <= builtins.int(limits.max)


def promote(arrays: list[Any], at_least: np.dtype[Any] = bool) -> np.dtype[Any]:
    """The type of a result computed from arrays, 0-d arrays and Python scalars.

    Arrays with dimensions decide; 0-d arrays, then Python scalars, count only if they are of a
    higher category than what has been decided. `at_least` lifts a lower category: float32 turns
    integers to float32 and leaves float64 alone.
    """
    decided: list[np.dtype[Any] | None] = [None, None]  # arrays with dimensions, 0-d arrays
    scalar = 0  # the category of the Python scalars
    has_scalar = False
    for array in arrays:
        if array is None:
            continue
        if isinstance(array, np.ndarray):
            rank = 0 if array.ndim else 1
            before = decided[rank]
            decided[rank] = array.dtype if before is None else promote_types(before, array.dtype)
        else:
            has_scalar = True
            scalar = max(
                scalar,
                0 if array is True or array is False else 1 + isinstance(array, builtins.float),
            )
    dtype = decided[0]
    for lower in (decided[1], _DEFAULT_OF_CATEGORY[scalar] if has_scalar else None):
        if dtype is None or (lower is not None and _CATEGORY[lower.kind] > _CATEGORY[dtype.kind]):
            dtype = lower
    assert dtype is not None, "promote: no array to take the type from"
    return at_least if _CATEGORY[dtype.kind] < _CATEGORY[at_least.kind] else as_dtype(dtype)
