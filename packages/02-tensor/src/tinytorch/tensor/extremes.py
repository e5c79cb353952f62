"""The greatest and the least, and where they are. NaN counts as both, as in PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import tinytorch.tensor as tt
from tinytorch.tensor.dims import Dims, all_dims, ndim_of, one_dim
from tinytorch.tensor.gathering import gather_along
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.shape import reshape_to
from tinytorch.tensor.summation import count
from tinytorch.tensor.tensor import Tensor

# NumPy's annotations know no `keepdims` that varies.
_maximum: Any = np.maximum
_minimum: Any = np.minimum


class Selection(NamedTuple):
    """Elements of a tensor, and where along the dimension they were found."""

    values: Any
    indices: Any


@primitive(promotion="none")
def reduce_max(input: Any, *, dim: tuple[int, ...], keepdim: bool) -> Any:
    """The greatest element over `dim`."""
    return _maximum.reduce(input, dim, keepdims=keepdim)


@primitive(promotion="none")
def reduce_min(input: Any, *, dim: tuple[int, ...], keepdim: bool) -> Any:
    """The least element over `dim`."""
    return _minimum.reduce(input, dim, keepdims=keepdim)


def largest(input: np.ndarray, dim: tuple[int, ...]) -> Any:
    """The greatest numbers over `dim`, which stays with length 1; of none of them, -inf.

    Along rows NumPy finds the place of the greatest in a third of the time of its value.
    """
    if dim == (input.ndim - 1,) and input.size and input.flags.c_contiguous:
        length = input.shape[-1]
        places = input.reshape(-1, length).argmax(1)
        places += np.arange(0, input.size, length)
        return input.reshape(-1).take(places).reshape(*input.shape[:-1], 1)
    return _maximum.reduce(input, dim, keepdims=True, initial=-math.inf)


@primitive(promotion="none", differentiable=False)
def index_of_max(input: Any, *, dim: int, keepdim: bool) -> Any:
    """The index of the greatest element along `dim`, the first of several."""
    return input.argmax(dim, keepdims=keepdim)


@primitive(promotion="none", differentiable=False)
def index_of_min(input: Any, *, dim: int, keepdim: bool) -> Any:
    """The index of the least element along `dim`, the first of several."""
    return input.argmin(dim, keepdims=keepdim)


def max(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The greatest element; or along one dimension, with its index; or the greater of two tensors.

    Args:
        input: a tensor.
        dim: the dimension; by default the greatest of all is returned alone. A tensor here is
            `other`.
        keepdim: keep the dimension with length 1.
        other: a tensor to compare with, element by element, as `maximum` does.

    Returns:
        a tensor, or with `dim` the named tuple (values, indices); of equal elements the first.

    Raises:
        ValueError: of no elements.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.max(tt.tensor([[1, 5], [7, 2]]))
        tensor(7)
        >>> tt.max(tt.tensor([[1, 5], [7, 2]]), dim=1).indices
        tensor([1, 0])
    """
    if isinstance(dim, Tensor | np.ndarray):
        dim, other = None, dim
    if other is not None:
        return tt.maximum(input, other)
    if dim is None:
        return reduce_max(input, dim=_filled("max", input, None), keepdim=keepdim)
    return _along("max", index_of_max, input, dim, keepdim)


