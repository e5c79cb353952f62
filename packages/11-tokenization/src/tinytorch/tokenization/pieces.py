"""The ids of pieces, each found out once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinytorch.tokenization.merging import Merges, merge

MOST = 1 << 16  # pieces that are kept; frequent ones are met, and kept, early
LONGEST = 32  # characters of a piece that is kept: all of them take some 60 MB at most


class Pieces(dict[str, list[int]]):
    """The ids of pieces by their text: looked up if they were seen before, else found out.

    Texts repeat their words: of 300,000 pieces in a megabyte of Shakespeare 15,000 are different.

    Args:
        alphabet: the ids of the 256 bytes.
        merges: by ids.
        whole: the ids of pieces that are not merged.
    """

    def __init__(self, alphabet: list[int], merges: Merges, whole: Mapping[bytes, int]) -> None:
        self._alphabet = alphabet
        self._merges = merges
        self._whole = whole

    def __missing__(self, piece: str) -> list[int]:
        ids = self.encode(piece.encode())
        if len(self) < MOST and len(piece) <= LONGEST:
            self[piece] = ids
        return ids

    def __reduce__(self) -> tuple[Any, ...]:
        return Pieces, (self._alphabet, self._merges, self._whole)  # pickled empty

    def encode(self, piece: bytes) -> list[int]:
        """The ids of a piece of any bytes."""
        whole = self._whole.get(piece)
        if whole is not None:
            return [whole]
        return merge([self._alphabet[byte] for byte in piece], self._merges)
