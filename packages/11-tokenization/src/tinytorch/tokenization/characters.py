"""A token for each character: the simplest tokenizer, with the smallest vocabulary."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Sequence

from tinytorch.tokenization.tokenizer import Tokenizer, check_text, each_text, tokens_of


class CharacterTokenizer(Tokenizer):
    """A tokenizer whose tokens are single characters.

    Args:
        characters: each of them once; their places are their ids.

    Attributes:
        characters: as given, in one str.

    Raises:
        TypeError: if they are neither a str nor a sequence of them.
        ValueError: if one is there twice, is not a single character, or is a lone surrogate.

    Example:
        >>> tokenizer = CharacterTokenizer.train("hello world")
        >>> tokenizer.characters
        ' dehlorw'
        >>> tokenizer.encode("hello"), tokenizer.decode([3, 2, 4, 4, 5])
        ([3, 2, 4, 4, 5], 'hello')
    """

    def __init__(self, characters: str | Sequence[str]) -> None:
        if not isinstance(characters, Sequence):
            raise TypeError(
                f"CharacterTokenizer: characters is of type {type(characters).__name__}, expected "
                "a str or a list, whose order gives the ids: sorted() makes one"
            )
        self._ids: dict[str, int] = {}
        for place, character in enumerate(characters):
            name = f"characters[{place}]"
            if len(check_text("CharacterTokenizer", character, name)) != 1:
                raise ValueError(
                    f"CharacterTokenizer: {name} is {character!r}, expected a single character: "
                    "WordTokenizer takes words"
                )
            first = self._ids.setdefault(character, place)
            if first != place:
                raise ValueError(
                    f"CharacterTokenizer: {name} is {character!r}, and so is characters[{first}], "
                    "expected each of them once: CharacterTokenizer.train takes a text"
                )
        self.characters = "".join(self._ids)
        self._tokens = {i: character.encode() for character, i in self._ids.items()}

    @classmethod
    def train(cls, text: str | Iterable[str]) -> CharacterTokenizer:
        """Take the characters of a text, in the order of their code points.

        Args:
            text: one text, or several.

        Raises:
            TypeError: if it is no text.
            ValueError: if it has a lone surrogate, which UTF-8 cannot hold.

        Example:
            >>> CharacterTokenizer.train(["to be", "or not"]).characters
            ' benort'
        """
        seen: set[str] = set()
        for each in each_text("CharacterTokenizer.train", text):
            seen.update(each)
        return cls(sorted(seen))

    @property
    def vocab_size(self) -> int:
        """How many characters there are."""
        return len(self._ids)

    def encode(self, text: str) -> list[int]:
        """The id of each character.

        Raises:
            TypeError: if the text is not a str.
            ValueError: for a character that is not in the vocabulary, with its place.
        """
        check_text("encode", text)
        try:
            return list(map(self._ids.__getitem__, text))
        except KeyError as error:
            unknown = error.args[0]
        raise ValueError(
            f"encode: text has {unknown!r} at {text.index(unknown)}, which is not in the "
            f"vocabulary, expected some of its {self.vocab_size} characters: train on a text that "
            "has it, or use a BPETokenizer, which knows every character"
        )

    def decode_tokens_bytes(self, ids: Iterable[int]) -> list[bytes]:
        """The characters in UTF-8.

        Args:
            ids: integers, also as a tensor or array of one dimension.

        Raises:
            IndexError: for an id that no character has.
            TypeError: if they are no integers.
        """
        return tokens_of(ids, self._tokens)

    def __eq__(self, other: object) -> bool:
        """Whether both have the same characters in the same order."""
        if not isinstance(other, CharacterTokenizer):
            return NotImplemented
        return self.characters == other.characters

    def __repr__(self) -> str:
        return (
            f"CharacterTokenizer(vocab_size={self.vocab_size}, "
            f"characters={reprlib.repr(self.characters)})"
        )
