"""Where weights start: fill tensors at random so that signals neither die out nor explode.

All of these write into the tensor and return it; they are recorded by nobody, and draw from
`tinytorch.setup.generator()` unless they are given another generator.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from tinytorch import setup
from tinytorch.tensor import Tensor, no_grad
from tinytorch.tensor.writes import writable, writes

Mode = Literal["fan_in", "fan_out"]
Generator = np.random.Generator | None


def _fill(tensor: Tensor, values: np.ndarray | float, name: str) -> Tensor:
    with no_grad():
        array = writable(tensor, name)
    array[...] = values
    writes.note(array)
    return tensor


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill it with one value.

    Args:
        tensor: any shape.
        val: the value.
    """
    return _fill(tensor, val, "constant_")


def zeros_(tensor: Tensor) -> Tensor:
    """Fill it with zeros."""
    return _fill(tensor, 0.0, "zeros_")


def ones_(tensor: Tensor) -> Tensor:
    """Fill it with ones."""
    return _fill(tensor, 1.0, "ones_")


def eye_(tensor: Tensor) -> Tensor:
    """Make a matrix the identity, as far as it goes.

    Raises:
        ValueError: if it is no matrix.
    """
    _expect_matrix(tensor, "eye_", exactly=True)
    return _fill(tensor, np.eye(tensor.shape[0], tensor.shape[1]), "eye_")


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator = None) -> Tensor:
    """Fill it with numbers drawn uniformly from [a, b).

    Args:
        tensor: any shape.
        a: the least.
        b: the bound above.
        generator: where the numbers come from.
    """
    draws = (generator or setup.generator()).random(tensor.shape, dtype=_drawn(tensor))
    draws *= b - a
    draws += a
    return _fill(tensor, draws, "uniform_")


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator = None
) -> Tensor:
    """Fill it with numbers from a normal distribution.

    Args:
        tensor: any shape.
        mean: of the distribution.
        std: its standard deviation.
        generator: where the numbers come from.
    """
    draws = (generator or setup.generator()).standard_normal(tensor.shape, dtype=_drawn(tensor))
    draws *= std
    draws += mean
    return _fill(tensor, draws, "normal_")


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator = None,
) -> Tensor:
    """Fill it with numbers from a normal distribution, those outside of [a, b] drawn anew.

    Args:
        tensor: any shape.
        mean: of the distribution before it is cut.
        std: its standard deviation.
        a: the least value.
        b: the greatest.
        generator: where the numbers come from.

    Raises:
        ValueError: if [a, b] is empty, or so far out that hardly a draw would fall into it.
    """
    if not a < b or a > mean + 4 * std or b < mean - 4 * std:
        raise ValueError(
            f"trunc_normal_: [a, b] is [{a}, {b}], expected an interval that reaches within four "
            f"standard deviations ({std}) of the mean ({mean})"
        )
    source = generator or setup.generator()
    draws = source.normal(mean, std, tensor.shape)
    outside = (draws < a) | (draws > b)
    while outside.any():
        draws[outside] = source.normal(mean, std, int(outside.sum()))
        outside = (draws < a) | (draws > b)
    return _fill(tensor, draws, "trunc_normal_")


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    r"""How much weights must be larger for a signal to keep its size through a nonlinearity.

    1 for `linear`, `sigmoid` and convolutions, 5/3 for `tanh`, $\sqrt 2$ for `relu`,
    $\sqrt{2 / (1 + a^2)}$ for `leaky_relu` of slope $a$, 3/4 for `selu`.

    Args:
        nonlinearity: its name.
        param: the slope, 0.01 by default.

    Raises:
        ValueError: for a name that is not known.
    """
    slope = 0.01 if param is None else param
    gains = {
        "linear": 1.0,
        "sigmoid": 1.0,
        "conv1d": 1.0,
        "conv2d": 1.0,
        "tanh": 5 / 3,
        "relu": math.sqrt(2),
        "leaky_relu": math.sqrt(2 / (1 + slope**2)),
        "selu": 0.75,
    }
    if nonlinearity not in gains:
        raise ValueError(
            f"calculate_gain: nonlinearity is {nonlinearity!r}, expected one of {', '.join(gains)}"
        )
    return gains[nonlinearity]


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    r"""Uniform in $\pm g \sqrt{6 / (\text{fan in} + \text{fan out})}$ (Glorot and Bengio, 2010).

    Args:
        tensor: a weight, (out, in, …).
        gain: $g$.
        generator: where the numbers come from.

    Raises:
        ValueError: for fewer than two dimensions.
    """
    bound = gain * math.sqrt(6 / sum(_fans(tensor, "xavier_uniform_")))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    r"""Normal with deviation $g \sqrt{2 / (\text{fan in} + \text{fan out})}$ (Glorot and Bengio,
    2010).

    Args:
        tensor: a weight, (out, in, …).
        gain: $g$.
        generator: where the numbers come from.

    Raises:
        ValueError: for fewer than two dimensions.
    """
    std = gain * math.sqrt(2 / sum(_fans(tensor, "xavier_normal_")))
    return normal_(tensor, 0.0, std, generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: Mode = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator = None,
) -> Tensor:
    r"""Uniform in $\pm g \sqrt{3 / \text{fan}}$, for layers before a rectifier (He et al., 2015).

    Args:
        tensor: a weight, (out, in, …).
        a: the slope of the leaky rectifier.
        mode: whether signals (`fan_in`) or gradients (`fan_out`) keep their size.
        nonlinearity: whose gain $g$ is.
        generator: where the numbers come from.

    Raises:
        ValueError: for fewer than two dimensions, another mode or nonlinearity.
    """
    bound = math.sqrt(3) * _kaiming_std(tensor, a, mode, nonlinearity, "kaiming_uniform_")
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: Mode = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator = None,
) -> Tensor:
    r"""Normal with deviation $g / \sqrt{\text{fan}}$, for layers before a rectifier (He et al.,
    2015).

    Args:
        tensor: a weight, (out, in, …).
        a: the slope of the leaky rectifier.
        mode: whether signals (`fan_in`) or gradients (`fan_out`) keep their size.
        nonlinearity: whose gain $g$ is.
        generator: where the numbers come from.

    Raises:
        ValueError: for fewer than two dimensions, another mode or nonlinearity.
    """
    std = _kaiming_std(tensor, a, mode, nonlinearity, "kaiming_normal_")
    return normal_(tensor, 0.0, std, generator)


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    """A random matrix with orthonormal rows or columns, whichever are fewer (Saxe et al., 2014).

    Args:
        tensor: a weight, (out, in, …); all dimensions but the first count as one.
        gain: what it is multiplied by.
        generator: where the numbers come from.

    Raises:
        ValueError: for fewer than two dimensions.
    """
    _expect_matrix(tensor, "orthogonal_")
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    draws = (generator or setup.generator()).standard_normal((rows, columns))
    q, r = np.linalg.qr(draws if rows >= columns else draws.T)
    q *= np.sign(np.diag(r))  # makes every orthogonal matrix equally likely
    return _fill(
        tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape), "orthogonal_"
    )


def _drawn(tensor: Tensor) -> type:
    return np.float32 if tensor.dtype == np.float32 else np.float64


def _expect_matrix(tensor: Tensor, name: str, exactly: bool = False) -> None:
    if tensor.ndim < 2 or (exactly and tensor.ndim > 2):
        expected = "2 dimensions" if exactly else "at least 2 dimensions, (out, in, …)"
        raise ValueError(f"{name}: tensor has shape {tensor.shape}, expected {expected}")


def _fans(tensor: Tensor, name: str) -> tuple[int, int]:
    """How many inputs a unit has, and how many outputs an input: a kernel's area counts."""
    _expect_matrix(tensor, name)
    area = math.prod(tensor.shape[2:])
    return tensor.shape[1] * area, tensor.shape[0] * area


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str, name: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"{name}: mode is {mode!r}, expected fan_in or fan_out")
    fan = _fans(tensor, name)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)
