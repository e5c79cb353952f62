"""A tokenizer beside a model, as the `AutoTokenizer` of Hugging Face's transformers reads it.

(https://huggingface.co/docs/transformers/main_classes/tokenizer.)
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from tinytorch.setup import replacing
from tinytorch.tokenization import BPETokenizer, save_gpt2, save_tokenizer_json

_END = "<|endoftext|>"  # what GPT-2 reads between two texts


# Of another tokenizer, which transformers or its like would read beside `tokenizer.json`.
_OLDER = (
    "vocab.json",
    "merges.txt",
    "special_tokens_map.json",
    "added_tokens.json",
    "tokenizer.model",
)


def end_ids(tokenizer: BPETokenizer) -> dict[str, int | None]:
    """The ids for `config.json`: of the token that stands before a text, and after it.

    None where there is no such token, or transformers would stop at one of its own choice.
    """
    end = tokenizer.special_tokens.get(_END)
    return {"bos_token_id": end, "eos_token_id": end}


def check_tokenizer(tokenizer: Any, vocab_size: int) -> None:
    """Raise unless a model has scores for all its ids.

    Raises:
        TypeError: if it is another kind of tokenizer.
        ValueError: if there are ids beyond.
    """
    if not isinstance(tokenizer, BPETokenizer):
        raise TypeError(
            f"save_pretrained: tokenizer is of type {type(tokenizer).__name__}, expected a "
            "BPETokenizer: the files have no place for another, so save the model alone, and keep "
            "what makes the tokenizer, such as the characters of a CharacterTokenizer"
        )
    if tokenizer.vocab_size > vocab_size:
        raise ValueError(
            f"save_pretrained: tokenizer has ids up to {tokenizer.vocab_size - 1}, expected them "
            f"below the model's vocab_size, which is {vocab_size}"
        )


def write_tokenizer(folder: Path, tokenizer: BPETokenizer) -> None:
    """Write `tokenizer.json` and `tokenizer_config.json`, and where it can be GPT-2's own two.

    Raises:
        ValueError: if a special token is called as another token is written.
        OSError: if the files cannot be written.
    """
    save_tokenizer_json(tokenizer, folder / "tokenizer.json")
    for name in _OLDER:
        (folder / name).unlink(missing_ok=True)
    with contextlib.suppress(ValueError):
        save_gpt2(tokenizer, folder)
    # The class that takes tokenizer.json as it is; GPT-2's would cut by its own pattern.
    config: dict[str, Any] = {"tokenizer_class": "PreTrainedTokenizerFast"}
    if _END in tokenizer.special_tokens:
        config |= {"bos_token": _END, "eos_token": _END}
    with replacing(folder / "tokenizer_config.json") as temporary:
        temporary.write_text(json.dumps(config, indent=2) + "\n", "utf-8")
