"""Methods that arrange or select elements."""

# mypy: disable-error-code="no-any-return"
# Functions return what they are given: of a Tensor a Tensor, of an array an array.

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import tinytorch.tensor as tt

if TYPE_CHECKING:
    from numpy.random import Generator

    from tinytorch.tensor.tensor import Tensor


class Shaping:
    """Other shapes of the same elements, and selections of them."""

    __slots__ = ()

    _array: np.ndarray

    def reshape(self, *shape: int | Sequence[int]) -> Tensor:
        """See `tinytorch.tensor.reshape`."""
        return tt.reshape(self, _joined(shape))

    def view(self, *shape: int | Sequence[int]) -> Tensor:
        """See `tinytorch.tensor.view`."""
        return tt.view(self, _joined(shape))

    def reshape_as(self, other: Tensor) -> Tensor:
        """See `tinytorch.tensor.reshape`."""
        return tt.reshape(self, other.shape)

    def view_as(self, other: Tensor) -> Tensor:
        """See `tinytorch.tensor.view`."""
        return tt.view(self, other.shape)

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Tensor:
        """See `tinytorch.tensor.flatten`."""
        return tt.flatten(self, start_dim, end_dim)

    def unflatten(self, dim: int, sizes: Sequence[int]) -> Tensor:
        """See `tinytorch.tensor.unflatten`."""
        return tt.unflatten(self, dim, sizes)

    def squeeze(self, dim: int | Sequence[int] | None = None) -> Tensor:
        """See `tinytorch.tensor.squeeze`."""
        return tt.squeeze(self, dim)

    def unsqueeze(self, dim: int) -> Tensor:
        """See `tinytorch.tensor.unsqueeze`."""
        return tt.unsqueeze(self, dim)

    def transpose(self, dim0: int, dim1: int) -> Tensor:
        """See `tinytorch.tensor.transpose`."""
        return tt.transpose(self, dim0, dim1)

    @property
    def T(self) -> Tensor:  # noqa: N802
        """The transposed matrix; a tensor of fewer dimensions as it is."""
        if self._array.ndim > 2:
            raise ValueError(
                f"T: the tensor has {self._array.ndim} dimensions, expected at most 2; "
                "use mT or permute"
            )
        return (
            tt.shape.matrix_transpose(self) if self._array.ndim == 2 else tt.transpose(self, 0, 0)
        )

    @property
    def mT(self) -> Tensor:  # noqa: N802
        """The transposed matrices of a batch: the last two dimensions exchanged."""
        if self._array.ndim < 2:
            raise ValueError(
                f"mT: the tensor has {self._array.ndim} dimensions, expected at least 2"
            )
        return tt.shape.matrix_transpose(self)

    def t(self) -> Tensor:
        """The transposed matrix, as `T`."""
        return self.T

    def permute(self, *dims: int | Sequence[int]) -> Tensor:
        """See `tinytorch.tensor.permute`."""
        return tt.permute(self, _joined(dims))

    def movedim(self, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
        """See `tinytorch.tensor.movedim`."""
        return tt.movedim(self, source, destination)

    def expand(self, *sizes: int | Sequence[int]) -> Tensor:
        """See `tinytorch.tensor.expand`."""
        return tt.expand(self, _joined(sizes))

    def expand_as(self, other: Tensor) -> Tensor:
        """See `tinytorch.tensor.expand`."""
        return tt.expand(self, other.shape)

    def broadcast_to(self, shape: int | Sequence[int]) -> Tensor:
        """See `tinytorch.tensor.broadcast_to`."""
        return tt.broadcast_to(self, shape)

    def split(
        self, split_size_or_sections: int | Sequence[int], dim: int = 0
    ) -> tuple[Tensor, ...]:
        """See `tinytorch.tensor.split`."""
        return tt.split(self, split_size_or_sections, dim)

    def chunk(self, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
        """See `tinytorch.tensor.chunk`."""
        return tt.chunk(self, chunks, dim)

    def unbind(self, dim: int = 0) -> tuple[Tensor, ...]:
        """See `tinytorch.tensor.unbind`."""
        return tt.unbind(self, dim)

    def repeat(self, *sizes: int | Sequence[int]) -> Tensor:
        """See `tinytorch.tensor.repeat`."""
        return tt.repeat(self, _joined(sizes))

    def repeat_interleave(self, repeats: int, dim: int | None = None) -> Tensor:
        """See `tinytorch.tensor.repeat_interleave`."""
        return tt.repeat_interleave(self, repeats, dim)

    def tile(self, *dims: int | Sequence[int]) -> Tensor:
        """See `tinytorch.tensor.tile`."""
        return tt.tile(self, _joined(dims))

    def tril(self, diagonal: int = 0) -> Tensor:
        """See `tinytorch.tensor.tril`."""
        return tt.tril(self, diagonal)

    def triu(self, diagonal: int = 0) -> Tensor:
        """See `tinytorch.tensor.triu`."""
        return tt.triu(self, diagonal)

    def diag(self, diagonal: int = 0) -> Tensor:
        """See `tinytorch.tensor.diag`."""
        return tt.diag(self, diagonal)

    def diagonal(self, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
        """See `tinytorch.tensor.diagonal`."""
        return tt.diagonal(self, offset, dim1, dim2)

    def flip(self, *dims: int | Sequence[int]) -> Tensor:
        """See `tinytorch.tensor.flip`."""
        return tt.flip(self, _joined(dims))

    def roll(self, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None) -> Tensor:
        """See `tinytorch.tensor.roll`."""
        return tt.roll(self, shifts, dims)

    def sum_to_size(self, *size: int | Sequence[int]) -> Tensor:
        """See `tinytorch.tensor.sum_to_size`."""
        return tt.shape.sum_to_size(self, size=tuple(_joined(size)))

    def gather(self, dim: int, index: Tensor) -> Tensor:
        """See `tinytorch.tensor.gather`."""
        return tt.gather(self, dim, index)

    def scatter(self, dim: int, index: Tensor, src: Any) -> Tensor:
        """See `tinytorch.tensor.scatter`."""
        return tt.scatter(self, dim, index, src)

    def scatter_add(self, dim: int, index: Tensor, src: Tensor) -> Tensor:
        """See `tinytorch.tensor.scatter_add`."""
        return tt.scatter_add(self, dim, index, src)

    def index_select(self, dim: int, index: Tensor) -> Tensor:
        """See `tinytorch.tensor.index_select`."""
        return tt.index_select(self, dim, index)

    def take_along_dim(self, indices: Tensor, dim: int | None = None) -> Tensor:
        """See `tinytorch.tensor.take_along_dim`."""
        return tt.take_along_dim(self, indices, dim)

    def masked_select(self, mask: Tensor) -> Tensor:
        """See `tinytorch.tensor.masked_select`."""
        return tt.masked_select(self, mask)

    def multinomial(
        self, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
    ) -> Tensor:
        """See `tinytorch.tensor.multinomial`."""
        return tt.multinomial(self, num_samples, replacement, generator=generator)  # type: ignore[arg-type]


def _joined(sizes: tuple[Any, ...]) -> Any:
    """Numbers given one by one, or as one sequence."""
    return sizes[0] if len(sizes) == 1 and isinstance(sizes[0], Sequence) else sizes
