"""What `dim` and a shape mean: numbers checked once, before a primitive runs.

A `dim` may count from the end, and may be one number or several. Primitives are given what comes
out of here, numbers from 0 on, so kernels and derivative rules never see a negative one.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

Dims = int | Sequence[int] | None
"""One dimension, several, or all of them: None, and also no dimensions at all, as in PyTorch."""


def ndim_of(operation: str, input: Any, name: str = "input") -> int:
    """The number of dimensions of a tensor or array; an error calls it `name`.

    Raises:
        TypeError: for anything that has none, such as a list.
    """
    try:
        return input.ndim  # type: ignore[no-any-return]
    except AttributeError:
        raise TypeError(
            f"{operation}: {name} is of type {type(input).__name__}, expected a tensor; "
            "make it one with tensor(...)"
        ) from None


def one_dim(operation: str, dim: int, ndim: int) -> int:
    """`dim` counted from the front. A tensor of 0 dimensions has dimension 0, as in PyTorch.

    Raises:
        TypeError: if it is no integer.
        IndexError: if there is no such dimension.

    Example:
        >>> one_dim("sum", -1, 3)
        2
    """
    dim = integer(operation, "dim", dim)
    bound = ndim or 1
    if not -bound <= dim < bound:
        raise IndexError(
            f"{operation}: dim {dim} is out of range for a tensor of {ndim} dimensions, "
            f"expected {-bound} to {bound - 1}"
        )
    return dim % bound


def all_dims(operation: str, dim: Dims, ndim: int) -> tuple[int, ...]:
    """The dimensions that `dim` names, counted from the front; all for None or an empty tuple.

    Raises:
        TypeError: if one of them is no integer.
        IndexError: if there is no such dimension.
        ValueError: if one is named twice.

    Example:
        >>> all_dims("sum", (-1, 0), 3)
        (2, 0)
    """
    if dim is None:
        return tuple(range(ndim))
    if isinstance(dim, Sequence) and not isinstance(dim, str):
        found = tuple([one_dim(operation, d, ndim) for d in dim]) or tuple(range(ndim))
        if len(set(found)) < len(found):
            raise ValueError(f"{operation}: dim {tuple(dim)} names a dimension twice")
    else:
        found = (one_dim(operation, dim, ndim),)
    return found if ndim else ()


def integer(operation: str, name: str, value: Any, least: int | None = None) -> int:
    """`value` as an int, and not below `least` where that is given.

    Args:
        operation: who asks, for errors.
        name: of the argument.
        value: anything.
        least: the least that it may be.

    Raises:
        TypeError: for floats, and for booleans, which Python would take for 0 and 1.
        ValueError: if it is below.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{operation}: {name} is {value!r:.60}, expected an integer")
    if least is not None and number < least:
        raise ValueError(f"{operation}: {name} is {number}, expected at least {least}")
    return number


def real(operation: str, name: str, value: Any) -> Any:
    """`value` as a Python number: one already, NumPy's, or a tensor without dimensions.

    Raises:
        TypeError: if it is something else, or a tensor whose gradient would be lost.
    """
    if isinstance(value, bool | int | float) and not isinstance(value, np.generic):
        return value
    no_gradient(operation, name, value)
    if getattr(value, "ndim", None) == 0:
        return value.item()
    raise TypeError(f"{operation}: {name} is {value!r}, expected a number")


def setting(operation: str, name: str, value: Any) -> Any:
    """`value` as a Python number, see `real`, where a tensor would be taken for an input.

    Raises:
        TypeError: if it is no number, or a tensor.
    """
    number = real(operation, name, value)
    if hasattr(value, "requires_grad"):
        raise TypeError(f"{operation}: {name} is a setting, not a tensor; pass {name}.item()")
    return number


def no_gradient(operation: str, name: str, value: Any) -> None:
    """Raise TypeError for a tensor that requires a gradient, where none would come back to it."""
    if getattr(value, "requires_grad", False):
        raise TypeError(
            f"{operation}: {name} is a setting, not a tensor that requires a gradient; "
            f"pass {name}.item()"
        )


def shape_of(operation: str, shape: Any, name: str = "shape") -> tuple[int, ...]:
    """A shape as a tuple of ints; one number is a shape of one dimension.

    Raises:
        TypeError: if a length is no integer.
    """
    if isinstance(shape, Sequence) and not isinstance(shape, str):
        return tuple([integer(operation, name, n) for n in shape])
    return (integer(operation, name, shape),)


def with_ones(shape: Sequence[int], dim: Sequence[int]) -> tuple[int, ...]:
    """The shape of a reduction over `dim` that keeps its dimensions.

    Example:
        >>> with_ones((2, 3, 4), (1,))
        (2, 1, 4)
    """
    return tuple([1 if i in dim else n for i, n in enumerate(shape)])
