"""Byte-pair encoding, applying: the learned merges on one piece of text.

    while neighbours can be merged:
        merge those that were learned first, and of several places the leftmost

Looking through the piece for each merge would take quadratic time, and a piece may be a million
letters long. Here the places wait in a queue, in the order in which their merges were learned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

from tinytorch.tokenization.training import NONE, Pair

Merges = Mapping[Pair, tuple[int, int]]
"""For each pair of tokens that is merged the number of its merge, and the token that it becomes."""


def merge(piece: Sequence[int], merges: Merges) -> list[int]:
    """The tokens of a piece after all merges, from those of its bytes."""
    size = len(piece) + 1
    find = merges.get
    tokens = [*piece, NONE]
    previous = list(range(-1, size))  # the neighbours of each place that holds a token
    following = list(range(1, size + 1))
    # One int for a merge's number and the place of its left token is compared quicker than two.
    queue = [
        found[0] * size + i
        for i, pair in enumerate(pairwise(piece))
        if (found := find(pair)) is not None
    ]
    heapify(queue)
    while queue:
        number, i = divmod(heappop(queue), size)
        j = following[i]
        found = find((tokens[i], tokens[j]))
        if found is None or found[0] != number:
            continue  # one of the two has become part of another token
        new = found[1]
        h, k = previous[i], following[j]
        tokens[i], tokens[j] = new, NONE
        following[i], previous[k] = k, i
        found = find((tokens[h], new))
        if found is not None:
            heappush(queue, found[0] * size + h)
        found = find((new, tokens[k]))
        if found is not None:
            heappush(queue, found[0] * size + i)
    return [token for token in tokens if token != NONE]
