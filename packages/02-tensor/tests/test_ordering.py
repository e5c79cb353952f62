"""Sorting, the k greatest, medians, different elements and their counts."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinytorch.tensor as tt

NAN = math.nan
ARRAYS = hnp.arrays(
    np.float32,
    hnp.array_shapes(max_dims=3, max_side=5),
    elements=st.sampled_from([-np.inf, -1.0, 0.0, 1.0, 2.0, np.inf, np.nan]),
)


@given(ARRAYS, st.data(), st.booleans())
def test_sorting(array, data, descending):
    d = data.draw(st.integers(-array.ndim, array.ndim - 1))
    values, indices = tt.sort(tt.from_numpy(array), d, descending)
    expected = np.sort(array, d)  # NaN last, as the greatest
    np.testing.assert_array_equal(values.data, np.flip(expected, d) if descending else expected)
    np.testing.assert_array_equal(np.take_along_axis(array, indices.data, d), values.data)
    np.testing.assert_array_equal(np.sort(indices.data, d), np.indices(array.shape)[d])
    assert indices.dtype == tt.int64


@given(ARRAYS, st.data(), st.booleans())
def test_the_k_greatest_are_the_first_of_the_sorted(array, data, largest):
    d = data.draw(st.integers(-array.ndim, array.ndim - 1))
    k = data.draw(st.integers(0, array.shape[d]))
    x = tt.from_numpy(array)
    values, indices = tt.topk(x, k, d, largest)
    expected = tt.sort(x, d, descending=largest).values.data.take(range(k), d)
    np.testing.assert_array_equal(values.data, expected)
    np.testing.assert_array_equal(np.take_along_axis(array, indices.data, d), expected)
    assert (np.diff(np.sort(indices.data, d), axis=d) > 0).all()  # none is taken twice


@given(ARRAYS, st.data())
def test_the_median_is_the_lower_one_in_the_middle(array, data):
    d = data.draw(st.integers(-array.ndim, array.ndim - 1))
    n = array.shape[d]
    expected = np.sort(array, d).take((n - 1) // 2, d)
    expected = np.where(np.isnan(array).any(d), np.float32(NAN), expected)
    values, indices = tt.median(tt.from_numpy(array), d)
    np.testing.assert_array_equal(values.data, expected, strict=True)
    found = np.take_along_axis(array, np.expand_dims(indices.data, d), d)
    np.testing.assert_array_equal(found.squeeze(d), expected)


@given(ARRAYS)
def test_different_elements_put_together_again(array):
    values, inverse, counts = tt.unique(
        tt.from_numpy(array), return_inverse=True, return_counts=True
    )
    np.testing.assert_array_equal(values.data[inverse.data], array)
    assert counts.data.sum() == array.size
    assert inverse.shape == array.shape
    alone = tt.unique(tt.from_numpy(array))
    np.testing.assert_array_equal(alone.data, values.data)


def test_equal_elements_keep_their_order():
    x = tt.tensor([2, 1, 2, 1] * 20)
    for descending in (False, True):
        indices = tt.argsort(x, descending=descending).data
        assert (np.diff(indices[:40]) > 0).all()
        assert (np.diff(indices[40:]) > 0).all()


def test_integers_and_booleans_are_sorted():
    assert tt.sort(tt.tensor([3, 255, 0], dtype=tt.uint8), descending=True).values.tolist() == [
        255,
        3,
        0,
    ]
    assert tt.sort(tt.tensor([True, False])).values.tolist() == [False, True]
    assert tt.median(tt.tensor([3, 1, 2, 0]), 0) == (1, 1)
    least = -(2**63)
    assert tt.sort(tt.tensor([0, least]), descending=True).values.tolist() == [0, least]
    assert tt.topk(tt.tensor([0, least]), 1, largest=False).values.tolist() == [least]


def test_no_dimensions():
    one = tt.tensor(3.0)
    assert tt.sort(one) == (3.0, 0)
    assert tt.sort(one).values.shape == ()
    assert tt.argsort(one, 0).shape == ()
    assert tt.topk(one, 1).indices.shape == ()
    assert tt.topk(one, 0).values.shape == (0,)
    assert tt.median(one, 0, keepdim=True).values.shape == ()
    assert tt.unique(one).tolist() == [3.0]
    assert tt.unique(one, return_inverse=True)[1].shape == ()


def test_of_nothing():
    x = tt.zeros(0, 3)
    assert tt.sort(x, 0).indices.shape == (0, 3)
    assert tt.topk(x, 2, 1).values.shape == (0, 2)
    assert tt.median(x, 1).values.shape == (0,)
    assert tt.unique(x).shape == (0,)
    for dim in (None, 0):
        with pytest.raises(ValueError, match=r"median: input has shape \(0, 3\), with no elements"):
            tt.median(x, dim)


def test_the_median_of_all():
    x = tt.tensor([[4.0, 1.0], [3.0, 2.0]])
    assert tt.median(x).item() == 2.0
    assert tt.median(x, keepdim=True).shape == (1, 1)
    assert tt.median(x, 0, keepdim=True).values.tolist() == [[3.0, 1.0]]
    assert math.isnan(tt.median(tt.tensor([1.0, NAN, 2.0])).item())


@pytest.mark.parametrize("k", [-1, 4])
def test_more_than_there_are(k):
    with pytest.raises(ValueError, match=rf"topk: k is {k}, expected 0 to 3, the length of dim 0"):
        tt.topk(tt.zeros(3), k)


def test_different_rows():
    x = tt.tensor([[1, 2], [0, 5], [1, 2]])
    rows, inverse, counts = tt.unique(x, return_inverse=True, return_counts=True, dim=0)
    assert rows.tolist() == [[0, 5], [1, 2]]
    assert inverse.tolist() == [1, 0, 1]
    assert counts.tolist() == [1, 2]
    rows, counts = tt.unique(x, return_counts=True, dim=-1)
    assert rows.tolist() == x.tolist()


def test_counts():
    assert tt.bincount(tt.tensor([0, 2, 2]), minlength=5).tolist() == [1, 0, 2, 0, 0]
    assert tt.bincount(tt.tensor([], dtype=tt.int64)).tolist() == []
    weighted = tt.bincount(tt.tensor([1, 1]), tt.tensor([0.5, 2.0]))
    assert weighted.tolist() == [0.0, 2.5]
    assert weighted.dtype == tt.float32
    assert tt.bincount(tt.tensor([1]), tt.tensor([2])).dtype == tt.float64


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        ((tt.tensor([[1]]),), ValueError, r"bincount: input has shape \(1, 1\), expected a vector"),
        ((tt.tensor([1.0]),), TypeError, "bincount: input is of type float32, expected integers"),
        ((tt.tensor([1, -1]),), ValueError, "bincount: input has a negative number"),
        ((tt.tensor([1]), None, -1), ValueError, "bincount: minlength is -1"),
        (
            (tt.tensor([1]), tt.zeros(2)),
            ValueError,
            r"bincount: weights has shape \(2,\), the input",
        ),
    ],
)
def test_what_cannot_be_counted(args, error, message):
    with pytest.raises(error, match=message):
        tt.bincount(*args)
