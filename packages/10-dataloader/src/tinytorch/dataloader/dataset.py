"""Data sets: things whose samples can be had by number, in any order, or else one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic, NoReturn, TypeVar

import numpy as np

from tinytorch.dataloader.integers import Indices, checked_indices
from tinytorch.tensor import Tensor

T_co = TypeVar("T_co", covariant=True)


class Dataset(Generic[T_co]):
    """The base of data sets: a subclass defines `__getitem__(index)` and `__len__()`.

    It may also define `__getitems__(indices)`, which returns the samples of a whole batch, where
    that is quicker than one at a time. A `DataLoader` then calls it instead, with an int64 array.

    Example:
        >>> class Squares(Dataset[int]):
        ...     def __getitem__(self, index: int) -> int:
        ...         return index**2
        ...
        ...     def __len__(self) -> int:
        ...         return 10
        >>> Squares()[3]
        9
    """

    def __getitem__(self, index: int) -> T_co:
        raise NotImplementedError(
            f"{type(self).__name__}: __getitem__ is missing, "
            "expected a Dataset to define __getitem__(self, index)"
        )

    def __len__(self) -> int:
        raise TypeError(
            f"{type(self).__name__}: __len__ is missing, expected a Dataset to define __len__(self)"
        )


class IterableDataset(Dataset[T_co]):
    """The base of data sets that come as a stream: a subclass defines `__iter__()`, and no more.

    It is for samples that have no numbers: the lines of a file too large to hold, a sensor. Such a
    data set decides on the order itself. It has a length only if the subclass defines `__len__()`.

    Example:
        >>> class Countdown(IterableDataset[int]):
        ...     def __iter__(self):
        ...         return iter([3, 2, 1])
        >>> list(Countdown())
        [3, 2, 1]
    """

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError(
            f"{type(self).__name__}: __iter__ is missing, "
            "expected an IterableDataset to define __iter__(self)"
        )

    def __getitem__(self, index: Any) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__}: an IterableDataset has no sample by index, "
            "expected a loop over it: for sample in dataset"
        )


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """A data set made of Tensors: sample i is `(tensors[0][i], tensors[1][i], …)`.

    An index may be all that a Tensor accepts along its first dim: `dataset[:]` is everything.

    Args:
        tensors: one or more Tensors of the same size along dim 0, the number of samples.

    Raises:
        TypeError: if one of them is not a Tensor.
        ValueError: if there is none, one has no dim, or their sizes differ.

    Example:
        >>> from tinytorch.tensor import arange
        >>> dataset = TensorDataset(arange(6).reshape(3, 2), arange(3))
        >>> [part.tolist() for part in dataset[1]]
        [[2, 3], 1]
        >>> len(dataset)
        3
    """

    def __init__(self, *tensors: Tensor) -> None:
        if not tensors:
            raise ValueError("TensorDataset: tensors is empty, expected at least one Tensor")
        for position, part in enumerate(tensors):
            if not isinstance(part, Tensor):
                raise TypeError(
                    f"TensorDataset: tensors[{position}] is a {type(part).__name__}, "
                    "expected a Tensor: make one with tensor(…)"
                )
            if part.ndim == 0:
                raise ValueError(
                    f"TensorDataset: tensors[{position}] has no dim, expected samples along dim 0"
                )
        sizes = [part.shape[0] for part in tensors]
        if len(set(sizes)) > 1:
            raise ValueError(
                f"TensorDataset: tensors have {', '.join(map(str, sizes))} samples, "
                "expected the same size along dim 0"
            )
        self.tensors = tensors

    def __getitem__(self, index: int | slice | Tensor) -> tuple[Tensor, ...]:
        return tuple(part[index] for part in self.tensors)

    def __getitems__(self, indices: Indices) -> Sequence[Any] | TensorDataset:
        """Return the samples of a batch, by one indexing a Tensor, as a smaller TensorDataset."""
        places = checked_indices("TensorDataset", indices)
        if type(self).__getitem__ is not TensorDataset.__getitem__:
            return [self[index] for index in places.tolist()]  # a subclass has samples of its own
        try:
            return TensorDataset(*[_rows(part, places) for part in self.tensors])
        except IndexError as error:
            raise IndexError(f"TensorDataset: {error}") from None

    def __len__(self) -> int:
        return int(self.tensors[0].shape[0])


def _rows(part: Tensor, places: np.ndarray) -> Tensor:
    """Return `part[places]`; of plain data by `take`, in half the time."""
    return part[places] if part.requires_grad else Tensor.from_array(part.data.take(places, 0))
