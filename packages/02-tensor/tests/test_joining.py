"""Joining tensors, and taking them apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinytorch.tensor as tt
from tinytorch.tensor.joining import reassembled

ARRAYS = hnp.arrays(np.float32, hnp.array_shapes(max_dims=3, max_side=5))


@given(ARRAYS, st.data())
def test_what_is_taken_apart_can_be_joined_again(array, data):
    x = tt.from_numpy(array)
    d = data.draw(st.integers(-array.ndim, array.ndim - 1))
    n = data.draw(st.integers(1, 6))
    for parts in (tt.split(x, n, d), tt.chunk(x, n, d)):
        np.testing.assert_array_equal(tt.cat(parts, d).data, array)
    np.testing.assert_array_equal(tt.stack(tt.unbind(x, d), d).data, array)


def test_parts_are_views():
    x = tt.zeros(5, 2)
    for part in (*tt.split(x, 2), *tt.split(x, (1, 4)), *tt.chunk(x, 3), *tt.unbind(x)):
        assert np.shares_memory(part.data, x.data)


def test_lengths_of_parts():
    x = tt.zeros(5, 2)
    assert [p.shape[0] for p in tt.split(x, 2)] == [2, 2, 1]
    assert [p.shape[0] for p in tt.split(x, (0, 5))] == [0, 5]
    assert [p.shape[0] for p in tt.chunk(x, 4)] == [2, 2, 1]
    assert [p.shape[0] for p in tt.chunk(tt.zeros(0), 3)] == [0, 0, 0]
    assert [p.shape[0] for p in tt.split(tt.zeros(0), 3)] == [0]
    assert tt.unbind(tt.zeros(0, 2)) == ()


def test_types_are_promoted():
    x = tt.cat([tt.tensor([1]), tt.tensor([0.5]), tt.tensor([True])])
    assert x.dtype == tt.float32
    assert x.tolist() == [1.0, 0.5, 1.0]
    assert tt.stack([tt.tensor(1), tt.tensor(2.5)]).dtype == tt.float32


def test_plain_arrays_are_joined_to_a_plain_array():
    assert isinstance(tt.cat([np.zeros(2), np.ones(1)]), np.ndarray)
    assert isinstance(tt.cat((np.zeros(2), tt.ones(1))), tt.Tensor)


def test_empty_vectors_are_left_out():
    assert tt.cat([tt.zeros(0), tt.zeros(2, 3)]).shape == (2, 3)
    assert tt.cat([tt.zeros(0), tt.zeros(0)]).shape == (0,)


@pytest.mark.parametrize(
    ("function", "args", "error", "message"),
    [
        (tt.cat, ([],), ValueError, "cat: the list of tensors is empty, expected at least one"),
        (tt.cat, (tt.zeros(2),), TypeError, "cat: tensors is a Tensor, expected a list or tuple"),
        (tt.cat, ([1, 2],), TypeError, "cat: input is of type int, expected a tensor"),
        (tt.cat, ([tt.tensor(1)],), ValueError, "cat: a tensor has 0 dimensions.*use stack"),
        (
            tt.cat,
            ([tt.zeros(2, 3), tt.zeros(2, 4)],),
            ValueError,
            r"cat: tensor 1 has shape \(2, 4\), expected \(2, 3\) in all dimensions but 0",
        ),
        (tt.cat, ([tt.zeros(2, 3), tt.zeros(2)],), ValueError, r"cat: tensor 1 has shape \(2,\)"),
        (tt.stack, ([],), ValueError, "stack: the list of tensors is empty"),
        (
            tt.stack,
            ([tt.zeros(2), tt.zeros(3)],),
            ValueError,
            r"stack: tensor 1 has shape \(3,\), expected \(2,\)",
        ),
        (tt.stack, ([tt.zeros(2)], 2), IndexError, "stack: dim 2 is out of range"),
        (
            tt.split,
            (tt.zeros(5), (2, 2)),
            ValueError,
            r"split: sections \(2, 2\) do not add up to 5",
        ),
        (tt.split, (tt.zeros(5), (6, -1)), ValueError, r"split: sections \(6, -1\) do not add up"),
        (tt.split, (tt.zeros(5), 0), ValueError, "split: the size of a part is 0"),
        (tt.split, (tt.zeros(5), -1), ValueError, "split: the size of a part is -1"),
        (tt.split, (tt.zeros(5), 2.0), TypeError, "split: split_size_or_sections is 2.0"),
        (tt.split, (tt.tensor(1), 1), ValueError, "split: the tensor has 0 dimensions"),
        (tt.chunk, (tt.zeros(5), 0), ValueError, "chunk: chunks is 0, expected at least 1"),
        (tt.unbind, (tt.zeros(5), 1), IndexError, "unbind: dim 1 is out of range"),
    ],
)
def test_mistakes(function, args, error, message):
    with pytest.raises(error, match=message):
        function(*args)


def test_none_stands_for_zeros():
    parts = (None, np.ones((2, 1), np.float32), None)
    out = reassembled(*parts, lengths=(1, 1, 2), dim=1)
    np.testing.assert_array_equal(out, np.float32([[0, 1, 0, 0]] * 2), strict=True)
    whole = reassembled(np.ones(2), np.zeros(1), lengths=(2, 1), dim=0)
    assert whole.tolist() == [1, 1, 0]
