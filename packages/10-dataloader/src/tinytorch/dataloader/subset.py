"""Parts of a data set, and splits into such parts."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from tinytorch.dataloader.dataset import Dataset, IterableDataset
from tinytorch.dataloader.integers import Indices, checked_indices
from tinytorch.setup import generator as thread_generator
from tinytorch.tensor.dims import real

if TYPE_CHECKING:
    from numpy.random import Generator

T_co = TypeVar("T_co", covariant=True)


class Subset(Dataset[T_co]):
    """Some samples of a data set: sample i is `dataset[indices[i]]`.

    The samples of a batch are asked for by `dataset.__getitems__` where it has that method. A
    slice, `subset[:]`, needs a data set that takes an array of indices, as a `TensorDataset` does.

    Args:
        dataset: a `Dataset`, or anything else with a length and an item for each index.
        indices: which samples, from 0 to `len(dataset) - 1`, in any order, also repeatedly.

    Attributes:
        indices: the indices, as an array.

    Raises:
        TypeError: if the data set has no length or no indices, or the indices are not integers.
        ValueError: if the indices are not in one row.
        IndexError: if one is negative, or beyond the data set; the first is named.

    Example:
        >>> vowels = Subset("abcde", [0, 4])
        >>> vowels[1], len(vowels)
        ('e', 2)
    """

    def __init__(self, dataset: Dataset[T_co] | Sequence[T_co], indices: Indices) -> None:
        length = _length("Subset", dataset)
        places = checked_indices("Subset", indices).copy()
        outside = ((places < 0) | (places >= length)).nonzero()[0]
        if outside.size:
            first = outside[0]
            raise IndexError(
                f"Subset: indices[{first}] is {places[first]}, "
                f"expected 0 to {length - 1} for a dataset of {length} samples"
                if length
                else f"Subset: indices[{first}] is {places[first]}, the dataset is empty"
            )
        self.dataset: Any = dataset
        self.indices = places

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self.dataset[self.indices[index]]
        place = operator.index(index)
        if not -len(self) <= place < len(self):
            raise IndexError(f"Subset: index {place} is out of range for {len(self)} samples")
        return self.dataset[int(self.indices[place])]

    def __getitems__(self, indices: Indices) -> Any:
        """Return the samples of a batch: what the data set's `__getitems__` returns, or a list."""
        places = checked_indices("Subset", indices)
        if type(self).__getitem__ is not Subset.__getitem__:
            return [self[index] for index in places.tolist()]  # a subclass has samples of its own
        try:
            chosen = self.indices[places]
        except IndexError as error:
            raise IndexError(f"Subset: {error}") from None
        if hasattr(self.dataset, "__getitems__"):
            return self.dataset.__getitems__(chosen)
        return [self.dataset[index] for index in chosen.tolist()]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(
    dataset: Dataset[T_co] | Sequence[T_co],
    lengths: Sequence[float],
    generator: Generator | None = None,
) -> list[Subset[T_co]]:
    """Deal out the samples of a data set at random: each goes to exactly one part.

    Args:
        dataset: a `Dataset`, or anything else with a length and an item for each index.
        lengths: the size of each part, which add up to the data set's; or, if they add up to 1,
            the fraction of it. A fraction is rounded down, and the samples that are left go one by
            one to the first parts.
        generator: a NumPy generator; None means `tinytorch.setup.generator()`.

    Returns:
        a `Subset` for each length.

    Raises:
        TypeError: if the data set has no length or no indices, a length is no number, or the
            generator is of another kind.
        ValueError: if a length is negative, or they don't add up.

    Example:
        >>> train, test = random_split(range(10), [0.75, 0.25])
        >>> len(train), len(test)
        (8, 2)
        >>> sorted([*train, *test]) == list(range(10))
        True
    """
    if generator is not None and not isinstance(generator, np.random.Generator):
        raise TypeError(
            f"random_split: generator is a {type(generator).__name__}, "
            "expected a numpy.random.Generator"
        )
    sizes = _sizes(lengths, _length("random_split", dataset))
    source = thread_generator() if generator is None else generator
    order = source.permutation(sum(sizes))
    ends = accumulate(sizes, initial=0)
    return [Subset(dataset, order[start:end]) for start, end in pairwise(ends)]


def _sizes(lengths: Sequence[float], samples: int) -> list[int]:
    """Return how many samples each part gets."""
    if not isinstance(lengths, Iterable):
        raise TypeError(
            f"random_split: lengths is {lengths!r:.60}, expected the size or fraction "
            "of each part: [0.8, 0.2]"
        )
    numbers = [
        real("random_split", f"lengths[{place}]", each) for place, each in enumerate(lengths)
    ]
    for place, each in enumerate(numbers):
        if not each >= 0:
            raise ValueError(f"random_split: lengths[{place}] is {each}, expected 0 or more")
    if math.isclose(sum(numbers), 1):
        sizes = [math.floor(samples * fraction) for fraction in numbers]
        for place in range(samples - sum(sizes)):
            sizes[place % len(sizes)] += 1
        return sizes
    if sum(numbers) != samples or not all(isinstance(each, int) for each in numbers):
        raise ValueError(
            f"random_split: lengths are {list(numbers)}, which add up to {sum(numbers)}, "
            f"expected integers that add up to {samples}, the length of the dataset, "
            "or fractions that add up to 1"
        )
    return numbers


def _length(where: str, dataset: Any) -> int:
    """Return the length of a data set that has one and an item for each index."""
    if isinstance(dataset, IterableDataset):
        raise TypeError(
            f"{where}: dataset is a {type(dataset).__name__}, an IterableDataset, "
            "which has no sample by index; expected a Dataset"
        )
    for method in ("__getitem__", "__len__"):
        if not hasattr(type(dataset), method):
            raise TypeError(
                f"{where}: dataset is a {type(dataset).__name__} with no {method}, "
                "expected a Dataset, or a sequence such as a list"
            )
    return len(dataset)
