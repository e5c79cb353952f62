"""Arithmetic: values, types, shapes, and what cannot be computed."""

import math
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinytorch.tensor as tt
from tinytorch.tensor import tensor

INF, NAN = math.inf, math.nan
BINARY = [tt.add, tt.sub, tt.mul, tt.div, tt.floor_divide, tt.remainder, tt.pow]
WHOLE = hnp.arrays(
    np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=st.integers(-50, 50).map(float)
)


def same(result, expected, dtype=tt.float32):
    """Equal to the last bit, and of this type."""
    assert result.dtype == dtype
    np.testing.assert_array_equal(result.data, np.array(expected, dtype))


@pytest.mark.parametrize(
    ("function", "x", "y", "expected"),
    [
        (tt.add, [1.0, 2.0], [0.5, -2.0], [1.5, 0.0]),
        (tt.sub, [1.0, 2.0], [0.5, -2.0], [0.5, 4.0]),
        (tt.mul, [1.0, 2.0], [0.5, -2.0], [0.5, -4.0]),
        (tt.div, [1.0, -1.0, 0.0], [2.0, 0.0, 0.0], [0.5, -INF, NAN]),
        (tt.floor_divide, [7.0, -7.0, 7.5, 1.0], [2.0, 2.0, -2.0, 0.0], [3.0, -4.0, -4.0, INF]),
        (tt.remainder, [7.0, -7.0, 7.5, 1.0], [4.0, 4.0, -2.0, 0.0], [3.0, 1.0, -0.5, NAN]),
        (tt.pow, [2.0, 0.0, -8.0, 0.0], [3.0, 0.0, 0.5, -1.0], [8.0, 1.0, NAN, INF]),
    ],
)
def test_values_of_two(function, x, y, expected):
    same(function(tensor(x), tensor(y)), expected)


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (tt.neg, [1.0, -INF, 0.0], [-1.0, INF, -0.0]),
        (tt.abs, [1.0, -2.0, -INF], [1.0, 2.0, INF]),
        (tt.sign, [-2.0, 0.0, INF, NAN], [-1.0, 0.0, 1.0, 0.0]),
        (tt.square, [1.0, -3.0, 1e30], [1.0, 9.0, INF]),
    ],
)
def test_values_of_one(function, x, expected):
    same(function(tensor(x)), expected)


def test_integers():
    x, y = tensor([7, -7, 8]), tensor([2, 2, -3])
    same(x + y, [9, -5, 5], tt.int64)
    same(tt.div(x, y), [3.5, -3.5, 8 / -3], tt.float32)
    same(tt.floor_divide(x, y), [3, -4, -3], tt.int64)
    same(tt.remainder(x, y), [1, 1, -1], tt.int64)
    same(tt.pow(x, 2), [49, 49, 64], tt.int64)
    same(tt.pow(2, abs(y)), [4, 4, 8], tt.int64)
    same(tt.sign(x), [1, -1, 1], tt.int64)


def test_booleans():
    x, y = tensor([True, False, True]), tensor([True, False, False])
    same(x + y, [True, False, True], tt.bool)
    same(x * y, [True, False, False], tt.bool)
    same(tt.div(x, y), [1.0, NAN, INF])
    same(x + 1, [2, 1, 2], tt.int64)
    same(tt.sign(x), [True, False, True], tt.bool)
    for function in (tt.sub, tt.neg):
        with pytest.raises(TypeError, match="not supported"):
            function(*(x, y)[: len(function.inputs)])


