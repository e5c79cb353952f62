"""Max pooling: images get smaller, and each pixel is the greatest of a window of the larger one."""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

from typing import Any

from tinytorch.layers import Module
from tinytorch.spatial.greatest import greatest, index_of_greatest, take_from_planes
from tinytorch.spatial.places import window_settings, window_sizes
from tinytorch.spatial.sizes import Size
from tinytorch.tensor import Tensor


def max_pool2d(
    input: Any,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    r"""The greatest pixel of each window: $z_{ncij} = \max_{ab} x_{n,c,si+da-p,sj+db-p}$.

    The gradient goes to that pixel alone, to the first of equals. A window with a nan gives nan.

    Args:
        input: $x$, (N, C, H, W), or (C, H, W) for one image.
        kernel_size: of the windows; here and below one number, or one for the rows and one for the
            columns.
        stride: $s$, how far apart the windows are; by default as far as they are large.
        padding: $p$, how far they may reach over the edges, at most by half; the greatest pixel is
            never one of the padding.
        dilation: $d$, how far apart the places of a window are.
        ceil_mode: whether there is a last window that reaches over the end, where the others leave
            a rest; it starts in the input or in the padding before it.
        return_indices: whether to return also where the greatest pixels lie.

    Returns:
        (N, C, OH, OW), or (C, OH, OW); with `return_indices` a pair, the second one the places
        $hW + w$ of the pixels.

    Raises:
        TypeError: for an input of integers, or for numbers that are not.
        ValueError: for other shapes, numbers out of range, or if no window fits.

    Example:
        >>> from tinytorch.tensor import arange
        >>> values, indices = max_pool2d(arange(16.0).reshape(1, 4, 4), 2, return_indices=True)
        >>> values
        tensor([[[ 5.,  7.],
                 [13., 15.]]])
        >>> indices
        tensor([[[ 5,  7],
                 [13, 15]]])
    """
    how = window_settings("max_pool2d", input, 2, kernel_size, stride, padding, ceil_mode, dilation)
    return _max_pool(input, how, return_indices)


def max_pool1d(
    input: Any,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    r"""The greatest number of each window of a sequence: $z_{nci} = \max_a x_{n,c,si+da-p}$.

    Args:
        input: $x$, (N, C, L), or (C, L).
        kernel_size: of the windows.
        stride: $s$, how far apart they are; by default as far as they are large.
        padding: $p$, how far they may reach over the ends, at most by half.
        dilation: $d$, how far apart the places of a window are.
        ceil_mode: whether there is a last window that reaches over the end, see `max_pool2d`.
        return_indices: whether to return also where the greatest numbers lie.

    Returns:
        (N, C, OL), or (C, OL); with `return_indices` a pair, the second one the places.

    Raises:
        TypeError: for an input of integers, or for numbers that are not.
        ValueError: for other shapes, numbers out of range, or if no window fits.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> max_pool1d(tensor([[1.0, 5.0, 2.0, 3.0, 9.0]]), 2)
        tensor([[5., 3.]])
        >>> max_pool1d(tensor([[1.0, 5.0, 2.0, 3.0, 9.0]]), 2, ceil_mode=True)
        tensor([[5., 3., 9.]])
    """
    how = window_settings("max_pool1d", input, 1, kernel_size, stride, padding, ceil_mode, dilation)
    return _max_pool(input, how, return_indices)


def _max_pool(input: Any, how: dict[str, Any], return_indices: bool) -> Any:
    if not return_indices:
        return greatest(input, **how)
    indices = index_of_greatest(input, **how)
    return take_from_planes(input, indices, dims=len(how["kernel_size"])), indices


class _MaxPool(Module):
    """What they have in common.

    Args:
        kernel_size: of the windows.
        stride: how far apart they are; by default as far as they are large.
        padding: how far they may reach over the edges.
        dilation: how far apart the places of a window are.
        return_indices: whether to return also where the greatest numbers lie.
        ceil_mode: whether there is a last window that reaches over the end.
    """

    ndim: int

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        window_sizes(type(self).__name__, self.ndim, kernel_size, stride, padding, dilation)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def _arguments(self) -> tuple[Any, ...]:
        sizes = self.kernel_size, self.stride, self.padding, self.dilation
        return *sizes, self.ceil_mode, self.return_indices

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """`max_pool1d` as a layer.

    Args:
        kernel_size: of the windows.
        stride: how far apart they are; by default as far as they are large.
        padding: how far they may reach over the ends.
        dilation: how far apart the places of a window are.
        return_indices: whether to return also where the greatest numbers lie.
        ceil_mode: whether there is a last window that reaches over the end.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> MaxPool1d(2)(tensor([[1.0, 5.0, 2.0, 3.0]]))
        tensor([[5., 3.]])
    """

    ndim = 1

    def forward(self, input: Tensor) -> Any:
        """(N, C, L) to (N, C, OL)."""
        return max_pool1d(input, *self._arguments())


class MaxPool2d(_MaxPool):
    """`max_pool2d` as a layer.

    Args:
        kernel_size: of the windows.
        stride: how far apart they are; by default as far as they are large.
        padding: how far they may reach over the edges.
        dilation: how far apart the places of a window are.
        return_indices: whether to return also where the greatest pixels lie.
        ceil_mode: whether there is a last window that reaches over the end.

    Example:
        >>> from tinytorch.tensor import ones
        >>> MaxPool2d(2)(ones(1, 3, 32, 32)).shape
        (1, 3, 16, 16)
    """

    ndim = 2

    def forward(self, input: Tensor) -> Any:
        """(N, C, H, W) to (N, C, OH, OW)."""
        return max_pool2d(input, *self._arguments())
