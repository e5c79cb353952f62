"""What NumPy does when one of its functions, or an array's operator, is given a Tensor."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

import tinytorch.tensor as tt


class NumpyCalls:
    """An array's operators become the Tensor's; NumPy's other functions are refused.

    They would lose the gradient. An array's operators in place write into the array, as in
    `p.data -= lr * p.grad`.
    """

    __slots__ = ()

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = (), **settings: Any
    ) -> Any:
        name = _OPERATORS.get(ufunc.__name__)
        if name and method == "__call__" and not settings:
            if not out:
                return getattr(tt, name)(*inputs)
            array, other = inputs
            if array is out[0] and isinstance(array, np.ndarray):
                return ufunc(array, other.numpy(), out=out)
        _refuse(ufunc)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        _refuse(func)


_OPERATORS = {
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "floor_divide": "floor_divide",
    "remainder": "remainder",
    "power": "pow",
    "matmul": "matmul",
    "equal": "eq",
    "not_equal": "ne",
    "less": "lt",
    "less_equal": "le",
    "greater": "gt",
    "greater_equal": "ge",
    "bitwise_and": "bitwise_and",
    "bitwise_or": "bitwise_or",
    "bitwise_xor": "bitwise_xor",
}
"""The functions behind an array's operators: NumPy's name, and ours."""


def _refuse(function: Any) -> NoReturn:
    name = getattr(function, "__name__", str(function))
    ours = f"tinytorch.tensor.{name}" if hasattr(tt, name) else "a function of tinytorch.tensor"
    raise TypeError(
        f"numpy.{name}: got a Tensor, whose gradient it would lose; use {ours}, or tensor.numpy()"
    )