@pytest.mark.parametrize("function", BINARY)
@pytest.mark.parametrize(
    ("x", "y", "dtype"),
    [
        (tensor([3.0]), 2, tt.float32),
        (2, tensor([3.0]), tt.float32),
        (tensor([3.0]), tensor([2]), tt.float32),
        (tensor([3]), 2.0, tt.float32),
        (tensor([3]), tensor(2.0, dtype=tt.float64), tt.float64),
        (tensor([3.0]), tensor(2.0, dtype=tt.float64), tt.float32),
        (tensor([3.0], dtype=tt.float16), tensor([2.0]), tt.float32),
        (tensor([3.0], dtype=tt.float16), tensor([2]), tt.float16),
        (np.array([3.0]), tensor([2.0]), tt.float64),
    ],
)
def test_result_types(function, x, y, dtype):
    assert function(x, y).dtype == dtype


@pytest.mark.parametrize("function", BINARY)
@pytest.mark.parametrize(
    ("x", "y", "shape"),
    [
        ((2, 3), (3,), (2, 3)),
        ((2, 1), (1, 3), (2, 3)),
        ((), (2,), (2,)),
        ((), (), ()),
        ((0, 3), (3,), (0, 3)),
    ],
)
def test_shapes_broadcast(function, x, y, shape):
    assert function(tt.ones(x), tt.ones(y)).shape == shape


@pytest.mark.parametrize("function", BINARY)
def test_shapes_that_do_not_fit(function):
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        function(tt.ones(2), tt.ones(3))


def test_arguments_by_name_and_unknown_ones():
    same(tt.sub(input=tensor([1.0]), other=tensor([3.0])), [-2.0])
    same(tt.pow(tensor([3.0]), exponent=2), [9.0])
    with pytest.raises(
        TypeError, match="div: unknown argument rounding_mode; it takes input, other"
    ):
        tt.div(tensor([1.0]), tensor([2.0]), rounding_mode="floor")
    with pytest.raises(TypeError, match="add: expected tensors, arrays or numbers, got list"):
        tt.add(tensor([1.0]), [1.0])


@pytest.mark.parametrize("function", [tt.floor_divide, tt.remainder])
@pytest.mark.parametrize("y", [0, tensor([1, 0]), tensor(0)])
def test_integers_are_not_divided_by_zero(function, y):
    with pytest.raises(
        ZeroDivisionError, match=rf"{function.name}: other contains zero.*input.float\(\)"
    ):
        function(tensor([1, 2]), y)


@pytest.mark.parametrize("exponent", [-1, tensor([1, -1])])
def test_integers_have_no_negative_powers(exponent):
    with pytest.raises(
        ValueError, match="pow: exponent is negative, expected 0 or more for integers"
    ):
        tt.pow(tensor([2, 3]), exponent)
    assert tt.pow(tensor([2.0, 4.0]), exponent).dtype == tt.float32


def test_the_smallest_integer_divided_by_minus_one_wraps_silently():
    smallest = np.iinfo(np.int64).min
    same(tt.floor_divide(tensor([smallest]), -1), [smallest], tt.int64)


@pytest.mark.parametrize(
    "x", [[1e38, -1e38], [1e-45, -1e-45], [INF, -INF], [NAN, 0.0], [0.0, -0.0]], ids=repr
)
@pytest.mark.parametrize("y", [1e38, 1e-45, 0.0, -0.0, INF, NAN, -3.0])
@pytest.mark.parametrize("function", [tt.div, tt.floor_divide, tt.remainder, tt.pow])
def test_no_division_or_power_warns(function, x, y):
    function(tensor(x), y)
    function(y, tensor(x))


def test_lerp():
    x, y = tensor([0.0, 10.0]), tensor([1.0, 20.0])
    same(tt.lerp(x, y, 0.5), [0.5, 15.0])
    same(tt.lerp(x, y, tensor([0.0, 1.0])), [0.0, 20.0])
    same(tt.lerp(x, y, weight=tensor([[2.0], [-1.0]])), [[2.0, 30.0], [-1.0, 0.0]])


