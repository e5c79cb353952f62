"""Compare, decide and choose, element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor import dtypes
from tinytorch.tensor.dims import ndim_of, real, setting
from tinytorch.tensor.masking import choose
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.quiet import quiet
from tinytorch.tensor.shape import cast


@primitive(ufunc=quiet(np.equal), differentiable=False)
def eq(input: Any, other: Any) -> Any:
    """Whether $x = y$.

    Example:
        >>> eq(tensor([1, 2, 3]), 2)
        tensor([False,  True, False])
    """


@primitive(ufunc=quiet(np.not_equal), differentiable=False)
def ne(input: Any, other: Any) -> Any:
    r"""Whether $x \ne y$; nan differs from itself.

    Example:
        >>> ne(tensor([1, 2, 3]), 2)
        tensor([ True, False,  True])
    """


@primitive(ufunc=quiet(np.less), differentiable=False)
def lt(input: Any, other: Any) -> Any:
    """Whether $x < y$.

    Example:
        >>> lt(tensor([1, 2, 3]), 2)
        tensor([ True, False, False])
    """


@primitive(ufunc=quiet(np.less_equal), differentiable=False)
def le(input: Any, other: Any) -> Any:
    r"""Whether $x \le y$.

    Example:
        >>> le(tensor([1, 2, 3]), 2)
        tensor([ True,  True, False])
    """


@primitive(ufunc=quiet(np.greater), differentiable=False)
def gt(input: Any, other: Any) -> Any:
    """Whether $x > y$.

    Example:
        >>> gt(tensor([1, 2, 3]), 2)
        tensor([False, False,  True])
    """


@primitive(ufunc=quiet(np.greater_equal), differentiable=False)
def ge(input: Any, other: Any) -> Any:
    r"""Whether $x \ge y$.

    Example:
        >>> ge(tensor([1, 2, 3]), 2)
        tensor([False,  True,  True])
    """


@primitive(differentiable=False)
def near(input: Any, other: Any, *, rtol: float, atol: float, equal_nan: bool) -> Any:
    """What `isclose` computes."""
    if np.result_type(input, other).kind != "f":
        input, other = np.asarray(input, np.int64), np.asarray(other, np.int64)
    with np.errstate(all="ignore"):
        gap = np.abs(np.subtract(input, other))
        near = np.isfinite(gap) & (gap <= atol + rtol * np.abs(other))
        near |= np.equal(input, other)
    return near | (np.isnan(input) & np.isnan(other)) if equal_nan else near


def isclose(
    input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Any:
    r"""Whether $|x - y| \le \text{atol} + \text{rtol} |y|$.

    Args:
        input: a tensor.
        other: what is expected, of a shape that broadcasts.
        rtol: the tolerance relative to `other`.
        atol: the absolute tolerance.
        equal_nan: whether nan is close to nan.

    Returns:
        a boolean for each element.

    Raises:
        ValueError: for a negative tolerance.

    Example:
        >>> isclose(tensor([1.0, 1.1]), tensor([1.0000001, 1.0]))
        tensor([ True, False])
    """
    return _close("isclose", input, other, rtol, atol, equal_nan)


def allclose(
    input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Whether all elements are close, see `isclose`.

    Example:
        >>> allclose(tensor([1.0, 2.0]), tensor([1.0, 2.00001]))
        True
    """
    return bool(np.asarray(_close("allclose", input, other, rtol, atol, equal_nan)).all())


