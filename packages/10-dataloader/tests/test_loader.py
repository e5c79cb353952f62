import math
import pickle
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.dataloader import (
    BatchSampler,
    DataLoader,
    Dataset,
    Digits,
    RandomCrop,
    RandomSampler,
    Subset,
    TensorDataset,
    default_collate,
    order,
)
from tinytorch.setup import generator, manual_seed, use_generator
from tinytorch.tensor import arange, zeros

sizes = st.integers(1, 40)
seeds = st.integers(-(2**63), 2**64 - 1)


def numbers(loader: DataLoader) -> list[list[int]]:
    return [batch.tolist() for batch in loader]


@given(sizes, sizes, st.booleans(), seeds)
def test_every_sample_comes_once_an_epoch(samples, batch_size, shuffle, seed):
    loader = DataLoader(range(samples), batch_size, shuffle, seed=seed)
    for _ in range(2):
        batches = numbers(loader)
        assert sorted(chain(*batches)) == list(range(samples))
        assert all(len(batch) == batch_size for batch in batches[:-1])
        assert len(batches) == len(loader) == -(-samples // batch_size)


@given(sizes, sizes, st.booleans(), seeds)
def test_drop_last_leaves_out_only_a_last_batch_that_is_not_full(samples, size, shuffle, seed):
    kept, whole = (
        numbers(DataLoader(range(samples), size, shuffle, seed=seed, drop_last=drop))
        for drop in (True, False)
    )
    assert kept == [batch for batch in whole if len(batch) == size]
    assert len(DataLoader(range(samples), size, drop_last=True)) == len(kept) == samples // size


@given(sizes, sizes)
def test_without_shuffle_the_order_is_that_of_the_dataset(samples, batch_size):
    loader = DataLoader(range(samples), batch_size)
    assert list(chain(*numbers(loader))) == list(range(samples))


@given(sizes, sizes, seeds, st.integers(0, 5))
def test_the_order_belongs_to_seed_and_epoch(samples, batch_size, seed, epoch):
    first = DataLoader(range(samples), batch_size, shuffle=True, seed=seed)
    epochs = [numbers(first) for _ in range(epoch + 1)]
    second = DataLoader(range(samples), batch_size, shuffle=True, seed=seed)
    second.epoch = epoch
    with use_generator(epoch):  # what else could be drawn from does not matter
        assert numbers(second) == epochs[epoch]
    assert first.epoch == second.epoch == epoch + 1


def test_a_seeded_order_leaves_other_random_numbers_alone():
    with use_generator(0):
        expected = generator().random()
    with use_generator(0):
        list(DataLoader(range(9), shuffle=True, seed=1))
        assert generator().random() == expected


def test_epochs_and_seeds_differ():
    def orders(seed: int) -> set[tuple[int, ...]]:
        loader = DataLoader(range(50), batch_size=50, shuffle=True, seed=seed)
        return {tuple(order) for _ in range(5) for order in numbers(loader)}

    assert len(orders(0) | orders(1) | orders(-1)) == 15


def test_every_order_is_as_likely_as_another():
    loader = DataLoader(range(3), batch_size=3, shuffle=True, seed=0)
    counts: dict[tuple[int, ...], int] = {}
    for _ in range(1200):
        ((*order,),) = numbers(loader)
        counts[tuple(order)] = counts.get(tuple(order), 0) + 1
    chi_squared = sum((count - 200) ** 2 / 200 for count in counts.values())
    assert len(counts) == 6
    assert chi_squared < 20.5  # 0.1 % of fair shuffles exceed it, with 5 degrees of freedom


def test_without_a_seed_manual_seed_decides():
    loader = DataLoader(range(50), batch_size=50, shuffle=True)
    with use_generator(0):  # which also undoes manual_seed
        manual_seed(3)
        first, second = numbers(loader), numbers(loader)
        manual_seed(3)
        again = numbers(loader)
    assert first == again != second


def test_a_generator_decides_in_its_place():
    first, second = (
        DataLoader(range(50), 50, shuffle=True, generator=np.random.default_rng(5))
        for _ in range(2)
    )
    orders = [numbers(first) for _ in range(2)]
    assert orders == [numbers(second) for _ in range(2)]
    assert orders[0] != orders[1]


def test_a_loader_can_be_iterated_twice_at_once():
    alone = DataLoader(range(20), batch_size=3, shuffle=True, seed=0)
    expected = numbers(alone), numbers(alone)
    shared = DataLoader(range(20), batch_size=3, shuffle=True, seed=0)
    left, right = iter(shared), iter(shared)
    pairs = list(zip(right, left, strict=True))
    assert [batch.tolist() for _, batch in pairs] == expected[0]
    assert [batch.tolist() for batch, _ in pairs] == expected[1]


def test_an_iteration_keeps_to_the_epoch_in_which_it_began():
    loader = DataLoader(range(20), batch_size=20, shuffle=True, seed=0)
    iterator = iter(loader)
    loader.epoch = 7
    assert next(iterator).tolist() == numbers(DataLoader(range(20), 20, shuffle=True, seed=0))[0]
    assert loader.epoch == 7


def test_collate_fn_gets_the_samples():
    assert list(DataLoader("abcde", batch_size=2, collate_fn="".join)) == ["ab", "cd", "e"]
    assert DataLoader("abc").collate_fn is default_collate


def test_collate_fn_can_go_through_the_samples_of_a_tensor_dataset():
    dataset = TensorDataset(arange(4), arange(4) * 10)
    loader = DataLoader(dataset, batch_size=2, collate_fn=lambda batch: (len(batch), [*batch]))
    size, samples = next(iter(loader))
    assert size == 2
    assert [(left.item(), right.item()) for left, right in samples] == [(0, 0), (1, 10)]


class Broken(Dataset[int]):
    def __getitem__(self, index: int) -> int:
        if index == 3:
            raise OSError("unreadable")
        return index

    def __len__(self) -> int:
        return 6


def test_an_error_in_a_sample_names_the_batch_and_the_loader_goes_on():
    loader = DataLoader(Broken(), batch_size=2)
    iterator = iter(loader)
    assert next(iterator).tolist() == [0, 1]
    with pytest.raises(OSError, match="unreadable") as caught:
        next(iterator)
    assert caught.value.__notes__ == ["DataLoader: batch 1 is of the samples [2 3]"]
    assert list(iterator) == []
    assert next(iter(loader)).tolist() == [0, 1]


def test_ragged_samples_name_shapes_and_samples():
    loader = DataLoader([zeros(2), zeros(2), zeros(2), zeros(3)], batch_size=2)
    with pytest.raises(ValueError, match=r"shape \(2,\) at 0 and \(3,\) at 1 of") as caught:
        list(loader)
    assert caught.value.__notes__ == ["DataLoader: batch 1 is of the samples [2 3]"]


def test_a_loader_pickles_with_its_epoch():
    loader = DataLoader(Digits(train=False), batch_size=50, shuffle=True, seed=0)
    list(loader)
    copy = pickle.loads(pickle.dumps(loader))
    for (_, left), (_, right) in zip(loader, copy, strict=True):
        assert left.tolist() == right.tolist()


def test_a_batch_size_may_be_a_numpy_integer_and_larger_than_the_dataset():
    loader = DataLoader(range(3), batch_size=np.int64(10))
    assert type(loader.batch_size) is int
    assert numbers(loader) == [[0, 1, 2]]
    assert numbers(DataLoader(range(3), batch_size=10, drop_last=True)) == []


def test_a_sampler_decides_the_order_and_the_length():
    loader = DataLoader(range(10), 2, sampler=[7, np.int64(1), 7])
    assert numbers(loader) == [[7, 1], [7]]
    assert len(loader) == 2
    assert numbers(DataLoader(range(10), 2, sampler=(3, 1, 2), drop_last=True)) == [[3, 1]]
    assert numbers(DataLoader(range(10), 2, sampler=arange(3))) == [[0, 1], [2]]
    assert numbers(DataLoader(range(10), sampler=())) == []


def test_a_batch_sampler_decides_what_is_a_batch():
    loader = DataLoader(range(10), batch_sampler=[[3], (1, 2), np.array([4, 5, 6])])
    assert numbers(loader) == [[3], [1, 2], [4, 5, 6]]
    assert len(loader) == 3


@pytest.mark.parametrize("name", ["sampler", "batch_sampler"])
def test_a_sampler_hears_of_each_epoch(name):
    class Rotates:
        def set_epoch(self, epoch):
            self.epoch = epoch

        def __iter__(self):
            each = [self.epoch, self.epoch + 1]
            return iter(each if name == "sampler" else [each])

        def __len__(self):
            return 2 if name == "sampler" else 1

    size = {"batch_size": 2} if name == "sampler" else {}
    loader = DataLoader(range(10), **{name: Rotates()}, **size)
    assert [numbers(loader) for _ in range(3)] == [[[0, 1]], [[1, 2]], [[2, 3]]]
    loader.epoch = 7
    assert numbers(loader) == [[7, 8]]


@pytest.mark.parametrize("wrong", [1.0, "1", None, (0, 1), np.float64(1)])
def test_a_sampler_that_gives_no_index_is_named(wrong):
    message = r"^DataLoader: {} gave what is no index: .*integer: samples have numbers, from 0; let"
    with pytest.raises(TypeError, match=message.format("sampler")):
        list(DataLoader(range(10), sampler=[0, wrong]))
    for group in ([0, wrong], (wrong,)):
        with pytest.raises(TypeError, match=message.format("batch_sampler")):
            list(DataLoader(range(10), batch_sampler=[[1], group]))


@pytest.mark.parametrize("wrong", [np.array([1.5]), np.array([[1]]), "ab", 3])
def test_a_batch_that_is_no_row_of_indices_is_named(wrong):
    with pytest.raises(TypeError, match=r"^DataLoader: batch_sampler gave what is no index: "):
        list(DataLoader(range(10), batch_sampler=[wrong]))


def test_an_index_that_the_dataset_does_not_have_names_the_batch():
    with pytest.raises(IndexError) as caught:
        list(DataLoader([1, 2, 3], sampler=[0, 5]))
    assert caught.value.__notes__ == ["DataLoader: batch 1 is of the samples [5]"]


class Dice(Dataset[float]):
    def __getitem__(self, index: int) -> float:
        return generator().random()

    def __len__(self) -> int:
        return 6


def test_a_negative_index_counts_from_the_end_and_its_sample_can_draw():
    expected = numbers(DataLoader(Dice(), 2, sampler=[5, 5], seed=0))
    assert numbers(DataLoader(Dice(), 2, sampler=[-1, 5], seed=0)) == expected


@pytest.mark.parametrize(
    "repeating",
    [
        lambda **more: DataLoader(Dice(), 2, sampler=[3, 3, -3, 4, 3], **more),
        lambda **more: DataLoader(Dice(), batch_sampler=[[3], [3, 3, 4], [3]], **more),
        lambda **more: DataLoader(Subset(Dice(), [3, 3, 3, 4, 3]), 2, **more),
        lambda **more: DataLoader(
            Subset(Subset(Dice(), [4, 3, 3]), [1, 2, 1, 0]), 2, sampler=[0, -3, 2, 3, 0], **more
        ),
    ],
)
def test_a_sample_that_comes_again_draws_other_numbers(repeating):
    drawn = list(chain(*numbers(repeating(seed=0))))  # four times sample 3, and 4 before the last
    assert len(set(drawn)) == 5
    in_order = list(chain(*numbers(DataLoader(Dice(), 2, seed=0))))
    assert [drawn[0], drawn[3]] == in_order[3:5]  # as if they came once
    threads = repeating(seed=0, num_workers=2, worker_type="thread")
    assert list(chain(*numbers(threads))) == drawn
    resumed = repeating(seed=0)
    resumed.load_state_dict(resumed.state_dict() | {"batch": 2})
    assert list(chain(*numbers(resumed))) == drawn[4:]


def test_no_sample_draws_a_batchs_numbers():
    """Sample 1 comes several times, in batch 1: their keys are alike but for the last part."""
    drawn = []

    def collate(samples):
        drawn.extend(samples)
        drawn.append(generator().random())
        return samples

    groups = [[index] * 6 for index in range(6)]
    list(DataLoader(Dice(), batch_sampler=groups, collate_fn=collate, seed=0))
    assert len(set(drawn)) == len(drawn) == 42


def test_a_plain_order_is_not_searched_for_what_comes_twice(monkeypatch):
    monkeypatch.setattr(order, "_times_before", None)
    assert len(numbers(DataLoader(Dice(), shuffle=True))) == 6


def test_transform_gets_the_parts_of_a_batch():
    dataset = TensorDataset(arange(4), arange(4) * 10)
    swap = DataLoader(dataset, 2, transform=lambda left, right: (right, left))
    batches = list(swap)
    assert all(type(batch) is list for batch in batches)
    assert [[part.tolist() for part in batch] for batch in batches] == [
        [[0, 10], [0, 1]],
        [[20, 30], [2, 3]],
    ]
    assert numbers(DataLoader(range(4), 2, transform=lambda batch: batch * 2)) == [[0, 2], [4, 6]]
    total = DataLoader(dataset, 2, transform=lambda left, right: left + right)
    assert numbers(total) == [[0, 11], [22, 33]]


class OnlyItems:
    def __getitem__(self, index: int) -> int:
        return index


MAKES_BATCHES = "batch_sampler makes the batches, expected no batch_size, sampler or drop_last"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"dataset": []}, ValueError, "dataset is empty, expected at least one sample"),
        ({"dataset": TensorDataset(zeros(0, 3))}, ValueError, "dataset is empty"),
        ({"dataset": iter([1])}, TypeError, "dataset is a list_iterator with no __getitem__"),
        ({"dataset": OnlyItems()}, TypeError, "dataset is a OnlyItems with no __len__, expected"),
        ({"dataset": Digits}, TypeError, "dataset is a type with no __getitem__"),
        ({"batch_size": 0}, ValueError, "batch_size is 0, expected at least 1"),
        ({"batch_size": -2}, ValueError, "batch_size is -2, expected at least 1"),
        ({"batch_size": True}, TypeError, "batch_size is True, expected an integer"),
        ({"batch_size": 2.0}, TypeError, r"batch_size is 2\.0, expected an integer"),
        ({"batch_size": None}, TypeError, "batch_size is None, expected an integer"),
        ({"batch_size": "2"}, TypeError, "batch_size is '2', expected an integer"),
        ({"shuffle": 1}, TypeError, "shuffle is 1, expected True or False"),
        ({"drop_last": None}, TypeError, "drop_last is None, expected True or False"),
        ({"collate_fn": "stack"}, TypeError, "collate_fn is 'stack', expected a function"),
        ({"collate_fn": 3}, TypeError, "collate_fn is 3, expected a function"),
        ({"transform": [abs]}, TypeError, "transform is .*, expected a function"),
        ({"worker_init_fn": 0}, TypeError, "worker_init_fn is 0, expected a function"),
        ({"num_workers": -1}, ValueError, "num_workers is -1, expected at least 0"),
        ({"num_workers": 1.0}, TypeError, r"num_workers is 1\.0, expected an integer"),
        ({"num_workers": True}, TypeError, "num_workers is True, expected an integer"),
        ({"prefetch_factor": 0}, ValueError, "prefetch_factor is 0, expected at least 1"),
        ({"prefetch_factor": 1.5}, TypeError, r"prefetch_factor is 1\.5, expected an integer"),
        (
            {"worker_type": "fork"},
            ValueError,
            "worker_type is 'fork', expected 'process' or 'thread'",
        ),
        ({"persistent_workers": 1}, TypeError, "persistent_workers is 1, expected True or False"),
        *(
            (
                given,
                ValueError,
                f"{name} is for workers, and num_workers is 0: give num_workers too, or no {name}$",
            )
            for given in (
                {"persistent_workers": True},
                {"timeout": 1},
                {"prefetch_factor": 2},
                {"worker_type": "process"},
                {"worker_type": "thread"},
                {"worker_init_fn": print},
            )
            for name in given
        ),
        ({"timeout": -1, "num_workers": 1}, ValueError, "timeout is -1, expected 0 or more sec"),
        ({"timeout": math.inf, "num_workers": 1}, ValueError, "timeout is inf, expected 0 or more"),
        ({"timeout": math.nan, "num_workers": 1}, ValueError, "timeout is nan, expected 0 or more"),
        ({"timeout": True, "num_workers": 1}, TypeError, "timeout is True, expected a number of"),
        ({"timeout": None, "num_workers": 1}, TypeError, "timeout is None, expected a number of"),
        ({"sampler": 3}, TypeError, "sampler is a int with no __iter__, expected an iterable of"),
        ({"sampler": iter([1])}, TypeError, "sampler is a list_iterator with no __len__, expect"),
        (
            {"sampler": RandomSampler},
            TypeError,
            r"sampler is the class RandomSampler, expected an object of it: RandomSampler\(…\)",
        ),
        (
            {"batch_sampler": BatchSampler},
            TypeError,
            "batch_sampler is the class BatchSampler, exp",
        ),
        ({"transform": RandomCrop}, TypeError, "transform is the class RandomCrop, expected an ob"),
        ({"batch_size": zeros(99)}, TypeError, r"batch_size is .{,60}, expected an integer$"),
        ({"shuffle": zeros(99)}, TypeError, r"shuffle is .{,60}, expected True or False$"),
        ({"collate_fn": zeros(99)}, TypeError, r"collate_fn is .{,60}, expected a function$"),
        ({"batch_sampler": 3}, TypeError, "batch_sampler is a int with no __iter__, expected"),
        (
            {"sampler": [0], "shuffle": True},
            ValueError,
            "shuffle and sampler are both given, expected one",
        ),
        (
            {"batch_sampler": [[0]], "shuffle": True},
            ValueError,
            "shuffle and batch_sampler are both given, expected one",
        ),
        ({"batch_sampler": [[0]], "sampler": [0]}, ValueError, MAKES_BATCHES),
        ({"batch_sampler": [[0]], "batch_size": 2}, ValueError, MAKES_BATCHES),
        ({"batch_sampler": [[0]], "drop_last": True}, ValueError, MAKES_BATCHES),
        ({"generator": 3}, TypeError, r"generator is a int, expected a numpy\.random\.Generator"),
        (
            {"seed": 0, "generator": np.random.default_rng(0)},
            ValueError,
            "seed and generator are both given, expected one of them",
        ),
    ],
)
def test_a_loader_refuses(arguments, error, message):
    with pytest.raises(error, match=f"(?s)^DataLoader: {message}"):
        DataLoader(**{"dataset": range(4), **arguments})


BAD_SEEDS = [(1.5, TypeError), ("0", TypeError), (2**64, ValueError)]


@pytest.mark.parametrize(("seed", "error"), BAD_SEEDS)
def test_a_seed_is_checked_at_once(seed, error):
    with pytest.raises(error, match=r"^DataLoader: seed is .*expected an integer"):
        DataLoader(range(4), seed=seed)


@pytest.mark.parametrize("name", ["pin_memory", "in_order", "multiprocessing_context"])
def test_an_argument_that_we_do_not_have_is_an_error(name):
    with pytest.raises(TypeError, match=name):
        DataLoader(range(4), **{name: None})
