r"""Attention as one primitive: each query looks at all keys, and gets a mean of their values.

$$O = P V, \qquad P = \operatorname{softmax}(S), \qquad S = \alpha \, Q K^\top + M$$

Written in plain primitives each step makes a new matrix of queries × keys. Here there is one,
$E = e^{S - \max S}$, which is also all of that size that is kept for the way back, with the sums of
its rows: $P = E / \sum E$.
"""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.activations import softmax
from tinytorch.attention.hiding import hiding
from tinytorch.autograd import defvjp_joint
from tinytorch.tensor import any as any_of
from tinytorch.tensor import matmul, reshape, transpose, where
from tinytorch.tensor.extremes import largest
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.summation import working_type


def attend_plainly(
    query: Any,
    key: Any,
    value: Any,
    mask: Any = None,
    keep: Any = None,
    *,
    scale: float,
    is_causal: bool,
    offset: int,
    window: int | None,
) -> tuple[Any, Any]:
    """The definition of `attend`, in primitives, and the weights that values got, (…, H, L, S)."""
    lengths = query.shape[-2], key.shape[-2]
    scores = matmul(grouped(query, key), transpose(key, -1, -2)) * scale
    scores = reshape(scores, (*query.shape[:-1], lengths[1]))
    hidden = hiding(*lengths, query.dtype, is_causal=is_causal, offset=offset, window=window)
    if hidden is not None:
        scores = where(hidden > 0, scores, -np.inf)
    if mask is not None:
        scores = where(mask, scores, -np.inf) if mask.dtype == bool else scores + mask
    seen = scores != -np.inf
    some = any_of(seen, -1, keepdim=True)  # softmax would divide by zero where nothing is seen
    weights = where(seen, softmax(where(some, scores, 0.0), -1), 0.0)
    if keep is not None:
        weights = weights * keep
    out = matmul(grouped(weights, value), value)
    return reshape(out, (*query.shape[:-1], value.shape[-1])), weights


def _definition(*tensors: Any, **settings: Any) -> Any:
    return attend_plainly(*tensors, **settings)[0]


@primitive(promotion="none", fused=True, definition=_definition)
def attend(
    query: Any,
    key: Any,
    value: Any,
    mask: Any = None,
    keep: Any = None,
    *,
    scale: float,
    is_causal: bool,
    offset: int,
    window: int | None,
) -> Any:
    """The mean of values that each query gets. It keeps one matrix of queries × keys for each head.

    A query that sees no key gets zeros.

    Args:
        query: (…, H, L, E).
        key: (…, K, S, E), where K divides H: so many neighbouring query heads share a key head.
        value: (…, K, S, V).
        mask: what broadcasts to (…, H, L, S): False where a key is hidden, or numbers that are
            added to scores; or None.
        keep: what weights are multiplied by, (…, H, L, S), for dropout; or None.
        scale: α, which scores are multiplied by.
        is_causal: whether a query sees no key ahead of it.
        offset: where the first query stands among the keys.
        window: how many places a query sees in a direction, its own among them; None for all.

    Returns:
        (…, H, L, V).
    """
    given, dtype = query.dtype, working_type(query.dtype)
    query, key, value = (x.astype(dtype, copy=False) for x in (query, key, value))
    lengths = query.shape[-2], key.shape[-2]
    with np.errstate(all="ignore"):
        scores = np.matmul(grouped(query * dtype.type(scale), key), key.swapaxes(-1, -2))
        scores = scores.reshape(*query.shape[:-1], lengths[1])
        hidden = hiding(*lengths, dtype, is_causal=is_causal, offset=offset, window=window)
        if hidden is not None:
            np.fmin(scores, hidden, out=scores)
        if mask is not None and mask.dtype == bool:
            np.copyto(scores, -np.inf, where=~mask)
        elif mask is not None:
            scores += mask
        top = largest(scores, (scores.ndim - 1,))
        top[top == -np.inf] = 0  # where nothing is seen
        scores -= top
        exps = np.exp(scores, out=scores)
        total = _row_sums(exps)
        total[total == 0] = 1
        inverse = 1 / total
        weights = exps if keep is None else exps * keep
        out = np.matmul(grouped(weights, value), value)
        out = out.reshape(*query.shape[:-1], value.shape[-1])
        out *= inverse
    return out.astype(given, copy=False), (exps, inverse, out)


def _attend_vjp(
    g: Any,
    saved: Any,
    query: Any,
    key: Any,
    value: Any,
    _mask: Any,
    keep: Any,
    needs: tuple[bool, ...],
    *,
    scale: float,
    **_: Any,
) -> Any:
    r"""With $\hat G = G / \sum E$, which makes P of E wherever it stands beside it.

    $$dV = E^\top \hat G, \quad dS = E \odot (\hat G V^\top - \textstyle\sum \hat G \odot O), \quad
    dQ = \alpha \, dS \, K, \quad dK = \alpha \, dS^\top Q$$

    (The sum is over the values' features. It is that of $P \odot dP$ over the keys, since
    $O = P V$: Dao et al., 2022, https://arxiv.org/abs/2205.14135, appendix B.2.)
    """
    exps, inverse, out = saved
    dquery = dkey = dvalue = dkeep = None
    with np.errstate(all="ignore"):
        g = g * inverse
        rows = grouped(g, value)
        if needs[2]:
            weights = grouped(exps if keep is None else exps * keep, value)
            dvalue = np.matmul(weights.swapaxes(-1, -2), rows)
            del weights  # with dropout a matrix of its own
        if not any((*needs[:2], *needs[3:])):
            return None, None, dvalue, None, None
        dscores = np.matmul(rows, value.swapaxes(-1, -2)).reshape(exps.shape)
        if needs[4]:
            dkeep = dscores * exps
        if keep is not None:
            dscores *= keep
        dscores -= np.vecdot(g, out)[..., None]
        dscores *= exps
        stacked = grouped(dscores, key)
        if needs[0]:
            dquery = np.matmul(stacked, key).reshape(query.shape)
            dquery *= scale
        if needs[1]:
            dkey = np.matmul(stacked.swapaxes(-1, -2), grouped(query, key))
            dkey *= scale
    return dquery, dkey, dvalue, dscores if needs[3] else None, dkeep


defvjp_joint(attend, _attend_vjp)


def grouped(x: Any, key: Any) -> Any:
    """(…, H, L, D) as (…, K, L·H/K, D): the rows of all query heads that share a key head."""
    heads = key.shape[-3]
    if x.shape[-3] == heads:
        return x
    return reshape(x, (*x.shape[:-3], heads, x.shape[-3] // heads * x.shape[-2], x.shape[-1]))


def _row_sums(x: np.ndarray) -> np.ndarray:
    """The sums along the last dimension, which stays: a product with ones is quicker than sum."""
    return np.matmul(x, np.ones((x.shape[-1], 1), x.dtype))
