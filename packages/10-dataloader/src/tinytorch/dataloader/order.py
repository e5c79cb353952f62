"""Which samples make the batches of an epoch, and in which order they come."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from itertools import accumulate, count, pairwise, starmap
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.dataloader.dataset import IterableDataset
from tinytorch.dataloader.recipe import Task
from tinytorch.dataloader.subset import Subset
from tinytorch.setup import generator, keyed_generator, use_generator

if TYPE_CHECKING:
    from tinytorch.dataloader.loader import DataLoader


def tasks_of(loader: DataLoader, seed: int, epoch: int, number: int) -> Iterator[Task]:
    """All batches of an epoch, yet to be made.

    Args:
        loader: says which samples and how many.
        seed: the seed of the epoch.
        epoch: what its random numbers belong to, together with the seed.
        number: what samplers are told.
    """
    dataset = loader.dataset
    if isinstance(dataset, IterableDataset):  # as many as the stream holds
        return (Task(seed, epoch, batch, None) for batch in count())
    with use_generator(keyed_generator(seed, epoch)):
        order, parts = _order(loader, number)
    times = None
    plain = loader.sampler is None and loader.batch_sampler is None
    if not plain or type(dataset) is Subset:  # samples may come twice
        times = _times_before(dataset, order)
    return (
        Task(seed, epoch, batch, order[part], None if times is None else times[part])
        for batch, part in enumerate(parts)
    )


def _order(loader: DataLoader, number: int) -> tuple[np.ndarray, Iterable[slice]]:
    """The indices of an epoch, and the part of them that each batch is."""
    sampler: Any = loader.sampler if loader.batch_sampler is None else loader.batch_sampler
    if hasattr(sampler, "set_epoch"):
        sampler.set_epoch(number)
    if loader.batch_sampler is not None:
        groups = [_indices("batch_sampler", group) for group in loader.batch_sampler]
        ends = accumulate(map(len, groups), initial=0)
        return np.concatenate([_indices("", ()), *groups]), starmap(slice, pairwise(ends))
    if loader.sampler is not None:
        order = _indices("sampler", loader.sampler)
    elif loader.shuffle:
        order = generator().permutation(len(loader.dataset))
    else:
        order = np.arange(len(loader.dataset))
    size = loader.batch_size
    stop = len(order) - len(order) % size if loader.drop_last else len(order)
    return order, (slice(start, start + size) for start in range(0, stop, size))


def _indices(name: str, given: Iterable[int]) -> np.ndarray:
    """The indices that a sampler gives, or a batch sampler for one batch."""
    try:
        return np.fromiter(map(operator.index, given), dtype=np.int64)
    except TypeError as error:
        raise TypeError(
            f"DataLoader: {name} gave what is no index: {error}: "
            "samples have numbers, from 0; let the data set keep other keys in a list"
        ) from error


def _times_before(dataset: Any, indices: np.ndarray) -> np.ndarray | None:
    """How many times each sample has come before; None if that can make no difference.

    It makes none where no sample comes twice, or where a batch is fetched as a whole.
    """
    while type(dataset) is Subset:
        dataset, indices = dataset.dataset, dataset.indices.take(indices, mode="wrap")
    if hasattr(dataset, "__getitems__"):
        return None
    samples = indices % len(dataset)
    order = samples.argsort(kind="stable")  # brings those together that are the same sample
    first = np.diff(samples[order], prepend=-1) != 0
    if first.all():
        return None
    places = np.arange(len(order))
    times = np.empty_like(places)
    times[order] = places - np.maximum.accumulate(np.where(first, places, 0))
    return times
