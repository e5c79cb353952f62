"""A token for each word: short sequences, a large vocabulary, and words that it does not know."""

from __future__ import annotations

import reprlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tinytorch.tokenization.splitting import GPT2_PATTERN, Splitter
from tinytorch.tokenization.tokenizer import Tokenizer, check_text, each_text, tokens_of


class WordTokenizer(Tokenizer):
    """A tokenizer whose tokens are the pieces that a pattern cuts a text into.

    With GPT-2's pattern a word has the space before it, so that pieces are joined by nothing.

    Args:
        words: each of them once; their places are their ids.
        pattern: a regular expression that matches all of a text, piece by piece.
        unknown: what stands for every word that is not among them; its id is the last.

    Attributes:
        words: as given, in a list.
        pattern: as given.
        unknown: as given.
        special_tokens: the id of the unknown token by its name, if there is one.

    Raises:
        TypeError: if the words are no sequence of str, or the unknown token is no str.
        ValueError: if one is there twice, is empty, or has a lone surrogate; if the pattern is no
            regular expression, or has groups.

    Example:
        >>> tokenizer = WordTokenizer.train("to be or not to be", unknown="<unknown>")
        >>> tokenizer.words
        [' be', ' not', ' or', ' to', 'to']
        >>> tokenizer.encode("to see or not")
        [4, 5, 2, 1]
        >>> tokenizer.decode([4, 5, 2, 1])
        'to<unknown> or not'
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        pattern: str = GPT2_PATTERN,
        unknown: str | None = None,
    ) -> None:
        if isinstance(words, str) or not isinstance(words, Sequence):
            raise TypeError(
                f"WordTokenizer: words is of type {type(words).__name__}, expected a list, whose "
                "order gives the ids: WordTokenizer.train takes a text"
            )
        self.words = list(words)
        self.pattern = pattern
        self.unknown = unknown
        self._split = Splitter(pattern)
        ids: dict[str, int] = {}
        for place, word in enumerate(self.words if unknown is None else [*self.words, unknown]):
            name = f"words[{place}]" if place < len(self.words) else "unknown"
            if not check_text("WordTokenizer", word, name):
                raise ValueError(f"WordTokenizer: {name} is empty, expected some text")
            first = ids.setdefault(word, place)
            if first != place:
                mend = ": call it what no word is, such as '<unknown>'" if name == "unknown" else ""
                raise ValueError(
                    f"WordTokenizer: {name} is {word!r}, and so is words[{first}], expected each "
                    f"of them once{mend}"
                )
        self._tokens = {i: word.encode() for word, i in ids.items()}
        # What a text writes is never the unknown token, even if it is its name.
        self.special_tokens: Mapping[str, int] = (
            {} if unknown is None else {unknown: ids.pop(unknown)}
        )
        self._ids = ids

    @classmethod
    def train(
        cls,
        text: str | Iterable[str],
        vocab_size: int | None = None,
        *,
        pattern: str = GPT2_PATTERN,
        unknown: str | None = None,
    ) -> WordTokenizer:
        """Take the words of a text, the most frequent first.

        Of words that occur equally often, those come first that are sorted first.

        Args:
            text: one text, or several.
            vocab_size: how many tokens there are at most, the unknown one among them; by default
                there is one for every word.
            pattern: cuts the text into words.
            unknown: what stands for words that are not among them.

        Raises:
            TypeError: if an argument is of another kind.
            ValueError: if `vocab_size` is less than 1, the text has a lone surrogate, the pattern
                leaves a part of it out, or the unknown token has the name of one of its words.

        Example:
            >>> WordTokenizer.train("to be or not to be", 3, unknown="<unknown>").words
            [' be', ' not']
        """
        if vocab_size is not None:
            if isinstance(vocab_size, bool) or not isinstance(vocab_size, int):
                raise TypeError(
                    f"WordTokenizer.train: vocab_size is {vocab_size!r}, expected an int or None"
                )
            if vocab_size < 1:
                raise ValueError(
                    f"WordTokenizer.train: vocab_size is {vocab_size}, expected at least 1"
                )
        split = Splitter(pattern)
        counts: Counter[str] = Counter()
        for each in each_text("WordTokenizer.train", text):
            counts.update(filter(None, split(each)))  # a pattern may match nothing, too
        words = sorted(counts, key=lambda word: (-counts[word], word))
        if vocab_size is not None:
            words = words[: vocab_size - (unknown is not None)]
        return cls(words, pattern=pattern, unknown=unknown)

    @property
    def vocab_size(self) -> int:
        """How many words there are, and the unknown token."""
        return len(self._tokens)

    def encode(self, text: str) -> list[int]:
        """The id of each word, or that of the unknown token.

        Raises:
            TypeError: if the text is not a str.
            ValueError: for a word that is not in the vocabulary, with its place, if there is no
                unknown token; or if the text has a lone surrogate, which UTF-8 cannot hold.
        """
        words = list(filter(None, self._split(check_text("encode", text))))
        if self.unknown is not None:
            unknown = self.special_tokens[self.unknown]
            return [self._ids.get(word, unknown) for word in words]
        try:
            return list(map(self._ids.__getitem__, words))
        except KeyError as error:
            missing = error.args[0]
        place = sum(map(len, words[: words.index(missing)]))
        raise ValueError(
            f"encode: text has the word {missing!r} at {place}, which is not in the vocabulary, "
            f"expected some of its {self.vocab_size} words: make the tokenizer with "
            "unknown='<unknown>', or use a BPETokenizer, which knows every word"
        )

    def decode_tokens_bytes(self, ids: Iterable[int]) -> list[bytes]:
        """The words in UTF-8; of the unknown token, its name.

        Args:
            ids: integers, also as a tensor or array of one dimension.

        Raises:
            IndexError: for an id that no word has.
            TypeError: if they are no integers.
        """
        return tokens_of(ids, self._tokens)

    def __eq__(self, other: object) -> bool:
        """Whether both have the same words in the same order, and cut alike."""
        if not isinstance(other, WordTokenizer):
            return NotImplemented
        return all(
            getattr(self, name) == getattr(other, name) for name in ("words", "pattern", "unknown")
        )

    def __repr__(self) -> str:
        return (
            f"WordTokenizer(vocab_size={self.vocab_size}, words={reprlib.repr(self.words)}, "
            f"unknown={self.unknown!r})"
        )
