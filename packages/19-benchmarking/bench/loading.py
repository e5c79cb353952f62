"""Loading batches of 64 by 0, 1 and 2 workers: from memory, by Python, by decompressing.

Times are of one batch, over an epoch from its second batch on. Workers stay from epoch to epoch,
and are spawned, on both sides; so what is timed is neither their start nor their import.
"""

import zlib
from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from tinytorch.benchmarking import Comparison, alternate
from tinytorch.dataloader import DataLoader, TensorDataset
from tinytorch.setup import keyed_generator
from tinytorch.tensor import from_numpy

BATCH = 64
BATCHES = 40  # in an epoch of samples that are work
SHAPE = (1, 28, 28)
IMAGES = 80  # in what is decompressed for one of them

# PyTorch is imported by the calls that need it: worker processes import this module.


class Images:
    """Samples that somebody has to make; subclasses say how."""

    def __getitem__(self, index: int) -> tuple[np.ndarray, int]:
        raise NotImplementedError

    def __len__(self) -> int:
        return BATCHES * BATCH


class Computed(Images):
    """About 100 µs of Python, which hold the interpreter."""

    def __getitem__(self, index: int) -> tuple[np.ndarray, int]:
        label = sum(number * number for number in range(index, index + 3000)) % 10
        return np.full(SHAPE, label, np.float32), label


class Compressed(Images):
    """About 200 µs of zlib and NumPy, which leave the interpreter to others."""

    def __init__(self) -> None:
        pixels = keyed_generator(0).integers(16, size=(IMAGES, *SHAPE), dtype=np.uint8)
        self.file = zlib.compress(pixels)

    def __getitem__(self, index: int) -> tuple[np.ndarray, int]:
        pixels = np.frombuffer(zlib.decompress(self.file), np.uint8).reshape(IMAGES, *SHAPE)
        return pixels[index % IMAGES] / np.float32(255), index % 10


def arrays() -> tuple[np.ndarray, np.ndarray]:
    """As many images and labels as MNIST has."""
    random = keyed_generator(0)
    return random.random((60_000, *SHAPE), dtype=np.float32), random.integers(10, size=60_000)


def by_hand() -> Callable[[], Iterator[Any]]:
    """The batches in memory, as one takes them in NumPy."""
    images, labels = arrays()

    def epoch() -> Iterator[Any]:
        order = np.random.default_rng().permutation(len(images))
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            yield images.take(places, 0), labels.take(places, 0)

    return epoch


def ours(dataset: Any, num_workers: int, kind: Any) -> DataLoader:
    return DataLoader(
        dataset or TensorDataset(*map(from_numpy, arrays())),
        BATCH,
        shuffle=True,
        num_workers=num_workers,
        worker_type=kind,
        persistent_workers=num_workers > 0,
    )


def theirs(dataset: Any, num_workers: int) -> Any:
    import torch
    from torch.utils import data

    return data.DataLoader(
        dataset or data.TensorDataset(*map(torch.from_numpy, arrays())),
        BATCH,
        shuffle=True,
        num_workers=num_workers,
        persistent_workers=num_workers > 0,
        multiprocessing_context="spawn" if num_workers else None,
    )


def seconds_per_batch(epoch: Callable[[], Iterator[Any]]) -> float:
    batches = epoch()
    next(batches)
    start = perf_counter()
    count = sum(1 for _ in batches)
    return (perf_counter() - start) / count


def race(dataset: Any, num_workers: int, rounds: int, title: str) -> Comparison:
    """Compare loaders, whose workers live as long as this call."""
    epochs: dict[str, Callable[[], Iterator[Any]]] = {}
    if dataset is None and num_workers == 0:
        epochs["NumPy"] = by_hand()
    if num_workers == 0:
        epochs["TinyTorch"] = ours(dataset, 0, None).__iter__
    else:
        epochs["TinyTorch, threads"] = ours(dataset, num_workers, "thread").__iter__
        epochs["TinyTorch, processes"] = ours(dataset, num_workers, "process").__iter__
    epochs["PyTorch"] = theirs(dataset, num_workers).__iter__
    probes = {name: partial(seconds_per_batch, epoch) for name, epoch in epochs.items()}
    for probe in probes.values():  # workers start, memory is touched
        probe()
    return alternate(probes, title=title, rounds=rounds)


def workloads() -> Iterator[Callable[..., Comparison]]:
    for name, dataset in (
        ("images in memory", None),
        ("100 µs of Python a sample", Computed()),
        ("200 µs of zlib a sample", Compressed()),
    ):
        for num_workers in (0, 1, 2):
            title = f"a batch of {name}, {num_workers} worker{'s' if num_workers != 1 else ''}"
            yield partial(race, dataset, num_workers, title=title)
