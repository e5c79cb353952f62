"""GPT-2 in a folder: its names are ours, but its matrices lie the other way round, (in, out)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tinytorch.tensor import Tensor
from tinytorch.tokenization import BPETokenizer
from tinytorch.transformers.checkpoints import (
    PathLike,
    check_tied,
    read_config,
    read_tensors,
    tie,
    write_folder,
)

_PREFIX = "transformer."  # which transformers writes, and the first checkpoints had not
_MATRICES = re.compile(r"h\.\d+\..*\.c_\w+\.weight")
_MASKS = re.compile(r"h\.\d+\.attn\.(masked_)?bias")  # not learned; old files have them
_FIXED = {
    "activation_function": "gelu_new",
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "add_cross_attention": False,
    "tie_word_embeddings": True,
}


def read_sizes(folder: PathLike, names: list[str]) -> dict[str, Any]:
    """Those of `config.json`'s settings that have one of the names."""
    config = read_config(folder, "gpt2", _FIXED)
    return {name: config[name] for name in names if name in config}


def read_state(folder: PathLike) -> dict[str, Tensor]:
    """The state of a `GPT`, by its own names.

    Raises:
        ValueError: if the last layer has weights of its own.
    """
    tensors = read_tensors(folder, _PREFIX)
    state = {
        name: tensor.T if _MATRICES.fullmatch(name) and tensor.ndim == 2 else tensor
        for name, tensor in tensors.items()
        if not _MASKS.fullmatch(name)
    }
    tie(state, "wte.weight", folder)
    return state


def write(
    folder: PathLike,
    sizes: Mapping[str, Any],
    state: Mapping[str, Tensor],
    tokenizer: BPETokenizer | None,
) -> None:
    """Write a `GPT`'s sizes and state as transformers does, and its tokenizer."""
    check_tied(state, "wte.weight")
    config = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], **sizes, **_FIXED}
    tensors = {
        _PREFIX + name: tensor.T if _MATRICES.fullmatch(name) else tensor
        for name, tensor in state.items()
        if name != "lm_head.weight"  # is wte.weight
    }
    write_folder(folder, config, tensors, tokenizer)
