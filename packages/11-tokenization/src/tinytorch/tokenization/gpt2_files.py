"""The two files of GPT-2's tokenizer: `vocab.json`, tokens and ids, and `merges.txt`, in order.

(https://github.com/openai/gpt-2; Hugging Face's `transformers` reads and writes the same.)
"""

from __future__ import annotations

from pathlib import Path

from tinytorch.tokenization.bpe import BPETokenizer
from tinytorch.tokenization.byte_alphabet import ORDER, read, write
from tinytorch.tokenization.splitting import GPT2_PATTERN, Splitter
from tinytorch.tokenization.written import (
    PathLike,
    check_dictionary,
    read_json,
    reading,
    write_json,
    write_text,
    written_merges,
    written_vocabulary,
)

_VERSION = "#version: 0.2"  # the first line of merges.txt, which some files lack
_cut = Splitter(GPT2_PATTERN)


def load_gpt2(folder: PathLike) -> BPETokenizer:
    """Read a tokenizer from `vocab.json` and `merges.txt`.

    The files don't tell which tokens are special: those are, which are neither a byte nor made by
    a merge. One that a merge could have made, as the pattern does not cut it, has lost its merge,
    and is an error. The files don't tell the pattern either; it is `GPT2_PATTERN`.

    Args:
        folder: with both files.

    Raises:
        FileNotFoundError: if one is missing.
        ValueError: if one is damaged, or they contradict each other.

    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> save_gpt2(BPETokenizer.train("low lower", 258), folder.name)
        >>> load_gpt2(folder.name).merges
        [(b'l', b'o'), (b'lo', b'w')]
        >>> folder.cleanup()
    """
    merges_path, vocabulary_path = Path(folder, "merges.txt"), Path(folder, "vocab.json")
    merges = reading("load_gpt2", merges_path, lambda: _read_merges(merges_path))

    def make() -> BPETokenizer:
        ids = check_dictionary("the file", read_json(vocabulary_path))
        made = {write(left + right) for left, right in merges}
        made.update(write(bytes([byte])) for byte in ORDER)
        special_tokens = {name: number for name, number in ids.items() if name not in made}
        for name in special_tokens:
            if _is_one_piece(name):
                raise ValueError(
                    f"token {name!r} is made by no merge, expected one in merges.txt: is it whole?"
                )
        return BPETokenizer(
            {read(name): number for name, number in ids.items() if name in made},
            merges,
            special_tokens=special_tokens,
        )

    return reading("load_gpt2", vocabulary_path, make)


def save_gpt2(tokenizer: BPETokenizer, folder: PathLike) -> None:
    """Write a tokenizer as `vocab.json` and `merges.txt`, each of which is whole or not there.

    (The first may be new and the second old, if something ends the program between them.)

    Args:
        tokenizer: one that cuts by `GPT2_PATTERN`.
        folder: where to; made if it is missing.

    Raises:
        TypeError: if it is another kind of tokenizer.
        ValueError: if the files have no place for something in it.
        OSError: if they cannot be written.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> folder = tempfile.TemporaryDirectory()
        >>> save_gpt2(BPETokenizer.train("low lower", 259), folder.name)
        >>> print(Path(folder.name, "merges.txt").read_text("utf-8"))
        #version: 0.2
        l o
        lo w
        e r
        <BLANKLINE>
        >>> folder.cleanup()
    """
    ids = written_vocabulary("save_gpt2", tokenizer)
    if tokenizer.pattern != GPT2_PATTERN:
        raise ValueError(
            "save_gpt2: tokenizer cuts by another pattern than GPT2_PATTERN, which the files have "
            "no place for, expected that one: save_tokenizer_json writes any"
        )
    if tokenizer.ignore_merges:
        raise ValueError(
            "save_gpt2: tokenizer has ignore_merges, which the files have no place for, expected "
            "False: save_tokenizer_json keeps it"
        )
    for name in tokenizer.special_tokens:
        if _is_one_piece(name):
            raise ValueError(
                f"save_gpt2: special token {name!r} looks like a token that has lost its merge, "
                f"expected a name such as '<|{name}|>': save_tokenizer_json writes any"
            )
    made = {left + right for left, right in tokenizer.merges}
    for token in tokenizer.vocabulary:
        if len(token) > 1 and token not in made:
            raise ValueError(
                f"save_gpt2: token {token!r} is made by no merge, so the files would have it for a "
                "special token: save_tokenizer_json writes it as it is"
            )
    lines = [_VERSION, *(f"{left} {right}" for left, right in written_merges(tokenizer))]
    write_json(Path(folder, "vocab.json"), ids)
    write_text(Path(folder, "merges.txt"), "\n".join(lines) + "\n")


def _read_merges(path: Path) -> list[tuple[bytes, bytes]]:
    lines = path.read_bytes().decode().replace("\r\n", "\n").removesuffix("\n").split("\n")
    merges = []
    for number, line in enumerate(lines, 1):
        if number == 1 and (line.startswith("#version") or not line):
            continue
        left, space, right = line.partition(" ")
        if not (left and space and right):
            raise ValueError(f"line {number} is {line!r}, expected two tokens with a space between")
        merges.append((read(left), read(right)))
    return merges


def _is_one_piece(name: str) -> bool:
    """Whether the pattern leaves a token whole, as it does all that merges make."""
    try:
        return len(_cut(read(name).decode())) == 1
    except UnicodeDecodeError:
        return True  # a part of a character, which no name is
    except ValueError:
        return False  # it has characters that stand for no byte
