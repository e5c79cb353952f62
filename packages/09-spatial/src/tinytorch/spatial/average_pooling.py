"""Average pooling: images get smaller, and each pixel is the mean of a window of the larger one."""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

from typing import Any

from tinytorch.layers import Module
from tinytorch.spatial.averaging import average
from tinytorch.spatial.places import window_settings, window_sizes
from tinytorch.spatial.sizes import Size
from tinytorch.tensor import Tensor
from tinytorch.tensor.dims import integer


def avg_pool2d(
    input: Any,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    r"""The mean of each window: $z_{ncij} = \frac{1}{K_h K_w} \sum_{ab} x_{n,c,si+a-p,sj+b-p}$.

    Args:
        input: $x$, (N, C, H, W), or (C, H, W) for one image.
        kernel_size: of the windows; here and below one number, or one for the rows and one for the
            columns.
        stride: $s$, how far apart the windows are; by default as far as they are large.
        padding: $p$, how far they may reach over the edges, at most by half.
        ceil_mode: whether there is a last window that reaches over the end, see `max_pool2d`. What
            reaches over the padding, too, is never counted.
        count_include_pad: whether the padding is counted, as zeros.
        divisor_override: what to divide the sums by in the place of the number of pixels.

    Returns:
        (N, C, OH, OW), or (C, OH, OW).

    Raises:
        TypeError: for an input of integers, or for numbers that are not.
        ValueError: for other shapes, numbers out of range, or if no window fits.

    Example:
        >>> from tinytorch.tensor import arange
        >>> avg_pool2d(arange(16.0).reshape(1, 4, 4), 2)
        tensor([[[ 2.5000,  4.5000],
                 [10.5000, 12.5000]]])
    """
    _check_divisor("avg_pool2d", divisor_override)
    how = window_settings("avg_pool2d", input, 2, kernel_size, stride, padding, ceil_mode)
    return _average(input, how, count_include_pad, divisor_override)


def avg_pool1d(
    input: Any,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    r"""The mean of each window of a sequence: $z_{nci} = \frac{1}{K} \sum_a x_{n,c,si+a-p}$.

    Args:
        input: $x$, (N, C, L), or (C, L).
        kernel_size: of the windows.
        stride: $s$, how far apart they are; by default as far as they are large.
        padding: $p$, how far they may reach over the ends, at most by half.
        ceil_mode: whether there is a last window that reaches over the end, see `avg_pool2d`.
        count_include_pad: whether the padding is counted, as zeros.

    Returns:
        (N, C, OL), or (C, OL).

    Raises:
        TypeError: for an input of integers, or for numbers that are not.
        ValueError: for other shapes, numbers out of range, or if no window fits.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> avg_pool1d(tensor([[1.0, 5.0, 2.0, 3.0]]), 2, padding=1)
        tensor([[0.5000, 3.5000, 1.5000]])
        >>> avg_pool1d(tensor([[1.0, 5.0, 2.0, 3.0]]), 2, padding=1, count_include_pad=False)
        tensor([[1.0000, 3.5000, 3.0000]])
    """
    how = window_settings("avg_pool1d", input, 1, kernel_size, stride, padding, ceil_mode)
    return _average(input, how, count_include_pad, None)


def _average(input: Any, how: dict[str, Any], include: bool, divisor: int | None) -> Any:
    del how["dilation"]
    return average(input, **how, count_include_pad=bool(include), divisor_override=divisor)


def _check_divisor(name: str, divisor: int | None) -> None:
    if divisor is not None and not integer(name, "divisor_override", divisor):
        raise ValueError(f"{name}: divisor_override is 0, expected another number, or None")


class AvgPool1d(Module):
    """`avg_pool1d` as a layer.

    Args:
        kernel_size: of the windows.
        stride: how far apart they are; by default as far as they are large.
        padding: how far they may reach over the ends.
        ceil_mode: whether there is a last window that reaches over the end.
        count_include_pad: whether the padding is counted, as zeros.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> AvgPool1d(2)(tensor([[1.0, 5.0, 2.0, 3.0]]))
        tensor([[3.0000, 2.5000]])
    """

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        sizes = window_sizes("AvgPool1d", 1, kernel_size, stride, padding)
        self.kernel_size, self.stride, self.padding, _ = sizes
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, L) to (N, C, OL)."""
        sizes = self.kernel_size, self.stride, self.padding
        return avg_pool1d(input, *sizes, self.ceil_mode, self.count_include_pad)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(Module):
    """`avg_pool2d` as a layer.

    Args:
        kernel_size: of the windows.
        stride: how far apart they are; by default as far as they are large.
        padding: how far they may reach over the edges.
        ceil_mode: whether there is a last window that reaches over the end.
        count_include_pad: whether the padding is counted, as zeros.
        divisor_override: what to divide the sums by in the place of the number of pixels.

    Example:
        >>> from tinytorch.tensor import ones
        >>> AvgPool2d(2)(ones(1, 3, 32, 32)).shape
        (1, 3, 16, 16)
    """

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        window_sizes("AvgPool2d", 2, kernel_size, stride, padding)
        _check_divisor("AvgPool2d", divisor_override)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C, OH, OW)."""
        sizes = self.kernel_size, self.stride, self.padding
        flags = self.ceil_mode, self.count_include_pad
        return avg_pool2d(input, *sizes, *flags, self.divisor_override)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"
