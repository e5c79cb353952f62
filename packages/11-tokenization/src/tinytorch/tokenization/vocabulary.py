"""Whether a vocabulary and its merges make sense together; both by ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tinytorch.tokenization.training import Pair


def tokens_by_id(
    vocabulary: Mapping[bytes, int], special_tokens: Mapping[str, int]
) -> dict[int, bytes]:
    """The tokens by their ids, special ones among them.

    Raises:
        TypeError: if a token is not bytes, or an id not an int.
        ValueError: if a byte has no token, or two tokens have one id.
    """
    tokens: dict[int, bytes] = {}
    for token, number in vocabulary.items():
        if not isinstance(token, bytes):
            raise TypeError(f"vocabulary has the token {token!r}, expected bytes")
        if isinstance(number, bool) or not isinstance(number, int):
            raise TypeError(f"vocabulary: token {token!r} has the id {number!r}, expected an int")
        if not token:
            raise ValueError("vocabulary has an empty token, expected at least one byte")
        if number < 0:
            raise ValueError(f"vocabulary: token {token!r} has the id {number}, expected 0 or more")
        if number in tokens:
            raise ValueError(
                f"vocabulary: tokens {tokens[number]!r} and {token!r} both have the id {number}"
            )
        tokens[number] = token
    missing = [byte for byte in range(256) if bytes([byte]) not in vocabulary]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ValueError(
            f"vocabulary has no token for the byte 0x{missing[0]:02x}{more}, expected one for each "
            "of the 256"
        )
    for name, number in special_tokens.items():
        if number in tokens:
            raise ValueError(
                f"special_tokens: {name!r} has the id {number}, which is that of {tokens[number]!r}"
            )
        tokens[number] = name.encode()
    return tokens


def merges_by_id(
    vocabulary: Mapping[bytes, int], merges: Sequence[tuple[bytes, bytes]]
) -> dict[Pair, tuple[int, int]]:
    """Each pair's number, from 0 on, and the id of the token that it becomes.

    Raises:
        TypeError: if a merge is no pair of bytes.
        ValueError: if a merge has or makes what is no token, or is there twice.
    """
    found: dict[Pair, tuple[int, int]] = {}
    for number, merge in enumerate(merges):
        if not isinstance(merge, tuple) or [*map(type, merge)] != [bytes, bytes]:
            raise TypeError(
                f"merges has {merge!r} at {number}, expected a tuple of two tokens, both bytes"
            )
        left, right = merge
        for token in (left, right, left + right):
            if token not in vocabulary:
                raise ValueError(
                    f"merges: {(left, right)!r} at {number} has or makes {token!r}, which is not "
                    "in the vocabulary"
                )
        pair = vocabulary[left], vocabulary[right]
        if pair in found:
            raise ValueError(f"merges has {(left, right)!r} at {found[pair][0]} and at {number}")
        found[pair] = number, vocabulary[left + right]
    return found
