"""Reductions, extremes, running sums: values, types, nothing, infinities, and mistakes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinytorch.tensor as tt
from tinytorch.tensor.extremes import largest

INF, NAN = math.inf, math.nan
WHOLE = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=0, max_dims=3, max_side=4),
    elements=st.integers(-9, 9).map(float),
)
NUMPYS = {
    "sum": np.sum,
    "mean": np.mean,
    "amax": np.max,
    "amin": np.min,
    "any": np.any,
    "all": np.all,
}


def same(result, expected):
    """Equal, of the same type and shape."""
    assert isinstance(result, tt.Tensor)
    np.testing.assert_array_equal(result.data, expected, strict=True)


@given(WHOLE, st.data(), st.sampled_from(sorted(NUMPYS)))
def test_over_any_dimensions_as_numpy(array, data, name):
    dims = tuple(data.draw(st.sets(st.integers(0, array.ndim - 1)))) if array.ndim else ()
    keepdim = data.draw(st.booleans())
    x = tt.from_numpy(array)
    found = getattr(tt, name)(x, dims or None, keepdim)
    expected = NUMPYS[name](array, axis=dims or None, keepdims=keepdim)
    np.testing.assert_allclose(found.data, expected, rtol=1e-12)
    assert found.shape == np.shape(expected)


@given(WHOLE)
def test_the_last_of_a_running_sum_is_the_sum(array):
    x = tt.flatten(tt.from_numpy(array))
    assert tt.cumsum(x, 0).data[-1] == tt.sum(x).item()
    assert tt.cumprod(x, 0).data[-1] == pytest.approx(tt.prod(x).item())
    np.testing.assert_allclose(
        tt.cumulative.cumulative_sum(x, dim=0, reverse=True).data[0], tt.sum(x).data
    )


@given(WHOLE)
def test_the_greatest_is_where_argmax_says(array):
    x = tt.from_numpy(array)
    assert array.reshape(-1)[tt.argmax(x).item()] == tt.max(x).item() == tt.amax(x).item()
    assert array.reshape(-1)[tt.argmin(x).item()] == tt.min(x).item() == tt.amin(x).item()


@pytest.mark.parametrize("function", [tt.sum, tt.prod])
@pytest.mark.parametrize("dtype", [tt.bool, tt.uint8, tt.int8, tt.int32, tt.int64])
def test_integers_add_up_to_int64(function, dtype):
    x = tt.ones(300, dtype=dtype)
    assert function(x).dtype == function(x, 0).dtype == tt.int64
    assert tt.sum(x).item() == 300


@pytest.mark.parametrize("function", [tt.cumsum, tt.cumprod])
def test_running_sums_of_integers_are_int64(function):
    assert function(tt.ones(3, dtype=tt.uint8), 0).dtype == tt.int64
    assert function(tt.tensor(2, dtype=tt.uint8), 0).dtype == tt.int64
    assert function(tt.tensor(2.0), -1).shape == ()
    assert function(tt.ones(3, dtype=tt.uint8), 0, dtype=tt.float64).dtype == tt.float64


def test_floats_keep_their_type():
    for dtype in (tt.float16, tt.float32, tt.float64):
        x = tt.ones(2, 3, dtype=dtype)
        for name in ("sum", "mean", "var", "std", "prod", "amax", "norm"):
            assert getattr(tt, name)(x).dtype == dtype, name
            assert getattr(tt, name)(x, dim=0).dtype == dtype, name
        assert tt.logsumexp(x, 0).dtype == dtype
    assert tt.logsumexp(tt.tensor([1, 2]), 0).dtype == tt.float32
    assert tt.sum(tt.ones(2), dtype=tt.float64).dtype == tt.float64
    assert tt.mean(tt.tensor([1, 2]), dtype=tt.float32).item() == 1.5


def test_float16_is_computed_in_float32_and_rounded_once():
    half = tt.float16
    x = tt.ones(4096, 32, dtype=half)
    assert tt.sum(x).item() == INF  # 131,072 is no float16
    assert tt.mean(x).item() == 1.0
    same(tt.sum(x, 0), np.full(32, 4096, np.float16))
    assert tt.norm(tt.full((4,), 300.0, dtype=half), dim=0).item() == 600.0
    assert tt.norm(tt.tensor([6e4, 10.0], dtype=half)).item() == 6e4
    assert tt.cumsum(tt.ones(5000, dtype=half), 0).data[-1] == 5000
    assert tt.std(tt.tensor([1.0, 3.0] * 40_000, dtype=half)).item() == 1.0
    assert tt.prod(tt.tensor([300.0, 300.0, 0.01], dtype=half)).item() == 900.0
    assert tt.cumprod(tt.tensor([300.0, 300.0, 0.01], dtype=half), 0).tolist() == [300, INF, 900]
    assert tt.logsumexp(tt.zeros(140_000, dtype=half), 0).item() == pytest.approx(11.85, abs=4e-3)
    wide = np.random.default_rng(0).standard_normal((4, 2000)) * 10
    narrow = tt.tensor(wide, dtype=half)
    for name in ("sum", "mean", "var", "std", "norm", "logsumexp"):
        exact = getattr(tt, name)(narrow.data.astype(np.float64), dim=1)
        same(getattr(tt, name)(narrow, dim=1), exact.astype(np.float16))


LONG = [(300_000, 3), (3, 300_000), (2**25, 2), (20_000, 2, 3), (2, 50_000, 7), (150, 150, 150)]


@pytest.mark.parametrize("shape", LONG, ids=str)
def test_no_digits_are_lost_over_any_dimensions(shape):
    ones = tt.expand(tt.ones(1), shape) if shape[0] == 2**25 else tt.ones(*shape)
    for dim in (0, 1, -1, (0, 1), (0, -1), None):
        assert (tt.mean(ones, dim).data == 1).all()
    if ones.data.flags.writeable:
        x = np.random.default_rng(0).random(shape, np.float32)
        for array in (x, x.T, x[::3], x[:, ::-1], np.asfortranarray(x)):
            for dim in range(array.ndim):
                found = tt.sum(array, dim)
                np.testing.assert_allclose(found, array.sum(dim, np.float64), rtol=1e-6)
            np.testing.assert_allclose(tt.sum(array), array.sum(dtype=np.float64), rtol=1e-6)


def test_long_sums_take_no_copy_of_what_is_expanded():
    ones = tt.expand(tt.ones(1, 1), (2**20, 2**12))  # 16 GiB, were it written out
    assert tt.sum(ones[: 2**13], 0).tolist() == [2**13] * 2**12


@pytest.mark.parametrize("n", [1000, 1024, 128 * 128, 128 * 128 + 1, 128 * 2048 - 1, 70_001])
def test_sums_of_runs_that_do_not_come_out_even(n):
    x = np.arange(2 * n, dtype=np.float64).reshape(n, 2)
    same(tt.sum(tt.from_numpy(x), 0), np.array([n * (n - 1.0), n * n]))
    same(tt.sum(tt.from_numpy(x.T), 1), np.array([n * (n - 1.0), n * n]))


def test_the_norm_of_many():
    assert tt.norm(tt.ones(2**25)).item() == pytest.approx(2**12.5, rel=1e-6)
    assert tt.norm(tt.ones(4097)).item() == pytest.approx(4097**0.5, rel=1e-6)
    x = np.random.default_rng(0).random((60_000, 20), np.float32)
    for dim in (0, None):
        exact = tt.norm(x.astype(np.float64), dim=dim)
        np.testing.assert_allclose(tt.norm(x, dim=dim), exact, rtol=1e-6)
    assert tt.norm(tt.ones(70_000, 2), dim=0).tolist() == pytest.approx([70_000**0.5] * 2, rel=1e-6)


def test_a_running_sum_of_many():
    assert tt.cumsum(tt.ones(2**24 + 4), 0).data[-1] == 2**24 + 4


def test_of_nothing():
    x = tt.zeros(0, 3)
    same(tt.sum(x, 0), np.zeros(3, np.float32))
    same(tt.prod(x, 0), np.ones(3, np.float32))
    same(tt.mean(x, 0), np.full(3, NAN, np.float32))
    same(tt.var(x, 0), np.full(3, NAN, np.float32))
    same(tt.logsumexp(x, 0), np.full(3, -INF, np.float32))
    same(tt.norm(x, dim=0), np.zeros(3, np.float32))
    same(tt.any(x, 0), np.zeros(3, bool))
    same(tt.all(x, 0), np.ones(3, bool))
    same(tt.max(x, 1).values, np.zeros(0, np.float32))
    same(tt.amax(x, 1), np.zeros(0, np.float32))
    same(tt.cumsum(x, 0), np.zeros((0, 3), np.float32))


@pytest.mark.parametrize("name", ["max", "min", "amax", "amin", "argmax", "argmin"])
def test_nothing_to_choose_from(name):
    function = getattr(tt, name)
    with pytest.raises(
        ValueError,
        match=rf"{name}: input has shape \(0, 3\), with nothing to choose from over dim 0",
    ):
        function(tt.zeros(0, 3), 0)
    with pytest.raises(ValueError, match=rf"{name}: .* over dim \(0, 1\)"):
        function(tt.zeros(0, 3))


def test_no_dimensions():
    one = tt.tensor(-2.0)
    for name in ("sum", "mean", "prod", "amax", "amin", "median"):
        assert getattr(tt, name)(one).item() == -2.0
    for name in ("sum", "mean", "prod", "amax", "cumsum", "cumprod", "logsumexp"):
        assert getattr(tt, name)(one, 0).shape == ()
    assert tt.max(one, 0) == (-2.0, 0)
    assert tt.max(one, -1, keepdim=True).indices.shape == ()
    assert tt.argmax(one, 0).item() == 0
    assert tt.norm(one).item() == 2.0
    assert math.isnan(tt.var(one).item())


def test_infinities_and_nan_pass_in_silence():
    x = tt.tensor([INF, -INF, 1.0])
    for function in (tt.sum, tt.mean, tt.var, tt.std):
        assert math.isnan(function(x).item())
    assert tt.norm(x).item() == INF
    assert tt.cumsum(x, 0).tolist()[0] == INF
    assert tt.sum(tt.full((2,), 3e38)).item() == INF
    assert math.isnan(tt.max(tt.tensor([1.0, NAN, 2.0])).item())
    assert tt.argmin(tt.tensor([1.0, NAN, 0.0])).item() == 1


def test_the_variance_of_close_large_numbers():
    x = tt.tensor([10_000_000.0, 10_000_001.0, 10_000_002.0])
    assert tt.var(x).item() == 1.0


def test_correction():
    x = tt.tensor([1.0, 2.0, 3.0])
    assert (
        tt.var(x, correction=0).item() == tt.var(x, unbiased=False).item() == pytest.approx(2 / 3)
    )
    assert tt.var(x, False).item() == tt.var(x, correction=0).item()
    assert tt.var(x, True).item() == tt.var(x).item() == 1.0
    assert tt.std(x, 0, False, True).shape == (1,)
    assert tt.var(x, correction=0.5).item() == pytest.approx(2 / 2.5)
    assert tt.var(x, correction=3).item() == tt.var(x, correction=9).item() == INF
    assert math.isnan(tt.var(tt.ones(3), correction=9).item())
    with pytest.raises(ValueError, match="std: unbiased and correction are both given"):
        tt.std(x, unbiased=True, correction=1)


def test_logsumexp_of_any_finite_numbers():
    for shift in (-1e30, -1000.0, 0.0, 1000.0, 1e30):
        x = tt.tensor([shift, shift])
        assert tt.logsumexp(x, 0).item() == pytest.approx(shift + math.log(2), rel=1e-6)
    assert tt.logsumexp(tt.tensor([INF, 1.0]), 0).item() == INF
    assert tt.logsumexp(tt.tensor([-INF, -INF]), 0).item() == -INF
    assert math.isnan(tt.logsumexp(tt.tensor([NAN, 1.0]), 0).item())
    assert tt.logsumexp(tt.zeros(2, 3), (0, 1), True).shape == (1, 1)


@pytest.mark.parametrize("p", [1, 2, 3, 0.5, INF, -INF, 0])
def test_norms_as_numpys(p):
    x = np.random.default_rng(0).standard_normal((3, 4))
    for keepdim in (False, True):
        same(
            tt.cast(tt.norm(tt.from_numpy(x), p, 1, keepdim), dtype=tt.float32),
            np.linalg.norm(x, p, 1, keepdims=keepdim).astype(np.float32),
        )
    assert tt.norm(tt.from_numpy(x), p).item() == pytest.approx(np.linalg.norm(x.ravel(), p))
    assert tt.norm(tt.from_numpy(x), p, keepdim=True).shape == (1, 1)


def test_norms_that_are_none():
    with pytest.raises(ValueError, match="norm: p is 'nuc', expected 'fro' or a number"):
        tt.norm(tt.zeros(2, 2), "nuc")
    with pytest.raises(ValueError, match="norm: p is inf, and there is no greatest or least of 0"):
        tt.norm(tt.zeros(0), INF)
    assert tt.norm(tt.tensor([1, 2]), dtype=tt.float64).dtype == tt.float64


@pytest.mark.parametrize("name", ["mean", "var", "std", "norm"])
def test_integers_have_no_mean(name):
    with pytest.raises(
        TypeError, match=rf"{name}: input is of type int64, expected floating point"
    ):
        getattr(tt, name)(tt.tensor([1, 2]))


def test_products():
    x = tt.tensor([[1, 2], [3, 4]])
    assert tt.prod(x).item() == 24
    assert tt.prod(x, keepdim=True).shape == (1, 1)
    same(tt.prod(x, 1, True), np.array([[2], [12]]))
    assert tt.prod(x, dtype=tt.float32).dtype == tt.float32
    with pytest.raises(IndexError, match="prod: dim 1 is out of range"):
        tt.prod(tt.tensor(1.0), 1)


def test_the_first_of_equal_elements_is_chosen():
    x = tt.tensor([[1, 2, 2], [3, 3, 3]])
    values, indices = tt.max(x, dim=1)
    assert values.tolist() == [2, 3]
    assert indices.tolist() == [1, 0]
    assert indices.dtype == tt.int64
    assert tt.min(x, 0, keepdim=True).indices.tolist() == [[0, 0, 0]]
    assert tt.argmax(x, 1, True).shape == (2, 1)
    assert tt.argmax(x, keepdim=True).shape == (1, 1)


def test_the_greater_of_two_tensors():
    x, y = tt.tensor([1, 5]), tt.tensor([3, 2])
    for found in (tt.max(x, y), tt.max(x, other=y), tt.max(x, y.data)):
        assert found.tolist() == [3, 5]
    assert tt.min(x, y).tolist() == tt.min(x, other=y).tolist() == [1, 2]


def test_truth_is_boolean():
    for dtype in (tt.bool, tt.int64, tt.float32):
        x = tt.tensor([[0, 1], [1, 1]], dtype=dtype)
        same(tt.any(x, 1), np.array([True, True]))
        same(tt.all(x, 1), np.array([False, True]))
    assert tt.all(tt.tensor([NAN])).item() is True


def test_plain_arrays_stay_plain():
    assert isinstance(tt.sum(np.ones((2, 3)), 0), np.ndarray)
    assert isinstance(tt.max(np.ones((2, 3)), 0).values, np.ndarray)
    assert isinstance(tt.cumsum(np.ones(3), 0), np.ndarray)


def test_nothing_is_written_into_the_input():
    array = np.random.default_rng(0).standard_normal((3, 4))
    array.flags.writeable = False
    x = tt.Tensor.from_array(array)
    for name in NUMPYS.keys() | {"var", "std", "prod", "norm", "median", "argmax"}:
        getattr(tt, name)(x)
    tt.logsumexp(x, 1)


@pytest.mark.parametrize("dim", [(0,), (1,), (0, 1)])
@pytest.mark.parametrize("shape", [(3, 4), (1, 1), (4, 0), (0, 4)])
def test_the_largest_of_rows_is_that_of_any_dimension(shape, dim):
    x = np.random.default_rng(0).normal(size=shape)
    if x.size > 9:
        x[0, 1], x[1, 2], x[1, 3], x[2] = INF, NAN, INF, -INF
    expected = np.maximum.reduce(x, dim, keepdims=True, initial=-INF)
    for array in (x, np.asfortranarray(x)):
        np.testing.assert_array_equal(largest(array, dim), expected)
