"""Rectifiers: the identity on the right; on the left nothing, a little, or a smooth way there."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.activations.floating import require_floating
from tinytorch.tensor import float32, primitive
from tinytorch.tensor.dims import setting

_ZERO = np.zeros((), np.float32)  # NumPy takes an array faster than a Python number


@primitive
def relu(input: Any) -> Any:
    r"""The rectified linear unit: $\max(0, x)$.

    Args:
        input: a tensor of any shape, of integers too.

    Raises:
        TypeError: for booleans.

    Example:
        >>> relu(tensor([-1.0, 0.0, 2.0]))
        tensor([0., 0., 2.])
    """
    dtype = getattr(input, "dtype", None)
    if dtype is float32:
        return np.maximum(input, _ZERO)
    if dtype is None or dtype.kind == "b":
        raise TypeError(
            f"relu: input is of type {dtype or type(input).__name__}, expected a tensor of numbers"
        )
    return np.maximum(input, 0)


@primitive
def leaky_rectifier(input: Any, *, negative_slope: float) -> Any:
    """What `leaky_relu` computes."""
    if negative_slope == 0.0:  # times which infinity would be nan
        return np.maximum(input, 0.0)
    outer = np.maximum if negative_slope <= 1.0 else np.minimum
    with np.errstate(all="ignore"):
        return outer(input, negative_slope * input)


def leaky_relu(input: Any, negative_slope: float = 0.01) -> Any:
    r"""A rectifier that lets a little through on the left: $x$ for $x > 0$, else $a x$.

    Args:
        input: a tensor of any shape.
        negative_slope: $a$.

    Raises:
        TypeError: for integers and booleans.

    Example:
        >>> leaky_relu(tensor([-1.0, 0.0, 2.0]))
        tensor([-0.0100,  0.0000,  2.0000])
    """
    require_floating("leaky_relu", input)
    slope = setting("leaky_relu", "negative_slope", negative_slope)
    return leaky_rectifier(input, negative_slope=slope)


@primitive
def exponential_rectifier(input: Any, *, alpha: float) -> Any:
    """What `elu` computes."""
    out = np.asarray(np.minimum(input, 0.0))
    np.expm1(out, out=out)
    out *= alpha
    out += np.maximum(input, 0.0)
    return out


def elu(input: Any, alpha: float = 1.0) -> Any:
    r"""The exponential linear unit: $x$ for $x > 0$, else $\alpha (e^x - 1)$.

    The paper is Clevert, Unterthiner and Hochreiter (2016), https://arxiv.org/abs/1511.07289.

    Args:
        input: a tensor of any shape.
        alpha: how far below 0 the left side goes.

    Raises:
        TypeError: for integers and booleans.

    Example:
        >>> elu(tensor([-1.0, 0.0, 2.0]))
        tensor([-0.6321,  0.0000,  2.0000])
    """
    require_floating("elu", input)
    return exponential_rectifier(input, alpha=setting("elu", "alpha", alpha))


@primitive
def soft_rectifier(input: Any, *, beta: float, threshold: float) -> Any:
    r"""What `softplus` computes, as $\max(x, 0) + \ln(1 + e^{-|x|})$, which cannot overflow."""
    with np.errstate(all="ignore"):
        scaled = input * beta
        out = np.asarray(np.abs(scaled))
        np.negative(out, out=out)
        np.exp(out, out=out)
        np.log1p(out, out=out)
        out += np.maximum(scaled, 0.0)
        out /= beta
    np.copyto(out, input, where=scaled > threshold)
    return out


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    r"""A smooth rectifier, always positive: $\frac{1}{\beta} \ln(1 + e^{\beta x})$.

    Args:
        input: a tensor of any shape.
        beta: how sharp the bend is.
        threshold: where $\beta x$ is above it, the result is $x$ itself.

    Raises:
        TypeError: for integers and booleans.
        ValueError: if `beta` is 0.

    Example:
        >>> softplus(tensor([-1.0, 0.0, 100.0]))
        tensor([  0.3133,   0.6931, 100.0000])
    """
    require_floating("softplus", input)
    beta, threshold = setting("softplus", "beta", beta), setting("softplus", "threshold", threshold)
    if not beta:
        raise ValueError(f"softplus: beta is {beta}, expected a number other than 0")
    return soft_rectifier(input, beta=beta, threshold=threshold)
