"""Make tensors of data that is there already: numbers, lists, arrays, other tensors.

What the data is made of is checked here, for all functions that take any; an error names the
function that was called and the place in nested lists where the data goes wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tinytorch.tensor import dtypes
from tinytorch.tensor.dtypes import DTypeLike
from tinytorch.tensor.tensor import Tensor

_ARRAYS = (np.ndarray, np.generic)
_NUMBERS = {bool: dtypes.bool, int: dtypes.int64, float: dtypes.float32}  # a bool is an int too


def tensor(
    data: Any,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of a copy of `data`.

    Args:
        data: a number, nested lists of numbers, an array, or another tensor.
        dtype: the type of the elements; by default that of the data, float32 for Python's floats,
            int64 for its integers.
        device: `cpu`, or left out.
        requires_grad: whether operations on it are recorded.

    Returns:
        a tensor of the data's shape.

    Raises:
        ValueError: if the lists are ragged, or a number doesn't fit the type.
        TypeError: if an element is not a real number.

    Example:
        >>> tensor([[1, 2], [3, 4]])
        tensor([[1, 2],
                [3, 4]])
    """
    check_device("tensor", device)
    return Tensor(data, dtype, requires_grad)


def as_tensor(data: Any, dtype: DTypeLike | None = None, device: str | None = None) -> Tensor:
    """`data` as a tensor, copied only if it has to be.

    Args:
        data: a tensor, which is returned itself if it has the type; an array, whose memory is then
            shared; or whatever `tensor` takes.
        dtype: the type of the elements; by default that of the data.
        device: `cpu`, or left out.

    Returns:
        a tensor of the data's shape; the gradient of a tensor flows through it.

    Example:
        >>> as_tensor(np.array([1.0, 2.0]))
        tensor([1., 2.], dtype=float64)
    """
    check_device("as_tensor", device)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, np.ndarray):
        array = canonical("as_tensor", data)
        return Tensor.from_array(
            array if dtype is None else _converted(array, dtypes.as_dtype(dtype))
        )
    return Tensor(data, dtype)


def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A tensor on the memory of an array: what is written into one is seen in the other.

    Args:
        ndarray: of a type that tensors have.

    Raises:
        TypeError: if it is no array, or of another type.

    Example:
        >>> array = np.zeros(2, np.float32)
        >>> x = from_numpy(array)
        >>> array[0] = 7
        >>> x
        tensor([7., 0.])
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(
            f"from_numpy: expected a NumPy array, got {type(ndarray).__name__}; use tensor(...)"
        )
    return Tensor.from_array(canonical("from_numpy", ndarray))


def from_dlpack(ext_tensor: Any) -> Tensor:
    """A tensor on the memory of another library's array, by the DLPack protocol.

    Args:
        ext_tensor: an object with `__dlpack__`, in the memory of the processor.

    Raises:
        TypeError: if it doesn't speak the protocol, or is of a type that tensors don't have.

    Example:
        >>> from_dlpack(np.arange(3))
        tensor([0, 1, 2])
    """
    if not hasattr(ext_tensor, "__dlpack__"):
        raise TypeError(
            f"from_dlpack: expected an object with __dlpack__, got {type(ext_tensor).__name__}"
        )
    array = np.from_dlpack(ext_tensor)
    if isinstance(ext_tensor, Tensor):  # writes are noted by the memory's owner, now out of sight
        array = ext_tensor.data
    return from_numpy(array)


# --- what is checked


def array_of(data: Any, dtype: DTypeLike | None = None, function: str = "tensor") -> np.ndarray:
    """A new array of whatever `tensor` takes; errors name `function`."""
    wanted = None if dtype is None else dtypes.as_dtype(dtype)
    if isinstance(data, Tensor):
        data = data.data
    if isinstance(data, _ARRAYS):
        array = np.array(canonical(function, np.asarray(data)))
        return array if wanted is None else _converted(array, wanted)
    try:
        array = np.array(data)
    except ValueError:
        raise ValueError(f"{function}: {_unevenness(data)}") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{function}: {_oddity(data)}")
    if wanted is None:
        wanted = _type_of(data, array)
    if wanted.kind in "iu" and array.size:
        for number in (array.min().item(), array.max().item()):  # nan is both
            if not dtypes.holds(wanted, number):
                raise ValueError(f"{function}: {number} does not fit {wanted}")
    return _converted(array, wanted)


def canonical(function: str, array: np.ndarray) -> np.ndarray:
    """The plain array, with the one object for its type; primitives compare types by identity."""
    array = np.asarray(array)  # no matrix, whose * is another
    try:
        dtype = dtypes.as_dtype(array.dtype)
    except TypeError as error:
        raise TypeError(f"{function}: {error}") from None
    return array if array.dtype is dtype else array.view(dtype)


def check_device(function: str, device: str | None) -> None:
    """Raise unless the device is left out or `cpu`."""
    if device is not None and str(device) != "cpu":
        raise ValueError(
            f"{function}: device is {str(device)!r}, expected 'cpu', the only one there is"
        )


def _converted(array: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    with np.errstate(invalid="ignore", over="ignore"):
        return array.astype(dtype, copy=False)


def _leaves(data: Any) -> Iterator[Any]:
    """What nested sequences hold, arrays and tensors unopened."""
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        for part in data:
            yield from _leaves(part)
    else:
        yield data


def _type_of(data: Any, array: np.ndarray) -> np.dtype[Any]:
    """The type for numbers and lists of them; NumPy alone would make Python's floats float64."""
    if array.dtype.kind != "f":
        return dtypes.int64 if array.dtype == np.uint64 else dtypes.as_dtype(array.dtype)
    found, *others = _types_in(data) or {dtypes.float32}
    for other in others:
        found = dtypes.promote_types(found, other)
    return found


def _types_in(data: Any) -> set[np.dtype[Any]]:
    """The types of the numbers, arrays and tensors in nested sequences."""
    if isinstance(data, (Tensor, *_ARRAYS)):
        return {data.dtype}
    if not isinstance(data, Sequence):
        return {next(_NUMBERS[kind] for kind in _NUMBERS if isinstance(data, kind))}
    kinds = set(map(type, data))
    if kinds <= _NUMBERS.keys():  # the innermost lists, in one go
        return {_NUMBERS[kind] for kind in kinds}
    return set().union(*map(_types_in, data))


def _unevenness(data: Any) -> str:
    """Where lists are ragged."""
    lengths: list[int] = []  # of the first part at each depth
    first = data
    while isinstance(first, Sequence) and not isinstance(first, str | bytes):
        lengths.append(len(first))
        first = first[0] if len(first) else None

    def search(part: Any, place: str, depth: int) -> str | None:
        found = len(part) if isinstance(part, Sequence) else None
        expected = lengths[depth] if depth < len(lengths) else None
        if found != expected:
            wrong, right = ("no length" if n is None else f"length {n}" for n in (found, expected))
            return f"{place} has {wrong}, expected {right} as data{'[0]' * depth}"
        children = enumerate(part) if isinstance(part, Sequence) else ()
        return next(
            filter(None, (search(c, f"{place}[{i}]", depth + 1) for i, c in children)), None
        )

    return search(data, "data", 0) or "the data is ragged, expected sequences of equal length"


def _oddity(data: Any) -> str:
    """Which element of the data is no number."""
    for leaf in _leaves(data):
        if not isinstance(leaf, (*_NUMBERS, Tensor, *_ARRAYS)):
            return f"data holds {leaf!r}, expected real numbers"
    return "data holds an integer beyond 64 bits or an array of no numbers, expected real numbers"
