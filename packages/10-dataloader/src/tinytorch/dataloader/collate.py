"""From a list of samples to one batch: what was a number gets a dim, what was a Tensor one more."""

from __future__ import annotations

from collections.abc import Hashable, MutableMapping, Sequence
from copy import copy
from typing import Any

import numpy as np

from tinytorch.dataloader.dataset import TensorDataset
from tinytorch.tensor import Tensor, as_tensor, float64, stack, tensor


def default_collate(batch: Sequence[Any] | TensorDataset) -> Any:
    """Lay samples side by side along a new first dim, in the structure that each of them has.

    | each sample is | the batch is |
    |---|---|
    | a Tensor, a NumPy array or scalar of shape (…) | a Tensor of shape (samples, …), same dtype |
    | a Python bool, int, float | a Tensor of bool, int64, float64 |
    | a string or bytes | the list of them |
    | a dictionary | a dictionary of the same kind, a batch for each key |
    | a tuple, a list | a list with a batch for each place |
    | a named tuple | such a named tuple of batches |

    Args:
        batch: the samples, one or more. They may nest as deep as you like.

    Raises:
        TypeError: if samples are of a kind that is not in the table, or of different kinds.
        ValueError: if there is no sample, or their shapes, lengths or keys differ.

    Example:
        >>> features, label = default_collate([([1.0, 2.0], 7), ([3.0, 4.0], 8)])
        >>> label.tolist()
        [7, 8]
        >>> [place.tolist() for place in features]
        [[1.0, 3.0], [2.0, 4.0]]
    """
    if type(batch) is TensorDataset:
        return list(batch.tensors)  # the samples lie side by side already
    if not hasattr(batch, "__getitem__"):
        raise TypeError(
            f"default_collate: batch is of type {type(batch).__name__}, expected a list of samples"
        )
    if len(batch) == 0:
        raise ValueError("default_collate: batch is empty, expected at least one sample")
    return _collate([batch[index] for index in range(len(batch))], "sample")


def _collate(samples: Sequence[Any], name: str) -> Any:
    """Collate samples, or parts of them; `name` says which, for errors: `sample[1]['mask']`."""
    if _all(samples, str, bytes):
        return list(samples)
    if _all(samples, Tensor, np.ndarray, np.generic):
        return _tensors(samples, name)
    if _all(samples, int, float):
        return _numbers(samples)
    if _all(samples, MutableMapping):
        return _mappings(samples, name)
    if _all(samples, tuple, list):
        return _sequences(samples, name)
    kinds = ", ".join(sorted({type(sample).__name__ for sample in samples}))
    raise TypeError(
        f"default_collate: {name} is {kinds}, expected all Tensors, arrays, numbers, strings, "
        "dictionaries, tuples or lists: convert it, or pass a collate_fn of your own"
    )


def _all(samples: Sequence[Any], *kinds: type) -> bool:
    return all(isinstance(sample, kinds) for sample in samples)


def _tensors(samples: Sequence[Any], name: str) -> Tensor:
    tensors = [as_tensor(sample) for sample in samples]
    _check_same(
        f"{name} has shape",
        [tuple(each.shape) for each in tensors],
        "one shape: pad them to it, or pass a collate_fn of your own",
    )
    batch: Tensor = stack(tensors)
    return batch


def _numbers(samples: Sequence[float]) -> Tensor:
    return tensor(list(samples), dtype=None if _all(samples, int) else float64)


def _mappings(samples: Sequence[MutableMapping[Any, Any]], name: str) -> MutableMapping[Any, Any]:
    _check_same(
        f"{name} has keys",
        [tuple(sorted(each, key=repr)) for each in samples],
        "the same keys in each",
    )
    batch = copy(samples[0])  # it may be more than its items: a defaultdict has a factory
    for key in samples[0]:
        batch[key] = _collate([each[key] for each in samples], f"{name}[{key!r}]")
    return batch


def _sequences(samples: Sequence[Sequence[Any]], name: str) -> Any:
    _check_same(
        f"{name} has length",
        [len(each) for each in samples],
        "one length: make Tensors of what varies, or pass a collate_fn of your own",
    )
    places = zip(*samples, strict=True)
    batch = [_collate(place, f"{name}[{index}]") for index, place in enumerate(places)]
    kind = type(samples[0])
    return kind(*batch) if hasattr(kind, "_fields") else batch


def _check_same(what: str, values: Sequence[Hashable], expected: str) -> None:
    """Raise an error that says which value stands at which places of the batch."""
    if len(set(values)) == 1:
        return
    places: dict[Hashable, list[int]] = {}
    for place, value in enumerate(values):
        places.setdefault(value, []).append(place)
    found = " and ".join(
        f"{value} at {', '.join(map(str, at[:4]))}{', …' if len(at) > 4 else ''}"
        for value, at in places.items()
    )
    raise ValueError(f"default_collate: {what} {found} of the batch, expected {expected}")
