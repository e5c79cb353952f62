"""The activations of module 03 as layers."""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

from typing import Literal

from tinytorch import activations as functions
from tinytorch.layers.module import Module
from tinytorch.tensor import Tensor, tanh


class ReLU(Module):
    r"""$\max(x, 0)$."""

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.relu(input)


class LeakyReLU(Module):
    """$x$, and below zero `negative_slope` times $x$.

    Args:
        negative_slope: the slope below zero.
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.leaky_relu(input, self.negative_slope)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return f"negative_slope={self.negative_slope}"


class ELU(Module):
    r"""$x$, and below zero $\alpha (e^x - 1)$.

    Args:
        alpha: $\alpha$.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.elu(input, self.alpha)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return f"alpha={self.alpha}"


class GELU(Module):
    r"""$x \Phi(x)$, with the normal distribution's $\Phi$.

    Args:
        approximate: `none` for the exact function, `tanh` for GPT-2's approximation.
    """

    def __init__(self, approximate: Literal["none", "tanh"] = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    r"""$x \sigma(x)$."""

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.silu(input)


class Sigmoid(Module):
    r"""$\sigma(x) = 1 / (1 + e^{-x})$."""

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.sigmoid(input)


class Tanh(Module):
    r"""$\tanh x$."""

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return tanh(input)


class Softplus(Module):
    r"""$\frac{1}{\beta} \log(1 + e^{\beta x})$.

    Args:
        beta: $\beta$.
        threshold: above which $\beta x$ is taken as linear.
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return f"beta={self.beta}, threshold={self.threshold}"


class Hardswish(Module):
    r"""$x \min(\max(x + 3, 0), 6) / 6$."""

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.hardswish(input)


class Mish(Module):
    r"""$x \tanh(\log(1 + e^x))$."""

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.mish(input)


class _AlongDim(Module):
    """An activation along one dimension.

    Args:
        dim: the dimension.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return f"dim={self.dim}"


class Softmax(_AlongDim):
    r"""$e^{x_i} / \sum_j e^{x_j}$ along a dimension.

    Args:
        dim: the dimension.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.softmax(input, self.dim)


class LogSoftmax(_AlongDim):
    r"""$x_i - \log \sum_j e^{x_j}$ along a dimension.

    Args:
        dim: the dimension.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.log_softmax(input, self.dim)
