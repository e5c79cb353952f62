"""Rank files, as tiktoken has them: a line for each token, its bytes in base64 and its rank.

There are no merges in them. tiktoken merges any two neighbours that make a token, that of lowest
rank first. Of the ways to cut a token in two, at most one ever comes up: what its bytes merge to
before they are whole. So a rank file and a list of merges say the same, and each follows from the
other.

(https://github.com/openai/tiktoken.)
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path

from tinytorch.tokenization.bpe import BPETokenizer
from tinytorch.tokenization.merging import merge
from tinytorch.tokenization.training import Pair
from tinytorch.tokenization.vocabulary import tokens_by_id
from tinytorch.tokenization.written import PathLike, check_tokenizer, reading, write_text


def load_tiktoken(
    path: PathLike, *, pattern: str, special_tokens: Mapping[str, int] | None = None
) -> BPETokenizer:
    r"""Read a tokenizer from a rank file; the ranks are the ids.

    Args:
        path: of the file.
        pattern: how its model cuts texts, which the file does not tell: `GPT2_PATTERN` for
            `r50k_base`, `GPT4_PATTERN` for `cl100k_base`.
        special_tokens: the ids of its special tokens by their names; the file has none.

    Raises:
        FileNotFoundError: if it is not there.
        ValueError: if it is damaged or contradicts itself, or the pattern is no regular expression.

    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> save_tiktoken(BPETokenizer.train("low lower", 258), f"{folder.name}/low.tiktoken")
        >>> load_tiktoken(f"{folder.name}/low.tiktoken", pattern=r"\w+|\W+").merges
        [(b'l', b'o'), (b'lo', b'w')]
        >>> folder.cleanup()
    """

    def make() -> BPETokenizer:
        ranks = _read_ranks(Path(path))
        tokens_by_id(ranks, {})  # raises if they make no vocabulary
        merges = _merges(ranks)
        return BPETokenizer(
            ranks,
            merges,
            pattern=pattern,
            special_tokens=special_tokens,
            ignore_merges=len(merges) < len(ranks) - 256,  # tiktoken takes pieces that are tokens
        )

    return reading("load_tiktoken", path, make)


def save_tiktoken(tokenizer: BPETokenizer, path: PathLike) -> None:
    """Write a tokenizer as a rank file, which is whole or not there.

    It has neither the pattern nor the special tokens; `load_tiktoken` is told them again.

    Args:
        tokenizer: one whose ids count its merges, as those do that are trained here.
        path: of the file.

    Raises:
        TypeError: if it is another kind of tokenizer.
        ValueError: if ranks alone would give other merges.
        OSError: if it cannot be written.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> folder = tempfile.TemporaryDirectory()
        >>> save_tiktoken(BPETokenizer.train("low lower", 257), f"{folder.name}/low.tiktoken")
        >>> Path(folder.name, "low.tiktoken").read_text().splitlines()[-1]
        'bG8= 256'
        >>> folder.cleanup()
    """
    check_tokenizer("save_tiktoken", tokenizer)
    ranks = dict(sorted(tokenizer.vocabulary.items(), key=lambda item: item[1]))
    merges = _merges(ranks)
    if merges != tokenizer.merges:
        raise ValueError(
            "save_tiktoken: the tokenizer's merges are not those that follow from its ids, which "
            "are all that the file holds: save_tokenizer_json writes both"
        )
    if len(merges) < len(ranks) - 256 and not tokenizer.ignore_merges:
        raise ValueError(
            "save_tiktoken: the tokenizer has tokens that no merge makes, which tiktoken would "
            "take for pieces that they are, expected none: save_tokenizer_json keeps them as here"
        )
    lines = (f"{b64encode(token).decode()} {rank}\n" for token, rank in ranks.items())
    write_text(path, "".join(lines))


def _read_ranks(path: Path) -> dict[bytes, int]:
    ranks: dict[bytes, int] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line:
            continue
        try:
            text, rank = line.split()
            token = b64decode(text, validate=True)
            if not rank.isdigit():
                raise ValueError
        except (ValueError, binascii.Error):
            raise ValueError(
                f"line {number} is {line!r}, expected a token in base64, a space and its rank"
            ) from None
        if token in ranks:
            raise ValueError(f"line {number} has the token {token!r}, which an earlier one has")
        ranks[token] = int(rank)
    return ranks


def _merges(ranks: Mapping[bytes, int]) -> list[tuple[bytes, bytes]]:
    """The last two parts of each token, by rank; none of tokens that their bytes don't merge to.

    Parts are shorter than what they make, so tokens are looked at from the shortest on.
    """
    alphabet = [ranks[bytes([byte])] for byte in range(256)]
    tokens = {rank: token for token, rank in ranks.items()}
    pairs: dict[Pair, tuple[int, int]] = {}  # all that tiktoken joins to the tokens so far
    halves: dict[int, tuple[bytes, bytes]] = {}
    lengths = sorted(set(map(len, ranks)))
    for token in sorted((token for token in ranks if len(token) > 1), key=len):
        rank = ranks[token]
        parts = merge([alphabet[byte] for byte in token], pairs)
        if len(parts) == 2:
            halves[rank] = tokens[parts[0]], tokens[parts[1]]
        for i in takewhile(len(token).__gt__, lengths):
            left, right = ranks.get(token[:i]), ranks.get(token[i:])
            if left is not None and right is not None:
                pairs[left, right] = rank, rank
    return [halves[rank] for rank in sorted(halves)]
