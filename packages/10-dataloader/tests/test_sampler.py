import pickle
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.dataloader import (
    BatchSampler,
    DataLoader,
    DistributedSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from tinytorch.setup import generator, manual_seed, use_generator
from tinytorch.tensor import tensor

sizes = st.integers(1, 40)
seeds = st.integers(0, 2**64 - 1)

RANDOM = [
    RandomSampler(range(50)),
    RandomSampler(range(50), replacement=True),
    SubsetRandomSampler(range(50)),
    WeightedRandomSampler(np.ones(50), 50),
    WeightedRandomSampler(np.ones(50), 50, replacement=False),
]


@pytest.mark.parametrize("sampler", RANDOM, ids=lambda each: type(each).__name__)
def test_a_random_order_is_drawn_anew_from_the_threads_generator_by_each_iteration(sampler):
    with use_generator(0):
        manual_seed(3)
        first, second = list(sampler), list(sampler)
        manual_seed(3)
        assert list(sampler) == first != second
    assert len(sampler) == len(first) == 50
    assert all(type(index) is int for index in first)


@pytest.mark.parametrize("sampler", RANDOM, ids=lambda each: type(each).__name__)
def test_the_order_is_drawn_when_the_iteration_begins(sampler):
    with use_generator(1):
        expected = list(sampler)
    with use_generator(1):
        iterator = iter(sampler)
    assert list(iterator) == expected


@pytest.mark.parametrize("sampler", RANDOM, ids=lambda each: type(each).__name__)
def test_samplers_pickle(sampler):
    copy = pickle.loads(pickle.dumps(sampler))
    with use_generator(1):
        expected = list(sampler)
    with use_generator(1):
        assert list(copy) == expected


def test_a_sampler_without_its_methods_says_so():
    with pytest.raises(NotImplementedError, match=r"^Sampler: __iter__ is missing, expected"):
        iter(Sampler())
    with pytest.raises(TypeError, match=r"^Sampler: __len__ is missing, expected"):
        len(Sampler())


@given(st.integers(0, 40))
def test_a_sequential_sampler_counts(size):
    sampler = SequentialSampler(range(size))
    assert list(sampler) == list(range(size)) == list(sampler)
    assert len(sampler) == size


def test_lengths_follow_a_source_that_grows():
    source = [1, 2]
    samplers = SequentialSampler(source), RandomSampler(source)
    source.append(3)
    for sampler in samplers:
        assert sorted(sampler) == [0, 1, 2]
        assert len(sampler) == 3


@given(sizes, seeds)
def test_a_random_sampler_permutes(size, seed):
    with use_generator(seed):
        assert sorted(RandomSampler(range(size))) == list(range(size))


@given(sizes, st.integers(1, 100), seeds)
def test_a_random_sampler_without_replacement_takes_whole_orders_and_a_part_of_one(size, n, seed):
    sampler = RandomSampler(range(size), num_samples=n)
    with use_generator(seed):
        drawn = list(sampler)
    assert len(drawn) == len(sampler) == sampler.num_samples == n
    counts = np.bincount(drawn, minlength=size)
    assert set(counts) <= {n // size, -(-n // size)}


@given(sizes, st.integers(1, 100), seeds)
def test_a_random_sampler_with_replacement_stays_inside(size, n, seed):
    with use_generator(seed):
        drawn = list(RandomSampler(range(size), replacement=True, num_samples=n))
    assert len(drawn) == n
    assert set(drawn) <= set(range(size))


def test_orders_are_uniform():
    with use_generator(0):
        orders = [tuple(RandomSampler("abc")) for _ in range(6000)]
        drawn = list(RandomSampler("abcd", replacement=True, num_samples=8000))
    _, counts = np.unique(orders, axis=0, return_counts=True)
    assert len(counts) == 6
    # 5 standard deviations of a binomial distribution
    assert (np.abs(counts - 1000) < 5 * np.sqrt(6000 / 6 * 5 / 6)).all()
    assert (np.abs(np.bincount(drawn) - 2000) < 5 * np.sqrt(8000 / 4 * 3 / 4)).all()


@given(st.lists(st.integers(0, 1000)), seeds)
def test_a_subset_random_sampler_permutes_what_it_is_given(indices, seed):
    sampler = SubsetRandomSampler(indices)
    with use_generator(seed):
        assert sorted(sampler) == sorted(indices)
    assert len(sampler) == len(indices)


def test_a_subset_random_sampler_keeps_its_indices():
    indices = np.arange(3)
    sampler = SubsetRandomSampler(indices)
    indices[:] = 9
    assert sorted(sampler) == [0, 1, 2]


def test_weights_decide_how_often():
    weights = [1, 0, 3, 6]
    with use_generator(0):
        drawn = list(WeightedRandomSampler(weights, 10_000))
    counts = np.bincount(drawn, minlength=4)
    expected = np.array([1000, 0, 3000, 6000])
    assert (np.abs(counts - expected) <= 5 * np.sqrt(expected * (1 - expected / 10_000))).all()


def test_weights_decide_who_is_first_without_replacement():
    with use_generator(0):
        orders = [
            tuple(WeightedRandomSampler([1.0, 3.0], 2, replacement=False)) for _ in range(2000)
        ]
    assert set(orders) == {(0, 1), (1, 0)}
    assert abs(orders.count((1, 0)) - 1500) < 5 * np.sqrt(2000 * 3 / 16)


@given(
    st.lists(st.just(0.0) | st.floats(1e-100, 1e100), min_size=1, max_size=20).filter(any),
    st.booleans(),
    seeds,
)
def test_what_has_no_weight_is_never_drawn(weights, replacement, seed):
    count = np.count_nonzero(weights)
    with use_generator(seed):
        drawn = list(WeightedRandomSampler(weights, count, replacement))
    assert all(weights[index] > 0 for index in drawn)
    assert replacement or sorted(drawn) == np.flatnonzero(weights).tolist()


def test_the_sum_of_weights_may_be_beyond_floating_point():
    with use_generator(0):
        drawn = list(WeightedRandomSampler([1e308, 0.0, 1e308, 1e308], 100))
    assert set(drawn) == {0, 2, 3}


@pytest.mark.parametrize("weights", [[0, 1], np.float32([0, 1]), tensor([0.0, 1.0]), (0, 0.5)])
def test_weights_may_be_of_any_kind(weights):
    assert list(WeightedRandomSampler(weights, 2)) == [1, 1]


@given(st.integers(0, 40), sizes, st.booleans())
def test_batches_cut_the_order_into_pieces(size, batch_size, drop_last):
    sampler = BatchSampler(SequentialSampler(range(size)), batch_size, drop_last)
    batches = list(sampler)
    assert len(sampler) == len(batches)
    taken = size - size % batch_size if drop_last else size
    assert list(chain(*batches)) == list(range(taken))
    assert all(len(batch) == batch_size for batch in batches[: size // batch_size])
    assert list(sampler) == batches


def test_batches_of_an_iterable_without_a_length():
    sampler = BatchSampler(iter([5, 6, 7]), 2, drop_last=False)
    with pytest.raises(TypeError, match=r"^BatchSampler: sampler is a .* with no __len__"):
        len(sampler)
    assert list(sampler) == [[5, 6], [7]]


@given(sizes, st.integers(1, 50), st.booleans(), seeds, st.integers(0, 2**64 - 1))
def test_replicas_share_an_order(size, replicas, drop_last, seed, epoch):
    samplers = [
        DistributedSampler(range(size), replicas, rank, seed=seed, drop_last=drop_last)
        for rank in range(replicas)
    ]
    for sampler in samplers:
        sampler.set_epoch(epoch)
    shares = [list(sampler) for sampler in samplers]
    each = size // replicas if drop_last else -(-size // replicas)
    assert {len(share) for share in shares} == {len(samplers[0])} == {each}
    counts = np.bincount(list(chain(*shares)), minlength=size)
    assert counts.max() - counts.min() <= 1
    if drop_last:
        assert counts.max() <= 1
    else:
        assert counts.min() >= 1
    # striding: together, one from each in turn, they are the order, and then its beginning again
    order = list(chain(*zip(*shares, strict=True)))
    assert order == [order[place % size] for place in range(len(order))]


def test_the_order_of_replicas_belongs_to_seed_and_epoch_alone():
    sampler = DistributedSampler(range(50), 2, 0, seed=7)
    with use_generator(0):
        expected = generator().random()
    with use_generator(0):
        first = list(sampler)
        assert generator().random() == expected
    sampler.set_epoch(1)
    second = list(sampler)
    assert first != second
    sampler.set_epoch(0)
    assert list(sampler) == list(pickle.loads(pickle.dumps(sampler))) == first
    assert list(DistributedSampler(range(50), 2, 0, seed=8)) != first


def test_replicas_without_shuffle_take_turns():
    def shares(size, replicas, **settings):
        return [
            list(DistributedSampler(range(size), replicas, rank, shuffle=False, **settings))
            for rank in range(replicas)
        ]

    assert shares(5, 2) == [[0, 2, 4], [1, 3, 0]]
    assert shares(5, 2, drop_last=True) == [[0, 2], [1, 3]]
    assert shares(2, 5) == [[0], [1], [0], [1], [0]]
    assert shares(2, 5, drop_last=True) == [[]] * 5


def test_an_empty_dataset_has_empty_shares():
    for drop_last in (False, True):
        sampler = DistributedSampler([], 3, 1, drop_last=drop_last)
        assert list(sampler) == []
        assert len(sampler) == 0


@pytest.mark.parametrize(
    ("kind", "arguments", "error", "message"),
    [
        (SequentialSampler, (5,), TypeError, "data_source is a int with no __len__"),
        (RandomSampler, (iter([]),), TypeError, "data_source is a list_iterator with no __len__"),
        (RandomSampler, ([],), ValueError, "data_source is empty, expected at least one sample"),
        (RandomSampler, ([1], 1), TypeError, "replacement is 1, expected True or False"),
        (RandomSampler, ([1], True, 0), ValueError, "num_samples is 0, expected at least 1"),
        (RandomSampler, ([1], True, 1.5), TypeError, "num_samples is 1.5, expected an integer"),
        (SubsetRandomSampler, ([0.5],), TypeError, r"indices are \[0.5\], expected a list or"),
        (SubsetRandomSampler, (["a"],), TypeError, r"indices are \['a'\], expected a list or"),
        (SubsetRandomSampler, ([[1], [1, 2]],), TypeError, r"indices are .*, expected a list or"),
        (SubsetRandomSampler, (iter([1]),), TypeError, "indices are <list_iterator"),
        (SubsetRandomSampler, ([True, False],), TypeError, "indices are booleans, expected integ"),
        (SubsetRandomSampler, ([[1, 2]],), ValueError, r"indices have shape \(1, 2\), expected on"),
        (SubsetRandomSampler, (3,), ValueError, r"indices have shape \(\), expected one dim"),
        (WeightedRandomSampler, ([1.0], 0), ValueError, "num_samples is 0, expected at least 1"),
        (WeightedRandomSampler, ([1.0], True), TypeError, "num_samples is True, expected an int"),
        (WeightedRandomSampler, ([1.0], 1, None), TypeError, "replacement is None, expected True"),
        (WeightedRandomSampler, ("ab", 1), TypeError, "weights are 'ab', expected a row of numb"),
        (WeightedRandomSampler, ([[1.0]], 1), ValueError, r"weights have shape \(1, 1\), expected"),
        (WeightedRandomSampler, ([1, -2], 1), ValueError, r"weights\[1\] is -2, expected 0 or mor"),
        (WeightedRandomSampler, ([np.nan], 1), ValueError, r"weights\[0\] is nan, expected 0 or"),
        (WeightedRandomSampler, ([1, np.inf], 1), ValueError, r"weights\[1\] is inf, expected"),
        (WeightedRandomSampler, ([], 1), ValueError, "0 weights are above 0, expected at least 1$"),
        (WeightedRandomSampler, ([0, 0], 1), ValueError, "0 weights are above 0, expected at lea"),
        (
            WeightedRandomSampler,
            ([1, 0, 2], 3, False),
            ValueError,
            "2 weights are above 0, expected at least 3 to draw as many without replacement",
        ),
        (
            BatchSampler,
            (5, 1, False),
            TypeError,
            "sampler is a int, expected a Sampler, or another",
        ),
        (BatchSampler, ([1], 0, False), ValueError, "batch_size is 0, expected at least 1"),
        (BatchSampler, ([1], 1, None), TypeError, "drop_last is None, expected True or False"),
        (DistributedSampler, (5, 1, 0), TypeError, "dataset is a int with no __len__"),
        (DistributedSampler, ([1], 0, 0), ValueError, "num_replicas is 0, expected at least 1"),
        (DistributedSampler, ([1], 2, -1), ValueError, "rank is -1, expected at least 0"),
        (
            DistributedSampler,
            ([1], 2, 2),
            ValueError,
            "rank is 2, expected 0 to 1 for num_replicas",
        ),
        (DistributedSampler, ([1], 1, 0, 1), TypeError, "shuffle is 1, expected True or False"),
        (DistributedSampler, ([1], 1, 0, True, 0, 0), TypeError, "drop_last is 0, expected True"),
    ],
)
def test_a_sampler_refuses(kind, arguments, error, message):
    with pytest.raises(error, match=f"^{kind.__name__}: {message}"):
        kind(*arguments)


def test_a_distributed_sampler_refuses_seeds_and_epochs_at_once():
    with pytest.raises(TypeError, match="seed is a float, expected an integer"):
        DistributedSampler([1], 1, 0, seed=0.5)
    sampler = DistributedSampler([1], 1, 0)
    with pytest.raises(ValueError, match=r"^DistributedSampler\.set_epoch: epoch is -1, exp"):
        sampler.set_epoch(-1)
    assert sampler.epoch == 0


def test_a_batch_sampler_tells_its_sampler_the_epoch():
    inside = DistributedSampler(range(20), num_replicas=2, rank=0)
    loader = DataLoader(range(20), batch_sampler=BatchSampler(inside, 5, drop_last=False))
    first, second = ([batch.tolist() for batch in loader] for _ in range(2))
    assert first != second
    inside.set_epoch(1)
    assert second == [*BatchSampler(inside, 5, drop_last=False)]
    BatchSampler(range(3), 2, drop_last=False).set_epoch(1)  # which does not matter there
