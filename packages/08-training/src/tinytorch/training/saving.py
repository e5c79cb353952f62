"""Tensors by name in one file, in the format of safetensors."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError, safe_open

from tinytorch.setup import replacing
from tinytorch.tensor import Tensor, from_numpy
from tinytorch.tensor.from_data import canonical

PathLike = str | os.PathLike[str]
_Read = TypeVar("_Read")


def save(
    state: Mapping[str, Tensor | np.ndarray],
    path: PathLike,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write tensors by name into one safetensors file, which is whole or not there.

    The arrays go from their memory to the file; only those that are not contiguous are copied.
    Folders that are missing are made. A tensor that stands under two names is written twice.

    Args:
        state: tensors or arrays by name, as `Module.state_dict` returns them.
        path: of the file; one that is there is replaced when the new one is complete.
        metadata: text by name, which `load_metadata` reads.

    Raises:
        TypeError: if a name or the metadata is no text, a value no tensor, or of a type that
            tensors do not have.
        ValueError: for names that the format has no place for.
        OSError: if the file cannot be written; what was there is as it was.

    Source:
        The format: https://huggingface.co/docs/safetensors.

    Example:
        >>> import tempfile, tinytorch.tensor as tt
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = f"{folder.name}/ones.safetensors"
        >>> save({"weight": tt.ones(2)}, path, {"epoch": "3"})
        >>> load(path), load_metadata(path)
        ({'weight': tensor([1., 1.])}, {'epoch': '3'})
        >>> folder.cleanup()
    """
    arrays = _arrays(state)
    texts = _texts(metadata)
    with replacing(path) as temporary:
        try:
            safetensors.numpy.save_file(arrays, temporary, texts)
        except SafetensorError as error:  # the system's own error is in its text
            raise OSError(str(error)) from error


def load(path: PathLike) -> dict[str, Tensor]:
    """The tensors of a safetensors file by name, on memory of their own.

    Nothing in the file is run, and nothing is read that the file does not have: it may come from
    anywhere. Numbers of type bfloat16, which NumPy does not have, come as float32, which holds all
    of them exactly.

    Args:
        path: of the file.

    Raises:
        FileNotFoundError: if it is not there.
        ValueError: if it is not a whole safetensors file, or holds numbers of types that tensors
            do not have.

    Example:
        >>> load("nowhere.safetensors")
        Traceback (most recent call last):
        FileNotFoundError: [Errno 2] No such file or directory: 'nowhere.safetensors'
    """

    def read() -> dict[str, Tensor]:
        with safe_open(path, framework="numpy") as file:
            names = file.keys()
            wide = {name for name in names if file.get_slice(name).get_dtype() == "BF16"}
            arrays = {name: file.get_tensor(name) for name in names if name not in wide}
        arrays.update(_widened(path, wide))
        return {name: from_numpy(arrays[name]) for name in names}

    return _reading("load", path, read)


def load_metadata(path: PathLike) -> dict[str, str]:
    """The text by name that was saved beside the tensors, which are not read.

    Args:
        path: of the safetensors file.

    Returns:
        the metadata, empty if there is none.

    Raises:
        FileNotFoundError: if the file is not there.
        ValueError: if it is not a whole safetensors file.

    Example:
        >>> import tempfile, tinytorch.tensor as tt
        >>> folder = tempfile.TemporaryDirectory()
        >>> save({"weight": tt.ones(2)}, f"{folder.name}/a.safetensors", {"seed": "0"})
        >>> load_metadata(f"{folder.name}/a.safetensors")
        {'seed': '0'}
        >>> folder.cleanup()
    """

    def read() -> dict[str, str]:
        with safe_open(path, framework="numpy") as file:
            return file.metadata() or {}

    return _reading("load_metadata", path, read)


def _arrays(state: Mapping[str, Tensor | np.ndarray]) -> dict[str, np.ndarray]:
    """The contiguous arrays by name that the library writes, checked."""
    if not isinstance(state, Mapping):
        raise TypeError(
            f"save: state is {type(state).__name__}, expected a dictionary of tensors by name; "
            "a module's is module.state_dict()"
        )
    arrays = {}
    for name, value in state.items():
        _check_text("save: a name in state", name)
        if name == "__metadata__":
            raise ValueError("save: the format keeps the name '__metadata__', choose another")
        if not isinstance(value, Tensor | np.ndarray):
            raise TypeError(
                f"save: {name} is {type(value).__name__}, expected a Tensor or an array"
            )
        array = canonical(f"save: {name}", value.data if isinstance(value, Tensor) else value)
        arrays[name] = np.asarray(array, order="C")
    return arrays


def _texts(metadata: Mapping[str, str] | None) -> dict[str, str] | None:
    """The metadata, checked; None if there is none."""
    if metadata is None:
        return None
    if not isinstance(metadata, Mapping):
        raise TypeError(
            f"save: metadata is {type(metadata).__name__}, expected a dictionary of text by name"
        )
    for name, text in metadata.items():
        _check_text("save: a name in metadata", name)
        _check_text(f"save: metadata[{name!r}]", text)
    return dict(metadata) or None


def _check_text(what: str, text: object) -> None:
    """Raise unless it is text that UTF-8 can hold."""
    if not isinstance(text, str):
        raise TypeError(f"{what} is {text!r}, expected a str; json.dumps makes text of numbers")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{what} is {text!r}, expected text that UTF-8 can hold") from None


def _widened(path: PathLike, names: set[str]) -> Iterator[tuple[str, np.ndarray]]:
    """The bfloat16 numbers of a file, which has been checked: float32 without its last 16 bits."""
    if not names:
        return
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        for name in names:
            begin, end = header[name]["data_offsets"]
            file.seek(8 + length + begin)
            bits = np.frombuffer(file.read(end - begin), "<u2").astype(np.uint32)
            bits <<= 16
            yield name, bits.view(np.float32).reshape(header[name]["shape"])


def _reading(function: str, path: PathLike, read: Callable[[], _Read]) -> _Read:
    """What `read` makes of a file that is there; one error for all that can be wrong with it."""
    open(path, "rb").close()  # the system's own error, where it cannot be opened
    try:
        return read()
    except (SafetensorError, AttributeError, OSError, TypeError, ValueError) as error:
        raise ValueError(
            f"{function}: {os.fspath(path)} cannot be read as safetensors: {error}"
        ) from error
