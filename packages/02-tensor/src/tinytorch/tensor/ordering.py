"""Put elements in order: all, the k greatest, the median, the different ones and their counts.

NaN counts as greater than every number, as in PyTorch. Sorting is always stable, so its result is
the same on every machine.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.tensor.dims import integer, ndim_of, one_dim
from tinytorch.tensor.dtypes import float32
from tinytorch.tensor.extremes import Selection, selected
from tinytorch.tensor.gathering import gather_along
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.shape import reshape_to

_unique: Any = np.unique  # its annotations know no flags that vary


@primitive(promotion="none", differentiable=False)
def sorting_indices(input: Any, *, dim: int, descending: bool) -> Any:
    """The indices that put the elements along `dim` in order; equal ones stay in theirs."""
    if not descending:
        return input.argsort(dim, kind="stable")
    last = input.shape[dim] - 1
    return last - np.flip(np.flip(input, dim).argsort(dim, kind="stable"), dim)


@primitive(promotion="none", differentiable=False)
def top_indices(input: Any, *, k: int, dim: int, largest: bool) -> Any:
    """The indices of the k greatest, or least, elements along `dim`, in order."""
    n = input.shape[dim]
    if k == 0:
        return np.zeros((*input.shape[:dim], 0, *input.shape[dim + 1 :]), np.int64)
    if k < n:  # finding them takes time linear in n, and only the k are sorted
        parted = input.argpartition(n - k if largest else k - 1, dim)
        chosen = parted.take(range(n - k, n) if largest else range(k), dim)
        chosen.sort(dim)  # equal elements by index
    else:
        chosen = np.broadcast_to(
            np.arange(n).reshape(n, *(1,) * (input.ndim - dim - 1)), input.shape
        )
    order = sorting_indices(np.take_along_axis(input, chosen, dim), dim=dim, descending=largest)
    return np.take_along_axis(chosen, order, dim)


@primitive(promotion="none", differentiable=False)
def index_of_median(input: Any, *, dim: int) -> Any:
    """The index of the median along `dim`, which stays with length 1; of a NaN, if any."""
    n = input.shape[dim]
    middle = (n - 1) // 2
    found = input.argpartition(middle, dim).take([middle], dim)
    if input.dtype.kind == "f":
        nan = np.isnan(input)
        return np.where(nan.any(dim, keepdims=True), nan.argmax(dim, keepdims=True), found)
    return found


@primitive(promotion="none")
def median_of_all(input: Any) -> Any:
    """The median of a vector, the lower of two."""
    return input[index_of_median(input, dim=0)[0]]


@primitive(promotion="none", differentiable=False, several=True)
def distinct(input: Any, *, dim: int | None, inverse: bool, counts: bool) -> Any:
    """The different elements (or slices along `dim`) in order, where they stand, and how often."""
    found = _unique(input, return_inverse=inverse, return_counts=counts, axis=dim, equal_nan=False)
    if not inverse:
        return tuple(found) if counts else (found,)
    shape = input.shape if dim is None else (input.shape[dim],)
    return (found[0], found[1].reshape(shape), *found[2:])  # NumPy 2.0 has other shapes than 2.1


@primitive(promotion="none", differentiable=False)
def occurrences(input: Any, weights: Any = None, *, minlength: int) -> Any:
    """How often each number from 0 on occurs, or the sum of its weights."""
    counts = np.bincount(input, weights, minlength)
    return counts if weights is None or weights.dtype != float32 else counts.astype(float32)


def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Selection:
    """Put the elements along a dimension in order.

    Args:
        input: a tensor.
        dim: the dimension.
        descending: the greatest first.
        stable: ask that equal elements keep their order, which they always do.

    Returns:
        the named tuple (values, indices).

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.sort(tt.tensor([3, 1, 2])).indices
        tensor([1, 2, 0])
    """
    input, dim, shape = _line("sort", input, dim)
    indices = sorting_indices(input, dim=dim, descending=descending)
    return _shaped(gather_along(input, indices, dim=dim), indices, shape)


def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The indices that put the elements along a dimension in order: those of `sort`.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.argsort(tt.tensor([3, 1, 2]), descending=True)
        tensor([0, 2, 1])
    """
    input, dim, shape = _line("argsort", input, dim)
    indices = sorting_indices(input, dim=dim, descending=descending)
    return indices if shape is None else reshape_to(indices, shape=shape)


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Selection:
    """The k greatest elements along a dimension.

    Args:
        input: a tensor.
        k: how many.
        dim: the dimension.
        largest: False asks for the k least.
        sorted: ask that they come in order, which they always do.

    Returns:
        the named tuple (values, indices); which of equal elements are chosen is not defined.

    Raises:
        ValueError: if the dimension has fewer than k elements.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.topk(tt.tensor([3, 1, 2]), 2).values
        tensor([3, 2])
    """
    input, dim, shape = _line("topk", input, dim)
    k = integer("topk", "k", k)
    n = input.shape[dim]
    if not 0 <= k <= n:
        raise ValueError(f"topk: k is {k}, expected 0 to {n}, the length of dim {dim}")
    indices = top_indices(input, k=k, dim=dim, largest=largest)
    return _shaped(gather_along(input, indices, dim=dim), indices, shape if k else None)


