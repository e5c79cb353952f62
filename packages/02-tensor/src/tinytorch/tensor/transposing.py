"""Other orders of the same dimensions. All results are views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tinytorch.tensor.dims import all_dims, ndim_of, one_dim, shape_of
from tinytorch.tensor.primitive import primitive


@primitive(promotion="none")
def permute_dims(input: Any, *, dims: tuple[int, ...]) -> Any:
    """A view whose dimension i is the input's dimension `dims[i]`."""
    return input.transpose(dims)


@primitive(promotion="none")
def matrix_transpose(input: Any) -> Any:
    """A view with the last two dimensions exchanged."""
    return input.swapaxes(-1, -2)


def permute(input: Any, dims: Sequence[int]) -> Any:
    """Reorder the dimensions: dimension i of the result is dimension `dims[i]` of the input.

    Raises:
        ValueError: if `dims` does not name each dimension once.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.permute(tt.zeros(2, 3, 4), (2, 0, 1)).shape
        (4, 2, 3)
    """
    ndim = ndim_of("permute", input)
    dims = shape_of("permute", dims, "dims")
    found = tuple([one_dim("permute", d, ndim) for d in dims])
    if sorted(found) != list(range(ndim)):
        raise ValueError(f"permute: dims is {tuple(dims)}, expected each of {ndim} dimensions once")
    return permute_dims(input, dims=found)


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Exchange two dimensions.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.transpose(tt.zeros(2, 3, 4), 0, -1).shape
        (4, 3, 2)
    """
    ndim = ndim_of("transpose", input)
    dims = list(range(ndim))
    first, second = one_dim("transpose", dim0, ndim), one_dim("transpose", dim1, ndim)
    if ndim:
        dims[first], dims[second] = second, first
    return permute_dims(input, dims=tuple(dims))


def movedim(input: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """Move dimensions to other positions; the others keep their order.

    Args:
        input: a tensor.
        source: where they are.
        destination: where they go, in the same order.

    Raises:
        ValueError: if the two differ in length, or name a dimension twice.

    Example:
        >>> import tinytorch.tensor as tt
        >>> tt.movedim(tt.zeros(8, 32, 32, 3), -1, 1).shape  # images, channels first
        (8, 3, 32, 32)
    """
    ndim = ndim_of("movedim", input)
    sources, destinations = (
        all_dims("movedim", dim, ndim) if dim != () else () for dim in (source, destination)
    )
    if len(sources) != len(destinations):
        raise ValueError(
            f"movedim: source is {source}, destination {destination}, expected equally many"
        )
    dims = [d for d in range(ndim) if d not in sources]
    for to, d in sorted(zip(destinations, sources)):
        dims.insert(to, d)
    return permute_dims(input, dims=tuple(dims))
