"""Methods that compute element by element."""

# mypy: disable-error-code="no-any-return"
# Functions return what they are given: of a Tensor a Tensor, of an array an array.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tinytorch.tensor as tt

if TYPE_CHECKING:
    from numpy.random import Generator

    from tinytorch.tensor.tensor import Tensor


class Elementwise:
    """Arithmetic, functions, comparison and logic."""

    __slots__ = ()

    def add(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.add`."""
        return tt.add(self, other)

    def sub(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.sub`."""
        return tt.sub(self, other)

    def mul(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.mul`."""
        return tt.mul(self, other)

    def div(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.div`."""
        return tt.div(self, other)

    def floor_divide(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.floor_divide`."""
        return tt.floor_divide(self, other)

    def remainder(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.remainder`."""
        return tt.remainder(self, other)

    def pow(self, exponent: Any) -> Tensor:
        """See `tinytorch.tensor.pow`."""
        return tt.pow(self, exponent)

    def neg(self) -> Tensor:
        """See `tinytorch.tensor.neg`."""
        return tt.neg(self)

    def abs(self) -> Tensor:
        """See `tinytorch.tensor.abs`."""
        return tt.abs(self)

    def sign(self) -> Tensor:
        """See `tinytorch.tensor.sign`."""
        return tt.sign(self)

    def square(self) -> Tensor:
        """See `tinytorch.tensor.square`."""
        return tt.square(self)

    def sqrt(self) -> Tensor:
        """See `tinytorch.tensor.sqrt`."""
        return tt.sqrt(self)

    def rsqrt(self) -> Tensor:
        """See `tinytorch.tensor.rsqrt`."""
        return tt.rsqrt(self)

    def reciprocal(self) -> Tensor:
        """See `tinytorch.tensor.reciprocal`."""
        return tt.reciprocal(self)

    def exp(self) -> Tensor:
        """See `tinytorch.tensor.exp`."""
        return tt.exp(self)

    def expm1(self) -> Tensor:
        """See `tinytorch.tensor.expm1`."""
        return tt.expm1(self)

    def log(self) -> Tensor:
        """See `tinytorch.tensor.log`."""
        return tt.log(self)

    def log1p(self) -> Tensor:
        """See `tinytorch.tensor.log1p`."""
        return tt.log1p(self)

    def log2(self) -> Tensor:
        """See `tinytorch.tensor.log2`."""
        return tt.log2(self)

    def log10(self) -> Tensor:
        """See `tinytorch.tensor.log10`."""
        return tt.log10(self)

    def sin(self) -> Tensor:
        """See `tinytorch.tensor.sin`."""
        return tt.sin(self)

    def cos(self) -> Tensor:
        """See `tinytorch.tensor.cos`."""
        return tt.cos(self)

    def tan(self) -> Tensor:
        """See `tinytorch.tensor.tan`."""
        return tt.tan(self)

    def tanh(self) -> Tensor:
        """See `tinytorch.tensor.tanh`."""
        return tt.tanh(self)

    def erf(self) -> Tensor:
        """See `tinytorch.tensor.erf`."""
        return tt.erf(self)

    def floor(self) -> Tensor:
        """See `tinytorch.tensor.floor`."""
        return tt.floor(self)

    def ceil(self) -> Tensor:
        """See `tinytorch.tensor.ceil`."""
        return tt.ceil(self)

    def trunc(self) -> Tensor:
        """See `tinytorch.tensor.trunc`."""
        return tt.trunc(self)

    def round(self, *, decimals: int = 0) -> Tensor:
        """See `tinytorch.tensor.round`."""
        return tt.round(self, decimals=decimals)

    def maximum(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.maximum`."""
        return tt.maximum(self, other)

    def minimum(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.minimum`."""
        return tt.minimum(self, other)

    def clamp(self, min: Any = None, max: Any = None) -> Tensor:
        """See `tinytorch.tensor.clamp`."""
        return tt.clamp(self, min, max)

    def lerp(self, end: Any, weight: Any) -> Tensor:
        """See `tinytorch.tensor.lerp`."""
        return tt.lerp(self, end, weight)

    def where(self, condition: Any, other: Any) -> Tensor:
        """See `tinytorch.tensor.where`."""
        return tt.where(condition, self, other)

    def masked_fill(self, mask: Any, value: Any) -> Tensor:
        """See `tinytorch.tensor.masked_fill`."""
        return tt.masked_fill(self, mask, value)

    def isnan(self) -> Tensor:
        """See `tinytorch.tensor.isnan`."""
        return tt.isnan(self)

    def isinf(self) -> Tensor:
        """See `tinytorch.tensor.isinf`."""
        return tt.isinf(self)

    def isfinite(self) -> Tensor:
        """See `tinytorch.tensor.isfinite`."""
        return tt.isfinite(self)

    def eq(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.eq`."""
        return tt.eq(self, other)

    def ne(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.ne`."""
        return tt.ne(self, other)

    def lt(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.lt`."""
        return tt.lt(self, other)

    def le(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.le`."""
        return tt.le(self, other)

    def gt(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.gt`."""
        return tt.gt(self, other)

    def ge(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.ge`."""
        return tt.ge(self, other)

    def isclose(
        self, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
    ) -> Tensor:
        """See `tinytorch.tensor.isclose`."""
        return tt.isclose(self, other, rtol, atol, equal_nan)

    def allclose(
        self, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
    ) -> bool:
        """See `tinytorch.tensor.allclose`."""
        return tt.allclose(self, other, rtol, atol, equal_nan)

    def equal(self, other: Any) -> bool:
        """See `tinytorch.tensor.equal`."""
        return tt.equal(self, other)

    def logical_and(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.logical_and`."""
        return tt.logical_and(self, other)

    def logical_or(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.logical_or`."""
        return tt.logical_or(self, other)

    def logical_xor(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.logical_xor`."""
        return tt.logical_xor(self, other)

    def logical_not(self) -> Tensor:
        """See `tinytorch.tensor.logical_not`."""
        return tt.logical_not(self)

    def bitwise_and(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.bitwise_and`."""
        return tt.bitwise_and(self, other)

    def bitwise_or(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.bitwise_or`."""
        return tt.bitwise_or(self, other)

    def bitwise_xor(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.bitwise_xor`."""
        return tt.bitwise_xor(self, other)

    def bitwise_not(self) -> Tensor:
        """See `tinytorch.tensor.bitwise_not`."""
        return tt.bitwise_not(self)

    def bernoulli(self, *, generator: Generator | None = None) -> Tensor:
        """See `tinytorch.tensor.bernoulli`."""
        return tt.bernoulli(self, generator=generator)  # type: ignore[arg-type]
