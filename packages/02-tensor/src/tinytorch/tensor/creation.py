"""Make tensors of a size, a constant or a range.

Every function takes PyTorch's keywords `dtype`, `device` (only `cpu` exists) and `requires_grad`. A
size is given as numbers or as one sequence: `zeros(2, 3)`, `zeros((2, 3))`. Tensors of given data
stand in `from_data.py`, tensors like another one in `like.py`, random ones in `random.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from tinytorch.tensor import dtypes
from tinytorch.tensor.dims import integer, no_gradient, real, shape_of
from tinytorch.tensor.dtypes import DTypeLike
from tinytorch.tensor.from_data import array_of, check_device
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.tensor import Tensor

Number = bool | int | float
Size = int | Sequence[int]


def zeros(
    *lengths: Size,
    size: Size | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of zeros.

    Args:
        lengths: the length of each dimension.
        size: the same as one sequence.
        dtype: float32 if left out.
        device: `cpu`, or left out.
        requires_grad: whether operations on it are recorded.

    Raises:
        ValueError: if a length is negative.

    Example:
        >>> zeros(2, 3)
        tensor([[0., 0., 0.],
                [0., 0., 0.]])
    """
    check_device("zeros", device)
    return made(np.zeros(size_of("zeros", lengths, size), _or_float32(dtype)), requires_grad)


