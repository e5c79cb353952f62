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

from tinytorch.layers import Module, Parameter, init
from tinytorch.spatial.normalizing import affine_map, normalize
from tinytorch.spatial.sizes import check_tensor
from tinytorch.tensor import Tensor, ones, reshape, rsqrt, tensor, zeros
from tinytorch.tensor.dims import integer, setting
from tinytorch.tensor.dtypes import DTypeLike, float16
from tinytorch.tensor.from_data import check_device


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
    _check_floating("batch_norm", "input", input)
    if input.ndim < 2:
        raise ValueError(f"batch_norm: input has shape {input.shape}, expected (N, C) or (N, C, …)")
    channels = input.shape[1]
    for name, value in (
        ("running_mean", running_mean),
        ("running_var", running_var),
        ("weight", weight),
        ("bias", bias),
    ):
        _check_channels("batch_norm", name, value, channels)
    momentum = setting("batch_norm", "momentum", momentum)
    eps = _epsilon("batch_norm", eps)
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
    _check_floating("group_norm", "input", input)
    if input.ndim < 2:
        raise ValueError(f"group_norm: input has shape {input.shape}, expected (N, C) or (N, C, …)")
    channels = input.shape[1]
    _check_groups("group_norm", num_groups, channels)
    _check_channels("group_norm", "weight", weight, channels)
    _check_channels("group_norm", "bias", bias, channels)
    eps = _epsilon("group_norm", eps)
    if input.shape[0] * channels * math.prod(input.shape[2:]) == num_groups:
        raise ValueError(
            f"group_norm: input has shape {input.shape}, expected more than one value per group "
            f"for {num_groups} groups"
        )
    values = input if input.dtype != float16 else input.float()
    return normalize(values, weight, bias, groups=num_groups, eps=eps)[0].to(input.dtype)


def _check_floating(function: str, name: str, value: Any) -> None:
    """Raise unless it is a Tensor of floating point."""
    check_tensor(function, name, value)
    if not value.is_floating_point():
        raise TypeError(
            f"{function}: {name} has type {value.dtype}, expected floating point; use "
            f"{name}.float()"
        )


def _epsilon(function: str, eps: Any) -> Any:
    """A number that is not negative."""
    eps = setting(function, "eps", eps)
    if not eps >= 0:
        raise ValueError(f"{function}: eps is {eps}, expected at least 0")
    return eps


def _check_channels(function: str, name: str, value: Any, channels: int) -> None:
    """Raise unless there is one value for each channel, or None."""
    if value is None:
        return
    _check_floating(function, name, value)
    if value.shape != (channels,):
        raise ValueError(
            f"{function}: {name} has shape {value.shape}, expected ({channels},), a value for each "
            "of the input's channels"
        )


def _check_groups(function: str, num_groups: int, channels: int) -> None:
    """Raise unless the groups divide the channels."""
    if integer(function, "num_groups", num_groups) < 1 or channels % num_groups:
        raise ValueError(
            f"{function}: num_groups is {num_groups}, expected a divisor of the {channels} channels"
        )


# --- the layers


