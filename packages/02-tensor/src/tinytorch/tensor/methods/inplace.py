"""Methods that write into the Tensor itself; their names end in an underscore.

All of them return the tensor. The result takes the tensor's type, which must be able to hold it (a
float does not go into an integer), and its shape, which does not grow. The errors of
`writes.writable` keep a write from making a recorded gradient wrong.
"""

# mypy: disable-error-code="no-any-return"
# What is returned is the tensor itself.

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

import numpy as np

import tinytorch.tensor as tt
from tinytorch.tensor import dtypes
from tinytorch.tensor.dims import real
from tinytorch.tensor.writes import writable, writes

if TYPE_CHECKING:
    from numpy.random import Generator

    from tinytorch.tensor.tensor import Tensor

_Kernel = Callable[..., np.ndarray]


class InPlace:
    """Arithmetic, functions, assignment and random numbers, in place."""

    __slots__ = ()

    _array: np.ndarray

    # --- arithmetic

    def __iadd__(self, other: Any) -> Self:
        return self.add_(other)

    def __isub__(self, other: Any) -> Self:
        return self.sub_(other)

    def __imul__(self, other: Any) -> Self:
        return self.mul_(other)

    def __itruediv__(self, other: Any) -> Self:
        return self.div_(other)

    def __ifloordiv__(self, other: Any) -> Self:
        return self.floor_divide_(other)

    def __imod__(self, other: Any) -> Self:
        return self.remainder_(other)

    def __ipow__(self, exponent: Any) -> Self:
        return self.pow_(exponent)

    def __iand__(self, other: Any) -> Self:
        return self.bitwise_and_(other)

    def __ior__(self, other: Any) -> Self:
        return self.bitwise_or_(other)

    def __ixor__(self, other: Any) -> Self:
        return self.bitwise_xor_(other)

    def add_(self, other: Any, *, alpha: float = 1) -> Self:
        """Add `alpha * other`."""
        return _combine(self, "add_", np.add, other if alpha == 1 else tt.mul(other, alpha))

    def sub_(self, other: Any, *, alpha: float = 1) -> Self:
        """Subtract `alpha * other`."""
        return _combine(self, "sub_", np.subtract, other if alpha == 1 else tt.mul(other, alpha))

    def mul_(self, other: Any) -> Self:
        """Multiply by `other`."""
        return _combine(self, "mul_", np.multiply, other)

    def div_(self, other: Any) -> Self:
        """Divide by `other`."""
        return _combine(self, "div_", np.divide, other, dtypes.float32)

    def pow_(self, exponent: Any) -> Self:
        """Raise to a power."""
        return _assign(self, "pow_", tt.pow, exponent)

    def floor_divide_(self, other: Any) -> Self:
        """Divide by `other` and round down."""
        return _assign(self, "floor_divide_", tt.floor_divide, other)

    def remainder_(self, other: Any) -> Self:
        """Keep what division by `other` leaves."""
        return _assign(self, "remainder_", tt.remainder, other)

    def bitwise_and_(self, other: Any) -> Self:
        """Keep the bits that `other` has too."""
        return _assign(self, "bitwise_and_", tt.bitwise_and, other)

    def bitwise_or_(self, other: Any) -> Self:
        """Add the bits that `other` has."""
        return _assign(self, "bitwise_or_", tt.bitwise_or, other)

    def bitwise_xor_(self, other: Any) -> Self:
        """Turn over the bits that `other` has."""
        return _assign(self, "bitwise_xor_", tt.bitwise_xor, other)

    def lerp_(self, end: Tensor, weight: float) -> Self:
        """Go toward `end` by a share: $x + weight · (end - x)$."""
        return _assign(self, "lerp_", tt.lerp, end, weight)

    # --- functions

    def neg_(self) -> Self:
        """Change the sign."""
        return _apply(self, "neg_", np.negative)

    def abs_(self) -> Self:
        """Take the magnitude."""
        return _apply(self, "abs_", np.absolute)

    def sign_(self) -> Self:
        """Keep the sign: -1, 0 or 1."""
        return _assign(self, "sign_", tt.sign)

    def square_(self) -> Self:
        """Multiply by itself."""
        return _apply(self, "square_", np.square)

    def floor_(self) -> Self:
        """Round down."""
        return _assign(self, "floor_", tt.floor)

    def ceil_(self) -> Self:
        """Round up."""
        return _assign(self, "ceil_", tt.ceil)

    def trunc_(self) -> Self:
        """Round toward zero."""
        return _assign(self, "trunc_", tt.trunc)

    def round_(self) -> Self:
        """Round to the nearest integer, halves to the even one."""
        return _assign(self, "round_", tt.round)

    def exp_(self) -> Self:
        """Take the exponential."""
        return _apply(self, "exp_", np.exp, dtypes.float32)

    def log_(self) -> Self:
        """Take the natural logarithm."""
        return _apply(self, "log_", np.log, dtypes.float32)

    def expm1_(self) -> Self:
        """Take the exponential minus one."""
        return _apply(self, "expm1_", np.expm1, dtypes.float32)

    def log1p_(self) -> Self:
        """Take the natural logarithm of one plus it."""
        return _apply(self, "log1p_", np.log1p, dtypes.float32)

    def sqrt_(self) -> Self:
        """Take the square root."""
        return _apply(self, "sqrt_", np.sqrt, dtypes.float32)

    def rsqrt_(self) -> Self:
        """Take the reciprocal of the square root."""
        return _assign(self, "rsqrt_", tt.rsqrt)

    def reciprocal_(self) -> Self:
        """Take one divided by it."""
        return _apply(self, "reciprocal_", np.reciprocal, dtypes.float32)

    def sin_(self) -> Self:
        """Take the sine."""
        return _apply(self, "sin_", np.sin, dtypes.float32)

    def cos_(self) -> Self:
        """Take the cosine."""
        return _apply(self, "cos_", np.cos, dtypes.float32)

    def tanh_(self) -> Self:
        """Take the hyperbolic tangent."""
        return _apply(self, "tanh_", np.tanh, dtypes.float32)

    def clamp_(self, min: Any = None, max: Any = None) -> Self:
        """Bring elements below `min` up to it, and those above `max` down to it."""
        return _assign(self, "clamp_", tt.clamp, min, max)

    # --- assignment

    def copy_(self, src: Any) -> Self:
        """Take the elements of `src`, which is broadcast and brought to this type."""
        return _fill(self, "copy_", src)

    def fill_(self, value: Any) -> Self:
        """Set every element to one number."""
        shape = np.shape(tt.indexing.plain("fill_", value))
        if shape:
            raise ValueError(f"fill_: value has shape {shape}, expected a single number")
        return _fill(self, "fill_", value)

    def zero_(self) -> Self:
        """Set every element to zero."""
        return _fill(self, "zero_", 0)

    def masked_fill_(self, mask: Tensor, value: Any) -> Self:
        """Set the elements where `mask` is true to one number."""
        return _assign(self, "masked_fill_", lambda x, y: tt.masked_fill(x, mask, y), value)

    def scatter_(self, dim: int, index: Tensor, src: Any) -> Self:
        """Set the elements at places along a dimension, see `tinytorch.tensor.scatter`."""
        return _assign(self, "scatter_", lambda x, y: tt.scatter(x, dim, index, y), src)

    def scatter_add_(self, dim: int, index: Tensor, src: Tensor) -> Self:
        """Add to the elements at places along a dimension, see `tinytorch.tensor.scatter_add`."""
        return _assign(self, "scatter_add_", lambda x, y: tt.scatter_add(x, dim, index, y), src)

    # --- random numbers

    def uniform_(
        self, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None
    ) -> Self:
        """Draw every element evenly between two numbers."""
        from_, to = real("uniform_", "from_", from_), real("uniform_", "to", to)
        if not from_ <= to:
            raise ValueError(f"uniform_: goes from {from_} to {to}, expected rising bounds")
        drawn = tt.random.uniform("uniform_", self._array.shape, self._array.dtype, generator)
        return _fill(self, "uniform_", drawn * (to - from_) + from_)

    def normal_(
        self, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
    ) -> Self:
        """Draw every element from a normal distribution."""
        mean, std = real("normal_", "mean", mean), real("normal_", "std", std)
        if not std >= 0:
            raise ValueError(f"normal_: std is {std}, expected 0 or more")
        drawn = tt.random.gaussian("normal_", self._array.shape, self._array.dtype, generator)
        return _fill(self, "normal_", drawn * std + mean)

    def bernoulli_(self, p: Any = 0.5, *, generator: Generator | None = None) -> Self:
        """Set every element to 1 with probability `p`, else to 0."""
        chances = tt.as_tensor(p).detach().double()
        drawn = tt.bernoulli(tt.broadcast_to(chances, self._array.shape), generator=generator)
        return _fill(self, "bernoulli_", drawn)


