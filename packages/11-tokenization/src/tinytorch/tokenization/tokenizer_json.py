"""Hugging Face's `tokenizer.json`: a tokenizer in one file, here for byte-level BPE.

The format can say more than a `BPETokenizer` can do: normalise the text, put marks around it, drop
merges at random. Whatever would change ids and is not supported is an error that names it.

(https://github.com/huggingface/tokenizers.)
"""

from __future__ import annotations

from typing import Any

from tinytorch.tokenization.bpe import BPETokenizer
from tinytorch.tokenization.byte_alphabet import read
from tinytorch.tokenization.splitting import GPT2_PATTERN
from tinytorch.tokenization.written import (
    PathLike,
    check_dictionary,
    check_list,
    read_json,
    reading,
    write_json,
    written_merges,
    written_vocabulary,
)

_BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
_OFF: dict[str, tuple[Any, ...]] = {  # settings of the model that must be off, and how that looks
    "dropout": (None, 0, 0.0),
    "unk_token": (None,),
    "continuing_subword_prefix": (None, ""),
    "end_of_word_suffix": (None, ""),
    "byte_fallback": (None, False),
}
_SPLITS = ("Isolated", False), ("Removed", True)  # the same, for a pattern that matches all


def load_tokenizer_json(path: PathLike) -> BPETokenizer:
    """Read a tokenizer from a `tokenizer.json`.

    Its added tokens become special tokens.

    Args:
        path: of the file.

    Raises:
        FileNotFoundError: if it is not there.
        ValueError: if it is damaged, contradicts itself, is of another kind than byte-level BPE,
            or needs what a `BPETokenizer` does not do.

    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> tokenizer = BPETokenizer.train("low lower", 258, special_tokens=["<|end|>"])
        >>> save_tokenizer_json(tokenizer, f"{folder.name}/tokenizer.json")
        >>> load_tokenizer_json(f"{folder.name}/tokenizer.json") == tokenizer
        True
        >>> folder.cleanup()
    """
    return reading("load_tokenizer_json", path, lambda: _tokenizer(read_json(path)))


def save_tokenizer_json(tokenizer: BPETokenizer, path: PathLike) -> None:
    """Write a tokenizer as a `tokenizer.json`, which is whole or not there.

    Args:
        tokenizer: any that is byte-level BPE.
        path: of the file.

    Raises:
        TypeError: if it is another kind of tokenizer.
        ValueError: if a special token has the name by which another is written.
        OSError: if it cannot be written.

    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = f"{folder.name}/tokenizer.json"
        >>> save_tokenizer_json(BPETokenizer.train("low lower", 258), path)
        >>> load_tokenizer_json(path).encode("low")
        [257]
        >>> folder.cleanup()
    """
    ids = written_vocabulary("save_tokenizer_json", tokenizer)
    split = {
        "type": "Split",
        "pattern": {"Regex": tokenizer.pattern},
        "behavior": "Isolated",
        "invert": False,
    }
    cut: dict[str, Any] = {**_BYTES, "use_regex": True}  # it cuts by GPT-2's pattern itself
    if tokenizer.pattern != GPT2_PATTERN:
        cut = {"type": "Sequence", "pretokenizers": [split, {**_BYTES, "use_regex": False}]}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    content = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": number, "content": name, **flags, "special": True}
            for name, number in tokenizer.special_tokens.items()
        ],
        "normalizer": None,
        "pre_tokenizer": cut,
        "post_processor": None,
        "decoder": {**_BYTES, "use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": tokenizer.ignore_merges,
            "vocab": ids,  # special tokens too: so they keep their ids wherever these are
            "merges": written_merges(tokenizer),
        },
    }
    write_json(path, content)


def _tokenizer(content: Any) -> BPETokenizer:
    content = check_dictionary("the file", content)
    model = check_dictionary("model", content.get("model"))
    if model.get("type") != "BPE":
        raise ValueError(f"model is of type {model.get('type')!r}, expected 'BPE'")
    for name, off in _OFF.items():
        if model.get(name) not in off:
            raise ValueError(f"model has {name} {model[name]!r}, which is not supported")
    for name in ("normalizer", "truncation", "padding"):
        if content.get(name) is not None:
            raise ValueError(f"there is a {name}, which is not supported, expected null")
    _check_post_processor(content.get("post_processor"))
    special_tokens = _special_tokens(content.get("added_tokens", []))
    ids = dict(check_dictionary("model's vocab", model.get("vocab")))
    for name, number in special_tokens.items():
        other = ids.pop(name, number)
        if type(other) is not int or other != number:
            raise ValueError(f"added token {name!r} has the id {number}, in the vocab {other!r}")
    ignore_merges = model.get("ignore_merges", False)
    if not isinstance(ignore_merges, bool):
        raise ValueError(f"model has ignore_merges {ignore_merges!r}, expected true or false")
    return BPETokenizer(
        {read(name): number for name, number in ids.items()},
        [_merge(entry) for entry in check_list("model's merges", model.get("merges"))],
        pattern=_pattern(content.get("pre_tokenizer")),
        special_tokens=special_tokens,
        ignore_merges=ignore_merges,
    )


def _merge(entry: Any) -> tuple[bytes, bytes]:
    """A merge, which older files write as one text with a space."""
    match entry.split(" ") if isinstance(entry, str) else entry:
        case [str(left), str(right)]:
            return read(left), read(right)
    raise ValueError(f"model's merges have {entry!r}, expected two tokens")


def _pattern(cut: Any) -> str:
    """The pattern by which the file's texts are cut before they are bytes."""
    match cut:
        case {"type": "ByteLevel", "add_prefix_space": False} if cut.get("use_regex", True):
            return GPT2_PATTERN
        case {
            "type": "Sequence",
            "pretokenizers": [
                {
                    "type": "Split",
                    "pattern": {"Regex": str(pattern)},
                    "behavior": behavior,
                    "invert": invert,
                },
                {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False},
            ],
        } if (behavior, invert) in _SPLITS:
            return pattern
    raise ValueError(
        f"pre_tokenizer is {cut!r}, expected ByteLevel, or a Sequence of a Split into what a "
        "Regex matches and ByteLevel without its own; add_prefix_space is not supported"
    )


def _check_post_processor(post_processor: Any) -> None:
    """Raise if anything is put around the ids of a text."""
    match post_processor:
        case None | {"type": "ByteLevel"}:  # which changes offsets only
            return
        case {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}}]}:  # the text only
            return
    raise ValueError(f"post_processor is {post_processor!r}, which is not supported, expected null")


def _special_tokens(added_tokens: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in check_list("added_tokens", added_tokens):
        match entry:
            case {"content": str(name), "id": int(number)} if not isinstance(number, bool):
                pass
            case _:
                raise ValueError(f"added_tokens has {entry!r}, expected content and id")
        for flag in ("single_word", "lstrip", "rstrip"):
            if entry.get(flag):
                raise ValueError(f"added token {name!r} has {flag}, which is not supported")
        if name in found:
            raise ValueError(f"added_tokens has {name!r} twice")
        found[name] = number
    return found
