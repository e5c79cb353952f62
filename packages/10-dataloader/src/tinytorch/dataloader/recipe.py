"""How a batch is made: samples fetched, collated, transformed, with random numbers of its own.

A recipe depends on nothing but the task that it is given. So it does not matter who follows it,
or when: the loader itself, a thread, another process, or a run that was resumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from functools import partial
from itertools import islice, repeat
from typing import Any, NamedTuple

import numpy as np

from tinytorch.dataloader.subset import Subset
from tinytorch.setup import keyed_generator, use_generator


class Task(NamedTuple):
    """One batch to be made."""

    seed: int  # of the epoch, together with the next
    epoch: int  # its number if the loader has a seed, else 0: every epoch drew a seed of its own
    number: int  # of the batch within its epoch, from 0
    indices: np.ndarray | None  # of its samples; None: the next ones of a stream
    times: np.ndarray | None = None  # that each has come before in the epoch; None: no one has


class End(Enum):
    """What comes instead of a batch where the stream of an IterableDataset has ended."""

    END = "end"


class Recipe:
    """Makes batches out of a data set with items.

    The random numbers that are drawn on the way are keyed: by (seed, epoch, sample) while a sample
    is fetched, by (seed, epoch, sample, times) if it has come before in the epoch, and by (seed,
    epoch, batch, 0) while a whole batch is fetched, collated or transformed. No key is another's:
    they have different lengths, or end in a number above 0 and in 0.

    Args:
        dataset: what samples are taken of.
        collate_fn: makes one batch of samples.
        transform: changes it, or None.
    """

    def __init__(
        self,
        dataset: Any,
        collate_fn: Callable[[Any], Any],
        transform: Callable[..., Any] | None,
    ) -> None:
        self.dataset = dataset
        self.collate_fn = collate_fn
        self.transform = transform

    def __call__(self, task: Task) -> Any:
        """The batch, or the end of a stream."""
        key = partial(keyed_generator, task.seed, task.epoch, task.number, 0)
        try:
            with use_generator(key):
                samples = self.fetch(task)
                return samples if samples is End.END else self.finish(samples)
        except Exception as error:
            which = "the next" if task.indices is None else task.indices
            error.add_note(f"DataLoader: batch {task.number} is of the samples {which}")
            raise

    def fetch(self, task: Task) -> Any:
        """The samples of a batch."""
        assert task.indices is not None
        dataset, indices = self.dataset, task.indices
        while type(dataset) is Subset:  # a sample draws the same numbers in every part
            dataset, indices = dataset.dataset, dataset.indices[indices]
        if hasattr(dataset, "__getitems__"):
            return dataset.__getitems__(indices)
        samples = []
        before = repeat(0) if task.times is None else task.times.tolist()
        for index, times in zip(indices.tolist(), before):
            # Also if it is counted from the end, the sample's number is the key.
            sample = (index % len(dataset), times) if times else (index % len(dataset),)
            with use_generator(partial(keyed_generator, task.seed, task.epoch, *sample)):
                samples.append(dataset[index])
        return samples

    def finish(self, samples: Any) -> Any:
        """The batch that is made of samples."""
        batch = self.collate_fn(samples)
        if self.transform is None:
            return batch
        if type(batch) is not list:
            return self.transform(batch)
        changed = self.transform(*batch)
        return list(changed) if type(changed) is tuple else changed


class StreamRecipe(Recipe):
    """Makes batches out of a data set that can only be iterated.

    Several workers go through the stream side by side, and each makes every so-many-th batch. What
    it skips costs it the reading, but neither the collating nor the transforms.

    Attributes:
        batch_size: how many samples make a batch.
        drop_last: whether samples that don't fill a batch are left out.
    """

    batch_size = 1
    drop_last = False
    _epoch: tuple[int, int] | None = None  # (seed, epoch) of the stream that is being read
    _stream: Iterator[Any] = iter(())
    _next = 0  # the number of the batch that the stream is at

    def fetch(self, task: Task) -> Any:
        """The next samples, or the end."""
        epoch = task.seed, task.epoch
        if epoch != self._epoch or task.number < self._next:
            self._next = 0
            self._stream = keyed(iter(self.dataset), keyed_generator(*epoch))
        self._epoch = None  # after an error the stream is no more
        skipped = (task.number - self._next) * self.batch_size
        next(islice(self._stream, skipped, skipped), None)
        samples = list(islice(self._stream, self.batch_size))
        self._epoch, self._next = epoch, task.number + 1
        missing = self.batch_size - len(samples)
        return End.END if not samples or (missing and self.drop_last) else samples


def keyed(stream: Iterator[Any], source: np.random.Generator) -> Iterator[Any]:
    """Go through a stream, which draws its random numbers from a generator of its own."""
    while True:
        with use_generator(source):
            try:
                sample = next(stream)
            except StopIteration:
                return
        yield sample