def min(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The least element; or along one dimension, with its index; or the lesser of two tensors.

    Args:
        input: a tensor.
        dim: the dimension; by default the least of all is returned alone. A tensor here is `other`.
        keepdim: keep the dimension with length 1.
        other: a tensor to compare with, element by element, as `minimum` does.

    Returns:
        a tensor, or with `dim` the named tuple (values, indices); of equal elements the first.

    Raises:
        ValueError: of no elements.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.min(tt.tensor([[1, 5], [7, 2]]), dim=1).values
        tensor([1, 2])
    """
    if isinstance(dim, Tensor | np.ndarray):
        dim, other = None, dim
    if other is not None:
        return tt.minimum(input, other)
    if dim is None:
        return reduce_min(input, dim=_filled("min", input, None), keepdim=keepdim)
    return _along("min", index_of_min, input, dim, keepdim)


def _along(
    operation: str, index: Callable[..., Any], input: Any, dim: int, keepdim: bool
) -> Selection:
    ndim = ndim_of(operation, input)
    dim = one_dim(operation, dim, ndim)
    if not ndim:
        input, keepdim = reshape_to(input, shape=(1,)), False
    _filled(operation, input, dim)
    return selected(input, index(input, dim=dim, keepdim=True), dim, keepdim)


def selected(input: Any, indices: Any, dim: int, keepdim: bool) -> Selection:
    """What stands at `indices`, one along `dim`, with and without that dimension."""
    values = gather_along(input, indices, dim=dim)
    if keepdim:
        return Selection(values, indices)
    shape = (*input.shape[:dim], *input.shape[dim + 1 :])
    return Selection(reshape_to(values, shape=shape), reshape_to(indices, shape=shape))


def amax(input: Any, dim: Dims = (), keepdim: bool = False) -> Any:
    """The greatest element over some dimensions.

    Args:
        input: a tensor.
        dim: the dimensions; all by default.
        keepdim: keep them with length 1.

    Raises:
        ValueError: of no elements.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.amax(tt.tensor([[1, 5], [7, 2]]), dim=(0, 1))
        tensor(7)
    """
    return reduce_max(input, dim=_filled("amax", input, dim), keepdim=keepdim)


def amin(input: Any, dim: Dims = (), keepdim: bool = False) -> Any:
    """The least element over some dimensions.

    Args:
        input: a tensor.
        dim: the dimensions; all by default.
        keepdim: keep them with length 1.

    Raises:
        ValueError: of no elements.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.amin(tt.tensor([[1, 5], [7, 2]]), dim=0)
        tensor([1, 2])
    """
    return reduce_min(input, dim=_filled("amin", input, dim), keepdim=keepdim)


def argmax(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The index of the greatest element along a dimension, the first of several.

    Args:
        input: a tensor.
        dim: the dimension; by default the index counts through the flattened tensor.
        keepdim: keep what is reduced with length 1.

    Raises:
        ValueError: of no elements.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.argmax(tt.tensor([[1, 5], [7, 2]])), tt.argmax(tt.tensor([[1, 5], [7, 2]]), dim=1)
        (tensor(2), tensor([1, 0]))
    """
    return _index("argmax", index_of_max, input, dim, keepdim)


def argmin(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The index of the least element along a dimension, the first of several.

    Args:
        input: a tensor.
        dim: the dimension; by default the index counts through the flattened tensor.
        keepdim: keep what is reduced with length 1.

    Raises:
        ValueError: of no elements.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.argmin(tt.tensor([[1, 5], [7, 2]]), dim=1)
        tensor([0, 1])
    """
    return _index("argmin", index_of_min, input, dim, keepdim)


def _index(
    operation: str, index: Callable[..., Any], input: Any, dim: int | None, keepdim: bool
) -> Any:
    _filled(operation, input, dim)
    if dim is not None and input.ndim:
        return index(input, dim=one_dim(operation, dim, input.ndim), keepdim=keepdim)
    flat = index(reshape_to(input, shape=(math.prod(input.shape),)), dim=0, keepdim=False)
    return reshape_to(flat, shape=(1,) * input.ndim) if keepdim else flat


def _filled(operation: str, input: Any, dim: Dims) -> tuple[int, ...]:
    """The dimensions of a reduction that has no result for no elements."""
    dims = all_dims(operation, dim, ndim_of(operation, input))
    if not count(input.shape, dims):
        raise ValueError(
            f"{operation}: input has shape {tuple(input.shape)}, with nothing to choose from over "
            f"dim {dims[0] if len(dims) == 1 else dims}"
        )
    return dims
