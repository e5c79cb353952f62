"""What the files of a tokenizer have in common: JSON, and tokens in printable characters."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from tinytorch.setup import replacing
from tinytorch.tokenization.bpe import BPETokenizer
from tinytorch.tokenization.byte_alphabet import write

PathLike = str | os.PathLike[str]
_Made = TypeVar("_Made")


def reading(function: str, path: PathLike, make: Callable[[], _Made]) -> _Made:
    """What `make` makes of a file; whatever it finds wrong names the function and the file.

    Raises:
        OSError: if the file cannot be read.
        ValueError: for all else.
    """
    try:
        return make()
    except RecursionError:
        raise ValueError(f"{function}: {os.fspath(path)}: it is nested too deeply") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{function}: {os.fspath(path)}: {error}") from error


def read_json(path: PathLike) -> Any:
    """The content of a JSON file, in which no object has a name twice.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is not JSON in UTF-8, or has a name twice.
    """
    return json.loads(Path(path).read_bytes().decode(), object_pairs_hook=_once)


def write_json(path: PathLike, content: Any) -> None:
    """Write a JSON file, which is whole or not there."""
    write_text(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def write_text(path: PathLike, text: str) -> None:
    """Write a file in UTF-8, which is whole or not there."""
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode())


def check_dictionary(name: str, value: object) -> dict[str, Any]:
    """The value, or an error if it is no JSON object."""
    if not isinstance(value, dict):
        raise ValueError(f"{name} is of type {type(value).__name__}, expected an object")
    return value


def check_list(name: str, value: object) -> list[Any]:
    """The value, or an error if it is no JSON array."""
    if not isinstance(value, list):
        raise ValueError(f"{name} is of type {type(value).__name__}, expected an array")
    return value


def check_tokenizer(function: str, tokenizer: object) -> None:
    """Raise a TypeError if it is no `BPETokenizer`."""
    if not isinstance(tokenizer, BPETokenizer):
        raise TypeError(
            f"{function}: tokenizer is of type {type(tokenizer).__name__}, expected a BPETokenizer"
        )


def written_vocabulary(function: str, tokenizer: BPETokenizer) -> dict[str, int]:
    """The ids of all tokens as files write them, special ones by their names.

    Raises:
        TypeError: if it is another kind of tokenizer.
        ValueError: if a special token has the name by which another is written.
    """
    check_tokenizer(function, tokenizer)
    found = {write(token): number for token, number in tokenizer.vocabulary.items()}
    for name, number in tokenizer.special_tokens.items():
        if name in found:
            raise ValueError(
                f"{function}: special token {name!r} has the name by which the token of id "
                f"{found[name]} is written, and the file could not tell them apart"
            )
        found[name] = number
    return dict(sorted(found.items(), key=lambda item: item[1]))


def written_merges(tokenizer: BPETokenizer) -> list[tuple[str, str]]:
    """The merges as files write them."""
    return [(write(left), write(right)) for left, right in tokenizer.merges]


def _once(pairs: Iterable[tuple[str, Any]]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {name!r} is there twice in an object")
        found[name] = value
    return found
