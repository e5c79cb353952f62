"""Attention of a few heads at a time, and of each a few queries, so that scores stay in the cache.

The kernel and the rule are those that module 13 ships; what is new is how much they are given. A
block of queries is given no keys that are hidden from all of it. Under a causal mask that is nearly
half of the work, and of what is kept. (So a value of inf that is hidden from a whole block does no
harm here, while in the usual kernel 0 times inf is nan.)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tinytorch.acceleration.threads import PRODUCTS, Result, workers
from tinytorch.acceleration.tiers import implementation
from tinytorch.attention.attend import attend
from tinytorch.autograd import defvjp_joint

BLOCK = 2**18  # scores
LEAST = 2**15  # of all, from where on it is worth to cut them
QUERIES = 64  # of a block, at least
CUTS = 8  # of all queries, at most, for the sake of keys that are not seen


class Block(NamedTuple):
    """What is worked on at once: a part of each dimension."""

    texts: slice
    key_heads: slice
    query_heads: slice
    queries: slice
    keys: slice

    def places(self, query: Any, key: Any, _value: Any, mask: Any, keep: Any) -> list[Any]:
        """Where its parts of all inputs are; those of queries are those of the results, too."""
        of_queries = self.texts, self.query_heads, self.queries
        of_keys = self.texts, self.key_heads, self.keys
        whole = *query.shape[:-1], key.shape[-2]

        def of_scores(scores: Any) -> tuple[slice, ...]:
            """Of a mask some dimensions may be missing, or have length 1 for all."""
            own = np.shape(scores)
            parts = zip(own, whole[4 - len(own) :], (*of_queries, self.keys)[4 - len(own) :])
            return tuple(slice(None) if n == 1 != full else part for n, full, part in parts)

        return [of_queries, of_keys, of_keys, of_scores(mask), of_scores(keep)]


@implementation("fast", attend)
def fast_attend(
    query: Any, key: Any, value: Any, mask: Any = None, keep: Any = None, **settings: Any
) -> Any:
    """See `attend`; it saves what that does, for each block."""
    inputs = query, key, value, mask, keep
    if not _fits(query, key, mask):
        return attend.default.kernel(*inputs, **settings)
    out = np.empty((*query.shape[:-1], value.shape[-1]), query.dtype)

    def attended(block: Block) -> tuple[Block, Any]:
        places = block.places(*inputs)
        moved = _moved(settings, block)
        part, (exps, inverse, _) = attend.default.kernel(*_parts(inputs, places), **moved)
        out[places[0]] = part
        return block, (exps, inverse, out[places[0]])

    blocks = _blocks(query, key, settings)
    return out, _each(lambda i: [attended(block) for block in blocks[i]], len(blocks), inputs)


def _fast_attend_vjp(
    g: Any, saved: Any, *inputs: Any, needs: tuple[bool, ...], **settings: Any
) -> Any:
    """The rule of `attend`, for each block; what several blocks have a part in is added up."""
    rule = attend.default.rule.joint
    if not isinstance(saved, list):
        return rule(g, saved, *inputs, needs=needs, **settings)
    gradients = [np.zeros(x.shape, x.dtype) if need else None for x, need in zip(inputs, needs)]

    def back(i: int) -> None:
        for block, kept in saved[i]:
            places = block.places(*inputs)
            moved, parts = _moved(settings, block), _parts(inputs, places)
            found = rule(g[places[0]], kept, *parts, needs=needs, **moved)
            for gradient, place, part in zip(gradients, places, found):
                if gradient is not None:
                    gradient[place] += part

    _each(back, len(saved), inputs)
    return gradients


defvjp_joint(fast_attend, _fast_attend_vjp)


def _fits(query: Any, key: Any, mask: Any) -> bool:
    """Whether there are texts, heads and enough scores; a mask of numbers may want a gradient."""
    return (
        query.ndim == 4
        and query.dtype.char in "fd"
        and (mask is None or mask.dtype == bool)
        and math.prod(query.shape[:-1]) * key.shape[-2] >= LEAST
    )


def _blocks(query: Any, key: Any, settings: dict[str, Any]) -> list[list[Block]]:
    """All blocks; a list for each part of texts and heads, which have gradients in common."""
    (texts, heads, queries, _), (_, key_heads, keys, _) = query.shape, key.shape
    sharing = heads // key_heads
    step = max(QUERIES, min(queries, BLOCK // max(1, sharing * keys)))
    if settings["is_causal"] or settings["window"] is not None:
        step = max(QUERIES, min(step, queries // CUTS))
    sharers = 1 if workers.alone else workers.count
    # So many heads, of one text or of several, whose blocks fill the cache or are a thread's share.
    size = max(1, sharing * min(step, queries) * keys)
    count = max(1, min(BLOCK // size, -(-texts * key_heads // sharers)))
    return [
        [
            Block(
                texts=some,
                key_heads=few,
                query_heads=slice(few.start * sharing, few.stop * sharing),
                queries=at,
                keys=_seen(at, keys, settings),
            )
            for at in _cut(queries, step)
        ]
        for some in _cut(texts, max(1, count // key_heads))
        for few in _cut(key_heads, count)
    ]


def _cut(length: int, step: int) -> list[slice]:
    return [slice(start, min(start + step, length)) for start in range(0, length, step)]


def _seen(queries: slice, keys: int, settings: dict[str, Any]) -> slice:
    """The keys that any of some queries can see."""
    offset, window = settings["offset"], settings["window"]
    start = 0 if window is None else offset + queries.start - window + 1
    stop = keys
    if settings["is_causal"]:
        stop = offset + queries.stop
    elif window is not None:
        stop = offset + queries.stop + window - 1
    stop = max(0, min(stop, keys))
    return slice(max(0, min(start, stop)), stop)


def _parts(inputs: tuple[Any, ...], places: list[Any]) -> list[Any]:
    return [None if x is None else x[place] for x, place in zip(inputs, places, strict=True)]


def _moved(settings: dict[str, Any], block: Block) -> dict[str, Any]:
    """Where a block's first query stands among its keys, and all other settings."""
    return {**settings, "offset": settings["offset"] + block.queries.start - block.keys.start}


def _each(work: Callable[[int], Result], count: int, inputs: tuple[Any, ...]) -> list[Result]:
    """Call `work` with the number of each list of blocks, on several threads."""
    query, _, value, *_ = inputs
    products = math.prod(query.shape) * value.shape[-2] * 2 // max(1, count)
    return workers.blocks(lambda at: work(at.start), count, 1, PRODUCTS // max(1, products))
