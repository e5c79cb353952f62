"""Normalisation of each token by itself, as functions and as layers."""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.activations.floating import require_floating
from tinytorch.layers import Module, Parameter, init
from tinytorch.tensor import Tensor, empty, reshape
from tinytorch.tensor.dims import setting, shape_of
from tinytorch.tensor.dtypes import DTypeLike
from tinytorch.tensor.from_data import check_device
from tinytorch.tensor.summation import working_type
from tinytorch.transformers.normalizing import scale_to_one, standardize

Shape = int | Sequence[int]


def layer_norm(
    input: Tensor,
    normalized_shape: Shape,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    r"""To mean 0 and variance 1 over the last dimensions, then stretched and moved.

    $$z = w \, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + b$$

    (Ba, Kiros and Hinton, https://arxiv.org/abs/1607.06450.)

    Args:
        input: (…, *normalized_shape).
        normalized_shape: of the dimensions that are normalised together.
        weight: $w$, of that shape, or None.
        bias: $b$, of that shape, or None.
        eps: $\epsilon$.

    Raises:
        TypeError: if the input is not of floating point, or weight or bias not of its type.
            (PyTorch takes those of float32 for inputs of float16.)
        ValueError: if shapes do not fit.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> layer_norm(tensor([1.0, 2.0, 3.0]), 3)
        tensor([-1.2247,  0.0000,  1.2247])
    """
    size = _checked("layer_norm", input, normalized_shape, weight=weight, bias=bias)
    flat = [x if x is None or x.ndim == 1 else reshape(x, (size,)) for x in (weight, bias)]
    eps = float(setting("layer_norm", "eps", eps))
    rows = reshape(input, (*_outer(input, normalized_shape), size))
    return reshape(standardize(rows, *flat, eps=eps), input.shape)


def rms_norm(
    input: Tensor,
    normalized_shape: Shape,
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:
    r"""To a mean square of 1 over the last dimensions, then stretched: $z = w \, x /
    \sqrt{\overline{x^2} + \epsilon}$.

    (Zhang and Sennrich, https://arxiv.org/abs/1910.07467, who found that networks learn as well
    without what layer norm does beside that: to take the mean away.)

    Args:
        input: (…, *normalized_shape).
        normalized_shape: of the dimensions that are normalised together.
        weight: $w$, of that shape, or None.
        eps: $\epsilon$; by default the distance from 1 to the next number of the type that is
            computed in, the input's, or for float16 float32.

    Raises:
        TypeError: if the input is not of floating point, or the weight not of its type. (PyTorch
            takes any type here, if not in `layer_norm`.)
        ValueError: if shapes do not fit.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> rms_norm(tensor([3.0, 4.0]), 2)
        tensor([0.8485, 1.1314])
    """
    size = _checked("rms_norm", input, normalized_shape, weight=weight)
    if weight is not None and weight.ndim != 1:
        weight = reshape(weight, (size,))
    if eps is None:
        eps = np.finfo(working_type(input.dtype)).eps
    rows = reshape(input, (*_outer(input, normalized_shape), size))
    normed = scale_to_one(rows, weight, eps=float(setting("rms_norm", "eps", eps)))
    return reshape(normed, input.shape)


class LayerNorm(Module):
    """`layer_norm` as a layer, with a weight of ones and a bias of zeros that are learned.

    Args:
        normalized_shape: of the last dimensions, which are normalised together.
        eps: as of `layer_norm`.
        elementwise_affine: whether there are weight and bias.
        bias: whether there is a bias.
        device: `cpu`, or left out.
        dtype: of the parameters.

    Raises:
        TypeError: if a size is no integer; when called, as `layer_norm`.
        ValueError: if there is no dimension, or another device; when called, as `layer_norm`.

    Example:
        >>> from tinytorch.tensor import ones
        >>> LayerNorm(4)(ones(2, 3, 4)).shape
        (2, 3, 4)
    """

    def __init__(
        self,
        normalized_shape: Shape,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        check_device("LayerNorm", device)
        self.normalized_shape = _shape("LayerNorm", normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        size, both = self.normalized_shape, elementwise_affine and bias
        self.weight = Parameter(empty(size, dtype=dtype)) if elementwise_affine else None
        self.bias = Parameter(empty(size, dtype=dtype)) if both else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to ones and the bias to zeros."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """(…, *normalized_shape) to the same."""
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        affine, bias = self.elementwise_affine, self.bias is not None
        shape, eps = self.normalized_shape, self.eps
        return f"{shape}, eps={eps}, elementwise_affine={affine}, bias={bias}"


class RMSNorm(Module):
    """`rms_norm` as a layer, with a weight of ones that is learned.

    Args:
        normalized_shape: of the last dimensions, which are normalised together.
        eps: as of `rms_norm`.
        elementwise_affine: whether there is a weight.
        device: `cpu`, or left out.
        dtype: of the weight.

    Raises:
        TypeError: if a size is no integer; when called, as `rms_norm`.
        ValueError: if there is no dimension, or another device; when called, as `rms_norm`.

    Example:
        >>> from tinytorch.tensor import ones
        >>> RMSNorm(4)(ones(2, 3, 4)).shape
        (2, 3, 4)
    """

    def __init__(
        self,
        normalized_shape: Shape,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        check_device("RMSNorm", device)
        self.normalized_shape = _shape("RMSNorm", normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        size = self.normalized_shape
        self.weight = Parameter(empty(size, dtype=dtype)) if elementwise_affine else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to ones."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        """(…, *normalized_shape) to the same."""
        return rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        shape, eps = self.normalized_shape, self.eps
        return f"{shape}, eps={eps}, elementwise_affine={self.elementwise_affine}"


def _shape(name: str, shape: Any) -> tuple[int, ...]:
    found = shape_of(name, shape, "normalized_shape")
    if not found:
        raise ValueError(f"{name}: normalized_shape is {shape}, expected at least one dimension")
    return found


def _outer(input: Tensor, normalized_shape: Shape) -> tuple[int, ...]:
    """The dimensions that number the rows."""
    inner = 1 if isinstance(normalized_shape, int) else len(normalized_shape)
    return input.shape[: input.ndim - inner]


def _checked(name: str, input: Any, normalized_shape: Shape, **parameters: Any) -> int:
    """How many numbers are normalised together, after everything was looked at."""
    shape = _shape(name, normalized_shape)
    require_floating(name, input)
    if input.shape[-len(shape) :] != shape:
        raise ValueError(f"{name}: input has shape {input.shape}, expected (…, {str(shape)[1:-1]})")
    for what, parameter in parameters.items():
        if parameter is not None and parameter.shape != shape:
            raise ValueError(f"{name}: {what} has shape {parameter.shape}, expected {shape}")
        if parameter is not None and parameter.dtype != input.dtype:
            raise TypeError(
                f"{name}: {what} has type {parameter.dtype}, expected that of input, {input.dtype}"
            )
    return math.prod(shape)
