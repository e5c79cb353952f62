"""Writing and reading a checkpoint of 400 MB: `tinytorch.training.save`, `load` and PyTorch's.

Our `save` returns when the file is on the disk (fsync), `torch.save` when the system has it in its
memory. So each is measured with and without. What is read is in the system's memory on both sides.
The files lie in the folder for temporary files: set TMPDIR to measure another disk.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

from tinytorch.benchmarking import Comparison, compare
from tinytorch.setup import keyed_generator
from tinytorch.tensor import from_numpy
from tinytorch.training import load, save

TENSORS, SIZE = 100, 1_000_000  # of float32


def arrays() -> dict[str, np.ndarray]:
    random = keyed_generator(0)
    return {
        f"layers.{number}.weight": random.random((1000, SIZE // 1000), dtype=np.float32)
        for number in range(TENSORS)
    }


def save_unsynced(state: Any, path: Path) -> None:
    with patch("os.fsync", lambda descriptor: None):
        save(state, path)


def torch_save_synced(state: Any, path: Path) -> None:
    torch.save(state, path)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def same(mine: Any, base: Any) -> None:
    assert mine.keys() == base.keys()
    for name, expected in base.items():
        np.testing.assert_array_equal(mine[name].numpy(), expected.numpy())


def writing(folder: Path, rounds: int) -> Comparison:
    mine = {name: from_numpy(array) for name, array in arrays().items()}
    theirs = {name: torch.from_numpy(part.numpy()) for name, part in mine.items()}
    versions = {
        "TinyTorch": partial(save, mine, folder / "ours.safetensors"),
        "TinyTorch, no fsync": partial(save_unsynced, mine, folder / "ours.safetensors"),
        "PyTorch, fsync": partial(torch_save_synced, theirs, folder / "theirs.pt"),
        "PyTorch": partial(torch.save, theirs, folder / "theirs.pt"),
    }
    return compare(versions, title="write 400 MB", rounds=rounds, warmup=1)


def reading(folder: Path, rounds: int) -> Comparison:
    versions = {
        "TinyTorch": partial(load, folder / "ours.safetensors"),
        "PyTorch": partial(torch.load, folder / "theirs.pt"),
    }
    return compare(versions, title="read 400 MB", agree=same, rounds=rounds, warmup=1)


def workloads() -> Iterator[Callable[..., Comparison]]:
    with tempfile.TemporaryDirectory() as folder:
        yield partial(writing, Path(folder))
        yield partial(reading, Path(folder))
