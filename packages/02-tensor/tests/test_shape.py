"""Changes of shape: the elements stay, and so does the memory wherever that is possible."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinytorch.tensor as tt
from tinytorch.tensor.shape import cast, expand_to, spread, sum_to_size

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
ARRAYS = hnp.arrays(np.float32, SHAPES)
FINITE = hnp.arrays(np.float32, SHAPES, elements=st.floats(-1e3, 1e3, width=32))


def shares(x, y):
    return np.shares_memory(x.data, y.data)


@given(ARRAYS, st.data())
def test_a_permutation_is_undone_by_its_inverse(array, data):
    dims = data.draw(st.permutations(range(array.ndim)))
    back = tt.permute(tt.permute(tt.from_numpy(array), dims), np.argsort(dims).tolist())
    np.testing.assert_array_equal(back.data, array)


@given(ARRAYS)
def test_reshaping_and_back_keeps_every_element(array):
    x = tt.from_numpy(array)
    np.testing.assert_array_equal(tt.reshape(tt.flatten(x), x.shape).data, array)


@given(FINITE, st.data())
def test_sum_to_size_is_the_transpose_of_expand(array, data):
    shape = (*data.draw(hnp.array_shapes(max_dims=2, max_side=3)), *array.shape)
    wide = np.broadcast_to(array, shape)
    g = np.random.default_rng(0).standard_normal(shape)
    np.testing.assert_allclose(
        np.vdot(wide.astype(np.float64), g),
        np.vdot(array, sum_to_size(g, size=array.shape)),
        atol=1e-4,
        rtol=1e-4,
    )


@pytest.mark.parametrize("size", [(20,), (1, 20), (1,), ()])
def test_sum_to_size_of_many_loses_no_digits(size):
    x = np.random.default_rng(0).random((60_000, 20), np.float32)
    exact = sum_to_size(x.astype(np.float64), size=size)
    np.testing.assert_allclose(sum_to_size(x, size=size), exact, rtol=1e-6)
    half = sum_to_size(x.astype(np.float16), size=size)
    assert half.dtype == np.float16
    with np.errstate(over="ignore"):
        expected = exact.astype(np.float16)
    np.testing.assert_allclose(half, expected, rtol=2e-3)


@pytest.mark.parametrize("size", [(128,), (1, 128), (64, 128), (1, 1), ()])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.int64])
def test_sum_to_size_of_large_and_small(size, dtype):
    array = np.random.default_rng(0).integers(-3, 4, (64, 128)).astype(dtype)
    for x in (array, np.asfortranarray(array), array[::-1]):
        found = sum_to_size(x, size=size)
        axes = tuple(range(2 - len(size))) + tuple(
            2 - len(size) + i for i, n in enumerate(size) if n == 1
        )
        assert found.dtype == dtype
        assert found.shape == size
        np.testing.assert_allclose(
            found, x.sum(axes, dtype=dtype, keepdims=True).reshape(size), rtol=1e-2
        )


@pytest.mark.parametrize(("dim", "keepdim"), [((1,), False), ((0, 2), True), ((), False)])
def test_spread_repeats_what_a_sum_left(dim, keepdim):
    x = np.arange(24.0).reshape(2, 3, 4)
    total = x.sum(dim, keepdims=keepdim)
    wide = spread(total, shape=x.shape, dim=dim, keepdim=keepdim)
    np.testing.assert_array_equal(wide, np.broadcast_to(x.sum(dim, keepdims=True), x.shape))
    assert np.shares_memory(wide, total)


def test_reshape_shares_memory_where_it_can():
    x = tt.zeros(2, 3)
    assert shares(tt.reshape(x, (3, 2)), x)
    assert not shares(tt.reshape(x.T, (6,)), x)
    assert tt.reshape(x, 6).shape == (6,)
    assert tt.reshape(input=x, shape=(-1, 2)).shape == (3, 2)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((4, -1), r"reshape: 6 elements of shape \(2, 3\) do not fit shape \(4, -1\)"),
        ((7,), r"reshape: 6 elements of shape \(2, 3\) do not fit shape \(7,\)"),
        ((-1, -1), r"reshape: shape is \(-1, -1\), expected lengths, and at most one -1"),
        ((-2, 3), r"reshape: shape is \(-2, 3\), expected lengths"),
        ((0, -1), r"reshape: shape \(0, -1\) leaves the -1 open"),
    ],
)
def test_shapes_that_do_not_fit(shape, message):
    with pytest.raises(ValueError, match=message):
        tt.reshape(tt.zeros(2, 3), shape)


def test_a_view_never_copies():
    x = tt.zeros(2, 3)
    y = tt.view(x, (3, -1))
    y.data[0, 1] = 7
    assert x.data[0, 1] == 7
    assert tt.view(np.zeros(4), (2, 2)).shape == (2, 2)
    assert tt.view(tt.zeros(0, 3).T, (0,)).shape == (0,)
    with pytest.raises(
        ValueError, match=r"view: .* \(3, 2\) and strides .* cannot be seen as \(6,\).*reshape"
    ):
        tt.view(x.T, (6,))


def test_flatten():
    x = tt.zeros(2, 3, 4)
    assert tt.flatten(x).shape == (24,)
    assert tt.flatten(x, 1).shape == (2, 12)
    assert tt.flatten(x, 0, -2).shape == (6, 4)
    assert tt.flatten(tt.tensor(1.0)).shape == (1,)
    with pytest.raises(
        ValueError, match="flatten: start_dim is 2, expected it not to lie behind end_dim, 1"
    ):
        tt.flatten(x, 2, 1)


def test_unflatten():
    assert tt.unflatten(tt.zeros(2, 12), 1, (3, -1)).shape == (2, 3, 4)
    assert tt.unflatten(tt.zeros(2, 12), -1, (12, 1)).shape == (2, 12, 1)
    for sizes in ((5, -1), (3, 3), (-3, -4), (-1, -1), (0, -1)):
        with pytest.raises(ValueError, match=r"unflatten: sizes is .*, expected a product of 12"):
            tt.unflatten(tt.zeros(2, 12), 1, sizes)


def test_squeeze_and_unsqueeze():
    x = tt.zeros(1, 3, 1)
    assert tt.squeeze(x).shape == (3,)
    assert tt.squeeze(x, (0, 1)).shape == (3, 1)
    assert tt.squeeze(x, ()).shape == (1, 3, 1)
    assert tt.unsqueeze(x, -1).shape == (1, 3, 1, 1)
    assert tt.unsqueeze(tt.tensor(1.0), 0).shape == (1,)
    assert shares(tt.unsqueeze(x.T if x.ndim == 2 else x, 1), x)
    with pytest.raises(
        IndexError, match=r"unsqueeze: dim 5 is out of range for a tensor of 4 dimensions"
    ):
        tt.unsqueeze(x, 5)


def test_permute_transpose_movedim():
    x = tt.zeros(2, 3, 4)
    assert tt.permute(x, (2, 0, 1)).shape == (4, 2, 3)
    assert tt.transpose(x, 0, -1).shape == (4, 3, 2)
    assert tt.transpose(tt.tensor(1.0), 0, -1).shape == ()
    assert tt.movedim(x, 0, -1).shape == (3, 4, 2)
    assert tt.movedim(x, (0, 1), (2, 0)).shape == (3, 4, 2)
    assert tt.movedim(x, (), ()).shape == (2, 3, 4)
    assert shares(tt.movedim(x, 0, 1), x)
    with pytest.raises(
        ValueError, match=r"permute: dims is \(0, 1\), expected each of 3 dimensions once"
    ):
        tt.permute(x, (0, 1))
    with pytest.raises(ValueError, match=r"movedim: source is .* expected equally many"):
        tt.movedim(x, (0, 1), 2)


def test_expand_is_a_read_only_view():
    x = tt.tensor([[1.0], [2.0]])
    y = tt.expand(x, (3, -1, 2))
    assert y.shape == (3, 2, 2)
    assert shares(x, y)
    assert not y.data.flags.writeable
    assert tt.expand(tt.tensor(1.0), 2).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("size", [(3, 3), (2,), (-1, 2, 3), (2, 3, -2)])
def test_what_does_not_expand(size):
    with pytest.raises(
        ValueError, match=r"expand: a tensor of shape \(2, 3\) does not broadcast to"
    ):
        tt.expand(tt.zeros(2, 3), size)
    with pytest.raises(ValueError, match=r"broadcast_to: a tensor of shape \(2, 3\) does not"):
        tt.broadcast_to(tt.zeros(2, 3), size)


def test_plain_arrays_stay_plain():
    x = np.zeros((2, 3))
    assert isinstance(tt.permute(x, (1, 0)), np.ndarray)
    assert isinstance(tt.expand(x, (4, 2, 3)), np.ndarray)
    assert isinstance(expand_to(1.0, shape=(2,)), np.ndarray)


def test_a_cast_to_its_own_type_is_the_same_memory():
    x = tt.zeros(3)
    assert cast(x, dtype=tt.float32).data is x.data
    assert cast(tt.tensor([1.7, -1.7, float("nan")]), dtype=tt.int64).tolist()[:2] == [1, -1]
