r"""Smooth gates: the input times a number between 0 and 1 that depends on it, $x \cdot s(x)$."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from tinytorch.activations.floating import require_floating
from tinytorch.tensor import erf, primitive

_SQRT_HALF = math.sqrt(0.5)
_SQRT_2_OVER_PI = math.sqrt(2.0 / math.pi)


@primitive
def silu(input: Any) -> Any:
    r"""The sigmoid linear unit, or swish: $x \, \sigma(x) = x / (1 + e^{-x})$.

    The papers are Elfwing, Uchibe and Doya (2018), https://arxiv.org/abs/1702.03118, and
    Ramachandran, Zoph and Le (2017), https://arxiv.org/abs/1710.05941.

    Args:
        input: a tensor of any shape.

    Raises:
        TypeError: for integers and booleans.

    Example:
        >>> silu(tensor([-2.0, 0.0, 2.0]))
        tensor([-0.2384,  0.0000,  1.7616])
    """
    require_floating("silu", input)
    out = np.asarray(np.negative(input))
    with np.errstate(all="ignore"):  # x / inf is the 0 that is wanted
        np.exp(out, out=out)
        out += 1.0
        return np.divide(input, out, out=out)


@primitive
def gelu(input: Any, *, approximate: Literal["none", "tanh"] = "none") -> Any:
    r"""The Gaussian error linear unit: $x \, \Phi(x)$, where $\Phi$ is the normal distribution.

    $\Phi(x) = \frac12 (1 + \text{erf}(x / \sqrt2))$, or approximately
    $\frac12 (1 + \tanh(\sqrt{2 / \pi} (x + 0.044715 x^3)))$, with which GPT-2 was trained. The
    paper is Hendrycks and Gimpel (2016), https://arxiv.org/abs/1606.08415.

    Args:
        input: a tensor of any shape.
        approximate: `none` for the exact function, `tanh` for the approximation.

    Raises:
        TypeError: for integers and booleans.
        ValueError: for another approximation.

    Example:
        >>> gelu(tensor([-2.0, 0.0, 2.0]))
        tensor([-0.0455,  0.0000,  1.9545])
        >>> gelu(tensor([-2.0, 0.0, 2.0]), approximate="tanh")
        tensor([-0.0454,  0.0000,  1.9546])
    """
    require_floating("gelu", input)
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate is {approximate!r}, expected 'none' or 'tanh'")
    with np.errstate(all="ignore"):
        if approximate == "none":
            out = np.asarray(erf(input * _SQRT_HALF))
        else:
            out = np.asarray(np.square(input))
            out *= 0.044715
            out += 1.0
            out *= input
            out *= _SQRT_2_OVER_PI
            np.tanh(out, out=out)
        out += 1.0
        out *= 0.5  # before the input, whose double may be infinite
        out *= input
    return out


@primitive
def hardswish(input: Any) -> Any:
    r"""A swish made of straight lines: $x \cdot \min(\max(x + 3, 0), 6) / 6$.

    The paper is Howard et al. (2019), https://arxiv.org/abs/1905.02244.

    Args:
        input: a tensor of any shape.

    Raises:
        TypeError: for integers and booleans.

    Example:
        >>> hardswish(tensor([-4.0, -1.0, 4.0]))
        tensor([-0.0000, -0.3333,  4.0000])
    """
    require_floating("hardswish", input)
    out = np.asarray(input + 3.0)
    np.maximum(out, 0.0, out=out)
    np.minimum(out, 6.0, out=out)
    out /= 6.0
    with np.errstate(invalid="ignore"):
        out *= input
    return out


@primitive
def mish(input: Any) -> Any:
    r"""A self-regularised gate: $x \tanh(\ln(1 + e^x))$.

    With $n = e^x (e^x + 2)$ the tangent is $n / (n + 2)$, which takes one exponential and no
    logarithm. The paper is Misra (2019), https://arxiv.org/abs/1908.08681.

    Args:
        input: a tensor of any shape.

    Raises:
        TypeError: for integers and booleans.

    Example:
        >>> mish(tensor([-2.0, 0.0, 2.0]))
        tensor([-0.2525,  0.0000,  1.9440])
    """
    require_floating("mish", input)
    large = 5.0 if input.dtype.itemsize == 2 else 20.0  # from here on the quotient rounds to 1
    n = np.asarray(np.minimum(input, large))
    np.exp(n, out=n)
    n *= n + 2.0
    out = np.asarray(n + 2.0)
    np.divide(n, out, out=out)
    with np.errstate(invalid="ignore"):
        out *= input
    return out
