r"""Resampling: the same picture with more pixels, or with fewer.

Each new pixel is a mixture of at most two old ones in each direction; images go through one
direction after the other. What mixes with what is a small table, and the way back, from gradients
of new pixels to those of old ones, is another such table, with as many entries as there are new
pixels to an old one.
"""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from tinytorch.activations.floating import require_floating
from tinytorch.autograd import defvjp
from tinytorch.layers import Module
from tinytorch.spatial.sizes import check_tensor
from tinytorch.tensor import Tensor
from tinytorch.tensor.dims import integer, setting
from tinytorch.tensor.dtypes import float16
from tinytorch.tensor.primitive import primitive

Mode = Literal["nearest", "linear", "bilinear"]

_MODES = {3: ("nearest", "linear"), 4: ("nearest", "bilinear")}  # of inputs of so many dimensions


@primitive(promotion="none")
def resample(
    input: Any,
    *,
    dim: int,
    sizes: tuple[int, int],
    step: float,
    linear: bool,
    align_corners: bool,
    back: bool,
) -> Any:
    r"""Mix neighbours along one dimension: $z_j = \sum_k w_{kj} \, x_{i_{kj}}$. It keeps nothing.

    Args:
        input: any shape.
        dim: the dimension, not negative.
        sizes: its length before and after.
        step: how far apart new pixels are, measured in old ones.
        linear: whether two old pixels are mixed, or the nearest is taken.
        align_corners: whether the first and last new pixels lie on the first and last old ones,
            centre on centre; otherwise the outer edges of the two pictures coincide.
        back: whether to go the other way: the adjoint, from new pixels to old ones.

    Returns:
        the input's shape with the other length.
    """
    places, weights, lost = _table(*sizes, step, linear, align_corners, back)
    out = np.take(input, places[0], axis=dim, mode="clip")  # clip is quicker; none is outside
    if weights is None:
        for place in places[1:]:
            out += np.take(input, place, axis=dim, mode="clip")
    else:
        shape = (-1, *[1] * (input.ndim - 1 - dim))
        shares = weights.astype(input.dtype)
        with np.errstate(all="ignore"):
            out *= shares[0].reshape(shape)
            for place, share in zip(places[1:], shares[1:], strict=True):
                part = np.take(input, place, axis=dim, mode="clip")
                part *= share.reshape(shape)
                out += part
    if len(lost):
        out[(slice(None),) * dim + (lost,)] = 0
    return out


defvjp(resample, lambda g, _z, _x, back, **how: resample(g, back=not back, **how))


