"""Llama in a folder: its names are ours, but for a prefix."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from tinytorch.embeddings import (
    LinearScaling,
    Llama3Scaling,
    RotaryScaling,
    YaRNScaling,
)
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

_PREFIX = "model."
_ANGLES = re.compile(r"layers\.\d+\.self_attn\.rotary_emb\.inv_freq")  # old files have them
_FIXED = {
    "hidden_act": "silu",
    "attention_bias": False,
    "attention_dropout": 0.0,
    "mlp_bias": False,
}
_SCALINGS: dict[str, type[RotaryScaling]] = {
    "linear": LinearScaling,
    "llama3": Llama3Scaling,
    "yarn": YaRNScaling,
}
_RENAMED = {"original_max_position_embeddings": "original_max_positions"}


def read_sizes(folder: PathLike, names: list[str]) -> dict[str, Any]:
    """Those of `config.json`'s settings that have one of the names, and what turns positions.

    Raises:
        ValueError: for positions that are turned in a way that is not supported, or in two.
    """
    config = read_config(folder, "llama", _FIXED)
    at = f"from_pretrained: {Path(folder, 'config.json')}"
    sizes = {name: config[name] for name in names if name in config}
    # Since version 5 transformers writes the first, with theta in it; it still reads the second.
    given = [name for name in ("rope_parameters", "rope_scaling") if config.get(name)]
    said = [_positions(at, name, config[name], config) for name in given]
    if len(said) == 2 and said[0] != said[1]:
        raise ValueError(
            f"{at}: rope_parameters is {config['rope_parameters']!r} and rope_scaling "
            f"{config['rope_scaling']!r}, expected one of them, or the same twice"
        )
    return sizes | (said[0] if said else _positions(at, "rope_parameters", {}, config))


def read_state(folder: PathLike, tied: bool) -> dict[str, Tensor]:
    """The state of a `Llama`, by its own names.

    Raises:
        ValueError: if it is tied, and the last layer has weights of its own.
    """
    tensors = read_tensors(folder, _PREFIX)
    state = {name: tensor for name, tensor in tensors.items() if not _ANGLES.fullmatch(name)}
    if tied:
        tie(state, "embed_tokens.weight", folder)
    return state


def write(
    folder: PathLike,
    sizes: Mapping[str, Any],
    state: Mapping[str, Tensor],
    tokenizer: BPETokenizer | None,
) -> None:
    """Write a `Llama`'s sizes and state as transformers does, and its tokenizer."""
    sizes = dict(sizes)
    rope = {"rope_theta": sizes.pop("rope_theta"), "rope_type": "default"}
    if sizes["tie_word_embeddings"]:
        check_tied(state, "embed_tokens.weight")
    scaling = sizes.pop("rope_scaling")
    if scaling is not None:
        rope |= _written(scaling)
    config = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], **sizes, **_FIXED}
    tensors = {
        name if name == "lm_head.weight" else _PREFIX + name: tensor
        for name, tensor in state.items()
        if not (name == "lm_head.weight" and sizes["tie_word_embeddings"])
    }
    write_folder(folder, {**config, "rope_parameters": rope}, tensors, tokenizer)


def _positions(at: str, name: str, rope: Any, config: Mapping[str, Any]) -> dict[str, Any]:
    """The sizes that one of `config.json`'s settings of positions says."""
    if not isinstance(rope, dict):
        raise ValueError(f"{at}: {name} is {rope!r}, expected an object")
    settings = {"rope_theta": 10000.0, "partial_rotary_factor": 1.0}
    settings |= {each: config[each] for each in settings if each in config} | rope
    theta, share = settings.pop("rope_theta"), settings.pop("partial_rotary_factor")
    if share != 1:
        raise ValueError(
            f"{at}: partial_rotary_factor is {share!r}, expected 1: no other is supported"
        )
    return {"rope_theta": theta, "rope_scaling": _scaling(at, settings)}


def _scaling(at: str, settings: dict[str, Any]) -> RotaryScaling | None:
    older = settings.pop("type", "default")
    kind = settings.pop("rope_type", older)
    if kind == "default":
        said = [f"{name} {value!r}" for name, value in settings.items() if value is not None]
        if older != kind:
            said.append(f"type {older!r}")
        if said:
            raise ValueError(
                f"{at}: rope_type is 'default' with {', '.join(said)}, expected nothing that "
                "scales positions beside it, or another rope_type"
            )
        return None
    if not isinstance(kind, str) or kind not in _SCALINGS:
        raise ValueError(f"{at}: rope_type is {kind!r}, expected default, {', '.join(_SCALINGS)}")
    try:
        return _SCALINGS[kind](**{_RENAMED.get(name, name): settings[name] for name in settings})
    except (TypeError, ValueError) as error:
        raise ValueError(f"{at}: {kind} scaling of positions: {error}") from None


def _written(scaling: RotaryScaling) -> dict[str, Any]:
    for kind, found in _SCALINGS.items():
        if type(scaling) is found:
            back = {ours: theirs for theirs, ours in _RENAMED.items()}
            values = ((field.name, getattr(scaling, field.name)) for field in fields(scaling))
            return {"rope_type": kind} | {
                back.get(name, name): value for name, value in values if value is not None
            }
    raise ValueError(
        f"save_pretrained: rope_scaling is {type(scaling).__name__}, which the files have no name "
        f"for, expected None or one of {', '.join(kind.__name__ for kind in _SCALINGS.values())}"
    )
