from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest

from tinytorch.dataloader import TensorDataset, default_collate
from tinytorch.tensor import Tensor, arange, bool, float32, float64, int32, int64, tensor, zeros

Pair = namedtuple("Pair", ["left", "right"])


@pytest.mark.parametrize(
    ("samples", "dtype", "values"),
    [
        ([1, 2], int64, [1, 2]),
        ([0.5, 2.0], float64, [0.5, 2.0]),
        ([1, 0.5], float64, [1.0, 0.5]),
        ([0.5, 1], float64, [0.5, 1.0]),
        ([True, False], bool, [True, False]),
        ([True, 2], int64, [1, 2]),
        ([np.float32(1), np.float32(2)], float32, [1.0, 2.0]),
        ([np.float64(1), 2.0], float64, [1.0, 2.0]),
        ([np.int32(1), np.int32(2)], int32, [1, 2]),
        ([np.array(1.0), np.array(2.0)], float64, [1.0, 2.0]),
        ([np.array([1], np.float32), tensor([2.0])], float32, [[1.0], [2.0]]),
        ([np.array([1]), np.array([2], np.float32)], float32, [[1.0], [2.0]]),
        ([tensor(1), tensor(2)], int64, [1, 2]),
        ([zeros(0, 2)], float32, [[]]),
    ],
)
def test_what_counts_becomes_a_tensor(samples, dtype, values):
    batch = default_collate(samples)
    assert isinstance(batch, Tensor)
    assert batch.dtype is dtype
    assert batch.tolist() == values


@pytest.mark.parametrize("samples", [["a", "b"], [b"a", b"b"], ["a", np.str_("b")]])
def test_text_stays_a_list(samples):
    assert default_collate(tuple(samples)) == samples


def test_a_new_first_dim():
    assert default_collate([zeros(3, 4)] * 5).shape == (5, 3, 4)


def test_structure_is_kept_and_nests():
    sample = {"pair": Pair(1, [2.0, ("x", True)])}
    batch = default_collate([sample, sample])
    assert batch["pair"]._fields == Pair._fields
    assert batch["pair"].left.tolist() == [1, 1]
    number, (text, flag) = batch["pair"].right
    assert number.dtype is float64
    assert text == ["x", "x"]
    assert flag.dtype is bool


def test_a_tuple_becomes_a_list_and_a_named_tuple_stays_one():
    assert type(default_collate([(1, 2)])) is list
    assert type(default_collate([Pair(1, 2)])) is Pair
    assert default_collate([(), ()]) == []


def test_a_dictionary_keeps_its_kind_and_its_order():
    batch = default_collate([OrderedDict(b=1, a=2), OrderedDict(a=3, b=4)])
    assert type(batch) is OrderedDict
    assert {key: place.tolist() for key, place in batch.items()} == {"b": [1, 4], "a": [2, 3]}
    assert list(batch) == ["b", "a"]
    assert default_collate([defaultdict(list, a=1)])["new"] == []


def test_the_samples_stay_as_they_were():
    samples = [{"a": 1}, {"a": 2}]
    default_collate(samples)
    assert samples == [{"a": 1}, {"a": 2}]


def test_samples_that_lie_together_are_the_batch():
    data = arange(3)
    (batch,) = default_collate(TensorDataset(data))
    assert batch is data


def test_a_tensor_dataset_with_samples_of_its_own_is_asked_for_them():
    class Doubled(TensorDataset):
        def __getitem__(self, index: int) -> tuple[Tensor, ...]:  # type: ignore[override]
            return (self.tensors[0][index] * 2,)

    (batch,) = default_collate(Doubled(arange(3)))
    assert batch.tolist() == [0, 2, 4]


@pytest.mark.parametrize(
    ("samples", "error", "message"),
    [
        ([], ValueError, "batch is empty, expected at least one sample"),
        ([None, None], TypeError, "sample is NoneType, expected all Tensors, arrays"),
        ([1j], TypeError, "sample is complex, expected all"),
        ([{1}], TypeError, "sample is set, expected all"),
        ([1, "a"], TypeError, "sample is int, str, expected all"),
        ([(1, zeros(2)), (1, [2])], TypeError, r"sample\[1\] is Tensor, list, expected all"),
        (
            [zeros(4), zeros(3), zeros(4)],
            ValueError,
            r"sample has shape \(4,\) at 0, 2 and \(3,\) at 1 of the batch, expected one shape",
        ),
        (
            [({"mask": zeros(n // 6 + 1)}, 1) for n in range(7)],
            ValueError,
            r"sample\[0\]\['mask'\] has shape \(1,\) at 0, 1, 2, 3, … and \(2,\) at 6 of",
        ),
        (
            [[1, 2], [1]],
            ValueError,
            "sample has length 2 at 0 and 1 at 1 of the batch, expected one length",
        ),
        (
            [{"a": 1}, {"a": 1, "b": 2}],
            ValueError,
            r"sample has keys \('a',\) at 0 and \('a', 'b'\) at 1 of the batch, expected the same",
        ),
    ],
)
def test_default_collate_refuses(samples, error, message):
    with pytest.raises(error, match=f"^default_collate: {message}"):
        default_collate(samples)


def test_a_batch_is_a_sequence():
    with pytest.raises(TypeError, match="default_collate: batch is of type int, expected a list"):
        default_collate(3)


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([None]), np.array(["2026"], "M8[Y]")])
def test_arrays_of_no_numbers_are_refused(array):
    with pytest.raises(TypeError, match="is not a type that tensors have"):
        default_collate([array])
