"""Convolutions as layers, with learned kernels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from tinytorch.layers import Module, Parameter, init
from tinytorch.spatial.convolution import conv1d, conv2d, conv_transpose2d
from tinytorch.spatial.padding import MODES, pad_image
from tinytorch.spatial.sizes import Size, batched, check_output_padding, numbers, padding_widths
from tinytorch.tensor import Tensor, empty
from tinytorch.tensor.dims import integer, shape_of
from tinytorch.tensor.dtypes import DTypeLike, as_dtype
from tinytorch.tensor.from_data import check_device

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


class _Convolution(Module):
    r"""What they have in common: settings, kernels and bias.

    Kernels and bias start uniform in $\pm 1/\sqrt{k}$ for windows of k numbers, as in PyTorch.
    """

    ndim: int
    transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: PaddingMode = "zeros",
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        check_device(name, device)
        integer(name, "in_channels", in_channels, least=1)
        integer(name, "out_channels", out_channels, least=1)
        integer(name, "groups", groups, least=1)
        for what, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if channels % groups:
                raise ValueError(
                    f"{name}: {what} is {channels}, expected a multiple of groups {groups}"
                )
        if dtype is not None and as_dtype(dtype).kind != "f":
            raise TypeError(f"{name}: dtype is {dtype}, expected floating point")
        if padding_mode not in ("zeros", *MODES):
            raise ValueError(
                f"{name}: padding_mode is {padding_mode!r}, expected 'zeros', "
                f"{', '.join(map(repr, MODES))}"
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = numbers(name, "kernel_size", kernel_size, self.ndim, least=1)
        self.stride = numbers(name, "stride", stride, self.ndim, least=1)
        self.dilation = numbers(name, "dilation", dilation, self.ndim, least=1)
        self._widths = padding_widths(name, padding, self.kernel_size, self.stride, self.dilation)
        self.padding: Any = (
            padding if isinstance(padding, str) else tuple([before for before, _ in self._widths])
        )
        self.groups = groups
        self.padding_mode = padding_mode
        ends = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        shape = ends[0], ends[1] // groups, *self.kernel_size
        self.weight = Parameter(empty(*shape, dtype=dtype))
        self.bias = Parameter(empty(out_channels, dtype=dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw kernels and bias anew."""
        bound = 1 / math.sqrt(math.prod(self.weight.shape[1:]))
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses, as in PyTorch."""
        shown: dict[str, Any] = {"kernel_size": self.kernel_size, "stride": self.stride}
        usual: dict[str, Any] = {
            "padding": (0,) * self.ndim,
            "dilation": (1,) * self.ndim,
            "output_padding": (0,) * self.ndim,
            "groups": 1,
        }
        for name, value in usual.items():
            if getattr(self, name, value) != value:
                shown[name] = getattr(self, name)
        if self.bias is None:
            shown["bias"] = False
        if self.padding_mode != "zeros":
            shown["padding_mode"] = self.padding_mode
        settings = ", ".join(f"{name}={value}" for name, value in shown.items())
        return f"{self.in_channels}, {self.out_channels}, {settings}"

    def _settings(self, input: Tensor) -> tuple[Tensor, dict[str, Any]]:
        """The input, padded if that is not with zeros, and how to go on."""
        settings = {
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
        }
        if self.padding_mode == "zeros":
            return input, settings
        around = pad_image(type(self).__name__, input, self._widths, self.padding_mode)
        return around, {**settings, "padding": 0}


class Conv1d(_Convolution):
    """`conv1d` with learned kernels: (N, in_channels, L) → (N, out_channels, OL).

    Args:
        in_channels: of the input.
        out_channels: how many kernels there are.
        kernel_size: of each.
        stride: how far apart the windows are.
        padding: how many places are added at both ends; or `"valid"` or `"same"`.
        dilation: how far apart the places of a window are.
        groups: into how many groups the channels are cut.
        bias: whether each kernel has a bias.
        padding_mode: what is added: `zeros`, `reflect`, `replicate` or `circular`.
        device: `cpu`, or left out.
        dtype: of the parameters.

    Raises:
        TypeError: if a number is no integer, or the type not of floating point.
        ValueError: if a number is out of range, the groups do not divide the channels, or for
            another padding or padding mode; when called, as the function.

    Example:
        >>> from tinytorch.tensor import ones
        >>> Conv1d(2, 4, kernel_size=3, padding="same")(ones(8, 2, 10)).shape
        (8, 4, 10)
    """

    ndim = 1

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, L) → (N, O, OL)."""
        around, settings = self._settings(input)
        output: Tensor = conv1d(around, self.weight, self.bias, **settings)
        return output


