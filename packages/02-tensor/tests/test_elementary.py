"""Elementary functions against Python's `math`, at their poles, and far out."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinytorch.tensor as tt
from tinytorch.tensor import tensor

INF, NAN = math.inf, math.nan
FUNCTIONS = {
    tt.exp: math.exp,
    tt.expm1: math.expm1,
    tt.log: math.log,
    tt.log1p: math.log1p,
    tt.log2: math.log2,
    tt.log10: math.log10,
    tt.sqrt: math.sqrt,
    tt.rsqrt: lambda x: 1.0 / math.sqrt(x),
    tt.reciprocal: lambda x: 1.0 / x,
    tt.sin: math.sin,
    tt.cos: math.cos,
    tt.tan: math.tan,
    tt.tanh: math.tanh,
    tt.erf: math.erf,
}
ROUNDINGS = {tt.floor: math.floor, tt.ceil: math.ceil, tt.trunc: math.trunc, tt.round: round}


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    ("dtype", "rtol"), [(tt.float64, 1e-14), (tt.float32, 1e-6), (tt.float16, 2e-3)]
)
def test_values(function, dtype, rtol):
    x = tt.linspace(0.05, 3.0, 60, dtype=dtype)
    result = function(x)
    assert result.dtype == dtype
    expected = [FUNCTIONS[function](v) for v in x.tolist()]
    np.testing.assert_allclose(result.data, expected, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("dtype", [tt.bool, tt.uint8, tt.int64])
def test_of_integers_they_are_float32(function, dtype):
    result = function(tt.ones(3, dtype=dtype))
    assert result.dtype == tt.float32
    np.testing.assert_allclose(result.data, [FUNCTIONS[function](1.0)] * 3, rtol=1e-6)


@pytest.mark.parametrize("function", [*FUNCTIONS, *ROUNDINGS, tt.square, tt.sign])
def test_nothing_warns_and_shapes_stay(function):
    odd = [0.0, -0.0, 1e-45, -1.0, 1e4, -1e4, 3e38, -3e38, INF, -INF, NAN]
    for x in (
        tensor(odd),
        tensor([odd, odd], dtype=tt.float64).data.T,
        tt.zeros(0, 3),
        tensor(2.5),
    ):
        assert function(x).shape == x.shape
    assert math.isnan(function(tensor([NAN])).item()) or function is tt.sign


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (tt.exp, 1e4, INF),
        (tt.exp, -1e4, 0.0),
        (tt.exp, -INF, 0.0),
        (tt.expm1, 1e-20, 1e-20),
        (tt.log, 0.0, -INF),
        (tt.log, -1.0, NAN),
        (tt.log1p, -1.0, -INF),
        (tt.log1p, 1e-20, 1e-20),
        (tt.sqrt, -1.0, NAN),
        (tt.rsqrt, 0.0, INF),
        (tt.rsqrt, INF, 0.0),
        (tt.reciprocal, -0.0, -INF),
        (tt.sin, INF, NAN),
        (tt.tanh, -INF, -1.0),
        (tt.erf, INF, 1.0),
        (tt.erf, -INF, -1.0),
        (tt.erf, -0.0, -0.0),
    ],
)
def test_at_poles_and_limits(function, x, expected):
    for dtype in (tt.float32, tt.float64):
        np.testing.assert_array_equal(
            function(tensor([x], dtype=dtype)).data, np.array([expected], dtype)
        )


# --- erf, the one that is written here


def exact_erf(x):
    return np.array([math.erf(v) for v in x.tolist()])


def test_erf_in_float64_is_exact_to_1e_15():
    x = np.concatenate(
        [np.linspace(-7, 7, 40_001), np.geomspace(1e-300, 1, 2000), [0.5, 5.9999, 6.0, 1e300]]
    )
    got, expected = tt.erf(x), exact_erf(x)
    assert np.abs(got - expected).max() <= 1e-15
    assert (np.abs(got - expected) <= 1e-15 * np.abs(expected)).all()  # near 0 too


def test_erf_in_float32_has_a_relative_error_below_3e_7():
    x = np.concatenate([np.linspace(-6, 6, 40_001), np.geomspace(1e-37, 1, 2000), [3.92, 1e38]])
    x = x.astype(np.float32)
    got, expected = tt.erf(x), exact_erf(x)
    assert got.dtype == np.float32
    assert (np.abs(got - expected) <= 3e-7 * np.abs(expected)).all()
    assert np.abs(got).max() == 1.0


def test_erf_of_more_than_a_block_and_of_other_layouts():
    x = np.linspace(-3, 3, 70_000).reshape(350, 200)
    np.testing.assert_array_equal(tt.erf(x), np.concatenate([tt.erf(x[:9]), tt.erf(x[9:])]))
    np.testing.assert_array_equal(tt.erf(x.T), tt.erf(x).T)
    np.testing.assert_array_equal(tt.erf(x[::-3, ::7]), tt.erf(x)[::-3, ::7])
    assert tt.erf(np.arange(3)).dtype == np.float64  # NumPy's way with plain arrays


@given(st.floats(-8, 8), st.floats(-8, 8))
def test_erf_is_odd_and_does_not_fall(x, y):
    low, high = sorted((x, y))
    a, b = tt.erf(np.array([low, high]))
    assert a <= b + 2e-16
    assert tt.erf(np.array([-low]))[0] == -a


# --- rounding


@pytest.mark.parametrize("function", ROUNDINGS)
def test_roundings(function):
    x = [-2.5, -1.5, -0.5, -0.2, 0.0, 0.5, 1.5, 2.4999, 1e8]
    result = function(tensor(x, dtype=tt.float64))
    assert result.tolist() == [ROUNDINGS[function](v) for v in x]
    np.testing.assert_array_equal(function(tensor([INF, -INF])).data, [INF, -INF])


@pytest.mark.parametrize("function", ROUNDINGS)
def test_a_rounded_integer_is_itself(function):
    x = tensor([2**53 + 1, -7])
    result = function(x)
    assert result.dtype == tt.int64
    assert result.tolist() == [2**53 + 1, -7]
    result.data[:] = 0
    assert x.tolist() == [2**53 + 1, -7]


def test_decimals():
    x = tensor([1234.567, -0.005], dtype=tt.float64)
    assert tt.round(x, decimals=2).tolist() == [1234.57, -0.0]
    assert tt.round(x, decimals=-2).tolist() == [1200.0, -0.0]
    with pytest.raises(
        TypeError, match=r"round: input has integers, which have no decimals; use input.float\(\)"
    ):
        tt.round(tensor([1]), decimals=1)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5))
def test_floor_and_ceil_enclose(values):
    x = tensor(values, dtype=tt.float64)
    assert (tt.floor(x) <= x).data.all()
    assert (x <= tt.ceil(x)).data.all()
    assert (tt.ceil(x) - tt.floor(x) <= 1).data.all()


@given(st.lists(st.floats(0.01, 100.0), min_size=1, max_size=5))
def test_inverse_functions(values):
    x = tensor(values, dtype=tt.float64)
    for there, back in (
        (tt.log, tt.exp),
        (tt.log1p, tt.expm1),
        (tt.sqrt, tt.square),
        (tt.reciprocal,) * 2,
    ):
        np.testing.assert_allclose(back(there(x)).data, x.data, rtol=1e-12)
    np.testing.assert_allclose((tt.square(tt.sin(x)) + tt.square(tt.cos(x))).data, 1.0, rtol=1e-12)
