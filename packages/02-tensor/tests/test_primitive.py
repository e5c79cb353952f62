"""A primitive's call: arrays stay arrays, Tensors come out Tensors, and wrong calls say what is
wrong."""

import copy
import pickle
import threading

import numpy as np
import pytest

from tinytorch.tensor import Tensor, add, dtypes, exp, mul, ones, primitives, sub, tensor
from tinytorch.tensor.primitive import Implementation, implemented, primitive


@primitive
def scaled(input, weight=None, *, factor=2.0, shift):
    """For these tests: input · weight · factor + shift."""
    out = input * factor + shift
    return out if weight is None else out * weight


@primitive(promotion="none", several=True)
def both_ends(input, *, count):
    return input[:count], input[-count:]


@primitive(promotion="none")
def total_of(*inputs):
    return sum(inputs[1:], start=inputs[0])


@primitive(fused=True)
def doubled(input):
    return input * 2, ("saved", input)


def test_arrays_in_array_out():
    out = mul(np.array([1, 2]), np.array([0.5, 0.5]))
    assert type(out) is np.ndarray
    assert out.dtype == np.float64  # NumPy's rules on plain arrays


def test_a_tensor_among_arrays_gives_a_tensor():
    out = mul(np.array([1.0, 2.0], dtype=np.float32), tensor([3.0, 4.0]))
    assert isinstance(out, Tensor)
    assert out.tolist() == [3.0, 8.0]


@pytest.mark.parametrize("scalar", [2, 2.0, np.float64(2.0), np.int64(2), True])
def test_scalars_never_widen(scalar):
    assert (tensor([1.0, 2.0]) * scalar).dtype == dtypes.float32


def test_zero_dimensional_arrays_never_widen_and_stay_arrays():
    out = mul(tensor(2.0), tensor(3.0, dtype=dtypes.float64))
    assert out.dtype == dtypes.float64  # both are 0-d: the wider one
    out = mul(tensor([2.0]), tensor(3.0, dtype=dtypes.float64))
    assert out.dtype == dtypes.float32
    assert type(mul(tensor(2.0), tensor(3.0)).data) is np.ndarray


def test_numbers_that_a_type_cannot_hold_are_an_error():
    with pytest.raises(OverflowError, match=r"add: cannot be computed of uint8 and -2: "):
        _ = tensor([1], dtype=dtypes.uint8) + -2


def test_casts_to_the_common_type_do_not_warn():
    assert (tensor([1.0]) + tensor(1e300, dtype=dtypes.float64)).tolist() == [float("inf")]


def test_settings_have_defaults_and_tensors_have_names():
    x = tensor([1.0, 2.0])
    assert scaled(x, shift=1.0).tolist() == [3.0, 5.0]
    assert scaled(input=x, weight=tensor([2.0, 2.0]), shift=0.0).tolist() == [4.0, 8.0]
    assert mul(tensor([2.0]), other=tensor([3.0])).tolist() == [6.0]
    assert mul(other=tensor([2.0]), input=3.0).tolist() == [6.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: scaled(x), "scaled: the setting shift is missing"),
        (lambda x: scaled(x, shift=x), "scaled: shift is a setting, not a tensor"),
        (lambda x: scaled(x, shift=1, scale=2), "scaled: unknown argument scale; it takes input"),
        (lambda x: scaled(x, x, x, shift=1), r"scaled: takes the tensors \(input, weight\), got 3"),
        (
            lambda x: scaled(weight=x, shift=1),
            r"scaled: takes the tensors \(input, weight\), got 1",
        ),
        (lambda x: mul(x), r"mul: takes the tensors \(input, other\), got 1"),
        (lambda x: mul(x, None), r"mul: takes the tensors \(input, other\), got 1"),
        (lambda x: mul(x, x, x), r"mul: takes the tensors \(input, other\), got 3"),
        (lambda x: mul(x, x, alpha=2), "mul: unknown argument alpha"),
        (lambda x: mul(x, x, other=x), "mul: unknown argument other"),
        (lambda x: mul(x, [1.0, 2.0]), "mul: expected tensors, arrays or numbers, got list"),
        (lambda x: mul(x, "2"), "mul: expected tensors, arrays or numbers, got str"),
        (lambda x: exp([1.0, 2.0]), "exp: expected tensors, arrays or numbers, got list"),
        (lambda x: x & x, "bitwise_and: cannot be computed of float32 and float32"),
        (lambda x: sub(x > 0, x > 0), "sub: cannot be computed of bool and bool"),
        (lambda x: -(x > 0), "neg: cannot be computed of bool"),
    ],
)
def test_wrong_calls_are_named(call, message):
    with pytest.raises(TypeError, match=message):
        call(tensor([1.0, 2.0]))


def test_several_results_and_any_number_of_inputs():
    first, last = both_ends(tensor([1.0, 2.0, 3.0]), count=1)
    assert (first.tolist(), last.tolist()) == ([1.0], [3.0])
    assert total_of(tensor([1.0]), tensor([2.0]), tensor([3.0])).tolist() == [6.0]


def test_a_fused_kernel_returns_only_its_result():
    assert doubled(tensor([1.0])).tolist() == [2.0]
    assert doubled(np.array([1.0])).tolist() == [2.0]


def test_results_are_tensors_never_a_subclass():
    class Special(Tensor):
        __slots__ = ()

    special = Special([1.0])
    assert type(special * special) is Tensor
    assert type(add(special, 1)) is Tensor


def test_a_primitive_is_pickled_and_copied_as_itself():
    assert pickle.loads(pickle.dumps(mul)) is mul
    assert copy.deepcopy([mul])[0] is mul
    assert copy.copy(mul) is mul


def test_the_registry_holds_every_primitive():
    assert {mul, add, scaled} <= set(primitives())


def test_another_implementation_for_a_block_and_every_thread():
    seen = []
    twice = Implementation(mul, lambda x, y: 2 * np.multiply(x, y))
    with implemented({mul: twice}):
        thread = threading.Thread(target=lambda: seen.append((ones(1) * ones(1)).item()))
        thread.start()
        thread.join()
        assert (ones(1) * ones(1)).item() == 2.0
        assert mul(tensor([1]), tensor([1])).item() == 2  # and in the general call
    assert seen == [2.0]
    assert (ones(1) * ones(1)).item() == 1.0


def test_the_implementation_returns_after_an_error():
    with pytest.raises(ZeroDivisionError), implemented({mul: Implementation(mul, np.add)}):
        raise ZeroDivisionError
    assert mul.implementation is mul.default
