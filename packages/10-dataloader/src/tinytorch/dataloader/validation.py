"""What the arguments of a DataLoader may be: each error names the argument, and what it got."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tinytorch.dataloader.dataset import IterableDataset
from tinytorch.setup import keyed_generator


def check_functions(**functions: Any) -> None:
    """Raise unless all are functions, or None."""
    for name, function in functions.items():
        if function is not None and not callable(function):
            raise TypeError(f"DataLoader: {name} is {function!r}, expected a function")


def check_dataset(dataset: Any) -> None:
    """Raise unless samples can be had of it."""
    if isinstance(dataset, IterableDataset):
        return
    for method in ("__getitem__", "__len__"):
        if not hasattr(type(dataset), method):
            raise TypeError(
                f"DataLoader: dataset is a {type(dataset).__name__} with no {method}, "
                "expected a Dataset, a sequence such as a list, or an IterableDataset"
            )
    if len(dataset) == 0:
        raise ValueError("DataLoader: dataset is empty, expected at least one sample")


def check_order(
    dataset: Any, batch_size: int, shuffle: bool, sampler: Any, batch_sampler: Any, drop_last: bool
) -> None:
    """Raise if more than one argument decides the order."""
    streamed = isinstance(dataset, IterableDataset)
    for name, given in (("sampler", sampler), ("batch_sampler", batch_sampler)):
        if given is None:
            continue
        for method in ("__iter__", "__len__"):
            if not hasattr(given, method):
                raise TypeError(
                    f"DataLoader: {name} is a {type(given).__name__} with no {method}, "
                    "expected an iterable of indices with a length"
                )
        if streamed:
            raise ValueError(f"DataLoader: {name} has no say over an IterableDataset, drop it")
        if shuffle:
            raise ValueError(f"DataLoader: shuffle and {name} are both given, expected one")
    if streamed and shuffle:
        raise ValueError(
            "DataLoader: shuffle has no say over an IterableDataset, let its __iter__ shuffle"
        )
    if batch_sampler is not None and (sampler is not None or batch_size != 1 or drop_last):
        raise ValueError(
            "DataLoader: batch_sampler makes the batches, expected no batch_size, sampler or "
            "drop_last beside it"
        )


def check_workers(num_workers: int, worker_type: Any, timeout: Any, persistent: bool) -> None:
    """Raise unless the workers can be had."""
    if worker_type not in ("process", "thread"):
        raise ValueError(
            f"DataLoader: worker_type is {worker_type!r}, expected 'process' or 'thread'"
        )
    if isinstance(timeout, bool) or not isinstance(timeout, int | float):
        raise TypeError(f"DataLoader: timeout is {timeout!r}, expected a number of seconds")
    if not 0 <= timeout < math.inf:
        raise ValueError(f"DataLoader: timeout is {timeout}, expected 0 or more seconds")
    if num_workers == 0 and (timeout or persistent):
        what = "timeout" if timeout else "persistent_workers"
        raise ValueError(f"DataLoader: {what} is for workers, and num_workers is 0")


def check_source(seed: Any, generator: Any) -> None:
    """Raise unless there is at most one source of random numbers."""
    if seed is not None and generator is not None:
        raise ValueError("DataLoader: seed and generator are both given, expected one of them")
    if seed is not None:
        keyed_generator(seed)  # raises now what the first epoch would raise
    if generator is not None and not isinstance(generator, np.random.Generator):
        raise TypeError(
            f"DataLoader: generator is a {type(generator).__name__}, "
            "expected a numpy.random.Generator"
        )


def order(sampler: Iterable[int]) -> np.ndarray:
    """The indices that a sampler gives."""
    try:
        return np.fromiter(map(operator.index, sampler), dtype=np.int64)
    except TypeError as error:
        raise TypeError(f"DataLoader: sampler gave what is no index: {error}") from error


def check_state(state: Any, seed: int | None, generator: Any, batches: int | None) -> None:
    """Raise unless a state is of a loader like this one."""
    names = {"epoch", "batch", "seed", "seeded", "batches"}
    if not isinstance(state, Mapping) or not names <= state.keys():
        raise ValueError(
            "DataLoader: state_dict is damaged, expected what state_dict() returned, with "
            "epoch, batch, seed, seeded and batches"
        )
    if state["batches"] != batches:
        raise ValueError(
            f"DataLoader: the state is of a loader with {state['batches']} batches, this one "
            f"has {batches}: give it the same data set and batch_size"
        )
    theirs = f"seed {state['seed']}" if state["seeded"] else _source("generator" in state)
    ours = _source(generator is not None) if seed is None else f"seed {seed}"
    if theirs != ours:
        raise ValueError(f"DataLoader: the state is of a loader with {theirs}, this one has {ours}")
    most = {"epoch": math.inf, "batch": math.inf if batches is None else batches}
    for name, limit in most.items():
        if not isinstance(state[name], int) or not 0 <= state[name] <= limit:
            raise ValueError(
                f"DataLoader: the state's {name} is {state[name]!r}, expected an integer from 0"
                + ("" if limit == math.inf else f" to {limit}")
            )
    if state["seed"] is not None:
        keyed_generator(state["seed"])
    elif state["batch"]:
        raise ValueError(
            f"DataLoader: the state's seed is None, expected the one that the epoch of batch "
            f"{state['batch']} drew"
        )


def _source(own: bool) -> str:
    return "a generator of its own and no seed" if own else "no seed"
