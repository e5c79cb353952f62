"""Adaptive pooling: the size of the output is given, and the windows are chosen to make it."""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.layers import Module
from tinytorch.spatial.averaging import average_parts, spans
from tinytorch.spatial.greatest import take_from_planes
from tinytorch.spatial.places import Lengths, plane_of
from tinytorch.spatial.sizes import numbers
from tinytorch.tensor import Tensor, primitive

OutputSize = int | None | Sequence[int | None]


@primitive(promotion="none", differentiable=False)
def index_of_greatest_in_parts(input: Any, *, output_size: Lengths) -> Any:
    """Where the greatest number of each part lies, the first of equals, or the last nan.

    Args:
        input: (…, H, W), or with another number of dimensions to a plane.
        output_size: (OH, OW), into how many parts each dimension is cut.

    Returns:
        (…, OH, OW), int64. On the way there is a copy of all parts, at most a few times
        the input, or the result if that is larger.
    """
    table = np.zeros((1, 1), np.int64)  # for each part the indices of its pixels
    for size, out in zip(input.shape[-len(output_size) :], output_size):
        starts, stops = spans(size, out)
        # Parts that are shorter see their last pixel again.
        steps = np.arange((stops - starts).max())
        seen = np.minimum(starts[:, None] + steps, stops[:, None] - 1)
        table = table[:, None, :, None] * size + seen[:, None, :]
        table = table.reshape(len(table) * out, -1)
    planes = input.shape[: -len(output_size)]
    windows = input.reshape(*planes, math.prod(input.shape[len(planes) :])).take(table, -1)
    found = windows.argmax(-1)
    broken = np.isnan(np.take_along_axis(windows, found[..., None], -1)[..., 0])
    if broken.any():  # argmax finds the first nan, PyTorch the last
        found[broken] = table.shape[1] - 1 - np.isnan(windows[broken][:, ::-1]).argmax(-1)
    return table[np.arange(len(table)), found].reshape(*planes, *output_size)


def adaptive_max_pool2d(input: Any, output_size: OutputSize, return_indices: bool = False) -> Any:
    r"""The greatest pixel of each of OH × OW parts, which `adaptive_avg_pool2d` describes.

    Args:
        input: (N, C, H, W), or (C, H, W) for one image.
        output_size: OH and OW, or one number for both; None for the input's.
        return_indices: whether to return also where the greatest pixels lie.

    Returns:
        (N, C, OH, OW), or (C, OH, OW); with `return_indices` a pair, the second one the places
        $hW + w$ of the pixels. On the way there is a copy of all parts, each as large as the
        largest: as much as the input, and more where parts overlap.

    Raises:
        TypeError: for an input of integers, or sizes that are not.
        ValueError: for other shapes, or sizes below 1.

    Example:
        >>> from tinytorch.tensor import arange
        >>> adaptive_max_pool2d(arange(9.0).reshape(1, 3, 3), 2)
        tensor([[[4., 5.],
                 [7., 8.]]])
    """
    return _adaptive_max("adaptive_max_pool2d", input, 2, output_size, return_indices)


def adaptive_max_pool1d(input: Any, output_size: OutputSize, return_indices: bool = False) -> Any:
    r"""The greatest number of each of OL parts of a sequence, see `adaptive_avg_pool1d`.

    Args:
        input: (N, C, L), or (C, L).
        output_size: OL.
        return_indices: whether to return also where the greatest numbers lie.

    Returns:
        (N, C, OL), or (C, OL); with `return_indices` a pair, the second one the places. On the way
        there is a copy of all parts, see `adaptive_max_pool2d`.

    Raises:
        TypeError: for an input of integers, or a size that is none.
        ValueError: for other shapes, or a size below 1.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> adaptive_max_pool1d(tensor([[1.0, 5.0, 2.0, 3.0]]), 2)
        tensor([[5., 3.]])
    """
    return _adaptive_max("adaptive_max_pool1d", input, 1, output_size, return_indices)


def adaptive_avg_pool2d(input: Any, output_size: OutputSize) -> Any:
    r"""The mean of each of OH × OW parts, as equal as can be, into which images are cut.

    Part $i$ of the rows is from $\lfloor i H / O_h \rfloor$ up to $\lceil (i + 1) H / O_h \rceil$,
    not included; neighbours share a row where $O_h$ does not divide $H$. With output size 1 it is
    the mean of each channel, of images of any size.

    Args:
        input: (N, C, H, W), or (C, H, W) for one image.
        output_size: OH and OW, or one number for both; None for the input's.

    Returns:
        (N, C, OH, OW), or (C, OH, OW).

    Raises:
        TypeError: for an input of integers, or sizes that are not.
        ValueError: for other shapes, or sizes below 1.

    Example:
        >>> from tinytorch.tensor import arange
        >>> adaptive_avg_pool2d(arange(9.0).reshape(1, 3, 3), 2)
        tensor([[[2., 3.],
                 [5., 6.]]])
    """
    size = _output_size("adaptive_avg_pool2d", input, 2, output_size)
    return average_parts(input, output_size=size)