@pytest.mark.parametrize(
    "exponent", [-13, -12, -3, -2, -2.0, -1, 0, 0.5, 1, 2, 3, 3.0, 4, 5, 6, 7, 11, 12.0, 13]
)
@pytest.mark.parametrize("dtype", [tt.float32, tt.float64])
def test_powers_of_negative_and_positive_numbers(exponent, dtype):
    x = [-1.5, -0.5, 0.25, 3.0]
    expected = [NAN if v < 0 and exponent == 0.5 else v**exponent for v in x]
    result = tt.pow(tensor(x, dtype=dtype), exponent)
    assert result.dtype == dtype
    np.testing.assert_allclose(result.data, expected, rtol=1e-6)


def test_powers_leave_the_base_alone_and_float16_is_rounded_once():
    x = tensor([1.1, -1.7, 2.3])
    before = x.tolist()
    for exponent in (2, 3, 5, 7, -3):
        tt.pow(x, exponent)
    assert x.tolist() == before
    same(tt.pow(tensor(3), 5), 243, tt.int64)
    base = np.random.default_rng(0).uniform(0.5, 2.0, 100).astype(np.float16)
    same(tt.pow(tt.from_numpy(base), 5), (base.astype(float) ** 5).astype(np.float16), tt.float16)


def test_results_share_no_memory_with_inputs():
    x = tensor([True, False])
    tt.sign(x).data[:] = False
    assert x.tolist() == [True, False]


@given(WHOLE, st.data())
def test_the_laws_of_algebra_hold_on_whole_numbers(x, data):
    y, z = (
        data.draw(hnp.arrays(np.float64, x.shape, elements=st.integers(-50, 50).map(float)))
        for _ in "yz"
    )
    x, y, z = tensor(x), tensor(y), tensor(z)
    for function in (tt.add, tt.mul):
        same(function(x, y), function(y, x).data, tt.float64)
        same(function(function(x, y), z), function(x, function(y, z)).data, tt.float64)
    same(tt.mul(x, tt.add(y, z)), tt.add(tt.mul(x, y), tt.mul(x, z)).data, tt.float64)
    same(tt.sub(x, y), tt.neg(tt.sub(y, x)).data + 0.0, tt.float64)
    same(tt.mul(tt.sign(x), tt.abs(x)), x.data, tt.float64)
    same(tt.square(x), tt.pow(x, 2).data, tt.float64)


@given(st.integers(-1000, 1000), st.integers(-50, 50).filter(bool))
def test_quotient_and_remainder_are_python_s(x, y):
    for kind in (int, float):
        a, b = tensor([kind(x)], dtype=tt.float64 if kind is float else None), kind(y)
        assert tt.floor_divide(a, b).item() == operator.floordiv(kind(x), b)
        assert tt.remainder(a, b).item() == operator.mod(kind(x), b)


def test_arithmetic_of_booleans():
    truths = tt.tensor([True, False])
    assert tt.square(truths).dtype is (truths // 2).dtype is (truths % 2).dtype is tt.int64
    assert tt.square(truths).tolist() == [1, 0]
    assert (truths**2).dtype is tt.int64
    for call in (
        lambda: truths // truths,
        lambda: truths % truths,
        lambda: truths**truths,
        lambda: truths**True,
    ):
        with pytest.raises(TypeError, match="its inputs are booleans, expected numbers"):
            call()
    for call in (lambda: truths - truths, lambda: truths - True):
        with pytest.raises(TypeError, match="boolean subtract"):
            call()


def test_lerp_is_exact_at_both_ends_and_silent():
    far, near = tt.tensor([1e8]), tt.tensor([1.0])
    for weight in (1.0, tt.tensor([1.0]), tt.tensor(1.0)):
        assert tt.lerp(far, near, weight).tolist() == [1.0]
        assert tt.lerp(near, far, weight - 1.0).tolist() == [1.0]
    assert tt.lerp(tt.tensor([3e38]), tt.tensor([-3e38]), 0.4).tolist() == [-float("inf")]


def test_rounding_to_many_decimals_is_silent():
    assert tt.round(tt.tensor([1e30]), decimals=10).tolist() == [float("inf")]
