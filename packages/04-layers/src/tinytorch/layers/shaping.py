"""Layers that compute nothing: Identity and Flatten."""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

from typing import Any

from tinytorch.layers.module import Module
from tinytorch.tensor import Tensor, flatten


class Identity(Module):
    """Return the input; any arguments are accepted, so that it can replace any layer.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> Identity(54, bias=False)(tensor([1.0, 2.0]))
        tensor([1., 2.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        """The input itself."""
        return input


class Flatten(Module):
    """Make one dimension of several: by default all but the first, the batch.

    Args:
        start_dim: the first of them.
        end_dim: the last.

    Example:
        >>> from tinytorch.tensor import ones
        >>> Flatten()(ones(2, 3, 4)).shape
        (2, 12)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        """(N, …) to (N, product of the rest), by default."""
        return flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
