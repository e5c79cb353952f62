"""Comparison, logic and choice."""

import math
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinytorch.tensor as tt
from tinytorch.tensor import tensor

INF, NAN = math.inf, math.nan
COMPARISONS = {
    tt.eq: operator.eq,
    tt.ne: operator.ne,
    tt.lt: operator.lt,
    tt.le: operator.le,
    tt.gt: operator.gt,
    tt.ge: operator.ge,
}
LOGIC = {
    tt.logical_and: lambda x, y: bool(x) and bool(y),
    tt.logical_or: lambda x, y: bool(x) or bool(y),
    tt.logical_xor: lambda x, y: bool(x) != bool(y),
}
BITS = {tt.bitwise_and: operator.and_, tt.bitwise_or: operator.or_, tt.bitwise_xor: operator.xor}


@pytest.mark.parametrize("function", COMPARISONS)
@given(pairs=st.lists(st.tuples(st.floats(width=32), st.floats(width=32)), min_size=1, max_size=6))
def test_comparisons_are_python_s(function, pairs):
    x, y = zip(*pairs, strict=True)
    result = function(tensor(list(x)), tensor(list(y)))
    assert result.dtype == tt.bool
    assert result.tolist() == [COMPARISONS[function](a, b) for a, b in pairs]


@pytest.mark.parametrize("function", [*COMPARISONS, *LOGIC])
def test_comparisons_and_logic_broadcast_and_promote(function):
    result = function(tt.ones(2, 1), tt.ones(3, dtype=tt.int64))
    assert (result.shape, result.dtype) == ((2, 3), tt.bool)
    assert function(tensor(1), 1.0).shape == ()
    assert function(tt.ones(0, 3), 1).shape == (0, 3)
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        function(tt.ones(2), tt.ones(3))


@pytest.mark.parametrize("function", LOGIC)
def test_logic(function):
    x, y = [0.0, 0.0, 2.0, NAN], [0, 3, 0, -1]
    expected = [LOGIC[function](a, b) for a, b in zip(x, y, strict=True)]
    assert function(tensor(x), tensor(y)).tolist() == expected
    assert tt.logical_not(tensor(x)).tolist() == [True, True, False, False]


@pytest.mark.parametrize("function", BITS)
@given(pairs=st.lists(st.tuples(*[st.integers(-1000, 1000)] * 2), min_size=1, max_size=6))
def test_bits_are_python_s(function, pairs):
    x, y = (list(column) for column in zip(*pairs, strict=True))
    result = function(tensor(x), tensor(y))
    assert result.dtype == tt.int64
    assert result.tolist() == [BITS[function](a, b) for a, b in pairs]
    assert tt.bitwise_not(tensor(x)).tolist() == [~a for a in x]


def test_bits_of_booleans_and_of_floats():
    x = tensor([True, False])
    assert tt.bitwise_and(x, True).dtype == tt.bool
    assert tt.bitwise_not(x).tolist() == [False, True]
    for function in (*BITS, tt.bitwise_not):
        with pytest.raises(TypeError, match="not supported"):
            function(*[tensor([1.0])] * len(function.inputs))


def test_what_kind_of_number_it_is():
    x = tensor([1.0, NAN, INF, -INF])
    assert tt.isnan(x).tolist() == [False, True, False, False]
    assert tt.isinf(x).tolist() == [False, False, True, True]
    assert tt.isfinite(x).tolist() == [True, False, False, False]
    for function in (tt.isnan, tt.isinf, tt.isfinite):
        assert function(tensor([1, 2])).dtype == tt.bool


def test_isclose():
    x = tensor([1.0, 1.0, INF, INF, -INF, NAN, 0.0], dtype=tt.float64)
    y = tensor([1.00001, 1.0001, INF, 1.0, INF, NAN, 1e-9], dtype=tt.float64)
    assert tt.isclose(x, y).tolist() == [True, False, True, False, False, False, True]
    assert tt.isclose(x, y, equal_nan=True).tolist() == [
        True,
        False,
        True,
        False,
        False,
        True,
        True,
    ]
    assert tt.isclose(x, y, 1e-3, 0.0).tolist() == [True, True, True, False, False, False, False]
    assert tt.isclose(tensor([100.0]), tensor([110.0]), rtol=0.0, atol=10.0).item()
    with pytest.raises(
        ValueError, match=r"isclose: rtol is -1.0 and atol 1e-08, expected 0 or more"
    ):
        tt.isclose(x, y, -1.0)


