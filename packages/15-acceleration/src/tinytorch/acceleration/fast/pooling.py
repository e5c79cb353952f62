"""Max pooling in blocks of images, on several threads, in the memory order that the images have.

Of a greatest number, `tinytorch.spatial.greatest` keeps where it lies in the plane, and the way
back scatters. Here it keeps which place of its window that is, so the way back goes through the
places of a window, as the way there did: for one place, all windows at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.acceleration.layout import empty_beside
from tinytorch.acceleration.threads import ELEMENTS, workers
from tinytorch.acceleration.tiers import implementation
from tinytorch.autograd import defvjp
from tinytorch.spatial.greatest import greatest
from tinytorch.spatial.places import Lengths, output_lengths, places
from tinytorch.tensor import is_grad_enabled, primitive

BLOCK = 2**22  # bytes: smaller ones would stay in a nearer cache, but see `threads`


@implementation("fast", greatest)
def fast_greatest(
    input: np.ndarray,
    *,
    kernel_size: Lengths,
    stride: Lengths,
    padding: Lengths,
    dilation: Lengths,
    ceil_mode: bool,
) -> tuple[np.ndarray, np.ndarray | None]:
    """See `greatest`; it keeps a number for each window, the place in it."""
    size, windows = input.shape[-len(kernel_size) :], (kernel_size, stride, padding, dilation)
    out_size = output_lengths(size, *windows, ceil_mode)
    shape = *input.shape[: -len(size)], *out_size
    out = empty_beside(input, shape, input.dtype)
    which = None
    if is_grad_enabled():
        which = empty_beside(input, shape, np.min_scalar_type(math.prod(kernel_size) - 1))

    def block(images: Any) -> None:
        best, found = _greatest_of(input[images], out_size, windows, which is not None)
        out[images] = best
        if which is not None:
            which[images] = found

    each_block(block, input, len(size))
    return out, which


def _greatest_of(
    images: np.ndarray, out_size: Lengths, windows: tuple[Lengths, ...], places_too: bool
) -> tuple[np.ndarray, Any]:
    """The greatest number of each window, and at which place of it that lies, the first of equals.

    The greatest of each row of a window first, then the greatest of those: 3×3 windows a pixel
    apart take four comparisons each, not eight, and rows lie in memory as runs.
    """
    which: Any = 0
    best, unit = images, 1  # a step along the last dimension is one place further
    dims = len(out_size)
    dtype = np.min_scalar_type(math.prod(windows[0]) - 1)
    for dim in reversed(range(dims)):
        length, behind = best.shape[dim - dims], (slice(None),) * (dims - 1 - dim)
        along = places((length,), (out_size[dim],), *[(setting[dim],) for setting in windows])
        seeing = [((*at, *behind), (*seen, *behind)) for at, seen in along]
        shape = *best.shape[: dim - dims], out_size[dim], *out_size[dim + 1 :]
        best, which = _greatest_along(
            best, which, seeing, shape, unit, dtype if places_too else None
        )
        unit *= windows[0][dim]
    if places_too and np.isnan(best.min(initial=0.0)):
        every = places(images.shape[-dims:], out_size, *windows)
        for place, (at, seen) in enumerate(every):  # the last of them, as in PyTorch
            np.copyto(which[at], place, where=np.isnan(images[seen]))
    return best, which


def _greatest_along(
    numbers: np.ndarray,
    which: Any,
    seeing: Any,
    shape: tuple[int, ...],
    unit: int,
    dtype: np.dtype[Any] | None,
) -> tuple[np.ndarray, Any]:
    """The same along one dimension.

    Args:
        numbers: what is compared.
        which: the places of these among those already compared; 0 before the first dimension.
        seeing: as of `places`, for each place along this dimension.
        shape: of the result.
        unit: how many places further a step along this dimension is.
        dtype: of places, or None if nobody asks for them.
    """
    best = empty_beside(numbers, shape, numbers.dtype)
    found: Any = None if dtype is None else empty_beside(numbers, shape, dtype)

    def code(place: int, seen: Any) -> Any:
        return (which[seen] if isinstance(which, np.ndarray) else 0) + found.dtype.type(
            place * unit
        )

    (at, seen), *others = seeing
    if numbers[seen].shape == shape:  # all windows see a number there
        best[...] = numbers[seen]
        if found is not None:
            found[...] = code(0, seen)
    else:
        others = seeing
        best.fill(-np.inf)
        if found is not None:
            for place, (at, seen) in reversed(list(enumerate(seeing))):
                found[at] = code(place, seen)  # at last the first that sees a number
    for place, (at, seen) in enumerate(others, len(seeing) - len(others)):
        rivals = np.array(numbers[seen], order="K")  # brought together, and compared twice
        if found is not None:
            # found = code where this one is greater: arithmetic that wraps round is exact.
            change = code(place, seen) - found[at]
            change *= np.greater(rivals, best[at]).view(np.uint8)
            found[at] += change
        np.maximum(best[at], rivals, out=best[at])
    return best, found


@primitive(promotion="none")
def put_into_windows(
    input: Any,
    which: Any,
    *,
    size: Lengths,
    kernel_size: Lengths,
    stride: Lengths,
    padding: Lengths,
    dilation: Lengths,
) -> Any:
    """Planes of zeros, with each number added at one place of its window.

    Args:
        input: (…, OH, OW).
        which: of the same shape: at which place, counted row by row.
        size: (H, W), of the planes.
        kernel_size: of the windows, and so on, as of `greatest`.
        stride: as there.
        padding: as there.
        dilation: as there.

    Returns:
        (…, H, W).
    """
    seeing = places(size, input.shape[-len(size) :], kernel_size, stride, padding, dilation)
    out = empty_beside(which, (*input.shape[: -len(size)], *size), input.dtype)
    apart = all(d == 1 and k <= s for d, k, s in zip(dilation, kernel_size, stride))
    integer = f"i{input.itemsize}"  # bits times 0 or 1: it is exact, and 0 · inf would be nan

    def block(images: Any) -> None:
        planes, bits, found = out[images], input[images].view(integer), which[images]
        planes.fill(0)
        for place, (at, seen) in enumerate(seeing):
            here = (found[at] == place).astype(integer)
            if apart:
                np.multiply(bits[at], here, out=planes.view(integer)[seen])
            else:
                np.multiply(bits[at], here, out=here)
                np.add(planes[seen], here.view(input.dtype), out=planes[seen])

    each_block(block, out, len(size))
    return out


@primitive(promotion="none")
def take_from_windows(
    input: Any,
    which: Any,
    *,
    kernel_size: Lengths,
    stride: Lengths,
    padding: Lengths,
    dilation: Lengths,
) -> Any:
    """The number at one place of each window.

    Args:
        input: (…, H, W).
        which: (…, OH, OW): at which place, counted row by row.
        kernel_size: of the windows, and so on, as of `greatest`.
        stride: as there.
        padding: as there.
        dilation: as there.

    Returns:
        (…, OH, OW).
    """
    dims = len(kernel_size)
    sizes = input.shape[-dims:], which.shape[-dims:]
    out = empty_beside(which, which.shape, input.dtype)
    for place, (at, seen) in enumerate(places(*sizes, kernel_size, stride, padding, dilation)):
        np.copyto(out[at], input[seen], where=which[at] == place)
    return out


defvjp(
    fast_greatest,
    lambda g, which, x_shape, ceil_mode, **windows: put_into_windows(
        g, which, size=tuple(x_shape[-len(windows["kernel_size"]) :]), **windows
    ),
)
defvjp(
    put_into_windows,
    lambda g, _z, _y, which, size, **windows: take_from_windows(g, which, **windows),
    lambda _g, _z, _y, _which, size, **windows: None,
)
defvjp(
    take_from_windows,
    lambda g, _z, x_shape, which, **windows: put_into_windows(
        g, which, size=tuple(x_shape[-len(windows["kernel_size"]) :]), **windows
    ),
    lambda _g, _z, _x, _which, **windows: None,
)


def each_block(work: Callable[[Any], None], planes: np.ndarray, dims: int) -> None:
    """Call `work` for blocks of planes, on several threads.

    Args:
        work: called with a key of the first dimension: a slice, or `...` for a plane alone.
        planes: (N, …, H, W), the larger of what is worked on.
        dims: how many dimensions a plane has.
    """
    if planes.ndim == dims:  # a plane alone
        work(...)
        return
    step = BLOCK // max(1, planes[:1].nbytes)
    workers.blocks(work, len(planes), step, ELEMENTS // max(1, planes[:1].size))
