"""The linear layer: $y = x W^T + b$."""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.layers import init
from tinytorch.layers.module import Module
from tinytorch.layers.parameter import Parameter
from tinytorch.tensor import Tensor, empty
from tinytorch.tensor.dims import ndim_of
from tinytorch.tensor.dtypes import DTypeLike
from tinytorch.tensor.from_data import check_device
from tinytorch.tensor.primitive import primitive


@primitive
def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """The linear map $y = x W^T + b$ of the last dimension.

    Args:
        input: any shape that ends in in_features.
        weight: (out_features, in_features).
        bias: (out_features,), or None.

    Returns:
        the input's shape with out_features in the place of in_features.

    Raises:
        TypeError: for a number in the place of a tensor.
        ValueError: if the features disagree.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> linear(tensor([1.0, 2.0]), tensor([[3.0, 4.0]]), tensor([0.5]))
        tensor([11.5000])
    """
    if ndim_of("linear", weight, "weight") != 2:
        raise ValueError(
            f"linear: weight has {weight.ndim} dimensions, expected 2: (out_features, in_features)"
        )
    if not ndim_of("linear", input) or input.shape[-1] != weight.shape[1]:
        raise ValueError(
            f"linear: input has shape {input.shape}, weight expects {weight.shape[1]} features "
            "in its last dimension"
        )
    if bias is not None and (ndim_of("linear", bias, "bias"), *bias.shape) != (1, weight.shape[0]):
        raise ValueError(
            f"linear: bias has shape {bias.shape}, weight expects ({weight.shape[0]},)"
        )
    # One product of two matrices: NumPy would loop over the leading dimensions.
    rows = input.reshape(math.prod(input.shape[:-1]), input.shape[-1])
    out = np.matmul(rows, weight.T)
    if bias is not None:
        out += bias
    return out.reshape(*input.shape[:-1], weight.shape[0])


class Linear(Module):
    r"""A linear map with learned weight and bias: $y = x W^T + b$.

    Both start uniform in $\pm 1/\sqrt{k}$ for k input features, as in PyTorch.

    Args:
        in_features: the length of the input's last dimension.
        out_features: the length of the output's.
        bias: whether a bias is added.
        device: `cpu`, or left out.
        dtype: of the parameters.

    Example:
        >>> from tinytorch.tensor import ones
        >>> Linear(3, 2)(ones(5, 3)).shape
        (5, 2)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        check_device("Linear", device)
        for name, features in (("in_features", in_features), ("out_features", out_features)):
            if isinstance(features, bool) or not isinstance(features, int) or features < 1:
                raise ValueError(f"Linear: {name} is {features!r}, expected a positive int")
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(empty(out_features, in_features, dtype=dtype))
        self.bias = Parameter(empty(out_features, dtype=dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        bound = 1 / math.sqrt(self.in_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        """(…, in_features) → (…, out_features)."""
        return linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={bias}"
