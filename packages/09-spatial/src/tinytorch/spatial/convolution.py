"""Convolution: the same small kernel at every place of an image, forward and back.

PyTorch's functions: they look at the arguments and leave the work to `sliding.py`.
"""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

from typing import Any

from tinytorch.spatial.sizes import (
    Size,
    batched,
    check_fit,
    check_kernels,
    check_output_padding,
    numbers,
    padding_widths,
)
from tinytorch.spatial.sliding import convolve, convolve_input
from tinytorch.tensor import pad, squeeze, unsqueeze


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Any:
    r"""Slide kernels over images and take the inner product at each place.

    $$z_{noij} = b_o + \sum_{cab} x_{n,\,c,\,s i + d a - p,\,s j + d b - p} \; w_{ocab}$$

    (What this computes is called cross-correlation in signal processing; a convolution there has
    its kernel turned round.) An output has $\lfloor (H + 2p - d(K - 1) - 1) / s \rfloor + 1$ rows.

    Args:
        input: $x$, (N, C, H, W), or (C, H, W) for one image.
        weight: $w$, (O, C / groups, KH, KW).
        bias: $b$, (O,), or None.
        stride: $s$, how far apart the windows are; here and below one number, or one for the rows
            and one for the columns.
        padding: $p$, how many zeros are put around the images on each side; `"valid"` means none,
            `"same"` so many that the output has the size of the input.
        dilation: $d$, how far apart the places of a window are.
        groups: into how many groups the channels are cut, each with kernels of its own.

    Returns:
        (N, O, OH, OW), or (O, OH, OW).

    Raises:
        TypeError: if a tensor or a number is of another kind than said here.
        ValueError: if shapes disagree, a number is out of range, or the kernel is larger than the
            padded input.

    Example:
        >>> from tinytorch.tensor import arange, ones
        >>> image = arange(9.0).reshape(1, 1, 3, 3)
        >>> conv2d(image, ones(1, 1, 2, 2)).squeeze()
        tensor([[ 8., 12.],
                [20., 24.]])
    """
    return _convolution("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Any:
    r"""Slide kernels along sequences: `conv2d` with one dimension less.

    $$z_{noi} = b_o + \sum_{ca} x_{n,\,c,\,s i + d a - p} \; w_{oca}$$

    Args:
        input: $x$, (N, C, L), or (C, L).
        weight: $w$, (O, C / groups, K).
        bias: $b$, (O,), or None.
        stride: $s$.
        padding: $p$, zeros at both ends; or `"valid"` or `"same"`.
        dilation: $d$.
        groups: into how many groups the channels are cut.

    Returns:
        (N, O, OL), or (O, OL).

    Raises:
        TypeError: if a tensor or a number is of another kind than said here.
        ValueError: if shapes disagree or a number is out of range.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> steps = conv1d(tensor([[[1.0, 4.0, 9.0, 16.0]]]), tensor([[[-1.0, 1.0]]]))
        >>> steps.squeeze()
        tensor([3., 5., 7.])
    """
    return _convolution("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Any:
    r"""Spread every number of an input over a window: `conv2d`'s gradient by its input.

    $$z_{n,\,o,\,s i + d a - p,\,s j + d b - p} \mathrel{+}= x_{ncij} \; w_{coab}$$

    An output has $(H - 1) s - 2p + d (K - 1) + 1$ rows, and more with `output_padding`.

    Args:
        input: $x$, (N, C, H, W), or (C, H, W).
        weight: $w$, (C, O / groups, KH, KW).
        bias: (O,), or None.
        stride: $s$, how far apart the windows are in the output.
        padding: $p$, how much of the output's rim falls away on each side.
        output_padding: how many rows and columns more the output has, at the end; fewer than
            stride or dilation. Several sizes have the same output under `conv2d`; this says which
            one is meant.
        groups: into how many groups the channels are cut.
        dilation: $d$, how far apart the places of a window are.

    Returns:
        (N, O, OH, OW), or (O, OH, OW).

    Raises:
        TypeError: if a tensor or a number is of another kind than said here.
        ValueError: if shapes disagree, a number is out of range, or nothing is left.

    Example:
        >>> from tinytorch.tensor import ones, tensor
        >>> conv_transpose2d(tensor([[[[1.0, 2.0]]]]), ones(1, 1, 2, 2), stride=2).squeeze()
        tensor([[1., 1., 2., 2.],
                [1., 1., 2., 2.]])
    """
    name = "conv_transpose2d"
    images = batched(name, input, 2)
    check_kernels(name, images, weight, bias, groups, transposed=True)
    steps = numbers(name, "stride", stride, 2, least=1)
    spread = numbers(name, "dilation", dilation, 2, least=1)
    around = numbers(name, "padding", padding, 2)
    more = numbers(name, "output_padding", output_padding, 2)
    check_output_padding(name, more, steps, spread)
    # What the windows reach, without the rim; what output_padding adds is rim, or else zeros.
    reach = [
        (n - 1) * s + d * (k - 1) + 1
        for n, k, s, d in zip(images.shape[2:], weight.shape[2:], steps, spread)
    ]
    rim = [(p, max(p - extra, 0)) for p, extra in zip(around, more)]
    size = [n - before - after for n, (before, after) in zip(reach, rim)]
    if min(size) < 1:
        raise ValueError(
            f"{name}: the output would have {size[0]} × {size[1]} places, expected at least one: "
            f"padding {around} takes away too much"
        )
    out = convolve_input(
        images,
        weight,
        size=(size[0], size[1]),
        stride=steps,
        padding=(rim[0], rim[1]),
        dilation=spread,
        groups=groups,
    )
    zeros = [max(extra - p, 0) for p, extra in zip(around, more)]
    if max(zeros):
        out = pad(out, (0, zeros[1], 0, zeros[0]))
    if bias is not None:
        out = out + bias.reshape(-1, 1, 1)
    return out if images is input else squeeze(out, 0)


def _convolution(
    name: str,
    ndim: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Size,
    padding: Size | str,
    dilation: Size,
    groups: int,
) -> Any:
    """`conv1d` and `conv2d`: a sequence is an image with one row."""
    images = batched(name, input, ndim)
    check_kernels(name, images, weight, bias, groups)
    steps = numbers(name, "stride", stride, ndim, least=1)
    spread = numbers(name, "dilation", dilation, ndim, least=1)
    widths = padding_widths(name, padding, weight.shape[2:], steps, spread)
    check_fit(name, images.shape[2:], weight.shape[2:], widths, spread)
    if ndim == 2:
        out = convolve(
            images,
            weight,
            bias,
            stride=steps,
            padding=widths,
            dilation=spread,
            groups=groups,
        )
    else:
        out = convolve(
            unsqueeze(images, 2),
            unsqueeze(weight, 2),
            bias,
            stride=(1, *steps),
            padding=((0, 0), *widths),
            dilation=(1, *spread),
            groups=groups,
        )
        out = squeeze(out, 2)
    return out if images is input else squeeze(out, 0)