def test_allclose_and_equal_are_plain_booleans():
    x = tensor([1.0, 2.0])
    assert tt.allclose(x, x + 1e-7) is True
    assert tt.allclose(x, x + 1) is False
    assert tt.allclose(x, x + 1, atol=1.0) is True
    assert tt.allclose(tensor([NAN]), tensor([NAN])) is False
    assert tt.allclose(tensor([NAN]), tensor([NAN]), equal_nan=True) is True
    assert tt.equal(x, tensor([1, 2])) is True
    assert tt.equal(x, x + 1) is False
    assert tt.equal(x, tensor([[1.0, 2.0]])) is False
    assert tt.equal(x.data, x.data) is True
    assert tt.equal(tt.zeros(0), tt.zeros(0)) is True


def test_maximum_and_minimum():
    x, y = tensor([1.0, NAN, -INF]), tensor([3.0, 1.0, 0.0])
    np.testing.assert_array_equal(tt.maximum(x, y).data, [3.0, NAN, 0.0])
    np.testing.assert_array_equal(tt.minimum(x, y).data, [1.0, NAN, -INF])
    assert tt.maximum(tensor([1, 5]), 2.5).tolist() == [2.5, 5.0]
    assert tt.minimum(tensor([1, 5]), tensor([[2], [7]])).tolist() == [[1, 2], [1, 5]]


def test_clamp():
    x = tensor([-2.0, 0.5, 3.0, NAN])
    np.testing.assert_array_equal(tt.clamp(x, -1, 1).data, np.float32([-1.0, 0.5, 1.0, NAN]))
    np.testing.assert_array_equal(tt.clamp(x, min=0).data, np.float32([0.0, 0.5, 3.0, NAN]))
    np.testing.assert_array_equal(
        tt.clamp(x, max=tensor([0.0, 0, 5, 0])).data, np.float32([-2, 0, 3, NAN])
    )
    assert tt.clamp(tensor([0, 5]), max=2, min=1).tolist() == [1, 2]
    assert tt.clamp(tensor([0, 5]), 0.5).dtype == tt.float32
    assert tt.clamp(tensor([5.0]), 2, 1).tolist() == [1.0]  # the upper bound wins
    assert tt.clamp(tensor(5.0), 2).shape == ()
    assert tt.clamp(tensor([[1.0], [2.0]]), tensor([0.0, 5.0]), 4).tolist() == [[1, 4], [2, 4]]
    assert tt.clamp(tensor([1.0], dtype=tt.float16), -1e9, 1e9).tolist() == [1.0]
    assert math.isnan(tt.clamp(tensor([1.0]), NAN).item())
    assert x.tolist()[:3] == [-2.0, 0.5, 3.0]
    assert tt.clamp(5.0, 1, 2) == 2


def test_clamp_needs_a_bound():
    with pytest.raises(ValueError, match="clamp: min and max are both None"):
        tt.clamp(tensor([1.0]))
    with pytest.raises(TypeError, match="clamp: unknown argument low; it takes input, min, max"):
        tt.clamp(tensor([1.0]), low=0)


def test_where():
    condition = tensor([True, False])
    assert tt.where(condition, tensor([1.0, 2.0]), tensor([3.0, 4.0])).tolist() == [1.0, 4.0]
    assert tt.where(condition, tensor([[1.0], [2.0]]), 0).tolist() == [[1.0, 0.0], [2.0, 0.0]]
    assert tt.where(tensor(True), tensor(1), tensor(2)).shape == ()
    assert tt.where(tt.ones(0, 2, dtype=tt.bool), 1.0, tt.ones(2)).shape == (0, 2)


@pytest.mark.parametrize(
    ("x", "y", "dtype"),
    [
        (tensor([1.0]), 2, tt.float32),
        (tensor([1]), 2.5, tt.float32),
        (1.0, 2, tt.float32),
        (1, True, tt.int64),
        (tensor([1]), tensor([1.0]), tt.float32),
        (tensor([1.0]), tensor(1.0, dtype=tt.float64), tt.float32),
        (np.float32(1.0), tensor([1], dtype=tt.int8), tt.float32),
    ],
)
def test_the_condition_has_no_part_in_the_type(x, y, dtype):
    assert tt.where(tensor([True]), x, y).dtype == dtype
    assert tt.where(tensor([True]), y, x).dtype == dtype


