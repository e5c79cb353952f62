"""Primitives that normalise vectors: to mean 0 and variance 1, or to a mean square of 1.

A tensor is taken for rows of D numbers. Sums are products of vectors, which BLAS does quicker
than NumPy adds up.
"""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.autograd import defvjp_joint
from tinytorch.tensor import mean, rsqrt, square
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.summation import working_type

_RUN = 64  # so many rows are added one after the other


def _standardize_plainly(input: Any, weight: Any, bias: Any, *, eps: float) -> Any:
    """The definition of `standardize`, in primitives."""
    centred = input - mean(input, -1, keepdim=True)
    out = centred * rsqrt(mean(square(centred), -1, keepdim=True) + eps)
    if weight is not None:
        out = out * weight
    return out if bias is None else out + bias


@primitive(fused=True, definition=_standardize_plainly)
def standardize(input: Any, weight: Any = None, bias: Any = None, *, eps: float) -> Any:
    r"""Each row to mean 0 and variance 1, then stretched and moved.

    $$z = w \, \hat x + b, \qquad \hat x = (x - \mu) / \sqrt{\sigma^2 + \epsilon}$$

    It keeps the input, and two numbers for each row.

    Args:
        input: (…, D).
        weight: $w$, (D,), or None.
        bias: $b$, (D,), or None.
        eps: $\epsilon$, which keeps the root away from zero.

    Returns:
        the input's shape.
    """
    rows = _rows(input)
    with np.errstate(all="ignore"):
        centre = _means(rows)
        out = rows - centre
        inverse = 1 / np.sqrt(_mean_squares(out) + eps)
        out *= inverse
        if weight is not None:
            out *= weight
        if bias is not None:
            out += bias
    return out.reshape(input.shape).astype(input.dtype, copy=False), (centre, inverse)


def _standardize_vjp(
    g: Any, saved: Any, input: Any, weight: Any, _bias: Any, needs: tuple[bool, ...], eps: float
) -> Any:
    r"""With $h = w g$ and means over a row, $dx = (h - \overline{h} - \hat x \, \overline{h \hat
    x}) / \sqrt{\sigma^2 + \epsilon}$; $dw = \sum g \hat x$ and $db = \sum g$ over all rows.
    """
    centre, inverse = saved
    rows, g = _rows(input), _rows(g)
    with np.errstate(all="ignore"):
        dbias = column_sums(g) if needs[2] else None
        hats = rows - centre
        hats *= inverse
        if not needs[0]:
            return None, column_sums(g * hats) if needs[1] else None, dbias
        products = g * hats
        dweight = column_sums(products) if needs[1] else None
        hats *= -_means(products, weight)
        dinput = g * weight if weight is not None else g.copy()
        dinput -= _means(g, weight)
        dinput += hats
        dinput *= inverse
    return dinput.reshape(input.shape), dweight, dbias


defvjp_joint(standardize, _standardize_vjp)


def _scale_to_one_plainly(input: Any, weight: Any, *, eps: float) -> Any:
    """The definition of `scale_to_one`, in primitives."""
    out = input * rsqrt(mean(square(input), -1, keepdim=True) + eps)
    return out if weight is None else out * weight


@primitive(fused=True, definition=_scale_to_one_plainly)
def scale_to_one(input: Any, weight: Any = None, *, eps: float) -> Any:
    r"""Each row to a mean square of 1, then stretched: $z = w \, x / \sqrt{\overline{x^2} +
    \epsilon}$.

    It keeps the input, and a number for each row.

    Args:
        input: (…, D).
        weight: $w$, (D,), or None.
        eps: $\epsilon$.

    Returns:
        the input's shape.
    """
    rows = _rows(input)
    with np.errstate(all="ignore"):
        inverse = 1 / np.sqrt(_mean_squares(rows) + eps)
        out = rows * inverse
        if weight is not None:
            out *= weight
    return out.reshape(input.shape).astype(input.dtype, copy=False), inverse


def _scale_to_one_vjp(
    g: Any, inverse: Any, input: Any, weight: Any, needs: tuple[bool, ...], eps: float
) -> Any:
    r"""With $r$ the inverse root, $dx = r \, (w g - \hat x \, \overline{w g \hat x})$."""
    rows, g = _rows(input), _rows(g)
    with np.errstate(all="ignore"):
        hats = rows * inverse
        products = g * hats
        dweight = column_sums(products) if needs[1] else None
        if not needs[0]:
            return None, dweight
        hats *= -_means(products, weight)
        hats += g if weight is None else g * weight
        hats *= inverse
    return hats.reshape(input.shape), dweight


defvjp_joint(scale_to_one, _scale_to_one_vjp)


def _rows(x: Any) -> Any:
    """(…, D) as (N, D), in the type to compute in."""
    return x.reshape(-1 if x.size else 0, x.shape[-1]).astype(working_type(x.dtype), copy=False)


def _means(rows: np.ndarray, weight: Any = None) -> np.ndarray:
    """Each row's mean, of its numbers times the weights; (N, 1)."""
    size = rows.shape[1]
    vector = np.ones(size, rows.dtype) if weight is None else weight.astype(rows.dtype, copy=False)
    return (rows @ vector)[:, None] / max(size, 1)


def _mean_squares(rows: np.ndarray) -> np.ndarray:
    return np.vecdot(rows, rows)[:, None] / max(rows.shape[1], 1)


def column_sums(rows: np.ndarray, factors: Any = None) -> np.ndarray:
    """The sums of columns, each row times its factor (1 by default).

    In runs, and then their sums: BLAS adds one row after the other, and would lose digits.
    """
    n, width = rows.shape
    factors = np.ones(n, rows.dtype) if factors is None else factors
    count = n // _RUN
    whole = count * _RUN
    runs = factors[:whole].reshape(count, 1, _RUN) @ rows[:whole].reshape(count, _RUN, width)
    return np.add.reduce(runs[:, 0], 0) + factors[whole:] @ rows[whole:]
