r"""Layer norm and RMS norm in blocks of rows, on several threads.

With $c = x - \mu$ and the inverse root $r$, the gradient of layer norm is
$r \, (w g - \overline{w g} - r^2 c \, \overline{w g c})$: seven passes over a block, and products
with vectors, which are quick.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.acceleration.fast.rows import as_rows, each_block, fit
from tinytorch.acceleration.threads import workers
from tinytorch.acceleration.tiers import implementation
from tinytorch.autograd import defvjp_joint
from tinytorch.transformers.normalizing import column_sums, scale_to_one, standardize


@implementation("fast", standardize)
def fast_standardize(input: Any, weight: Any = None, bias: Any = None, *, eps: float) -> Any:
    """See `standardize`; it saves the same."""
    if not fit(input, weight, bias):
        return standardize.default.kernel(input, weight, bias, eps=eps)
    out = np.empty_like(input)
    rows, results = as_rows(input, out)
    centre, inverse = (np.empty((len(rows), 1), rows.dtype) for _ in range(2))

    def block(at: slice) -> None:
        z = results[at]
        centre[at] = _means(rows[at])
        np.subtract(rows[at], centre[at], out=z)
        inverse[at] = _inverse_root(z, eps)
        np.multiply(z, inverse[at], out=z)
        if weight is not None:
            np.multiply(z, weight, out=z)
        if bias is not None:
            np.add(z, bias, out=z)

    with np.errstate(all="ignore"):
        each_block(block, rows)
    return out, (centre, inverse)


def _standardize_vjp(
    g: Any, saved: Any, input: Any, weight: Any, bias: Any, needs: tuple[bool, ...], eps: float
) -> Any:
    """The rule of `standardize`."""
    if not fit(input, weight, g):
        rule = standardize.default.rule.joint
        return rule(g, saved, input, weight, bias, needs=needs, eps=eps)
    centre, inverse = saved
    dinput = np.empty_like(input) if needs[0] else None
    rows, arriving = as_rows(input, g)

    def block(at: slice) -> tuple[Any, Any]:
        g, r = arriving[at], inverse[at]
        centred = np.subtract(rows[at], centre[at], out=workers.scratch_like(rows[at], 0))
        products = np.multiply(g, centred, out=workers.scratch_like(g, 1))
        found = _sums(products, r, needs[1]), column_sums(g) if needs[2] else None
        if dinput is not None:
            dx = as_rows(dinput)[0][at]
            np.multiply(centred, r * r * _means(products, weight), out=centred)
            _weighted(g, weight, dx)
            np.subtract(dx, _means(g, weight), out=dx)
            np.subtract(dx, centred, out=dx)
            np.multiply(dx, r, out=dx)
        return found

    with np.errstate(all="ignore"):
        dweight, dbias = zip(*each_block(block, rows), strict=True)
    return dinput, _total(dweight, needs[1]), _total(dbias, needs[2])


defvjp_joint(fast_standardize, _standardize_vjp)


@implementation("fast", scale_to_one)
def fast_scale_to_one(input: Any, weight: Any = None, *, eps: float) -> Any:
    """See `scale_to_one`; it saves the same."""
    if not fit(input, weight):
        return scale_to_one.default.kernel(input, weight, eps=eps)
    out = np.empty_like(input)
    rows, results = as_rows(input, out)
    inverse = np.empty((len(rows), 1), rows.dtype)

    def block(at: slice) -> None:
        inverse[at] = _inverse_root(rows[at], eps)
        z = np.multiply(rows[at], inverse[at], out=results[at])
        if weight is not None:
            np.multiply(z, weight, out=z)

    with np.errstate(all="ignore"):
        each_block(block, rows)
    return out, inverse


def _scale_to_one_vjp(
    g: Any, inverse: Any, input: Any, weight: Any, needs: tuple[bool, ...], eps: float
) -> Any:
    """The rule of `scale_to_one`: that of `standardize` around 0, and without the mean of g."""
    if not fit(input, weight, g):
        rule = scale_to_one.default.rule.joint
        return rule(g, inverse, input, weight, needs=needs, eps=eps)
    dinput = np.empty_like(input) if needs[0] else None
    rows, arriving = as_rows(input, g)

    def block(at: slice) -> Any:
        g, r = arriving[at], inverse[at]
        products = np.multiply(g, rows[at], out=workers.scratch_like(g, 1))
        dweight = _sums(products, r, needs[1])
        if dinput is not None:
            dx = _weighted(g, weight, as_rows(dinput)[0][at])
            factors = r * r * _means(products, weight)
            dx -= np.multiply(rows[at], factors, out=products)
            dx *= r
        return dweight

    with np.errstate(all="ignore"):
        dweight = each_block(block, rows)
    return dinput, _total(dweight, needs[1])


defvjp_joint(fast_scale_to_one, _scale_to_one_vjp)


def _means(rows: np.ndarray, weight: Any = None) -> Any:
    """Of each row's numbers, times the weights, (N, 1)."""
    vector = np.ones(rows.shape[1], rows.dtype) if weight is None else weight
    return (rows @ vector)[:, None] / rows.shape[1]


def _inverse_root(rows: np.ndarray, eps: float) -> Any:
    """One over the root of each row's mean square and a little, (N, 1)."""
    squares = np.vecdot(rows, rows)[:, None] / rows.shape[1]
    return 1 / np.sqrt(squares + eps)


def _weighted(g: np.ndarray, weight: Any, out: np.ndarray) -> Any:
    if weight is None:
        np.copyto(out, g)
        return out
    return np.multiply(g, weight, out=out)


def _sums(rows: np.ndarray, factors: np.ndarray, wanted: bool) -> Any:
    """Of the columns, each row times its factor."""
    return column_sums(rows, factors[:, 0]) if wanted else None


def _total(parts: Any, wanted: bool) -> Any:
    return sum(parts[1:], start=parts[0]) if wanted else None
