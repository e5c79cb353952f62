"""Change the shape of a tensor, or its type, but not its elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor.primitive import primitive


@primitive(promotion="none")
def cast(input: Any, *, dtype: np.dtype[Any]) -> Any:
    """The elements in another type, rounded toward zero where that is an integer; itself if it has it."""
    return np.asarray(input).astype(dtype, copy=False)


@primitive(promotion="none")
def sum_to_size(input: Any, *, size: tuple[int, ...]) -> Any:
    """The sum over all dimensions along which `size` was broadcast to the input's shape."""
    lead = input.ndim - len(size)
    stretched = [lead + i for i, n in enumerate(size) if n == 1 != input.shape[lead + i]]
    out = np.add.reduce(input, axis=(*range(lead), *stretched), keepdims=True)
    return out.reshape(size)
