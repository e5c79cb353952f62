"""Byte-pair encoding, learning: which pair of neighbours becomes a token, again and again.

    while tokens are wanted:
        merge everywhere the pair of neighbouring tokens that occurs most often

Counting all pairs anew for each token would read the whole text thousands of times. Here each
different word is kept once, with how often it occurs, and a merge visits only the places where its
pair stands. What a merge does to the other counts is known on the spot: around each place, the
pairs with the old tokens become fewer, those with the new one more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from itertools import pairwise

from tinytorch.tokenization.special import SpecialTokens
from tinytorch.tokenization.splitting import Splitter
from tinytorch.tokenization.tokenizer import each_text

Pair = tuple[int, int]

NONE = -1  # between words, and where a token was that is now part of the one before it


def count_pieces(
    text: str | Iterable[str], split: Splitter, special_tokens: SpecialTokens
) -> Counter[bytes]:
    """How often each piece occurs in a text, or in several, by its bytes; no special tokens."""
    counts: Counter[str] = Counter()
    for each in each_text("BPETokenizer.train", text):
        for part in special_tokens.cut(each, "all", ()):
            if isinstance(part, str):
                counts.update(split(part))
    return Counter({piece.encode(): count for piece, count in counts.items()})


def learn_merges(
    words: Mapping[tuple[int, ...], int], first: int, wanted: int, min_count: int = 1
) -> list[Pair]:
    """The pairs to merge, in order; the k-th of them makes token `first` + k, from k = 0.

    Of pairs that occur equally often, that with the smaller left token comes first, then that with
    the smaller right one. Hugging Face's tokenizers decides the same way.

    Args:
        words: each different word, as tokens, and how often it occurs.
        first: the first new token.
        wanted: how many pairs to merge at most.
        min_count: how often a pair must occur to be merged.

    Returns:
        fewer pairs than wanted where no more occur.

    Source:
        Words with their counts: Sennrich, Haddow and Birch, 2016, https://arxiv.org/abs/1508.07909.
    """
    corpus = _Corpus(words)
    counts = corpus.counts
    # The pairs by falling count, then by their tokens. A merge makes the counts of other pairs
    # smaller, but never larger: an entry that is out of date comes up too early, and is put back.
    queue = [(-count, pair) for pair, count in counts.items()]
    heapify(queue)
    merges: list[Pair] = []
    while queue and len(merges) < wanted:
        negative, pair = heappop(queue)
        if counts[pair] != -negative:
            heappush(queue, (-counts[pair], pair))
            continue
        if counts[pair] < min_count:
            break
        for made in corpus.merge(pair, first + len(merges)):
            heappush(queue, (-counts[made], made))
        merges.append(pair)
    return merges


class _Corpus:
    """All words in one row, and where each pair of neighbours stands in it.

    Attributes:
        counts: how often each pair occurs in the text.
        places: the places of each pair's left token, ascending; some may be out of date.
    """

    def __init__(self, words: Mapping[tuple[int, ...], int]) -> None:
        self.counts: defaultdict[Pair, int] = defaultdict(int)
        self.places: defaultdict[Pair, list[int]] = defaultdict(list)
        tokens, weights = [NONE], [0]  # weights: how often the word at a place occurs
        for word, count in words.items():
            for place, pair in enumerate(pairwise(word), len(tokens)):
                self.counts[pair] += count
                self.places[pair].append(place)
            tokens += word
            tokens.append(NONE)
            weights += [count] * (len(word) + 1)
        self._tokens, self._weights = tokens, weights
        # The neighbours of each place that still holds a token.
        self._previous = list(range(-1, len(tokens) - 1))
        self._next = list(range(1, len(tokens) + 1))

    def merge(self, pair: Pair, new: int) -> list[Pair]:
        """Put a new token in the place of each occurrence of a pair, from left to right.

        Returns:
            the pairs with the new token in them.
        """
        tokens, weights, previous, following = (
            self._tokens,
            self._weights,
            self._previous,
            self._next,
        )
        counts, made = self.counts, defaultdict[Pair, list[int]](list)
        left, right = pair
        for i in self.places.pop(pair):
            j = following[i]
            if tokens[i] != left or tokens[j] != right:
                continue  # one of the two has become part of another token
            h, k, weight = previous[i], following[j], weights[i]
            before, after = tokens[h], tokens[k]
            if before != NONE:
                counts[before, left] -= weight
                counts[before, new] += weight
                made[before, new].append(h)
            if after != NONE:
                counts[right, after] -= weight
                counts[new, after] += weight
                made[new, after].append(i)
            tokens[i], tokens[j] = new, NONE
            following[i], previous[k] = k, i
        del counts[pair]
        self.places.update(made)
        return list(made)
