"""Byte-level byte-pair encoding: tokens are the bytes, and what was often seen side by side."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from tinytorch.tokenization.byte_alphabet import ORDER, TOKENS
from tinytorch.tokenization.pieces import Pieces
from tinytorch.tokenization.special import Chosen, SpecialTokens
from tinytorch.tokenization.splitting import GPT2_PATTERN, Splitter
from tinytorch.tokenization.tokenizer import Tokenizer, check_text, tokens_of
from tinytorch.tokenization.training import count_pieces, learn_merges
from tinytorch.tokenization.vocabulary import merges_by_id, tokens_by_id

_STATE = "vocabulary", "merges", "pattern", "special_tokens", "ignore_merges"


class BPETokenizer(Tokenizer):
    """A tokenizer that has a token for every byte, and longer ones for what is frequent.

    A pattern cuts the text into pieces; a piece starts as the tokens of its UTF-8 bytes, and then
    neighbours are merged, those whose merge was learned first before all others. Nothing is
    unknown to it, and `decode` gives back every text. Make one by `BPETokenizer.train`, or read
    one: `load_gpt2`, `load_tiktoken`, `load_tokenizer_json`.

    Args:
        vocabulary: the ids of the tokens by their bytes; all 256 single bytes are among them.
        merges: pairs of tokens, in the order in which they were learned. What two of them are
            joined is a token too.
        pattern: a regular expression that matches all of a text, piece by piece.
        special_tokens: the ids of special tokens by their names.
        ignore_merges: whether a piece that is a token as a whole is that token, even where merges
            would not lead to it.

    Attributes:
        vocabulary: as given.
        merges: as given.
        pattern: as given.
        special_tokens: as given.
        ignore_merges: as given.

    Raises:
        TypeError: if tokens are not bytes, ids not ints, or merges not pairs of tokens.
        ValueError: if bytes are missing from it, if two tokens have one id, or a merge one that
            does not exist.

    Example:
        >>> tokenizer = BPETokenizer.train("low lower lowest", vocab_size=260)
        >>> tokenizer.encode("lowest low")
        [257, 68, 82, 83, 258]
        >>> tokenizer.decode_tokens_bytes([257, 68, 82, 83, 258])
        [b'low', b'e', b's', b't', b' low']
        >>> tokenizer.decode(tokenizer.encode("日本 too"))
        '日本 too'
    """

    def __init__(
        self,
        vocabulary: Mapping[bytes, int],
        merges: Iterable[tuple[bytes, bytes]],
        *,
        pattern: str = GPT2_PATTERN,
        special_tokens: Mapping[str, int] | None = None,
        ignore_merges: bool = False,
    ) -> None:
        self.special_tokens: SpecialTokens = SpecialTokens(special_tokens or {})
        if not isinstance(vocabulary, Mapping):
            raise TypeError(
                f"BPETokenizer: vocabulary is of type {type(vocabulary).__name__}, expected a "
                "dictionary of ids by tokens"
            )
        self.vocabulary = dict(vocabulary)
        self.merges = list(merges)
        self.pattern = pattern
        self.ignore_merges = ignore_merges
        self._split = Splitter(pattern)
        self._tokens = tokens_by_id(self.vocabulary, self.special_tokens)
        self._vocab_size = max(self._tokens) + 1
        self._pieces = Pieces(
            [self.vocabulary[bytes([byte])] for byte in range(256)],
            merges_by_id(self.vocabulary, self.merges),
            self.vocabulary if ignore_merges else {},
        )

    @classmethod
    def train(
        cls,
        text: str | Iterable[str],
        vocab_size: int,
        *,
        pattern: str = GPT2_PATTERN,
        special_tokens: Iterable[str] = (),
        min_count: int = 1,
    ) -> BPETokenizer:
        """Learn which tokens to have from a text.

        From the bytes on, the pair of neighbouring tokens that occurs most often in the text
        becomes the next token. Of several such, it is the pair with the smaller left id, then that
        with the smaller right one, so the same text always gives the same tokens.

        The bytes have the ids 0 to 255, in the order of GPT-2's vocabulary (0 is `!`); then come
        the merged ones, then the special ones. Where special tokens stand in the text they are cut
        out, and no token is learned across them.

        Args:
            text: one text, or several.
            vocab_size: how many tokens there are in the end, bytes and special ones among them.
                There are fewer if the text has not enough pairs.
            pattern: cuts the text into the pieces that no token crosses.
            special_tokens: their names.
            min_count: how often a pair must occur to become a token.

        Raises:
            TypeError: if an argument is of another kind.
            ValueError: if the vocabulary has no room for the bytes and the special tokens.

        Source:
            Radford et al., "Language models are unsupervised multitask learners", 2019, for bytes;
            Sennrich, Haddow and Birch, 2016, https://arxiv.org/abs/1508.07909, for the merges.

        Example:
            >>> BPETokenizer.train("low lower lowest", 259).merges
            [(b'l', b'o'), (b'lo', b'w'), (b' ', b'low')]
        """
        specials = _names(special_tokens)
        least = len(ORDER) + len(specials)
        vocab_size = _integer("vocab_size", vocab_size)
        min_count = _integer("min_count", min_count)
        if vocab_size < least:
            raise ValueError(
                f"BPETokenizer.train: vocab_size is {vocab_size}, expected at least {least}: 256 "
                f"bytes and {len(specials)} special tokens"
            )
        if min_count < 1:
            raise ValueError(f"BPETokenizer.train: min_count is {min_count}, expected at least 1")
        marks = SpecialTokens({name: number for number, name in enumerate(specials)})
        counts = count_pieces(text, Splitter(pattern), marks)
        words = {tuple([TOKENS[byte] for byte in piece]): n for piece, n in counts.items()}
        pairs = learn_merges(words, len(ORDER), vocab_size - least, min_count)
        tokens = [bytes([byte]) for byte in ORDER]
        merges = []
        for left, right in pairs:
            merges.append((tokens[left], tokens[right]))
            tokens.append(tokens[left] + tokens[right])
        return cls(
            {token: i for i, token in enumerate(tokens)},
            merges,
            pattern=pattern,
            special_tokens={name: i for i, name in enumerate(specials, len(tokens))},
        )

    @property
    def vocab_size(self) -> int:
        """One more than the greatest id, special tokens' among them."""
        return self._vocab_size

    def encode(
        self, text: str, *, allowed_special: Chosen = (), disallowed_special: Chosen = "all"
    ) -> list[int]:
        """The ids of a text.

        Args:
            text: any.
            allowed_special: special tokens that are taken as such where their names stand in the
                text, or `all`.
            disallowed_special: those that are an error there; by default all that are not allowed.
                With `()`, what is not allowed is text like any other.

        Raises:
            TypeError: if the text is not a str.
            ValueError: if a special token that is disallowed is in it, if there is no special
                token of a name, or if it has a lone surrogate, which UTF-8 cannot hold.

        Source:
            The arguments are tiktoken's, https://github.com/openai/tiktoken.

        Example:
            >>> tokenizer = BPETokenizer.train("ha ha", 257, special_tokens=["<|end|>"])
            >>> tokenizer.encode("ha<|end|>", allowed_special="all")
            [71, 64, 256]
            >>> tokenizer.encode("ha<|end|>")  # doctest: +ELLIPSIS
            Traceback (most recent call last):
            ValueError: encode: text has the special token '<|end|>' at 2, which is not allowed: ...
        """
        parts = self.special_tokens.cut(
            check_text("encode", text), allowed_special, disallowed_special
        )
        ids: list[int] = []
        for part in parts:
            if isinstance(part, int):
                ids.append(part)
            else:
                ids += self.encode_ordinary(part)
        return ids

    def encode_ordinary(self, text: str) -> list[int]:
        """The ids of a text in which nothing is special.

        Raises:
            TypeError: if the text is not a str.
            ValueError: if it has a lone surrogate, which UTF-8 cannot hold.
        """
        pieces = self._split(check_text("encode", text))
        return list(chain.from_iterable(map(self._pieces.__getitem__, pieces)))

    def encode_bytes(self, data: bytes) -> list[int]:
        """The ids of bytes, which need not be UTF-8, and in which nothing is special.

        Up to the first byte that is not UTF-8 they are cut as text. From the start of the last
        piece before it on, they are one piece. That is tiktoken's rule; so is that white space
        before this last piece, if it starts with a token of white space, belongs to it.

        Args:
            data: any bytes.

        Raises:
            TypeError: if they are no bytes.
        """
        if not isinstance(data, bytes | bytearray):
            raise TypeError(f"encode_bytes: data is of type {type(data).__name__}, expected bytes")
        data = bytes(data)
        try:
            return self.encode_ordinary(data.decode())
        except UnicodeDecodeError as error:
            pieces = self._split(data[: error.start].decode())
            rest = data[error.start :]
        last = self._pieces[pieces.pop()] if pieces else []
        ids = list(chain.from_iterable(map(self._pieces.__getitem__, pieces)))
        end = len(ids)
        if last and self._is_blank(last[0]):
            while end and self._is_blank(ids[end - 1]):
                end -= 1
        last = ids[end:] + last
        return ids[:end] + self._pieces.encode(self.decode_bytes(last) + rest)

    def decode_tokens_bytes(self, ids: Iterable[int]) -> list[bytes]:
        """The bytes of each token; of special tokens, their names'.

        Args:
            ids: integers, also as a tensor or array of one dimension.

        Raises:
            IndexError: for an id that no token has.
            TypeError: if they are no integers.
        """
        return tokens_of(ids, self._tokens)

    def __eq__(self, other: object) -> bool:
        """Whether both have the same tokens and merges, and cut alike."""
        if not isinstance(other, BPETokenizer):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _STATE)

    def __repr__(self) -> str:
        return (
            f"BPETokenizer(vocab_size={self.vocab_size}, merges={len(self.merges)}, "
            f"special_tokens={self.special_tokens})"
        )

    def _is_blank(self, token: int) -> bool:
        return not self._tokens[token].strip(b" \n\t")


def _names(special_tokens: Iterable[str]) -> list[str]:
    """The names of special tokens, or an error if they are none, or one text."""
    if isinstance(special_tokens, str) or not isinstance(special_tokens, Iterable):
        raise TypeError(
            f"BPETokenizer.train: special_tokens is {special_tokens!r}, expected a list of names"
        )
    return list(dict.fromkeys(special_tokens))


def _integer(name: str, value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"BPETokenizer.train: {name} is {value!r}, expected an int")
    return operator.index(value)
