"""Special tokens: marks between texts, such as `<|endoftext|>`, that no text may write by itself.

Whoever can write a mark that a program believes in can end another's text, or speak for another.
So a tokenizer takes a special token only where it was allowed, and says so where one stands in a
text and nobody decided.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Literal

from tinytorch.tokenization.tokenizer import check_text

Chosen = Literal["all"] | Collection[str]
"""Some special tokens by name, or all of them."""


class SpecialTokens(Mapping[str, int]):
    """The special tokens of a tokenizer: their ids by their names.

    Args:
        ids: by name.

    Raises:
        TypeError: if they are no mapping, a name is not a str, or an id not an int.
        ValueError: for an empty name, a negative id, or two names of one id.
    """

    def __init__(self, ids: Mapping[str, int]) -> None:
        if not isinstance(ids, Mapping):
            raise TypeError(f"special_tokens is {ids!r}, expected a dictionary of ids by name")
        names: dict[int, str] = {}
        for name, number in ids.items():
            check_text("special_tokens", name, "a name")
            if isinstance(number, bool) or not isinstance(number, int):
                raise TypeError(f"special_tokens: {name!r} has the id {number!r}, expected an int")
            if not name:
                raise ValueError("special_tokens has an empty name, expected some text")
            if number < 0:
                raise ValueError(
                    f"special_tokens: {name!r} has the id {number}, expected 0 or more"
                )
            if number in names:
                raise ValueError(
                    f"special_tokens: {names[number]!r} and {name!r} both have the id {number}"
                )
            names[number] = name
        self._ids = dict(ids)

    def __getitem__(self, name: str) -> int:
        return self._ids[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __repr__(self) -> str:
        return repr(self._ids)

    def cut(self, text: str, allowed: Chosen, disallowed: Chosen) -> Iterator[str | int]:
        """The parts of a text: the ids of special tokens, and text in between.

        Where two of them fit at one place, the longer is taken.

        Args:
            text: any.
            allowed: those that are to be taken as tokens.
            disallowed: those that must not be in the text; `all` means all that are not allowed.

        Raises:
            ValueError: if one that is disallowed stands in the text, or there is none of a name.
        """
        takes = self._chosen("allowed_special", allowed)
        forbids = self._chosen("disallowed_special", disallowed)
        if disallowed == "all":
            forbids -= takes
        if forbids and (found := _any_of(forbids).search(text)):
            raise ValueError(
                f"encode: text has the special token {found.group()!r} at {found.start()}, which "
                "is not allowed: allow it by allowed_special={"
                f"{found.group()!r}}}, or take it for text like any other by disallowed_special=()"
            )
        if not takes:
            return iter([text])
        return self._parts(text, takes)

    def _parts(self, text: str, names: frozenset[str]) -> Iterator[str | int]:
        start = 0
        for found in _any_of(names).finditer(text):
            yield text[start : found.start()]
            yield self._ids[found.group()]
            start = found.end()
        yield text[start:]

    def _chosen(self, argument: str, chosen: Chosen) -> frozenset[str]:
        if chosen == "all":
            return frozenset(self._ids)
        if isinstance(chosen, str) or not isinstance(chosen, Collection):
            raise TypeError(
                f"encode: {argument} is {chosen!r}, expected 'all' or a set of special tokens"
            )
        for name in chosen:
            if name not in self._ids:
                raise ValueError(
                    f"encode: {argument} has {name!r}, expected some of the special tokens: "
                    f"{', '.join(self._ids) or 'there are none'}"
                )
        return frozenset(chosen)


@lru_cache(maxsize=64)
def _any_of(names: frozenset[str]) -> re.Pattern[str]:
    """A pattern that matches these names, the longest first."""
    ordered = sorted(names, key=lambda name: (-len(name), name))
    return re.compile("|".join(map(re.escape, ordered)))
