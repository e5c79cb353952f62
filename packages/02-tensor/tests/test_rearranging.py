"""Elements put elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinytorch.tensor as tt
from tinytorch.tensor.diagonals import diagonal_placed
from tinytorch.tensor.rearranging import pad_by

X = np.arange(24.0).reshape(2, 3, 4)
ARRAYS = hnp.arrays(np.int64, hnp.array_shapes(max_dims=3, min_side=0, max_side=4))


def same(result, expected):
    assert isinstance(result, tt.Tensor)
    np.testing.assert_array_equal(result.data, expected, strict=True)


@given(ARRAYS, st.data())
def test_flipping_twice_and_rolling_back_change_nothing(array, data):
    x = tt.from_numpy(array)
    d = data.draw(st.integers(-array.ndim, array.ndim - 1))
    n = data.draw(st.integers(-9, 9))
    same(tt.flip(tt.flip(x, (d,)), (d,)), array)
    same(tt.roll(tt.roll(x, n, d), -n, d), array)
    same(tt.roll(x, n), np.roll(array, n))


@given(ARRAYS, st.lists(st.integers(0, 2), max_size=4))
def test_tiling_is_numpys(array, dims):
    same(tt.tile(tt.from_numpy(array), dims), np.tile(array, dims))


@given(ARRAYS, st.integers(0, 3), st.data())
def test_interleaving_is_numpys_repeat(array, n, data):
    d = data.draw(st.none() | st.integers(-array.ndim, array.ndim - 1))
    same(tt.repeat_interleave(tt.from_numpy(array), n, d), np.repeat(array, n, d))


@given(ARRAYS, st.data())
def test_padding_by_less_than_nothing_takes_it_off_again(array, data):
    widths = tuple(
        (data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))) for _ in array.shape
    )
    wide = pad_by(array, widths=widths, value=7)
    np.testing.assert_array_equal(wide, np.pad(array, widths, constant_values=7))
    back = pad_by(wide, widths=tuple((-a, -b) for a, b in widths), value=0)
    np.testing.assert_array_equal(back, array)


def test_padding_starts_with_the_last_dimension():
    assert tt.pad(tt.zeros(2, 3), (1, 0, 0, 5)).shape == (7, 4)
    same(tt.pad(tt.tensor([1.0]), (1, 1), value=2), np.float32([2, 1, 2]))
    same(tt.pad(tt.tensor([1, 2, 3]), (-1, 2)), [2, 3, 0, 0])


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ((1,),),
            r"pad: pad has 1 numbers, expected pairs for at most 3 dimensions, the last one first",
        ),
        (((1,) * 8,), r"pad: pad has 8 numbers"),
        (((-3, -2),), r"pad: pad \(-3, -2\) leaves less than nothing of shape \(2, 3, 4\)"),
        (((-5, 3),), r"pad: pad \(-5, 3\) leaves less than nothing"),
        (((1, 1), "reflect"), r"pad: mode is 'reflect', expected 'constant'"),
    ],
)
def test_paddings_that_are_none(args, message):
    with pytest.raises(ValueError, match=message):
        tt.pad(tt.from_numpy(X), *args)


def test_a_copy_shares_no_memory():
    x = tt.from_numpy(X.copy())
    for y in (tt.flip(x, ()), tt.flip(x, (0,)), tt.roll(x, 0), tt.pad(x, (-1, 0)), tt.pad(x, ())):
        assert not np.shares_memory(x.data, y.data)


def test_repeat_adds_dimensions_in_front():
    assert tt.repeat(tt.zeros(2, 3), (4, 1, 2)).shape == (4, 2, 6)
    for repeats in ((2,), (1, -1)):
        with pytest.raises(ValueError, match=r"repeat: repeats is .* for each of 2 dimensions"):
            tt.repeat(tt.zeros(2, 3), repeats)
    with pytest.raises(ValueError, match="repeat_interleave: repeats is -1"):
        tt.repeat_interleave(tt.zeros(2), -1)


def test_of_a_single_number():
    one = tt.tensor(1.0)
    assert tt.repeat_interleave(one, 2).tolist() == [1.0, 1.0]
    assert tt.repeat(one, (2,)).tolist() == [1.0, 1.0]
    rolled = tt.roll(one, 1, 0)
    assert rolled.tolist() == 1.0
    assert not np.shares_memory(rolled.data, one.data)
    assert tt.flip(one, ()).tolist() == 1.0


def test_roll_needs_a_shift_for_each_dim():
    with pytest.raises(
        ValueError, match=r"roll: shifts is \(1, 2\), dims \(0,\), expected equally many"
    ):
        tt.roll(tt.zeros(2, 2), (1, 2), (0,))
    with pytest.raises(ValueError, match=r"roll: shifts is \(1, 2\), expected one number"):
        tt.roll(tt.zeros(2, 2), (1, 2))


@pytest.mark.parametrize("k", [-4, -1, 0, 1, 4])
def test_triangles_are_numpys(k):
    for array in (X, X.transpose(2, 0, 1), X.astype(bool)):
        same(tt.tril(tt.from_numpy(array), k), np.tril(array, k))
        same(tt.triu(tt.from_numpy(array), diagonal=k), np.triu(array, k))


@pytest.mark.parametrize("function", [tt.tril, tt.triu, tt.diagonal])
def test_a_vector_has_no_triangle(function):
    with pytest.raises(
        ValueError, match=r": input has shape \(3,\), expected at least two dimensions"
    ):
        function(tt.zeros(3))


def test_a_diagonal_can_be_written_through():
    x = tt.zeros(2, 2)
    tt.diagonal(x).data[...] = 3
    assert x.tolist() == [[3, 0], [0, 3]]
    fixed = np.zeros((2, 2))
    fixed.flags.writeable = False
    assert not tt.diagonal(fixed).flags.writeable
    with pytest.raises(
        ValueError, match="diagonal: dim1 is 1, dim2 is -1, expected two dimensions"
    ):
        tt.diagonal(x, 0, 1, -1)


@pytest.mark.parametrize("offset", [-1, 0, 2])
def test_placing_is_the_transpose_of_taking_a_diagonal(offset):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 2, 4))
    taken = np.diagonal(x, offset, 2, 0)
    g = rng.standard_normal(taken.shape)
    back = diagonal_placed(g, offset=offset, dim1=2, dim2=0, shape=x.shape)
    assert np.vdot(taken, g) == pytest.approx(np.vdot(x, back))


def test_diag_of_a_vector_and_of_a_matrix():
    same(tt.diag(tt.tensor([1, 2]), -1), np.diag([1, 2], -1))
    same(tt.diag(tt.from_numpy(X[0]), 1), np.diag(X[0], 1))
    with pytest.raises(
        ValueError, match=r"diag: input has shape \(2, 3, 4\), expected a vector or a matrix"
    ):
        tt.diag(tt.from_numpy(X))


def test_meshgrid():
    a, b = tt.arange(2), tt.arange(3)
    for indexing in ("ij", "xy"):
        expected = np.meshgrid(a.data, b.data, indexing=indexing)
        for mine, theirs in zip(tt.meshgrid([a, b], indexing=indexing), expected, strict=True):
            same(mine, theirs)
    assert tt.meshgrid(a, indexing="xy")[0].shape == (2,)
    with pytest.raises(ValueError, match="meshgrid: indexing is 'yx', expected 'ij' or 'xy'"):
        tt.meshgrid(a, indexing="yx")
    with pytest.raises(
        ValueError, match=r"meshgrid: tensor 1 has shape \(2, 2\), expected a vector"
    ):
        tt.meshgrid(a, tt.zeros(2, 2))


def test_tile_names_itself():
    with pytest.raises(ValueError, match=r"tile: dims is \(-1,\), expected numbers from 0 on"):
        tt.tile(tt.ones(2, 2), -1)
    assert tt.tile(tt.ones(2, 2), 0).shape == (2, 0)
