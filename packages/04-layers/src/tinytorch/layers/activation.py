"""The activations of module 03 as layers."""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

from typing import Literal

from tinytorch import activations as functions
from tinytorch.layers.module import Module
from tinytorch.tensor import Tensor, tanh


class ReLU(Module):
    r"""$\max(x, 0)$.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> ReLU()(tensor([-1.0, 0.0, 2.0]))
        tensor([0., 0., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.relu(input)


class LeakyReLU(Module):
    """$x$, and below zero `negative_slope` times $x$.

    Args:
        negative_slope: the slope below zero.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> LeakyReLU(0.1)(tensor([-1.0, 0.0, 2.0]))
        tensor([-0.1000,  0.0000,  2.0000])
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

    Example:
        >>> from tinytorch.tensor import tensor
        >>> ELU()(tensor([-1.0, 0.0, 2.0]))
        tensor([-0.6321,  0.0000,  2.0000])
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

    Raises:
        ValueError: for another approximation.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> GELU()(tensor([-1.0, 0.0, 2.0]))
        tensor([-0.1587,  0.0000,  1.9545])
    """

    def __init__(self, approximate: Literal["none", "tanh"] = "none") -> None:
        super().__init__()
        if approximate not in ("none", "tanh"):
            raise ValueError(f"GELU: approximate is {approximate!r}, expected 'none' or 'tanh'")
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    r"""$x \sigma(x)$.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> SiLU()(tensor([-1.0, 0.0, 2.0]))
        tensor([-0.2689,  0.0000,  1.7616])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.silu(input)


class Sigmoid(Module):
    r"""$\sigma(x) = 1 / (1 + e^{-x})$.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> Sigmoid()(tensor([-1.0, 0.0, 2.0]))
        tensor([0.2689, 0.5000, 0.8808])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.sigmoid(input)


class Tanh(Module):
    r"""$\tanh x$.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> Tanh()(tensor([-1.0, 0.0, 2.0]))
        tensor([-0.7616,  0.0000,  0.9640])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return tanh(input)


class Softplus(Module):
    r"""$\frac{1}{\beta} \log(1 + e^{\beta x})$.

    Args:
        beta: $\beta$.
        threshold: above which $\beta x$ is taken as linear.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> Softplus()(tensor([-1.0, 0.0, 2.0]))
        tensor([0.3133, 0.6931, 2.1269])
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
    r"""$x \min(\max(x + 3, 0), 6) / 6$.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> Hardswish()(tensor([-1.0, 0.0, 2.0]))
        tensor([-0.3333,  0.0000,  1.6667])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.hardswish(input)


class Mish(Module):
    r"""$x \tanh(\log(1 + e^x))$.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> Mish()(tensor([-1.0, 0.0, 2.0]))
        tensor([-0.3034,  0.0000,  1.9440])
    """

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

    Example:
        >>> from tinytorch.tensor import tensor
        >>> Softmax(dim=0)(tensor([-1.0, 0.0, 2.0]))
        tensor([0.0420, 0.1142, 0.8438])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.softmax(input, self.dim)


class LogSoftmax(_AlongDim):
    r"""$x_i - \log \sum_j e^{x_j}$ along a dimension.

    Args:
        dim: the dimension.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> LogSoftmax(dim=0)(tensor([-1.0, 0.0, 2.0]))
        tensor([-3.1698, -2.1698, -0.1698])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Any shape to the same."""
        return functions.log_softmax(input, self.dim)