def adaptive_avg_pool1d(input: Any, output_size: OutputSize) -> Any:
    r"""The mean of each of OL parts, as equal as can be, into which sequences are cut.

    Part $i$ is from $\lfloor i L / O \rfloor$ up to $\lceil (i + 1) L / O \rceil$, not included.

    Args:
        input: (N, C, L), or (C, L).
        output_size: OL.

    Returns:
        (N, C, OL), or (C, OL).

    Raises:
        TypeError: for an input of integers, or a size that is none.
        ValueError: for other shapes, or a size below 1.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> adaptive_avg_pool1d(tensor([[1.0, 5.0, 3.0]]), 2)
        tensor([[3., 4.]])
    """
    size = _output_size("adaptive_avg_pool1d", input, 1, output_size)
    return average_parts(input, output_size=size)


def _adaptive_max(
    name: str, input: Any, ndim: int, output_size: OutputSize, return_indices: bool
) -> Any:
    size = _output_size(name, input, ndim, output_size)
    indices = index_of_greatest_in_parts(input, output_size=size)
    values = take_from_planes(input, indices, dims=ndim)
    return (values, indices) if return_indices else values


def _output_size(name: str, input: Any, ndim: int, output_size: OutputSize) -> Lengths:
    """The numbers for this input."""
    return _filled(name, output_size, plane_of(name, input, ndim))


def _filled(name: str, output_size: OutputSize, plane: Lengths) -> Lengths:
    """One number for each dimension, the plane's where None is given."""
    listed = isinstance(output_size, Sequence) and not isinstance(output_size, str)
    given: Any = output_size if listed else (output_size,) * len(plane)
    if len(given) == len(plane):
        given = tuple([n if out is None else out for n, out in zip(plane, given)])
    return numbers(name, "output_size", given, len(plane), least=1)


class _AdaptivePool(Module):
    """What they have in common: the output's size."""

    ndim: int

    def __init__(self, output_size: OutputSize) -> None:
        super().__init__()
        _filled(type(self).__name__, output_size, (1,) * self.ndim)
        self.output_size = output_size

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptivePool):
    """`adaptive_avg_pool1d` as a layer.

    Args:
        output_size: the length of the output.

    Example:
        >>> from tinytorch.tensor import ones
        >>> AdaptiveAvgPool1d(1)(ones(2, 3, 9)).shape
        (2, 3, 1)
    """

    ndim = 1

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, L) to (N, C, OL)."""
        return adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptivePool):
    """`adaptive_avg_pool2d` as a layer.

    Args:
        output_size: OH and OW, or one number for both; None for the input's.

    Example:
        >>> from tinytorch.tensor import ones
        >>> AdaptiveAvgPool2d(1)(ones(2, 3, 9, 8)).shape
        (2, 3, 1, 1)
    """

    ndim = 2

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C, OH, OW)."""
        return adaptive_avg_pool2d(input, self.output_size)


class _AdaptiveMaxPool(_AdaptivePool):
    """What they have in common: whether they return indices."""

    def __init__(self, output_size: OutputSize, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """`adaptive_max_pool1d` as a layer.

    Args:
        output_size: the length of the output.
        return_indices: whether to return also where the greatest numbers lie.

    Example:
        >>> from tinytorch.tensor import ones
        >>> AdaptiveMaxPool1d(4)(ones(2, 3, 9)).shape
        (2, 3, 4)
    """

    ndim = 1

    def forward(self, input: Tensor) -> Any:
        """(N, C, L) to (N, C, OL)."""
        return adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """`adaptive_max_pool2d` as a layer.

    Args:
        output_size: OH and OW, or one number for both; None for the input's.
        return_indices: whether to return also where the greatest pixels lie.

    Example:
        >>> from tinytorch.tensor import ones
        >>> AdaptiveMaxPool2d((2, None))(ones(2, 3, 9, 8)).shape
        (2, 3, 2, 8)
    """

    ndim = 2

    def forward(self, input: Tensor) -> Any:
        """(N, C, H, W) to (N, C, OH, OW)."""
        return adaptive_max_pool2d(input, self.output_size, self.return_indices)
