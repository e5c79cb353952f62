"""Batch norm of images with the channels last, in blocks of rows, on several threads.

The sum over all pixels is a matrix product, ones times rows, a little quicker than NumPy's own sum.
What broadcasts along the channels is repeated for a whole row of pixels first, since NumPy is slow
where it has to start anew after a few numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.acceleration.layout import channels_second, has_channels_last
from tinytorch.acceleration.threads import ELEMENTS, workers
from tinytorch.acceleration.tiers import implementation
from tinytorch.autograd import defvjp_joint
from tinytorch.spatial.normalizing import normalize

BLOCK = 2**18  # elements
LEAST = 2**15  # from where on it is worth a look at how they lie
CENTRED, OTHER = range(2)  # whose scratch memory it is


@implementation("fast", normalize)
def fast_normalize(
    input: Any, weight: Any = None, bias: Any = None, *, groups: int | None, eps: float
) -> Any:
    """See `normalize`; it saves the same."""
    if not _fits(groups, input, weight, bias):
        return normalize.default.kernel(input, weight, bias, groups=groups, eps=eps)
    rows, channels = _rows(input)
    count = input.size // channels
    out = np.empty_like(rows)
    with np.errstate(all="ignore"):
        centre = _sums(lambda at: (rows[at],), rows.shape, channels)[0] / count
        middle = _repeated(centre, rows)

        def deviations(at: slice) -> tuple[np.ndarray, ...]:
            centred = workers.scratch_like(rows[at], CENTRED)
            np.subtract(rows[at], middle, out=centred)
            return centred, np.multiply(centred, centred, out=workers.scratch_like(rows[at], OTHER))

        # The centre is rounded to the rows' type; what it missed, the centred rows still tell.
        missed, squares = (s / count for s in _sums(deviations, rows.shape, channels))
        variance = np.maximum(squares - missed * missed, 0.0)
        inverse = 1.0 / np.sqrt(variance + eps)
        scale = inverse if weight is None else inverse * weight
        factors = _repeated(scale, rows)
        terms = _repeated((0.0 if bias is None else bias) - missed * scale, rows)

        def stretch(at: slice) -> None:
            np.subtract(rows[at], middle, out=out[at])
            np.multiply(out[at], factors, out=out[at])
            np.add(out[at], terms, out=out[at])

        _each(stretch, rows.shape)
        np.add(centre, missed, out=centre, where=np.isfinite(missed))
    results = _images(out, input), centre.astype(out.dtype), variance.astype(out.dtype)
    return results, (centre[None], inverse[None])


def _fast_normalize_vjp(
    g: Any,
    saved: Any,
    input: Any,
    weight: Any,
    bias: Any,
    needs: tuple[bool, ...],
    groups: int | None,
    eps: float,
) -> Any:
    """The rule of `normalize`: sums first, then one pass over all."""
    g_out, *g_statistics = g
    if g_out is None or any(s is not None for s in g_statistics) or not _fits(groups, input, g_out):
        rule = normalize.default.rule.joint
        return rule(g, saved, input, weight, bias, needs=needs, groups=groups, eps=eps)
    (centre,), (inverse,) = saved
    rows, channels = _rows(input)
    arriving, _ = _rows(g_out)
    count = input.size // channels
    with np.errstate(all="ignore"):
        middle = _repeated(centre, rows)

        def products(at: slice) -> tuple[np.ndarray, ...]:
            centred = np.subtract(rows[at], middle, out=workers.scratch_like(rows[at], CENTRED))
            return arriving[at], np.multiply(centred, arriving[at], out=centred)

        dbias, product = _sums(products, rows.shape, channels)
        dweight = product * inverse
        gradients = dweight.astype(rows.dtype), dbias.astype(rows.dtype)
        if not needs[0]:
            return None, *gradients
        scale = inverse if weight is None else inverse * weight
        slope = _repeated(dweight * inverse / -count, rows)
        level = _repeated(dbias / -count, rows)
        factors = _repeated(scale, rows)
        out = np.empty_like(rows)

        def back(at: slice) -> None:
            np.subtract(rows[at], middle, out=out[at])
            np.multiply(out[at], slope, out=out[at])
            np.add(out[at], arriving[at], out=out[at])
            np.add(out[at], level, out=out[at])
            np.multiply(out[at], factors, out=out[at])

        _each(back, rows.shape)
    return _images(out, input), *gradients


defvjp_joint(fast_normalize, _fast_normalize_vjp)


def _fits(groups: int | None, input: Any, *others: Any) -> bool:
    """Whether it is worked on here: over the batch, channels last, enough of one type."""
    return (
        groups is None
        and input.size >= LEAST
        and input.dtype.char in "fd"
        and has_channels_last(input)
        and all(a is None or a.dtype == input.dtype for a in others)
    )


def _rows(images: np.ndarray) -> tuple[np.ndarray, int]:
    """(N, C, H, W) as rows of pixels, (N H, W C), and the number of channels."""
    n, c, h, w = images.shape
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1)).reshape(n * h, w * c), c


def _images(rows: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Rows of pixels as (N, C, H, W)."""
    n, c, h, w = like.shape
    return channels_second(rows.reshape(n, h, w, c))


def _repeated(table: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """A number for each channel, for each pixel of a row, in the rows' type."""
    return np.tile(table.astype(rows.dtype), rows.shape[1] // len(table))


def _each(work: Callable[[slice], Any], shape: tuple[int, ...]) -> list[Any]:
    """Call `work` for each block of rows."""
    return workers.blocks(work, shape[0], BLOCK // shape[1], ELEMENTS // shape[1])


def _sums(
    terms: Callable[[slice], tuple[np.ndarray, ...]], shape: tuple[int, ...], channels: int
) -> list[np.ndarray]:
    """What `terms` gives for each block of rows, summed for each channel, in float64.

    A block's rows are summed in their own type; there are so few that little is lost.
    """

    def block(at: slice) -> np.ndarray:
        found = terms(at)
        ones = np.ones(len(found[0]), found[0].dtype)
        return np.array([ones @ rows for rows in found], np.float64)

    sums: Any = sum(_each(block, shape))
    return list(sums.reshape(len(sums), -1, channels).sum(1))
