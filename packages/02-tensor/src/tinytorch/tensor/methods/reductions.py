"""Methods that bring many elements together, or in order."""

# mypy: disable-error-code="no-any-return"
# Functions return what they are given: of a Tensor a Tensor, of an array an array.

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import tinytorch.tensor as tt

if TYPE_CHECKING:
    from tinytorch.tensor.dtypes import DTypeLike
    from tinytorch.tensor.tensor import Tensor


class Reductions:
    """Sums, extremes, order and products of matrices."""

    __slots__ = ()

    def sum(
        self,
        dim: int | Sequence[int] | None = None,
        keepdim: bool = False,
        *,
        dtype: DTypeLike | None = None,
    ) -> Tensor:
        """See `tinytorch.tensor.sum`."""
        return tt.sum(self, dim, keepdim, dtype=dtype)

    def mean(
        self,
        dim: int | Sequence[int] | None = None,
        keepdim: bool = False,
        *,
        dtype: DTypeLike | None = None,
    ) -> Tensor:
        """See `tinytorch.tensor.mean`."""
        return tt.mean(self, dim, keepdim, dtype=dtype)

    def var(
        self,
        dim: int | Sequence[int] | None = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        correction: float | None = None,
    ) -> Tensor:
        """See `tinytorch.tensor.var`."""
        return tt.var(self, dim, unbiased, keepdim, correction=correction)

    def std(
        self,
        dim: int | Sequence[int] | None = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        correction: float | None = None,
    ) -> Tensor:
        """See `tinytorch.tensor.std`."""
        return tt.std(self, dim, unbiased, keepdim, correction=correction)

    def prod(
        self, dim: int | None = None, keepdim: bool = False, *, dtype: DTypeLike | None = None
    ) -> Tensor:
        """See `tinytorch.tensor.prod`."""
        return tt.prod(self, dim, keepdim, dtype=dtype)

    def norm(
        self,
        p: float | str = "fro",
        dim: int | Sequence[int] | None = None,
        keepdim: bool = False,
        dtype: DTypeLike | None = None,
    ) -> Tensor:
        """See `tinytorch.tensor.norm`."""
        return tt.norm(self, p, dim, keepdim, dtype)

    def logsumexp(self, dim: int | Sequence[int], keepdim: bool = False) -> Tensor:
        """See `tinytorch.tensor.logsumexp`."""
        return tt.logsumexp(self, dim, keepdim)

    def max(self, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
        """See `tinytorch.tensor.max`."""
        return tt.max(self, dim, keepdim) if other is None else tt.maximum(self, other)

    def min(self, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
        """See `tinytorch.tensor.min`."""
        return tt.min(self, dim, keepdim) if other is None else tt.minimum(self, other)

    def amax(self, dim: int | Sequence[int] = (), keepdim: bool = False) -> Tensor:
        """See `tinytorch.tensor.amax`."""
        return tt.amax(self, dim, keepdim)

    def amin(self, dim: int | Sequence[int] = (), keepdim: bool = False) -> Tensor:
        """See `tinytorch.tensor.amin`."""
        return tt.amin(self, dim, keepdim)

    def argmax(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """See `tinytorch.tensor.argmax`."""
        return tt.argmax(self, dim, keepdim)

    def argmin(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """See `tinytorch.tensor.argmin`."""
        return tt.argmin(self, dim, keepdim)

    def median(self, dim: int | None = None, keepdim: bool = False) -> Any:
        """See `tinytorch.tensor.median`."""
        return tt.median(self, dim, keepdim)

    def all(self, dim: int | Sequence[int] | None = None, keepdim: bool = False) -> Tensor:
        """See `tinytorch.tensor.all`."""
        return tt.all(self, dim, keepdim)

    def any(self, dim: int | Sequence[int] | None = None, keepdim: bool = False) -> Tensor:
        """See `tinytorch.tensor.any`."""
        return tt.any(self, dim, keepdim)

    def cumsum(self, dim: int, *, dtype: DTypeLike | None = None) -> Tensor:
        """See `tinytorch.tensor.cumsum`."""
        return tt.cumsum(self, dim, dtype=dtype)

    def cumprod(self, dim: int, *, dtype: DTypeLike | None = None) -> Tensor:
        """See `tinytorch.tensor.cumprod`."""
        return tt.cumprod(self, dim, dtype=dtype)

    def sort(self, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
        """See `tinytorch.tensor.sort`."""
        return tt.sort(self, dim, descending, stable)

    def argsort(self, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
        """See `tinytorch.tensor.argsort`."""
        return tt.argsort(self, dim, descending, stable)

    def topk(self, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
        """See `tinytorch.tensor.topk`."""
        return tt.topk(self, k, dim, largest, sorted)

    def unique(
        self,
        sorted: bool = True,
        return_inverse: bool = False,
        return_counts: bool = False,
        dim: int | None = None,
    ) -> Any:
        """See `tinytorch.tensor.unique`."""
        return tt.unique(self, sorted, return_inverse, return_counts, dim)

    def bincount(self, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
        """See `tinytorch.tensor.bincount`."""
        return tt.bincount(self, weights, minlength)

    def matmul(self, other: Any) -> Tensor:
        """See `tinytorch.tensor.matmul`."""
        return tt.matmul(self, other)

    def mm(self, mat2: Any) -> Tensor:
        """See `tinytorch.tensor.mm`."""
        return tt.mm(self, mat2)

    def bmm(self, mat2: Any) -> Tensor:
        """See `tinytorch.tensor.bmm`."""
        return tt.bmm(self, mat2)

    def dot(self, tensor: Any) -> Tensor:
        """See `tinytorch.tensor.dot`."""
        return tt.dot(self, tensor)

    def outer(self, vec2: Any) -> Tensor:
        """See `tinytorch.tensor.outer`."""
        return tt.outer(self, vec2)
