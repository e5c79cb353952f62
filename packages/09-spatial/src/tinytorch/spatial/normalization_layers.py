"""Batch norm and group norm as layers, with learned weight and bias."""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

from tinytorch.layers import Module, Parameter, init
from tinytorch.spatial.normalization import (
    batch_norm,
    check_floating,
    check_groups,
    checked_eps,
    group_norm,
)
from tinytorch.tensor import Tensor, ones, tensor, zeros
from tinytorch.tensor.dims import integer, setting
from tinytorch.tensor.dtypes import DTypeLike
from tinytorch.tensor.from_data import check_device


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
        integer(name, "num_features", num_features, least=1)
        self.num_features = num_features
        self.eps = checked_eps(name, eps)
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
        check_floating(name, "input", input)
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

    Raises:
        TypeError: if a number is none; when called, if the input is no tensor of floating point.
        ValueError: if a number is out of range; when called, for another shape, or as `batch_norm`.

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

    Raises:
        TypeError: if a number is none; when called, if the input is no tensor of floating point.
        ValueError: if a number is out of range, or the groups do not divide the channels; when
            called, as `group_norm`.

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
        integer("GroupNorm", "num_channels", num_channels, least=1)
        check_groups("GroupNorm", num_groups, num_channels)
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = checked_eps("GroupNorm", eps)
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


def _reset(weight: Parameter | None, bias: Parameter | None) -> None:
    """Weight 1, bias 0."""
    if weight is not None:
        init.ones_(weight)
    if bias is not None:
        init.zeros_(bias)
