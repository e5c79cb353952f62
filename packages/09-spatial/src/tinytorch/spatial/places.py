"""Where windows lie: which pixel each place of each window sees.

Pooling and its derivatives go through the places of a window, not through windows: for one place,
say the second of the first row, the pixels that all windows see there are one strided view of the
images. What would lie in the padding is left out of the views, so padding is never made.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

from tinytorch.activations.floating import require_floating
from tinytorch.spatial.sizes import Size, numbers
from tinytorch.tensor.dims import ndim_of

Lengths = tuple[int, ...]
Key = tuple[Any, ...]  # `...`, and a slice for each dimension of a plane


def window_settings(
    name: str,
    input: Any,
    ndim: int,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    ceil_mode: bool,
    dilation: Size = 1,
) -> dict[str, Any]:
    """The settings of a pooling primitive, from the arguments of its function.

    Args:
        name: of the function, for errors.
        input: (N, C, …) or (C, …).
        ndim: how many dimensions a plane has.
        kernel_size: of the windows.
        stride: how far apart they are; None for their size.
        padding: how far they may reach over the edges.
        ceil_mode: whether to count a last window that reaches over the end.
        dilation: how far apart the places of a window are.

    Raises:
        TypeError: for an input that is not of floating-point numbers, or sizes of no integers.
        ValueError: if the input's shape or a size is not as said here, or no window fits.
    """
    size = plane_of(name, input, ndim)
    kernel, steps, around, spread = window_sizes(name, ndim, kernel_size, stride, padding, dilation)
    found = output_lengths(size, kernel, steps, around, spread, ceil_mode)
    if min(found) < 1:
        raise ValueError(
            f"{name}: input has shape {tuple(input.shape)}, expected room for a window of "
            f"kernel_size {kernel}, dilation {spread}, in it and its padding {around}"
        )
    for n, out, k, s, p, d in zip(size, found, kernel, steps, around, spread):
        if d <= n:  # no window can step over all pixels
            continue
        seeing = {i for at, _ in _along(n, out, k, s, p, d) for i in range(at.start, at.stop)}
        if len(seeing) < out:
            raise ValueError(
                f"{name}: dilation is {dilation}, expected such that every window sees a place of "
                f"the input, of shape {tuple(input.shape)}"
            )
    return {
        "kernel_size": kernel,
        "stride": steps,
        "padding": around,
        "dilation": spread,
        "ceil_mode": bool(ceil_mode),
    }


def window_sizes(
    name: str,
    ndim: int,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    dilation: Size = 1,
) -> tuple[Lengths, Lengths, Lengths, Lengths]:
    """Kernel size, stride, padding and dilation, a number for each dimension.

    Raises:
        TypeError: for sizes of no integers.
        ValueError: for sizes out of range; padding is at most half of the kernel's size, which
            dilation doesn't change.
    """
    kernel = numbers(name, "kernel_size", kernel_size, ndim, least=1)
    steps = kernel if stride is None else numbers(name, "stride", stride, ndim, least=1)
    around = numbers(name, "padding", padding, ndim)
    spread = numbers(name, "dilation", dilation, ndim, least=1)
    for k, p in zip(kernel, around):
        if 2 * p > k:
            raise ValueError(
                f"{name}: padding is {padding}, expected at most half of kernel_size, {k}"
            )
    return kernel, steps, around, spread


def plane_of(name: str, input: Any, ndim: int) -> Lengths:
    """The size of the planes of (N, C, …) or (C, …).

    Raises:
        TypeError: for an input that is not of floating-point numbers.
        ValueError: for other shapes, and for planes with nothing in them.
    """
    dims = ndim_of(name, input)
    require_floating(name, input)
    if dims not in (ndim + 1, ndim + 2) or 0 in input.shape[-ndim:]:
        plane = "L" if ndim == 1 else "H, W"
        raise ValueError(
            f"{name}: input has shape {tuple(input.shape)}, expected (N, C, {plane}) or "
            f"(C, {plane}) with at least one place"
        )
    return tuple(input.shape[-ndim:])


def output_lengths(
    size: Lengths,
    kernel_size: Lengths,
    stride: Lengths,
    padding: Lengths,
    dilation: Lengths,
    ceil_mode: bool,
) -> Lengths:
    r"""How many windows there are: $\lfloor (n + 2p - d(k-1) - 1)/s \rfloor + 1$ a dimension.

    With `ceil_mode` it is rounded up, but a window must start in the input or in the padding before
    it: one that would start in the padding behind it is not counted.
    """
    found = []
    for n, k, s, p, d in zip(size, kernel_size, stride, padding, dilation):
        room = n + 2 * p - d * (k - 1) - 1  # how far the first window can be moved
        out = (-(-room // s) if ceil_mode else room // s) + 1
        found.append(out - 1 if ceil_mode and (out - 1) * s >= n + p else out)
    return tuple(found)


@functools.lru_cache(256)
def places(
    size: Lengths,
    out_size: Lengths,
    kernel_size: Lengths,
    stride: Lengths,
    padding: Lengths,
    dilation: Lengths,
) -> tuple[tuple[Key, Key], ...]:
    """For each place of a window, row by row: the windows that see a pixel there, and the pixels.

    Returns:
        pairs of keys: `outputs[first]` has an element for each such window, `inputs[second]` the
        pixel that it sees.
    """
    along = map(_along, size, out_size, kernel_size, stride, padding, dilation)
    return tuple(
        ((..., *(at for at, _ in place)), (..., *(seen for _, seen in place)))
        for place in itertools.product(*along)
    )


@functools.lru_cache(256)
def _along(n: int, out: int, k: int, s: int, p: int, d: int) -> list[tuple[slice, slice]]:
    """`places` along one dimension."""
    found = []
    for offset in range(-p, d * k - p, d):  # from a window's place in the outputs, times s
        first = max(0, -(offset // s))
        count = max(0, min(out, (n - 1 - offset) // s + 1) - first)
        start = first * s + offset
        stop = start + s * (count - 1) + 1 if count else start
        found.append((slice(first, first + count), slice(start, stop, s)))
    return found
