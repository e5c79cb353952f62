"""The loader: which samples come together, and in which order."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.dataloader.collate import default_collate
from tinytorch.dataloader.dataset import Dataset
from tinytorch.setup import generator as thread_generator
from tinytorch.setup import keyed_generator

if TYPE_CHECKING:
    from numpy.random import Generator


class DataLoader:
    """Goes through a data set in batches: each `for` over it is an epoch.

    A batch is `collate_fn` of its samples, which are what `dataset.__getitems__(indices)` returns
    where the data set defines it, else the list of each `dataset[index]`. A loader can be
    iterated several times, at the same time too: each iteration is an epoch of its own.

    Args:
        dataset: a `Dataset`, or anything else with a length and an item for each index: a list.
        batch_size: how many samples make a batch; the last batch holds those that are left.
        shuffle: whether each epoch has a random order of its own, or all have the data set's.
        drop_last: whether to leave out a last batch that is not full.
        collate_fn: makes the batch out of a sequence of samples; None means `default_collate`.
        seed: makes the order a matter of (seed, epoch) alone, whatever else draws random numbers.
            PyTorch has no such argument.
        generator: the NumPy generator from which an order without a seed is drawn; None means
            `tinytorch.setup.generator()`, the one that `manual_seed` seeds.

    Attributes:
        epoch: the number of the next epoch, from 0. With a seed, set it to repeat or to resume.

    Raises:
        TypeError: if an argument is not of the kind that is said here.
        ValueError: if the data set is empty, `batch_size` is below 1, or seed and generator are
            both given.

    Example:
        >>> for batch in DataLoader([10, 11, 12, 13, 14], batch_size=2):
        ...     print(batch.tolist())
        [10, 11]
        [12, 13]
        [14]
    """

    def __init__(
        self,
        dataset: Dataset[Any] | Sequence[Any],
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        drop_last: bool = False,
        collate_fn: Callable[[Any], Any] | None = None,
        seed: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        _check_dataset(dataset)
        _check_flag("shuffle", shuffle)
        _check_flag("drop_last", drop_last)
        if collate_fn is not None and not callable(collate_fn):
            raise TypeError(f"DataLoader: collate_fn is {collate_fn!r}, expected a function")
        _check_source(seed, generator)
        self.dataset = dataset
        self.batch_size = _checked_size(batch_size)
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.collate_fn = default_collate if collate_fn is None else collate_fn
        self.seed = seed
        self.generator = generator
        self.epoch = 0

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        full, left = divmod(len(self.dataset), self.batch_size)
        return full if self.drop_last or left == 0 else full + 1

    def __iter__(self) -> Iterator[Any]:
        order, size = self._order(), self.batch_size
        self.epoch += 1
        return (self._load(order[i * size : (i + 1) * size].tolist()) for i in range(len(self)))

    def _order(self) -> np.ndarray:
        """Return the indices of the samples in the order of the next epoch."""
        samples = len(self.dataset)
        if not self.shuffle:
            return np.arange(samples)
        if self.seed is not None:
            return keyed_generator(self.seed, self.epoch).permutation(samples)
        source = thread_generator() if self.generator is None else self.generator
        return source.permutation(samples)

    def _load(self, indices: list[int]) -> Any:
        try:
            if hasattr(self.dataset, "__getitems__"):
                samples = self.dataset.__getitems__(indices)
            else:
                samples = [self.dataset[index] for index in indices]
            return self.collate_fn(samples)
        except Exception as error:
            error.add_note(f"DataLoader: this batch is of the samples {np.array(indices)}")
            raise


def _check_dataset(dataset: Any) -> None:
    for method in ("__getitem__", "__len__"):
        if not hasattr(type(dataset), method):
            raise TypeError(
                f"DataLoader: dataset is a {type(dataset).__name__} with no {method}, "
                "expected a Dataset, or a sequence such as a list"
            )
    if len(dataset) == 0:
        raise ValueError("DataLoader: dataset is empty, expected at least one sample")


def _check_flag(name: str, flag: Any) -> None:
    if not isinstance(flag, bool):
        raise TypeError(f"DataLoader: {name} is {flag!r}, expected True or False")


def _checked_size(batch_size: Any) -> int:
    if isinstance(batch_size, bool) or not hasattr(batch_size, "__index__"):
        raise TypeError(f"DataLoader: batch_size is {batch_size!r}, expected an integer")
    if operator.index(batch_size) < 1:
        raise ValueError(f"DataLoader: batch_size is {batch_size}, expected at least 1")
    return operator.index(batch_size)


def _check_source(seed: Any, generator: Any) -> None:
    if seed is not None and generator is not None:
        raise ValueError("DataLoader: seed and generator are both given, expected one of them")
    if seed is not None:
        keyed_generator(seed)  # raises now what the first epoch would raise
    if generator is not None and not isinstance(generator, np.random.Generator):
        raise TypeError(
            f"DataLoader: generator is a {type(generator).__name__}, "
            "expected a numpy.random.Generator"
        )
