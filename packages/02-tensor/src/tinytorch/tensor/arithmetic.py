"""Arithmetic, element by element.

Shapes broadcast and types promote as in PyTorch: a dimension of length 1 stretches to the other's
length, integers that meet floats become floats. Sums and products that overflow warn as NumPy does;
division, powers and the like give inf or nan silently, as PyTorch does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.quiet import quiet


@primitive(ufunc=np.add)
def add(input: Any, other: Any) -> Any:
    """The sum $x + y$; of booleans, whether one is true.

    Example:
        >>> add(tensor([1.0, 2.0]), 10)
        tensor([11., 12.])
    """


@primitive(ufunc=np.subtract)
def sub(input: Any, other: Any) -> Any:
    """The difference $x - y$.

    Raises:
        TypeError: for two booleans; `logical_xor` tells whether they differ.

    Example:
        >>> sub(tensor([1.0, 2.0]), tensor([[1.0], [2.0]]))
        tensor([[ 0.,  1.],
                [-1.,  0.]])
    """


@primitive(ufunc=np.multiply)
def mul(input: Any, other: Any) -> Any:
    """The product $x y$, element by element; `matmul` is the product of matrices.

    Example:
        >>> mul(tensor([1.0, 2.0]), tensor([3.0, 4.0]))
        tensor([3., 8.])
    """


@primitive(ufunc=quiet(np.divide), promotion="float")
def div(input: Any, other: Any) -> Any:
    """The quotient $x / y$, of integers too: `floor_divide` rounds.

    Example:
        >>> div(tensor([1, -1, 0]), tensor([2, 0, 0]))
        tensor([0.5000,   -inf,    nan])
    """


@primitive
def floor_divide(input: Any, other: Any) -> Any:
    r"""The quotient rounded toward minus infinity: $\lfloor x / y \rfloor$.

    Raises:
        TypeError: for two booleans.
        ZeroDivisionError: for integers divided by zero.

    Example:
        >>> floor_divide(tensor([7, -7]), 2)
        tensor([ 3, -4])
    """
    _refuse_indivisible("floor_divide", input, other)
    with np.errstate(all="ignore"):
        return np.floor_divide(input, other)


@primitive
def remainder(input: Any, other: Any) -> Any:
    r"""What `floor_divide` leaves over, of the divisor's sign: $x - y \lfloor x / y \rfloor$.

    Raises:
        TypeError: for two booleans.
        ZeroDivisionError: for integers divided by zero.

    Example:
        >>> remainder(tensor([7, -7]), 4)
        tensor([3, 1])
    """
    _refuse_indivisible("remainder", input, other)
    with np.errstate(all="ignore"):
        return np.remainder(input, other)


def _refuse_indivisible(name: str, input: Any, other: Any) -> None:
    _refuse_booleans(name, input, other)
    if not (_is_floating(input) or _is_floating(other)) and not np.all(other):
        raise ZeroDivisionError(
            f"{name}: other contains zero, which integers cannot be divided by; use input.float()"
        )


def _refuse_booleans(name: str, *inputs: Any) -> None:
    if np.result_type(*inputs).kind == "b":
        raise TypeError(f"{name}: its inputs are booleans, expected numbers; use input.int()")


def _is_floating(x: Any) -> bool:
    dtype = getattr(x, "dtype", None)
    return isinstance(x, float) if dtype is None else dtype.kind == "f"


@quiet
def _power(input: Any, exponent: Any) -> Any:
    if not (_is_floating(input) or _is_floating(exponent)):
        _refuse_booleans("pow", input, exponent)
        if np.any(np.less(exponent, 0)):
            raise ValueError(
                "pow: exponent is negative, expected 0 or more for integers; use input.float()"
            )
    if exponent.__class__ in (int, float) and getattr(input, "dtype", None) != np.float16:
        if exponent in _FACTORS:
            return _product(input, int(exponent))
        if -exponent in _FACTORS:
            return 1.0 / _product(input, int(-exponent))
    return input**exponent  # the operator, unlike np.power, knows -1, 0.5, 1 and 2


# NumPy's power of a negative number takes a hundred times as long as a few products. With more of
# them, and in float16, their rounding would show.
_FACTORS = frozenset(range(2, 13))


def _product(x: Any, n: int) -> Any:
    """The product of n times x, by squares."""
    if n == 1:
        return x
    product = np.square(_product(x, n // 2))
    if n % 2:
        product *= x
    return product


@primitive(ufunc=_power)
def pow(input: Any, exponent: Any) -> Any:
    """The power $x^y$; integers to integers stay integers.

    Raises:
        TypeError: for two booleans.
        ValueError: for integers and a negative exponent.

    Example:
        >>> pow(tensor([1.0, 2.0, 3.0]), 2)
        tensor([1., 4., 9.])
        >>> pow(2, tensor([1, 2, 3]))
        tensor([2, 4, 8])
    """


@primitive(ufunc=np.negative)
def neg(input: Any) -> Any:
    """The negative $-x$.

    Raises:
        TypeError: for booleans; `logical_not` inverts them.

    Example:
        >>> neg(tensor([1.0, -2.0]))
        tensor([-1.,  2.])
    """


@primitive(ufunc=np.absolute)
def abs(input: Any) -> Any:
    """The absolute value $|x|$.

    Example:
        >>> abs(tensor([1, -2]))
        tensor([1, 2])
    """


@primitive
def sign(input: Any) -> Any:
    """The sign: -1, 0 or 1; 0 for nan.

    Example:
        >>> sign(tensor([-2.5, 0.0, 3.0]))
        tensor([-1.,  0.,  1.])
    """
    dtype = np.result_type(input)
    if dtype.kind == "b":
        return np.array(input)
    return np.subtract(input > 0, input < 0, dtype=dtype)


@quiet
def _square(input: Any) -> Any:
    # NumPy's square of booleans is int8, PyTorch's int64
    return np.square(input, dtype=np.int64 if np.result_type(input).kind == "b" else None)


@primitive(ufunc=_square)
def square(input: Any) -> Any:
    """The square $x^2$; of booleans, as int64.

    Example:
        >>> square(tensor([1.0, -2.0]))
        tensor([1., 4.])
    """


@primitive
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """Linear interpolation between two tensors: $x + w (y - x)$, exact at both ends.

    Args:
        input: what weight 0 gives.
        end: what weight 1 gives.
        weight: a number or a tensor.

    Example:
        >>> lerp(tensor([0.0, 10.0]), tensor([1.0, 20.0]), 0.25)
        tensor([ 0.2500, 12.5000])
    """
    with np.errstate(all="ignore"):
        way = end - input
        from_end = np.abs(weight) >= 0.5  # from the nearer end, whose digits the sum keeps
        if isinstance(weight, bool | int | float) or not np.ndim(weight):
            return end - way * (1 - weight) if from_end else input + way * weight
        return np.where(from_end, end - way * (1 - weight), input + way * weight)
