"""Models in folders, as Hugging Face's transformers keeps them: sizes in `config.json`, tensors by
name in `model.safetensors`.

(https://huggingface.co/docs/transformers/main_classes/model.)
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tinytorch.layers import Module
from tinytorch.setup import replacing, use_generator
from tinytorch.tensor import Tensor
from tinytorch.tokenization import BPETokenizer
from tinytorch.training import load, save
from tinytorch.transformers.tokenizer_files import check_tokenizer, end_ids, write_tokenizer

PathLike = str | os.PathLike[str]
_Config = TypeVar("_Config")
_Model = TypeVar("_Model", bound=Module)
_TENSORS = "model.safetensors"
_INDEX = "model.safetensors.index.json"  # which file has which, where they are several
_SHARD = re.compile(r"[^/\\:\0]+\.safetensors")  # in the folder itself
# Left by an older model. The last would tell transformers where texts end.
_OLDER = re.compile(
    rf"{re.escape(_INDEX)}|model-\d{{5}}-of-\d{{5}}\.safetensors|generation_config\.json"
)


def read_config(folder: PathLike, model_type: str, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """What `config.json` says of a model of some type.

    Args:
        folder: of the model.
        model_type: which it must be of.
        fixed: settings that have one value here; where the file has another, that is an error.

    Raises:
        FileNotFoundError: if there is no such file.
        TypeError: if the folder is no path.
        ValueError: if it is damaged, or of a model that is not supported.
    """
    _check_folder("from_pretrained", folder)
    path = _there(folder, "config.json")
    config = _read_object(path)
    if config.get("model_type") != model_type:
        raise ValueError(
            f"from_pretrained: {path}: model_type is {config.get('model_type')!r}, expected "
            f"{model_type!r}"
        )
    for name, value in {**fixed, "quantization_config": None}.items():
        if config.get(name, value) != value:
            raise ValueError(
                f"from_pretrained: {path}: {name} is {config[name]!r:.60}, expected {value!r}: no "
                "other is supported"
            )
    return config


def build(
    kind: Callable[[_Config], _Model],
    config: Callable[..., _Config],
    sizes: Mapping[str, Any],
    folder: PathLike,
) -> _Model:
    """A model of the sizes that a folder's `config.json` has, with no weights yet.

    None are drawn: the thread's generator is left as it is.

    Raises:
        ValueError: for a size that is none, out of range, or too large for this machine.
    """
    sizes = {name: tuple(size) if isinstance(size, list) else size for name, size in sizes.items()}
    try:
        with use_generator(_Zeros(np.random.PCG64(0))):
            return kind(config(**sizes))
    except (MemoryError, OverflowError, TypeError, ValueError) as error:
        raise ValueError(f"from_pretrained: {Path(folder, 'config.json')}: {error}") from error


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
        for name, tensor in load(_there(folder, file)).items():
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
        ValueError: that lists all tensors that are missing, unexpected or of another shape; or
            those of integers, which are no weights as they are.
    """
    wrong = [f"{name} has type {x.dtype}" for name, x in tensors.items() if x.dtype.kind != "f"]
    if wrong:
        raise ValueError(
            f"from_pretrained: {Path(folder, _TENSORS)}: {', '.join(wrong)}, expected floating "
            "point"
        )
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

    The tensors are written first and take their place last: where they cannot be written, the
    folder stays as it was. Then what is left of an older model goes, but not an older tokenizer: it
    may be this model's. (Where a file of the tokenizer cannot be written, those before it are new.)

    Raises:
        TypeError: if it is another kind of tokenizer, or the folder is no path.
        ValueError: if it does not fit the model, or cannot be written.
        OSError: if the files cannot be written.
    """
    _check_folder("save_pretrained", folder)
    if tokenizer is not None:
        check_tokenizer(tokenizer, config["vocab_size"])
        config = {**config, **end_ids(tokenizer)}
    with replacing(Path(folder, _TENSORS)) as unplaced:
        save(tensors, unplaced, {"format": "pt"})
        if tokenizer is not None:
            write_tokenizer(Path(folder), tokenizer)
        with replacing(Path(folder, "config.json")) as temporary:
            temporary.write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    for path in Path(folder).iterdir():
        if _OLDER.fullmatch(path.name):
            path.unlink(missing_ok=True)


def _check_folder(function: str, folder: Any) -> None:
    if not isinstance(folder, str | os.PathLike):
        raise TypeError(f"{function}: folder is {folder!r:.60}, expected a path")


def _there(folder: PathLike, file: str) -> Path:
    """The path of a file that is to be read."""
    path = Path(folder, file)
    if not path.is_file():
        raise FileNotFoundError(
            f"from_pretrained: {path} is no file, expected a folder with config.json and "
            f"{_TENSORS}: nothing is downloaded"
        )
    return path


class _Zeros(np.random.Generator):
    """Zeros, where a layer draws weights that others will replace."""

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        return np.zeros(() if size is None else size, dtype)

    standard_normal = random


def _shards(path: Path) -> list[str]:
    """The files, in the same folder, that an index names."""
    named = _read_object(path).get("weight_map")
    files: list[Any] = list(named.values()) if isinstance(named, dict) else [None]
    for file in files:
        if not isinstance(file, str) or not _SHARD.fullmatch(file):
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