def test_masked_fill():
    x, mask = tensor([1.0, 2.0, 3.0]), tensor([True, False, True])
    assert tt.masked_fill(x, mask, -INF).tolist() == [-INF, 2.0, -INF]
    assert tt.masked_fill(x, mask, tensor(0)).tolist() == [0.0, 2.0, 0.0]
    assert tt.masked_fill(x, tensor([[True], [False]]), 0).tolist() == [[0.0] * 3, [1.0, 2.0, 3.0]]
    assert x.tolist() == [1.0, 2.0, 3.0]


def test_wrong_masks_conditions_and_values():
    x, mask = tensor([1, 2]), tensor([True, False])
    with pytest.raises(
        TypeError, match="where: condition has type int64, expected bool; use condition != 0"
    ):
        tt.where(x, x, x)
    with pytest.raises(
        TypeError, match="masked_fill: mask has type int64, expected bool; use mask != 0"
    ):
        tt.masked_fill(x, x, 0)
    with pytest.raises(
        ValueError, match=r"masked_fill: value has shape \(2,\), expected a single number"
    ):
        tt.masked_fill(x, mask, x)
    with pytest.raises(ValueError, match="masked_fill: 300 does not fit uint8"):
        tt.masked_fill(x.to(tt.uint8), mask, 300)
    with pytest.raises(ValueError, match="masked_fill: nan does not fit int64"):
        tt.masked_fill(x, mask, float("nan"))
    for call in (
        lambda: tt.where(mask, x.to(tt.uint8), 300),
        lambda: tt.where(mask, 300, x.to(tt.uint8)),
        lambda: tt.where(mask, x[0].to(tt.uint8), 300),
    ):
        with pytest.raises(ValueError, match="where: 300 does not fit uint8"):
            call()
    with pytest.raises(TypeError, match="where: condition is of type bool, expected a tensor"):
        tt.where(True, x, x)
    with pytest.raises(TypeError, match="masked_fill: mask is of type list, expected a tensor"):
        tt.masked_fill(x, [True, False], 1)
    with pytest.raises(TypeError, match="masked_fill: value is 'a', expected a number"):
        tt.masked_fill(x, mask, "a")
    with pytest.raises(TypeError, match="equal: other is of type int, expected a tensor"):
        tt.equal(x, 3)
    with pytest.raises(
        TypeError, match=r"where: takes the tensors \(condition, input, other\), got 1"
    ):
        tt.where(mask)


def test_masked_fill_brings_the_value_to_the_inputs_type():
    mask = tensor([True, False])
    assert tt.masked_fill(tensor([False, False]), mask, 2).tolist() == [True, False]
    assert tt.masked_fill(tensor([1, 2]), mask, 0.5).tolist() == [0, 2]
    assert tt.masked_fill(tensor([1, 2]), mask, tensor(7.9)).tolist() == [7, 2]


@pytest.mark.parametrize("dtype", [tt.float16, tt.float32])
def test_numbers_beyond_the_type_are_compared_silently(dtype):
    x = tensor([1.0, 0.0], dtype=dtype)
    assert (x < 1e300).tolist() == (x != 1e300).tolist() == [True, True]
    assert (x > 1e300).tolist() == (x == 1e300).tolist() == (x >= 1e300).tolist() == [False, False]
    assert tt.logical_xor(x, 1e300).tolist() == [False, True]
    assert tt.where(x > 0, x, 1e300).tolist() == [1.0, INF]
    assert tt.masked_fill(x, x > 0, 1e300).tolist() == [INF, 0.0]


def test_closeness_of_integers_and_booleans():
    assert tt.isclose(tensor([True, False]), tensor([True, True])).tolist() == [True, False]
    small, large = tensor([1, 255], dtype=tt.uint8), tensor([2, 0], dtype=tt.uint8)
    assert tt.isclose(small, large, atol=1).tolist() == [True, False]


@pytest.mark.parametrize("name", ["isclose", "allclose"])
def test_errors_of_closeness_name_the_function(name):
    close = getattr(tt, name)
    with pytest.raises(ValueError, match=rf"{name}: shapes \(3,\) and \(2,\) do not broadcast"):
        close(tt.ones(3), tt.ones(2))
    for other in ([1.0, 2.0], None, "a"):
        with pytest.raises(TypeError, match=f"{name}: other is of type .*, expected a tensor"):
            close(tt.ones(2), other)
    with pytest.raises(TypeError, match=f"{name}: input is of type list, expected a tensor"):
        close([1.0, 2.0], tt.ones(2))
    with pytest.raises(ValueError, match=f"{name}: rtol is -1.0 and atol"):
        close(tt.ones(2), tt.ones(2), rtol=-1.0)
