import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.dataloader import (
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
    random_split,
)
from tinytorch.setup import generator, manual_seed, use_generator
from tinytorch.tensor import arange, tensor


@given(st.data(), st.integers(1, 20))
def test_a_subset_holds_the_samples_of_its_indices(data, size):
    indices = data.draw(st.lists(st.integers(0, size - 1)))
    source = [f"sample {i}" for i in range(size)]
    subset = Subset(source, indices)
    expected = [source[i] for i in indices]
    assert list(subset) == expected
    assert subset.__getitems__(range(len(indices))) == expected
    assert len(subset) == len(indices)


def test_a_subset_counts_from_the_end_and_stops_there():
    subset = Subset("abc", [2, 0])
    assert subset[-1] == "a"
    for index in (2, -3):
        with pytest.raises(IndexError, match=rf"^Subset: index {index} is out of range for 2 samp"):
            subset[index]
    with pytest.raises(IndexError, match=r"^Subset: index 2 is out of bounds"):
        subset.__getitems__([0, 2])
    with pytest.raises(TypeError):
        subset["a"]


@pytest.mark.parametrize("indices", [[3, 1], (3, 1), np.array([3, 1], np.int32), tensor([3, 1])])
def test_indices_may_be_of_any_kind(indices):
    assert list(Subset(range(10, 20), indices)) == [13, 11]


def test_a_subset_keeps_its_indices_when_those_given_change():
    indices = np.array([1, 2])
    subset = Subset("abc", indices)
    indices[0] = 99
    assert list(subset) == ["b", "c"]


def test_a_subset_asks_for_whole_batches_with_an_array():
    class Batched(Dataset[int]):
        def __getitem__(self, index: int) -> int:
            raise AssertionError("a batch is to be asked for at once")

        def __getitems__(self, indices: np.ndarray) -> list[int]:
            assert type(indices) is np.ndarray
            return [10 * index for index in indices.tolist()]

        def __len__(self) -> int:
            return 9

    subset = Subset(Subset(Batched(), [8, 6, 4, 2]), [1, 2, 3])
    assert [batch.tolist() for batch in DataLoader(subset, 2)] == [[60, 40], [20]]


def test_samples_are_asked_for_with_an_int():
    class Strict(Dataset[int]):
        def __getitem__(self, index: int) -> int:
            assert type(index) is int
            return index

        def __len__(self) -> int:
            return 3

    subset = Subset(Strict(), [2, 1])
    assert [subset[0], *subset.__getitems__([1])] == [2, 1]


def test_a_slice_of_a_subset_is_what_the_data_set_gives_for_its_indices():
    features, labels = Subset(TensorDataset(arange(8).reshape(4, 2), arange(4)), [3, 0, 1])[:2]
    assert features.tolist() == [[6, 7], [0, 1]]
    assert labels.tolist() == [3, 0]


def test_a_subclass_with_samples_of_its_own_is_asked_for_each():
    class Doubled(Subset[int]):
        def __getitem__(self, index: int) -> int:
            return 2 * super().__getitem__(index)

    loader = DataLoader(Doubled(range(5), [4, 3]), 2)
    assert next(iter(loader)).tolist() == [8, 6]


def test_an_empty_subset():
    subset = Subset(TensorDataset(arange(3)), [])
    assert len(subset) == 0
    assert len(subset.__getitems__([])) == 0


class Stream(IterableDataset[int]):
    def __iter__(self):
        return iter(range(3))

    def __len__(self):
        return 3


@pytest.mark.parametrize(
    ("dataset", "indices", "error", "message"),
    [
        ("abc", [0, 3], IndexError, r"indices\[1\] is 3, expected 0 to 2 for a dataset of 3 sampl"),
        ("abc", [0, 1, -1], IndexError, r"indices\[2\] is -1, expected 0 to 2"),
        ("", [0], IndexError, r"indices\[0\] is 0, the dataset is empty"),
        ("abc", [0.5], TypeError, r"indices are \[0.5\], expected a list or an array of integers"),
        ("abc", [True, False], TypeError, r"indices are booleans, .* np.flatnonzero\(mask\)"),
        (
            "abc",
            np.zeros((2, 1), int),
            ValueError,
            r"indices have shape \(2, 1\), expected one dim",
        ),
        (5, [0], TypeError, "dataset is a int with no __getitem__, expected a Dataset"),
        ({1, 2}, [0], TypeError, "dataset is a set with no __getitem__"),
        (iter([1]), [0], TypeError, "dataset is a list_iterator with no __getitem__"),
        (Stream(), [0], TypeError, "dataset is a Stream, an IterableDataset, which has no sample"),
    ],
)
def test_a_subset_refuses(dataset, indices, error, message):
    with pytest.raises(error, match=rf"^Subset: {message}"):
        Subset(dataset, indices)