def _apply(
    tensor: Any, operation: str, kernel: _Kernel, at_least: np.dtype[Any] = dtypes.bool
) -> Any:
    """Run a kernel of one array on the tensor's own memory."""
    array = writable(tensor, operation)
    _check_type(operation, dtypes.promote([array], at_least), array)
    _run(operation, kernel, array, out=array)
    writes.note(array)
    return tensor


def _combine(
    tensor: Any, operation: str, kernel: _Kernel, other: Any, at_least: np.dtype[Any] = dtypes.bool
) -> Any:
    """Run a kernel of two arrays on the tensor's own memory."""
    array = writable(tensor, operation, other)
    value = tt.indexing.plain(operation, other)
    dtype = dtypes.promote([array, value], at_least)
    _check_type(operation, dtype, array)
    if isinstance(value, np.ndarray):
        if value.shape != array.shape:
            _check_shape(operation, value.shape, array)
        value = value.astype(dtype, copy=False)
    if dtype is array.dtype:
        _run(operation, kernel, array, value, out=array)
    else:
        with np.errstate(all="ignore"):
            array[...] = _run(operation, kernel, array.astype(dtype), value)
    writes.note(array)
    return tensor


def _run(operation: str, kernel: _Kernel, *inputs: Any, out: np.ndarray | None = None) -> Any:
    """Call a kernel; what it can't do becomes an error that names the operation."""
    try:
        with np.errstate(all="ignore"):
            return kernel(*inputs, out=out)
    except (TypeError, OverflowError) as error:
        types = " and ".join(str(getattr(x, "dtype", x)) for x in inputs)
        kind = OverflowError if isinstance(error, OverflowError) else TypeError
        raise kind(f"{operation}: cannot be computed of {types}: {error}") from error


