"""Products of vectors and matrices. What is a matrix product goes to BLAS as one.

Sums of products in general, by letters, are in `einsum.py`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.tensor.arithmetic import mul
from tinytorch.tensor.dims import ndim_of
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.shape import reshape_to


@primitive
def matmul(input: Any, other: Any) -> Any:
    r"""The matrix product over the last two dimensions, $z_{ik} = \sum_j x_{ij} y_{jk}$.

    A vector counts as a row on the left and as a column on the right. Dimensions before the last
    two number the matrices, and broadcast.

    Args:
        input: a tensor of shape (…, n, k), or (k,).
        other: a tensor of shape (…, k, m), or (k,).

    Returns:
        a tensor of shape (…, n, m), without n or m where that side is a vector.

    Raises:
        ValueError: if the shapes do not fit.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.matmul(tt.tensor([[1, 2], [3, 4]]), tt.tensor([1, 1]))
        tensor([3, 7])
    """
    try:
        if input.ndim > 2 == other.ndim:  # one product, not one for each matrix on the left
            return np.matmul(_rows(input), other).reshape(*input.shape[:-1], other.shape[1])
        return np.matmul(input, other)
    except (ValueError, AttributeError):
        raise ValueError(_misfit(input, other)) from None


@primitive
def transposed_matmul(input: Any, other: Any) -> Any:
    r"""$x^\top y$, where all dimensions but the last are taken for one.

    Args:
        input: a tensor of shape (…, n).
        other: a tensor of shape (…, m), with the same dimensions in front.

    Returns:
        a matrix of shape (n, m): of a linear map, the gradient of its weight.

    Example:
        >>> import tinytorch.tensor as tt
        >>> transposed_matmul(tt.ones(2, 3, 4), tt.ones(2, 3, 5)).shape
        (4, 5)
    """
    return np.matmul(_rows(input).T, _rows(other))


def _rows(array: Any) -> Any:
    if array.ndim == 2:
        return array
    return array.reshape(math.prod(array.shape[:-1]), array.shape[-1])


def _misfit(input: Any, other: Any) -> str:
    """Why `matmul` cannot multiply these."""
    shapes = np.shape(input), np.shape(other)
    if () in shapes:
        name = ("input", "other")[shapes.index(())]
        return f"matmul: {name} has 0 dimensions, expected at least one; use *"
    columns, rows = shapes[0][-1], shapes[1][-2 if len(shapes[1]) > 1 else 0]
    if columns != rows:
        of = "elements" if len(shapes[0]) == 1 else "columns"
        to = "elements" if len(shapes[1]) == 1 else "rows"
        return (
            f"matmul: input has {columns} {of}, other has {rows} {to}, expected equally many; "
            f"the shapes are {shapes[0]} and {shapes[1]}"
        )
    return f"matmul: the shapes {shapes[0]} and {shapes[1]} do not broadcast before the last two"


def mm(input: Any, mat2: Any) -> Any:
    """The product of two matrices.

    Args:
        input: a matrix of shape (n, k).
        mat2: a matrix of shape (k, m).

    Raises:
        ValueError: for anything else than matrices that fit.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.mm(tt.ones(2, 3), tt.ones(3, 1))
        tensor([[3.],
                [3.]])
    """
    _of_rank("mm", 2, input=input, mat2=mat2)
    return matmul(input, mat2)


def bmm(input: Any, mat2: Any) -> Any:
    """The products of two batches of matrices, one by one.

    Args:
        input: a tensor of shape (b, n, k).
        mat2: a tensor of shape (b, k, m).

    Raises:
        ValueError: for anything else than equally many matrices that fit.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.bmm(tt.ones(5, 2, 3), tt.ones(5, 3, 4)).shape
        (5, 2, 4)
    """
    _of_rank("bmm", 3, input=input, mat2=mat2)
    if input.shape[0] != mat2.shape[0]:
        raise ValueError(
            f"bmm: input has {input.shape[0]} matrices, mat2 has {mat2.shape[0]}, "
            "expected equally many"
        )
    return matmul(input, mat2)


def dot(input: Any, tensor: Any) -> Any:
    r"""The scalar product of two vectors, $\sum_i x_i y_i$.

    Raises:
        ValueError: for anything else than vectors of one length.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.dot(tt.tensor([1, 2]), tt.tensor([3, 4]))
        tensor(11)
    """
    _of_rank("dot", 1, input=input, tensor=tensor)
    return matmul(input, tensor)


def outer(input: Any, vec2: Any) -> Any:
    """The product of each element of one vector with each of another, $z_{ij} = x_i y_j$.

    Raises:
        ValueError: for anything else than vectors.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.outer(tt.tensor([1, 2]), tt.tensor([3, 4]))
        tensor([[3, 4],
                [6, 8]])
    """
    _of_rank("outer", 1, input=input, vec2=vec2)
    return mul(reshape_to(input, shape=(input.shape[0], 1)), vec2)


def _of_rank(operation: str, ndim: int, **tensors: Any) -> None:
    for name, x in tensors.items():
        if ndim_of(operation, x) != ndim:
            raise ValueError(
                f"{operation}: {name} has shape {tuple(x.shape)}, "
                f"expected {ndim} dimension{'s' * (ndim > 1)}"
            )
