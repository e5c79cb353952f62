"""The share of one process among several that train the same model."""

from __future__ import annotations

from collections.abc import Iterator, Sized

import numpy as np

from tinytorch.dataloader.flag import check_flag
from tinytorch.dataloader.integers import check_seed
from tinytorch.dataloader.sampler import Sampler, check_sized
from tinytorch.setup import keyed_generator
from tinytorch.tensor.dims import integer


class DistributedSampler(Sampler[int]):
    """Every `num_replicas`-th sample of an order that all replicas share, from `rank` on.

    All shares have the same size. The order is therefore lengthened by its own beginning, or, with
    `drop_last`, shortened. A shuffled order belongs to (seed, epoch) alone: it is the same in each
    process, whatever else that draws. Call `set_epoch` before each epoch, or all have one order.

    Args:
        dataset: anything that has a length.
        num_replicas: how many processes share it. PyTorch can ask its process group for the two.
        rank: which of them this one is, from 0.
        shuffle: whether each epoch has a random order of its own, or all have the data set's.
        seed: the seed of the orders, the same in all processes.
        drop_last: whether to leave out the samples that would not fill all shares.

    Raises:
        TypeError: if an argument is not of the kind that is said here.
        ValueError: if `num_replicas` is below 1, or there is no such rank.

    Example:
        >>> for rank in range(2):
        ...     list(DistributedSampler("abcde", num_replicas=2, rank=rank, shuffle=False))
        [0, 2, 4]
        [1, 3, 0]
    """

    def __init__(
        self,
        dataset: Sized,
        num_replicas: int,
        rank: int,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        where = "DistributedSampler"
        check_sized(where, "dataset", dataset)
        self.dataset = dataset
        self.num_replicas = integer(where, "num_replicas", num_replicas, least=1)
        self.rank = integer(where, "rank", rank, least=0)
        if self.rank >= self.num_replicas:
            raise ValueError(
                f"{where}: rank is {self.rank}, "
                f"expected 0 to {self.num_replicas - 1} for num_replicas {self.num_replicas}"
            )
        check_flag(where, "shuffle", shuffle)
        self.shuffle = shuffle
        check_flag(where, "drop_last", drop_last)
        self.drop_last = drop_last
        check_seed(where, seed)  # raises now what the first epoch would raise
        self.seed = seed
        self.epoch = 0

    def __iter__(self) -> Iterator[int]:
        samples = len(self.dataset)
        if self.shuffle:
            order = keyed_generator(self.seed, self.epoch).permutation(samples)
        else:
            order = np.arange(samples)
        total = len(self) * self.num_replicas
        # resize repeats the order as often as it takes, or cuts it off
        return iter(np.resize(order, total)[self.rank :: self.num_replicas].tolist())

    def __len__(self) -> int:
        full, left = divmod(len(self.dataset), self.num_replicas)
        return full if self.drop_last or left == 0 else full + 1

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next iteration, if they are shuffled.

        Args:
            epoch: the number of the epoch, from 0.

        Raises:
            TypeError: if it is no integer.
            ValueError: if it is negative.
        """
        self.epoch = integer("DistributedSampler.set_epoch", "epoch", epoch, least=0)
