"""Derivatives of changes of shape: the gradient takes the way back."""

from __future__ import annotations

from typing import Any

from tinytorch.autograd.rules import defvjp
from tinytorch.tensor.reductions import reduce_sum
from tinytorch.tensor.shape import (
    expand_to,
    reshape_to,
    spread,
    sum_to_size,
)
from tinytorch.tensor.transposing import matrix_transpose, permute_dims


def _permute_back(g: Any, _z: Any, _x: Any, dims: tuple[int, ...]) -> Any:
    return permute_dims(g, dims=tuple([dims.index(d) for d in range(len(dims))]))


defvjp(reshape_to, lambda g, _z, x_shape, **_: reshape_to(g, shape=x_shape))
defvjp(permute_dims, _permute_back)
defvjp(matrix_transpose, lambda g, _z, _x: matrix_transpose(g))

# The engine sums a gradient to its input's shape.
defvjp(expand_to, lambda g, _z, _x, **_: g)

defvjp(sum_to_size, lambda g, _z, x_shape, **_: expand_to(g, shape=x_shape))
defvjp(spread, lambda g, _z, _x, shape, dim, keepdim: reduce_sum(g, dim=dim, keepdim=keepdim))
