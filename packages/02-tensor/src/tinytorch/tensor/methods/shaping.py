"""Methods that arrange or select elements."""

# mypy: disable-error-code="no-any-return"
# Functions return what they are given: of a Tensor a Tensor, of an array an array.

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import tinytorch.tensor as tt
from tinytorch.tensor.dims import ndim_of, shape_of

if TYPE_CHECKING:
    from numpy.random import Generator

    from tinytorch.tensor.tensor import Tensor


class Shaping:
    """Other shapes of the same elements, and selections of them."""

    __slots__ = ()

    _array: np.ndarray

    def reshape(self, *numbers: int | Sequence[int], shape: Sequence[int] | None = None) -> Tensor:
        """See `tinytorch.tensor.reshape`."""
        return tt.reshape(self, _joined("reshape", numbers, "shape", shape))

    def view(self, *numbers: int | Sequence[int], size: Sequence[int] | None = None) -> Tensor:
        """See `tinytorch.tensor.view`."""
        return tt.view(self, _joined("view", numbers, "size", size))

    def reshape_as(self, other: Tensor) -> Tensor:
        """See `tinytorch.tensor.reshape`."""
        ndim_of("reshape_as", other, "other")
        return tt.reshape(self, other.shape)

    def view_as(self, other: Tensor) -> Tensor:
        """See `tinytorch.tensor.view`."""
        ndim_of("view_as", other, "other")
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
        if self._array.ndim == 2:
            return tt.transposing.matrix_transpose(self)
        return tt.transpose(self, 0, 0)

    @property
    def mT(self) -> Tensor:  # noqa: N802
        """The transposed matrices of a batch: the last two dimensions exchanged."""
        if self._array.ndim < 2:
            raise ValueError(
                f"mT: the tensor has {self._array.ndim} dimensions, expected at least 2"
            )
        return tt.transposing.matrix_transpose(self)

    def t(self) -> Tensor:
        """The transposed matrix, as `T`."""
        return self.T

    def permute(self, *numbers: int | Sequence[int], dims: Sequence[int] | None = None) -> Tensor:
        """See `tinytorch.tensor.permute`."""
        return tt.permute(self, _joined("permute", numbers, "dims", dims))

    def movedim(self, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
        """See `tinytorch.tensor.movedim`."""
        return tt.movedim(self, source, destination)

    def expand(self, *numbers: int | Sequence[int], size: Sequence[int] | None = None) -> Tensor:
        """See `tinytorch.tensor.expand`."""
        return tt.expand(self, _joined("expand", numbers, "size", size))

    def expand_as(self, other: Tensor) -> Tensor:
        """See `tinytorch.tensor.expand`."""
        ndim_of("expand_as", other, "other")
        return tt.expand(self, other.shape)

    def broadcast_to(self, shape: int | Sequence[int]) -> Tensor:
        """See `tinytorch.tensor.broadcast_to`."""
        return tt.broadcast_to(self, shape)

    def split(self, split_size: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
        """See `tinytorch.tensor.split`."""
        return tt.split(self, split_size, dim)

    def chunk(self, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
        """See `tinytorch.tensor.chunk`."""
        return tt.chunk(self, chunks, dim)

    def unbind(self, dim: int = 0) -> tuple[Tensor, ...]:
        """See `tinytorch.tensor.unbind`."""
        return tt.unbind(self, dim)

    def repeat(self, *numbers: int | Sequence[int], repeats: Sequence[int] | None = None) -> Tensor:
        """See `tinytorch.tensor.repeat`."""
        return tt.repeat(self, _joined("repeat", numbers, "repeats", repeats))

    def repeat_interleave(self, repeats: int, dim: int | None = None) -> Tensor:
        """See `tinytorch.tensor.repeat_interleave`."""
        return tt.repeat_interleave(self, repeats, dim)

    def tile(self, *numbers: int | Sequence[int], dims: Sequence[int] | None = None) -> Tensor:
        """See `tinytorch.tensor.tile`."""
        return tt.tile(self, _joined("tile", numbers, "dims", dims))

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

    def flip(self, *numbers: int | Sequence[int], dims: Sequence[int] | None = None) -> Tensor:
        """See `tinytorch.tensor.flip`."""
        return tt.flip(self, _joined("flip", numbers, "dims", dims))

    def roll(self, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None) -> Tensor:
        """See `tinytorch.tensor.roll`."""
        return tt.roll(self, shifts, dims)

    def sum_to_size(
        self, *numbers: int | Sequence[int], size: Sequence[int] | None = None
    ) -> Tensor:
        """The sum over all dimensions along which `size` was broadcast to the tensor's shape."""
        wanted = shape_of("sum_to_size", _joined("sum_to_size", numbers, "size", size), "size")
        padded = (1,) * (self._array.ndim - len(wanted)) + wanted
        if len(padded) != self._array.ndim or any(
            n not in (1, m) for n, m in zip(padded, self._array.shape)
        ):
            raise ValueError(
                f"sum_to_size: size is {wanted}, expected one that broadcasts to "
                f"{self._array.shape}"
            )
        return tt.shape.sum_to_size(self, size=wanted)

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


def _joined(method: str, numbers: tuple[Any, ...], name: str, named: Any) -> Any:
    """Numbers given one by one, as one sequence, or by their name."""
    if named is not None:
        if numbers:
            raise TypeError(f"{method}: {name} is given twice, as {numbers} and as {named}")
        return named
    if not numbers:
        raise TypeError(f"{method}: {name} is missing")
    return numbers[0] if len(numbers) == 1 and isinstance(numbers[0], Sequence) else numbers