@given(st.lists(st.integers(0, 10), min_size=1), st.integers(0, 99))
def test_a_split_by_lengths_deals_out_each_sample_once(lengths, seed):
    with use_generator(seed):
        parts = random_split(range(sum(lengths)), lengths)
    if sum(lengths) != 1:  # then they are fractions; of one sample, that is the same
        assert [len(part) for part in parts] == lengths
    assert sorted(i for part in parts for i in part) == list(range(sum(lengths)))


@given(st.integers(0, 100), st.lists(st.integers(0, 9), min_size=1).filter(any), st.integers(0, 99))
def test_a_split_by_fractions_deals_out_each_sample_once(size, shares, seed):
    fractions = [share / sum(shares) for share in shares]
    with use_generator(seed):
        parts = random_split(range(size), fractions)
    assert sorted(i for part in parts for i in part) == list(range(size))
    for part, fraction in zip(parts, fractions, strict=True):
        assert abs(len(part) - size * fraction) <= 1 + 1e-9


def test_what_fractions_leave_goes_to_the_first_parts():
    sizes = [len(part) for part in random_split(range(11), [0.25, 0.25, 0.25, 0.25])]
    assert sizes == [3, 3, 3, 2]
    assert [len(part) for part in random_split(range(10), [1.0])] == [10]
    assert [len(part) for part in random_split(range(2), [0.0, 1.0])] == [0, 2]


def test_fractions_may_add_up_to_one_from_above():
    fractions = [0.5, 0.5 + 2.0**-52]
    assert sum(fractions) > 1
    assert [len(part) for part in random_split(range(10), fractions)] == [5, 5]


def test_a_split_belongs_to_the_seed_or_to_a_generator():
    def orders(**source):
        return [list(part) for part in random_split(range(50), [40, 10], **source)]

    with use_generator(0):
        manual_seed(1)
        first, second = orders(), orders()
        manual_seed(1)
        assert orders() == first != second
        state = manual_seed(1).random()
        manual_seed(1)
        assert orders(generator=np.random.default_rng(5)) == orders(
            generator=np.random.default_rng(5)
        )
        assert manual_seed(1).random() == state


def test_every_sample_lands_in_every_part_equally_often():
    with use_generator(0):
        counts = np.bincount(
            [i for _ in range(2000) for i in random_split(range(4), [1, 3])[0]], minlength=4
        )
    assert (np.abs(counts - 500) < 5 * np.sqrt(2000 * 3 / 16)).all()


def test_a_split_pickles():
    train, _ = random_split(TensorDataset(arange(5)), [3, 2])
    copy = pickle.loads(pickle.dumps(train))
    assert copy.indices.tolist() == train.indices.tolist()


@pytest.mark.parametrize(
    ("dataset", "lengths", "error", "message"),
    [
        (
            "abc",
            [1, 1],
            ValueError,
            r"lengths are \[1, 1\], which add up to 2, expected integers t",
        ),
        ("abc", [0.5, 0.6], ValueError, "lengths are .* expected integers that add up to 3, the l"),
        ("abc", [1.5, 1.5], ValueError, r"lengths are \[1.5, 1.5\], which add up to 3.0, expected"),
        ("abc", [], ValueError, r"lengths are \[\], which add up to 0"),
        ("abc", [4, -1], ValueError, r"lengths\[1\] is -1, expected 0 or more"),
        ("abc", [1.5, -0.5], ValueError, r"lengths\[1\] is -0.5, expected 0 or more"),
        ("abc", [1.0, float("nan")], ValueError, r"lengths\[1\] is nan, expected 0 or more"),
        ("abc", ["3"], TypeError, r"lengths\[0\] is '3', expected a number"),
        (5, [5], TypeError, "dataset is a int with no __getitem__"),
        (Stream(), [3], TypeError, "dataset is a Stream, an IterableDataset"),
    ],
)
def test_a_split_refuses(dataset, lengths, error, message):
    with pytest.raises(error, match=rf"^random_split: {message}"):
        random_split(dataset, lengths)


def test_a_split_refuses_a_seed_for_a_generator():
    with pytest.raises(TypeError, match=r"^random_split: generator is a int, expected a numpy"):
        random_split("abc", [3], generator=0)


class Drawing(Dataset[float]):
    def __getitem__(self, index):
        return index + generator().random()

    def __len__(self):
        return 10


def test_a_sample_draws_the_same_numbers_in_every_part():
    whole = [sample.item() for sample in DataLoader(Drawing(), seed=0)]
    part = Subset(Subset(Drawing(), [1, 3, 5, 7]), [3, 0])
    assert [sample.item() for sample in DataLoader(part, seed=0)] == [whole[7], whole[1]]


def test_a_split_into_no_list_of_lengths_names_them():
    message = (
        r"^random_split: lengths is 0\.8, expected the size or fraction of each part: \[0\.8, "
    )
    with pytest.raises(TypeError, match=message):
        random_split(range(10), 0.8)
