"""What every tokenizer can do, and how ids are looked up."""

from __future__ import annotations

import codecs
import operator
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeVar

_Token = TypeVar("_Token")


class Tokenizer(ABC):
    """Text to ids and back.

    Subclasses say how a text is cut into tokens. Ids count from 0, so that a table with
    `vocab_size` rows has one for each.

    Example:
        >>> class Letters(Tokenizer):
        ...     vocab_size = 26
        ...     def encode(self, text):
        ...         return [ord(letter) - ord("a") for letter in text]
        ...     def decode_tokens_bytes(self, ids):
        ...         return [bytes([ord("a") + i]) for i in ids]
        >>> letters = Letters()
        >>> letters.encode("cab"), letters.decode([2, 0, 1])
        ([2, 0, 1], 'cab')
    """

    special_tokens: Mapping[str, int] = MappingProxyType({})
    """The ids of tokens that are no part of a text, by their names."""

    @property
    @abstractmethod
    def vocab_size(self) -> int:
        """One more than the greatest id."""

    @abstractmethod
    def encode(self, text: str) -> list[int]:
        """The ids of a text's tokens."""

    @abstractmethod
    def decode_tokens_bytes(self, ids: Iterable[int]) -> list[bytes]:
        """The bytes of each token, in UTF-8 where a token is a whole number of characters.

        Args:
            ids: integers, also as a tensor or array of one dimension.

        Raises:
            IndexError: for an id that no token has.
            TypeError: if they are no integers.
        """

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of all tokens, one after the other; raises as `decode_tokens_bytes` does."""
        return b"".join(self.decode_tokens_bytes(ids))

    def decode(self, ids: Iterable[int], errors: str = "replace") -> str:
        """The text of ids.

        Args:
            ids: integers, also as a tensor or array of one dimension.
            errors: what to do about bytes that are not UTF-8, as `bytes.decode` takes it: by
                default each becomes U+FFFD, with `strict` they raise a UnicodeDecodeError.

        Raises:
            IndexError: for an id that no token has.
            TypeError: if they are no integers.
        """
        return self.decode_bytes(ids).decode("utf-8", errors)

    def decode_stream(self, ids: Iterable[int], errors: str = "replace") -> Iterator[str]:
        """The text of ids while they come: joined, it is what `decode` makes of all.

        A character of which a token has only some bytes comes with the token that has the last of
        them. So there may be more ids than pieces of text.

        Args:
            ids: integers, of which each is asked for when the text before it was given.
            errors: as of `decode`.

        Raises:
            IndexError: for an id that no token has; when it comes, and so is the next.
            TypeError: if they are no integers.

        Example:
            >>> from tinytorch.tokenization import BPETokenizer
            >>> tokenizer = BPETokenizer.train("low lower lowest", vocab_size=260)
            >>> ids = tokenizer.encode("low 日")
            >>> [tokenizer.decode([i]) for i in ids]
            ['low', ' ', '\ufffd', '\ufffd', '\ufffd']
            >>> list(tokenizer.decode_stream(ids))
            ['low', ' ', '日']
        """
        listed = _listed(ids)
        if not isinstance(listed, Iterable) or isinstance(ids, bytes | bytearray):
            raise _no_integers("decode", ids)
        decoder = codecs.getincrementaldecoder("utf-8")(errors)
        for place, token in enumerate(listed):
            try:
                text = decoder.decode(self.decode_bytes([token]))
            except IndexError as error:  # which speaks of a list of one
                raise IndexError(str(error).replace(" at 0 ", f" at {place} ", 1)) from None
            if text:
                yield text
        if rest := decoder.decode(b"", final=True):
            yield rest


def tokens_of(ids: Iterable[int], table: Mapping[int, _Token]) -> list[_Token]:
    """The token of each id.

    Raises:
        IndexError: for an id that no token has, with its place.
        TypeError: if they are no integers.
    """
    try:
        if isinstance(ids, bytes | bytearray):  # which are integers to Python
            raise TypeError
        numbers = list(map(operator.index, _listed(ids)))
    except TypeError:
        raise _no_integers("decode", ids) from None
    try:
        return list(map(table.__getitem__, numbers))
    except KeyError:
        place, number = next((p, n) for p, n in enumerate(numbers) if n not in table)
        raise IndexError(
            f"decode: id {number} at {place} is no token's, expected from 0 to {max(table)}"
            + (", and some of these are not in use" if len(table) <= max(table) else "")
            if table
            else f"decode: id {number} at {place} is no token's, the vocabulary is empty"
        ) from None


def check_text(function: str, text: object, name: str = "text") -> str:
    """The text, or an error if it cannot be encoded.

    Args:
        function: what the error says was called.
        text: to be looked at.
        name: the argument's.

    Raises:
        TypeError: if it is not a str.
        ValueError: if it has half of a surrogate pair, which UTF-8 cannot hold.
    """
    if not isinstance(text, str):
        mend = (
            ": decode them, or give them to BPETokenizer.encode_bytes"
            if isinstance(text, bytes | bytearray)
            else ""
        )
        raise TypeError(
            f"{function}: {name} is of type {type(text).__name__}, expected a str{mend}"
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{function}: {name} has the lone surrogate {text[error.start]!r} at {error.start}, "
            "which UTF-8 cannot hold, expected none: text.encode('utf-16', 'surrogatepass')"
            ".decode('utf-16', 'replace') replaces it"
        ) from None
    return text


def each_text(function: str, text: str | Iterable[str]) -> Iterator[str]:
    """The texts to learn from, one or several; raises as `check_text` does."""
    several = isinstance(text, Iterable) and not isinstance(text, str | bytes | bytearray)
    for each in text if several else [text]:
        yield check_text(function, each)


def _listed(ids: Iterable[int]) -> Iterable[int]:
    """A list of a tensor or an array, whose own elements may be tensors; all else as it is."""
    listed: Iterable[int] = getattr(ids, "tolist", lambda: ids)()
    return listed


def _no_integers(function: str, ids: object) -> TypeError:
    return TypeError(
        f"{function}: ids is {_shown(ids)}, expected integers: a list, or a tensor or array of one "
        "dimension"
    )


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"of type {type(value).__name__}"
