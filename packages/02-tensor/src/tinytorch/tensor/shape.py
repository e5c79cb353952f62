"""Change the shape of a tensor, or its type, but not its elements.

Results share the input's memory wherever its elements can be reached with other lengths and
strides, as in PyTorch; `expand` gives read-only views, for there several elements share one place.
Transposing and the like stand in `transposing.py`; flipping, padding and repeating, which have to
copy, in `rearranging.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.tensor.dims import Dims, all_dims, ndim_of, one_dim, shape_of, with_ones
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.summation import add_up
from tinytorch.tensor.tensor import Tensor

_BLAS_TYPES = (np.dtype(np.float32), np.dtype(np.float64))


@primitive(promotion="none")
def cast(input: Any, *, dtype: np.dtype[Any]) -> Any:
    """The elements in another type, for an integer one rounded toward zero; itself if it has it.

    Example:
        >>> cast(np.float32([1.7, -1.7]), dtype=np.dtype(np.int64))
        array([ 1, -1])
    """
    with np.errstate(all="ignore"):
        return np.asarray(input).astype(dtype, copy=False)


@primitive(promotion="none")
def sum_to_size(input: Any, *, size: tuple[int, ...]) -> Any:
    """The sum over all dimensions along which `size` was broadcast to the input's shape."""
    input = np.asarray(input)
    lead = input.ndim - len(size)
    if input.shape[lead:] == size and input.dtype in _BLAS_TYPES and input.size > 2048:
        rows = input.reshape(-1, math.prod(size))
        if len(rows) <= 2048:  # more would lose digits
            # The gradient of a bias. As a matrix product it takes half of the time.
            return np.matmul(np.ones(len(rows), input.dtype), rows).reshape(size)
    stretched = [lead + i for i, n in enumerate(size) if n == 1 != input.shape[lead + i]]
    with np.errstate(all="ignore"):
        total = add_up(input, (*range(lead), *stretched), True)
        return total.reshape(size).astype(input.dtype, copy=False)


@primitive(promotion="none")
def reshape_to(input: Any, *, shape: tuple[int, ...]) -> Any:
    """The elements, in row-major order, in another shape; a view where there is one."""
    return input.reshape(shape)


@primitive(promotion="none")
def expand_to(input: Any, *, shape: tuple[int, ...]) -> Any:
    """A read-only view in which dimensions of length 1, and new ones in front, are repeated."""
    return np.broadcast_to(input, shape)


@primitive(promotion="none")
def spread(input: Any, *, shape: tuple[int, ...], dim: tuple[int, ...], keepdim: bool) -> Any:
    """The result of a reduction over `dim`, repeated to the shape of what was reduced."""
    input = np.asarray(input)
    if not keepdim and dim:
        input = input.reshape(with_ones(shape, dim))
    return np.broadcast_to(input, shape)


def reshape(input: Any, shape: int | Sequence[int]) -> Any:
    """The same elements, in row-major order, in another shape.

    Args:
        input: a tensor of any shape.
        shape: the lengths; one of them may be -1, which is then what is left.

    Returns:
        a view on the same memory where there is one, else a copy.

    Raises:
        ValueError: if the number of elements would change.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.reshape(tt.arange(6), (2, -1))
        tensor([[0, 1, 2],
                [3, 4, 5]])
    """
    return reshape_to(input, shape=_resolved("reshape", input, shape))


def view(input: Any, shape: int | Sequence[int]) -> Any:
    """The same elements in another shape, on the same memory: `reshape` that never copies.

    Args:
        input: a tensor of any shape.
        shape: the lengths; one of them may be -1, which is then what is left.

    Raises:
        ValueError: if the number of elements would change, or if no view has this shape because of
            how the elements lie in memory, as after a transpose.

    Example:
        >>> import tinytorch.tensor as tt
        >>> x = tt.zeros(4)
        >>> tt.view(x, (2, 2))[0, 0] = 1.0
        >>> x
        tensor([1., 0., 0., 0.])
    """
    shape = _resolved("view", input, shape)
    array = input.data if isinstance(input, Tensor) else input
    in_order = array.flags.c_contiguous
    if not in_order and array.size and not np.may_share_memory(array.reshape(shape), array):
        raise ValueError(
            f"view: a tensor of shape {array.shape} and strides {array.strides} cannot be seen as "
            f"{shape} without a copy; use reshape"
        )
    return reshape_to(input, shape=shape)


