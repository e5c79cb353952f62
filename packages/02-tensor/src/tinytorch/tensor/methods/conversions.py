"""Methods about a Tensor's type, its memory, and copies of it."""

# mypy: disable-error-code="no-any-return"
# Functions return what they are given: of a Tensor a Tensor, of an array an array.

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, overload

import numpy as np

import tinytorch.tensor as tt
from tinytorch.tensor import dtypes
from tinytorch.tensor.dims import integer, ndim_of

if TYPE_CHECKING:
    from tinytorch.tensor.dtypes import DTypeLike
    from tinytorch.tensor.tensor import Tensor


class Conversions:
    """Types, sizes, strides, copies."""

    __slots__ = ()

    _array: np.ndarray

    # --- what it is

    @overload
    def size(self, dim: None = None) -> tuple[int, ...]: ...
    @overload
    def size(self, dim: int) -> int: ...
    def size(self, dim: int | None = None) -> tuple[int, ...] | int:
        """The length of each dimension, or of one."""
        shape = self._array.shape
        if dim is None:
            return shape
        return shape[_existing("size", dim, len(shape))]

    def dim(self) -> int:
        """The number of dimensions."""
        return self._array.ndim

    def numel(self) -> int:
        """The number of elements."""
        return self._array.size

    def nelement(self) -> int:
        """The number of elements."""
        return self._array.size

    def element_size(self) -> int:
        """The bytes of one element."""
        return self._array.itemsize

    @property
    def itemsize(self) -> int:
        """The bytes of one element."""
        return self._array.itemsize

    @property
    def nbytes(self) -> int:
        """The bytes of all elements."""
        return self._array.nbytes

    def is_floating_point(self) -> bool:
        """Whether the elements are floating-point numbers."""
        return self._array.dtype.kind == "f"

    @overload
    def stride(self, dim: None = None) -> tuple[int, ...]: ...
    @overload
    def stride(self, dim: int) -> int: ...
    def stride(self, dim: int | None = None) -> tuple[int, ...] | int:
        """How many elements apart in memory two neighbours are, along each dimension or one."""
        strides = tuple(n // self._array.itemsize for n in self._array.strides)
        if dim is None:
            return strides
        return strides[_existing("stride", dim, len(strides))]

    def is_contiguous(self) -> bool:
        """Whether the elements lie in memory in their order, the last dimension fastest."""
        return self._array.flags.c_contiguous

    # --- copies

    def clone(self) -> Tensor:
        """See `tinytorch.tensor.clone`."""
        return tt.clone(self)

    def contiguous(self) -> Tensor:
        """The tensor itself if it is contiguous, else a copy that is."""
        if self.is_contiguous():
            return self  # type: ignore[return-value]
        return tt.clone(self, order="C")

    # --- other types

    def to(
        self,
        *target: Any,
        dtype: DTypeLike | None = None,
        device: str | None = None,
        copy: bool = False,
    ) -> Tensor:
        """The tensor in another type: itself if it has it, unless a copy is asked for.

        Args:
            target: a dtype, a device (`cpu`), a device and a dtype, or a tensor of the wanted type.
            dtype: the type, by name.
            device: `cpu`, or left out.
            copy: whether to copy even where nothing changes.

        Example:
            >>> tt.tensor([1.7, -1.7]).to(tt.int64)
            tensor([ 1, -1])
        """
        wanted = list(target)
        if wanted and device is None and _names_device(wanted[0]):
            device = wanted.pop(0)
        if wanted and dtype is None:
            dtype = wanted.pop(0)
            if isinstance(dtype, tt.Tensor):
                dtype = dtype.dtype
        if wanted:
            raise TypeError(f"to: got {wanted[0]!r} beside a device and a dtype, expected no more")
        tt.from_data.check_device("to", device)
        kind = self._array.dtype if dtype is None else dtypes.as_dtype(dtype)
        if kind is not self._array.dtype:
            return tt.cast(self, dtype=kind)
        return tt.clone(self) if copy else self  # type: ignore[return-value]

    def type_as(self, other: Tensor) -> Tensor:
        """The tensor in the type of another."""
        ndim_of("type_as", other, "other")
        return self.to(other.dtype)

    def type(self, dtype: DTypeLike) -> Tensor:
        """The tensor in another type; what it has, `dtype` says."""
        return self.to(dtype=dtype)

    def half(self) -> Tensor:
        """The tensor as float16."""
        return self.to(dtypes.float16)

    def float(self) -> Tensor:
        """The tensor as float32."""
        return self.to(dtypes.float32)

    def double(self) -> Tensor:
        """The tensor as float64."""
        return self.to(dtypes.float64)

    def short(self) -> Tensor:
        """The tensor as int16."""
        return self.to(dtypes.int16)

    def int(self) -> Tensor:
        """The tensor as int32."""
        return self.to(dtypes.int32)

    def long(self) -> Tensor:
        """The tensor as int64."""
        return self.to(dtypes.int64)

    def bool(self) -> Tensor:
        """The tensor as booleans: whether each element is not zero."""
        return self.to(dtypes.bool)

    def cpu(self) -> Tensor:
        """The tensor itself, which is there already."""
        return self  # type: ignore[return-value]

    def cuda(self, device: Any = None) -> Tensor:
        """Raise ValueError: there is no other device than the processor."""
        return self.to(device="cuda")


_DEVICES = ("cpu", "cuda", "mps", "meta", "xpu")  # what a string names if it names no type


def _names_device(wanted: Any) -> builtins.bool:
    return isinstance(wanted, str) and wanted.partition(":")[0] in _DEVICES


def _existing(function: str, dim: Any, ndim: builtins.int) -> builtins.int:
    """`dim`, which has to be one of the tensor's."""
    dim = integer(function, "dim", dim)
    if not -ndim <= dim < ndim:
        raise IndexError(f"{function}: dim is {dim}, the tensor has {ndim} dimensions")
    return dim
