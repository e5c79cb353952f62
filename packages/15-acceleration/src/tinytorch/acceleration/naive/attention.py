r"""Attention, a query and a key at a time: $z_i = \sum_j p_{ij} v_j$, $p_i$ the softmax of
$\alpha \, q_i k_j$.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.acceleration.naive.scores import exponentials, greatest
from tinytorch.acceleration.tiers import implementation
from tinytorch.attention.attend import attend
from tinytorch.tensor.summation import working_type


@implementation("naive", attend)
def naive_attend(
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
    """See `attend`; it saves the same."""
    given, dtype, keys = query.dtype, working_type(query.dtype), key.shape[-2]
    exps = np.zeros((*query.shape[:-1], keys), dtype)
    inverse = np.ones((*query.shape[:-1], 1), dtype)
    out = np.zeros((*query.shape[:-1], value.shape[-1]), dtype)
    query, key, value = (x.astype(object) for x in (query, key, value))
    mask = None if mask is None else np.broadcast_to(mask, exps.shape)

    def score(place: tuple[int, ...], head: tuple[int, ...], j: int) -> Any:
        distance = j - (offset + place[-1])  # how far ahead the key is
        hidden = is_causal and distance > 0
        hidden |= window is not None and abs(distance) >= window
        number = scale * sum(q * k for q, k in zip(query[place], key[head][j], strict=True))
        if mask is None or hidden:
            return -math.inf if hidden else number
        if mask.dtype == bool:
            return number if mask[place][j] else -math.inf
        return number + float(mask[place][j])

    for place in np.ndindex(exps.shape[:-1]):
        *texts, query_head, _ = place
        head = *texts, query_head * key.shape[-3] // query.shape[-3]
        scores = [score(place, head, j) for j in range(keys)]
        if greatest(scores) == -math.inf:
            continue  # it sees no key
        exps[place] = exponentials(scores)
        inverse[place] = 1 / sum(exps[place].tolist())
        with np.errstate(all="ignore"):
            for j in range(keys):
                weight = exps[place][j] * inverse[place] * (1 if keep is None else keep[place][j])
                out[place] += weight * value[head][j].astype(dtype)
    return out.astype(given, copy=False), (exps, inverse, out)


naive_attend.rule = attend.default.rule  # it keeps the same
