"""Every activation against its formula, at the ends of the range, and on what it refuses."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinytorch.activations as F
from tinytorch.tensor import bool as boolean
from tinytorch.tensor import float16, float32, float64, int64, ones, tensor, zeros

INF, NAN = math.inf, math.nan


def logistic(x):
    return 1.0 / (1.0 + math.exp(-x)) if x > 0 else math.exp(x) / (1.0 + math.exp(x))


def normal(x):
    return 0.5 * math.erfc(-x * math.sqrt(0.5))


FORMULAS = {
    "relu": (F.relu, lambda x: max(x, 0.0)),
    "leaky_relu": (F.leaky_relu, lambda x: x if x > 0 else 0.01 * x),
    "leaky_relu 2.5": (lambda x: F.leaky_relu(x, 2.5), lambda x: x if x > 0 else 2.5 * x),
    "leaky_relu -0.5": (lambda x: F.leaky_relu(x, -0.5), lambda x: x if x > 0 else -0.5 * x),
    "elu": (F.elu, lambda x: x if x > 0 else math.expm1(x)),
    "elu 0.3": (lambda x: F.elu(x, 0.3), lambda x: x if x > 0 else 0.3 * math.expm1(x)),
    "softplus": (F.softplus, lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x)))),
    "softplus 2": (
        lambda x: F.softplus(x, beta=2.0),
        lambda x: max(x, 0.0) + math.log1p(math.exp(-2.0 * abs(x))) / 2.0,
    ),
    "sigmoid": (F.sigmoid, logistic),
    "tanh": (F.tanh, math.tanh),
    "silu": (F.silu, lambda x: x * logistic(x)),
    "gelu": (F.gelu, lambda x: x * normal(x)),
    "gelu tanh": (
        lambda x: F.gelu(x, approximate="tanh"),
        lambda x: x * logistic(2.0 * math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)),
    ),
    "hardswish": (F.hardswish, lambda x: x * min(max(x + 3.0, 0.0), 6.0) / 6.0),
    "mish": (F.mish, lambda x: x * math.tanh(max(x, 0.0) + math.log1p(math.exp(-abs(x))))),
}
each_formula = pytest.mark.parametrize(("function", "formula"), FORMULAS.values(), ids=FORMULAS)
SCORES = [F.softmax, F.log_softmax]
ELEMENTWISE = [function for function, _ in FORMULAS.values()]


@each_formula
@pytest.mark.parametrize(("dtype", "rtol"), [(float64, 1e-12), (float32, 2e-6), (float16, 4e-3)])
def test_values_follow_the_formula(function, formula, dtype, rtol):
    x = tensor(np.linspace(-9.0, 9.0, 181), dtype=dtype)
    result = function(x)
    assert result.dtype == dtype
    expected = [formula(v) for v in x.tolist()]
    np.testing.assert_allclose(result.data, expected, rtol=rtol, atol=rtol)


@each_formula
@pytest.mark.parametrize("dtype", [float32, float64])
def test_far_out_they_are_still_right(function, formula, dtype):
    x = [-700.0, -100.0, -30.0, -1e-30, 0.0, 1e-30, 30.0, 100.0, 700.0]
    result = function(tensor(x, dtype=dtype))
    expected = [formula(v) for v in x]
    np.testing.assert_allclose(
        result.data, expected, rtol=1e-6, atol=1e-15 if dtype == float64 else 1e-7
    )


@pytest.mark.parametrize("function", ELEMENTWISE, ids=FORMULAS)
@pytest.mark.parametrize("dtype", [float16, float32, float64])
def test_no_finite_number_warns_or_gives_nan(function, dtype):
    largest, smallest = np.finfo(dtype).max, np.finfo(dtype).smallest_subnormal
    x = tensor([largest, -largest, smallest, -smallest, 0.0, -0.0], dtype=dtype)
    assert np.isfinite(function(x).data[2:]).all()
    assert not np.isnan(function(x).data).any()


@pytest.mark.parametrize("function", ELEMENTWISE, ids=FORMULAS)
def test_infinities_and_nan_do_not_warn(function):
    result = function(tensor([INF, NAN, -INF])).data
    assert np.isnan(result[1])
    assert result[0] in (INF, 1.0) or np.isnan(result[0])


@pytest.mark.parametrize("function", ELEMENTWISE, ids=FORMULAS)
def test_shapes_layouts_and_no_elements(function):
    x = tensor(np.linspace(-2.0, 2.0, 12).reshape(3, 4))
    np.testing.assert_array_equal(function(tensor(x.data.T)).data, function(x).data.T)
    np.testing.assert_array_equal(function(x.data[:, ::2]), function(x).data[:, ::2])
    for shape in ((), (1,), (0, 3)):
        assert function(ones(*shape)).shape == shape


@pytest.mark.parametrize("function", ELEMENTWISE, ids=FORMULAS)
def test_the_input_is_left_alone(function):
    x = np.linspace(-30.0, 30.0, 7, dtype=np.float32)
    before = x.copy()
    assert not np.shares_memory(function(x), x)
    np.testing.assert_array_equal(x, before)


def test_integers_where_pytorch_takes_them():
    assert F.relu(tensor([-1, 2])).tolist() == [0, 2]
    assert F.relu(tensor([-1, 2])).dtype == int64
    for function in (F.sigmoid, F.tanh):
        assert function(tensor([0, 1])).dtype == float32
        assert function(tensor([True, False])).dtype == float32


@pytest.mark.parametrize(
    "name", ["leaky_relu", "elu", "softplus", "silu", "gelu", "hardswish", "mish"]
)
@pytest.mark.parametrize("dtype", [int64, boolean])
def test_integers_where_it_refuses_them(name, dtype):
    with pytest.raises(
        TypeError, match=rf"{name}: input has type {dtype}, expected floating.*float\(\)"
    ):
        getattr(F, name)(ones(2, dtype=dtype))
    with pytest.raises(TypeError, match=f"{name}: input is of type float, expected a tensor"):
        getattr(F, name)(0.5)


def test_relu_of_booleans_and_of_numbers():
    with pytest.raises(
        TypeError, match="relu: input is of type bool, expected a tensor of numbers"
    ):
        F.relu(tensor([True]))
    with pytest.raises(
        TypeError, match="relu: input is of type float, expected a tensor of numbers"
    ):
        F.relu(0.5)


def test_wrong_settings():
    x = ones(2)
    with pytest.raises(ValueError, match="gelu: approximate is 'fast', expected 'none' or 'tanh'"):
        F.gelu(x, approximate="fast")
    with pytest.raises(TypeError, match="relu: unknown argument inplace"):
        F.relu(x, inplace=True)
    with pytest.raises(TypeError, match="unexpected keyword argument 'inplace'"):
        F.elu(x, inplace=True)


def test_softplus_is_the_input_above_its_threshold():
    x = tensor([0.5, 2.0], dtype=float64)
    np.testing.assert_allclose(F.softplus(x, 1.0, 1.0).data, [math.log1p(math.exp(0.5)), 2.0])
    assert F.softplus(x, beta=4.0, threshold=7.0).data[1] == 2.0


# --- scores


@pytest.mark.parametrize("dtype", [float32, float64, float16])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_probabilities_are_positive_and_add_up_to_one(dtype, dim):
    x = tensor(np.random.default_rng(0).normal(0.0, 5.0, (4, 5)), dtype=dtype)
    p, logs = F.softmax(x, dim), F.log_softmax(x, dim)
    assert p.dtype == logs.dtype == dtype
    assert (p.data >= 0).all()
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(p.data.sum(dim, dtype=np.float64), 1.0, rtol=4 * eps)
    np.testing.assert_allclose(
        np.exp(logs.data.astype(np.float64)), p.data, rtol=30 * eps, atol=eps
    )


@given(
    st.lists(st.floats(-50, 50), min_size=1, max_size=8),
    st.floats(-1000, 1000),
)
def test_a_constant_added_to_all_scores_changes_nothing(scores, shift):
    x = tensor(scores, dtype=float64)
    for function in SCORES:
        np.testing.assert_allclose(
            function(x + shift, 0).data, function(x, 0).data, rtol=1e-9, atol=1e-9
        )


def test_scores_of_any_size():
    x = tensor([[3e38, -3e38, 0.0], [1e4, 1e4, -1e4], [-3e38, -3e38, -3e38]])
    third = np.float32(1 / 3)
    expected = np.float32([[1, 0, 0], [0.5, 0.5, 0], [third] * 3])
    np.testing.assert_allclose(F.softmax(x, 1).data, expected, rtol=1e-6)
    np.testing.assert_allclose(
        F.log_softmax(x, 1).data[1], [-0.693147, -0.693147, -20000.693], rtol=1e-6
    )


def test_infinite_scores():
    x = tensor([[0.0, -INF, 0.0], [-INF, -INF, -INF], [INF, 0.0, 0.0]])
    p = F.softmax(x, 1).data
    assert p[0].tolist() == [0.5, 0.0, 0.5]
    assert np.isnan(p[1:]).any(axis=1).all()
    assert F.log_softmax(x, 1).data[0, 1] == -INF


@pytest.mark.parametrize("function", SCORES)
def test_scores_of_unusual_shapes(function):
    assert function(zeros(0, 3), 1).shape == (0, 3)
    assert function(zeros(3, 0), 1).shape == (3, 0)
    for dim in (0, -1):
        assert function(tensor(5.0), dim).shape == ()
    assert F.softmax(tensor(5.0), 0).item() == 1.0
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    np.testing.assert_allclose(function(x.T, 1), function(x, 1).T)


@pytest.mark.parametrize("function", SCORES)
def test_wrong_dims_and_types(function):
    x = ones(2, 3)
    name = function.__name__
    with pytest.raises(
        ValueError, match=f"{name}: dim is None, expected the dimension .* the last is dim=-1"
    ):
        function(x)
    with pytest.raises(IndexError, match=f"{name}: dim 2 is out of range"):
        function(x, 2)
    with pytest.raises(TypeError, match=f"{name}: dim is 0.5, expected an integer"):
        function(x, 0.5)
    with pytest.raises(TypeError, match=f"{name}: input has type int64, expected floating point"):
        function(ones(3, dtype=int64), 0)
    assert function(ones(3, dtype=int64), 0, dtype=float64).dtype == float64
    assert function(ones(3), 0, dtype=float64).dtype == float64


def test_probabilities_of_float16_are_rounded_once():
    x = tensor(np.random.default_rng(0).normal(0.0, 3.0, (8, 2000)), dtype=float16)
    wide = F.softmax(x.data.astype(np.float64), 1)
    np.testing.assert_allclose(F.softmax(x, 1).data, wide.astype(np.float16), rtol=1e-3, atol=6e-8)
    assert F.softmax(tensor(np.zeros(140_000), dtype=float16), 0).data.min() > 0
    of_many = F.log_softmax(tensor(np.zeros(140_000), dtype=float16), 0)
    assert of_many.data[0] == np.float16(-np.log(140_000))


@pytest.mark.parametrize("dim", [0, 1])
def test_many_scores_lose_no_digits(dim):
    x = np.random.default_rng(0).normal(0.0, 3.0, (60_000, 20)).astype(np.float32)
    for function in (F.softmax, F.log_softmax):
        np.testing.assert_allclose(
            function(x, dim), function(x.astype(float), dim), rtol=3e-6, atol=1e-6
        )


def test_gates_of_the_largest_numbers_are_these_numbers():
    for approximate in ("none", "tanh"):
        half = F.gelu(tensor([40000.0], dtype=float16), approximate=approximate)
        assert half.tolist() == tensor([40000.0], dtype=float16).tolist()
        far = tensor([2e38, float("inf"), -2e38])
        assert F.gelu(far, approximate=approximate).tolist() == [*far[:2].tolist(), 0.0]


def test_a_leak_of_nothing_is_no_leak():
    x = tensor([float("inf"), -1.0, 2.0])
    assert F.leaky_relu(x, 0.0).tolist() == [float("inf"), 0.0, 2.0]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda x: F.leaky_relu(x, None),
            TypeError,
            "leaky_relu: negative_slope is None, expected",
        ),
        (lambda x: F.elu(x, "a"), TypeError, "elu: alpha is 'a', expected a number"),
        (lambda x: F.softplus(x, "a"), TypeError, "softplus: beta is 'a', expected a number"),
        (lambda x: F.softplus(x, 1.0, "a"), TypeError, "softplus: threshold is 'a', expected"),
        (lambda x: F.softplus(x, 0.0), ValueError, "softplus: beta is 0.0, expected a number oth"),
    ],
)
def test_settings_are_numbers(call, error, message):
    with pytest.raises(error, match=message):
        call(ones(2))


@pytest.mark.parametrize("requires_grad", [False, True])
@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("leaky_relu", "negative_slope"),
        ("elu", "alpha"),
        ("softplus", "beta"),
        ("softplus", "threshold"),
    ],
)
def test_settings_are_no_tensors(name, setting, requires_grad):
    value = tensor(1.0, requires_grad=requires_grad)
    with pytest.raises(TypeError, match=f"{name}: {setting} is a setting, not a tensor"):
        getattr(F, name)(tensor([1.0]), **{setting: value})
