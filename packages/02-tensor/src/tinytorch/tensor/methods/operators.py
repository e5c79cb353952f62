"""What Python's operators mean for Tensors."""

# mypy: disable-error-code="no-any-return"
# Functions return what they are given: of a Tensor a Tensor, of an array an array.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

import tinytorch.tensor as tt

if TYPE_CHECKING:
    from tinytorch.tensor.tensor import Tensor


class Operators:
    """Arithmetic, comparison, logic and indexing by operators.

    For an operand that is no number, array or tensor they return `NotImplemented`, so that its own
    class may answer. Those of arithmetic go straight to the written-out calls of `Primitive`.
    """

    __slots__ = ()

    def __add__(self, other: Any) -> Tensor:
        return tt.add.binary(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __sub__(self, other: Any) -> Tensor:
        return tt.sub.binary(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __mul__(self, other: Any) -> Tensor:
        return tt.mul.binary(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __truediv__(self, other: Any) -> Tensor:
        return tt.div.binary(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __matmul__(self, other: Any) -> Tensor:
        return tt.matmul.binary(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __pow__(self, exponent: Any) -> Tensor:
        return tt.pow(self, exponent) if isinstance(exponent, _OPERANDS) else NotImplemented

    def __floordiv__(self, other: Any) -> Tensor:
        return tt.floor_divide(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __mod__(self, other: Any) -> Tensor:
        return tt.remainder(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __neg__(self) -> Tensor:
        return tt.neg.unary(self)

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Tensor:
        return tt.abs(self)

    # --- with the tensor on the right: 2 - x

    def __radd__(self, other: Any) -> Tensor:
        return tt.add(other, self) if isinstance(other, _OPERANDS) else NotImplemented

    def __rsub__(self, other: Any) -> Tensor:
        return tt.sub(other, self) if isinstance(other, _OPERANDS) else NotImplemented

    def __rmul__(self, other: Any) -> Tensor:
        return tt.mul.binary(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __rtruediv__(self, other: Any) -> Tensor:
        return tt.div(other, self) if isinstance(other, _OPERANDS) else NotImplemented

    def __rmatmul__(self, other: Any) -> Tensor:
        return tt.matmul(other, self) if isinstance(other, _OPERANDS) else NotImplemented

    def __rpow__(self, other: Any) -> Tensor:
        return tt.pow(other, self) if isinstance(other, _OPERANDS) else NotImplemented

    def __rfloordiv__(self, other: Any) -> Tensor:
        return tt.floor_divide(other, self) if isinstance(other, _OPERANDS) else NotImplemented

    def __rmod__(self, other: Any) -> Tensor:
        return tt.remainder(other, self) if isinstance(other, _OPERANDS) else NotImplemented

    # --- comparison

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        return tt.eq(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        return tt.ne(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __lt__(self, other: Any) -> Tensor:
        return tt.lt(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __le__(self, other: Any) -> Tensor:
        return tt.le(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __gt__(self, other: Any) -> Tensor:
        return tt.gt(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __ge__(self, other: Any) -> Tensor:
        return tt.ge(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    __hash__ = object.__hash__  # by identity, though == compares elements

    # --- logic, bit by bit for integers

    def __invert__(self) -> Tensor:
        return tt.bitwise_not(self)

    def __and__(self, other: Any) -> Tensor:
        return tt.bitwise_and(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __or__(self, other: Any) -> Tensor:
        return tt.bitwise_or(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __xor__(self, other: Any) -> Tensor:
        return tt.bitwise_xor(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __rand__(self, other: Any) -> Tensor:
        return tt.bitwise_and(other, self) if isinstance(other, _OPERANDS) else NotImplemented

    def __ror__(self, other: Any) -> Tensor:
        return tt.bitwise_or(other, self) if isinstance(other, _OPERANDS) else NotImplemented

    def __rxor__(self, other: Any) -> Tensor:
        return tt.bitwise_xor(other, self) if isinstance(other, _OPERANDS) else NotImplemented

    # --- indexing

    def __getitem__(self, key: Any) -> Tensor:
        return tt.indexing.read(self, key)  # type: ignore[arg-type]

    def __setitem__(self, key: Any, value: Any) -> None:
        tt.indexing.write(self, key, value)  # type: ignore[arg-type]


_OPERANDS = (Operators, float, int, np.ndarray, np.generic)  # Operators: every Tensor
