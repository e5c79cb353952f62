"""The loader: which samples come together, in which order, and who gets them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from tinytorch.dataloader import validation
from tinytorch.dataloader.collate import default_collate
from tinytorch.dataloader.dataset import Dataset, IterableDataset
from tinytorch.dataloader.flag import check_flag
from tinytorch.dataloader.order import tasks_of
from tinytorch.dataloader.recipe import End, Recipe, StreamRecipe, Task
from tinytorch.dataloader.workers import Crew
from tinytorch.setup import generator as thread_generator
from tinytorch.setup import get_rng_state, set_rng_state, use_generator
from tinytorch.tensor.dims import integer

if TYPE_CHECKING:
    from numpy.random import Generator


class DataLoader:
    """Goes through a data set in batches: each `for` over it is an epoch.

    A batch is `collate_fn` of its samples, which are what `dataset.__getitems__(indices)` returns
    where the data set defines it, else the list of each `dataset[index]`. A loader can be
    iterated several times, at the same time too: each iteration is an epoch of its own.

    All that is random is drawn from `tinytorch.setup.generator()`, which the loader sets for
    the time: an epoch's order belongs to (seed, epoch), what `dataset[index]` draws to (seed,
    epoch, index, how many times it has come before in the epoch), what `collate_fn` and `transform`
    draw to (seed, epoch, batch). So the batches are the same for any number of workers of either
    type. Where no seed is given, each epoch draws one.

    Args:
        dataset: a `Dataset`, or anything else with a length and an item for each index: a list;
            or an `IterableDataset`. Of the latter every worker reads the whole stream and makes
            every so-many-th batch, so that nothing comes twice.
        batch_size: how many samples make a batch; the last batch holds those that are left.
        shuffle: whether each epoch has a random order of its own, or all have the data set's.
        sampler: an iterable of indices, with a length, that decides the order instead. If it has
            a method `set_epoch`, that is called before each epoch.
        batch_sampler: an iterable of lists of indices, each a batch, with a length.
        drop_last: whether to leave out a last batch that is not full.
        collate_fn: makes the batch out of a sequence of samples; None means `default_collate`.
        transform: changes the batch: called with its parts, if it is a list, and else with the
            batch. PyTorch has no such argument.
        num_workers: how many workers load; 0 means that the loop itself does.
        worker_type: `"process"` (or None), PyTorch's kind, each with a copy of the data set: for
            Python code that keeps a core busy. `"thread"`: for NumPy's operations and for waiting,
            which other threads can use; nothing is copied, and it starts at once.
        prefetch_factor: how many batches each worker is ahead of the loop; None means 2.
        persistent_workers: whether workers stay from epoch to epoch. They don't see it when the
            data set is changed.
        timeout: how many seconds to wait for a batch of a worker; 0 means for ever.
        worker_init_fn: called in each worker with its number before its first batch.
        seed: makes all that is random a matter of (seed, epoch) alone, whatever else draws random
            numbers. PyTorch has no such argument.
        generator: the NumPy generator from which an epoch's seed is drawn; None means
            `tinytorch.setup.generator()`, the one that `manual_seed` seeds.

    Attributes:
        epoch: the number of the next epoch, from 0. With a seed, set it to repeat an epoch.

    Raises:
        TypeError: if an argument is not of the kind that is said here.
        ValueError: if the data set is empty, a number is out of range, two arguments exclude each
            other, or one is for workers and there are none.

    Example:
        >>> for batch in DataLoader([10, 11, 12, 13, 14], batch_size=2):
        ...     print(batch.tolist())
        [10, 11]
        [12, 13]
        [14]
    """

    def __init__(
        self,
        dataset: Dataset[Any] | IterableDataset[Any] | Sequence[Any],
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[Sequence[int]] | None = None,
        drop_last: bool = False,
        collate_fn: Callable[[Any], Any] | None = None,
        transform: Callable[..., Any] | None = None,
        num_workers: int = 0,
        worker_type: Literal["process", "thread"] | None = None,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        seed: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.batch_size = integer("DataLoader", "batch_size", batch_size, least=1)
        self.num_workers = integer("DataLoader", "num_workers", num_workers, least=0)
        self.prefetch_factor = (
            2
            if prefetch_factor is None
            else integer("DataLoader", "prefetch_factor", prefetch_factor, least=1)
        )
        validation.check_dataset(dataset)
        check_flag("DataLoader", "shuffle", shuffle)
        check_flag("DataLoader", "drop_last", drop_last)
        check_flag("DataLoader", "persistent_workers", persistent_workers)
        validation.check_functions(
            collate_fn=collate_fn, transform=transform, worker_init_fn=worker_init_fn
        )
        validation.check_order(dataset, batch_size, shuffle, sampler, batch_sampler, drop_last)
        validation.check_workers(
            num_workers,
            timeout=timeout,
            persistent_workers=persistent_workers,
            worker_type=worker_type,
            prefetch_factor=prefetch_factor,
            worker_init_fn=worker_init_fn,
        )
        validation.check_source(seed, generator)
        self.dataset = dataset
        self.shuffle = shuffle
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.drop_last = drop_last
        self.collate_fn = default_collate if collate_fn is None else collate_fn
        self.transform = transform
        self.worker_type = worker_type or "process"
        self.persistent_workers = persistent_workers
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.seed = seed
        self.generator = generator
        self.epoch = 0
        self._current: _Epoch | None = None  # the iteration that began last
        self._resumed: tuple[int, int] | None = None  # seed and batch at which the next one begins
        self._crew: Crew | None = None  # that stays

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        if self.batch_sampler is not None:
            return len(self.batch_sampler)  # type: ignore[arg-type]
        samples = len(self.dataset if self.sampler is None else self.sampler)  # type: ignore[arg-type]
        full, left = divmod(samples, self.batch_size)
        return full if self.drop_last or left == 0 else full + 1

    def __iter__(self) -> Iterator[Any]:
        seed, first = self._resumed or (self._draw_seed(), 0)
        self._resumed = None
        epoch = self._current = _Epoch(seed, self.epoch, first)
        epoch.key = seed, 0 if self.seed is None else self.epoch
        self.epoch += 1
        tasks = islice(tasks_of(self, *epoch.key, epoch.number), first, None)
        return self._work(epoch, tasks) if self.num_workers else self._load(epoch, tasks)

    def _draw_seed(self) -> int:
        if self.seed is not None:
            return self.seed
        source = thread_generator() if self.generator is None else self.generator
        return int(source.integers(2**63))

    def _recipe(self) -> Recipe:
        if not isinstance(self.dataset, IterableDataset):
            return Recipe(self.dataset, self.collate_fn, self.transform)
        recipe = StreamRecipe(self.dataset, self.collate_fn, self.transform)
        recipe.batch_size, recipe.drop_last = self.batch_size, self.drop_last
        return recipe

    def _load(self, epoch: _Epoch, tasks: Iterator[Task]) -> Iterator[Any]:
        """Make the batches here, each when it is asked for."""
        recipe = self._recipe()
        for task in tasks:
            batch = recipe(task)
            if batch is End.END:
                break
            epoch.position += 1
            yield batch
        epoch.ended = True

    def _work(self, epoch: _Epoch, tasks: Iterator[Task]) -> Iterator[Any]:
        """Have the batches made by workers, and hand them out in order."""
        crew = self._crew or self._hire()
        pending = deque(
            (crew.submit(task), task)
            for task in islice(tasks, self.num_workers * self.prefetch_factor)
        )
        try:
            while pending:
                batch = crew.result(*pending.popleft())
                if batch is End.END:
                    break
                pending.extend((crew.submit(task), task) for task in islice(tasks, 1))
                epoch.position += 1
                yield batch
            epoch.ended = True
        finally:
            for future, _ in pending:
                future.cancel()
            if crew.broken or not self.persistent_workers:
                self._crew = None
                crew.close()

    def _hire(self) -> Crew:
        init, timeout = self.worker_init_fn, self.timeout or None
        crew = Crew(self._recipe(), self.num_workers, self.worker_type, init, timeout)
        if self.persistent_workers:
            self._crew = crew
        return crew

    # --- go on where another run was

    def state_dict(self) -> dict[str, Any]:
        """Return where in which epoch the iteration is that began last; JSON can hold it.

        Example:
            >>> loader = DataLoader(range(6), batch_size=2, shuffle=True, seed=0)
            >>> batches = iter(loader)
            >>> _ = next(batches)
            >>> state = loader.state_dict()
            >>> state["epoch"], state["batch"]
            (0, 1)
            >>> again = DataLoader(range(6), batch_size=2, shuffle=True, seed=0)
            >>> again.load_state_dict(state)
            >>> [batch.tolist() for batch in batches] == [batch.tolist() for batch in again]
            True
        """
        state: dict[str, Any] = {"epoch": self.epoch, "batch": 0, "seed": self.seed}
        state["seeded"] = self.seed is not None  # else the seed is one that the epoch drew
        current = self._current
        if current is not None and not current.ended:
            state |= {"epoch": current.number, "batch": current.position, "seed": current.seed}
        elif self._resumed is not None:
            state |= {"batch": self._resumed[1], "seed": self._resumed[0]}
        state |= self._settings()
        if self.generator is not None:
            with use_generator(self.generator):
                state["generator"] = get_rng_state()
        return state

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Let the next iteration go on where `state_dict` was called.

        Raises:
            ValueError: if the state is damaged, or of a loader that has another seed or source of
                seeds, another number or size of batches, or takes samples otherwise; it says all
                differences, and nothing has been changed then.
        """
        validation.check_state(state_dict, self.seed, self.generator, self._settings())
        if self.generator is not None:
            with use_generator(self.generator):
                set_rng_state(state_dict["generator"])
        self.epoch, seed, batch = (state_dict[name] for name in ("epoch", "seed", "batch"))
        self._current = None
        self._resumed = None if batch == 0 and self.seed == seed else (seed, batch)

    def _settings(self) -> dict[str, Any]:
        """What decides which samples a batch holds, beside the data set and the seed."""
        try:
            batches = len(self)
        except TypeError:  # a stream, which need not know
            batches = None
        return {
            "batches": batches,
            "batch_size": self.batch_size,
            "drop_last": self.drop_last,
            "shuffle": self.shuffle,
            "sampler": self.sampler is not None or self.batch_sampler is not None,
        }

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_crew": None, "_current": None, "_resumed": None}


class _Epoch:
    """One iteration: its seed and number, how many batches it has handed out, if that was all."""

    key: tuple[int, int]  # of its random numbers

    def __init__(self, seed: int, number: int, position: int) -> None:
        self.seed = seed
        self.number = number
        self.position = position
        self.ended = False