@lru_cache(maxsize=32)
def _table(
    size: int, new: int, step: float, linear: bool, align_corners: bool, back: bool
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """What each output is made of: places in the input and their weights, both (K, outputs).

    Weights are None if all are 1. At last come the outputs that are made of nothing.
    """
    if linear:
        places, weights = _between(size, new, step, align_corners)
    else:
        # PyTorch computes this in float32, and that decides where a new pixel falls on an edge.
        at = np.arange(new, dtype=np.float32) * np.float32(step)
        places = np.minimum(at.astype(np.intp), size - 1)[None]
        weights = np.ones((1, new))
    table = (
        _turned(places, weights, size)
        if back
        else (places, None if (weights == 1).all() else weights, np.arange(0))
    )
    for array in table:
        if array is not None:
            array.setflags(write=False)  # every later call has the same arrays
    return table


def _between(
    size: int, new: int, step: float, align_corners: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The old pixels to the left and right of each new one, and their weights."""
    j = np.arange(new)
    at = j * step if align_corners else np.maximum((j + 0.5) * step - 0.5, 0.0)
    left = np.minimum(at.astype(np.intp), size - 1)
    share = np.clip(at - left, 0.0, 1.0)
    if not share.any():
        return left[None], np.ones((1, new))
    return np.stack([left, np.minimum(left + 1, size - 1)]), np.stack([1.0 - share, share])


def _turned(
    places: np.ndarray, weights: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """The table of the way back: for each old pixel, the new ones that it has a share in.

    An old pixel with fewer of them than others has its last one several times, with its weight
    divided among them, so that no pixel is multiplied by 0: infinities would make it NaN.
    """
    old = places.ravel()
    new = np.broadcast_to(np.arange(places.shape[1]), places.shape).ravel()
    shares = weights.ravel()
    order = np.argsort(old, kind="stable")
    old, new, shares = old[order], new[order], shares[order]
    counts = np.bincount(old, minlength=size)
    most = counts.max()
    starts = np.cumsum(counts) - counts
    slot = np.minimum(np.arange(most)[:, None], np.maximum(counts - 1, 0))
    entry = np.minimum(starts + slot, len(old) - 1)
    copies = np.where(slot == counts - 1, most - counts + 1, 1)
    turned = shares[entry] / copies
    return new[entry], None if (turned == 1).all() else turned, np.flatnonzero(counts == 0)


def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: Mode = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """Resample sequences or images to another size.

    Args:
        input: (N, C, L) or (N, C, H, W).
        size: of the result, one number or one for each dimension; or
        scale_factor: how many times larger it is, rounded down to whole pixels.
        mode: `nearest`; `linear` for sequences; `bilinear` for images.
        align_corners: for the linear modes: whether the centres of the corner pixels stay where
            they are; by default the outer edges do, and pixels are areas.

    A length that stays, or in mode `nearest` doubles, does so by whole pixels, whatever rest the
    factor left: 5 pixels times 2.1 are each one twice. So it is with PyTorch's images; for
    sequences in mode `nearest` it minds the rest forward, but not backward.

    Returns:
        (N, C, size) or (N, C, *size).

    Raises:
        TypeError: if sizes are no integers, factors no numbers, or the input of a linear mode is
            not of floating point.
        ValueError: unless exactly one of size and scale_factor is given, one number or one for each
            dimension; if input or result has no pixels; or for a mode that the input does not have.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> x = tensor([[[1.0, 3.0]]])
        >>> interpolate(x, scale_factor=2)
        tensor([[[1., 1., 3., 3.]]])
        >>> interpolate(x, size=4, mode="linear")
        tensor([[[1.0000, 1.5000, 2.5000, 3.0000]]])
        >>> interpolate(x, size=3, mode="linear", align_corners=True)
        tensor([[[1., 2., 3.]]])
    """
    check_tensor("interpolate", "input", input)
    ndim = input.ndim
    if ndim not in _MODES:
        raise ValueError(
            f"interpolate: input has shape {input.shape}, expected (N, C, L) or (N, C, H, W)"
        )
    if mode not in _MODES[ndim]:
        known = " or ".join(map(repr, _MODES[ndim]))
        raise ValueError(f"interpolate: mode is {mode!r}, expected {known} for {ndim} dimensions")
    linear = mode != "nearest"
    if linear:
        require_floating("interpolate", input)
    _check_choices("interpolate", size, scale_factor, mode, align_corners)
    before = tuple(input.shape[2:])
    after, steps = _sizes(before, size, scale_factor)
    if 0 in before or min(after) < 1:
        raise ValueError(f"interpolate: from {before} pixels to {after}, expected at least one")
    # Forward, PyTorch has this rule for images only.
    whole = (1,) if linear else (1, 2)
    steps = [n / m if m in [n * f for f in whole] else s for n, m, s in zip(before, after, steps)]
    if align_corners:
        steps = [(n - 1) / max(m - 1, 1) for n, m in zip(before, after)]
    out = input.float() if linear and input.dtype == float16 else input
    # Columns first: pixels of a row are fetched one by one, rows as a whole, so rows come last.
    for dim in reversed(range(2, ndim)):
        out = resample(
            out,
            dim=dim,
            sizes=(before[dim - 2], after[dim - 2]),
            step=steps[dim - 2],
            linear=linear,
            align_corners=bool(align_corners),
            back=False,
        )
    return out.to(input.dtype)


def _check_choices(
    name: str, size: Any, scale_factor: Any, mode: Any, align_corners: bool | None
) -> None:
    """Raise for what is wrong whatever the input."""
    if (size is None) == (scale_factor is None):
        raise ValueError(
            f"{name}: size is {size} and scale_factor {scale_factor}, expected one of them"
        )
    if size is not None:
        if min(integer(name, "size", n) for n in _listed(size)) < 1:
            raise ValueError(f"{name}: size is {size}, expected at least 1")
    else:
        factors = [setting(name, "scale_factor", f) for f in _listed(scale_factor)]
        if not all(0 < f < math.inf for f in factors):
            raise ValueError(f"{name}: scale_factor is {scale_factor}, expected positive numbers")
    known = list(dict.fromkeys(itertools.chain(*_MODES.values())))
    if mode not in known:
        raise ValueError(f"{name}: mode is {mode!r}, expected one of {', '.join(map(repr, known))}")
    if mode == "nearest" and align_corners is not None:
        raise ValueError(
            f"{name}: align_corners is {align_corners} and mode 'nearest', which has no corners to "
            "align; leave it out"
        )


def _sizes(
    before: tuple[int, ...],
    size: int | Sequence[int] | None,
    scale_factor: float | Sequence[float] | None,
) -> tuple[tuple[int, ...], list[float]]:
    """The result's size, and how far apart its pixels are, measured in the input's."""
    if size is not None:
        after = tuple([integer("interpolate", "size", n) for n in _each("size", size, before)])
        return after, [n / m if m else 0.0 for n, m in zip(before, after)]
    factors = [float(f) for f in _each("scale_factor", scale_factor, before)]
    return tuple([int(n * f) for n, f in zip(before, factors)]), [1 / f for f in factors]


def _each(name: str, value: Any, before: tuple[int, ...]) -> Sequence[Any]:
    """One value for each dimension."""
    given = _listed(value, len(before))
    if len(given) != len(before):
        raise ValueError(
            f"interpolate: {name} is {tuple(value)}, expected one number, or {len(before)} for an "
            f"input of {before} pixels"
        )
    return given


def _listed(value: Any, count: int = 1) -> Sequence[Any]:
    """A sequence as it is, and anything else so many times."""
    return value if isinstance(value, Sequence) and not isinstance(value, str) else [value] * count


class Upsample(Module):
    """`interpolate` as a layer.

    Args:
        size: of the result, one number or one for each dimension; or
        scale_factor: how many times larger it is, rounded down to whole pixels.
        mode: `nearest`; `linear` for sequences; `bilinear` for images.
        align_corners: for the linear modes: whether the centres of the corner pixels stay where
            they are.

    Example:
        >>> from tinytorch.tensor import ones
        >>> Upsample(scale_factor=2, mode="bilinear")(ones(1, 3, 8, 8)).shape
        (1, 3, 16, 16)
    """

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: Mode = "nearest",
        align_corners: bool | None = None,
    ) -> None:
        super().__init__()
        _check_choices("Upsample", size, scale_factor, mode, align_corners)
        self.size = size
        self.scale_factor: float | tuple[float, ...] | None = (
            tuple(map(float, scale_factor))
            if isinstance(scale_factor, Sequence)
            else scale_factor and float(scale_factor)
        )
        self.mode: Mode = mode
        self.align_corners = align_corners

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, L) or (N, C, H, W), to another size."""
        return interpolate(input, self.size, self.scale_factor, self.mode, self.align_corners)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        if self.size is not None:
            return f"size={self.size}, mode={self.mode!r}"
        return f"scale_factor={self.scale_factor}, mode={self.mode!r}"
