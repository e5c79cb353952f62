"""What the arguments of a DataLoader may be: each error names the argument, and what it got."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tinytorch.dataloader.dataset import IterableDataset
from tinytorch.dataloader.integers import check_seed


def check_functions(**functions: Any) -> None:
    """Raise unless all are functions, or None."""
    for name, function in functions.items():
        if function is not None and not callable(function):
            raise TypeError(f"DataLoader: {name} is {function!r:.60}, expected a function")
    check_object("transform", functions["transform"])


def check_object(name: str, given: Any) -> None:
    """Raise if a class is given where an object of it is wanted."""
    if isinstance(given, type):
        raise TypeError(
            f"DataLoader: {name} is the class {given.__name__}, "
            f"expected an object of it: {given.__name__}(…)"
        )


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
        check_object(name, given)
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


def check_workers(num_workers: int, *, worker_type: Any, timeout: Any, **others: Any) -> None:
    """Raise unless the workers can be had, or there are none and nothing else was given."""
    if not (worker_type is None or worker_type in ("process", "thread")):
        raise ValueError(
            f"DataLoader: worker_type is {worker_type!r:.60}, expected 'process' or 'thread'"
        )
    if isinstance(timeout, bool) or not isinstance(timeout, int | float):
        raise TypeError(f"DataLoader: timeout is {timeout!r:.60}, expected a number of seconds")
    if not 0 <= timeout < math.inf:
        raise ValueError(f"DataLoader: timeout is {timeout}, expected 0 or more seconds")
    if num_workers:
        return
    for name, given in {"worker_type": worker_type, "timeout": timeout, **others}.items():
        if given:
            raise ValueError(
                f"DataLoader: {name} is for workers, and num_workers is 0: "
                f"give num_workers too, or no {name}"
            )


def check_source(seed: Any, generator: Any) -> None:
    """Raise unless there is at most one source of random numbers."""
    if seed is not None and generator is not None:
        raise ValueError("DataLoader: seed and generator are both given, expected one of them")
    if seed is not None:
        check_seed("DataLoader", seed)  # raises now what the first epoch would raise
    if generator is not None and not isinstance(generator, np.random.Generator):
        raise TypeError(
            f"DataLoader: generator is a {type(generator).__name__}, "
            "expected a numpy.random.Generator"
        )


def check_state(state: Any, seed: int | None, generator: Any, settings: Mapping[str, Any]) -> None:
    """Raise unless a state is of a loader like this one."""
    names = ["epoch", "batch", "seed", "seeded", *settings]
    if not isinstance(state, Mapping) or not state.keys() >= set(names):
        raise ValueError(
            "DataLoader: state_dict is damaged, expected what state_dict() returned, with "
            f"{', '.join(names)}"
        )
    theirs = [f"{name} {state[name]}" for name in settings]
    theirs.append(f"seed {state['seed']}" if state["seeded"] else _source("generator" in state))
    ours = [f"{name} {setting}" for name, setting in settings.items()]
    ours.append(_source(generator is not None) if seed is None else f"seed {seed}")
    if theirs != ours:
        differences = [pair for pair in zip(theirs, ours) if pair[0] != pair[1]]
        there, here = (", ".join(side) for side in zip(*differences))
        raise ValueError(f"DataLoader: the state is of a loader with {there}; this one has {here}")
    most = {
        "epoch": math.inf,
        "batch": math.inf if settings["batches"] is None else settings["batches"],
    }
    for name, limit in most.items():
        if not isinstance(state[name], int) or not 0 <= state[name] <= limit:
            raise ValueError(
                f"DataLoader: the state's {name} is {state[name]!r}, expected an integer from 0"
                + ("" if limit == math.inf else f" to {limit}")
            )
    if state["seed"] is not None:
        check_seed("DataLoader: the state", state["seed"])
    elif state["batch"]:
        raise ValueError(
            f"DataLoader: the state's seed is None, expected the one that the epoch of batch "
            f"{state['batch']} drew"
        )


def _source(own: bool) -> str:
    return "a generator of its own and no seed" if own else "no seed"