def _close(function: str, input: Any, other: Any, rtol: float, atol: float, equal_nan: bool) -> Any:
    """What `isclose` returns, with errors that name the function that was called."""
    rtol, atol = setting(function, "rtol", rtol), setting(function, "atol", atol)
    if rtol < 0 or atol < 0:
        raise ValueError(f"{function}: rtol is {rtol} and atol {atol}, expected 0 or more")
    for name, x in (("input", input), ("other", other)):
        if not isinstance(x, bool | int | float):
            ndim_of(function, x, name)
    shapes = [tuple(getattr(x, "shape", ())) for x in (input, other)]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(
            f"{function}: shapes {shapes[0]} and {shapes[1]} do not broadcast; "
            "from the right, each length must be equal or 1"
        ) from None
    return near(input, other, rtol=rtol, atol=atol, equal_nan=equal_nan)


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and equal elements.

    Example:
        >>> equal(tensor([1, 2]), tensor([1, 2])), equal(tensor([1, 2]), tensor([[1, 2]]))
        (True, False)
    """
    ndim_of("equal", input)
    ndim_of("equal", other, "other")
    return input.shape == other.shape and bool(np.asarray(eq(input, other)).all())


@primitive(ufunc=np.isnan, differentiable=False)
def isnan(input: Any) -> Any:
    """Whether it is not a number.

    Example:
        >>> isnan(tensor([1.0, float("nan"), float("inf")]))
        tensor([False,  True, False])
    """


@primitive(ufunc=np.isinf, differentiable=False)
def isinf(input: Any) -> Any:
    """Whether it is infinite, of either sign.

    Example:
        >>> isinf(tensor([1.0, float("nan"), -float("inf")]))
        tensor([False, False,  True])
    """


@primitive(ufunc=np.isfinite, differentiable=False)
def isfinite(input: Any) -> Any:
    """Whether it is a number, and not infinite.

    Example:
        >>> isfinite(tensor([1.0, float("nan"), float("inf")]))
        tensor([ True, False, False])
    """


@primitive(ufunc=np.maximum)
def maximum(input: Any, other: Any) -> Any:
    r"""The larger of two numbers, $\max(x, y)$; nan if one is.

    Example:
        >>> maximum(tensor([1.0, 5.0]), tensor([3.0, 2.0]))
        tensor([3., 5.])
    """


@primitive(ufunc=np.minimum)
def minimum(input: Any, other: Any) -> Any:
    r"""The smaller of two numbers, $\min(x, y)$; nan if one is.

    Example:
        >>> minimum(tensor([1.0, 5.0]), tensor([3.0, 2.0]))
        tensor([1., 2.])
    """


@primitive
def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    r"""What lies outside of the bounds is moved to them: $\min(\max(x, \text{min}), \text{max})$.

    Args:
        input: a tensor of any shape.
        min: the lower bound, a number or a tensor; None for no bound.
        max: the upper bound, likewise; it wins where it is the smaller of the two.

    Raises:
        ValueError: if neither bound is given.

    Example:
        >>> clamp(tensor([-1.0, 0.5, 2.0]), min=0, max=1)
        tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None is max:
        raise ValueError("clamp: min and max are both None, expected at least one bound")
    with np.errstate(over="ignore"):  # a bound beyond the type is infinite
        return np.asarray(input).clip(min, max)  # one pass over memory


@primitive(promotion="none")
def where(condition: Any, input: Any, other: Any) -> Any:
    r"""$x$ where the condition is true, $y$ where it is not.

    Args:
        condition: booleans.
        input: a tensor or a number, of a shape that broadcasts.
        other: likewise.

    Raises:
        TypeError: if the condition is not boolean.
        ValueError: if a number does not fit the other's integer type.

    Example:
        >>> x = tensor([-1.0, 2.0])
        >>> where(x > 0, x, 0.0)
        tensor([0., 2.])
    """
    _require_boolean("where", "condition", condition)
    if getattr(input, "dtype", None) is getattr(other, "dtype", 0):
        return choose(condition, input, other)
    values = [np.asarray(x) if isinstance(x, np.generic) else x for x in (input, other)]
    dtype = dtypes.promote(values)  # NumPy's may differ
    return choose(condition, *[_in_type("where", x, dtype) for x in values])


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """The input with one number, brought to its type, in all places where the mask is true.

    Args:
        input: a tensor of any shape.
        mask: booleans, of a shape that broadcasts with the input's.
        value: a number, or a tensor with no dimensions.

    Raises:
        TypeError: if the mask is not boolean.
        ValueError: if the value has dimensions, or does not fit the input's integer type.

    Example:
        >>> masked_fill(tensor([1.0, 2.0]), tensor([True, False]), -1e9)
        tensor([-1.0000e+09,  2.0000e+00])
    """
    ndim_of("masked_fill", input)
    _require_boolean("masked_fill", "mask", mask)
    if getattr(value, "ndim", 0):
        raise ValueError(
            f"masked_fill: value has shape {tuple(value.shape)}, expected a single number"
        )
    recorded = getattr(value, "requires_grad", False)
    number = real("masked_fill", "value", value.detach() if recorded else value)
    filling = _in_type("masked_fill", number, input.dtype)
    if recorded:
        filling = cast(value, dtype=input.dtype)
    return where(mask, filling, input)


def _in_type(function: str, value: Any, dtype: np.dtype[Any]) -> Any:
    """An array or a Python number as an array of a type, which has to hold the number."""
    if not isinstance(value, np.ndarray) and not dtypes.holds(dtype, value):
        raise ValueError(f"{function}: {value} does not fit {dtype}")
    with np.errstate(all="ignore"):
        return np.asarray(value).astype(dtype, copy=False)


def _require_boolean(name: str, argument: str, condition: Any) -> None:
    ndim_of(name, condition, argument)
    if condition.dtype != np.bool_:
        raise TypeError(
            f"{name}: {argument} has type {condition.dtype}, expected bool; use {argument} != 0"
        )
