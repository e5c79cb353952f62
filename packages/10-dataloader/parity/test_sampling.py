"""Samplers, subsets and splits against those of torch.utils.data.

Random orders come from other generators, so they are held by what they cover.
"""

import numpy as np
import pytest
import torch
from torch.utils import data as reference

from tinytorch import dataloader as ours
from tinytorch.tensor import tensor


@pytest.mark.parity("SequentialSampler")
@pytest.mark.parametrize("size", [0, 1, 7])
def test_sequential_sampler(size):
    mine, theirs = (kind.SequentialSampler(range(size)) for kind in (ours, reference))
    assert list(mine) == list(theirs)
    assert len(mine) == len(theirs)


@pytest.mark.parity("RandomSampler")
@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("num_samples", [None, 1, 5, 12, 24])
def test_random_sampler(replacement, num_samples):
    mine, theirs = (
        kind.RandomSampler(range(10), replacement, num_samples) for kind in (ours, reference)
    )
    assert len(mine) == len(theirs) == mine.num_samples == theirs.num_samples
    for _ in range(20):
        left, right = list(mine), list(theirs)
        assert len(left) == len(right)
        assert all(type(index) is int for index in left)
        if replacement:
            assert set(left) | set(right) <= set(range(10))
        else:
            assert sorted(np.bincount(left, minlength=10)) == sorted(
                np.bincount(right, minlength=10)
            )


@pytest.mark.parity("SubsetRandomSampler")
@pytest.mark.parametrize("indices", [[], [4], [5, 3, 3, 9]])
def test_subset_random_sampler(indices):
    mine, theirs = (kind.SubsetRandomSampler(indices) for kind in (ours, reference))
    assert sorted(mine) == sorted(theirs)
    assert len(mine) == len(theirs)


@pytest.mark.parity("WeightedRandomSampler")
@pytest.mark.parametrize("replacement", [False, True])
def test_weighted_random_sampler(replacement):
    weights, count = [0.1, 0.0, 0.9, 2.0], 3
    torch.manual_seed(0)
    firsts = []
    for kind in (ours, reference):
        sampler = kind.WeightedRandomSampler(weights, count, replacement)
        assert len(sampler) == count
        drawn = [list(sampler) for _ in range(2000)]
        assert all(len(row) == count and 1 not in row for row in drawn)
        assert replacement or all(sorted(row) == [0, 2, 3] for row in drawn)
        firsts.append(np.bincount([row[0] for row in drawn], minlength=4) / 2000)
    # the difference of two frequencies: 5 standard deviations at most
    np.testing.assert_allclose(*firsts, rtol=0, atol=5 * np.sqrt(2 * 0.25 / 2000))


@pytest.mark.parity("WeightedRandomSampler")
@pytest.mark.parametrize(
    ("weights", "replacement"),
    [([1.0, -1.0], True), ([0.0, 0.0], True), ([float("nan")], True), ([1.0, 1.0], False)],
)
def test_weights_that_both_refuse(weights, replacement):
    with pytest.raises(ValueError, match="weights"):
        ours.WeightedRandomSampler(weights, 3, replacement)
    with pytest.raises(RuntimeError):  # not before it is iterated
        list(reference.WeightedRandomSampler(weights, 3, replacement))


@pytest.mark.parity("BatchSampler", "Sampler")
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("size", [0, 1, 6, 7])
def test_batch_sampler(size, drop_last):
    def backwards(base):
        class Backwards(base):
            def __iter__(self):
                return reversed(range(size))

            def __len__(self):
                return size

        return Backwards()

    mine = ours.BatchSampler(backwards(ours.Sampler), 3, drop_last)
    theirs = reference.BatchSampler(backwards(reference.Sampler), 3, drop_last)
    assert list(mine) == list(theirs)
    assert len(mine) == len(theirs)


@pytest.mark.parity("DistributedSampler")
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("size", [0, 1, 2, 6, 7, 8])
@pytest.mark.parametrize("replicas", [1, 2, 3, 7, 20])
def test_distributed_sampler(size, replicas, drop_last):
    for rank in range(replicas):
        arguments = (range(size), replicas, rank)
        mine, theirs = (
            kind(*arguments, shuffle=False, drop_last=drop_last)
            for kind in (ours.DistributedSampler, reference.DistributedSampler)
        )
        assert list(mine) == list(theirs)
        assert len(mine) == len(theirs)


@pytest.mark.parity("DistributedSampler")
@pytest.mark.parametrize("drop_last", [False, True])
def test_distributed_sampler_shuffled(drop_last):
    covered = []
    for kind in (ours.DistributedSampler, reference.DistributedSampler):
        shares = []
        for rank in range(3):
            sampler = kind(range(10), 3, rank, seed=4, drop_last=drop_last)
            first = list(sampler)
            assert list(sampler) == first
            sampler.set_epoch(1)
            assert list(sampler) != first
            shares.append(first)
        assert len({len(share) for share in shares}) == 1
        covered.append(sorted(np.bincount(np.concatenate(shares), minlength=10)))
    assert covered[0] == covered[1]


@pytest.mark.parity("Subset")
def test_subset():
    indices = [5, 2, 2, 0]
    features = np.arange(12).reshape(6, 2)
    mine = ours.Subset(ours.TensorDataset(tensor(features)), indices)
    theirs = reference.Subset(reference.TensorDataset(torch.tensor(features)), indices)
    assert len(mine) == len(theirs)
    for index in (0, 3, -1, slice(1, 3), slice(None)):
        assert mine[index][0].tolist() == theirs[index][0].tolist()
    for left, right in zip(mine.__getitems__([3, 1]), theirs.__getitems__([3, 1]), strict=True):
        assert left[0].tolist() == right[0].tolist()
    assert list(ours.Subset("abcdef", indices)) == list(reference.Subset("abcdef", indices))


@pytest.mark.parity("random_split")
@pytest.mark.parametrize("size", [1, 7, 10, 101])
@pytest.mark.parametrize(
    "fractions", [[1.0], [0.5, 0.5], [0.7, 0.2, 0.1], [0.25] * 4, [1 / 3] * 3, [0.1] * 10]
)
@pytest.mark.filterwarnings("ignore:Length of split")
def test_random_split_by_fractions(size, fractions):
    mine, theirs = (kind.random_split(range(size), fractions) for kind in (ours, reference))
    assert [len(part) for part in mine] == [len(part) for part in theirs]
    assert sorted(i for part in mine for i in part) == list(range(size))


@pytest.mark.parity("random_split")
@pytest.mark.parametrize("lengths", [[10], [3, 7], [0, 9, 1], [3, 3], [11]])
def test_random_split_by_lengths(lengths):
    if sum(lengths) != 10:
        for kind in (ours, reference):
            with pytest.raises(ValueError, match="length"):
                kind.random_split(range(10), lengths)
        return
    mine, theirs = (kind.random_split(range(10), lengths) for kind in (ours, reference))
    assert [len(part) for part in mine] == [len(part) for part in theirs] == lengths


@pytest.mark.parity("IterableDataset")
def test_iterable_dataset():
    for base in (ours.IterableDataset, reference.IterableDataset):

        class Stream(base):
            def __iter__(self):
                return iter("abc")

        assert list(Stream()) == ["a", "b", "c"]
        assert issubclass(base, (ours.Dataset, reference.Dataset))
        with pytest.raises(TypeError):
            len(Stream())
        with pytest.raises((TypeError, NotImplementedError)):
            Stream()[0]
        with pytest.raises((TypeError, NotImplementedError)):
            iter(base())