class _BatchNorm(Module):
    """`batch_norm` with learned weight and bias and with running statistics as buffers."""

    _ndims: tuple[int, ...]
    _shapes: str

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: str | None = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        check_device(name, device)
        _check_positive(name, "num_features", num_features)
        self.num_features = num_features
        self.eps = _epsilon(name, eps)
        self.momentum = momentum if momentum is None else setting(name, "momentum", momentum)
        self.affine = affine
        self.track_running_stats = track_running_stats
        self.weight = Parameter(ones(num_features, dtype=dtype)) if affine else None
        self.bias = Parameter(zeros(num_features, dtype=dtype)) if affine and bias else None
        tracks = track_running_stats
        self.running_mean: Tensor | None
        self.running_var: Tensor | None
        self.num_batches_tracked: Tensor | None
        self.register_buffer("running_mean", zeros(num_features, dtype=dtype) if tracks else None)
        self.register_buffer("running_var", ones(num_features, dtype=dtype) if tracks else None)
        self.register_buffer("num_batches_tracked", tensor(0) if tracks else None)

    def reset_running_stats(self) -> None:
        """Forget the batches: mean 0, variance 1."""
        if self.running_mean is not None:
            self.running_mean.zero_()
        if self.running_var is not None:
            self.running_var.fill_(1)
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Forget the batches and what was learned: weight 1, bias 0."""
        self.reset_running_stats()
        _reset(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, …) to the same; in training the running statistics follow."""
        name = type(self).__name__
        _check_floating(name, "input", input)
        if input.ndim not in self._ndims:
            raise ValueError(f"{name}: input has shape {input.shape}, expected {self._shapes}")
        if input.shape[1] != self.num_features:
            raise ValueError(
                f"{name}: input has {input.shape[1]} channels, expected {self.num_features}"
            )
        updates = self.training and self.track_running_stats
        seen = self.num_batches_tracked if updates else None
        momentum = self.momentum
        if momentum is None:  # the plain average of all batches
            momentum = 0.0 if seen is None else 1.0 / (seen.item() + 1)
        uses = updates or not self.training
        out = batch_norm(
            input,
            self.running_mean if uses else None,
            self.running_var if uses else None,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            momentum,
            self.eps,
        )
        if seen is not None:
            seen.add_(1)
        return out

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """`batch_norm` of features (N, C) or sequences (N, C, L) as a layer.

    Args:
        num_features: C.
        eps: what keeps the root away from zero.
        momentum: the share of the new in the running statistics; None for the plain average of all
            batches.
        affine: whether weight and bias are learned.
        track_running_stats: whether there are running statistics; without them the batch's own are
            used in evaluation too.
        device: `cpu`, or left out.
        dtype: of parameters and statistics.
        bias: whether a bias is learned beside the weight.

    Example:
        >>> layer = BatchNorm1d(2, affine=False)
        >>> layer(tensor([[1.0, 2.0], [3.0, 2.0]])).shape
        (2, 2)
        >>> layer.running_mean
        tensor([0.2000, 0.2000])
    """

    _ndims = (2, 3)
    _shapes = "(N, C) or (N, C, L)"


class BatchNorm2d(_BatchNorm):
    """`batch_norm` of images (N, C, H, W) as a layer; see `BatchNorm1d` for the arguments.

    Example:
        >>> BatchNorm2d(3)(ones(2, 3, 4, 4)).shape
        (2, 3, 4, 4)
    """

    _ndims = (4,)
    _shapes = "(N, C, H, W)"


class GroupNorm(Module):
    """`group_norm` with learned weight and bias.

    Args:
        num_groups: how many groups the channels are cut into; as many as channels make it instance
            norm.
        num_channels: C.
        eps: what keeps the root away from zero.
        affine: whether weight and bias are learned.
        device: `cpu`, or left out.
        dtype: of the parameters.
        bias: whether a bias is learned beside the weight.

    Example:
        >>> GroupNorm(2, 4)(ones(1, 4, 5, 5)).shape
        (1, 4, 5, 5)
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: str | None = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        check_device("GroupNorm", device)
        _check_positive("GroupNorm", "num_channels", num_channels)
        _check_groups("GroupNorm", num_groups, num_channels)
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = _epsilon("GroupNorm", eps)
        self.affine = affine
        self.weight = Parameter(ones(num_channels, dtype=dtype)) if affine else None
        self.bias = Parameter(zeros(num_channels, dtype=dtype)) if affine and bias else None

    def reset_parameters(self) -> None:
        """Forget what was learned: weight 1, bias 0."""
        _reset(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, …) to the same."""
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


def _check_positive(layer: str, name: str, value: Any) -> None:
    """Raise unless a number of channels is a positive integer."""
    if integer(layer, name, value) < 1:
        raise ValueError(f"{layer}: {name} is {value}, expected at least 1")


def _reset(weight: Parameter | None, bias: Parameter | None) -> None:
    """Weight 1, bias 0."""
    if weight is not None:
        init.ones_(weight)
    if bias is not None:
        init.zeros_(bias)
