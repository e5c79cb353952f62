r"""Primitives: `normalize` by the statistics of the input, and `affine_map`, by known ones.

`normalize` thinks of images as rows, one for each image and channel. The sums of rows make a small
table (N, C). Over what these are added up is all the difference between batch norm and group norm.
"""

# mypy: disable-error-code="no-any-return"
# einsum's results are typed Any.

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.autograd import defvjp, defvjp_joint
from tinytorch.tensor import mean, reshape, rsqrt, square
from tinytorch.tensor.primitive import primitive


def _normalize_plainly(
    input: Any, weight: Any, bias: Any, *, groups: int | None, eps: float
) -> tuple[Any, Any, Any]:
    """The definition of `normalize`, in primitives."""
    n, c, length = _three(input.shape)
    parts = (n, groups, c // groups * length) if groups else (n, c, length)
    over = (2,) if groups else (0, 2)
    rows = reshape(input, parts)
    centre = mean(rows, over, keepdim=True)
    centred = rows - centre
    variance = mean(square(centred), over, keepdim=True)
    out = reshape(centred * rsqrt(variance + eps), (n, c, length))
    if weight is not None:
        out = out * reshape(weight, (c, 1))
    if bias is not None:
        out = out + reshape(bias, (c, 1))
    flat = parts[:2] if groups else (c,)
    return reshape(out, input.shape), reshape(centre, flat), reshape(variance, flat)


@primitive(several=True, fused=True, definition=_normalize_plainly)
def normalize(
    input: Any, weight: Any = None, bias: Any = None, *, groups: int | None, eps: float
) -> Any:
    r"""Normalise and stretch: $z = w \, (x - \mu) / \sqrt{\sigma^2 + \epsilon} + b$.

    It keeps the input, and mean and inverse deviation for each row at most; no normalised copy.

    Args:
        input: (N, C, …).
        weight: $w$, (C,), or None.
        bias: $b$, (C,), or None.
        groups: of channels, each normalised within its image; None for every channel over the
            batch.
        eps: $\epsilon$, which keeps the root away from zero.

    Returns:
        the result, in the input's shape; mean and variance, (C,) or (N, groups).
    """
    rows = input.reshape(_three(input.shape))
    count = _count(rows, groups)
    with np.errstate(all="ignore"):
        centre = _pooled(_sums(rows), groups) / count
        out = rows - _column(centre, rows)
        # The centre is rounded to the rows' type; what it missed, the centred rows still tell.
        missed = _pooled(_sums(out), groups) / count
        variance = _pooled(_products(out, out), groups) / count - missed * missed
        np.maximum(variance, 0.0, out=variance)
        inverse = 1.0 / np.sqrt(variance + eps)
        scale = inverse if weight is None else inverse * weight
        out *= _column(scale, rows)
        out += _column((0.0 if bias is None else bias) - missed * scale, rows)
        np.add(centre, missed, out=centre, where=np.isfinite(missed))  # inf - inf tells nothing
    statistics = (_gathered(s, groups).astype(rows.dtype) for s in (centre, variance))
    return (out.reshape(input.shape), *statistics), (centre, inverse)


def _normalize_vjp(
    g: Any,
    saved: Any,
    input: Any,
    weight: Any,
    _bias: Any,
    needs: tuple[bool, ...],
    groups: int | None,
    eps: float,
) -> Any:
    r"""With $\hat x$ the normalised input and $h = w g$, both means taken as $\mu$ is:
    $dx = (h - \overline{h} - \hat x \, \overline{h \hat x}) / \sqrt{\sigma^2 + \epsilon}$.
    """
    centre, inverse = saved
    g, g_mean, g_variance = g
    rows = input.reshape(_three(input.shape))
    g = np.zeros_like(rows) if g is None else g.reshape(rows.shape)
    count = _count(rows, groups)
    dinput = np.empty(input.shape, input.dtype)
    out = dinput.reshape(rows.shape)
    with np.errstate(all="ignore"):
        np.subtract(rows, _column(centre, rows), out=out)
        sums, products = _sums(g), _products(g, out)
        if groups is None:  # all that is averaged has one weight, so it can wait until the end
            sums, products = _pooled(sums, None), _pooled(products, None)
            dweight, dbias = products[0] * inverse[0], sums[0]
            scale = inverse if weight is None else inverse * weight
        else:
            dweight, dbias = np.add.reduce(products * inverse, 0), np.add.reduce(sums, 0)
            if weight is not None:
                g, sums, products = g * weight[:, None], sums * weight, products * weight
            sums, products = _pooled(sums, groups), _pooled(products, groups)
            scale = inverse
        dweight, dbias = dweight.astype(rows.dtype), dbias.astype(rows.dtype)
        if not needs[0]:
            return None, dweight, dbias
        out *= _column(products * inverse * inverse / -count, rows)
        out += g
        out += _column(sums / -count, rows)
        out *= _column(scale, rows)
        if g_mean is not None:
            out += _column(_spread(g_mean, rows, groups) / count, rows)
        if g_variance is not None:
            slope = _column(_spread(g_variance, rows, groups) * (2.0 / count), rows)
            out += (rows - _column(centre, rows)) * slope
    return dinput, dweight, dbias


defvjp_joint(normalize, _normalize_vjp)


@primitive
def affine_map(input: Any, scale: Any, shift: Any) -> Any:
    """A line: $z = a x + b$, with shapes that broadcast to the input's."""
    out = np.multiply(input, scale)
    out += shift
    return out


defvjp(
    affine_map,
    lambda g, _z, _x, a, _b: g * a,
    lambda g, _z, x, _a, _b: g * x,
    lambda g, _z, _x, _a, _b: g,
)


# --- rows, and tables of a number for each: (N, C), or (1, C) where all images have the same


def _three(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """(N, C, …) as (N, C, L)."""
    return shape[0], shape[1], math.prod(shape[2:])


def _count(rows: Any, groups: int | None) -> int:
    """How many numbers a mean is taken of; 1 where there are none, so that nothing is undefined."""
    n, c, length = rows.shape
    return max(1, (c // groups if groups else n) * length)


def _sums(rows: np.ndarray) -> np.ndarray:
    """The sum of each row; einsum is three times as quick as `sum`, and much so for short rows."""
    return np.einsum("ncl->nc", rows)


def _products(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The dot product of each pair of rows."""
    return np.einsum("ncl,ncl->nc", rows, others)


def _pooled(table: np.ndarray, groups: int | None) -> np.ndarray:
    """Sums of rows added over the batch, (1, C), or over each group, (N, C), in float64."""
    if groups is None:
        return np.add.reduce(table, 0, np.float64, keepdims=True)
    n, c = table.shape
    return _spread(table.reshape(n, groups, c // groups).sum(2, np.float64), table, groups)


def _spread(statistics: np.ndarray, rows: np.ndarray, groups: int | None) -> np.ndarray:
    """(C,) or (N, groups) to tables."""
    if groups is None:
        return statistics[None]
    return np.repeat(statistics, rows.shape[1] // groups, axis=1)


def _gathered(table: np.ndarray, groups: int | None) -> np.ndarray:
    """Tables to (C,) or (N, groups)."""
    return table[0] if groups is None else table[:, :: table.shape[1] // groups]


def _column(table: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """A table that broadcasts to the rows, in their type."""
    return table.astype(rows.dtype)[..., None]