class Conv2d(_Convolution):
    """`conv2d` with learned kernels: (N, in_channels, H, W) → (N, out_channels, OH, OW).

    Args:
        in_channels: of the input: 3 for colours.
        out_channels: how many kernels there are.
        kernel_size: of each; here and below one number, or one for rows and one for columns.
        stride: how far apart the windows are.
        padding: how many pixels are added on each side; or `"valid"` or `"same"`.
        dilation: how far apart the places of a window are.
        groups: into how many groups the channels are cut, each with kernels of its own.
        bias: whether each kernel has a bias.
        padding_mode: what is added: `zeros`, `reflect`, `replicate` or `circular`.
        device: `cpu`, or left out.
        dtype: of the parameters.

    Raises:
        TypeError: if a number is no integer, or the type not of floating point.
        ValueError: if a number is out of range, the groups do not divide the channels, or for
            another padding or padding mode; when called, as the function.

    Example:
        >>> from tinytorch.tensor import ones
        >>> layer = Conv2d(3, 16, kernel_size=3, padding=1)
        >>> layer
        Conv2d(3, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
        >>> layer(ones(8, 3, 32, 32)).shape
        (8, 16, 32, 32)
    """

    ndim = 2

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) → (N, O, OH, OW)."""
        around, settings = self._settings(input)
        output: Tensor = conv2d(around, self.weight, self.bias, **settings)
        return output


class ConvTranspose2d(_Convolution):
    """`conv_transpose2d` with learned kernels: it makes images larger.

    Args:
        in_channels: of the input.
        out_channels: of the output.
        kernel_size: of each kernel; here and below one number, or one for rows and one for columns.
        stride: how far apart the windows are in the output.
        padding: how much of the output's rim falls away on each side.
        output_padding: how many rows and columns more the output has, at the end.
        groups: into how many groups the channels are cut.
        bias: whether each output channel has a bias.
        dilation: how far apart the places of a window are.
        padding_mode: `zeros` is the only one.
        device: `cpu`, or left out.
        dtype: of the parameters.

    Raises:
        TypeError: if a number is no integer, or the type not of floating point.
        ValueError: if a number is out of range, the groups do not divide the channels, or for
            another padding or padding mode; when called, as the function.

    Example:
        >>> from tinytorch.tensor import ones
        >>> ConvTranspose2d(16, 3, kernel_size=2, stride=2)(ones(8, 16, 7, 7)).shape
        (8, 3, 14, 14)
    """

    ndim = 2
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
        padding_mode: Literal["zeros"] = "zeros",
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f"ConvTranspose2d: padding_mode is {padding_mode!r}, expected 'zeros'")
        if isinstance(padding, str):
            raise TypeError(f"ConvTranspose2d: padding is {padding!r}, expected integers")
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias,
            padding_mode, device, dtype,
        )  # fmt: skip
        self.output_padding = numbers("ConvTranspose2d", "output_padding", output_padding, 2)
        check_output_padding("ConvTranspose2d", self.output_padding, self.stride, self.dilation)

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """(N, C, H, W) → (N, O, OH, OW).

        Args:
            input: (N, C, H, W), or (C, H, W).
            output_size: (OH, OW), or the output's whole shape, in the place of `output_padding`.

        Raises:
            TypeError: if these are no integers.
            ValueError: if no padding at the end gives that size.
        """
        more = self.output_padding if output_size is None else self._padding_to(input, output_size)
        output: Tensor = conv_transpose2d(
            input, self.weight, self.bias, output_padding=more,
            stride=self.stride, padding=self.padding, groups=self.groups, dilation=self.dilation,
        )  # fmt: skip
        return output

    def _padding_to(self, input: Tensor, output_size: Sequence[int]) -> tuple[int, int]:
        """What is missing at the end to a size that is asked for."""
        name = "ConvTranspose2d"
        images = batched(name, input, 2)
        asked = shape_of(name, output_size, "output_size")
        if len(asked) not in (2, input.ndim):
            raise ValueError(
                f"{name}: output_size is {asked}, expected 2 or {input.ndim} numbers for an input "
                f"of {input.ndim} dimensions"
            )
        least = [
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(
                images.shape[2:], self.stride, self.padding, self.dilation, self.kernel_size
            )
        ]
        down, right = (wanted - n for wanted, n in zip(asked[-2:], least))
        if not (0 <= down < self.stride[0] and 0 <= right < self.stride[1]):
            most = [n + s - 1 for n, s in zip(least, self.stride)]
            raise ValueError(
                f"{name}: output_size is {asked}, expected from {least[0]} × {least[1]} to "
                f"{most[0]} × {most[1]} for this input"
            )
        return down, right