def ones(
    *lengths: Size,
    size: Size | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of ones.

    Args:
        lengths: the length of each dimension.
        size: the same as one sequence.
        dtype: float32 if left out.
        device: `cpu`, or left out.
        requires_grad: whether operations on it are recorded.

    Raises:
        ValueError: if a length is negative.

    Example:
        >>> ones(2, dtype=int)
        tensor([1, 1])
    """
    check_device("ones", device)
    return made(np.ones(size_of("ones", lengths, size), _or_float32(dtype)), requires_grad)


def empty(
    *lengths: Size,
    size: Size | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor whose elements are whatever was in memory: to be written before it is read.

    Args:
        lengths: the length of each dimension.
        size: the same as one sequence.
        dtype: float32 if left out.
        device: `cpu`, or left out.
        requires_grad: whether operations on it are recorded.

    Raises:
        ValueError: if a length is negative.

    Example:
        >>> empty(2, 3).shape
        (2, 3)
    """
    check_device("empty", device)
    return made(np.empty(size_of("empty", lengths, size), _or_float32(dtype)), requires_grad)


def full(
    size: Size,
    fill_value: Number,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of one number, repeated.

    Args:
        size: the length of each dimension.
        fill_value: the number.
        dtype: that of the number if left out.
        device: `cpu`, or left out.
        requires_grad: whether operations on it are recorded.

    Raises:
        ValueError: if a length is negative, or the number doesn't fit the type.
        TypeError: if `fill_value` is not a number.

    Example:
        >>> full((2, 2), 0.5)
        tensor([[0.5000, 0.5000],
                [0.5000, 0.5000]])
    """
    check_device("full", device)
    no_gradient("full", "fill_value", fill_value)
    value = array_of(fill_value, dtype, "full")
    if value.ndim:
        raise TypeError(f"full: fill_value has shape {value.shape}, expected a single number")
    return made(np.full(size_of("full", (), size), value, value.dtype), requires_grad)


def arange(
    start: Number | None = None,
    end: Number | None = None,
    step: Number = 1,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The numbers from `start` up to `end`, which is left out: $start + i · step$.

    Args:
        start: the first number; with no `end`, the end, and the first number is 0.
        end: where to stop.
        step: between two numbers, negative to count down.
        dtype: int64 if all three are integers, else float32.
        device: `cpu`, or left out.
        requires_grad: whether operations on it are recorded.

    Returns:
        a tensor of one dimension and $⌈(end - start) / step⌉$ elements.

    Raises:
        ValueError: if the step is 0 or leads away from the end.

    Example:
        >>> arange(1, 10, 3)
        tensor([1, 4, 7])
    """
    check_device("arange", device)
    if end is None:
        start, end = None, start
    start = 0 if start is None else real("arange", "start", start)
    end, step = real("arange", "end", end), real("arange", "step", step)
    whole = not any(isinstance(x, float) for x in (start, end, step))
    if step == 0 or (end - start) * step < 0 or not math.isfinite((end - start) / step):
        raise ValueError(f"arange: cannot go from {start} to {end} in steps of {step}")
    if whole and not (dtypes.holds(dtypes.int64, start) and dtypes.holds(dtypes.int64, end)):
        raise ValueError(f"arange: {start} or {end} does not fit int64")
    count = -((start - end) // step) if whole else math.ceil((end - start) / step)
    wanted = dtypes.as_dtype(dtype or (dtypes.int64 if whole else dtypes.float32))
    numbers = np.arange(count, dtype=np.int64 if whole else np.float64) * step + start
    with np.errstate(all="ignore"):
        return made(numbers.astype(wanted), requires_grad)


def linspace(
    start: Number,
    end: Number,
    steps: int,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """`steps` numbers at equal distances from `start` to `end`, both included.

    Args:
        start: the first number.
        end: the last number.
        steps: how many.
        dtype: float32 if left out.
        device: `cpu`, or left out.
        requires_grad: whether operations on it are recorded.

    Raises:
        ValueError: if `steps` is negative.

    Example:
        >>> linspace(0, 1, 5)
        tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    check_device("linspace", device)
    start, end = real("linspace", "start", start), real("linspace", "end", end)
    steps = integer("linspace", "steps", steps)
    if steps < 0:
        raise ValueError(f"linspace: steps is {steps}, expected 0 or more")
    with np.errstate(all="ignore"):
        numbers = np.linspace(float(start), float(end), steps)
        return made(numbers.astype(_or_float32(dtype)), requires_grad)


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The identity matrix: ones on the diagonal, zeros elsewhere.

    Args:
        n: the number of rows.
        m: the number of columns, if it differs.
        dtype: float32 if left out.
        device: `cpu`, or left out.
        requires_grad: whether operations on it are recorded.

    Raises:
        ValueError: if a length is negative.

    Example:
        >>> eye(2)
        tensor([[1., 0.],
                [0., 1.]])
    """
    check_device("eye", device)
    rows, columns = size_of("eye", (n, n if m is None else m))
    return made(np.eye(rows, columns, dtype=_or_float32(dtype)), requires_grad)


@primitive(promotion="none")
def clone(input: Any, *, order: Literal["K", "C"] = "K") -> Any:
    """A copy, which shares no memory with the input; gradients flow through it.

    Args:
        input: of any shape.
        order: `K` keeps the order of the elements in memory, `C` makes the copy contiguous.

    Returns:
        a tensor of the input's shape and type.

    Example:
        >>> x = tensor([1.0, 2.0])
        >>> y = clone(x)
        >>> y[0] = 5.0
        >>> x
        tensor([1., 2.])
    """
    return np.array(input, order=order)


# --- what the constructors share, also those of other files


def array_like(function: str, input: Any) -> np.ndarray:
    """The array that a `..._like` function takes shape and type from."""
    if isinstance(input, Tensor):
        return input.data
    raise TypeError(f"{function}: input is a {type(input).__name__}, expected a Tensor")


def size_of(function: str, lengths: Sequence[Size], size: Size | None = None) -> tuple[int, ...]:
    """The size given as numbers, as one sequence, or by its name, checked."""
    if size is not None:
        if lengths:
            raise TypeError(f"{function}: size is given twice, as {lengths} and as {size}")
        lengths = (size,)
    one = len(lengths) == 1 and isinstance(lengths[0], Sequence)
    found = shape_of(function, lengths[0] if one else lengths, "size")
    if any(n < 0 for n in found):
        raise ValueError(f"{function}: size is {found}, expected no negative length")
    return found


def made(array: np.ndarray, requires_grad: bool) -> Tensor:
    """The new tensor around a new array."""
    result = Tensor.from_array(array)
    return result.requires_grad_() if requires_grad else result


def _or_float32(dtype: DTypeLike | None) -> np.dtype[Any]:
    return dtypes.float32 if dtype is None else dtypes.as_dtype(dtype)
