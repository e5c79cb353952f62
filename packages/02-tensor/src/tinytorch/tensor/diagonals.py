"""Triangles and diagonals of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor.creation import clone
from tinytorch.tensor.dims import integer, ndim_of, one_dim
from tinytorch.tensor.primitive import primitive


@primitive(promotion="none")
def triangle(input: Any, *, lower: bool, diagonal: int) -> Any:
    """The last two dimensions with zeros above (`lower`) or below a diagonal."""
    return np.tril(input, diagonal) if lower else np.triu(input, diagonal)


@primitive(promotion="none")
def diagonal_of(input: Any, *, offset: int, dim1: int, dim2: int) -> Any:
    """A view of a diagonal of two dimensions, as the last dimension."""
    diagonal = np.diagonal(input, offset, dim1, dim2)
    if input.flags.writeable:
        diagonal.flags.writeable = True  # NumPy's own is read-only
    return diagonal


@primitive(promotion="none")
def diagonal_placed(
    input: Any, *, offset: int, dim1: int, dim2: int, shape: tuple[int, ...]
) -> Any:
    """Zeros of a shape whose diagonal is the input: the transpose of `diagonal_of`."""
    out = np.zeros(shape, input.dtype)
    diagonal = np.diagonal(out, offset, dim1, dim2)
    diagonal.flags.writeable = True
    diagonal[...] = input
    return out


def tril(input: Any, diagonal: int = 0) -> Any:
    """The lower triangle of the last two dimensions, zeros elsewhere.

    Args:
        input: a tensor of at least two dimensions.
        diagonal: the last diagonal that is kept; 0 is the main one, 1 the one above it.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.tril(tt.ones(3, 3))
        tensor([[1., 0., 0.],
                [1., 1., 0.],
                [1., 1., 1.]])
    """
    _at_least_matrix("tril", input)
    return triangle(input, lower=True, diagonal=integer("tril", "diagonal", diagonal))


def triu(input: Any, diagonal: int = 0) -> Any:
    """The upper triangle of the last two dimensions, zeros elsewhere.

    Args:
        input: a tensor of at least two dimensions.
        diagonal: the first diagonal that is kept; 0 is the main one, 1 the one above it.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.triu(tt.ones(3, 3), diagonal=1)
        tensor([[0., 1., 1.],
                [0., 0., 1.],
                [0., 0., 0.]])
    """
    _at_least_matrix("triu", input)
    return triangle(input, lower=False, diagonal=integer("triu", "diagonal", diagonal))


def _at_least_matrix(operation: str, input: Any) -> None:
    if ndim_of(operation, input) < 2:
        raise ValueError(
            f"{operation}: input has shape {tuple(input.shape)}, expected at least two dimensions"
        )


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A view of a diagonal of two dimensions, as the last dimension.

    Args:
        input: a tensor of at least two dimensions.
        offset: which one; 0 is the main diagonal, 1 the one above it.
        dim1: the dimension that counts rows.
        dim2: the dimension that counts columns.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.diagonal(tt.tensor([[1, 2], [3, 4]]))
        tensor([1, 4])
    """
    _at_least_matrix("diagonal", input)
    rows, columns = (one_dim("diagonal", d, input.ndim) for d in (dim1, dim2))
    if rows == columns:
        raise ValueError(f"diagonal: dim1 is {dim1}, dim2 is {dim2}, expected two dimensions")
    return diagonal_of(input, offset=integer("diagonal", "offset", offset), dim1=rows, dim2=columns)


def diag(input: Any, diagonal: int = 0) -> Any:
    """The matrix with this diagonal, of a vector; a copy of the diagonal, of a matrix.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.diag(tt.tensor([1, 2]))
        tensor([[1, 0],
                [0, 2]])
    """
    offset = integer("diag", "diagonal", diagonal)
    if ndim_of("diag", input) == 1:
        n = input.shape[0] + abs(offset)
        return diagonal_placed(input, offset=offset, dim1=0, dim2=1, shape=(n, n))
    if input.ndim == 2:
        return clone(diagonal_of(input, offset=offset, dim1=0, dim2=1))
    raise ValueError(f"diag: input has shape {tuple(input.shape)}, expected a vector or a matrix")
