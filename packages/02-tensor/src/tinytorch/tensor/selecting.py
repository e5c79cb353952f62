"""Choose from a tensor: slices by their numbers, or elements by a mask."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor.dims import ndim_of, one_dim
from tinytorch.tensor.gathering import check_places
from tinytorch.tensor.indexing import index as indexed
from tinytorch.tensor.shape import broadcast_to, reshape


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices of a dimension that `index` names, as `input[:, index]` for dim 1.

    Args:
        input: of any shape.
        dim: along which.
        index: integers, of one dimension; or a single one.

    Returns:
        a tensor of the input's shape, but along `dim` as long as the index.

    Raises:
        IndexError: if an index is out of range, or `dim`.
        ValueError: if the index has more than one dimension.
        TypeError: if the index is not of integers.

    Example:
        >>> import tinytorch.tensor as tt
        >>> index_select(tt.tensor([[1, 2, 3], [4, 5, 6]]), 1, tt.tensor([2, 0]))
        tensor([[3, 1],
                [6, 4]])
    """
    dim = one_dim("index_select", dim, ndim_of("index_select", input))
    if ndim_of("index_select", index, "index") > 1:
        raise ValueError(f"index_select: index has {index.ndim} dimensions, expected at most 1")
    index = reshape(index, -1)
    if not input.ndim:
        return reshape(index_select(reshape(input, (1,)), 0, index), ())
    check_places("index_select", index, dim, input.shape[dim])
    return indexed(input, index, dims=(dim,))


def masked_select(input: Any, mask: Any) -> Any:
    """The elements where `mask` is true, in one dimension; the two are broadcast together.

    Args:
        input: of any shape.
        mask: booleans.

    Returns:
        a tensor of one dimension.

    Raises:
        TypeError: if the mask is not of booleans.
        ValueError: if the shapes don't broadcast together.

    Example:
        >>> import tinytorch.tensor as tt
        >>> x = tt.tensor([[1, 2], [3, 4]])
        >>> masked_select(x, x > 2)
        tensor([3, 4])
    """
    ndim_of("masked_select", input)
    ndim_of("masked_select", mask, "mask")
    if mask.dtype.kind != "b":
        raise TypeError(f"masked_select: mask has type {mask.dtype}, expected bool")
    try:
        shape = np.broadcast_shapes(input.shape, mask.shape)
    except ValueError:
        raise ValueError(
            f"masked_select: input has shape {tuple(input.shape)}, mask {tuple(mask.shape)}, "
            "which don't broadcast together"
        ) from None
    (chosen,) = np.nonzero(np.asarray(broadcast_to(mask, shape)).reshape(-1))
    return indexed(reshape(broadcast_to(input, shape), -1), chosen, dims=(0,))
