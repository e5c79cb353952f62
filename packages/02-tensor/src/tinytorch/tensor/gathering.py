"""Gather and scatter: an index tensor says, along one dimension, where to read or write.

    gather(input, 1, index)[i, j] = input[i, index[i, j]]

Here, unlike in `x[index]`, places do not count from the end.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from tinytorch.tensor.arithmetic import add
from tinytorch.tensor.dims import integer, ndim_of, one_dim
from tinytorch.tensor.indexing import accumulated, getitem, strides_of
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.shape import broadcast_to, reshape

_WHOLE = slice(None)


@primitive(promotion="none")
def gather_along(input: Any, index: Any, *, dim: int) -> Any:
    """The elements that an index array names along a dimension."""
    around = _grid(index.shape)
    return input[(*around[:dim], index, *around[dim + 1 :])]


@primitive(promotion="none")
def accumulate_along(input: Any, index: Any, *, size: tuple[int, ...], dim: int) -> Any:
    """Zeros of a size, with the input added where an index array says along a dimension."""
    return accumulated(input, _places_along(index, size, dim), size)


@primitive(promotion="none")
def scatter_along(input: Any, index: Any, src: Any, *, dim: int) -> Any:
    """The input, with `src` in the places that an index array names along a dimension."""
    out = np.array(input, order="C")
    out.reshape(-1)[_places_along(index, out.shape, dim)] = src
    return out


@primitive(promotion="none", differentiable=False)
def one_hot_rows(input: Any, *, num_classes: int) -> Any:
    """For each class a row of zeros with a one in its place."""
    return (np.expand_dims(input, -1) == np.arange(num_classes)).astype(np.int64)


def _places_along(index: Any, size: tuple[int, ...], dim: int) -> np.ndarray:
    """Where the elements lie that an index array names along a dimension of a contiguous array."""
    strides = strides_of(size)
    places = index.astype(np.int64) * strides[dim]
    for d in range(index.ndim):
        if d != dim:
            places += _grid(index.shape)[d] * strides[d]
    return places  # type: ignore[no-any-return]


@functools.lru_cache(256)
def _grid(shape: tuple[int, ...]) -> list[np.ndarray]:
    """The number of each place along each dimension, which broadcast to this shape."""
    return list(np.ogrid[tuple([slice(n) for n in shape])])


def _corner(shape: tuple[int, ...], dim: int) -> tuple[slice, ...]:
    """The basic key of a corner of this shape, whole along `dim`."""
    return tuple(_WHOLE if d == dim else slice(n) for d, n in enumerate(shape))


def gather(input: Any, dim: int, index: Any) -> Any:
    """The elements that `index` names along a dimension: for dim 1, $z_{ij} = x_{i, index_{ij}}$.

    Args:
        input: of at least one dimension.
        dim: along which.
        index: integers, of as many dimensions as the input; in those other than `dim` not longer.

    Returns:
        a tensor of the index's shape.

    Raises:
        IndexError: if an index is out of range, or `dim`.
        ValueError: if the shapes don't go together.
        TypeError: if the index is not of integers.

    Example:
        >>> import tinytorch.tensor as tt
        >>> gather(tt.tensor([[1, 2], [3, 4]]), 1, tt.tensor([[1], [0]]))
        tensor([[2],
                [3]])
    """
    dim = _checked("gather", input, dim, index)
    return gather_along(input, index, dim=dim)


def scatter(input: Any, dim: int, index: Any, src: Any) -> Any:
    """The input, with elements replaced: for dim 1, $x_{i, index_{ij}} = src_{ij}$.

    Where an index comes twice, one of the two is taken.

    Args:
        input: of at least one dimension.
        dim: along which.
        index: integers, of as many dimensions as the input; in those other than `dim` not longer.
        src: what is written, of the input's type and at least the index's shape; or one number.

    Returns:
        a tensor of the input's shape.

    Raises:
        IndexError: if an index is out of range, or `dim`.
        ValueError: if the shapes don't go together.
        TypeError: if the index is not of integers, or `src` of another type than the input.

    Example:
        >>> import tinytorch.tensor as tt
        >>> scatter(tt.zeros(2, 2), 1, tt.tensor([[1], [0]]), 5.0)
        tensor([[0., 5.],
                [5., 0.]])
    """
    dim = _checked("scatter", input, dim, index)
    if not isinstance(src, int | float):
        src = _source("scatter", input, index, src)
    return scatter_along(input, index, src, dim=dim)


def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """The input, with elements added to: for dim 1, $x_{i, index_{ij}}$ plus every $src_{ij}$.

    Args:
        input: of at least one dimension.
        dim: along which.
        index: integers, of as many dimensions as the input; in those other than `dim` not longer.
        src: what is added, of the input's type and at least the index's shape.

    Returns:
        a tensor of the input's shape.

    Raises:
        IndexError: if an index is out of range, or `dim`.
        ValueError: if the shapes don't go together.
        TypeError: if the index is not of integers, or `src` of another type than the input.

    Example:
        >>> import tinytorch.tensor as tt
        >>> scatter_add(tt.zeros(3), 0, tt.tensor([0, 0, 2]), tt.ones(3))
        tensor([2., 0., 1.])
    """
    dim = _checked("scatter_add", input, dim, index)
    src = _source("scatter_add", input, index, src)
    return add(input, accumulate_along(src, index, size=tuple(input.shape), dim=dim))


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """The elements that `indices` names along a dimension; the other dimensions are broadcast.

    With the indices of `argmax(dim, keepdim=True)` it gives the maximum, with those of
    `argsort(dim)` the sorted tensor.

    Args:
        input: of at least one dimension.
        indices: integers, of as many dimensions as the input.
        dim: along which; by default, both are flattened first.

    Returns:
        a tensor of the indices' shape, broadcast.

    Raises:
        IndexError: if an index is out of range, or `dim`.
        ValueError: if the shapes don't go together.
        TypeError: if the indices are not integers.

    Example:
        >>> import tinytorch.tensor as tt
        >>> take_along_dim(tt.tensor([[3, 1], [2, 4]]), tt.tensor([[1], [0]]), dim=1)
        tensor([[1],
                [2]])
    """
    ndim_of("take_along_dim", input)
    ndim_of("take_along_dim", indices, "indices")
    if dim is None:
        return take_along_dim(reshape(input, -1), reshape(indices, -1), 0)
    dim = one_dim("take_along_dim", dim, input.ndim)
    if indices.ndim != input.ndim or not input.ndim:
        raise ValueError(
            f"take_along_dim: indices has {indices.ndim} dimensions, the input {input.ndim}; "
            "expected the same number, at least 1"
        )
    shapes = [x.shape[:dim] + x.shape[dim + 1 :] for x in (input, indices)]
    try:
        around = np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(
            f"take_along_dim: input has shape {tuple(input.shape)}, indices have "
            f"{tuple(indices.shape)}; beside dimension {dim} they don't broadcast together"
        ) from None
    input, indices = (
        broadcast_to(x, (*around[:dim], x.shape[dim], *around[dim:])) for x in (input, indices)
    )
    return gather(input, dim, indices)


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """For each class number a row of zeros with a one in its place.

    Args:
        tensor: class numbers from 0 on, integers of any shape.
        num_classes: the length of a row; by default the highest class plus 1.

    Returns:
        int64, of the tensor's shape and a dimension of `num_classes` behind it.

    Raises:
        TypeError: if the classes are not integers.
        ValueError: if a class is negative or not below `num_classes`.

    Example:
        >>> import tinytorch.tensor as tt
        >>> one_hot(tt.tensor([0, 2]))
        tensor([[1, 0, 0],
                [0, 0, 1]])
    """
    ndim_of("one_hot", tensor, "tensor")
    if tensor.dtype.kind not in "iu":
        raise TypeError(f"one_hot: the classes have type {tensor.dtype}, expected integers")
    num_classes = integer("one_hot", "num_classes", num_classes)
    classes = np.asarray(tensor)
    lowest, highest = (int(classes.min()), int(classes.max())) if classes.size else (0, -1)
    if num_classes == -1:
        if not classes.size:
            raise ValueError("one_hot: there are no classes to count; pass num_classes")
        num_classes = highest + 1
    if num_classes < 1 or lowest < 0 or highest >= num_classes:
        raise ValueError(
            f"one_hot: classes go from {lowest} to {highest}, "
            f"expected 0 to num_classes - 1, which is {num_classes - 1}"
        )
    return one_hot_rows(tensor, num_classes=num_classes)


def _checked(function: str, input: Any, dim: int, index: Any) -> int:
    """`dim` counted from the front, after shapes and the range of the index have been checked."""
    dim = one_dim(function, dim, ndim_of(function, input))
    if ndim_of(function, index, "index") != input.ndim or not input.ndim:
        raise ValueError(
            f"{function}: index has {index.ndim} dimensions, input {input.ndim}; "
            "expected the same number, at least 1"
        )
    if any(d != dim and n > m for d, (n, m) in enumerate(zip(index.shape, input.shape))):
        raise ValueError(
            f"{function}: index has shape {tuple(index.shape)}, which beside dimension {dim} "
            f"goes beyond the input's {tuple(input.shape)}"
        )
    check_places(function, index, dim, input.shape[dim])
    return dim


def check_places(function: str, index: Any, dim: int, length: int) -> None:
    """An error unless all of the index are integers from 0 up to the length."""
    if index.dtype.kind not in "iu":
        raise TypeError(f"{function}: index has type {index.dtype}, expected integers")
    places = np.asarray(index)
    if places.size and (places.min() < 0 or places.max() >= length):
        wrong = places.min() if places.min() < 0 else places.max()
        raise IndexError(
            f"{function}: index {wrong} is out of range for dimension {dim} of length {length}, "
            f"expected 0 to {length - 1}"
        )


def _source(function: str, input: Any, index: Any, src: Any) -> Any:
    """The part of `src` that the index speaks of."""
    ndim_of(function, src, "src")
    if src.dtype != input.dtype:
        raise TypeError(
            f"{function}: src has type {src.dtype}, expected the input's, {input.dtype}"
        )
    if src.ndim != index.ndim or any(n > m for n, m in zip(index.shape, src.shape)):
        raise ValueError(
            f"{function}: src has shape {tuple(src.shape)}, "
            f"expected at least the index's, {tuple(index.shape)}"
        )
    if src.shape == index.shape:
        return src
    return getitem(src, key=_corner(index.shape, dim=-1))