def _assign(tensor: Any, operation: str, function: Callable[..., Any], *values: Any) -> Any:
    """Write what a function makes of the tensor and the values into the tensor."""
    for value in values:
        writable(tensor, operation, value)
    array = writable(tensor, operation)
    with np.errstate(all="ignore"):
        result = function(tensor.detach(), *values)
    _check_type(operation, result.dtype, array)
    return _fill(tensor, operation, result)


def _fill(tensor: Any, operation: str, value: Any) -> Any:
    """Write a value, of whatever type, into the tensor."""
    array = writable(tensor, operation, value)
    tt.indexing.put(operation, array, ..., tt.indexing.plain(operation, value))
    writes.note(array)
    return tensor


def _check_type(operation: str, dtype: np.dtype[Any], array: np.ndarray) -> None:
    if not dtypes.can_cast(dtype, array.dtype):
        raise TypeError(
            f"{operation}: the result is {dtype}, which a tensor of {array.dtype} cannot hold; "
            f"compute a new one with {operation.strip('_')}, or convert the tensor first"
        )


def _check_shape(operation: str, shape: tuple[int, ...], array: np.ndarray) -> None:
    try:
        fits = np.broadcast_shapes(shape, array.shape) == array.shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"{operation}: the other operand has shape {shape}, expected one that broadcasts to "
            f"{array.shape}, which cannot grow in place"
        )