def _resolved(operation: str, input: Any, shape: int | Sequence[int]) -> tuple[int, ...]:
    """The shape with its -1 replaced; an error if it does not hold the input's elements."""
    ndim_of(operation, input)
    wanted = shape_of(operation, shape)
    size = math.prod(input.shape)
    free = wanted.count(-1)
    known = math.prod([n for n in wanted if n != -1])
    if free > 1 or any(n < -1 for n in wanted):
        raise ValueError(f"{operation}: shape is {wanted}, expected lengths, and at most one -1")
    if free and not known:
        raise ValueError(
            f"{operation}: shape {wanted} leaves the -1 open, for 0 times anything is 0"
        )
    if size % known if free else size != known:
        raise ValueError(
            f"{operation}: {size} elements of shape {tuple(input.shape)} do not fit shape {wanted}"
        )
    return tuple([size // known if n == -1 else n for n in wanted]) if free else wanted


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Make the dimensions from `start_dim` to `end_dim` one.

    Args:
        input: a tensor of any shape; one of 0 dimensions gets one.
        start_dim: the first of them.
        end_dim: the last of them, included.

    Returns:
        a view where there is one, else a copy.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.flatten(tt.zeros(2, 3, 4), 1).shape
        (2, 12)
    """
    ndim = ndim_of("flatten", input)
    start, end = one_dim("flatten", start_dim, ndim), one_dim("flatten", end_dim, ndim)
    if start > end:
        raise ValueError(
            f"flatten: start_dim is {start_dim}, expected it not to lie behind end_dim, {end_dim}"
        )
    shape = input.shape
    joined = math.prod(shape[start : end + 1])
    return reshape_to(input, shape=(*shape[:start], joined, *shape[end + 1 :]))


def unflatten(input: Any, dim: int, sizes: Sequence[int]) -> Any:
    """Split one dimension into several.

    Args:
        input: a tensor of at least one dimension.
        dim: the dimension to split.
        sizes: the lengths, whose product is that of the dimension; one of them may be -1.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.unflatten(tt.zeros(2, 12), 1, (3, -1)).shape
        (2, 3, 4)
    """
    dim = one_dim("unflatten", dim, ndim_of("unflatten", input))
    shape = input.shape
    if not shape:
        raise IndexError("unflatten: input has no dimensions, expected at least one")
    wanted = shape_of("unflatten", sizes, "sizes")
    known = math.prod([n for n in wanted if n != -1])
    if wanted.count(-1) == 1 and known and shape[dim] % known == 0:
        wanted = tuple([shape[dim] // known if n == -1 else n for n in wanted])
    if min(wanted, default=0) < 0 or math.prod(wanted) != shape[dim]:
        raise ValueError(f"unflatten: sizes is {tuple(sizes)}, expected a product of {shape[dim]}")
    return reshape_to(input, shape=(*shape[:dim], *wanted, *shape[dim + 1 :]))


def numel(input: Any) -> int:
    """The number of elements.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.numel(tt.zeros(2, 3))
        6
    """
    ndim_of("numel", input)
    return math.prod(input.shape)


def squeeze(input: Any, dim: Dims = None) -> Any:
    """Remove dimensions of length 1: all, or those of `dim` that have this length.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.squeeze(tt.zeros(1, 3, 1)).shape, tt.squeeze(tt.zeros(1, 3, 1), 0).shape
        ((3,), (3, 1))
    """
    ndim = ndim_of("squeeze", input)
    dims = all_dims("squeeze", dim, ndim) if dim != () else ()
    return reshape_to(
        input, shape=tuple([n for i, n in enumerate(input.shape) if n != 1 or i not in dims])
    )


def unsqueeze(input: Any, dim: int) -> Any:
    """Insert a dimension of length 1 at position `dim`.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.unsqueeze(tt.zeros(3), -1).shape
        (3, 1)
    """
    dim = one_dim("unsqueeze", dim, ndim_of("unsqueeze", input) + 1)
    return reshape_to(input, shape=(*input.shape[:dim], 1, *input.shape[dim:]))


def expand(input: Any, size: int | Sequence[int]) -> Any:
    """Repeat dimensions of length 1, and new ones in front, without copying.

    Args:
        input: a tensor.
        size: the lengths; -1 keeps that of the input.

    Returns:
        a view; writing into it is an error, because several of its elements share one place.

    Raises:
        ValueError: if a length other than 1 would change.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.expand(tt.tensor([[1], [2]]), (2, 3))
        tensor([[1, 1, 1],
                [2, 2, 2]])
    """
    return _expanded("expand", input, shape_of("expand", size, "size"))


def broadcast_to(input: Any, shape: int | Sequence[int]) -> Any:
    """`expand`, by NumPy's name for it: a view of this shape.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.broadcast_to(tt.tensor([1, 2]), (2, 2))
        tensor([[1, 2],
                [1, 2]])
    """
    return _expanded("broadcast_to", input, shape_of("broadcast_to", shape))


def _expanded(operation: str, input: Any, wanted: tuple[int, ...]) -> Any:
    lead = len(wanted) - ndim_of(operation, input)
    shape = wanted
    if lead >= 0 and -1 in wanted[lead:]:
        kept = [n if w == -1 else w for n, w in zip(input.shape, wanted[lead:])]
        shape = (*wanted[:lead], *kept)
    try:
        return expand_to(input, shape=shape)
    except ValueError:
        raise ValueError(
            f"{operation}: a tensor of shape {tuple(input.shape)} does not broadcast to {wanted}"
        ) from None