def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The element in the middle, the lower one of two; NaN where there is one.

    Args:
        input: a tensor.
        dim: the dimension; by default the median of all elements is returned alone.
        keepdim: keep the dimension with length 1.

    Returns:
        a tensor, or with `dim` the named tuple (values, indices).

    Raises:
        ValueError: of no elements.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.median(tt.tensor([4.0, 1.0, 3.0, 2.0]))
        tensor(2.)
    """
    ndim = ndim_of("median", input)
    if dim is None:
        flat, line = reshape_to(input, shape=(math.prod(input.shape),)), 0
    else:
        flat, line, shape = _line("median", input, dim)
        keepdim = keepdim and shape is None
    if not flat.shape[line]:
        raise ValueError(
            f"median: input has shape {tuple(input.shape)}, with no elements in the middle"
        )
    if dim is None:
        middle = median_of_all(flat)
        return reshape_to(middle, shape=(1,) * ndim) if keepdim else middle
    return selected(flat, index_of_median(flat, dim=line), line, keepdim)


def unique(
    input: Any,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The different elements, in order.

    Args:
        input: a tensor.
        sorted: ask that they come in order, which they always do.
        return_inverse: return also where each element of the input stands in the result.
        return_counts: return also how often each occurs.
        dim: compare slices along this dimension instead of elements.

    Returns:
        the elements, or a tuple of them and what else was asked for, in this order. Each NaN is
        different.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.unique(tt.tensor([3, 1, 3]), return_counts=True)
        (tensor([1, 3]), tensor([1, 2]))
    """
    ndim = ndim_of("unique", input)
    if dim is not None:
        input, dim, _ = _line("unique", input, dim)
    elif not ndim and not return_inverse:
        input = reshape_to(input, shape=(1,))
    found = distinct(input, dim=dim, inverse=return_inverse, counts=return_counts)
    return found if return_inverse or return_counts else found[0]


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each number occurs among integers from 0 on.

    Args:
        input: a vector of integers that are not negative.
        weights: a vector of the same length: count these instead of ones.
        minlength: the least length of the result, filled up with zeros.

    Returns:
        a vector, one longer than the greatest number; int64, or float64 with weights that are not
        float32.

    Raises:
        ValueError: for negative numbers, or where shapes are wrong.
        TypeError: for other types than integers.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.bincount(tt.tensor([0, 2, 2]))
        tensor([1, 0, 2])
    """
    if ndim_of("bincount", input) != 1:
        raise ValueError(f"bincount: input has shape {tuple(input.shape)}, expected a vector")
    if input.dtype.kind not in "iu":
        raise TypeError(f"bincount: input is of type {input.dtype}, expected integers")
    if weights is not None:
        ndim_of("bincount", weights, "weights")
    if weights is not None and weights.shape != input.shape:
        raise ValueError(
            f"bincount: weights has shape {tuple(weights.shape)}, the input {tuple(input.shape)}, "
            "expected the same"
        )
    length = integer("bincount", "minlength", minlength)
    if length < 0:
        raise ValueError(f"bincount: minlength is {minlength}, expected a number from 0 on")
    try:
        return occurrences(input, weights, minlength=length)
    except ValueError:
        raise ValueError(
            "bincount: input has a negative number, expected numbers from 0 on"
        ) from None


def _line(operation: str, input: Any, dim: int) -> tuple[Any, int, tuple[int, ...] | None]:
    """The input with a dimension, `dim` from the front, and the shape to go back to, if any."""
    ndim = ndim_of(operation, input)
    dim = one_dim(operation, dim, ndim)
    return (input, dim, None) if ndim else (reshape_to(input, shape=(1,)), dim, ())


def _shaped(values: Any, indices: Any, shape: tuple[int, ...] | None) -> Selection:
    if shape is None:
        return Selection(values, indices)
    return Selection(reshape_to(values, shape=shape), reshape_to(indices, shape=shape))
