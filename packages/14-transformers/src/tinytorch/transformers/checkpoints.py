"""Models in folders, as Hugging Face's transformers keeps them: sizes in `config.json`, tensors by
name in `model.safetensors`.

(https://huggingface.co/docs/transformers/main_classes/model.)
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tinytorch.layers import Module
from tinytorch.setup import replacing
from tinytorch.tensor import Tensor
from tinytorch.tokenization import BPETokenizer
from tinytorch.training import load, save
from tinytorch.transformers.tokenizer_files import check_tokenizer, end_ids, write_tokenizer

PathLike = str | os.PathLike[str]
_Config = TypeVar("_Config")
_TENSORS = "model.safetensors"
_INDEX = "model.safetensors.index.json"  # which file has which, where they are several


def read_config(folder: PathLike, model_type: str, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """What `config.json` says of a model of some type.

    Args:
        folder: of the model.
        model_type: which it must be of.
        fixed: settings that have one value here; where the file has another, that is an error.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is damaged, or of a model that is not supported.
    """
    path = Path(folder, "config.json")
    config = _read_object(path)
    if config.get("model_type") != model_type:
        raise ValueError(
            f"from_pretrained: {path}: model_type is {config.get('model_type')!r}, expected "
            f"{model_type!r}"
        )
    for name, value in fixed.items():
        if config.get(name, value) != value:
            raise ValueError(
                f"from_pretrained: {path}: {name} is {config[name]!r}, expected {value!r}: no "
                "other is supported"
            )
    return config


def configured(kind: Callable[..., _Config], sizes: Mapping[str, Any], folder: PathLike) -> _Config:
    """A config of the sizes that a folder's `config.json` has.

    Raises:
        ValueError: for one that is none, or out of range.
    """
    try:
        return kind(**sizes)
    except (TypeError, ValueError) as error:
        raise ValueError(f"from_pretrained: {Path(folder, 'config.json')}: {error}") from None


def read_tensors(folder: PathLike, prefix: str) -> dict[str, Tensor]:
    """The tensors of a folder by their names, without the prefix where they have it.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if one is damaged, or a tensor is there twice.
    """
    files = [_TENSORS]
    if not Path(folder, _TENSORS).exists() and Path(folder, _INDEX).exists():
        files = _shards(Path(folder, _INDEX))
    state: dict[str, Tensor] = {}
    for file in files:
        for name, tensor in load(Path(folder, file)).items():
            own = name.removeprefix(prefix)
            if own in state:
                raise ValueError(f"from_pretrained: {Path(folder, file)}: {own} is there twice")
            state[own] = tensor
    return state


def tie(state: dict[str, Tensor], table: str, folder: PathLike) -> None:
    """Have token vectors for the last layer's weights, which files mostly leave out.

    Raises:
        ValueError: if they have other weights there.
    """
    if table not in state:
        return
    head, vectors = state.setdefault("lm_head.weight", state[table]), state[table]
    if head.shape == vectors.shape and not np.array_equal(head.data, vectors.data, equal_nan=True):
        raise ValueError(
            f"from_pretrained: {Path(folder, _TENSORS)}: lm_head.weight differs from {table}, "
            "expected the same: the model has one tensor for both"
        )


def check_tied(state: Mapping[str, Tensor], table: str) -> None:
    """Raise unless the last layer's weights still are the token vectors, as files will have it.

    Raises:
        ValueError: if they are not.
    """
    if not np.array_equal(state["lm_head.weight"].data, state[table].data, equal_nan=True):
        raise ValueError(
            f"save_pretrained: lm_head.weight differs from {table}, expected the same: the files "
            "have one tensor for both"
        )


def fill(model: Module, tensors: Mapping[str, Tensor], folder: PathLike) -> None:
    """Put tensors into a model.

    Raises:
        ValueError: that lists all tensors that are missing, unexpected or of another shape.
    """
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise ValueError(f"from_pretrained: {Path(folder, _TENSORS)}: {error}") from None


def write_folder(
    folder: PathLike,
    config: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    tokenizer: BPETokenizer | None,
) -> None:
    """Write a model's files, and its tokenizer's, each of which is whole or not there.

    Raises:
        TypeError: if it is another kind of tokenizer.
        ValueError: if it does not fit the model, or cannot be written.
        OSError: if the files cannot be written.
    """
    if tokenizer is not None:
        check_tokenizer(tokenizer, config["vocab_size"])
        write_tokenizer(Path(folder), tokenizer)
    save(tensors, Path(folder, _TENSORS), {"format": "pt"})
    with replacing(Path(folder, "config.json")) as temporary:
        text = json.dumps({**config, **end_ids(tokenizer)}, indent=2)
        temporary.write_text(text + "\n", "utf-8")


def _shards(path: Path) -> list[str]:
    """The files, in the same folder, that an index names."""
    named = _read_object(path).get("weight_map")
    files: list[Any] = list(named.values()) if isinstance(named, dict) else [None]
    for file in files:
        if not isinstance(file, str) or Path(file).name != file:
            raise ValueError(
                f"from_pretrained: {path}: weight_map has {file!r}, expected the name of a file "
                "for each tensor"
            )
    return sorted(set(files))


def _read_object(path: Path) -> dict[str, Any]:
    """The object in a JSON file."""
    try:
        content = json.loads(path.read_bytes().decode())
    except (RecursionError, ValueError) as error:
        raise ValueError(f"from_pretrained: {path}: it is no JSON: {error}") from None
    if not isinstance(content, dict):
        raise ValueError(
            f"from_pretrained: {path}: it holds a {type(content).__name__}, expected an object"
        )
    return content
