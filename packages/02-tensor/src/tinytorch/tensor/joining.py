"""Join tensors to one, and take one apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.tensor.dims import integer, ndim_of, one_dim
from tinytorch.tensor.primitive import primitive


@primitive
def concatenate(*tensors: Any, dim: int) -> Any:
    """The tensors one after the other along a dimension that exists."""
    return np.concatenate(tensors, dim)


@primitive
def stack_arrays(*tensors: Any, dim: int) -> Any:
    """The tensors side by side along a new dimension."""
    return np.stack(tensors, dim)


@primitive(promotion="none", several=True)
def split_by(input: Any, *, lengths: tuple[int, ...], dim: int) -> Any:
    """Views of the given lengths, one after the other along a dimension."""
    before = (slice(None),) * dim
    parts, start = [], 0
    for n in lengths:
        parts.append(input[(*before, slice(start, start + n))])
        start += n
    return tuple(parts)


@primitive(promotion="none", several=True)
def unbind_dim(input: Any, *, dim: int) -> Any:
    """The views that remain when a dimension is fixed at each of its positions."""
    before = (slice(None),) * dim
    return tuple([input[(*before, i)] for i in range(input.shape[dim])])


@primitive
def reassembled(*parts: Any, lengths: tuple[int, ...], dim: int) -> Any:
    """The parts one after the other, zeros of its length for a part that is None."""
    if all(part is not None for part in parts):
        return np.concatenate(parts, dim)
    first = next(part for part in parts if part is not None)
    before, after = first.shape[:dim], first.shape[dim + 1 :]
    out = np.zeros((*before, sum(lengths), *after), first.dtype)
    start = 0
    for part, n in zip(parts, lengths):
        if part is not None:
            out[(slice(None),) * dim + (slice(start, start + n),)] = part
        start += n
    return out


def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Join tensors along a dimension that they have.

    Args:
        tensors: at least one, of the same shape except along `dim`; empty ones of shape (0,) are
            left out.
        dim: the dimension along which they are joined.

    Raises:
        ValueError: if there is none, one has no dimensions, or the shapes do not match.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.cat([tt.zeros(2, 1), tt.ones(2, 2)], dim=1)
        tensor([[0., 1., 1.],
                [0., 1., 1.]])
    """
    tensors = _listed("cat", tensors)
    shape = tensors[0].shape
    if not shape or any(x.shape != shape for x in tensors):
        shape = _check_shapes(tensors, dim)
    dim = one_dim("cat", dim, len(shape))
    return concatenate(*[x for x in tensors if x.shape != (0,)] or tensors[:1], dim=dim)


def _check_shapes(tensors: list[Any], dim: int) -> tuple[int, ...]:
    """The shape of the first tensor that `cat` does not leave out, which all others match."""
    if any(x.ndim == 0 for x in tensors):
        raise ValueError("cat: a tensor has 0 dimensions, expected at least one; use stack")
    shape = tuple(next(x.shape for x in tensors if x.shape != (0,)))
    dim = one_dim("cat", dim, len(shape))
    for i, x in enumerate(tensors):
        beside = (*x.shape[:dim], *x.shape[dim + 1 :])
        if x.shape != (0,) and (
            x.ndim != len(shape) or beside != (*shape[:dim], *shape[dim + 1 :])
        ):
            raise ValueError(
                f"cat: tensor {i} has shape {tuple(x.shape)}, expected {shape} in all dimensions "
                f"but {dim}"
            )
    return shape


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Join tensors of one shape along a new dimension.

    Args:
        tensors: at least one, all of the same shape.
        dim: where the new dimension stands in the result.

    Raises:
        ValueError: if there is none, or the shapes differ.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.stack([tt.tensor([1, 2]), tt.tensor([3, 4])], dim=1)
        tensor([[1, 3],
                [2, 4]])
    """
    tensors = _listed("stack", tensors)
    shape = tuple(tensors[0].shape)
    for i, x in enumerate(tensors):
        if x.shape != shape:
            raise ValueError(f"stack: tensor {i} has shape {tuple(x.shape)}, expected {shape}")
    return stack_arrays(*tensors, dim=one_dim("stack", dim, len(shape) + 1))


def _listed(operation: str, tensors: Sequence[Any]) -> list[Any]:
    if not isinstance(tensors, Sequence):
        raise TypeError(
            f"{operation}: tensors is a {type(tensors).__name__}, expected a list or tuple"
        )
    if not tensors:
        raise ValueError(f"{operation}: the list of tensors is empty, expected at least one")
    for x in tensors:
        ndim_of(operation, x)
    return list(tensors)


def split(
    tensor: Any, split_size_or_sections: int | Sequence[int], dim: int = 0
) -> tuple[Any, ...]:
    """Take a tensor apart along a dimension.

    Args:
        tensor: of at least one dimension.
        split_size_or_sections: the length of all parts, of which the last may be shorter; or their
            lengths, which add up to that of the dimension.
        dim: the dimension.

    Returns:
        the parts, as views.

    Raises:
        ValueError: for lengths that are negative, or do not add up.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.split(tt.arange(5), 2)
        (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    dim = _divisible("split", tensor, dim)
    n = tensor.shape[dim]
    if isinstance(split_size_or_sections, Sequence):
        lengths = tuple([integer("split", "a section", s) for s in split_size_or_sections])
        if sum(lengths) != n or min(lengths, default=0) < 0:
            raise ValueError(
                f"split: sections {lengths} do not add up to {n}, the length of dim {dim}"
            )
        return split_by(tensor, lengths=lengths, dim=dim)  # type: ignore[no-any-return]
    size = integer("split", "split_size_or_sections", split_size_or_sections)
    if size < 0 or (size == 0 < n):
        raise ValueError(f"split: the size of a part is {size}, expected a positive number")
    return _equal_parts(tensor, size, dim)


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """Take a tensor apart into so many parts along a dimension, or fewer if it is not long enough.

    Args:
        input: of at least one dimension.
        chunks: how many parts; all are ⌈n / chunks⌉ long except the last.
        dim: the dimension, of length n.

    Returns:
        the parts, as views.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.chunk(tt.arange(5), 3)
        (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    dim = _divisible("chunk", input, dim)
    chunks = integer("chunk", "chunks", chunks, least=1)
    n = input.shape[dim]
    if n == 0:
        return split_by(input, lengths=(0,) * chunks, dim=dim)  # type: ignore[no-any-return]
    return _equal_parts(input, math.ceil(n / chunks), dim)


def _equal_parts(input: Any, size: int, dim: int) -> tuple[Any, ...]:
    n = input.shape[dim]
    lengths = tuple([min(size, n - start) for start in range(0, n, size)]) if n else (0,)
    return split_by(input, lengths=lengths, dim=dim)  # type: ignore[no-any-return]


def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """The tensors that remain when a dimension is fixed at each of its positions, as views.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.unbind(tt.tensor([[1, 2], [3, 4]]), dim=1)
        (tensor([1, 3]), tensor([2, 4]))
    """
    return unbind_dim(input, dim=_divisible("unbind", input, dim))  # type: ignore[no-any-return]


def _divisible(operation: str, input: Any, dim: int) -> int:
    if not ndim_of(operation, input):
        raise ValueError(f"{operation}: the tensor has 0 dimensions, expected at least one")
    return one_dim(operation, dim, input.ndim)
