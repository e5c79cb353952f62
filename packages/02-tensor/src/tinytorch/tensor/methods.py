"""What can be computed from a Tensor, as methods: each is its function with the tensor in front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tinytorch.tensor as tt

if TYPE_CHECKING:
    from tinytorch.tensor.tensor import Tensor


class Methods:
    """The functions of `tinytorch.tensor` as methods; `Tensor` inherits them."""

    __slots__ = ()

    # The operators of arithmetic go straight to the written-out calls of Primitive.

    def __add__(self, other: Any) -> Tensor:
        return tt.add.binary(self, other)

    def __mul__(self, other: Any) -> Tensor:
        return tt.mul.binary(self, other)
