"""Samplers: which samples an epoch takes, and in which order.

All random ones draw from `tinytorch.setup.generator()` at the moment when they are iterated, so
each `for` over one is a new order, and a seed repeats it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import islice
from typing import Any, Generic, TypeVar

import numpy as np

from tinytorch.dataloader.flag import check_flag
from tinytorch.dataloader.integers import Indices, checked_indices
from tinytorch.setup import generator
from tinytorch.tensor import Tensor, from_numpy, multinomial
from tinytorch.tensor.dims import integer

T_co = TypeVar("T_co", covariant=True)


class Sampler(Generic[T_co]):
    """The base of samplers: a subclass defines `__iter__()`, and `__len__()` where it can.

    Example:
        >>> class Backwards(Sampler[int]):
        ...     def __init__(self, data_source):
        ...         self.data_source = data_source
        ...
        ...     def __iter__(self):
        ...         return reversed(range(len(self)))
        ...
        ...     def __len__(self):
        ...         return len(self.data_source)
        >>> list(Backwards("abc"))
        [2, 1, 0]
    """

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError(
            f"{type(self).__name__}: __iter__ is missing, "
            "expected a Sampler to define __iter__(self)"
        )

    def __len__(self) -> int:
        raise TypeError(
            f"{type(self).__name__}: __len__ is missing, expected a Sampler to define __len__(self)"
        )


class SequentialSampler(Sampler[int]):
    """All samples in the order of the data set.

    Args:
        data_source: anything that has a length.

    Raises:
        TypeError: if it has none.

    Example:
        >>> list(SequentialSampler("abc"))
        [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        check_sized("SequentialSampler", "data_source", data_source)
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """Samples in random order: each once, or each drawn from all of them.

    Args:
        data_source: anything that has a length.
        replacement: whether each index is drawn from all of them, so that one may come again.
        num_samples: how many indices an epoch has; None means the length of `data_source`. Without
            replacement, more than there are means that whole orders follow each other.

    Raises:
        TypeError: if an argument is not of the kind that is said here.
        ValueError: if `data_source` is empty, or `num_samples` below 1.

    Example:
        >>> sorted(RandomSampler("abcd"))
        [0, 1, 2, 3]
        >>> len(RandomSampler("abcd", replacement=True, num_samples=100))
        100
    """

    def __init__(
        self, data_source: Sized, replacement: bool = False, num_samples: int | None = None
    ) -> None:
        check_sized("RandomSampler", "data_source", data_source)
        if len(data_source) == 0:
            raise ValueError("RandomSampler: data_source is empty, expected at least one sample")
        if num_samples is not None:
            num_samples = integer("RandomSampler", "num_samples", num_samples, least=1)
        self.data_source = data_source
        check_flag("RandomSampler", "replacement", replacement)
        self.replacement = replacement
        self._num_samples = num_samples

    @property
    def num_samples(self) -> int:
        """How many indices an epoch has."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        source, samples, count = generator(), len(self.data_source), self.num_samples
        if self.replacement:
            return iter(source.integers(samples, size=count).tolist())
        orders = [source.permutation(samples) for _ in range(-(-count // samples))]
        return iter(np.concatenate(orders)[:count].tolist())

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """The given indices in random order, each once.

    Args:
        indices: the indices of samples.

    Raises:
        TypeError: if they are not integers.
        ValueError: if they are not in one row.

    Example:
        >>> sorted(SubsetRandomSampler([7, 3, 5]))
        [3, 5, 7]
    """

    def __init__(self, indices: Indices) -> None:
        self.indices = checked_indices("SubsetRandomSampler", indices).copy()

    def __iter__(self) -> Iterator[int]:
        return iter(generator().permutation(self.indices).tolist())

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    r"""Indices drawn with the probabilities $w_i / \sum_j w_j$.

    Weights of one over the size of a sample's class make all classes equally frequent.

    Args:
        weights: a weight for each sample, 0 or more; they need not add up to 1.
        num_samples: how many indices an epoch has.
        replacement: whether an index may come again. If not, each is drawn with the weights of
            those that are left.

    Raises:
        TypeError: if an argument is not of the kind that is said here.
        ValueError: if weights are negative, infinite or NaN, none is above 0, or fewer are than
            are to be drawn without replacement; if they are not in one row.

    Example:
        >>> list(WeightedRandomSampler([0.0, 2.0, 0.0], 4))
        [1, 1, 1, 1]
        >>> sorted(WeightedRandomSampler([1.0, 5.0, 2.0], 3, replacement=False))
        [0, 1, 2]
    """

    def __init__(
        self, weights: Sequence[float] | Tensor, num_samples: int, replacement: bool = True
    ) -> None:
        self.num_samples = integer("WeightedRandomSampler", "num_samples", num_samples, least=1)
        check_flag("WeightedRandomSampler", "replacement", replacement)
        self.replacement = replacement
        self.weights = _checked_weights(weights, 1 if replacement else self.num_samples)

    def __iter__(self) -> Iterator[int]:
        # By the largest: the sum of finite weights may be infinite.
        weights = from_numpy(self.weights / self.weights.max())
        drawn = multinomial(weights, self.num_samples, self.replacement)
        return iter(drawn.data.tolist())

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """The indices of another sampler, as a list for each batch.

    Args:
        sampler: a sampler, or any other iterable of indices.
        batch_size: how many indices make a batch; the last batch holds those that are left.
        drop_last: whether to leave out a last batch that is not full.

    Raises:
        TypeError: if an argument is not of the kind that is said here.
        ValueError: if `batch_size` is below 1.

    Example:
        >>> list(BatchSampler(SequentialSampler("abcde"), batch_size=2, drop_last=False))
        [[0, 1], [2, 3], [4]]
        >>> list(BatchSampler(SequentialSampler("abcde"), batch_size=2, drop_last=True))
        [[0, 1], [2, 3]]
    """

    def __init__(
        self, sampler: Sampler[int] | Iterable[int], batch_size: int, drop_last: bool
    ) -> None:
        if not isinstance(sampler, Iterable):
            raise TypeError(
                f"BatchSampler: sampler is a {type(sampler).__name__}, expected a Sampler, "
                "or another iterable of indices"
            )
        self.sampler = sampler
        self.batch_size = integer("BatchSampler", "batch_size", batch_size, least=1)
        check_flag("BatchSampler", "drop_last", drop_last)
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        return self._batches(iter(self.sampler))

    def set_epoch(self, epoch: int) -> None:
        """Tell the sampler which epoch it is, if it wants to know."""
        if hasattr(self.sampler, "set_epoch"):
            self.sampler.set_epoch(epoch)

    def _batches(self, indices: Iterator[int]) -> Iterator[list[int]]:
        while batch := list(islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        check_sized("BatchSampler", "sampler", self.sampler)
        full, left = divmod(len(self.sampler), self.batch_size)  # type: ignore[arg-type]
        return full if self.drop_last or left == 0 else full + 1


def check_sized(where: str, name: str, source: Any) -> None:
    """Raise TypeError for what has no length."""
    if not hasattr(type(source), "__len__"):
        raise TypeError(
            f"{where}: {name} is a {type(source).__name__} with no __len__, "
            "expected something that has a length"
        )


def _checked_weights(weights: Any, needed: int) -> np.ndarray:
    """Return weights as a float64 array of which enough are above 0."""
    where = "WeightedRandomSampler"
    array = np.array(weights)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{where}: weights are {weights!r:.60}, expected a row of numbers")
    if array.ndim != 1:
        raise ValueError(f"{where}: weights have shape {array.shape}, expected one dim")
    wrong = (~(np.isfinite(array) & (array >= 0))).nonzero()[0]
    if wrong.size:
        raise ValueError(
            f"{where}: weights[{wrong[0]}] is {array[wrong[0]]}, expected 0 or more, finite"
        )
    above = np.count_nonzero(array)
    if above < needed:
        raise ValueError(
            f"{where}: {above} weights are above 0, expected at least {needed}"
            + (" to draw as many without replacement" if needed > 1 else "")
        )
    return array.astype(np.float64)
