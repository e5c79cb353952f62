"""The greatest number of each window, where it lies, and the way back to there.

Where it lies, its index, is a number within the plane (H, W), counted row by row. To take what lies
at indices and to put something back there are linear maps, each the other's derivative.
"""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.autograd import defvjp
from tinytorch.spatial.places import Lengths, output_lengths, places
from tinytorch.tensor import is_grad_enabled, primitive
from tinytorch.tensor.indexing import accumulated


@primitive(promotion="none")
def take_from_planes(input: Any, indices: Any, *, dims: int) -> Any:
    """What lies at indices of each plane.

    Args:
        input: (…, H, W), or with another number of dimensions to a plane.
        indices: (…, OH, OW), of the same planes.
        dims: how many dimensions a plane has.

    Returns:
        (…, OH, OW).
    """
    return input.reshape(-1).take(_flat(indices, input.shape[-dims:]))


@primitive(promotion="none")
def put_into_planes(input: Any, indices: Any, *, size: Lengths) -> Any:
    """Planes of zeros, with each number added where its index says.

    Args:
        input: (…, OH, OW).
        indices: of the same shape.
        size: (H, W), of the planes.

    Returns:
        (…, H, W).
    """
    shape = *input.shape[: -len(size)], *size
    return accumulated(input, _flat(indices, size), shape)


defvjp(
    take_from_planes,
    lambda g, _z, x_shape, i, dims: put_into_planes(g, i, size=tuple(x_shape[-dims:])),
    lambda _g, _z, _x, _i, dims: None,
)
defvjp(
    put_into_planes,
    lambda g, _z, _y, i, size: take_from_planes(g, i, dims=len(size)),
    lambda _g, _z, _y, _i, size: None,
)


@primitive(promotion="none", fused=True)
def greatest(
    input: Any,
    *,
    kernel_size: Lengths,
    stride: Lengths,
    padding: Lengths,
    dilation: Lengths,
    ceil_mode: bool,
) -> Any:
    """The greatest number of each window; nan if one is among them.

    Only the indices are kept for the rule, in the smallest type that holds them: a byte each for
    planes of up to 16 × 16, two for up to 256 × 256. Where gradients are switched off they are not
    looked for, which is more than half of the work.

    Args:
        input: (…, H, W), or with another number of dimensions to a plane.
        kernel_size: (KH, KW).
        stride: as of `max_pool2d`, a number for each dimension, and so are the others.
        padding: as there.
        dilation: as there.
        ceil_mode: as there.

    Returns:
        (…, OH, OW).
    """
    windows = kernel_size, stride, padding, dilation
    out_size = output_lengths(input.shape[-len(kernel_size) :], *windows, ceil_mode)
    out = maxima(input, out_size, *windows)
    return out, indices_of(input, out, *windows) if is_grad_enabled() else None


defvjp(
    greatest,
    lambda g, indices, x_shape, kernel_size, **_: put_into_planes(
        g, indices, size=tuple(x_shape[-len(kernel_size) :])
    ),
)


@primitive(promotion="none", differentiable=False)
def index_of_greatest(
    input: Any,
    *,
    kernel_size: Lengths,
    stride: Lengths,
    padding: Lengths,
    dilation: Lengths,
    ceil_mode: bool,
) -> Any:
    """Where the greatest number of each window lies, the first of equals, or the last nan.

    Args:
        input: (…, H, W), or with another number of dimensions to a plane.
        kernel_size: (KH, KW).
        stride: as of `max_pool2d`, a number for each dimension, and so are the others.
        padding: as there.
        dilation: as there.
        ceil_mode: as there.

    Returns:
        (…, OH, OW), int64.
    """
    windows = kernel_size, stride, padding, dilation
    out_size = output_lengths(input.shape[-len(kernel_size) :], *windows, ceil_mode)
    return indices_of(input, maxima(input, out_size, *windows), *windows).astype(np.int64)


def maxima(images: np.ndarray, out_size: Lengths, *windows: Lengths) -> np.ndarray:
    """The greatest number of each window; `windows` are kernel size, stride, padding, dilation."""
    dims = len(out_size)
    shape = *images.shape[:-dims], *out_size
    (at, seen), *others = places(images.shape[-dims:], out_size, *windows)
    if images[seen].shape == shape:  # all see a pixel there
        out = images[seen].copy()
    else:
        out = np.full(shape, -np.inf, images.dtype)
        out[at] = images[seen]
    for at, seen in others:
        np.maximum(out[at], images[seen], out=out[at])
    return out


def indices_of(images: np.ndarray, greatest: np.ndarray, *windows: Lengths) -> np.ndarray:
    """The indices of the greatest numbers, in the smallest type that holds those of a plane."""
    kernel_size, stride, padding, dilation = windows
    dims = len(kernel_size)
    size, out_size = images.shape[-dims:], greatest.shape[-dims:]
    # Of its first place, which may lie in the padding, and of its others from there on. A small
    # type wraps round, so sums are right though what is added may be negative or too large.
    dtype = np.min_scalar_type(math.prod(size) - 1)
    starts = _grid_of(out_size, stride, size, padding).astype(dtype)
    steps = _grid_of(kernel_size, dilation, size, (0,) * dims).reshape(-1).astype(dtype)
    to_next = np.diff(steps)
    seeing = places(size, out_size, *windows)
    # From the last place to the first: 0 where it holds the greatest, else one place further.
    found = np.zeros(greatest.shape, dtype)
    for (at, seen), step in zip(seeing[-2::-1], to_next[::-1]):
        found += step
        np.multiply(found[at], images[seen] != greatest[at], out=found[at])
    if np.isnan(greatest.min(initial=0.0)):
        for (at, seen), step in zip(seeing, steps):
            np.copyto(found[at], step, where=np.isnan(images[seen]))
    found += starts
    return found


def _grid_of(counts: Lengths, apart: Lengths, size: Lengths, before: Lengths) -> np.ndarray:
    """The indices in a plane of a grid's points, which starts `before` its first row and column."""
    found = np.zeros((), np.int64)
    for count, step, n, p in zip(counts, apart, size, before):
        found = found[..., None] * n + (np.arange(count) * step - p)
    return found


def _flat(indices: np.ndarray, size: Lengths) -> np.ndarray:
    """Indices within planes as indices into all of them, flattened."""
    out = indices.astype(np.intp)
    shape = indices.shape[: -len(size)]
    planes = np.arange(math.prod(shape)).reshape(*shape, *(1,) * len(size))
    out += planes * math.prod(size)
    return out
