r"""Normalisation: give every channel, or group of channels, mean 0 and variance 1.

Batch norm takes mean and variance of a channel over the batch and all places, and remembers them
for evaluation, where it is a fixed line for each channel. Group norm takes those of a group of
channels within one image.
"""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

import math
from typing import Any

from tinytorch.spatial.normalizing import affine_map, normalize
from tinytorch.spatial.sizes import check_tensor
from tinytorch.tensor import Tensor, reshape, rsqrt
from tinytorch.tensor.dims import integer, setting
from tinytorch.tensor.dtypes import float16


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    r"""Normalise every channel over the batch: $w \, (x - \mu) / \sqrt{\sigma^2 + \epsilon} + b$.

    (Ioffe and Szegedy, https://arxiv.org/abs/1502.03167.) In training mean and variance are the
    batch's, and the running ones go toward them by a share of `momentum`, the variance unbiased. In
    evaluation the running ones are used.

    Args:
        input: (N, C) or (N, C, …).
        running_mean: (C,), written into in training; or None, there.
        running_var: likewise.
        weight: $w$, (C,), or None for 1.
        bias: $b$, (C,), or None for 0.
        training: whether the batch's own mean and variance are used.
        momentum: the share of the new in the running ones.
        eps: $\epsilon$, which keeps the root away from zero.

    Returns:
        the input's shape and type; float16 is computed in float32.

    Raises:
        TypeError: if one of them is no tensor of floating point, or momentum or eps no number.
        ValueError: if shapes do not fit, for a negative eps, in training for a single value per
            channel, or if there are no running statistics to use.

    Example:
        >>> x = tensor([[1.0, 2.0], [3.0, 2.0]])
        >>> batch_norm(x, None, None, training=True, eps=1e-9)
        tensor([[-1.,  0.],
                [ 1.,  0.]])
    """
    check_floating("batch_norm", "input", input)
    if input.ndim < 2:
        raise ValueError(f"batch_norm: input has shape {input.shape}, expected (N, C) or (N, C, …)")
    channels = input.shape[1]
    for name, value in (
        ("running_mean", running_mean),
        ("running_var", running_var),
        ("weight", weight),
        ("bias", bias),
    ):
        check_channels("batch_norm", name, value, channels)
    momentum = setting("batch_norm", "momentum", momentum)
    eps = checked_eps("batch_norm", eps)
    if (running_mean is None) != (running_var is None):
        raise ValueError(
            "batch_norm: one of running_mean and running_var is None, expected both or neither"
        )
    values = input if input.dtype != float16 else input.float()
    if not training:
        if running_mean is None or running_var is None:
            raise ValueError(
                "batch_norm: running_mean is None, expected the running statistics outside training"
            )
        scale = rsqrt(running_var.to(values.dtype) + eps)
        if weight is not None:
            scale = scale * weight
        shift = -running_mean * scale
        if bias is not None:
            shift = shift + bias
        shape = (channels, *[1] * (input.ndim - 2))
        return affine_map(values, reshape(scale, shape), reshape(shift, shape)).to(input.dtype)
    if not eps > 0:
        raise ValueError(f"batch_norm: eps is {eps}, expected a positive number in training")
    count = input.shape[0] * math.prod(input.shape[2:])
    if count == 1:
        raise ValueError(
            f"batch_norm: input has shape {input.shape}, expected more than one value per channel "
            "in training; use a larger batch, or evaluation mode"
        )
    out, mean, var = normalize(values, weight, bias, groups=None, eps=eps)
    if running_mean is not None and running_var is not None and count:
        unbiased = var.detach() * (count / (count - 1))
        for running, new in ((running_mean, mean.detach()), (running_var, unbiased)):
            running.mul_(1 - momentum).add_(new.to(running.dtype), alpha=momentum)
    return out.to(input.dtype)


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    r"""Normalise groups of an image's channels: $w \, (x - \mu) / \sqrt{\sigma^2 + \epsilon} + b$.

    (Wu and He, https://arxiv.org/abs/1803.08494.) No image depends on another, so training and
    evaluation are the same, and a batch may be small.

    Args:
        input: (N, C) or (N, C, …).
        num_groups: how many groups the channels are cut into.
        weight: $w$, (C,), or None for 1.
        bias: $b$, (C,), or None for 0.
        eps: $\epsilon$, which keeps the root away from zero.

    Returns:
        the input's shape and type; float16 is computed in float32.

    Raises:
        TypeError: if one of them is no tensor of floating point, num_groups no integer, or eps no
            number.
        ValueError: if shapes do not fit, eps is negative, the groups do not divide the channels,
            or there is a single value in all.

    Example:
        >>> group_norm(tensor([[1.0, 3.0, 6.0, 4.0]]), 2, eps=1e-9)
        tensor([[-1.,  1.,  1., -1.]])
    """
    check_floating("group_norm", "input", input)
    if input.ndim < 2:
        raise ValueError(f"group_norm: input has shape {input.shape}, expected (N, C) or (N, C, …)")
    channels = input.shape[1]
    check_groups("group_norm", num_groups, channels)
    check_channels("group_norm", "weight", weight, channels)
    check_channels("group_norm", "bias", bias, channels)
    eps = checked_eps("group_norm", eps)
    if input.shape[0] * channels * math.prod(input.shape[2:]) == num_groups:
        raise ValueError(
            f"group_norm: input has shape {input.shape}, expected more than one value per group "
            f"for {num_groups} groups"
        )
    values = input if input.dtype != float16 else input.float()
    return normalize(values, weight, bias, groups=num_groups, eps=eps)[0].to(input.dtype)


def check_floating(function: str, name: str, value: Any) -> None:
    """Raise unless it is a Tensor of floating point."""
    check_tensor(function, name, value)
    if not value.is_floating_point():
        raise TypeError(
            f"{function}: {name} has type {value.dtype}, expected floating point; use "
            f"{name}.float()"
        )


def checked_eps(function: str, eps: Any) -> Any:
    """A number that is not negative."""
    eps = setting(function, "eps", eps)
    if not eps >= 0:
        raise ValueError(f"{function}: eps is {eps}, expected at least 0")
    return eps


def check_channels(function: str, name: str, value: Any, channels: int) -> None:
    """Raise unless there is one value for each channel, or None."""
    if value is None:
        return
    check_floating(function, name, value)
    if value.shape != (channels,):
        raise ValueError(
            f"{function}: {name} has shape {value.shape}, expected ({channels},), a value for each "
            "of the input's channels"
        )


def check_groups(function: str, num_groups: int, channels: int) -> None:
    """Raise unless the groups divide the channels."""
    if integer(function, "num_groups", num_groups) < 1 or channels % num_groups:
        raise ValueError(
            f"{function}: num_groups is {num_groups}, expected a divisor of the {channels} channels"
        )
