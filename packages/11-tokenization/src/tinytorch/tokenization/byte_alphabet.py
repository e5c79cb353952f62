"""A printable character for each byte, as GPT-2's files write tokens.

Bytes that Latin-1 shows as a visible character are that character; the 68 others are the
characters from U+0100 on. So " the" is written "Ġthe". The bytes' own tokens have the order of
these characters, in GPT-2's vocabulary and in those that are trained here: token 0 is "!".

(https://github.com/openai/gpt-2, encoder.py.)
"""

from __future__ import annotations

_VISIBLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
_OTHERS = [byte for byte in range(256) if byte not in _VISIBLE]

ORDER = bytes(_VISIBLE + _OTHERS)
"""All bytes, in the order of their tokens."""

TOKENS = [ORDER.index(byte) for byte in range(256)]
"""The token of each byte."""

_CHARACTERS = [*map(chr, _VISIBLE), *(chr(0x100 + n) for n in range(len(_OTHERS)))]
_WRITTEN = dict(zip(ORDER, _CHARACTERS, strict=True))
_READ = {character: byte for byte, character in _WRITTEN.items()}


def write(token: bytes) -> str:
    """A token as it stands in a file.

    Example:
        >>> write(b" the")
        'Ġthe'
    """
    return "".join(map(_WRITTEN.__getitem__, token))


def read(text: str) -> bytes:
    """The token that a file writes so.

    Raises:
        ValueError: for a character that stands for no byte.

    Example:
        >>> read("Ġthe")
        b' the'
    """
    try:
        return bytes(map(_READ.__getitem__, text))
    except KeyError as error:
        raise ValueError(
            f"token {text!r} has the character {error.args[0]!r}, which stands for no byte"
        ) from None
