r"""Cutting a text into pieces that no token crosses: words, numbers, punctuation, white space.

Without it, "dog." and "dog!" would each become a token of its own, and so would every other word
with every other sign after it. Models need the very pattern that they were trained with.
"""

from __future__ import annotations

import regex

# A piece is an English ending, or letters, numbers or other signs, each with a space before them if
# there is one, or white space. Of white space before a word, the last space belongs to the word.
GPT2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
"""How GPT-2 and GPT-3 cut. (https://github.com/openai/gpt-2, encoder.py.)"""

# What is new: endings in capitals too, any one sign before a word, at most three digits together,
# line ends together with the signs before them, all white space at the end of a text.
GPT4_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+(?![\s\S])|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""How GPT-3.5 and GPT-4 cut. (https://github.com/openai/tiktoken, cl100k_base.)"""


class Splitter:
    r"""Cuts texts into the pieces that a pattern matches, one after the other.

    Args:
        pattern: a regular expression, as `regex` reads it.

    Raises:
        ValueError: if it is none, or has groups.

    Example:
        >>> Splitter(GPT2_PATTERN)("It's 2026, and all's  well.")
        ['It', "'s", ' 2026', ',', ' and', ' all', "'s", ' ', ' well', '.']
    """

    def __init__(self, pattern: str) -> None:
        if not isinstance(pattern, str):
            raise TypeError(f"pattern is of type {type(pattern).__name__}, expected a str")
        try:
            compiled = regex.compile(pattern)
        except regex.error as error:
            raise ValueError(f"pattern is {pattern!r}, no regular expression: {error}") from None
        if compiled.groups:
            raise ValueError(
                f"pattern is {pattern!r}, which has groups, expected none: write (?:…) for (…)"
            )
        self._pattern = compiled

    def __call__(self, text: str) -> list[str]:
        """The pieces of a text, all of it.

        Raises:
            ValueError: if the pattern leaves a part of the text out.
        """
        pieces: list[str] = self._pattern.findall(text)
        if "".join(pieces) != text:
            at = 0
            for found in self._pattern.finditer(text):
                if found.start() != at:
                    break
                at = found.end()
            raise ValueError(
                rf"encode: pattern leaves out {text[at]!r} at {at} of text, expected one that "
                r"matches every character: let it end with |\s+|."
            )
        return pieces
