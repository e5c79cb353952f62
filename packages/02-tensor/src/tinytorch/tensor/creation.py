"""Make tensors of a size, a constant or a range, and like another tensor.

Every function takes PyTorch's keywords `dtype`, `device` (only `cpu` exists) and `requires_grad`. A
size is given as numbers or as one sequence: `zeros(2, 3)`, `zeros((2, 3))`. Tensors of given data
stand in `from_data.py`, random ones in `random.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from tinytorch.tensor import dtypes
from tinytorch.tensor.dtypes import DTypeLike
from tinytorch.tensor.from_data import array_of, check_device
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.tensor import Tensor

Number = bool | int | float
Size = int | Sequence[int]


def zeros(
    *size: Size,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of zeros.

    Args:
        size: the length of each dimension.
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
    return made(np.zeros(size_of("zeros", size), _or_float32(dtype)), requires_grad)


def ones(
    *size: Size,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of ones.

    Args:
        size: the length of each dimension.
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
    return made(np.ones(size_of("ones", size), _or_float32(dtype)), requires_grad)


def empty(
    *size: Size,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor whose elements are whatever was in memory: to be written before it is read.

    Args:
        size: the length of each dimension.
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
    return made(np.empty(size_of("empty", size), _or_float32(dtype)), requires_grad)


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
    value = array_of(fill_value, dtype, "full")
    if value.ndim:
        raise TypeError(f"full: fill_value has shape {value.shape}, expected a single number")
    return made(np.full(size_of("full", (size,)), value, value.dtype), requires_grad)


def arange(
    start: Number,
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
        start, end = 0, start
    start, end, step = (
        x.item() if isinstance(x, Tensor | np.generic) else x for x in (start, end, step)
    )
    if step == 0 or (end - start) * step < 0 or not math.isfinite((end - start) / step):
        raise ValueError(f"arange: cannot go from {start} to {end} in steps of {step}")
    whole = not any(isinstance(x, float) for x in (start, end, step))
    count = -((start - end) // step) if whole else math.ceil((end - start) / step)
    wanted = dtypes.as_dtype(dtype or (int if whole else float))
    numbers = np.arange(count, dtype=np.int64 if whole else np.float64) * step + start
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
    if steps < 0:
        raise ValueError(f"linspace: steps is {steps}, expected 0 or more")
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


def zeros_like(
    input: Tensor,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Zeros, in the shape and type of another tensor.

    Example:
        >>> zeros_like(tensor([1, 2]))
        tensor([0, 0])
    """
    check_device("zeros_like", device)
    like = array_like("zeros_like", input)
    return made(np.zeros(like.shape, dtypes.as_dtype(dtype or like.dtype)), requires_grad)


def ones_like(
    input: Tensor,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Ones, in the shape and type of another tensor.

    Example:
        >>> ones_like(tensor([0.5, 2.0]))
        tensor([1., 1.])
    """
    check_device("ones_like", device)
    like = array_like("ones_like", input)
    return made(np.ones(like.shape, dtypes.as_dtype(dtype or like.dtype)), requires_grad)


def empty_like(
    input: Tensor,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Whatever was in memory, in the shape and type of another tensor.

    Example:
        >>> empty_like(zeros(2, 3)).shape
        (2, 3)
    """
    check_device("empty_like", device)
    like = array_like("empty_like", input)
    return made(np.empty(like.shape, dtypes.as_dtype(dtype or like.dtype)), requires_grad)


def full_like(
    input: Tensor,
    fill_value: Number,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """One number, repeated, in the shape and type of another tensor.

    Example:
        >>> full_like(zeros(3), 2)
        tensor([2., 2., 2.])
    """
    like = array_like("full_like", input)
    return full(
        like.shape,
        fill_value,
        dtype=dtype or like.dtype,
        device=device,
        requires_grad=requires_grad,
    )


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


# --- what the constructors share, also those of `random.py`


def array_like(function: str, input: Any) -> np.ndarray:
    """The array that a `..._like` function takes shape and type from."""
    if isinstance(input, Tensor):
        return input.data
    raise TypeError(f"{function}: input is a {type(input).__name__}, expected a Tensor")


def size_of(function: str, size: Sequence[Size]) -> tuple[int, ...]:
    """The size given as numbers or as one sequence, checked."""
    lengths = size[0] if len(size) == 1 and isinstance(size[0], Sequence) else size
    try:
        found = tuple(int(n.__index__()) for n in lengths)  # type: ignore[union-attr]
    except AttributeError:
        raise TypeError(f"{function}: size is {lengths!r}, expected whole numbers") from None
    if any(n < 0 for n in found):
        raise ValueError(f"{function}: size is {found}, expected no negative length")
    return found


def made(array: np.ndarray, requires_grad: bool) -> Tensor:
    """The new tensor around a new array."""
    result = Tensor.from_array(array)
    return result.requires_grad_() if requires_grad else result


def _or_float32(dtype: DTypeLike | None) -> np.dtype[Any]:
    return dtypes.float32 if dtype is None else dtypes.as_dtype(dtype)
